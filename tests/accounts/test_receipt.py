"""From the ledger to a receipt: what was booked adds up on paper, and every entry of whatever kind can be printed."""

from __future__ import annotations

import json
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from drivers.printer.layout import cells
from drivers.printer.render import to_escpos, to_text
from kiosk.accounts.receipt import Shop, receipt_of
from kiosk.accounts.receipt_lines import line_of, order_discounts
from kiosk.accounts.receipt_print import Known, UnreadableError, house_paper, known_from, numbered, printed
from kiosk.domain.money import PPM, divide
from kiosk.domain.receipt import ReceiptDocument, compose
from kiosk.domain.receipt.document import Kind, Returned
from kiosk.domain.receipt.slip import Fact, Slip, Unit, compose_slip
from kiosk.messages.contents import (
    Content,
    DiscountGiven,
    FiscalReceipt,
    LineVoided,
    PaymentAttempt,
    ReturnOf,
    SaleLine,
    TaxGiven,
    TransactionCancelled,
)
from kiosk.messages.tenders import PointsTender, StoredValueTender
from kiosk.messages.tills import CashMoved, ReportTaken, StoredValueChanged
from tests.accounts.receipt_samples import EPOCH, SHOP, american, body, fiscal, line, lines, sale
from tests.domain.test_receipt import voice

NOTHING_KNOWN = Known({}, "EUR")


def slip(content: Content, known: Known = NOTHING_KNOWN) -> Slip:
    found = printed(body(content), SHOP, known)
    assert isinstance(found, Slip)
    return found


def facts(found: Slip) -> dict[str, Fact]:
    return {fact.word: fact for fact in found.facts}


@st.composite
def sale_lines(draw: st.DrawFn) -> SaleLine:
    """A line as pricing books it: pieces or weight, discounts of its own and of the order, taxes in or on top."""
    sign = draw(st.sampled_from((1, -1)))
    count, price = draw(st.integers(1, 99)), draw(st.integers(1, 100_000))
    asked = sign * count * price
    own, share = draw(st.integers(0, count * price)), draw(st.integers(0, 500))
    discounts = (
        DiscountGiven(promotion="own", name="Own", amount_minor=sign * own),
        DiscountGiven(promotion="order", name="Order", amount_minor=sign * share, order=True),
    )
    due = asked - sign * (own + share)
    rates = draw(st.lists(st.integers(0, 300_000), max_size=3))
    on_top = tuple(
        TaxGiven(tax_code=f"T{at}", tax_rate_ppm=rate, base_minor=due, tax_minor=divide(due * rate, PPM))
        for at, rate in enumerate(rates)
    )
    amount = due + sum(tax.tax_minor for tax in on_top)
    return line("Something", amount, quantity=sign * count, unit_price_minor=price, discounts=discounts, taxes=on_top)


@given(st.lists(sale_lines(), max_size=6))
def test_what_stands_on_paper_adds_up_to_what_was_asked_for(given_lines: list[SaleLine]) -> None:
    total = sum(one.amount_minor for one in given_lines)
    document = receipt_of(sale(lines=tuple(given_lines), total_minor=total), SHOP)
    sums = document.sums
    assert sums is not None
    prices = [one.price for one in document.lines if one.price is not None]
    for booked, price in zip(given_lines, prices, strict=True):
        assert price.asked_minor == booked.quantity * booked.unit_price_minor
        assert price.added_tax_minor == sum(tax.tax_minor for tax in booked.taxes)
        assert not price.label
    own = sum(one.amount_minor for price in prices for one in price.discounts)
    assert sums.subtotal_minor == sum(price.asked_minor for price in prices) - own
    off = sum(one.amount_minor for one in sums.order_discounts)
    assert sums.subtotal_minor - off + sums.added_tax_minor == sums.total_minor == total


def test_the_shares_of_an_order_discount_are_one_line_again() -> None:
    def of(name: str, amount: int) -> SaleLine:
        return line("x", 1, discounts=(DiscountGiven(promotion=name, name=name, amount_minor=amount, order=True),))

    found = order_discounts((of("a", 3), of("b", 5), of("a", 4)))
    assert [(one.name, one.amount_minor) for one in found] == [("a", 7), ("b", 5)]
    assert order_discounts((of("a", 3), of("a", -3))) == ()


