"""Sales to return from, any sale that hypothesis can think of, and a short way to book a return."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st
from msgspec.structs import replace

from kiosk.accounts.return_known import Answer, BookedSale, returnable
from kiosk.accounts.return_origin import origin_of, reference_of
from kiosk.accounts.return_records import Desk, ReturnPlan, Wanted
from kiosk.accounts.returns import plan_return
from kiosk.domain.money import tax_within
from kiosk.domain.operator.outcome import Refused
from kiosk.domain.operator.rights import Staff
from kiosk.domain.returning.origin import Disposition, Origin, SaleKey
from kiosk.domain.returning.policy import ReturnRules
from kiosk.domain.tender.kinds import TenderKind
from kiosk.domain.tender.outcome import Approved, Circumstances
from kiosk.domain.tender.refund import begin_refund, refunded
from kiosk.domain.tender.refund_records import Part, RefundStep
from kiosk.domain.tender.rules import KindRules, Over, TenderPolicy
from kiosk.messages.contents import DiscountGiven, Sale, SaleLine, TaxGiven, TaxTotal
from kiosk.messages.tenders import CardTender, CashTender, StoredValueTender, Tender

KEY = SaleKey("S1", "07", 42)
DAY = "2026-11-22"
ANN = Staff("ann", ("manager",))
BEN = Staff("ben", ("attendant",))
EVE = Staff("eve", ("supervisor",))
RULES = ReturnRules()
TENDERS = TenderPolicy(
    kinds={
        TenderKind.CARD: KindRules(),
        TenderKind.CASH: KindRules(over=Over.CHANGE),
        TenderKind.GIFT_CARD: KindRules(),
        TenderKind.STORE_CREDIT: KindRules(single_use=True, over=Over.STORE_CREDIT),
    },
    refund_order=(TenderKind.CARD, TenderKind.GIFT_CARD, TenderKind.CASH),
)
AROUND = Circumstances(attended=True, online=True, today=DAY)


def line(number: int, amount: int, **more: Any) -> SaleLine:
    given: dict[str, Any] = {"quantity": 1, "unit_price_minor": amount, "tax_code": "N", "tax_rate_ppm": 200_000} | more
    return SaleLine(line=number, sku=f"sku{number}", name=f"Good {number}", amount_minor=amount, **given)


def card(amount: int, attempt: str = "S1-07-000042-1") -> CardTender:
    return CardTender(amount_minor=amount, attempt=attempt, terminal_id="T1", receipt_number=7, trace_number=7)


def gift(amount: int) -> StoredValueTender:
    return StoredValueTender(amount_minor=amount, instrument="gift_card", account="ab" * 32, shown="1234")


def sale(*lines: SaleLine, tenders: tuple[Tender, ...] | None = None, **more: Any) -> Sale:
    """A sale whose tax table is rounded once a rate, as the lane's is."""
    total = sum(one.amount_minor for one in lines)
    given: dict[str, Any] = {"sequence_number": KEY.sequence_number, "business_day": DAY} | more
    return Sale(
        started_at=f"{DAY}T10:00:00.000Z",
        currency="EUR",
        language="en",
        lines=lines,
        taxes=table(lines),
        tenders=(card(total),) if tenders is None else tenders,
        total_minor=total,
        catalog_version=1,
        **given,
    )


def table(lines: tuple[SaleLine, ...]) -> tuple[TaxTotal, ...]:
    gross: dict[tuple[str, int], int] = {}
    sums: dict[tuple[str, int], int] = {}
    for one in lines:
        if one.taxes:
            for tax in one.taxes:
                key = (tax.tax_code, tax.tax_rate_ppm)
                sums[key] = sums.get(key, 0) + tax.tax_minor
        else:
            key = (one.tax_code, one.tax_rate_ppm)
            gross[key] = gross.get(key, 0) + one.amount_minor
    for key, amount in gross.items():
        sums[key] = sums.get(key, 0) + tax_within(amount, key[1])
    return tuple(
        TaxTotal(tax_code=code, tax_rate_ppm=rate, gross_minor=0, net_minor=0, tax_minor=tax)
        for (code, rate), tax in sums.items()
    )


def origin(of: Sale, valid_until: str = "", **more: Any) -> Origin:
    found = origin_of(KEY, of, valid_until, **more)
    assert found is not None
    return found


def desk(number: int = 100, **more: Any) -> Desk:
    given: dict[str, Any] = {"today": DAY, "currency": "EUR", "own": ("S1", "07"), "operator": ANN} | more
    return Desk(sequence_number=number, **given)


def want(number: int, units: int = 1, reason: str = "unwanted") -> Wanted:
    return Wanted(number, units, reason, Disposition.DAMAGED)


def planned(outcome: object) -> ReturnPlan:
    assert isinstance(outcome, ReturnPlan), outcome
    return outcome


