"""From a genuine entry to the books: sales with their lines and tenders, or why it cannot be booked."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

import msgspec
from sqlalchemy import Connection, Table, insert, select

from headquarters import schema
from headquarters.devices import Device
from headquarters.quarantine import Unbookable
from headquarters.verification import Genuine
from kiosk.messages.contents import Content, Sale, SaleLine, TransactionCancelled, kind_of
from kiosk.messages.entry import Entry, entry_from, kind_in
from kiosk.messages.tenders import Tender, attempt_of

# The whole numbers that JSON, SQLite and PostgreSQL all hold exactly.
LARGEST = 2**53 - 1
ENTRY_VERSION = 1
UNKNOWN = "?"


def kind(genuine: Genuine) -> str:
    """The kind of an entry, known or not, fit for a column."""
    try:
        return kind_in(genuine.sealed.body).replace("\0", "")[:64] or UNKNOWN
    except (msgspec.MsgspecError, ValueError, RecursionError, AttributeError):
        return UNKNOWN


def derive(connection: Connection, device: Device, genuine: Genuine) -> Unbookable | None:
    """Write what follows from an entry into the books, or say why it has no place there; then nothing is written."""
    entry = _read(genuine)
    if isinstance(entry, Unbookable):
        return entry
    content = entry.content
    wrong = _wrong_values(content)
    if wrong is not None:
        return wrong
    if isinstance(content, Sale):
        return _does_not_add_up(content) or _book_sale(connection, device, genuine, content)
    if isinstance(content, TransactionCancelled):
        return _claim_number(connection, device, genuine, content.sequence_number)
    return None


def _read(genuine: Genuine) -> Entry | Unbookable:
    if genuine.header.v != ENTRY_VERSION:
        return Unbookable("unknown_version", f"entry version {genuine.header.v}: update headquarters", "it")
    try:
        return entry_from(genuine.sealed.body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        if kind(genuine) not in _known_kinds():
            return Unbookable("unknown_kind", f"kind {kind(genuine)!r}: update headquarters", "it")
        return Unbookable("malformed", f"{kind(genuine)}: {error}", "it")


def _known_kinds() -> frozenset[str]:
    return frozenset(str(record.__struct_config__.tag) for record in Content.__args__)


def _wrong_values(content: Content) -> Unbookable | None:
    for value in _values(msgspec.to_builtins(content)):
        if isinstance(value, int) and abs(value) > LARGEST:
            return Unbookable("out_of_range", f"{kind_of(content)}: a number beyond {LARGEST}", "it")
        if isinstance(value, str) and "\0" in value:
            return Unbookable("malformed", f"{kind_of(content)}: a text with a NUL character", "it")
    return None


def _values(value: object) -> Iterator[object]:
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        for inner in value:
            yield from _values(inner)
    else:
        yield value


def _does_not_add_up(sale: Sale) -> Unbookable | None:
    try:
        date.fromisoformat(sale.business_day)
    except ValueError:
        return Unbookable("malformed", f"sale {sale.sequence_number}: the business day is no date", "it")
    for name, amount, wanted in _sums(sale):
        if amount != wanted:
            detail = f"sale {sale.sequence_number}: {name} make {amount}, not {wanted}"
            return Unbookable("does_not_add_up", detail, "finance")
    return None


def _sums(sale: Sale) -> Iterator[tuple[str, int, int]]:
    """What adds up to what, as (name, sum, what it must be)."""
    total = sale.total_minor
    yield "lines", sum(line.amount_minor for line in sale.lines), total
    yield "tenders", sum(tender.amount_minor for tender in sale.tenders), total + sale.rounding_minor
    table = sum(tax.tax_minor for tax in sale.taxes)
    if any(line.taxes for line in sale.lines):
        # Several taxes stand on one line, so the net amounts of the table overlap.
        yield "taxes of the lines", sum(tax.tax_minor for line in sale.lines for tax in line.taxes), table
    else:
        yield "taxes", sum(tax.gross_minor for tax in sale.taxes), total
        yield "net and tax", sum(tax.net_minor for tax in sale.taxes) + table, total


def _book_sale(connection: Connection, device: Device, genuine: Genuine, sale: Sale) -> Unbookable | None:
    taken = _claim_number(connection, device, genuine, sale.sequence_number)
    if taken is not None:
        return taken
    key = _key(device, sale.sequence_number)
    where = {"device": device.name, "epoch": genuine.header.epoch, "position": genuine.header.position}
    connection.execute(insert(schema.sales).values(**key, **where, **_columns(schema.sales, sale, {*key, *where})))
    for table, rows in (
        (schema.sale_lines, [_line_columns(line) for line in sale.lines]),
        (schema.sale_tenders, [_tender_columns(tender) for tender in sale.tenders]),
    ):
        if rows:
            connection.execute(insert(table), [{**key, "ordinal": at, **row} for at, row in enumerate(rows)])
    return None


def _line_columns(line: SaleLine) -> dict[str, object]:
    own = {"store_id", "workstation_id", "sequence_number", "ordinal", "discount_minor"}
    discount = sum(discount.amount_minor for discount in line.discounts)
    return {**_columns(schema.sale_lines, line, own), "discount_minor": discount}


def _tender_columns(tender: Tender) -> dict[str, object]:
    return {
        "tender": str(type(tender).__struct_config__.tag),
        "attempt": attempt_of(tender),
        "amount_minor": tender.amount_minor,
        "record": msgspec.json.encode(tender).decode(),
    }


def _columns(table: Table, record: msgspec.Struct, but: set[str]) -> dict[str, object]:
    names = [column.name for column in table.columns if column.name not in but]
    return {name: getattr(record, name) for name in names}


def _claim_number(connection: Connection, device: Device, genuine: Genuine, number: int) -> Unbookable | None:
    table = schema.used_numbers
    key = _key(device, number)
    user = connection.execute(select(table.c.epoch, table.c.position).filter_by(**key)).one_or_none()
    if user is not None:
        detail = f"sequence number {number} was used at position {user.position} of epoch {user.epoch}"
        return Unbookable("sequence_number_used", detail, "finance")
    where = {"epoch": genuine.header.epoch, "position": genuine.header.position}
    connection.execute(insert(table).values(**key, **where))
    return None


def _key(device: Device, number: int) -> dict[str, object]:
    return {"store_id": device.store_id, "workstation_id": device.workstation_id, "sequence_number": number}
