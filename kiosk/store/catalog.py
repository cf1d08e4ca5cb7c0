"""The lane's side of `agent.db`: items by code, number, name or sight, and what the agent knows of headquarters."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields
from pathlib import Path
from typing import Any

import msgspec

from kiosk.domain.catalog import Rules
from kiosk.domain.item import CodeKind, Component, Item, TaxRate, Unit
from kiosk.messages.catalog import decode_rule, rules_of
from kiosk.store.agent_db import LinkState
from kiosk.store.agent_schema import AGENT_DB, TRAITS
from kiosk.store.catalog_load import CatalogState, catalog_state, search_key
from kiosk.store.database import StoreMissingError, explained, open_reader

_FIELDS = (*(field.name for field in fields(Item) if field.name not in TRAITS), "traits")
_COLUMNS = ", ".join(_FIELDS)
_LAST_CHARACTER = "\U0010ffff"
_NO_CATALOG = CatalogState(0, "", "", (), "", 0, "")
_NO_LINK = LinkState(
    online=False, since="", reason="The agent has not run yet.", remedy="Start kiosk-agent.", last_contact=""
)


class _File:
    """`agent.db` read-only: not there yet, there, or replaced by a new one while it was open."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None
        self._identity: tuple[int, int] | None = None

    def rows(self, query: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """The rows of a query; none where the file is not there yet. `StoreError` where it cannot be read."""
        with self.connection() as connection:
            return [] if connection is None else connection.execute(query, values).fetchall()

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection | None]:
        """A connection to the file as it is now, or None; errors inside become `StoreError`."""
        identity = self._look()
        if identity != self._identity:
            self.close()
            self._open(identity)
        with explained(self._path):
            yield self._connection

    def close(self) -> None:
        """Close it; the next query opens it again."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None
        self._identity = None

    def _open(self, identity: tuple[int, int] | None) -> None:
        try:
            self._connection = open_reader(self._path, AGENT_DB) if identity else None
        except StoreMissingError:  # the agent is just making it: look again next time
            return
        self._identity = identity

    def _look(self) -> tuple[int, int] | None:
        try:
            state = self._path.stat()
        except FileNotFoundError:
            return None
        return (state.st_dev, state.st_ino)


class CatalogReader:
    """Look-ups in the catalog in force. Before the agent has loaded one it is empty, with version 0.

    One thread uses one reader. Every look-up sees one whole catalog, the old or the new one, never a mixture.
    Raises `StoreError` where the file is damaged.
    """

    def __init__(self, path: Path) -> None:
        self._file = _File(path)

    def close(self) -> None:
        """Close the file; a later look-up opens it again."""
        self._file.close()

    @property
    def version(self) -> int:
        """Version of the catalog in force, 0 for none."""
        rows = self._file.rows("select version from catalog")
        return int(rows[0][0]) if rows else 0

    def state(self) -> CatalogState:
        """The catalog in force with its currency, and the one refused last with the reason."""
        with self._file.connection() as connection:
            return _NO_CATALOG if connection is None else catalog_state(connection)

    def by_code(self, code: str) -> tuple[Item, int] | None:
        """The item of a 14-digit GTIN and how many pieces the code stands for."""
        return self._by_code(CodeKind.GTIN, code)

    def by_item_number(self, number: str) -> Item | None:
        """The item of the 5-digit item number inside a label that carries a price or a weight."""
        found = self._by_code(CodeKind.RCN, number)
        return None if found is None else found[0]

    def by_sku(self, sku: str) -> Item | None:
        """The item with this number of the retailer."""
        return _first(self._items("where sku = ?", sku))

    def by_plu(self, plu: str) -> Item | None:
        """The loose good with this look-up number."""
        return _first(self._items("where plu = ? and plu <> ''", plu))

    def by_sight(self, department: str | None = None) -> list[Item]:
        """Goods offered with a picture, of one department or all, by name."""
        if department is None:
            return self._items("where by_sight = 1 and sellable = 1 order by name, sku")
        return self._items("where by_sight = 1 and sellable = 1 and department = ? order by name, sku", department)

    def search(self, text: str, limit: int) -> list[Item]:
        """Up to `limit` goods for sale whose name begins with `text`, whatever its capitals and accents, by name."""
        key = search_key(text)
        if not key:
            return []
        condition = "where sellable = 1 and search >= ? and search < ? order by search, sku limit ?"
        return self._items(condition, key, key + _LAST_CHARACTER, limit)

    def departments(self) -> list[str]:
        """Departments that have goods offered with a picture, by name."""
        query = "select distinct department from items where by_sight = 1 and sellable = 1 order by department"
        return [str(row[0]) for row in self._file.rows(query)]

    def tax_rates(self) -> list[TaxRate]:
        """All tax rates, by code."""
        rows = self._file.rows("select code, rate_ppm, name from tax_rates order by code")
        return [TaxRate(*row) for row in rows]

    def tax_rate(self, code: str) -> TaxRate | None:
        """The tax rate with this code."""
        rows = self._file.rows("select code, rate_ppm, name from tax_rates where code = ?", (code,))
        return TaxRate(*rows[0]) if rows else None

    def rules(self) -> Rules:
        """Promotions, prices in a scope, tax rules and policies."""
        rows = self._file.rows("select record from rules order by kind, id")
        return rules_of(decode_rule(record) for (record,) in rows)

    def _by_code(self, kind: CodeKind, code: str) -> tuple[Item, int] | None:
        query = f"select {_COLUMNS}, quantity from codes join items using (sku) where kind = ? and code = ?"  # noqa: S608 - names are constants
        rows = self._file.rows(query, (kind.value, code))
        return (_item(rows[0][:-1]), rows[0][-1]) if rows else None

    def _items(self, condition: str, *values: object) -> list[Item]:
        rows = self._file.rows(f"select {_COLUMNS} from items {condition}", values)  # noqa: S608 - conditions are constants
        return [_item(row) for row in rows]


class AgentStatus:
    """What the agent knows of headquarters, for the screen and for the ledger's owner."""

    def __init__(self, path: Path) -> None:
        self._file = _File(path)

    def close(self) -> None:
        """Close the file; a later question opens it again."""
        self._file.close()

    def acknowledged(self, epoch: str) -> int:
        """The highest position of an epoch that headquarters has booked, 0 for none."""
        rows = self._file.rows("select acknowledged from cursors where epoch = ?", (epoch,))
        return int(rows[0][0]) if rows else 0

    def forked(self, epoch: str) -> bool:
        """Whether headquarters holds another past of this epoch: then a new epoch must be opened."""
        return bool(self._file.rows("select 1 from cursors where epoch = ? and forked = 1", (epoch,)))

    def refused(self, epoch: str) -> str:
        """Why headquarters takes no more of an epoch at the moment, or ""."""
        rows = self._file.rows("select refused from cursors where epoch = ?", (epoch,))
        return str(rows[0][0]) if rows else ""

    def link(self) -> LinkState:
        """Whether headquarters answers, since when, and if not, why and what to do."""
        rows = self._file.rows("select online, since, reason, remedy, last_contact from link")
        if not rows:
            return _NO_LINK
        online, *texts = rows[0]
        return LinkState(bool(online), *texts)


def _first(items: list[Item]) -> Item | None:
    return items[0] if items else None


def _item(row: tuple[Any, ...]) -> Item:
    """An item from its columns, in the order of `_COLUMNS`; their types are strict in the schema."""
    values = dict(zip(_FIELDS, row, strict=True))
    values["unit"] = Unit(values["unit"])
    values["components"] = msgspec.json.decode(values["components"] or "[]", type=tuple[Component, ...])
    values["by_sight"] = bool(values["by_sight"])
    values["sellable"] = bool(values["sellable"])
    traits = values.pop("traits")
    if traits:
        values |= msgspec.json.decode(traits)
        values["tags"] = tuple(values.get("tags", ()))
    return Item(**values)
