"""Tills for tests: a folder with a device key, a clock that is handed in, and records to fill a ledger with."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from kiosk.messages.contents import PaymentAttempt, PaymentResult, Sale, SaleLine, TransactionCancelled
from kiosk.messages.entry import Entry, entry_from
from kiosk.messages.tenders import CardTender
from kiosk.store.ledger import LedgerReader, Till
from kiosk.store.signing import DeviceKey
from kiosk.store.verify import Row

STORE, WORKSTATION = "0101", "07"


def nothing(_name: str) -> None:
    """After a commit, nothing."""


@dataclass
class Clock:
    """A wall clock that moves when told, in either direction."""

    moment: datetime = field(default_factory=lambda: datetime(2026, 3, 1, 9, 0, tzinfo=UTC))

    def __call__(self) -> datetime:
        return self.moment

    def move(self, seconds: int) -> None:
        self.moment += timedelta(seconds=seconds)


@dataclass
class Device:
    """A folder as on a device; opening the till twice is a restart."""

    folder: Path
    clock: Clock = field(default_factory=Clock)
    after_commit: Callable[[str], None] = nothing

    @property
    def path(self) -> Path:
        return self.folder / "till.db"

    @property
    def key(self) -> DeviceKey:
        path = self.folder / "device.key"
        return DeviceKey.load(path) if path.exists() else DeviceKey.create(path)

    def till(self) -> Till:
        return Till(self.path, STORE, WORKSTATION, self.key, self.clock, after_commit=self.after_commit)

    def entries(self) -> list[Entry]:
        return [entry_from(row.sealed.body) for row in self.rows()]

    def entries_of(self, epoch: str) -> list[Entry]:
        with closing(LedgerReader(self.path)) as reader:
            return [entry_from(sealed.body) for sealed in reader.entries(epoch, 0, 100_000)]

    def rows(self) -> list[Row]:
        with closing(LedgerReader(self.path)) as reader:
            return [Row(epoch, sealed) for epoch in reader.epochs() for sealed in reader.entries(epoch, 0, 100_000)]

    def damage(self, *statements: str) -> None:
        """What a worn card or a hand with a database tool does, past every rule of the tables."""
        with closing(sqlite3.connect(self.path, isolation_level=None)) as connection:
            connection.execute("pragma ignore_check_constraints = on")
            connection.execute("pragma foreign_keys = off")
            for name in ("ledger", "epochs", "tenders"):
                connection.execute(f"drop trigger if exists {name}_no_update")
                connection.execute(f"drop trigger if exists {name}_no_delete")
            connection.execute("drop trigger if exists ledger_grows_by_one")
            for statement in statements:
                connection.execute(statement)


def milk(line: int = 1) -> SaleLine:
    return SaleLine(
        line=line,
        sku="milk",
        name="Milk 1 l",
        quantity=1,
        unit_price_minor=119,
        amount_minor=119,
        tax_code="Z",
        tax_rate_ppm=0,
    )


def sale(number: int, *attempts: str) -> Sale:
    tenders = tuple(
        CardTender(attempt=attempt, amount_minor=119, terminal_id="T1", receipt_number=7, trace_number=9)
        for attempt in attempts
    )
    return Sale(
        sequence_number=number,
        business_day="2026-03-01",
        started_at="2026-03-01T09:00:00.000Z",
        currency="EUR",
        language="en",
        lines=(milk(),),
        taxes=(),
        tenders=tenders,
        total_minor=119,
        catalog_version=3,
    )


def attempt(name: str, number: int = 1) -> PaymentAttempt:
    return PaymentAttempt(attempt=name, sequence_number=number, amount_minor=119, currency="EUR", receipt_before=6)


def result(name: str, outcome: str) -> PaymentResult:
    return PaymentResult(attempt=name, outcome=outcome)


def cancelled(number: int) -> TransactionCancelled:
    return TransactionCancelled(sequence_number=number, reason="shopper", lines=())