def test_tax_in_the_price_is_not_taken_for_tax_on_top() -> None:
    inside = line("Wine", 1200, taxes=(TaxGiven(tax_code="S", tax_rate_ppm=200_000, base_minor=1000, tax_minor=200),))
    price = line_of(inside).price
    assert price is not None
    assert (price.asked_minor, price.added_tax_minor, price.label) == (1200, 0, False)


def test_one_tax_in_the_price_and_one_on_top_are_told_apart() -> None:
    taxes = (
        TaxGiven(tax_code="VAT", tax_rate_ppm=200_000, base_minor=1000, tax_minor=200),
        TaxGiven(tax_code="BAG", tax_rate_ppm=0, base_minor=1200, tax_minor=22),
    )
    price = line_of(line("Bag", 1222, unit_price_minor=1200, taxes=taxes)).price
    assert price is not None
    assert (price.asked_minor, price.added_tax_minor) == (1200, 22)


def test_a_price_from_a_label_is_called_so() -> None:
    price = line_of(line("Cheddar", 480, grams=300, unit_price_minor=1590)).price
    assert price is not None
    assert (price.asked_minor, price.label) == (480, True)
    exact = line_of(line("Cheddar", 477, grams=300, unit_price_minor=1590)).price
    assert exact is not None
    assert not exact.label


def test_goods_without_a_receipt_come_back_without_a_key() -> None:
    nowhere = ReturnOf(store_id="", workstation_id="", sequence_number=0, line=0, reason="", disposition="resell")
    assert line_of(line("Kettle", -1, returned=nowhere)).returned == Returned()


def test_exempt_goods_are_in_the_table_once() -> None:
    document = receipt_of(american(exempt=True), SHOP)
    assert [(row.tax_code, row.net_minor, row.exempt) for row in document.taxes] == [
        ("BAG", 1000, False),
        ("ST", 1000, True),
    ]


@pytest.mark.parametrize(
    "tender",
    [
        StoredValueTender(amount_minor=1, instrument="gift_card", account="a", offline=True),
        PointsTender(amount_minor=1, member="1", points=1, offline=True),
    ],
)
def test_what_was_taken_offline_makes_a_receipt_provisional(tender: StoredValueTender | PointsTender) -> None:
    assert receipt_of(sale(tenders=(tender,)), SHOP).marks.offline
    assert not receipt_of(sale(tenders=(replace(tender, offline=False),)), SHOP).marks.offline
    assert "not yet confirmed" in to_text(compose(receipt_of(sale(tenders=(tender,)), SHOP), voice("en")), 42)


def test_the_time_is_that_of_the_store() -> None:
    vienna = Shop(store_name="X", store_id="1", workstation_id="1", zone=ZoneInfo("Europe/Vienna"))
    assert receipt_of(sale(started_at="2026-07-01T23:30:00Z"), vienna).header.at == "2026-07-02T01:30:00+02:00"
    assert vienna.local("yesterday") == "yesterday"


def test_a_receipt_holds_no_account_no_attempt_and_no_number_of_a_customer() -> None:
    text = msgspec.json.encode(receipt_of(sale(), SHOP)).decode()
    for secret in ("h" * 64, "0101-07-000041-1", "100200300"):
        assert secret not in text


def test_the_fiscal_receipt_of_a_sale_is_found_by_its_number() -> None:
    other = replace(fiscal(), sequence_number=40, number="KASSE-07-000040")
    start = replace(fiscal(), sequence_number=0, kind="start")
    bodies = [body(start), body(other), body(sale()), body(fiscal()), "nonsense"]
    known = known_from(bodies, frozenset({41}))
    assert (list(known.fiscal), known.currency) == ([41], "EUR")
    document = printed(body(sale()), SHOP, known)
    assert isinstance(document, ReceiptDocument)
    assert document.fiscal is not None
    assert (document.fiscal.receipt_id, document.fiscal.code) == ("KASSE-07-000041", fiscal().code)


def test_a_cancelled_transaction_is_a_void_and_without_lines_a_slip() -> None:
    cancelled = TransactionCancelled(sequence_number=5, reason="idle", lines=lines())
    document = printed(body(cancelled), SHOP, NOTHING_KNOWN)
    assert isinstance(document, ReceiptDocument)
    assert (document.kind, document.sums, document.header.sequence_number) == (Kind.VOID, None, 5)
    assert slip(replace(cancelled, lines=())).kind == "transaction_cancelled"


