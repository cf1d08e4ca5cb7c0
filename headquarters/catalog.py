"""The catalog that headquarters owns: kept as a whole, a version higher with every change, cut into chunks once."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import TypeVar

import msgspec
from sqlalchemy import Connection, Table, delete, func, insert, select

from headquarters import schema
from headquarters.database import Database
from headquarters.errors import HeadquartersError
from kiosk.domain.catalog import Catalog, catalog_problems
from kiosk.domain.item import Item, ItemCode, TaxRate
from kiosk.messages.catalog import CatalogError, RuleRow, decode_rule, encode_chunks, rule_rows, rules_of
from kiosk.messages.envelope import CatalogHead

T = TypeVar("T")

_SHOWN_PROBLEMS = 5


def save_catalog(database: Database, catalog: Catalog, source: str, at: str) -> int:
    """Put a catalog in force and return its version; its own `version` is not looked at.

    The version counts up, and stays where nothing changed. `HeadquartersError` where the catalog has a problem: then
    the one in force stays.
    """
    _refuse_problems(catalog)
    head, _ = _encode(catalog)
    digest = f"{head.currency}:{head.digest}"
    with database.commit() as connection:
        version, last = _last(connection)
        if digest == last:
            return version
        _write(connection, catalog)
        row = {"version": version + 1, "currency": catalog.currency, "items": len(catalog.items), "digest": digest}
        connection.execute(insert(schema.catalog_versions).values(**row, source=source, saved_at=at))
    return version + 1


def load_catalog(connection: Connection) -> Catalog | None:
    """The catalog in force, or None where none was ever saved."""
    version, _ = _last(connection)
    if version == 0:
        return None
    table = schema.catalog_versions
    currency = connection.execute(select(table.c.currency).where(table.c.version == version)).scalar_one()
    return Catalog(
        version=version,
        currency=currency,
        tax_rates=_records(connection, schema.catalog_tax, TaxRate),
        items=_records(connection, schema.catalog_items, Item),
        codes=_records(connection, schema.catalog_codes, ItemCode),
        rules=rules_of(_rule_rows(connection)),
    )


def version_in_force(connection: Connection) -> int:
    """The version of the catalog, 0 for none."""
    return _last(connection)[0]


def added(base: Catalog, more: Catalog) -> Catalog:
    """`base` with the goods of `more`, which win where both have the same sku, code, PLU or tax code.

    `HeadquartersError` where the two are priced in different currencies.
    """
    if base.currency != more.currency:
        raise HeadquartersError(
            f"The catalog in force is in {base.currency}, the new goods are in {more.currency}.",
            "Import without --add to replace the catalog, or give --currency.",
        )
    plus = {item.plu for item in more.items if item.plu}
    kept = (replace(item, plu="") if item.plu in plus else item for item in base.items)
    items = {item.sku: item for item in (*kept, *more.items)}
    codes = {(code.kind, code.code): code for code in (*base.codes, *more.codes)}
    rates = {rate.code: rate for rate in (*base.tax_rates, *more.tax_rates)}
    return Catalog(
        base.version, base.currency, tuple(rates.values()), tuple(items.values()), tuple(codes.values()), base.rules
    )


class Publication:
    """The catalog in force as devices fetch it, and the one before, which some of them are still fetching.

    Encoding takes seconds for a large catalog, so it is done when `refresh` finds a new version and never for a
    request. `refresh` and `chunk` may be called from different threads.
    """

    def __init__(self, database: Database) -> None:
        self._database = database
        self._lock = threading.Lock()
        self._head: CatalogHead | None = None
        self._chunks: dict[str, bytes] = {}
        self._previous: dict[str, bytes] = {}

    @property
    def head(self) -> CatalogHead | None:
        """What devices are told, as of the last `refresh`."""
        return self._head

    def refresh(self) -> bool:
        """Take over a new version from the database; whether there was one. `HeadquartersError` if it is unfit."""
        with self._database.read() as connection:
            if version_in_force(connection) == (self._head.version if self._head else 0):
                return False
            catalog = load_catalog(connection)
        if catalog is None:
            return False
        head, chunks = _encode(catalog)
        with self._lock:
            self._previous, self._chunks, self._head = self._chunks, chunks, head
        return True

    def chunk(self, name: str) -> bytes | None:
        """A chunk of this catalog or of the one before."""
        with self._lock:
            return self._chunks.get(name) or self._previous.get(name)


def _refuse_problems(catalog: Catalog) -> None:
    found = catalog_problems(catalog)
    if found:
        more = f" and {len(found) - _SHOWN_PROBLEMS} more" if len(found) > _SHOWN_PROBLEMS else ""
        raise HeadquartersError(
            f"The catalog is refused: {'; '.join(found[:_SHOWN_PROBLEMS])}{more}.",
            "Correct these items and import again; the catalog in force stays.",
        )


def _encode(catalog: Catalog) -> tuple[CatalogHead, dict[str, bytes]]:
    try:
        return encode_chunks(catalog)
    except CatalogError as error:
        raise HeadquartersError(error.message, error.remedy) from error


def _last(connection: Connection) -> tuple[int, str]:
    table = schema.catalog_versions
    newest = select(func.max(table.c.version)).scalar_subquery()
    row = connection.execute(select(table.c.version, table.c.digest).where(table.c.version == newest)).one_or_none()
    return (0, "") if row is None else (row.version, row.digest)


def _write(connection: Connection, catalog: Catalog) -> None:
    items = (
        {"sku": item.sku, "name": item.name, "price_minor": item.price_minor, "tax_code": item.tax_code}
        for item in catalog.items
    )
    codes = ({"kind": str(code.kind), "code": code.code, "sku": code.sku} for code in catalog.codes)
    rates = ({"code": rate.code, "rate_ppm": rate.rate_ppm} for rate in catalog.tax_rates)
    _replace(connection, schema.catalog_items, items, catalog.items)
    _replace(connection, schema.catalog_codes, codes, catalog.codes)
    _replace(connection, schema.catalog_tax, rates, catalog.tax_rates)
    rules = tuple(rule_rows(catalog.rules))
    _replace(connection, schema.catalog_rules, ({} for _ in rules), rules)


def _replace(
    connection: Connection,
    table: Table,
    columns: Iterable[Mapping[str, object]],
    records: tuple[object, ...],
) -> None:
    connection.execute(delete(table))
    rows = [
        {**row, "ordinal": ordinal, "record": msgspec.json.encode(record).decode()}
        for ordinal, (row, record) in enumerate(zip(columns, records, strict=True))
    ]
    if rows:
        connection.execute(insert(table), rows)


def _rule_rows(connection: Connection) -> list[RuleRow]:
    table = schema.catalog_rules
    return [decode_rule(row) for row in connection.execute(select(table.c.record).order_by(table.c.ordinal)).scalars()]


def _records(connection: Connection, table: Table, record: type[T]) -> tuple[T, ...]:
    decoder = msgspec.json.Decoder(record)
    rows = connection.execute(select(table.c.record).order_by(table.c.ordinal)).scalars()
    return tuple(decoder.decode(row) for row in rows)
