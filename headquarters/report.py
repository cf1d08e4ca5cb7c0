"""What headquarters has booked, in numbers: for people, for the demo, and for tests."""

from __future__ import annotations

from sqlalchemy import ColumnElement, Connection, Table, func, select

from headquarters import schema
from headquarters.catalog import version_in_force
from headquarters.database import generation_of

Plain = dict[str, object]

# A page of quarantine; `quarantined` counts all of it.
QUARANTINE_SHOWN = 200


def report(connection: Connection) -> Plain:
    """Counts, marks, quarantine and totals by day; plain values, fit for JSON. Amounts are minor units.

    Sales for practice are booked and counted apart: they are in no total.
    """
    streams = [dict(row) for row in connection.execute(select(schema.streams)).mappings()]
    return {
        "generation": generation_of(connection),
        "devices": _count(connection, schema.devices),
        "catalog_version": version_in_force(connection),
        "entries": _count(connection, schema.entries),
        "entries_by_kind": _by_kind(connection),
        "sales_booked": _count(connection, schema.sales, schema.sales.c.training == 0),
        "training_sales": _count(connection, schema.sales, schema.sales.c.training != 0),
        "duplicates_refused": sum(row["duplicates"] for row in streams),
        "streams": [
            {
                "device": row["device"],
                "epoch": row["epoch"],
                "high_water": row["high_water"],
                "hash": row["hash"],
                "duplicates": row["duplicates"],
                "forked": bool(row["forked"]),
            }
            for row in sorted(streams, key=lambda row: (row["device"], row["opened_at"], row["epoch"]))
        ],
        "quarantined": _count(connection, schema.quarantine),
        "quarantine": _quarantine(connection),
        "days": _days(connection),
        "presence": [dict(row) for row in connection.execute(select(schema.presence)).mappings()],
    }


def as_text(numbers: Plain) -> str:
    """The report in a screen."""
    lines = [
        f"{numbers['devices']} devices, catalog version {numbers['catalog_version']}",
        f"{numbers['sales_booked']} sales booked, {numbers['training_sales']} for practice",
        f"{numbers['duplicates_refused']} duplicates refused, {numbers['quarantined']} in quarantine",
    ]
    for title, name, fields in _SECTIONS:
        rows = numbers[name]
        if isinstance(rows, list) and rows:
            lines.append(f"{title}:")
            lines += ["  " + "  ".join(f"{field}={row[field]}" for field in fields) for row in rows]
    return "\n".join(lines) + "\n"


_SECTIONS = (
    ("Streams", "streams", ("device", "epoch", "high_water", "forked")),
    ("Days", "days", ("business_day", "store_id", "currency", "sales", "total_minor")),
    ("Quarantine", "quarantine", ("id", "owner", "device", "epoch", "position", "reason", "detail")),
)


def _count(connection: Connection, table: Table, *conditions: ColumnElement[bool]) -> int:
    return connection.execute(select(func.count()).select_from(table).where(*conditions)).scalar_one()


def _by_kind(connection: Connection) -> dict[str, int]:
    kind = schema.entries.c.kind
    counts = connection.execute(select(kind, func.count().label("times")).group_by(kind).order_by(kind))
    return {row.kind: row.times for row in counts}


def _quarantine(connection: Connection) -> list[Plain]:
    table = schema.quarantine
    columns = [column for column in table.columns if column.name not in {"body", "evidence"}]
    rows = connection.execute(select(*columns).order_by(table.c.id.desc()).limit(QUARANTINE_SHOWN)).mappings()
    return [{**row, "genuine": bool(row["genuine"])} for row in rows]


def _days(connection: Connection) -> list[Plain]:
    table = schema.sales
    day = (table.c.business_day, table.c.store_id, table.c.currency)
    sums = (func.count().label("sales"), func.sum(table.c.total_minor).label("total_minor"))
    counted = select(*day, *sums).where(table.c.training == 0)
    rows = connection.execute(counted.group_by(*day).order_by(*day)).mappings()
    return [{**row, "sales": int(row["sales"]), "total_minor": int(row["total_minor"])} for row in rows]
