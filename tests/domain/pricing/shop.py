"""A small shop for properties of the whole pricing call: its goods, taxes, offers, and baskets from it."""

from __future__ import annotations

from datetime import UTC, datetime

import msgspec
from hypothesis import strategies as st

from kiosk.domain.basket import BasketLine, DiscountPer, Policies
from kiosk.domain.context import Context, Customer
from kiosk.domain.item import Unit
from kiosk.domain.money import Rounding, Spreading
from kiosk.domain.pricing.document import Document
from kiosk.domain.promotion.lowering import may_lower_total
from kiosk.domain.promotion.offers import (
    AmountOff,
    Caps,
    FixedPrice,
    Goods,
    Need,
    PercentOff,
    PriceEntry,
    Promotion,
    SetPrice,
    Step,
)
from kiosk.domain.tax.rules import TaxKind, TaxPer, TaxPolicy, TaxRule

CONTEXT = Context(
    store_id="1", currency="EUR", at=datetime(2026, 11, 20, 16, 30, tzinfo=UTC), time_zone="Europe/Vienna"
)

# Prices that do not come out even, under every rate and percentage.
GOODS = {
    "bread": BasketLine(line=1, sku="bread", unit_price_minor=289, department="Bakery", tax_code="B"),
    "roll": BasketLine(line=1, sku="roll", unit_price_minor=79, department="Bakery", tax_code="B"),
    "wine": BasketLine(line=1, sku="wine", unit_price_minor=1299, department="Wine", tax_code="A", floor_minor=900),
    "soap": BasketLine(line=1, sku="soap", unit_price_minor=1, department="Care", tax_code="A"),
    "mug": BasketLine(line=1, sku="mug", unit_price_minor=1033, department="Care", tax_code="AX"),
    "card": BasketLine(line=1, sku="card", unit_price_minor=2500, tax_code="", discountable=False),
    "apples": BasketLine(
        line=1, sku="apples", unit_price_minor=399, unit=Unit.KILOGRAM, grams=1, department="Fruit", tax_code="B"
    ),
}
BAKERY, CARE = Goods(departments=("Bakery",)), Goods(departments=("Care", "Wine"))


def _included(code: str, rate_ppm: int, *tax_codes: str) -> TaxRule:
    return TaxRule(code=code, rate_ppm=rate_ppm, tax_codes=tax_codes)


def _on_top(code: str, rate_ppm: int, *tax_codes: str, compounds: bool = False, sequence: int = 0) -> TaxRule:
    return TaxRule(
        code=code, rate_ppm=rate_ppm, tax_codes=tax_codes, included=False, compounds=compounds, sequence=sequence
    )


REGIMES: dict[str, tuple[TaxRule, ...]] = {
    "none": (),
    "included": (_included("V20", 200_000, "A", "AX"), _included("V10", 100_000, "B")),
    "on top": (_on_top("S", 62_500, "A", "AX", "B"), _on_top("C", 26_250, "A", "AX")),
    "compound": (_on_top("G", 50_000, "A", "AX", "B", compounds=True), _on_top("Q", 99_750, "A", "AX", sequence=1)),
    "excise": (
        TaxRule(code="E", kind=TaxKind.PER_UNIT, amount_minor=7, included=False, compounds=True, tax_codes=("A", "AX")),
        TaxRule(code="V", rate_ppm=190_000, included=False, sequence=1, tax_codes=("A", "AX", "B")),
    ),
    "mixed": (_included("V20", 200_000, "A", "AX", "B"), _on_top("L", 33_333, "AX", sequence=1)),
}

