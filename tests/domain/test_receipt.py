"""A receipt says what was sold, what was paid and what tax is in it; a copy, a void and a practice sale say so."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from drivers.printer.interface import Align, Columns, Element, QrCode, Text
from drivers.printer.render import to_text
from kiosk.accounts.receipt import fiscal_mark, receipt_of, void_of
from kiosk.domain.receipt import ReceiptDocument, Voice, compose
from kiosk.domain.receipt.document import (
    CardPaid,
    CashPaid,
    Discount,
    Header,
    Line,
    LinePrice,
    Sums,
    TaxRow,
    ValuePaid,
    as_copy,
    as_gift,
)
from kiosk.domain.receipt.slip import Fact, Slip, Unit, compose_slip
from kiosk.messages.contents import TransactionCancelled
from kiosk.presenter.language import Language
from kiosk.presenter.receipt_voice import voice_of
from tests.accounts.receipt_samples import SHOP, american, fiscal, lines, sale

WHOLE = """\
              Harbour Market
              12 Quay Street
                  Galway
          VAT number IE0000000X
------------------------------------------
Cola 0.5 l                         €5.40 S
  3 x €1.80
  3 for 2                           -€1.80
  Deposit                          €0.45 Z
  3 x €0.15
Bananas                            €0.85 Z
  0.452 kg net x €1.89/kg
  tare 0.005 kg
Cheddar                            €4.80 Z
  0.300 kg net x €15.90/kg
  price as on the label
Drill 18 V                        €49.99 S
  Serial number SN-77-1
  Lot L9
Kettle                           -€19.99 S
  Returned, from receipt 0101/07/000012
  Reason: damaged
------------------------------------------
Subtotal                            €39.70
5 off from 50                       -€0.40
Total                               €39.30
girocard                             €9.30
  •••• 1234
  Terminal 52001234  no. 8  auth. A1
Cash                                €20.00
Change                              €10.00
Gift card                            €5.00
  ••••7788
  Balance €12.50
Loyalty points                       €5.00
  Points: 500
Lunch Pass                           €5.00
  for eligible goods of €5.65
PayQuick                             €5.00
  R-1
------------------------------------------
S  VAT 23 %  on €26.99               €6.21
Z  VAT 0 %  on €6.10                 €0.00
------------------------------------------
Customer ••••0300
Coupons redeemed: 1
Operator aoife
21/11/2026 10:00            0101/07/000041
         Days to return goods: 28
  Keep this code: with it you can return
                  goods.

[QR CL1R:TOKEN]

            Company no. 123456
      Thank you for shopping with us
