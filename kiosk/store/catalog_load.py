"""Loads a catalog beside the one in force and swaps it in, in one commit; a bad one is refused whole."""

from __future__ import annotations

import json
import sqlite3
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice

import msgspec

from kiosk.domain.item import Item, ItemCode, TaxRate, code_problems, problems
from kiosk.messages.canonical import canonical, digest
from kiosk.messages.catalog import (
    CatalogError,
    CatalogRow,
    ItemRow,
    PoliciesRow,
    PriceRow,
    PromotionRow,
    RuleRow,
    TaxRateRow,
    TaxRuleRow,
)
from kiosk.messages.envelope import CatalogHead
from kiosk.store.agent_db import AgentDb
from kiosk.store.agent_schema import SLOTS, TRAITS, VIEWS, show_slot
from kiosk.store.database import checkpoint, commit

# Rows per commit: at 2,000 a booking beside it waits 4 ms at worst (measured), and the log file stays small.
ROWS_PER_COMMIT = 2_000
_COLUMNS = 19
_CORRECT = "Correct it at headquarters and publish the catalog again; the last good one stays in force."

# What must hold across rows: a sentence, and a query that finds the first offender.
_ACROSS = (
    (
        "Item {!r} has the unknown tax code {!r}.",
        "select sku, tax_code from items_{slot} where tax_code not in (select code from tax_rates_{slot}) limit 1",
    ),
    (
        "Code {!r} leads to item {!r}, which is not there.",
        "select code, sku from codes_{slot} where sku not in (select sku from items_{slot}) limit 1",
    ),
    (
        "Item {!r} has the deposit {!r}, which is not there.",
        """
        select sku, deposit_sku from items_{slot}
        where deposit_sku <> '' and deposit_sku not in (select sku from items_{slot}) limit 1
        """,
    ),
    (
        "Item {!r} has the component {!r}, which is not there.",
        """
        select i.sku, part.value ->> 'sku' from items_{slot} i, json_each(nullif(i.components, '')) part
        where part.value ->> 'sku' not in (select sku from items_{slot}) limit 1
        """,
    ),
)


@dataclass(frozen=True, slots=True)
class CatalogState:
    """Which catalog is in force (version 0: none yet), and which was refused last and why.

    `refused` is the fingerprint of that head.
    """

    version: int
    currency: str
    digest: str
    chunks: tuple[str, ...]
    refused: str
    refused_version: int
    refused_reason: str


def search_key(text: str) -> str:
    """A name as people type it: no accents, no capitals, single spaces."""
    plain = text
    if not text.isascii():
        plain = "".join(mark for mark in unicodedata.normalize("NFKD", text) if not unicodedata.combining(mark))
    return " ".join(plain.casefold().split())


def catalog_state(connection: sqlite3.Connection) -> CatalogState:
    """What an `agent.db` knows of catalogs."""
    row = connection.execute(
        "select version, currency, digest, chunks, refused, refused_version, refused_reason from catalog"
    ).fetchone()
    version, currency, digest, chunks, *refused = row
    return CatalogState(version, currency, digest, tuple(json.loads(chunks)), *refused)


def fingerprint(head: CatalogHead) -> str:
    """Tells one head from another, also where one of them lies about its digest."""
    return digest(canonical(head))


def refuse(db: AgentDb, head: CatalogHead, reason: str) -> None:
    """Keep why a catalog was refused, so that it is reported and not fetched again."""
    with commit(db.connection) as connection:
        connection.execute(
            "update catalog set refused = ?, refused_version = ?, refused_reason = ?",
            (fingerprint(head), head.version, reason),
        )


