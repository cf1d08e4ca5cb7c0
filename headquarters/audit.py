"""The permanent audit: are the books complete, unchanged and free of doubles, stream by stream."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec
from sqlalchemy import Connection, Row, func, select

from headquarters import devices, schema
from kiosk.domain.signing import verify
from kiosk.messages.contents import EpochOpened, kind_of
from kiosk.messages.contents import Sale as SaleContent
from kiosk.messages.entry import NO_HASH, entry_from, hash_of, header_from

_PAGE = 1000
_SALE = str(SaleContent.__struct_config__.tag)


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it must be. `where` is device and epoch, `remedy` what a person does about it."""

    where: str
    what: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Audit:
    """What was looked at, and what was found. `remarks` are worth knowing and break no rule."""

    streams: int
    entries: int
    sales: int
    findings: tuple[Finding, ...]
    remarks: tuple[Finding, ...]


def audit(connection: Connection) -> Audit:
    """Look at every entry of every stream."""
    streams = connection.execute(select(schema.streams).order_by(schema.streams.c.device, schema.streams.c.opened_at))
    found: list[Finding] = []
    remarks: list[Finding] = []
    rows = streams.all()
    entries = 0
    for stream in rows:
        count, problems = _stream(connection, stream)
        entries += count
        found += problems
        remarks += _missing_before(connection, stream)
    found += _strays(connection)
    found += _sales_left_out(connection)
    sales = connection.execute(select(func.count()).select_from(schema.sales)).scalar_one()
    return Audit(len(rows), entries, sales, tuple(found), tuple(remarks))


def _stream(connection: Connection, stream: Row[tuple[object, ...]]) -> tuple[int, list[Finding]]:
    where = f"{stream.device}/{stream.epoch}"
    keys = devices.keys_of(connection, stream.device)
    previous, count = NO_HASH, 0
    for row in _entries(connection, stream):
        count += 1
        wrong = _entry_problem(row, count, previous, keys)
        if wrong:
            remedy = "Restore the newest good backup, run `restored`; devices send again what is missing."
            return count, [Finding(where, f"position {row.position}: {wrong}", remedy)]
        previous = row.hash
    if (count, previous) == (stream.high_water, stream.hash):
        return count, []
    what = (
        f"{count} entries, but the mark is {stream.high_water}" if count != stream.high_water else "head hash differs"
    )
    return count, [Finding(where, what, "Restore the newest good backup, then run `restored`.")]


def _entry_problem(row: Row[tuple[object, ...]], position: int, previous: str, keys: tuple[str, ...]) -> str:
    """Empty where all holds."""
    if row.position != position:
        return f"{position} is missing"
    if hash_of(row.body) != row.hash:
        return "the text was changed"
    if header_from(row.body).previous != previous:
        return "the chain is broken"
    if not any(verify(key, row.hash, row.signature) for key in keys):
        return "the signature is by no key of the device"
    return ""


def _entries(connection: Connection, stream: Row[tuple[object, ...]]) -> Iterator[Row[tuple[object, ...]]]:
    table = schema.entries
    here = (table.c.device == stream.device, table.c.epoch == stream.epoch)
    after = 0
    while True:
        page = select(table).where(*here, table.c.position > after).order_by(table.c.position).limit(_PAGE)
        rows = connection.execute(page).all()
        yield from rows
        if len(rows) < _PAGE:
            return
        after = rows[-1].position


def _strays(connection: Connection) -> list[Finding]:
    """Entries whose stream is not there."""
    entries, streams = schema.entries, schema.streams
    joined = entries.outerjoin(streams, (entries.c.device == streams.c.device) & (entries.c.epoch == streams.c.epoch))
    lost = select(entries.c.device, entries.c.epoch).select_from(joined).where(streams.c.device.is_(None)).distinct()
    return [
        Finding(f"{row.device}/{row.epoch}", "entries without a stream", "Restore the newest good backup.")
        for row in connection.execute(lost)
    ]


def _sales_left_out(connection: Connection) -> list[Finding]:
    """Every sale entry is either in the books or in quarantine, and never in both."""
    entries, sales, kept = schema.entries, schema.sales, schema.quarantine
    same = (entries.c.device == sales.c.device) & (entries.c.epoch == sales.c.epoch)
    held = (entries.c.device == kept.c.device) & (entries.c.epoch == kept.c.epoch) & (entries.c.hash == kept.c.evidence)
    joined = entries.outerjoin(sales, same & (entries.c.position == sales.c.position)).outerjoin(kept, held)
    rows = connection.execute(
        select(entries.c.device, entries.c.epoch, entries.c.position, sales.c.total_minor, kept.c.id)
        .select_from(joined)
        .where(entries.c.kind == _SALE, sales.c.total_minor.is_(None) == kept.c.id.is_(None))
    )
    return [
        Finding(
            f"{row.device}/{row.epoch}",
            f"position {row.position}: the sale is {'in the books and in' if row.id else 'neither booked nor in'} "
            "quarantine",
            "Report it with this database: it must never happen.",
        )
        for row in rows
    ]


def _missing_before(connection: Connection, stream: Row[tuple[object, ...]]) -> list[Finding]:
    """What a new epoch says about the end of the one before it, and what of that never came."""
    table = schema.entries
    here = (table.c.device == stream.device, table.c.epoch == stream.epoch, table.c.position == 1)
    body = connection.execute(select(table.c.body).where(*here)).scalar()
    opened = _opened(body) if body else None
    if opened is None or not opened.previous_epoch:
        return []
    streams = schema.streams
    before = (streams.c.device == stream.device, streams.c.epoch == opened.previous_epoch)
    mark = connection.execute(select(streams.c.high_water).where(*before)).scalar() or 0
    if mark >= opened.previous_position:
        return []
    what = f"epoch {opened.previous_epoch} reached {opened.previous_position} on the device, {mark} are here"
    return [Finding(f"{stream.device}/{stream.epoch}", what, "Export the ledger of the device and look at the rest.")]


def _opened(body: str) -> EpochOpened | None:
    try:
        content = entry_from(body).content
    except msgspec.MsgspecError:
        return None
    return content if isinstance(content, EpochOpened) and kind_of(content) else None
