"""Goods without a receipt come back at their lowest price, within limits, for store credit."""

from __future__ import annotations

from dataclasses import replace as changed
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kiosk.accounts.return_blind import plan_blind_return, prices_paid, so_far_of
from kiosk.accounts.return_known import BookedSale
from kiosk.accounts.return_records import BlindWanted, Planned, ReturnPlan
from kiosk.domain.item import Unit
from kiosk.domain.returning.limits import Good, PriceOn, SoFar
from kiosk.domain.returning.origin import Disposition, SaleKey
from kiosk.domain.returning.policy import ReturnRules, WithoutReceipt
from kiosk.domain.tender.kinds import TenderKind
from tests.accounts.return_samples import BEN, DAY, EVE, booked, desk, line, paid_out, planned, refused, sale

MUG = Good("mug", "Mug", "home", Unit.EACH, 500, "N", 200_000)
NUTS = Good("nuts", "Nuts", "food", Unit.KILOGRAM, 1_000, "R", 100_000)
GOODS = {good.sku: good for good in (MUG, NUTS)}
OPEN = WithoutReceipt(allowed=True, per_return_minor=2_000, per_day_minor=3_000, per_customer_minor=2_500)
RULES = ReturnRules(without_receipt=OPEN)
KNOWN = SoFar(customer_id="C1")


def want(sku: str = "mug", units: int = 1, reason: str = "unwanted") -> BlindWanted:
    return BlindWanted(sku, units, reason, Disposition.DAMAGED)


def plan(*wanted: BlindWanted, so_far: SoFar = KNOWN, rules: ReturnRules = RULES, **more: Any) -> Planned:
    goods = more.pop("goods", GOODS)
    return plan_blind_return(wanted, goods, so_far, rules, desk(approver=EVE, **more))


def test_goods_without_a_receipt_become_store_credit_with_an_empty_key() -> None:
    found = planned(plan(want("mug", 2), want("nuts", 250)))
    assert [(one.quantity, one.grams, one.amount_minor) for one in found.lines] == [(-2, 0, -1_000), (-1, -250, -250)]
    assert [(one.tax_code, one.tax_minor, one.gross_minor) for one in found.taxes] == [
        ("N", -167, -1_000),
        ("R", -23, -250),
    ]
    back = found.lines[0].returned
    assert back
    assert (back.store_id, back.workstation_id, back.sequence_number, back.line) == ("", "", 0, 0)
    assert [(part.kind, part.amount_minor) for part in paid_out(found)] == [(TenderKind.STORE_CREDIT, 1_250)]


def test_the_lowest_price_of_the_days_that_count_is_given() -> None:
    prices = (PriceOn("2026-08-23", 1), PriceOn("2026-08-24", 300), PriceOn("2026-11-23", 2), PriceOn(DAY, 700))
    assert planned(plan(want(), goods={"mug": changed(MUG, prices=prices)})).total_minor == -300
    sold = [BookedSale(SaleKey("S1", "07", 1), sale(line(1, 800, quantity=2), line(2, 333, grams=500)))]
    assert prices_paid(sold, "sku1") == (PriceOn(DAY, 400),)
    assert prices_paid(sold, "sku2") == (PriceOn(DAY, 666),)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"allowed": False}, "no_receipt"),
        ({"per_return_minor": 499}, "per_return"),
        ({"per_day_minor": 499}, "per_day"),
        ({"per_customer_minor": 499}, "per_customer"),
        ({"skus": ("plate",)}, "goods"),
        ({"departments": ("food",)}, "goods"),
    ],
)
def test_each_limit_refuses(changes: dict[str, Any], reason: str) -> None:
    rules = replace(RULES, without_receipt=replace(OPEN, **changes))
    assert refused(plan(want(), rules=rules)) == f"without_receipt.{reason}"
    assert planned(plan(want()))


def test_who_and_what_has_to_be_known() -> None:
    assert refused(plan(want(), so_far=SoFar())) == "without_receipt.customer"
    assert refused(plan(want("plate"))) == "unknown_good"
    assert refused(plan(want(units=0))) == "too_few"
    assert refused(plan(want(reason="because"))) == "reason"
    assert refused(plan()) == "nothing"
    assert refused(plan(BlindWanted("mug", 1, "defective", Disposition.RESELL))) == "disposition"
    assert refused(plan(want(), goods={"mug": changed(MUG, returnable=False)})) == "without_receipt.goods"
    assert refused(plan(want(), rules=replace(RULES, not_returnable=("mug",)))) == "not_returnable"
    assert refused(plan(want(), operator=None)) == "attendant"


def test_more_than_so_much_needs_a_second_person() -> None:
    alone = desk(operator=BEN)
    assert refused(plan_blind_return([want("mug", 3)], GOODS, KNOWN, RULES, alone)) == "needs_second_person"
    assert planned(plan_blind_return([want("mug", 2)], GOODS, KNOWN, RULES, alone))
    agreed = planned(plan(want("mug", 3), operator=BEN))
    assert [one.operator for one in agreed.decisions] == ["eve"]


@given(st.lists(st.tuples(st.sampled_from(["mug", "nuts"]), st.integers(1, 1_500), st.sampled_from(["C1", "C2"]))))
def test_limits_hold_over_any_number_of_returns(visits: list[tuple[str, int, str]]) -> None:
    known: list[BookedSale] = []
    for number, (sku, units, customer) in enumerate(visits, 1):
        so_far = so_far_of(known, DAY, customer, OPEN)
        found = plan(want(sku, units if sku == "nuts" else units % 5 + 1), so_far=so_far)
        if isinstance(found, ReturnPlan):
            made = replace(booked(found, number), customer_id=customer)
            known.append(BookedSale(SaleKey("S1", "07", number), made))
    given_back = dict.fromkeys(("C1", "C2"), 0)
    for one in known:
        assert -one.sale.total_minor <= OPEN.per_return_minor
        given_back[one.sale.customer_id] -= one.sale.total_minor
    assert max(given_back.values()) <= OPEN.per_customer_minor
    assert sum(given_back.values()) <= OPEN.per_day_minor


def test_yesterday_counts_for_the_customer_and_not_for_the_day() -> None:
    before = BookedSale(SaleKey("S1", "07", 1), replace(booked(planned(plan(want()))), customer_id="C1"))
    yesterday = BookedSale(SaleKey("S1", "07", 2), replace(before.sale, business_day="2026-11-21"))
    long_ago = BookedSale(SaleKey("S1", "07", 3), replace(before.sale, business_day="2026-08-23"))
    practice = BookedSale(SaleKey("S1", "07", 4), replace(before.sale, training=True))
    known = [before, yesterday, long_ago, practice, before]
    assert so_far_of(known, DAY, "C1", OPEN) == SoFar(500, 1_000, "C1")
    assert so_far_of(known, DAY, "", OPEN) == SoFar(500, 0, "")
