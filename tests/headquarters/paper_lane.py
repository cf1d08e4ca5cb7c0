"""A lane on paper: makes signed entries, batches and hellos as a device does, with nothing behind them."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from headquarters.booking import Booking
from headquarters.database import Database
from headquarters.devices import DeviceFile, register
from kiosk.messages.canonical import canonical
from kiosk.messages.contents import (
    Content,
    EpochOpened,
    LaneOpened,
    Sale,
    SaleLine,
    TaxTotal,
    TransactionCancelled,
)
from kiosk.messages.entry import NO_HASH, Entry, SealedEntry, body_of, hash_of
from kiosk.messages.envelope import Acknowledgement, Batch, Hello
from kiosk.messages.tenders import CardTender
from kiosk.messages.topics import device_name

TENANT = "harbour"
AT = "2026-03-14T09:26:53.589Z"
DAY = "2026-03-14"


def now() -> datetime:
    """The time of day in these tests."""
    return datetime(2026, 3, 14, 9, 26, 53, tzinfo=UTC)


@dataclass
class PaperLane:
    """A lane with a ledger in memory. `kept` is the ledger of the current epoch."""

    store_id: str = "0101"
    workstation_id: str = "07"
    epoch: str = "8f14e45fceea167a"
    key: Ed25519PrivateKey = field(default_factory=Ed25519PrivateKey.generate)
    kept: list[SealedEntry] = field(default_factory=list)
    greetings: int = 0

    @property
    def name(self) -> str:
        """Its name in topics."""
        return device_name(self.store_id, self.workstation_id)

    @property
    def device_file(self) -> DeviceFile:
        """What is registered at headquarters."""
        return DeviceFile(
            tenant=TENANT,
            store_id=self.store_id,
            workstation_id=self.workstation_id,
            public_key=self.key.public_key().public_bytes_raw().hex(),
        )

    @property
    def head_hash(self) -> str:
        """Hash of the last entry."""
        return self.kept[-1].hash if self.kept else NO_HASH

    def add(self, content: Content) -> SealedEntry:
        """One entry more."""
        entry = Entry(
            store_id=self.store_id,
            workstation_id=self.workstation_id,
            epoch=self.epoch,
            position=len(self.kept) + 1,
            at=AT,
            previous=self.head_hash,
            content=content,
        )
        return self.seal(body_of(entry), entry.position)

    def add_raw(self, content: object, **changed: object) -> SealedEntry:
        """One genuine entry more whose content no reader of today may know."""
        position = len(self.kept) + 1
        plain: dict[str, object] = {
            "v": 1,
            "store_id": self.store_id,
            "workstation_id": self.workstation_id,
            "epoch": self.epoch,
            "position": position,
            "at": AT,
            "previous": self.head_hash,
            "content": content,
        }
        return self.seal(canonical(plain | changed).decode(), position)

    def seal(self, body: str, position: int) -> SealedEntry:
        """Hash and sign a text and put it into the ledger."""
        sealed = self.sealed(body, position)
        self.kept.append(sealed)
        return sealed

    def sealed(self, body: str, position: int) -> SealedEntry:
        """Hash and sign a text."""
        entry_hash = hash_of(body)
        signature = self.key.sign(bytes.fromhex(entry_hash)).hex()
        return SealedEntry(position=position, body=body, hash=entry_hash, signature=signature)

    def sell(self, number: int, amount_minor: int = 250) -> SealedEntry:
        """One sale more."""
        return self.add(sale(number, amount_minor))

    def open_epoch(self, epoch: str, reason: str = "new_device") -> SealedEntry:
        """Begin a new epoch; the old entries are forgotten."""
        old = (self.epoch, len(self.kept), self.head_hash if self.kept else "")
        self.epoch, self.kept = epoch, []
        if reason == "new_device":
            return self.add(EpochOpened(reason=reason))
        return self.add(
            EpochOpened(reason=reason, previous_epoch=old[0], previous_position=old[1], previous_head=old[2])
        )

    def batch(self, first: int = 1, last: int | None = None) -> Batch:
        """The entries from `first` to `last`."""
        return self.batch_of(self.kept[first - 1 : last])

    def batch_of(self, entries: Sequence[SealedEntry]) -> Batch:
        """A batch of just these entries."""
        return Batch(epoch=self.epoch, first=entries[0].position, entries=tuple(entries))

    def hello(self, acknowledged: int = 0) -> Hello:
        """Where this lane stands."""
        self.greetings += 1
        return Hello(
            hello=f"h{self.greetings}",
            epoch=self.epoch,
            head=len(self.kept),
            head_hash=self.head_hash,
            acknowledged=acknowledged,
        )

    def cloned(self) -> PaperLane:
        """The same lane once more, as from a copied storage card."""
        return PaperLane(
            self.store_id, self.workstation_id, self.epoch, self.key, copy.copy(self.kept), self.greetings + 1000
        )


def sale(number: int, amount_minor: int = 250, **changed: object) -> Sale:
    """A sale of one pack of oats that adds up, unless told otherwise."""
    net = amount_minor * 100 // 123
    fields: dict[str, object] = {
        "sequence_number": number,
        "business_day": DAY,
        "started_at": AT,
        "currency": "EUR",
        "language": "en",
        "lines": (line(amount_minor),),
        "taxes": (
            TaxTotal(
                tax_code="S",
                tax_rate_ppm=230_000,
                gross_minor=amount_minor,
                net_minor=net,
                tax_minor=amount_minor - net,
            ),
        ),
        "tenders": (
            CardTender(
                attempt=f"a{number}",
                amount_minor=amount_minor,
                terminal_id="52500041",
                receipt_number=number,
                trace_number=number,
            ),
        ),
        "total_minor": amount_minor,
        "catalog_version": 1,
    }
    return Sale(**(fields | changed))  # type: ignore[arg-type]  # the changed fields are the test's business


def line(amount_minor: int) -> SaleLine:
    """One line of a sale."""
    return SaleLine(
        line=1,
        sku="OATS",
        name="Oats 500 g",
        quantity=1,
        unit_price_minor=amount_minor,
        amount_minor=amount_minor,
        tax_code="S",
        tax_rate_ppm=230_000,
    )


def opened() -> Content:
    """A content of no account."""
    return LaneOpened(operator="anna", business_day=DAY)


def cancelled(number: int) -> Content:
    """A transaction that came to nothing."""
    return TransactionCancelled(sequence_number=number, reason="shopper", lines=())


def registered(database: Database, lane: PaperLane) -> PaperLane:
    """The lane, let in."""
    register(database, lane.device_file, AT)
    return lane


def drain(booking: Booking, lane: PaperLane, size: int = 5) -> Acknowledgement:
    """Send as a device does, hello first, until all is booked; the last answer."""
    answer = booking.hello(lane.name, lane.hello())
    while answer.high_water < len(lane.kept) and not answer.fork and not answer.refused:
        first = answer.high_water + 1
        answer = booking.receive(lane.name, lane.batch(first, first + size - 1))
    return answer
