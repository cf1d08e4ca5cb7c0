"""What was paid and given back, as the ledger keeps it."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from kiosk.accounts.tender_records import changes, exception_record, refund_changes, refund_record, tender_record
from kiosk.domain.tender.kinds import Instrument, TenderKind
from kiosk.domain.tender.offers import MealVoucherOffer, PointsOffer, WalletOffer
from kiosk.domain.tender.outcome import Trouble
from kiosk.domain.tender.records import CardFacts
from kiosk.domain.tender.refund_records import Given, Original, Part
from kiosk.messages.tenders import (
    CardTender,
    CashTender,
    MealVoucherTender,
    PointsTender,
    StoredValueTender,
    WalletTender,
)
from tests.domain.tender.paying import by_card, due, gift, in_cash, paid, single


def test_tenders_become_records_of_the_ledger() -> None:
    settlement = by_card(due(4003, meal_voucher=300), 400)
    for held_out in (
        gift(500),
        single(Instrument.STORE_CREDIT, 700),
        PointsOffer(member="M1", balance=100),
        MealVoucherOffer(issuer="edenred", account="m"),
        WalletOffer(provider="sim", amount_minor=200),
    ):
        settlement = paid(settlement, held_out)
    settlement = in_cash(settlement, 5000)
    assert settlement.finished
    records = [tender_record(one.tender) for one in settlement.tenders]
    kinds = [
        CardTender,
        StoredValueTender,
        StoredValueTender,
        PointsTender,
        MealVoucherTender,
        WalletTender,
        CashTender,
    ]
    assert [type(one) for one in records] == kinds
    assert sum(one.amount_minor for one in records) == settlement.total_minor + settlement.rounding_minor
    cash = records[-1]
    assert isinstance(cash, CashTender)
    assert cash.given_minor - cash.change_minor == cash.amount_minor


def test_what_tenders_move_on_accounts() -> None:
    settlement = paid(paid(due(1000), PointsOffer(member="M1", balance=100)), single(Instrument.STORE_CREDIT, 1200))
    points, credit = settlement.tenders
    assert [(one.instrument, one.change_minor) for one in changes(points, 42)] == [("points", -100)]
    moved = changes(credit, 42, "new")
    assert [(one.request, one.account, one.change, one.change_minor) for one in moved] == [
        ("S1-07-000042-2", "bb" * 32, "redeemed", -1200),
        ("S1-07-000042-2-credit", "new", "issued", 250),
    ]
    with pytest.raises(ValueError, match="account"):
        changes(credit, 42)
    assert changes(by_card(due(1)).tenders[0], 42) == ()


@pytest.mark.parametrize("kind", TenderKind)
def test_refunds_become_tenders_below_zero(kind: TenderKind) -> None:
    origin = Original(kind=kind, reference="x", paid_minor=100, provider="sim", shown="7890", points=200)
    part = Part(attempt="R-1", kind=kind, amount_minor=50, original=origin)
    given = Given(part=part, amount_minor=50, card=CardFacts(terminal_id="T", receipt_number=3))
    record = refund_record(given)
    assert record.amount_minor == -50
    moved = refund_changes(given, 42)
    stored = kind.value in {one.value for one in Instrument}
    value = 100 if kind is TenderKind.POINTS else 50
    assert [(one.change, one.change_minor, one.account) for one in moved] == [("reversed", value, "x")] * stored
    if isinstance(record, CardTender):
        assert (record.original_attempt, record.attempt, record.receipt_number) == ("x", "R-1", 3)
        assert isinstance(refund_record(replace(given, card=None)), CardTender)


def test_a_refund_that_becomes_credit_is_issued() -> None:
    part = Part(attempt="R-2", kind=TenderKind.STORE_CREDIT, amount_minor=50, original=None)
    given = Given(part=part, amount_minor=50)
    record = refund_record(given, "new")
    assert isinstance(record, StoredValueTender)
    assert (record.account, record.amount_minor) == ("new", -50)
    assert [(one.request, one.change) for one in refund_changes(given, 42, "new")] == [("R-2-credit", "issued")]
    raised = exception_record(Trouble(code="c", owner="finance", detail="d"), 42)
    assert (raised.code, raised.owner, raised.sequence_number) == ("c", "finance", 42)
