"""Tenders and refunds of a finished settlement as records of the ledger."""

from __future__ import annotations

import msgspec

from kiosk.domain.tender.kinds import Instrument, TenderKind
from kiosk.domain.tender.outcome import Trouble
from kiosk.domain.tender.records import PointsTender as PaidInPoints
from kiosk.domain.tender.records import StoredValueTender as PaidFromValue
from kiosk.domain.tender.records import Tender as Paid
from kiosk.domain.tender.refund_records import Given
from kiosk.domain.tender.state import Applied
from kiosk.messages.contents import ExceptionRaised
from kiosk.messages.tenders import (
    CardTender,
    CashTender,
    MealVoucherTender,
    PointsTender,
    StoredValueTender,
    Tender,
    WalletTender,
)
from kiosk.messages.tills import StoredValueChanged


def tender_record(paid: Paid) -> Tender:
    """The tender of a sale as the ledger keeps it; what only the settlement needed is left out."""
    plain = msgspec.to_builtins(paid)
    return msgspec.convert(plain, type=Tender)  # type: ignore[no-any-return]  # a union of records, to mypy no type


def exception_record(trouble: Trouble, sequence_number: int) -> ExceptionRaised:
    """A trouble of a settlement or refund as the exception entry that somebody owns."""
    return ExceptionRaised(
        code=trouble.code, owner=trouble.owner, detail=trouble.detail, sequence_number=sequence_number
    )


def changes(applied: Applied, sequence_number: int, credit_account: str = "") -> tuple[StoredValueChanged, ...]:
    """What a tender moved on accounts of ours: these entries move value, the tender only says what it paid.

    `credit_account` is that of the store credit that the rest of a single-use value became.
    """
    paid = applied.tender
    if isinstance(paid, PaidInPoints):
        return (
            _redeemed(applied.attempt, (Instrument.POINTS, paid.member), paid.points, paid.offline, sequence_number),
        )
    if not isinstance(paid, PaidFromValue):
        return ()
    account = (Instrument(paid.instrument), paid.account)
    used = _redeemed(applied.attempt, account, paid.value_minor, paid.offline, sequence_number)
    if not paid.credit_minor:
        return (used,)
    return used, issued(applied.attempt, credit_account, paid.credit_minor, sequence_number)


def issued(
    attempt: str, account: str, amount_minor: int, sequence_number: int, valid_until: str = ""
) -> StoredValueChanged:
    """A new store credit; the request is the attempt that it came from, with an ending of its own."""
    if not account:
        raise ValueError("a store credit that is issued needs its account")
    return StoredValueChanged(
        request=f"{attempt}-credit",
        instrument=Instrument.STORE_CREDIT,
        account=account,
        change="issued",
        change_minor=amount_minor,
        sequence_number=sequence_number,
        valid_until=valid_until,
    )


def refund_record(given: Given, credit_account: str = "") -> Tender:
    """What went back, as a tender below zero. `credit_account` is that of a store credit issued for it."""
    part, amount = given.part, -given.amount_minor
    origin = part.original
    reference = origin.reference if origin else credit_account
    provider = origin.provider if origin else ""
    match part.kind:
        case TenderKind.CARD:
            facts = msgspec.structs.asdict(given.card) if given.card else {"terminal_id": "", **_NO_NUMBERS}
            return CardTender(amount_minor=amount, attempt=part.attempt, original_attempt=reference, **facts)
        case TenderKind.CASH:
            return CashTender(amount_minor=amount, given_minor=amount)
        case TenderKind.POINTS:
            return PointsTender(amount_minor=amount, member=reference, points=-part.points)
        case TenderKind.MEAL_VOUCHER:
            return MealVoucherTender(amount_minor=amount, issuer=provider, account=reference, eligible_minor=0)
        case TenderKind.WALLET | TenderKind.PAY_LATER:
            return WalletTender(amount_minor=amount, provider=provider, reference=given.reference, attempt=part.attempt)
        case _:
            shown = origin.shown if origin else ""
            return StoredValueTender(amount_minor=amount, instrument=str(part.kind), account=reference, shown=shown)


def refund_changes(given: Given, sequence_number: int, credit_account: str = "") -> tuple[StoredValueChanged, ...]:
    """What a refund put on accounts of ours: back on the one it came from, or on a new store credit."""
    part, origin = given.part, given.part.original
    if origin is None:
        return (issued(part.attempt, credit_account, given.amount_minor, sequence_number),)
    if part.kind.value not in {one.value for one in Instrument}:
        return ()
    value = part.points if part.kind is TenderKind.POINTS else given.amount_minor
    return (
        StoredValueChanged(
            request=part.attempt,
            instrument=str(part.kind),
            account=origin.reference,
            change="reversed",
            change_minor=value,
            sequence_number=sequence_number,
        ),
    )


_NO_NUMBERS = {"receipt_number": 0, "trace_number": 0}


def _redeemed(
    request: str, account: tuple[Instrument, str], value: int, offline: bool, sequence_number: int
) -> StoredValueChanged:
    instrument, number = account
    return StoredValueChanged(
        request=request,
        instrument=instrument,
        account=number,
        change="redeemed",
        change_minor=-value,
        sequence_number=sequence_number,
        offline=offline,
    )