"""


CANCELLED = TransactionCancelled(sequence_number=5, reason="shopper", lines=lines())


def voice(code: str, territory: str = "IE", currency: str = "EUR") -> Voice:
    return voice_of(Language(code, territory, currency))


def said(elements: tuple[Element, ...]) -> list[str]:
    """Every text, and left and right of every two columns with a bar between."""
    return [
        f"{one.left} | {one.right}" if isinstance(one, Columns) else one.text
        for one in elements
        if isinstance(one, Columns | Text)
    ]


def marks(elements: tuple[Element, ...]) -> list[str]:
    return [one.text for one in elements if isinstance(one, Text) and one.text.startswith("***")]


def document(**changes: object) -> ReceiptDocument:
    return replace(receipt_of(sale(), SHOP, token="CL1R:TOKEN"), **changes)  # noqa: S106 - no password, a printed code


def test_everything_is_on_it() -> None:
    assert to_text(compose(document(), voice("en")), 42) == WHOLE


def test_in_german_with_german_figures() -> None:
    texts = said(compose(document(), voice("de", "AT")))
    assert "Summe | €\xa039,30" in texts
    assert "  0,452 kg netto x €\xa01,89/kg" in texts
    assert "S  USt 23 %  auf €\xa026,99 | €\xa06,21" in texts
    assert "21.11.26 10:00 | 0101/07/000041" in texts


def test_a_rate_with_decimals_is_written_as_the_language_does() -> None:
    row = (TaxRow(tax_code="S", rate_ppm=75_000, net_minor=1000, tax_minor=75),)
    assert "S  USt 7,5 %  auf 10,00\xa0€ | 0,75\xa0€" in said(compose(document(taxes=row), voice("de", "DE")))
    assert "S  VAT 7.5 %  on €10.00 | €0.75" in said(compose(document(taxes=row), voice("en")))


@pytest.mark.parametrize(
    ("shown", "expected"),
    [
        (document(), []),
        (as_copy(document(), 2, "2026-11-22T09:00:00+00:00"), ["*** COPY 2 ***"]),
        (receipt_of(sale(training=True), SHOP), ["*** TRAINING ***"]),
        (receipt_of(sale(), SHOP, offline=True), ["*** PROVISIONAL ***"]),
        (as_gift(document()), ["*** GIFT RECEIPT ***"]),
        (void_of(CANCELLED, SHOP, "", "EUR"), ["*** VOID ***"]),
    ],
)
def test_what_is_no_plain_receipt_says_so_at_the_top_and_at_the_bottom(
    shown: ReceiptDocument, expected: list[str]
) -> None:
    elements = compose(shown, voice("en"))
    assert marks(elements) == expected * 2
    if expected:
        first_good = next(at for at, one in enumerate(elements) if isinstance(one, Columns))
        assert expected[0] in marks(elements[:first_good])
        assert marks(elements[-len(expected) :]) == expected


def test_a_copy_says_when_it_was_made() -> None:
    copy = as_copy(document(), 3, "2026-11-22T09:00:00+00:00")
    assert "Copy made 22/11/2026 09:00" in said(compose(copy, voice("en")))
    with pytest.raises(ValueError, match="from 1"):
        as_copy(document(), 0, "")


def test_a_void_has_no_total_and_thanks_nobody() -> None:
    texts = said(compose(void_of(CANCELLED, SHOP, "2026-11-21T10:00:00Z", "EUR"), voice("en")))
    assert "This transaction was cancelled. Nothing was sold." in texts
    assert "Cola 0.5 l | €5.40 S" in texts
    assert not [text for text in texts if text.startswith(("Total", "Thank you", "Cash"))]


def test_a_practice_sale_brings_nothing_back_and_thanks_nobody() -> None:
    training = receipt_of(sale(training=True), SHOP, token="CL1R:TOKEN")  # noqa: S106 - no password, a printed code
    elements = compose(training, voice("en"))
    assert QrCode("CL1R:TOKEN") not in elements
    assert "Thank you for shopping with us" not in said(elements)
    assert "For practice only. Nothing was sold." in said(elements)


def test_a_gift_receipt_names_the_goods_and_no_money_at_all() -> None:
    elements = compose(as_gift(document()), voice("en"))
    texts = said(elements)
    assert "Cola 0.5 l | x 3" in texts
    assert "  0.452 kg net" in texts
    assert QrCode("CL1R:TOKEN") in elements
    assert not [text for text in texts if "€" in text or "VAT 23" in text or "••••" in text]
    assert not [text for text in texts if "Kettle" in text or "Deposit" in text or "3 for 2" in text]


def test_the_fiscal_mark_stands_there_in_the_words_of_the_law_in_every_language() -> None:
    for code in ("en", "de", "he"):
        shown = compose(document(fiscal=fiscal_mark(fiscal(failed=True))), voice(code))
        assert QrCode(fiscal().code) in shown
        assert "Sicherheitseinrichtung ausgefallen" in said(shown)
    fine = compose(document(fiscal=fiscal_mark(fiscal())), voice("de"))
    assert "Sicherheitseinrichtung ausgefallen" not in said(fine)
    assert "KASSE-07-000041" in said(fine)


def test_taxes_on_top_stand_between_subtotal_and_total() -> None:
    texts = said(compose(receipt_of(american(), SHOP), voice("en", "US", "USD")))
    where = [
        texts.index(text) for text in ("Lamp | $10.00 ST,BAG", "Subtotal | $10.00", "Tax | $0.73", "Total | $10.73")
    ]
    assert where == sorted(where)
    assert "ST  VAT 6.25 %  on $10.00 | $0.63" in texts
    assert "BAG  excise  on $10.00 | $0.10" in texts


def test_who_is_exempt_is_told_from_what_and_by_which_certificate() -> None:
    texts = said(compose(receipt_of(american(exempt=True), SHOP), voice("en", "US", "USD")))
    assert "ST  exempt  on $10.00 | $0.00" in texts
    assert "Tax exempt: EX-99" in texts
    assert "Total | $10.10" in texts


def test_cash_is_rounded_in_sight() -> None:
    sums = Sums(subtotal_minor=998, total_minor=998, rounding_minor=2)
    texts = said(compose(document(sums=sums), voice("en")))
    assert [text for text in texts if text.startswith(("Total", "Round"))] == [
        "Total | €9.98",
        "Rounding | €0.02",
        "Rounded total | €10.00",
    ]


def test_money_that_went_back_says_so() -> None:
    back = (
        CardPaid(amount_minor=-500, card_name="girocard"),
        CashPaid(amount_minor=-300, given_minor=0, change_minor=300),
        ValuePaid(amount_minor=-200, instrument="store_credit"),
    )
    texts = said(compose(document(tenders=back), voice("en")))
    expected = ["girocard (refunded) | -€5.00", "Cash (refunded) | -€3.00", "Store credit (refunded) | -€2.00"]
    assert [text for text in texts if "refunded" in text] == expected
    assert not [text for text in texts if text.startswith("Change")]


def test_foreign_cash_is_named_in_its_own_currency() -> None:
    cash = CashPaid(amount_minor=900, given_minor=1840, change_minor=940, foreign_currency="JPY", foreign_minor=3000)
    texts = said(compose(document(tenders=(cash,)), voice("en")))
    first = texts.index("Cash | €18.40")
    assert texts[first : first + 3] == ["Cash | €18.40", "  3,000\xa0JPY", "Change | €9.40"]


def test_hebrew_runs_from_right_to_left_and_keeps_names_and_figures_in_their_own_direction() -> None:
    elements = compose(document(), voice("he", "IL", "ILS"))
    assert all(one.rtl for one in elements if isinstance(one, Text | Columns))
    texts = said(elements)
    assert "  \u20663\u2069 x \u20661.80\xa0₪\u2069" in texts
    assert any(text.startswith("\u2066Cola 0.5 l\u2069 |") for text in texts)
    assert not any(one.rtl for one in compose(document(), voice("en")) if isinstance(one, Text | Columns))


def test_a_name_cannot_reach_over_its_end() -> None:
    evil = Line(name="Tea\u2069\u202eevil", quantity=1, price=LinePrice(unit_price_minor=1, asked_minor=1))
    (name,) = [text for text in said(compose(document(lines=(evil,)), voice("he"))) if "Tea" in text]
    assert name.startswith("\u2066Teaevil\u2069 |")


def test_a_discount_on_returned_goods_is_taken_back() -> None:
    price = LinePrice(unit_price_minor=180, asked_minor=-180, discounts=(Discount(name="3 for 2", amount_minor=-60),))
    texts = said(compose(document(lines=(Line(name="Cola", quantity=-1, price=price),)), voice("en")))
    assert "  3 for 2 | €0.60" in texts


def test_the_key_of_the_transaction() -> None:
    header = Header(store_name="X", store_id="0101", workstation_id="07", sequence_number=41, at="")
    assert header.key == "0101/07/000041"


def test_a_slip_cannot_pass_for_a_receipt() -> None:
    facts = (Fact(word="amount", number=5000, unit=Unit.MONEY), Fact(word="grams", number=452, unit=Unit.WEIGHT))
    slip = Slip(
        kind="cash_moved", key="0101/07/E:3", at="2026-11-21T10:00:00+00:00", currency="EUR", facts=facts, void=True
    )
    elements = compose_slip(slip, voice("en"))
    texts = said(elements)
    assert "cash moved" in texts
    assert "amount | €50.00" in texts
    assert "grams | 0.452 kg" in texts
    assert "This is not a receipt of a sale." in texts
    assert marks(elements) == ["*** VOID ***"] * 2
    assert elements[0] == Text("cash moved", Align.CENTRE, bold=True, double=True)
    unknown = compose_slip(replace(slip, currency=""), voice("en"))
    assert "amount | 5000" in said(unknown)
