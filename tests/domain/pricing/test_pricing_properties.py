"""What always holds of a priced transaction, whatever is in force and however the retailer rounds."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.basket import BasketLine, Policies
from kiosk.domain.money import to_step
from kiosk.domain.pricing.answering import encoded, priced
from kiosk.domain.pricing.document import Document, Result
from kiosk.domain.pricing.engine import Pricing, price
from kiosk.domain.tax.rules import TaxPer, TaxPolicy
from tests.domain.pricing.shop import CONTEXT, GOODS, OFFERS, REGIMES, documents, goods, numbered


def with_lines(document: Document, lines: list[BasketLine]) -> Document:
    return msgspec.structs.replace(document, lines=numbered(lines))


def totals(document: Document) -> tuple[int, ...]:
    return msgspec.structs.astuple(price(document).totals)


@given(document=documents())
def test_totals_add_up_to_the_cent(document: Document) -> None:
    result = price(document)
    for line in result.lines:
        assert line.amount_minor - sum(one.amount_minor for one in line.discounts) == line.due_minor >= 0
        assert line.net_minor + line.tax_minor == line.gross_minor
        assert sum(tax.tax_minor for tax in line.taxes) == line.tax_minor
        assert all(one.amount_minor > 0 for one in line.discounts)
    adds_up(document, result)
    spread_adds_up(result)


def adds_up(document: Document, result: Result) -> None:
    sums = result.totals
    assert sums.before_discounts_minor == sum(line.amount_minor for line in result.lines)
    assert sums.before_discounts_minor - sums.discount_minor == sum(line.due_minor for line in result.lines)
    assert sums.discount_minor == sum(one.discount_minor for one in result.promotions)
    assert sums.net_minor == sum(line.net_minor for line in result.lines)
    assert sums.tax_minor == sum(line.tax_minor for line in result.lines) == sum(tax.tax_minor for tax in result.taxes)
    assert sums.total_minor == sums.net_minor + sums.tax_minor == sum(line.gross_minor for line in result.lines)
    policies = document.policies
    assert sums.cash_total_minor == to_step(sums.total_minor, policies.cash_step_minor, policies.cash_rounding)
    assert sums.cash_rounding_minor == sums.cash_total_minor - sums.total_minor


def spread_adds_up(result: Result) -> None:
    """Each order discount is the sum of its shares, and each share is one of its line's discounts."""
    shares = {
        (one.promotion, line.line): one.amount_minor
        for line in result.lines
        for one in line.discounts
        if one.level == "order"
    }
    assert shares == {
        (one.promotion, share.line): share.amount_minor for one in result.order_discounts for share in one.spread
    }
    assert all(one.amount_minor == sum(share.amount_minor for share in one.spread) for one in result.order_discounts)


@given(document=documents(), data=st.data())
def test_the_order_of_scanning_never_changes_the_totals(document: Document, data: st.DataObject) -> None:
    again = with_lines(document, data.draw(st.permutations(document.lines)))
    assert totals(again) == totals(document)


@given(document=documents(), data=st.data())
def test_the_order_in_which_offers_are_sent_never_changes_anything(document: Document, data: st.DataObject) -> None:
    shuffled = msgspec.structs.replace(
        document,
        promotions=tuple(data.draw(st.permutations(document.promotions))),
        prices=tuple(data.draw(st.permutations(document.prices))),
        taxes=tuple(data.draw(st.permutations(document.taxes))),
    )
    assert price(shuffled) == price(document)


@given(document=documents(only_raising=True), more=goods(), data=st.data())
def test_a_good_more_never_lowers_the_total(document: Document, more: BasketLine, data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(document.lines)))
    lines = [*document.lines[:place], more, *document.lines[place:]]
    before, after = price(document).totals, price(with_lines(document, lines)).totals
    step = document.policies.tax.step_minor
    # Amounts that no coin of the currency makes are rounded to a coin once for each set of taxes.
    slack = 0 if step == 1 else step * (1 + len(document.taxes))
    assert after.total_minor >= before.total_minor - slack
    assert after.cash_total_minor >= before.cash_total_minor - slack


@given(document=documents())
def test_the_shelf_price_stands_where_taxes_are_in_it(document: Document) -> None:
    included = all(rule.included for rule in document.taxes)
    if included and not document.context.customer.tax_exempt and document.policies.tax.step_minor == 1:
        assert all(line.gross_minor == line.due_minor for line in price(document).lines)


@given(document=documents())
def test_a_lane_and_a_web_shop_get_the_same(document: Document) -> None:
    pricing = Pricing.prepared(document.promotions, document.prices, document.taxes, document.policies)
    at_the_lane = pricing.price(document.context, document.lines, document.coupons, document.usage, document.id)
    read, over_the_wire = priced(msgspec.json.encode(document))
    assert read == document
    assert over_the_wire == at_the_lane == msgspec.json.decode(encoded(at_the_lane), type=Result)


@pytest.mark.parametrize("per", TaxPer)
def test_which_of_two_lines_of_one_good_came_first_never_changes_the_tax(per: TaxPer) -> None:
    """Three for two over a line of one roll and a line of three: the free one is in the same line whichever it is."""
    few, many = (msgspec.structs.replace(GOODS["roll"], quantity=quantity) for quantity in (1, 3))
    document = Document(
        context=CONTEXT,
        lines=numbered([few, many]),
        promotions=tuple(offer for offer in OFFERS if offer.id == "bake-3-for-2"),
        taxes=REGIMES["compound"],
        policies=Policies(tax=TaxPolicy(per=per)),
    )
    assert totals(with_lines(document, [many, few])) == totals(document)
