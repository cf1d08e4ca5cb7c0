"""Pieces of a sold line that come back are worth what was paid for them: all of them together to the cent."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.pricing.document import Document, PricedLine
from kiosk.domain.pricing.engine import price
from kiosk.domain.pricing.shares import ReturnedShare, returned_share, share_between
from kiosk.domain.promotion.outcome import LineDiscount
from kiosk.domain.tax.outcome import LineTax
from tests.domain.pricing.shop import documents

THREE_FOR_TEN = PricedLine(
    line=1,
    sku="bar",
    quantity=3,
    grams=0,
    unit_price_minor=399,
    price_id="",
    amount_minor=1197,
    discounts=(LineDiscount(promotion="any-3", amount_minor=197, pieces=3),),
    due_minor=1000,
    net_minor=833,
    tax_minor=167,
    gross_minor=1000,
    taxes=(LineTax(code="V20", rate_ppm=200_000, base_minor=833, tax_minor=167),),
)


@st.composite
def cuts(draw: st.DrawFn, whole: int) -> list[int]:
    """How many come back at a time, until all are back."""
    ends = sorted(draw(st.sets(st.integers(1, whole), max_size=6)) | {whole})
    return [end - begin for begin, end in zip([0, *ends], ends, strict=False)]


def returned(line: PricedLine, sizes: list[int]) -> list[ReturnedShare]:
    parts, already = [], 0
    for size in sizes:
        parts.append(returned_share(line, already, size))
        already += size
    return parts


@given(document=documents(), data=st.data())
def test_all_parts_together_are_what_was_paid(document: Document, data: st.DataObject) -> None:
    for line in price(document).lines:
        parts = returned(line, data.draw(cuts(line.grams or line.quantity)))
        for name in ("amount_minor", "due_minor", "net_minor", "tax_minor", "gross_minor"):
            assert sum(getattr(part, name) for part in parts) == getattr(line, name), name
        for tax in line.taxes:
            mine = [one for part in parts for one in part.taxes if one.code == tax.code]
            assert sum(one.tax_minor for one in mine) == tax.tax_minor
            assert sum(one.base_minor for one in mine) == tax.base_minor
        for discount in line.discounts:
            given_back = [one for part in parts for one in part.discounts if one.promotion == discount.promotion]
            assert sum(one.amount_minor for one in given_back) == discount.amount_minor


@given(document=documents(), data=st.data())
def test_every_part_adds_up_and_nothing_is_below_zero(document: Document, data: st.DataObject) -> None:
    for line in price(document).lines:
        for part in returned(line, data.draw(cuts(line.grams or line.quantity))):
            assert part.amount_minor - sum(one.amount_minor for one in part.discounts) == part.due_minor >= 0
            assert part.net_minor + part.tax_minor == part.gross_minor >= 0
            assert part.tax_minor == sum(tax.tax_minor for tax in part.taxes)
            if len(line.taxes) == 1 and 0 <= line.tax_minor <= line.gross_minor:
                assert 0 <= part.tax_minor <= part.gross_minor


@st.composite
def small_lines(draw: st.DrawFn) -> PricedLine:
    """Many pieces for few cents, much of them tax: where rounding shows most."""
    quantity, gross = draw(st.integers(1, 60)), draw(st.integers(0, 90))
    tax = draw(st.integers(0, gross))
    taxes = (LineTax(code="V", rate_ppm=0, base_minor=gross - tax, tax_minor=tax),)
    return msgspec.structs.replace(
        THREE_FOR_TEN,
        quantity=quantity,
        amount_minor=gross,
        discounts=(),
        due_minor=gross,
        net_minor=gross - tax,
        tax_minor=tax,
        gross_minor=gross,
        taxes=taxes,
    )


@given(line=small_lines())
def test_no_piece_has_more_tax_than_money(line: PricedLine) -> None:
    for part in returned(line, [1] * line.quantity):
        assert 0 <= part.tax_minor <= part.gross_minor


@given(document=documents())
def test_a_full_return_gives_back_what_was_paid(document: Document) -> None:
    result = price(document)
    back = [returned_share(line, 0, line.grams or line.quantity) for line in result.lines]
    assert sum(share.gross_minor for share in back) == result.totals.total_minor
    assert [(share.discounts, share.taxes) for share in back] == [(line.discounts, line.taxes) for line in result.lines]


def test_three_for_ten_come_back_one_by_one() -> None:
    assert [part.gross_minor for part in returned(THREE_FOR_TEN, [1, 1, 1])] == [333, 334, 333]
    assert [part.tax_minor for part in returned(THREE_FOR_TEN, [1, 1, 1])] == [56, 55, 56]


@pytest.mark.parametrize(("already", "now"), [(0, 4), (3, 1), (2, 2), (-1, 1), (0, 0), (0, -1)])
def test_more_than_was_sold_never_comes_back(already: int, now: int) -> None:
    with pytest.raises(ValueError, match="of 3 sold"):
        returned_share(THREE_FOR_TEN, already, now)


@given(total=st.integers(0, 10**9), whole=st.integers(1, 10**5), data=st.data())
def test_a_stretch_is_never_a_cent_off_its_exact_share(total: int, whole: int, data: st.DataObject) -> None:
    begin, end = sorted(data.draw(st.tuples(st.integers(0, whole), st.integers(0, whole))))
    share = share_between(total, begin, end, whole)
    assert abs(share * whole - total * (end - begin)) <= whole