class CatalogLoad:
    """One load into the tables not in force. `add` all rows, then `finish`; each raises `CatalogError` on a bad batch.

    Abandoning it at any point is harmless: the next load begins by emptying those tables.
    """

    def __init__(self, db: AgentDb, head: CatalogHead) -> None:
        self._connection = db.connection
        self._head = head
        (in_force,) = self._connection.execute("select slot from catalog").fetchone()
        self._slot = SLOTS[1 - SLOTS.index(in_force)]
        with commit(self._connection) as connection:
            for table in VIEWS:
                connection.execute(f"delete from {table}_{self._slot}")  # noqa: S608 - names are constants

    def add(self, rows: Sequence[CatalogRow]) -> None:
        """Check rows one by one and put them in, at most `ROWS_PER_COMMIT` items a commit."""
        left = iter(rows)
        while batch := tuple(islice(left, ROWS_PER_COMMIT)):
            items = tuple(row for row in batch if isinstance(row, ItemRow))
            rates = tuple(row.rate for row in batch if isinstance(row, TaxRateRow))
            rules = [_rule(row) for row in batch if not isinstance(row, ItemRow | TaxRateRow)]
            _check(items)
            with commit(self._connection) as connection:
                self._insert(connection, items, rates, rules)
            checkpoint(self._connection)

    def finish(self) -> None:
        """Check what must hold across rows, then put this catalog in force with its version, in one commit."""
        self._check_across()
        with commit(self._connection) as connection:
            for statement in show_slot(self._slot):
                connection.execute(statement)
            connection.execute(
                "update catalog set slot = ?, version = ?, currency = ?, digest = ?, chunks = ?,"
                " refused = '', refused_version = 0, refused_reason = ''",
                (
                    self._slot,
                    self._head.version,
                    self._head.currency,
                    self._head.digest,
                    json.dumps(self._head.chunks),
                ),
            )
        checkpoint(self._connection)

    def _insert(
        self,
        connection: sqlite3.Connection,
        items: tuple[ItemRow, ...],
        rates: tuple[TaxRate, ...],
        rules: list[tuple[object, ...]],
    ) -> None:
        slot = self._slot
        codes = [code for row in items for code in row.codes]
        for table, width, what, rows in (
            ("tax_rates", 3, "Tax rate {0!r}", [_rate(rate) for rate in rates]),
            ("rules", 3, "Rule {0} {1!r}", rules),
            ("items", _COLUMNS, "Item {0!r} with PLU {7!r}", [_item(row.item) for row in items]),
            ("codes", 4, "Code {1!r} of item {2!r}", [_code(code) for code in codes]),
        ):
            marks = ", ".join("?" * width)
            _put(connection, f"insert into {table}_{slot} values ({marks})", rows, what)  # noqa: S608 - names are constants

    def _check_across(self) -> None:
        for sentence, query in _ACROSS:
            found = self._connection.execute(query.format(slot=self._slot)).fetchone()
            if found is not None:
                raise CatalogError(f"Catalog {self._head.version}: {sentence.format(*found)}", _CORRECT)
        (count,) = self._connection.execute(f"select count(*) from items_{self._slot}").fetchone()  # noqa: S608 - names are constants
        if count != self._head.items:
            raise CatalogError(
                f"Catalog {self._head.version} holds {count} items, but announces {self._head.items}.", _CORRECT
            )


def _check(items: Sequence[ItemRow]) -> None:
    for row in items:
        found = problems(row.item) or tuple(text for code in row.codes for text in code_problems(code))
        if found:
            raise CatalogError(f"Item {row.item.sku!r}: {found[0]}.", _CORRECT)


def _put(connection: sqlite3.Connection, statement: str, rows: list[tuple[object, ...]], what: str) -> None:
    connection.execute("savepoint rows")
    try:
        connection.executemany(statement, rows)
    except (sqlite3.IntegrityError, OverflowError):
        # One by one, to name the row; the commit around this is rolled back.
        connection.execute("rollback to rows")
        for row in rows:
            _put_one(connection, statement, row, what)
        raise
    connection.execute("release rows")


def _put_one(connection: sqlite3.Connection, statement: str, row: tuple[object, ...], what: str) -> None:
    try:
        connection.execute(statement, row)
    except (sqlite3.IntegrityError, OverflowError) as error:
        fault = "is there twice" if "UNIQUE" in str(error) else "cannot be kept"
        raise CatalogError(f"{what.format(*row)} {fault} ({error}).", _CORRECT) from error


def _item(item: Item) -> tuple[object, ...]:
    return (
        item.sku,
        item.name,
        search_key(item.name),
        item.department,
        item.price_minor,
        item.unit.value,
        item.tax_code,
        item.plu,
        item.picture,
        item.minimum_age,
        item.tare_grams,
        item.deposit_sku,
        msgspec.json.encode(item.components).decode() if item.components else "",
        item.style,
        item.size,
        item.colour,
        int(item.by_sight),
        int(item.sellable),
        _traits(item),
    )


def _traits(item: Item) -> str:
    traits = {name: getattr(item, name) for name, usual in TRAITS.items() if getattr(item, name) != usual}
    return msgspec.json.encode(traits).decode() if traits else ""


def _code(code: ItemCode) -> tuple[object, ...]:
    return (code.kind.value, code.code, code.sku, code.quantity)


def _rule(row: RuleRow) -> tuple[object, ...]:
    match row:
        case PromotionRow(promotion=promotion):
            key = ("promotion", promotion.id)
        case PriceRow(price=price):
            key = ("price", price.id)
        case TaxRuleRow(rule=rule):
            key = ("tax_rule", rule.key)
        case PoliciesRow():
            key = ("policies", "")
    return (*key, msgspec.json.encode(row).decode())


def _rate(rate: TaxRate) -> tuple[object, ...]:
    return (rate.code, rate.rate_ppm, rate.name)
