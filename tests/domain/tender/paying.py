"""A policy that takes everything, and short ways to pay with it."""

from __future__ import annotations

from kiosk.domain.tender.kinds import Instrument, TenderKind
from kiosk.domain.tender.offers import CardOffer, CashOffer, Offer, StoredValueOffer
from kiosk.domain.tender.outcome import Approved, Circumstances, Reason, Refused
from kiosk.domain.tender.rules import EligibleGoods, ForeignCash, KindRules, Over, PointsRules, TenderPolicy
from kiosk.domain.tender.settlement import Accepted, Due, Step, answer, begin, offer, void
from kiosk.domain.tender.state import Settlement

STAFFED = Circumstances(attended=True, online=True, today="2026-11-22")
ALONE = Circumstances(attended=False, online=True, today="2026-11-22")
OFFLINE = Circumstances(attended=True, online=False, today="2026-11-22")

KINDS = {
    TenderKind.CARD: KindRules(),
    TenderKind.CASH: KindRules(attended_only=True, over=Over.CHANGE),
    TenderKind.GIFT_CARD: KindRules(),
    TenderKind.STORE_CREDIT: KindRules(single_use=True, over=Over.STORE_CREDIT),
    TenderKind.VOUCHER: KindRules(single_use=True, over=Over.FORFEIT, refundable=False),
    TenderKind.POINTS: KindRules(),
    TenderKind.MEAL_VOUCHER: KindRules(),
    TenderKind.WALLET: KindRules(online_only=True),
    TenderKind.PAY_LATER: KindRules(online_only=True, minimum_minor=2_000),
}
POLICY = TenderPolicy(
    kinds=KINDS,
    cash_last=False,
    cash_step_minor=5,
    foreign=(ForeignCash(currency="USD", rate_ppm=920_000), ForeignCash(currency="JPY", rate_ppm=610_000)),
    points=PointsRules(step_points=50, step_minor=25, minimum_points=100),
    eligible={TenderKind.MEAL_VOUCHER: EligibleGoods(tags=("food",))},
)


def due(total_minor: int, policy: TenderPolicy = POLICY, **eligible: int) -> Settlement:
    kinds = {TenderKind(kind): amount for kind, amount in eligible.items()}
    return begin("S1-07-000042", Due(total_minor, "EUR", kinds), policy)


def gift(balance: int | None, account: str = "aa" * 32, amount: int | None = None) -> StoredValueOffer:
    return StoredValueOffer(
        instrument=Instrument.GIFT_CARD, account=account, currency="EUR", balance_minor=balance, amount_minor=amount
    )


def single(instrument: Instrument, value: int, account: str = "bb" * 32, until: str = "") -> StoredValueOffer:
    return StoredValueOffer(
        instrument=instrument, account=account, currency="EUR", balance_minor=value, valid_until=until
    )


def accepted(settlement: Settlement, held_out: Offer, around: Circumstances = STAFFED) -> Accepted:
    outcome = offer(settlement, held_out, around)
    assert isinstance(outcome, Accepted), outcome
    return outcome


def refused(settlement: Settlement, held_out: Offer, around: Circumstances = STAFFED) -> Reason:
    outcome = offer(settlement, held_out, around)
    assert isinstance(outcome, Refused), outcome
    assert outcome.sentence
    assert outcome.remedy
    return outcome.reason


def paid(settlement: Settlement, held_out: Offer, amount: int | None = None) -> Settlement:
    """Offered and approved: all that was asked for, or `amount`."""
    taken = accepted(settlement, held_out)
    if taken.ask is None:
        return taken.settlement
    value = taken.ask.value_minor if amount is None else amount
    return answer(taken.settlement, Approved(attempt=taken.ask.attempt, amount_minor=value)).settlement


def by_card(settlement: Settlement, amount: int | None = None) -> Settlement:
    return paid(settlement, CardOffer(amount_minor=amount))


def in_cash(settlement: Settlement, given: int) -> Settlement:
    return paid(settlement, CashOffer(given_minor=given))


def voided(settlement: Settlement, number: int) -> Step:
    step = void(settlement, number)
    assert isinstance(step, Step), step
    return step
