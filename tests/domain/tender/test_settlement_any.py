"""Whatever is offered, approved in part, doubted, taken back or heard late: the sums hold, nothing twice."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kiosk.domain.tender.kinds import Instrument, TenderKind
from kiosk.domain.tender.offers import CardOffer, CashOffer, MealVoucherOffer, Offer, PointsOffer, WalletOffer
from kiosk.domain.tender.outcome import (
    Approved,
    Declined,
    Effect,
    GiveBack,
    InDoubt,
    NotReversed,
    Refused,
    Reverse,
    Reversed,
    Trouble,
)
from kiosk.domain.tender.records import CashTender, StoredValueTender
from kiosk.domain.tender.rules import KindRules, Over, TenderPolicy
from kiosk.domain.tender.settlement import Accepted, Due, Step, answer, begin, offer, void
from kiosk.domain.tender.state import Ask, Settlement, Undo
from tests.domain.tender.paying import ALONE, KINDS, POLICY, STAFFED, gift, single

AMOUNTS = st.one_of(st.none(), st.integers(1, 3_000))
OFFERS: st.SearchStrategy[Offer] = st.one_of(
    st.builds(CardOffer, amount_minor=AMOUNTS),
    st.builds(CashOffer, given_minor=st.integers(0, 5_000)),
    st.builds(CashOffer, foreign_currency=st.sampled_from(("USD", "JPY", "XXX")), foreign_minor=st.integers(0, 5_000)),
    st.builds(gift, st.one_of(st.none(), st.integers(0, 2_000)), st.sampled_from(("a1", "a2")), AMOUNTS),
    st.builds(single, st.sampled_from(tuple(Instrument)[1:3]), st.integers(0, 2_000), st.sampled_from(("b1", "b2"))),
    st.builds(PointsOffer, member=st.just("M"), balance=st.integers(0, 4_000), points=AMOUNTS),
    st.builds(MealVoucherOffer, issuer=st.just("e"), account=st.sampled_from(("m1", "m2")), amount_minor=AMOUNTS),
    st.builds(WalletOffer, provider=st.just("p"), pay_later=st.booleans(), amount_minor=AMOUNTS),
)
TO_AN_ASK = st.sampled_from(("approve", "approve", "part", "more", "decline", "doubt"))
TO_A_REVERSAL = st.sampled_from(("reversed", "not_reversed"))
POLICIES = st.builds(
    lambda step, last, partial, maximum, many: replace(
        POLICY,
        cash_step_minor=step,
        cash_last=last,
        partial=partial,
        tenders_max=many,
        kinds={
            **KINDS,
            TenderKind.CARD: KindRules(maximum_minor=maximum),
            TenderKind.CASH: KindRules(maximum_minor=maximum, attended_only=True, over=Over.CHANGE),
        },
    ),
    st.sampled_from((1, 5, 10, 100)),
    st.booleans(),
    st.sampled_from(("keep", "reverse")),
    st.one_of(st.none(), st.integers(0, 2_500)),
    st.integers(1, 9),
)


@dataclass
class World:
    """What really happened: how much each attempt holds of the shopper's money, and what is in the drawer."""

    charged: dict[str, int] = field(default_factory=dict)
    drawer_minor: int = 0
    ever_charged: set[str] = field(default_factory=set)
    asked: set[str] = field(default_factory=set)
    written_off: set[str] = field(default_factory=set)
    fetched_back: set[str] = field(default_factory=set)

    def charge(self, attempt: str, amount: int) -> None:
        assert attempt not in self.ever_charged, "an attempt charges once"
        self.ever_charged.add(attempt)
        self.charged[attempt] = amount

    def effects(self, effects: tuple[Effect, ...]) -> None:
        for effect in effects:
            match effect:
                case GiveBack(amount_minor=amount):
                    assert amount > 0
                    self.drawer_minor -= amount
                case Reverse(attempt=attempt):
                    assert attempt in self.charged, "only what was charged is given back"
                    self.fetched_back.add(attempt)
                case Trouble(detail=detail):
                    self.written_off.update(one for one in self.charged if one in detail.split())


def held_out(settlement: Settlement, world: World, what: Offer, *, staffed: bool) -> Settlement:
    outcome = offer(settlement, what, STAFFED if staffed else ALONE)
    if isinstance(outcome, Refused):
        return settlement
    assert isinstance(outcome, Accepted)
    if outcome.ask is None:
        tender = outcome.settlement.tenders[-1].tender
        assert isinstance(tender, CashTender)
        assert staffed
        world.drawer_minor += tender.given_minor - tender.change_minor
        return outcome.settlement
    assert outcome.ask.attempt not in world.asked, "an id is used once"
    assert 0 < outcome.ask.amount_minor <= settlement.remaining_minor
    world.asked.add(outcome.ask.attempt)
    return outcome.settlement


def answered(settlement: Settlement, world: World, word: str, percent: int) -> Settlement:
    pending = settlement.pending
    late = sorted(world.asked - world.ever_charged - {getattr(pending, "attempt", "")})
    if word == "late" and late:
        attempt = late[percent % len(late)]
        world.charge(attempt, 100)
        return stepped(world, answer(settlement, Approved(attempt=attempt, amount_minor=100)))
    if word == "reversed" and settlement.strays:
        attempt = settlement.strays[0]
        del world.charged[attempt]
        return stepped(world, answer(settlement, Reversed(attempt=attempt)))
    if word == "not_reversed" and settlement.strays:
        return stepped(world, answer(settlement, NotReversed(attempt=settlement.strays[0], reason="gone")))
    match pending:
        case Ask():
            return asked(settlement, world, pending, word, percent)
        case Undo(attempt=attempt) if word == "reversed":
            del world.charged[attempt]
            return stepped(world, answer(settlement, Reversed(attempt=attempt)))
        case Undo(attempt=attempt) if word == "not_reversed":
            return stepped(world, answer(settlement, NotReversed(attempt=attempt, reason="no line")))
    return settlement


