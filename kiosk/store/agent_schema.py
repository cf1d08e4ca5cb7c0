"""The tables of `agent.db`: everything in it can be had again from headquarters, so it may be thrown away."""

from __future__ import annotations

from dataclasses import fields

from kiosk.domain.item import Item
from kiosk.store.database import Schema

SLOTS = ("a", "b")
# Fields of an item that few items have, and their usual values: kept together in one column.
_TRAITS = ("tags", "discountable", "floor_minor", "maximum_quantity", "serial_number", "returnable")
TRAITS = {field.name: field.default for field in fields(Item) if field.name in _TRAITS}
VIEWS = ("items", "codes", "tax_rates", "rules")


def _slot(slot: str) -> tuple[str, ...]:
    """One of the two sets of catalog tables: one is in force while the other is being loaded."""
    return (
        f"""
        create table items_{slot} (
            sku text primary key check (sku <> ''),
            name text not null check (name <> ''),
            search text not null, -- the name as people type it: no accents, no capitals
            department text not null,
            price_minor integer not null check (price_minor >= 0),
            unit text not null check (unit in ('each', 'kg')),
            tax_code text not null,
            plu text not null,
            picture text not null,
            minimum_age integer not null check (minimum_age >= 0),
            tare_grams integer not null check (tare_grams >= 0),
            deposit_sku text not null,
            components text not null, -- '' or a JSON list of {{"sku", "quantity"}}
            style text not null,
            size text not null,
            colour text not null,
            by_sight integer not null check (by_sight in (0, 1)),
            sellable integer not null check (sellable in (0, 1)),
            traits text not null, -- '' or JSON of what few items have: tags, lowest price, serial number...
            check (price_minor > 0 or sellable = 0)
        ) strict, without rowid
        """,
        f"create unique index items_{slot}_plu on items_{slot} (plu) where plu <> ''",
        f"create index items_{slot}_search on items_{slot} (search) where sellable = 1",
        f"create index items_{slot}_sight on items_{slot} (department, name) where by_sight = 1 and sellable = 1",
        f"""
        create table codes_{slot} (
            kind text not null check (kind in ('gtin', 'rcn')),
            code text not null,
            sku text not null,
            quantity integer not null check (quantity > 0),
            primary key (kind, code)
        ) strict, without rowid
        """,
        f"""
        create table tax_rates_{slot} (
            code text primary key,
            rate_ppm integer not null check (rate_ppm >= 0),
            name text not null
        ) strict, without rowid
        """,
        f"""
        create table rules_{slot} (
            kind text not null check (kind in ('promotion', 'price', 'tax_rule', 'policies')),
            id text not null,
            record text not null, -- JSON, a row of kiosk.messages.catalog
            primary key (kind, id)
        ) strict, without rowid
        """,
    )


def show_slot(slot: str) -> tuple[str, ...]:
    """Statements that put one set of catalog tables in force; all of them in one commit."""
    return (
        *(f"drop view if exists {view}" for view in VIEWS),
        *(f"create view {view} as select * from {view}_{slot}" for view in VIEWS),  # noqa: S608 - names are constants
    )


AGENT_DB = Schema(
    name="agent's store",
    application_id=0x434C4147,  # "CLAG"
    steps=(
        (
            """
            create table cursors (
                epoch text primary key,
                acknowledged integer not null check (acknowledged >= 0),
                hash text not null,
                generation integer not null,
                forked integer not null check (forked in (0, 1)),
                refused text not null
            ) strict, without rowid
            """,
            """
            create table link (
                id integer primary key check (id = 1),
                online integer not null check (online in (0, 1)),
                since text not null,
                reason text not null,
                remedy text not null,
                last_contact text not null
            ) strict
            """,
            "insert into link values (1, 0, '', 'The agent has not connected yet.', '', '')",
            """
            create table catalog (
                id integer primary key check (id = 1),
                slot text not null check (slot in ('a', 'b')),
                version integer not null,
                currency text not null,
                digest text not null,
                chunks text not null, -- names of the chunks in force, JSON
                refused text not null,
                refused_version integer not null,
                refused_reason text not null
            ) strict
            """,
            "insert into catalog values (1, 'a', 0, '', '', '[]', '', 0, '')",
            "create table chunks (name text primary key, data blob not null) strict",
            *_slot("a"),
            *_slot("b"),
            *show_slot("a"),
        ),
    ),
)
