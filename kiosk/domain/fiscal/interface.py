"""The interface of a country's fiscal rules: facts of a receipt in, a text to be signed out, a mark for the receipt.

Nothing here knows a country, a clock, a device or a file. A register is a value: it changes only by entries, and the
same entries give the same register again, so the ledger is all that has to be kept.
"""

from __future__ import annotations

import enum
from typing import Protocol, Self

import msgspec


class FiscalError(Exception):
    """A caller's mistake or a damaged record, said so that a person can act on it: what happened, and the remedy."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message} {remedy}")
        self.message = message
        self.remedy = remedy


class ReceiptKind(enum.StrEnum):
    """Why a receipt is made. Those after `TRAINING` hold no goods; a country that does not know one never asks for it.

    `VOID` takes a sale back: its amounts are those of the sale with the opposite sign. `RECOVERY` follows a failure of
    the signature unit, `START` and `CLOSING` stand at the two ends of a register's life.
    """

    SALE = "sale"
    VOID = "void"
    TRAINING = "training"
    ZERO = "zero"
    START = "start"
    MONTHLY = "monthly"
    YEARLY = "yearly"
    RECOVERY = "recovery"
    CLOSING = "closing"


class TaxAmount(msgspec.Struct, frozen=True):
    """What was sold at one rate, tax included, in minor units; `rate_ppm` is the rate in millionths (20 %: 200000)."""

    rate_ppm: int
    gross_minor: int


class FiscalReceipt(msgspec.Struct, frozen=True, kw_only=True):
    """The facts of a receipt. `number` is unique in its register for ever; `at` is local time, YYYY-MM-DDThh:mm:ss."""

    kind: ReceiptKind
    number: str
    at: str
    taxes: tuple[TaxAmount, ...] = ()


class Pending(msgspec.Struct, frozen=True, kw_only=True):
    """A receipt that was begun: kept on disk with the open transaction, so that a crash finishes it as unsigned.

    `to_be_signed` goes to the signature unit as it is; None says that the unit is not to be asked. `draft` is the
    country's own text of the receipt, for `finish` only.
    """

    kind: ReceiptKind
    number: str
    to_be_signed: bytes | None
    draft: str


class UnitSignature(msgspec.Struct, frozen=True, kw_only=True):
    """What the unit answered: its signature, raw (for ES256 the 32 bytes of r, then of s), its certificate in DER."""

    signature: bytes
    certificate: bytes


class FiscalEntry(msgspec.Struct, frozen=True, kw_only=True):
    """A finished receipt as the ledger keeps it. `record` is the country's own text, never changed afterwards.

    `certificate` is the unit's certificate (DER in base64) where it is another than that of the entries before, else
    empty. `at` is local time as on the receipt.
    """

    kind: ReceiptKind
    number: str
    at: str
    record: str
    certificate: str = ""


class Mark(msgspec.Struct, frozen=True, kw_only=True):
    """What a receipt shows: `machine_code` as a QR code, and `notices` in words the law prescribes, in its language.

    `failed` says that the receipt is not signed because the unit had failed.
    """

    number: str
    machine_code: str
    failed: bool
    notices: tuple[str, ...]


class Trouble(enum.StrEnum):
    """Why a receipt is not signed."""

    NO_ANSWER = "no_answer"
    OTHER_UNIT = "other_unit"
    BAD_SIGNATURE = "bad_signature"
    NOT_RECOVERED = "not_recovered"


class Finished(msgspec.Struct, frozen=True, kw_only=True):
    """How a receipt ended. `entry` is to be recorded, then handed to `after`; both are None where nothing came of it.

    That happens to receipts without goods that mean nothing unless they are signed; they are made again, later, with
    a new number. A sale always has an entry.
    """

    entry: FiscalEntry | None
    mark: Mark | None
    trouble: Trouble | None = None


class FiscalRegister(Protocol):
    """One cash register under one country's rules; an immutable value."""

    def due(self, at: str, *, unit_ready: bool) -> tuple[ReceiptKind, ...]:
        """Which receipts have to be made, in this order, before a sale at local time `at`."""
        ...

    def begin(self, receipt: FiscalReceipt, unit_serial: str | None) -> Pending:
        """Begin a receipt; `unit_serial` is what the unit last said of itself, None where it never did.

        Raises `FiscalError` where such a receipt cannot be made now.
        """
        ...

    def finish(self, pending: Pending, answer: UnitSignature | None) -> Finished:
        """End what was begun; None where the unit refused or gave no answer in time. A bad answer counts as none.

        Raises `FiscalError` where another receipt was finished since `begin`.
        """
        ...

    def after(self, entry: FiscalEntry) -> Self:
        """The register once `entry` is recorded. Raises `FiscalError` for an entry that is none of this country."""
        ...

    def mark(self, entry: FiscalEntry) -> Mark:
        """The mark of a recorded receipt, for its first print and for every copy."""
        ...
