"""What is asked for at a return, who asks, and what the answer is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from kiosk.domain.operator.outcome import Refused
from kiosk.domain.operator.rights import Role, Staff, by_name, default_roles
from kiosk.domain.returning.origin import Disposition
from kiosk.domain.tender.refund_records import Refund
from kiosk.messages.contents import AttentionDecided, ExceptionRaised, SaleLine, TaxTotal


@dataclass(frozen=True, slots=True)
class Wanted:
    """So many pieces (grams of a weighed good) of a line come back, why, and what becomes of them."""

    line: int
    units: int
    reason: str
    disposition: Disposition


@dataclass(frozen=True, slots=True)
class BlindWanted:
    """So many pieces (grams) of a good come back without a receipt."""

    sku: str
    units: int
    reason: str
    disposition: Disposition


@dataclass(frozen=True, slots=True)
class Desk:
    """Where a return happens: the transaction it becomes, and who stands there.

    `today` is the business day. `operator` is None where a shopper is alone. `own`: this workstation's
    (store_id, workstation_id), since of its own receipts it knows every return. `first_line` is the number of the
    first line to be written.
    """

    sequence_number: int
    today: str
    currency: str
    own: tuple[str, str]
    operator: Staff | None = None
    approver: Staff | None = None
    roles: Mapping[str, Role] = field(default_factory=lambda: by_name(default_roles()))
    first_line: int = 1


@dataclass(frozen=True, slots=True)
class ReturnPlan:
    """A return as it will be booked: the lines, taxes and amount, each below zero, of the sale it becomes.

    `refund` is for `kiosk.domain.tender.refund.begin_refund`: back to the tenders of the sale, else store credit; None
    where nothing is due. `exceptions` and `decisions` are entries to write with it.
    """

    lines: tuple[SaleLine, ...]
    taxes: tuple[TaxTotal, ...]
    total_minor: int
    refund: Refund | None
    exceptions: tuple[ExceptionRaised, ...] = ()
    decisions: tuple[AttentionDecided, ...] = ()


@dataclass(frozen=True, slots=True)
class Balance:
    """An exchange: `due_minor` is to be paid (>= 0), or `refund` goes back; neither where it is even."""

    total_minor: int
    due_minor: int
    refund: Refund | None


Planned = ReturnPlan | Refused