def test_a_slip_says_kind_time_operator_key_and_facts() -> None:
    moved = CashMoved(shift="s", till="t", movement="loan", amount_minor=5000, reason="", operator="aoife")
    found = slip(moved)
    assert (found.kind, found.operator, found.key) == ("cash_moved", "aoife", f"0101/07/{EPOCH}:2")
    assert found.at == "2026-11-21T10:05:00+00:00"
    assert facts(found)["amount"] == Fact(word="amount", number=5000, unit=Unit.MONEY)
    assert "reason" not in facts(found)


def test_a_slip_of_a_voided_line_is_marked_void_and_shows_the_line() -> None:
    found = slip(LineVoided(sequence_number=3, line=lines()[2], operator=""))
    assert found.void
    assert facts(found)["name"].text == "Bananas"
    assert facts(found)["grams"] == Fact(word="grams", number=452, unit=Unit.WEIGHT, depth=1)


def test_a_slip_shows_no_account_and_no_card_number() -> None:
    change = StoredValueChanged(
        request="r", instrument="gift_card", account="a" * 60 + "beef", change="issued", change_minor=5000
    )
    assert facts(slip(change))["account"].text == "••••beef"
    attempt = PaymentAttempt(attempt="card 4111111111111111", sequence_number=1, amount_minor=1, currency="EUR")
    assert "4111" not in facts(slip(attempt))["attempt"].text


def test_a_fiscal_receipt_without_goods_has_its_code_to_be_scanned() -> None:
    start = FiscalReceipt(
        system="rksv", kind="start", number="K-1", at="2026-11-21T10:00:00", record="r" * 900, code="_R1-AT1_K_1"
    )
    found = slip(start)
    assert found.facts[-1] == Fact(word="code", text="_R1-AT1_K_1", unit=Unit.QR)
    assert b"_R1-AT1_K_1" in to_escpos(compose_slip(found, voice("en")), "epson_tm_t88")
    assert "r" * 100 not in to_text(compose_slip(found, voice("en")), 42)


def test_cash_and_reports_are_printed_as_the_till_prints_them() -> None:
    moved = CashMoved(shift="s", till="t", movement="loan", amount_minor=5000, reason="change", operator="aoife")
    paper = house_paper(body(moved), SHOP, 0, voice("en"))
    assert paper is not None
    assert "Loan" in to_text(paper, 42)
    assert house_paper(body(sale()), SHOP, 0, voice("en")) is None
    newer = ReportTaken(
        report_kind="z",
        number=7,
        business_day="2026-11-21",
        operator="aoife",
        from_position=1,
        to_position=9,
        report='{"version":99,"gross_minor":1234,"sections":[{"name":"Cash"}]}',
    )
    assert house_paper(body(newer), SHOP, 0, voice("en")) is None
    assert facts(slip(newer))["gross"] == Fact(word="gross", number=1234, unit=Unit.MONEY, depth=1)


def test_a_kind_of_a_later_version_is_printed_too() -> None:
    text = body(sale()).replace('"type":"sale"', '"type":"drone_landed"')
    found = printed(text, SHOP, NOTHING_KNOWN)
    assert isinstance(found, Slip)
    assert found.kind == "drone_landed"
    assert numbered(text).sequence_number == 41


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"v":1}', "\ud800", "[" * 100_000])
def test_what_is_no_entry_is_refused(text: str) -> None:
    with pytest.raises(UnreadableError):
        printed(text, SHOP, NOTHING_KNOWN)


plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=12), inner, max_size=3),
    max_leaves=12,
)
names = st.sampled_from(
    ("sequence_number", "operator", "currency", "training", "x_minor", "grams", "_minor", "report", "account", "lines")
)
kinds = st.sampled_from(("sale", "cash_moved", "report_taken", "fiscal_receipt", "shift_settled", "new", ""))


@given(kinds, st.dictionaries(names | st.text(max_size=8), plain, max_size=6))
def test_any_record_of_any_kind_can_be_printed_or_is_no_record(kind: str, record: dict[str, object]) -> None:
    entry = json.loads(body(sale())) | {"content": record | {"type": kind}}
    text = json.dumps(entry)
    try:
        found = printed(text, SHOP, NOTHING_KNOWN)
    except UnreadableError:
        # A known kind with fields that it cannot have.
        assert kind == "fiscal_receipt"
        return
    assert isinstance(found, Slip)
    shown = to_text(compose_slip(found, voice("en")), 32)
    assert "This is not a receipt of a" in shown
    assert all(cells(text) <= 32 for text in shown.splitlines())
