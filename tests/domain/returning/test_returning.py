"""What a part of a line is worth, until when it comes back, and what follows it."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.pricing.document import PricedLine
from kiosk.domain.promotion.outcome import LineDiscount
from kiosk.domain.returning.origin import Back, Disposition, LineLeft, SoldLine
from kiosk.domain.returning.policy import ReturnRules, Season, disposition_allowed, return_until
from kiosk.domain.returning.shares import after, linked_units, part_now
from kiosk.domain.tax.outcome import LineTax


def sold(quantity: int, gross: int, tax: int = 0, off: int = 0, line: int = 1) -> LineLeft:
    discounts = (LineDiscount(promotion="p", amount_minor=off),) if off else ()
    priced = PricedLine(
        line=line,
        sku="a",
        quantity=quantity,
        grams=0,
        unit_price_minor=1,
        price_id="",
        amount_minor=gross + off,
        discounts=discounts,
        due_minor=gross,
        net_minor=gross - tax,
        tax_minor=tax,
        gross_minor=gross,
        taxes=(LineTax(code="N", rate_ppm=200_000, base_minor=gross - tax, tax_minor=tax),),
    )
    return LineLeft(SoldLine(priced, "N", 200_000))


@given(st.integers(1, 50), st.integers(0, 5_000), st.data())
def test_parts_add_up_whatever_was_given_for_the_first_one(quantity: int, gross: int, data: st.DataObject) -> None:
    """Money given back before, right or wrong by other devices, is made up for, and never paid twice."""
    left = sold(quantity, gross, tax=gross // 6, off=data.draw(st.integers(0, 900)))
    wrong = data.draw(st.integers(0, gross))
    left = LineLeft(left.sold, Back(data.draw(st.integers(0, quantity - 1)), wrong))
    taxes = 0
    while left.units:
        share = part_now(left, data.draw(st.integers(1, left.units)))
        assert 0 <= share.tax_minor <= share.gross_minor
        assert share.net_minor + share.tax_minor == share.gross_minor
        assert share.amount_minor - sum(one.amount_minor for one in share.discounts) == share.due_minor
        taxes += share.tax_minor
        left = after(left, share)
    assert left.back.gross_minor == gross
    assert taxes <= left.sold.priced.tax_minor


def test_a_part_is_one_piece_or_more_and_no_more_than_was_sold() -> None:
    for units in (0, -1, 4):
        with pytest.raises(ValueError, match="come"):
            part_now(sold(3, 100), units)
    with pytest.raises(ValueError, match="cannot come back"):
        part_now(LineLeft(sold(3, 100).sold, Back(3, 100)), 1)


@given(st.integers(1, 12), st.integers(1, 12), st.data())
def test_linked_pieces_follow_in_step_and_all_come_back(main: int, linked: int, data: st.DataObject) -> None:
    good, deposit = sold(main, 100), sold(linked, 100, line=2)
    while good.units:
        units = data.draw(st.integers(1, good.units))
        follow = linked_units(good, deposit, units)
        if follow:
            deposit = after(deposit, part_now(deposit, follow))
        good = after(good, part_now(good, units))
        assert deposit.back.units * main <= linked * good.back.units
    assert deposit.units == 0


def test_the_right_to_return_ends_after_its_days_or_with_a_season() -> None:
    season = Season(sold_from="2026-11-15", sold_until="2026-12-24", until="2027-01-31")
    rules = ReturnRules(days=30, seasons=(season,))
    assert return_until("2026-11-14", rules) == "2026-12-14"
    assert [return_until(day, rules) for day in ("2026-11-15", "2026-12-24")] == ["2027-01-31"] * 2
    assert return_until("2026-12-25", rules) == "2027-01-24"
    long = ReturnRules(days=365, seasons=(season,))
    assert return_until("2026-12-01", long) == "2027-12-01"


def test_a_policy_with_a_wrong_word_or_day_is_refused() -> None:
    for raw in (
        {"dayz": 30},
        {"days": 0},
        {"without_receipt": {"per_day": 1}},
        {"seasons": [{"sold_from": "2026-13-01", "sold_until": "2026-12-01", "until": "2026-12-01"}]},
        {"seasons": [{"sold_from": "2026-12-02", "sold_until": "2026-12-01", "until": "2026-12-01"}]},
    ):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(raw, type=ReturnRules)
    assert msgspec.convert({"days": 14}, type=ReturnRules).days == 14


def test_faulty_goods_never_go_back_onto_the_shelf() -> None:
    rules = ReturnRules()
    assert not disposition_allowed("defective", Disposition.RESELL, rules)
    assert disposition_allowed("defective", Disposition.VENDOR, rules)
    assert disposition_allowed("unwanted", Disposition.RESELL, rules)