def asked(settlement: Settlement, world: World, pending: Ask, word: str, percent: int) -> Settlement:
    amounts = {
        "approve": pending.value_minor,
        "part": pending.value_minor * percent // 100,
        "more": pending.value_minor + percent,
    }
    if word in amounts:
        amount = amounts[word]
        if amount:
            world.charge(pending.attempt, amount)
        return stepped(world, answer(settlement, Approved(attempt=pending.attempt, amount_minor=amount)))
    if word == "decline":
        return stepped(world, answer(settlement, Declined(attempt=pending.attempt, reason="no")))
    return stepped(world, answer(settlement, InDoubt(attempt=pending.attempt)))


def stepped(world: World, step: Step) -> Settlement:
    world.effects(step.effects)
    return step.settlement


def check(settlement: Settlement, world: World) -> None:
    assert settlement.applied_minor + settlement.remaining_minor == settlement.due_minor
    assert settlement.remaining_minor >= 0
    assert abs(settlement.rounding_minor) * 2 <= settlement.policy.cash_step_minor
    for kind, rules in settlement.policy.kinds.items():
        if rules.maximum_minor is not None:
            assert settlement.paid_by(kind) <= rules.maximum_minor
    for kind, most in settlement.eligible_minor.items():
        assert settlement.paid_by(kind) <= most
    assert len(settlement.tenders) <= settlement.policy.tenders_max
    for one in settlement.tenders:
        if not isinstance(one.tender, CashTender):
            assert not hasattr(one.tender, "change_minor")
        if isinstance(one.tender, StoredValueTender):
            whole = one.tender.amount_minor + one.tender.credit_minor + one.tender.forfeited_minor
            assert whole == one.tender.value_minor
    # Every cent the shopper is without is a tender, is on its way back, or is an exception somebody owns.
    by_attempt = {one.attempt for one in settlement.tenders}
    assert set(world.charged) <= by_attempt | set(settlement.strays) | world.written_off
    assert set(settlement.strays) <= world.fetched_back
    assert world.drawer_minor == settlement.paid_by(TenderKind.CASH)


@given(st.integers(0, 5_000), st.integers(0, 3_000), POLICIES, st.data())
def test_whatever_happens_the_sums_hold(total: int, eligible: int, policy: TenderPolicy, data: st.DataObject) -> None:
    settlement = begin("T", Due(total, "EUR", {TenderKind.MEAL_VOUCHER: eligible}), policy)
    world = World()
    for _ in range(data.draw(st.integers(1, 14), "steps")):
        settlement = one_step(settlement, world, data)
        check(settlement, world)
        assert msgspec.json.decode(msgspec.json.encode(settlement), type=Settlement) == settlement


def one_step(settlement: Settlement, world: World, data: st.DataObject) -> Settlement:
    """Something that can happen now: an answer while something is asked, else an offer, a void or late news."""
    number = data.draw(st.integers(0, 99), "number")
    if settlement.strays and number % 2:
        return answered(settlement, world, data.draw(TO_A_REVERSAL), number)
    match settlement.pending:
        case Ask():
            return answered(settlement, world, data.draw(TO_AN_ASK), number)
        case Undo():
            return answered(settlement, world, data.draw(TO_A_REVERSAL), number)
    verb = data.draw(st.sampled_from(("offer", "offer", "offer", "coins", "void", "late")), "verb")
    match verb:
        case "offer":
            return held_out(settlement, world, data.draw(OFFERS), staffed=number < 90)
        case "coins":
            near = CashOffer(given_minor=max(0, settlement.cash_due_minor + number % 13 - 6))
            return held_out(settlement, world, near, staffed=True)
        case "void":
            step = void(settlement, number % 6)
            return settlement if isinstance(step, Refused) else stepped(world, step)
    return answered(settlement, world, "late", number)


@given(st.integers(1, 5_000), st.lists(st.integers(1, 2_000), max_size=6), st.permutations(range(3)))
def test_any_split_in_any_order_can_be_finished(total: int, cards: list[int], order: list[int]) -> None:
    settlement = begin("T", Due(total, "EUR"), replace(POLICY, tenders_max=20))
    ways: list[list[Offer]] = [[CardOffer(amount_minor=amount) for amount in cards], [gift(333)], [gift(77, "a2")]]
    for way in order:
        for what in ways[way]:
            settlement = charged(settlement, what)
    settlement = charged(settlement, CardOffer())
    assert settlement.finished
    assert settlement.applied_minor == total
    assert settlement.change_minor == 0


def charged(settlement: Settlement, what: Offer) -> Settlement:
    outcome = offer(settlement, what, STAFFED)
    if isinstance(outcome, Refused) or outcome.ask is None:
        return settlement
    approved = Approved(attempt=outcome.ask.attempt, amount_minor=outcome.ask.value_minor)
    return answer(outcome.settlement, approved).settlement
