"""Goods come back: in parts, in any order, from several devices, and never for more than was paid."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kiosk.accounts.return_known import Answer, BookedSale, double_returns, returnable, sales_in
from kiosk.accounts.return_lines import merged
from kiosk.accounts.return_origin import WebOrder, origin_of, origin_of_order
from kiosk.accounts.return_records import Wanted
from kiosk.accounts.returns import exchange, plan_return
from kiosk.domain.operator.rights import Staff
from kiosk.domain.returning.origin import Disposition, Origin, SaleKey
from kiosk.domain.returning.policy import ReturnRules, SelfService
from kiosk.domain.tender.kinds import TenderKind
from kiosk.messages.contents import DiscountGiven, Sale, SaleLine
from kiosk.messages.entry import NO_HASH, Entry
from kiosk.messages.tenders import CashTender
from tests.accounts.return_samples import (
    ANN,
    BEN,
    DAY,
    EVE,
    KEY,
    RULES,
    any_sale,
    booked,
    card,
    desk,
    gift,
    give_back,
    line,
    origin,
    paid_out,
    planned,
    refused,
    sale,
    table,
    to_originals,
    want,
)


def main_lines(of: Sale) -> list[SaleLine]:
    return [one for one in of.lines if one.linked_to is None]


@given(any_sale(), st.data())
def test_any_returns_together_give_what_was_paid_and_never_more(sold: Sale, data: st.DataObject) -> None:
    of = origin(sold)
    known: list[BookedSale] = []
    for number in range(100, 200):
        left = [one for one in returnable(of, known).lines if one.units and one.sold.linked_to is None]
        if not left:
            break
        one = data.draw(st.sampled_from(left))
        units = one.units if number > 106 else data.draw(st.integers(1, one.units))
        known.append(give_back(of, [want(one.sold.priced.line, units)], known, number))
        check_never_more(sold, known)
    check_all_back(sold, known)


def check_never_more(sold: Sale, known: list[BookedSale]) -> None:
    for one in sold.lines:
        back = [x for each in known for x in each.sale.lines if x.returned and x.returned.line == one.line]
        assert 0 <= -sum(x.amount_minor for x in back) <= one.amount_minor
    given = -sum(each.sale.total_minor for each in known)
    assert given <= sold.total_minor
    for each in known:
        assert sum(tender.amount_minor for tender in each.sale.tenders) == each.sale.total_minor
    assert sum(to_originals(each.sale) for each in known) == given
    assert not double_returns([BookedSale(KEY, sold), *known])


def check_all_back(sold: Sale, known: list[BookedSale]) -> None:
    """Line by line, discount by discount, tax by tax, tender by tender."""
    assert -sum(each.sale.total_minor for each in known) == sold.total_minor
    for one in sold.lines:
        back = [x for each in known for x in each.sale.lines if x.returned and x.returned.line == one.line]
        assert -sum(x.grams or x.quantity for x in back) == (one.grams or one.quantity)
        assert sums_of_discounts(back) == {k: -v for k, v in sums_of_discounts([one]).items()}
    sold_tax = {(t.tax_code, t.tax_rate_ppm): t.tax_minor for t in table(sold.lines) if t.tax_minor}
    back_tax: dict[tuple[str, int], int] = {}
    for row in (row for each in known for row in each.sale.taxes):
        key = (row.tax_code, row.tax_rate_ppm)
        back_tax[key] = back_tax.get(key, 0) - row.tax_minor
    assert {key: tax for key, tax in back_tax.items() if tax} == sold_tax
    for tender in sold.tenders:
        back_here = [x for each in known for x in each.sale.tenders if type(x) is type(tender)]
        assert -sum(x.amount_minor for x in back_here) == tender.amount_minor


def sums_of_discounts(lines: list[SaleLine]) -> dict[tuple[str, bool], int]:
    sums: dict[tuple[str, bool], int] = {}
    for one in (off for x in lines for off in x.discounts):
        sums[one.promotion, one.order] = sums.get((one.promotion, one.order), 0) + one.amount_minor
    return sums


@given(any_sale(), st.data())
def test_devices_that_do_not_know_of_each_other_cannot_make_the_next_one_overpay(
    sold: Sale, data: st.DataObject
) -> None:
    of = origin(sold)
    one = data.draw(st.sampled_from(main_lines(sold)))
    whole = one.grams or one.quantity
    first = give_back(of, [want(one.line, data.draw(st.integers(1, whole)))], [], 100, workstation="08")
    other = give_back(of, [want(one.line, data.draw(st.integers(1, whole)))], [], 100, workstation="09")
    known = [first, other]
    left = returnable(of, known).line(one.line)
    assert left
    over = double_returns([BookedSale(KEY, sold), *known])
    if left.units:
        known.append(give_back(of, [want(one.line, left.units)], known, 101))
        back = [x for each in known for x in each.sale.lines if x.returned and x.returned.line == one.line]
        assert -sum(x.amount_minor for x in back) == one.amount_minor or over
    else:
        assert refused(plan_return([want(one.line)], returnable(of, known), RULES, desk())) == "returned_before"


def test_part_of_a_multi_buy_gives_back_its_share_of_the_offer() -> None:
    offer = DiscountGiven(promotion="3for2", name="3 for 2", amount_minor=100)
    of = origin(sale(line(1, 200, quantity=3, unit_price_minor=100, discounts=(offer,))))
    known: list[BookedSale] = []
    for number in (100, 101, 102):
        known.append(give_back(of, [want(1)], known, number))
    assert [one.sale.total_minor for one in known] == [-67, -66, -67]
    assert [one.sale.lines[0].discounts[0].amount_minor for one in known] == [-33, -34, -33]


def test_a_deposit_follows_its_bottle_and_does_not_come_back_alone() -> None:
    of = origin(sale(line(1, 300, quantity=3), line(2, 75, quantity=3, linked_to=1)))
    plan = planned(plan_return([want(1, 2)], returnable(of, []), RULES, desk()))
    assert [(one.line, one.linked_to, one.quantity, one.amount_minor) for one in plan.lines] == [
        (1, None, -2, -200),
        (2, 1, -2, -50),
    ]
    assert refused(plan_return([want(2)], returnable(of, []), RULES, desk())) == "linked"


def test_one_line_comes_back_for_two_reasons_in_one_go() -> None:
    of = origin(sale(line(1, 100, quantity=3)))
    wanted = [want(1, 1, "defective"), want(1, 2)]
    plan = planned(plan_return(wanted, returnable(of, []), RULES, desk()))
    assert [one.amount_minor for one in plan.lines] == [-33, -67]
    assert refused(plan_return([*wanted, want(1)], returnable(of, []), RULES, desk())) == "returned_before"


def test_money_goes_to_the_card_first_and_never_more_than_it_paid() -> None:
    of = origin(sale(line(1, 1_000), line(2, 500), tenders=(gift(900), card(600))))
    first = give_back(of, [want(2)], [], 100)
    assert [(type(x).__name__, x.amount_minor) for x in first.sale.tenders] == [("CardTender", -500)]
    second = give_back(of, [want(1)], [first], 101)
    assert [(type(x).__name__, x.amount_minor) for x in second.sale.tenders] == [
        ("CardTender", -100),
        ("StoredValueTender", -900),
    ]


def test_cash_that_was_rounded_goes_back_as_it_came() -> None:
    paid = CashTender(amount_minor=1_000, given_minor=1_000)
    up = origin(sale(line(1, 998), tenders=(paid,), rounding_minor=2))
    down = origin(sale(line(1, 1_002), tenders=(paid,), rounding_minor=-2))
    assert [one.paid_minor for of in (up, down) for one in of.originals] == [1_000, 1_002]


def test_what_has_no_tender_to_go_back_to_becomes_store_credit_and_is_looked_into() -> None:
    of = origin(sale(line(1, 1_000), tenders=(card(400),)))
    plan = planned(plan_return([want(1)], returnable(of, []), RULES, desk()))
    assert [(part.kind, part.amount_minor) for part in paid_out(plan)] == [
        (TenderKind.CARD, 400),
        (TenderKind.STORE_CREDIT, 600),
    ]
    assert [one.code for one in plan.exceptions] == ["return.no_tender"]


def test_what_was_paid_with_goods_becomes_store_credit_of_right() -> None:
    of = origin(sale(line(1, 400), tenders=(card(400),)))
    back = planned(plan_return([want(1)], returnable(of, []), RULES, desk()))
    swapped = sale(*back.lines, line(2, 1_000), tenders=(card(600, "S1-07-000100-1"),), sequence_number=100)
    second = origin_of(SaleKey("S1", "07", 100), swapped)
    assert second
    plan = planned(plan_return([want(2)], returnable(second, []), RULES, desk(101)))
    assert not plan.exceptions
    assert [(part.kind, part.amount_minor) for part in paid_out(plan)][1] == (TenderKind.STORE_CREDIT, 400)


def test_an_exchange_pays_or_gives_back_the_difference_only() -> None:
    of = origin(sale(line(1, 1_000)))
    plan = planned(plan_return([want(1)], returnable(of, []), RULES, desk()))
    dearer, even, cheaper = (exchange(plan, sold) for sold in (1_500, 1_000, 300))
    assert (dearer.total_minor, dearer.due_minor, dearer.refund) == (500, 500, None)
    assert (even.total_minor, even.due_minor, even.refund) == (0, 0, None)
    assert cheaper.refund
    assert (cheaper.due_minor, cheaper.refund.amount_minor, cheaper.refund.originals) == (0, 700, of.originals)


def test_the_goods_of_an_exchange_come_back_with_their_own_taxes() -> None:
    """The table of an exchange is net of the goods returned; the goods sold keep the tax that they were sold with."""
    of = origin(sale(line(1, 1_000)))
    plan = planned(plan_return([want(1)], returnable(of, []), RULES, desk()))
    bought = (line(2, 599), line(3, 599), line(4, 100, tax_code="R", tax_rate_ppm=100_000))
    both = replace(sale(*plan.lines, *bought, tenders=()), taxes=merged(plan.taxes, table(bought)))
    assert {tax.tax_code: tax.tax_minor for tax in both.taxes} == {"N": 200 - 167, "R": 9}
    second = origin_of(SaleKey("S1", "07", 100), both)
    assert second
    assert second.lines
    assert [one.priced.tax_minor for one in second.lines] == [100, 100, 9]


def test_a_web_order_comes_back_at_the_kiosk() -> None:
    order = WebOrder(
        order_id="O-7781",
        placed_on="2026-11-20",
        currency="EUR",
        lines=(line(1, 1_000, quantity=2),),
        taxes=table((line(1, 1_000, quantity=2),)),
        tenders=(card(1_000, "psp-1"),),
    )
    of = origin_of_order(order)
    assert of
    plan = planned(plan_return([want(1)], returnable(of, [], Answer()), RULES, desk()))
    back = plan.lines[0].returned
    assert back
    assert (back.store_id, back.workstation_id, back.sequence_number) == ("WEB", "O-7781", 1)
    assert plan.total_minor == -500
    again = returnable(of, [BookedSale(SaleKey("S1", "07", 100), booked(plan))])
    assert refused(plan_return([want(1, 2)], again, RULES, desk())) == "too_many"
    assert origin_of_order(replace(order, status="open")) is None


def test_a_return_known_here_and_at_headquarters_counts_once() -> None:
    of = origin(sale(line(1, 300, quantity=3)))
    first = give_back(of, [want(1)], [])
    elsewhere = BookedSale(SaleKey("S1", "08", 9), give_back(of, [want(1)], []).sale)
    left = returnable(of, [first], Answer((first, elsewhere)))
    assert left.lines[0].units == 1
    assert left.complete


def test_the_same_receipt_at_two_devices_without_a_network_ends_as_an_exception() -> None:
    sold = sale(line(1, 500))
    here = give_back(origin(sold), [want(1)], [], 100, workstation="08")
    there = give_back(origin(sold), [want(1)], [], 7, workstation="09")
    assert not double_returns([here, BookedSale(KEY, sold)])
    ((key, found),) = double_returns([here, there, BookedSale(KEY, sold), there])
    assert (key, found.code, found.owner, found.sequence_number) == (there.key, "return.twice", "finance", 7)
    assert found.detail == "line 1 of S1/07/42: 2 of 1 came back, 1000 given for 500 paid"
    assert refused(plan_return([want(1)], returnable(origin(sold), [here]), RULES, desk())) == "returned_before"


def test_a_web_order_returned_twice_is_found_with_its_origin() -> None:
    web = Origin(SaleKey("WEB", "O-1", 1), DAY, "EUR", 500, origin(sale(line(1, 500))).lines)
    here = give_back(web, [want(1)], [], 100, workstation="08")
    there = give_back(web, [want(1)], [], 7, workstation="09")
    assert not double_returns([here, there])
    assert [key for key, _ in double_returns([here, there], [web])] == [there.key]


def test_reasons_dispositions_and_days_are_those_of_the_policy() -> None:
    of = origin(sale(line(1, 500), line(2, 500)), "2026-12-22", not_returnable=("sku2",))
    left = returnable(of, [])
    resold = Wanted(1, 1, "defective", Disposition.RESELL)
    assert refused(plan_return([resold], left, RULES, desk())) == "disposition"
    assert refused(plan_return([want(1, 1, "because")], left, RULES, desk())) == "reason"
    assert refused(plan_return([want(2)], left, RULES, desk())) == "not_returnable"
    assert refused(plan_return([want(3)], left, RULES, desk())) == "no_such_line"
    assert refused(plan_return([], left, RULES, desk())) == "nothing"
    assert refused(plan_return([want(1, 0)], left, RULES, desk())) == "too_many"
    assert refused(plan_return([want(1)], left, RULES, desk(currency="SEK"))) == "currency"
    assert planned(plan_return([want(1)], left, RULES, desk(today="2026-12-22")))
    late = desk(today="2026-12-23")
    assert refused(plan_return([want(1)], left, RULES, late)) == "too_late"
    assert refused(plan_return([want(1, 1, "defective")], left, RULES, late)) == "needs_second_person"


def test_larger_amounts_need_a_second_person_who_is_somebody_else() -> None:
    left = returnable(origin(sale(line(1, 3_000))), [])
    wanted = [want(1)]
    assert refused(plan_return(wanted, left, RULES, desk(operator=BEN))) == "needs_second_person"
    assert refused(plan_return(wanted, left, RULES, desk(operator=BEN, approver=BEN))) == "self_approval"
    assert refused(plan_return(wanted, left, RULES, desk(operator=Staff("kim", ("technician",))))) == "no_right"
    plan = planned(plan_return(wanted, left, RULES, desk(operator=BEN, approver=EVE)))
    ((decision),) = plan.decisions
    assert (decision.matter, decision.operator, decision.value) == ("return", "eve", "3000")
    strict = ReturnRules(approve_above_minor=1_000)
    assert refused(plan_return(wanted, left, strict, desk(operator=ANN))) == "needs_second_person"
    assert planned(plan_return(wanted, left, strict, desk(operator=ANN, approver=EVE)))
    assert not planned(plan_return(wanted, left, RULES, desk(operator=ANN))).decisions


def test_a_shopper_alone_returns_within_the_policy_only() -> None:
    left = returnable(origin(sale(line(1, 3_000))), [])
    alone = desk(operator=None)
    assert refused(plan_return([want(1)], left, RULES, alone)) == "attendant"
    kind = ReturnRules(self_service=SelfService(allowed=True, maximum_minor=3_000))
    assert planned(plan_return([want(1)], left, kind, alone))
    assert refused(plan_return([want(1, 1, "defective")], left, kind, alone)) == "attendant"
    small = ReturnRules(self_service=SelfService(allowed=True, maximum_minor=2_999))
    assert refused(plan_return([want(1)], left, small, alone)) == "attendant"


def test_another_device_receipt_is_good_for_so_much_without_a_network() -> None:
    of = origin(sale(line(1, 3_000)))
    rules = ReturnRules(offline_maximum_minor=2_999)
    elsewhere = desk(own=("S2", "01"))
    assert refused(plan_return([want(1)], returnable(of, []), rules, elsewhere)) == "offline"
    assert planned(plan_return([want(1)], returnable(of, [], Answer()), rules, elsewhere))
    assert planned(plan_return([want(1)], returnable(of, []), rules, desk()))


def test_practice_is_no_return_and_has_none() -> None:
    sold = sale(line(1, 500))
    assert origin_of(KEY, replace(sold, training=True)) is None
    back = give_back(origin(sold), [want(1)], [])
    practice = BookedSale(back.key, replace(back.sale, training=True))
    assert returnable(origin(sold), [practice]).lines[0].units == 1
    assert not double_returns([BookedSale(KEY, sold), back, BookedSale(SaleKey("S1", "07", 101), practice.sale)])
    entries = [entry(1, sold), entry(2, practice.sale)]
    assert list(sales_in(entries)) == [BookedSale(KEY, sold)]


def entry(position: int, content: Sale) -> Entry:
    return Entry(
        store_id="S1",
        workstation_id="07",
        epoch="E",
        position=position,
        at=f"{DAY}T10:00:00.000Z",
        previous=NO_HASH,
        content=content,
    )
