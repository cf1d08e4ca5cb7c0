"""The tables of headquarters: what was received, unchanged, and what is derived from it in the same commit."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.schema import SchemaItem

# Raised whenever a table changes its meaning; a database of a later schema is refused.
SCHEMA_VERSION = 2

METADATA = MetaData()


def _integer() -> BigInteger:
    """64 bits everywhere; SQLite's strict tables know only the word INTEGER."""
    return BigInteger().with_variant(Integer, "sqlite")


def _table(name: str, *parts: SchemaItem) -> Table:
    return Table(name, METADATA, *parts, sqlite_strict=True)


meta = _table(
    "meta",
    Column("name", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

devices = _table(
    "devices",
    Column("device", Text, primary_key=True),
    Column("store_id", Text, nullable=False),
    Column("workstation_id", Text, nullable=False),
    Column("public_key", Text, nullable=False),
    Column("registered_at", Text, nullable=False),
    UniqueConstraint("store_id", "workstation_id"),
    CheckConstraint("length(public_key) = 64", name="public_key_is_32_bytes"),
)

# Every key a device ever had: what an old key signed stays checkable after the device got a new one.
device_keys = _table(
    "device_keys",
    Column("device", Text, primary_key=True),
    Column("public_key", Text, primary_key=True),
)

presence = _table(
    "presence",
    Column("device", Text, primary_key=True),
    Column("online", Integer, nullable=False),
    Column("unsent", _integer(), nullable=False),
    Column("seen_at", Text, nullable=False),
)

streams = _table(
    "streams",
    Column("device", Text, primary_key=True),
    Column("epoch", Text, primary_key=True),
    Column("high_water", _integer(), nullable=False),
    Column("hash", Text, nullable=False),
    Column("duplicates", _integer(), nullable=False),
    Column("forked", Integer, nullable=False),
    Column("recent_hellos", Text, nullable=False),
    Column("opened_at", Text, nullable=False),
    CheckConstraint("high_water >= 0", name="high_water_counts"),
    CheckConstraint("forked in (0, 1)", name="forked_is_yes_or_no"),
)

entries = _table(
    "entries",
    Column("device", Text, primary_key=True),
    Column("epoch", Text, primary_key=True),
    Column("position", _integer(), primary_key=True, autoincrement=False),
    Column("kind", Text, nullable=False),
    Column("at", Text, nullable=False),
    Column("hash", Text, nullable=False),
    Column("signature", Text, nullable=False),
    Column("body", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    CheckConstraint("position > 0", name="position_counts_from_one"),
    Index("entries_by_kind", "kind"),
)

# A sequence number is used by a sale or by a cancelled transaction, and by one of them only, over all epochs.
used_numbers = _table(
    "used_numbers",
    Column("store_id", Text, primary_key=True),
    Column("workstation_id", Text, primary_key=True),
    Column("sequence_number", _integer(), primary_key=True, autoincrement=False),
    Column("epoch", Text, nullable=False),
    Column("position", _integer(), nullable=False),
)

sales = _table(
    "sales",
    Column("store_id", Text, primary_key=True),
    Column("workstation_id", Text, primary_key=True),
    Column("sequence_number", _integer(), primary_key=True, autoincrement=False),
    Column("device", Text, nullable=False),
    Column("epoch", Text, nullable=False),
    Column("position", _integer(), nullable=False),
    Column("business_day", Text, nullable=False),
    Column("started_at", Text, nullable=False),
    Column("currency", Text, nullable=False),
    Column("total_minor", _integer(), nullable=False),
    Column("rounding_minor", _integer(), nullable=False),
    Column("training", Integer, nullable=False),
    Column("catalog_version", _integer(), nullable=False),
    UniqueConstraint("device", "epoch", "position"),
    Index("sales_by_day", "business_day", "store_id"),
)

sale_lines = _table(
    "sale_lines",
    Column("store_id", Text, primary_key=True),
    Column("workstation_id", Text, primary_key=True),
    Column("sequence_number", _integer(), primary_key=True, autoincrement=False),
    Column("ordinal", _integer(), primary_key=True, autoincrement=False),
    Column("line", _integer(), nullable=False),
    Column("sku", Text, nullable=False),
    Column("name", Text, nullable=False),
    Column("quantity", _integer(), nullable=False),
    Column("grams", _integer(), nullable=False),
    Column("amount_minor", _integer(), nullable=False),
    Column("tax_code", Text, nullable=False),
    Column("tax_rate_ppm", _integer(), nullable=False),
    Column("discount_minor", _integer(), nullable=False),
    ForeignKeyConstraint(
        ["store_id", "workstation_id", "sequence_number"],
        ["sales.store_id", "sales.workstation_id", "sales.sequence_number"],
    ),
)

sale_tenders = _table(
    "sale_tenders",
    Column("store_id", Text, primary_key=True),
    Column("workstation_id", Text, primary_key=True),
    Column("sequence_number", _integer(), primary_key=True, autoincrement=False),
    Column("ordinal", _integer(), primary_key=True, autoincrement=False),
    Column("tender", Text, nullable=False),
    Column("attempt", Text, nullable=False),
    Column("amount_minor", _integer(), nullable=False),
    Column("record", Text, nullable=False),
    ForeignKeyConstraint(
        ["store_id", "workstation_id", "sequence_number"],
        ["sales.store_id", "sales.workstation_id", "sales.sequence_number"],
    ),
)

# `evidence` is the hash of what is kept, so that the same thing sent a hundred times is kept once.
quarantine = _table(
    "quarantine",
    Column("id", _integer(), primary_key=True, autoincrement=True),
    Column("device", Text, nullable=False),
    Column("epoch", Text, nullable=False),
    Column("position", _integer(), nullable=False),
    Column("reason", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("owner", Text, nullable=False),
    Column("genuine", Integer, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("received_at", Text, nullable=False),
    Column("body", Text, nullable=False),
    UniqueConstraint("device", "epoch", "position", "reason", "evidence"),
    CheckConstraint("owner in ('attendant', 'finance', 'it')", name="owner_is_a_role"),
)

catalog_versions = _table(
    "catalog_versions",
    Column("version", _integer(), primary_key=True, autoincrement=False),
    Column("currency", Text, nullable=False),
    Column("items", _integer(), nullable=False),
    Column("digest", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("saved_at", Text, nullable=False),
)

catalog_items = _table(
    "catalog_items",
    Column("sku", Text, primary_key=True),
    Column("ordinal", _integer(), nullable=False),
    Column("name", Text, nullable=False),
    Column("price_minor", _integer(), nullable=False),
    Column("tax_code", Text, nullable=False),
    Column("record", Text, nullable=False),
)

catalog_codes = _table(
    "catalog_codes",
    Column("kind", Text, primary_key=True),
    Column("code", Text, primary_key=True),
    Column("ordinal", _integer(), nullable=False),
    Column("sku", Text, nullable=False),
    Column("record", Text, nullable=False),
)

catalog_tax = _table(
    "catalog_tax",
    Column("code", Text, primary_key=True),
    Column("ordinal", _integer(), nullable=False),
    Column("rate_ppm", _integer(), nullable=False),
    Column("record", Text, nullable=False),
)

# Promotions, prices in a scope, tax rules and policies, as rows of kiosk.messages.catalog.
catalog_rules = _table(
    "catalog_rules",
    Column("ordinal", _integer(), primary_key=True, autoincrement=False),
    Column("record", Text, nullable=False),
)


# What was received is never changed; on PostgreSQL, revoke update and delete from the role instead.
SQLITE_TRIGGERS = tuple(
    f"create trigger entries_no_{verb} before {verb} on entries "
    "begin select raise(abort, 'what was received is never changed'); end"
    for verb in ("update", "delete")
)