def refused(outcome: object) -> str:
    assert isinstance(outcome, Refused), outcome
    return outcome.reason


def give_back(of: Origin, wanted: list[Wanted], known: list[BookedSale], number: int = 100, **more: Any) -> BookedSale:
    """Plan, refund and book a return with all the parts of the stack; every refund is approved."""
    workstation = more.pop("workstation", "07")
    left = returnable(of, known, Answer())
    plan = planned(plan_return(wanted, left, RULES, desk(number, own=("S1", workstation), **more)))
    return BookedSale(SaleKey("S1", workstation, number), booked(plan, number))


def booked(plan: ReturnPlan, number: int = 100, sold: tuple[SaleLine, ...] = ()) -> Sale:
    tenders = tuple(_tender(part) for part in paid_out(plan))
    rounding = sum(one.amount_minor for one in tenders) - plan.total_minor
    made = sale(*plan.lines, *sold, tenders=tenders, sequence_number=number, rounding_minor=rounding)
    return replace(made, taxes=plan.taxes)


def paid_out(plan: ReturnPlan) -> list[Part]:
    if plan.refund is None:
        return []
    step = begin_refund(plan.refund, TENDERS, AROUND)
    assert isinstance(step, RefundStep), step
    parts = []
    while step.ask:
        parts.append(step.ask)
        said = Approved(attempt=parts[-1].attempt, amount_minor=parts[-1].amount_minor)
        step = refunded(step.refunding, said)
    assert step.refunding.finished
    return parts


def _tender(part: Part) -> Tender:
    match part.kind:
        case TenderKind.CARD:
            assert part.original
            attempt = part.original.reference
            return replace(card(-part.amount_minor, part.attempt), original_attempt=attempt)
        case TenderKind.CASH:
            return CashTender(amount_minor=-part.amount_minor, given_minor=-part.amount_minor)
        case TenderKind.GIFT_CARD:
            return gift(-part.amount_minor)
        case _:
            return StoredValueTender(amount_minor=-part.amount_minor, instrument="store_credit", account=part.attempt)


def to_originals(found: Sale) -> int:
    """What of a return went to other tenders than a new store credit."""
    kinds = (TenderKind.STORE_CREDIT,)
    return -sum(one.amount_minor for one in found.tenders if reference_of(one)[0] not in kinds)


@st.composite
def any_lines(draw: st.DrawFn) -> tuple[SaleLine, ...]:
    """Goods by piece and by weight, with discounts of line and order, deposits, and every form of tax."""
    lines: list[SaleLine] = []
    for _ in range(draw(st.integers(1, 4))):
        number = len(lines) + 1
        weighed = draw(st.booleans())
        quantity = 1 if weighed else draw(st.integers(1, 7))
        amount = draw(st.integers(0, 3_000))
        offs = draw(st.lists(st.tuples(st.sampled_from("pqr"), st.integers(1, 300), st.booleans()), max_size=3))
        rate = draw(st.sampled_from([0, 50_000, 100_000, 200_000]))
        lines.append(
            line(
                number,
                amount,
                quantity=quantity,
                grams=draw(st.integers(1, 2_000)) if weighed else 0,
                tax_code=f"T{rate}",
                tax_rate_ppm=rate,
                discounts=tuple(DiscountGiven(promotion=p, name=p, amount_minor=m, order=o) for p, m, o in offs),
                taxes=draw(st.sampled_from([(), _several(amount)])),
            )
        )
        if draw(st.booleans()):
            each = draw(st.integers(0, 25))
            lines.append(line(number + 1, each * quantity, quantity=quantity, linked_to=number))
    return tuple(lines)


def _several(amount: int) -> tuple[TaxGiven, ...]:
    state, city = tax_within(amount, 60_000), tax_within(amount, 25_000)
    base = amount - state - city
    return (
        TaxGiven(tax_code="STATE", tax_rate_ppm=60_000, base_minor=base, tax_minor=state),
        TaxGiven(tax_code="CITY", tax_rate_ppm=25_000, base_minor=base, tax_minor=city),
        TaxGiven(tax_code="BAG", tax_rate_ppm=0, base_minor=base, tax_minor=0, exempt=True),
    )


@st.composite
def any_sale(draw: st.DrawFn) -> Sale:
    """A sale paid with a card, a gift card, cash, or some of them."""
    lines = draw(any_lines())
    total = sum(one.amount_minor for one in lines)
    by_card, by_gift = draw(st.integers(0, total)), draw(st.integers(0, total))
    by_gift = min(by_gift, total - by_card)
    cash = total - by_card - by_gift
    tenders: list[Tender] = []
    tenders += [card(by_card)] if by_card else []
    tenders += [gift(by_gift)] if by_gift else []
    tenders += [CashTender(amount_minor=cash, given_minor=cash)] if cash else []
    return sale(*lines, tenders=tuple(tenders))
