"""Baskets that need someone, people who may help, and any basket that hypothesis can think of."""

from __future__ import annotations

import datetime as dt
from typing import Any

from hypothesis import strategies as st

from kiosk.domain.attention.matters import House, attention
from kiosk.domain.attention.policy import AgeRule, AttentionRules, Audit, Ban, Goods, Recall
from kiosk.domain.attention.records import Basket, Decision, Kind, LineView, Matter, PriceAsked
from kiosk.domain.attention.solving import Answer, Solved, Solver, solve
from kiosk.domain.context import Context, Scope
from kiosk.domain.operator.outcome import Refused
from kiosk.domain.operator.rights import Staff, by_name, default_roles

ROLES = by_name(default_roles())
TODAY = dt.date(2026, 11, 22)
NIGHT = Scope(hours=(("22:00", "07:00"),), regions=("DE-BW",))
RULES = AttentionRules(
    quantity_max=10,
    pieces_max=30,
    amount_max_minor=50_000,
    ages=(AgeRule(goods=Goods(tags=("spirits",)), minimum_age=18),),
    bans=(Ban(goods=Goods(tags=("spirits", "beer")), scope=NIGHT, sentence="No alcohol at night."),),
    recalls=(Recall(sku="milk", lots=("L1", "L2")), Recall(sku="toy")),
    best_before="ask",
    coupons_collected=True,
    audit=Audit(share_ppm=1_000_000, lines=2),
)


def house(at: str = "2026-11-22T12:00:00+01:00", rules: AttentionRules = RULES, **more: Any) -> House:
    given: dict[str, Any] = {"store_id": "S1", "region": "DE-BW", "time_zone": "Europe/Berlin"} | more
    return House(rules, Context(currency="EUR", at=dt.datetime.fromisoformat(at), **given))


def line(number: int, sku: str = "good", **more: Any) -> LineView:
    given: dict[str, Any] = {"name": sku.capitalize(), "quantity": 1, "amount_minor": 100} | more
    return LineView(line=number, sku=sku, **given)


def basket(*lines: LineView, **more: Any) -> Basket:
    return Basket("S1/07/42", lines, **more)


def solver(name: str = "ann", role: str = "manager", **more: Any) -> Solver:
    return Solver(Staff(name, (role,)), ROLES, **more)


def kinds(found: tuple[Matter, ...]) -> list[tuple[Kind, int]]:
    return [one.name for one in found]


def listed(of: Basket, *decisions: Decision, at: House | None = None) -> tuple[Matter, ...]:
    return attention(of, at or house(), decisions)


def solved(of: Basket, answer: Answer, *decisions: Decision, by: Solver | None = None) -> Solved:
    found = solve(listed(of, *decisions), answer, by or solver(), RULES)
    assert isinstance(found, Solved), found
    return found


def why_not(of: Basket, answer: Answer, *decisions: Decision, by: Solver | None = None) -> str:
    found = solve(listed(of, *decisions), answer, by or solver(), RULES)
    assert isinstance(found, Refused), found
    assert found.sentence
    assert found.remedy
    return found.reason


def yes(kind: Kind, number: int = 0, value: str = "") -> Answer:
    return Answer(kind, number, approved=True, value=value)


def no(kind: Kind, number: int = 0) -> Answer:
    return Answer(kind, number, approved=False)


def asked(off: int = 50, **more: Any) -> PriceAsked:
    given: dict[str, Any] = {"to_minor": 50, "from_minor": 100, "of_minor": 100, "reason": "damaged"} | more
    return PriceAsked(off_minor=off, requested_by=given.pop("requested_by", "ben"), **given)


@st.composite
def any_line(draw: st.DrawFn, number: int) -> LineView:
    day = st.none() | st.integers(-5, 5).map(lambda days: TODAY + dt.timedelta(days))
    return line(
        number,
        draw(st.sampled_from(["milk", "toy", "wine", "tv"])),
        quantity=draw(st.integers(1, 14)),
        amount_minor=draw(st.integers(0, 30_000)),
        tags=draw(st.sampled_from([(), ("spirits",), ("beer",)])),
        minimum_age=draw(st.sampled_from([0, 16, 18])),
        sellable=draw(st.integers(0, 9)) > 0,
        serial_wanted=draw(st.booleans()),
        serial_number=draw(st.sampled_from(["", "SN1"])),
        lot=draw(st.sampled_from(["", "L1", "L9"])),
        expiry=draw(day),
        best_before=draw(day),
        price=draw(st.none() | st.just(asked())),
        security_tag=draw(st.booleans()),
        weight_doubt=draw(st.sampled_from(["", "500 g missing"])),
        warranty=draw(st.sampled_from(["", "offer", "data"])),
    )


@st.composite
def any_basket(draw: st.DrawFn) -> Basket:
    count = draw(st.integers(0, 5))
    coupons = draw(st.sampled_from([(), ("c1",), ("c1", "c2")]))
    return basket(*(draw(any_line(number)) for number in range(1, count + 1)), coupons=coupons, paying=True)