OFFERS = (
    Promotion(id="ten", rewards=(PercentOff(percent_ppm=100_000),)),
    Promotion(id="third", priority=3, rewards=(PercentOff(percent_ppm=333_333, goods=BAKERY),)),
    Promotion(id="cents", rewards=(AmountOff(amount_minor=33, per="piece", goods=CARE),)),
    Promotion(id="fixed", priority=1, rewards=(FixedPrice(price_minor=77, goods=Goods(skus=("roll", "bread"))),)),
    Promotion(id="order", level="order", rewards=(PercentOff(percent_ppm=70_000),)),
    Promotion(id="alone", exclusive=True, rewards=(PercentOff(percent_ppm=150_000, goods=CARE),)),
    Promotion(id="group-1", group="g", rewards=(PercentOff(percent_ppm=250_000, goods=CARE),)),
    Promotion(id="group-2", group="g", rewards=(AmountOff(amount_minor=111, per="piece", goods=BAKERY),)),
    Promotion(id="single", stacks=False, rewards=(PercentOff(percent_ppm=200_000, goods=BAKERY),)),
    Promotion(id="capped", caps=Caps(discount_minor=100), rewards=(PercentOff(percent_ppm=500_000, goods=CARE),)),
    Promotion(
        id="bake-3-for-2",
        needs=(Need(goods=BAKERY, pieces=3, consumes=True),),
        rewards=(PercentOff(percent_ppm=1_000_000, of="consumed", pieces=1),),
    ),
    Promotion(
        id="any-3",
        needs=(Need(goods=Goods(skus=("bread", "roll", "mug")), pieces=3, consumes=True),),
        rewards=(SetPrice(price_minor=500),),
    ),
    Promotion(
        id="steps",
        steps=tuple(
            Step(from_pieces=pieces, reward=PercentOff(percent_ppm=100_000 * pieces, goods=CARE)) for pieces in (2, 4)
        ),
    ),
    Promotion(
        id="spend",
        level="order",
        needs=(Need(value_minor=2000),),
        rewards=(AmountOff(amount_minor=501),),
    ),
)
PRICES = (
    PriceEntry(id="roll-from-4", sku="roll", price_minor=69, pieces=4),
    PriceEntry(id="wine-gold", sku="wine", price_minor=1199),
)

tax_policies = st.builds(
    TaxPolicy, rounding=st.sampled_from(Rounding), per=st.sampled_from(TaxPer), step_minor=st.sampled_from([1, 5])
)
policies = st.builds(
    Policies,
    rounding=st.sampled_from(Rounding),
    discount_per=st.sampled_from(DiscountPer),
    spreading=st.sampled_from(Spreading),
    percent_of=st.sampled_from(["running", "list"]),
    conflict=st.sampled_from(["best", "priority"]),
    weight_rounding=st.sampled_from(Rounding),
    tax=tax_policies,
    cash_step_minor=st.sampled_from([1, 5, 10]),
    cash_rounding=st.sampled_from(Rounding),
)
contexts = st.sampled_from(["", "V20", "*"]).map(
    lambda code: msgspec.structs.replace(CONTEXT, customer=Customer(tax_exempt=(code,) if code else ()))
)


@st.composite
def goods(draw: st.DrawFn) -> BasketLine:
    """One line, whose number is still to be given."""
    good = GOODS[draw(st.sampled_from(sorted(GOODS)))]
    if good.unit is Unit.KILOGRAM:
        return msgspec.structs.replace(good, grams=draw(st.integers(1, 3000)))
    return msgspec.structs.replace(good, quantity=draw(st.integers(1, 7)))


def numbered(lines: list[BasketLine]) -> tuple[BasketLine, ...]:
    """The lines in the order in which they were scanned."""
    return tuple(msgspec.structs.replace(line, line=number) for number, line in enumerate(lines, 1))


@st.composite
def documents(draw: st.DrawFn, *, only_raising: bool = False) -> Document:
    """A document; `only_raising`: with no offer that says a good more may lower the total."""
    offers = [offer for offer in OFFERS if not (only_raising and may_lower_total(offer))]
    prices = [price for price in PRICES if not (only_raising and may_lower_total(price))]
    return Document(
        context=draw(contexts),
        lines=numbered(draw(st.lists(goods(), min_size=1, max_size=8))),
        prices=tuple(draw(st.lists(st.sampled_from(prices), unique=True))),
        promotions=tuple(draw(st.lists(st.sampled_from(offers), unique=True, max_size=5))),
        taxes=draw(st.sampled_from(sorted(REGIMES)).map(lambda name: REGIMES[name])),
        policies=draw(policies),
    )
