"""What the flow asks the world to do. The session commits what belongs in the ledger first, then performs the rest."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.messages.contents import Content, PaymentAttempt, Sale
from kiosk.messages.tills import ReportTaken


@dataclass(frozen=True, slots=True)
class Append:
    """Write an entry to the ledger, in the same commit as the new state."""

    content: Content


@dataclass(frozen=True, slots=True)
class BookSale:
    """Write the sale to the ledger, in the same commit as the new state."""

    sale: Sale


@dataclass(frozen=True, slots=True)
class RequestPayment:
    """Write the attempt to the ledger; only when it is on disk, ask the payment terminal to charge."""

    attempt: PaymentAttempt


@dataclass(frozen=True, slots=True)
class AbortPayment:
    """Ask the payment terminal to stop waiting for a card; its answer still comes."""

    attempt: PaymentAttempt


@dataclass(frozen=True, slots=True)
class EnquirePayment:
    """Ask the payment terminal what became of an attempt; never charges."""

    attempt: PaymentAttempt


@dataclass(frozen=True, slots=True)
class ReversePayment:
    """Take a charge back."""

    attempt: PaymentAttempt
    receipt_number: int


@dataclass(frozen=True, slots=True)
class Weigh:
    """Ask the scale for a stable weight taken from now on."""

    request: str


@dataclass(frozen=True, slots=True)
class CancelWeigh:
    """Stop asking the scale."""

    request: str


@dataclass(frozen=True, slots=True)
class PrintReceipt:
    """Print the receipt of a booked sale; `copy` > 0 marks and counts a reprint, made `at` (RFC 3339 UTC).

    The same job id is never printed twice.
    """

    job_id: str
    sequence_number: int
    copy: int = 0
    at: str = ""


@dataclass(frozen=True, slots=True)
class PrintReport:
    """Print a report that is in the ledger since `at` (RFC 3339 UTC); `copy` > 0 marks and counts a reprint."""

    job_id: str
    taken: ReportTaken
    at: str
    copy: int = 0


@dataclass(frozen=True, slots=True)
class KickDrawer:
    """Open the cash drawer, once for a `request`; why is in the ledger already."""

    request: str


@dataclass(frozen=True, slots=True)
class SignReceipt:
    """Have the signature unit sign `data`; `reference` is the number of the fiscal receipt."""

    reference: str
    data: bytes = field(repr=False)


Effect = (
    Append
    | BookSale
    | RequestPayment
    | AbortPayment
    | EnquirePayment
    | ReversePayment
    | Weigh
    | CancelWeigh
    | PrintReceipt
    | PrintReport
    | SignReceipt
    | KickDrawer
)
