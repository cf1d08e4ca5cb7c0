"""What always holds, whatever the promotions: cents, order, splitting, floors, and a good more never costs less."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from typing import Any

import msgspec
from hypothesis import event, given, settings
from hypothesis import strategies as st

from kiosk.domain.basket import BasketLine, Coupon, DiscountPer, Override, Policies
from kiosk.domain.item import Unit
from kiosk.domain.money import Rounding, Spreading
from kiosk.domain.promotion.engine import Applied, Offers
from kiosk.domain.promotion.lowering import may_lower_total
from kiosk.domain.promotion.offers import (
    ALL_GOODS,
    AmountOff,
    Caps,
    CouponRule,
    FixedPrice,
    Goods,
    Need,
    PercentOff,
    PriceEntry,
    Promotion,
    Reward,
    SetPrice,
    Step,
)
from tests.domain.promotion.shop import context, total

# Few in each run, since a basket with promotions takes long to make up; every run makes up others.
EXAMPLES = settings(max_examples=40)
SKUS = "abcd"
# One price and one department for each good, so that several lines of a good are alike.
SHELF = {"a": (199, "x"), "b": (250, "x"), "c": (1, "y"), "d": (1333, "y")}

# Often all of them: promotions that meet on the same pieces are what there is to get wrong.
goods = st.one_of(
    st.just(ALL_GOODS),
    st.just(ALL_GOODS),
    st.builds(
        Goods,
        skus=st.lists(st.sampled_from(SKUS), max_size=2, unique=True).map(tuple),
        departments=st.sampled_from([(), ("x",), ("y",)]),
        except_skus=st.sampled_from([(), ("a",)]),
    ),
)
minor = st.integers(1, 900)
ppm = st.sampled_from([33_333, 77_777, 100_000, 500_000, 999_999, 1_000_000])
per = st.sampled_from(["piece", "line", "together"])


def rewards(*, plain: bool) -> st.SearchStrategy[Reward]:
    """Any reward; `plain`: only such as reach all pieces of their goods."""
    reach: dict[str, Any] = {
        "goods": goods,
        "pick": st.sampled_from(["cheapest", "dearest"]),
        "of": st.sampled_from(["goods", "others"] if plain else ["goods", "goods", "consumed", "others"]),
        "pieces": st.none() if plain else st.one_of(st.none(), st.integers(1, 3)),
    }
    kinds: list[st.SearchStrategy[Reward]] = [
        st.builds(PercentOff, percent_ppm=ppm, **reach),
        st.builds(AmountOff, amount_minor=minor, per=per, **reach),
        st.builds(FixedPrice, price_minor=minor, **reach),
    ]
    return st.one_of(*kinds) if plain else st.one_of(*kinds, st.builds(SetPrice, price_minor=minor, **reach))


needs: st.SearchStrategy[Need] = st.one_of(
    st.builds(Need, goods=goods, pieces=st.integers(1, 3), consumes=st.booleans()),
    st.builds(Need, goods=goods, pieces=st.integers(1, 3), consumes=st.booleans()),
    st.builds(Need, goods=goods, value_minor=st.integers(1, 600), consumes=st.booleans()),
    st.builds(Need, goods=goods, distinct=st.integers(1, 2), all_of=st.booleans(), consumes=st.booleans()),
)
caps = st.builds(
    Caps,
    applications=st.one_of(st.none(), st.integers(1, 3)),
    discount_minor=st.one_of(st.none(), minor),
    budget_minor=st.one_of(st.none(), minor),
    budget_policy=st.sampled_from(["refuse", "cut"]),
)


@st.composite
def promotions(draw: st.DrawFn, number: int = 0, *, plain: bool = False) -> Promotion:
    """Any promotion; `plain`: only such as do not say that a good more may lower the total."""
    stepped = not plain and draw(st.integers(0, 3)) == 0
    given_ = rewards(plain=plain)
    steps = st.builds(Step, from_pieces=st.integers(0, 4), from_value_minor=st.sampled_from([0, 300]), reward=given_)
    limits = draw(caps) if draw(st.integers(0, 3)) == 0 else Caps()
    return Promotion(
        id=f"p{number}",
        level=draw(st.sampled_from(["line", "order"])),
        priority=draw(st.integers(0, 2)),
        needs=() if plain else tuple(draw(st.lists(needs, max_size=draw(st.integers(0, 2))))),
        rewards=() if stepped else tuple(draw(st.lists(given_, min_size=1, max_size=2))),
        steps=tuple(draw(st.lists(steps, min_size=1, max_size=2))) if stepped else (),
        coupon=draw(st.sampled_from([None, None, None, CouponRule(prefix="C", per_basket=2)])),
        caps=msgspec.structs.replace(limits, budget_policy="cut") if plain else limits,
        group=draw(st.sampled_from(["", "", "", "g"])),
        exclusive=draw(st.integers(0, 9)) == 9,
        stacks=draw(st.integers(0, 3)) > 0,
        repeats=draw(st.booleans()),
    )


def several(most: int = 4, *, plain: bool = False) -> st.SearchStrategy[list[Promotion]]:
    """Some promotions that meet on a basket."""
    return (
        st.integers(1, most)
        .flatmap(lambda n: st.tuples(*(promotions(number, plain=plain) for number in range(n))))
        .map(list)
    )


policies = st.builds(
    Policies,
    rounding=st.sampled_from(Rounding),
    discount_per=st.sampled_from(DiscountPer),
    spreading=st.sampled_from(Spreading),
    percent_of=st.sampled_from(["running", "list"]),
    conflict=st.sampled_from(["best", "priority"]),
)
entries = st.lists(
    st.builds(
        PriceEntry, id=st.uuids().map(str), sku=st.sampled_from(SKUS), price_minor=minor, pieces=st.integers(1, 4)
    ),
    max_size=2,
)


@st.composite
def lines(draw: st.DrawFn, number: int = 1) -> BasketLine:
    """Any line."""
    sku = draw(st.sampled_from(SKUS))
    price, department = SHELF[sku]
    kind = draw(st.sampled_from(["pieces"] * 8 + ["weighed", "label", "override", "linked", "excluded"]))
    more: dict[str, Any] = {"quantity": draw(st.integers(1, 7))}
    if kind == "weighed":
        more = {"unit": Unit.KILOGRAM, "grams": draw(st.integers(1, 3000))}
    if kind == "label":
        more = {"label_price_minor": draw(minor)}
    if kind == "override":
        more["override"] = Override(price_minor=draw(minor))
    if kind == "linked":
        more["linked_to"] = 1
    return BasketLine(
        line=number,
        sku=sku,
        unit_price_minor=price,
        department=department,
        discountable=kind != "excluded",
        floor_minor=draw(st.sampled_from([None, 0, 150, 150])),
        **more,
    )


def baskets(most: int = 5) -> st.SearchStrategy[list[BasketLine]]:
    """Some lines."""
    return st.integers(1, most).flatmap(lambda n: st.tuples(*(lines(number + 1) for number in range(n)))).map(list)


COUPONS = (Coupon(code="C1"), Coupon(code="C2"), Coupon(code="C3"))


def price(
    basket: Sequence[BasketLine], offers: Sequence[Promotion], prices: Sequence[PriceEntry], how: Policies
) -> Applied:
    """The basket after promotions."""
    return Offers.prepared(offers, prices).apply(basket, context(), COUPONS, (), how)


@EXAMPLES
@given(baskets(), several(), entries, policies)
def test_cents_add_up_and_no_line_goes_below_its_floor(
    basket: list[BasketLine], offers: list[Promotion], prices: list[PriceEntry], how: Policies
) -> None:
    applied = price(basket, offers, prices, how)
    event("something came off" if any(each.discounts for each in applied.lines) else "nothing came off")
    by_promotion = {each.promotion: each.discount_minor for each in applied.promotions}
    off = dict.fromkeys(by_promotion, 0)
    for each in applied.lines:
        assert all(discount.amount_minor > 0 for discount in each.discounts)
        assert each.due_minor == each.amount_minor - sum(discount.amount_minor for discount in each.discounts)
        floor = (each.line.floor_minor or 0) * each.line.quantity
        if each.line.unit is Unit.EACH and each.price_id != "label":
            assert each.due_minor >= min(floor, each.amount_minor)
        assert each.due_minor >= 0
        assert all(0 < discount.pieces <= each.line.quantity for discount in each.discounts)
        if each.line.linked_to is not None or not each.line.discountable:
            assert not each.discounts
        if each.line.override is not None:
            assert all(discount.level == "order" for discount in each.discounts)
        for discount in each.discounts:
            off[discount.promotion] += discount.amount_minor
    assert off == by_promotion
    for whole in applied.order_discounts:
        assert whole.amount_minor == sum(share.amount_minor for share in whole.spread) == off[whole.promotion]
    for outcome in applied.promotions:
        assert outcome.applied == (outcome.discount_minor > 0)
        assert outcome.applied or outcome.reason


@EXAMPLES
@given(baskets(), several(), entries, policies, st.randoms(use_true_random=False))
def test_the_order_of_scanning_changes_nothing(
    basket: list[BasketLine],
    offers: list[Promotion],
    prices: list[PriceEntry],
    how: Policies,
    chance: random.Random,
) -> None:
    shuffled = basket.copy()
    chance.shuffle(shuffled)
    renumbered = [_numbered(each, number) for number, each in enumerate(shuffled, start=1)]
    before, after = price(basket, offers, prices, how), price(renumbered, offers, prices, how)
    assert _by_good(before) == _by_good(after)
    assert before.promotions == after.promotions
    assert before.coupons == after.coupons


@EXAMPLES
@given(baskets(), several(), entries, policies)
def test_a_quantity_split_over_lines_costs_the_same(
    basket: list[BasketLine], offers: list[Promotion], prices: list[PriceEntry], how: Policies
) -> None:
    singles = [
        _numbered(each, 0, quantity=1) for each in basket for _ in range(1 if _is_one_piece(each) else each.quantity)
    ]
    split = [_numbered(each, number) for number, each in enumerate(singles, start=1)]
    before, after = price(basket, offers, prices, how), price(split, offers, prices, how)
    assert _by_good(before) == _by_good(after)
    assert before.promotions == after.promotions


@EXAMPLES
@given(baskets(), several(), entries, policies, st.permutations(range(4)))
def test_neither_does_the_order_of_promotions_nor_pricing_twice(
    basket: list[BasketLine], offers: list[Promotion], prices: list[PriceEntry], how: Policies, order: list[int]
) -> None:
    moved = [offers[place] for place in order if place < len(offers)]
    prepared = Offers.prepared(moved, prices)
    first = prepared.apply(basket, context(), COUPONS, (), how)
    assert first == prepared.apply(basket, context(), COUPONS, (), how) == price(basket, offers, prices, how)


def _by_good(applied: Applied) -> Counter[BasketLine]:
    """What all lines of a good cost together: alike but for number and quantity, no floor being a floor of 0."""
    found: Counter[BasketLine] = Counter()
    for each in applied.lines:
        good = msgspec.structs.replace(each.line, line=99, quantity=1, floor_minor=each.line.floor_minor or 0)
        found[good] += each.due_minor
    return found


def _numbered(line: BasketLine, number: int, quantity: int | None = None) -> BasketLine:
    fields = {name: getattr(line, name) for name in line.__struct_fields__}
    return BasketLine(**{**fields, "line": number or line.line, "quantity": quantity or line.quantity})


def _is_one_piece(line: BasketLine) -> bool:
    return line.unit is Unit.KILOGRAM or (line.label_price_minor is not None and line.override is None)


def _dearer(basket: list[BasketLine], more: BasketLine, offers: list[Promotion], how: Policies) -> int:
    """By how much a basket gets dearer with one line more."""
    grown = [*basket, _numbered(more, len(basket) + 1, quantity=1)]
    return total(price(grown, offers, (), how)) - total(price(basket, offers, (), how))


@EXAMPLES
@given(baskets(), lines(), promotions(plain=True), policies)
def test_a_good_more_never_costs_less_with_a_promotion_that_does_not_say_so(
    basket: list[BasketLine], more: BasketLine, offer: Promotion, how: Policies
) -> None:
    assert not may_lower_total(offer)
    assert _dearer(basket, more, [offer], how) >= 0


@EXAMPLES
@given(baskets(), lines(), several(plain=True), policies)
def test_nor_with_several_but_for_a_cent_of_rounding_for_each_piece(
    basket: list[BasketLine], more: BasketLine, offers: list[Promotion], how: Policies
) -> None:
    roundings = len(offers) * sum(each.quantity for each in [*basket, more])
    assert _dearer(basket, more, offers, how) >= -roundings
