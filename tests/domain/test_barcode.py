"""What a scanned text means: goods, labels of the store's own templates, and what is neither."""

from __future__ import annotations

import datetime as dt

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.config import PriceLabel
from kiosk.domain.barcode import (
    CouponCode,
    GoodCode,
    GoodWithData,
    Gs1Code,
    InHouseCode,
    Kind,
    LabelCode,
    NotACode,
    interpret,
)
from kiosk.domain.barcode.in_house import PAYLOAD_MAX, PREFIXES, write_in_house
from kiosk.domain.barcode.labels import countries, is_template, national_labels, without_measure
from kiosk.domain.gs1.characters import CSET_82
from kiosk.domain.gs1.digital_link import write_digital_link
from kiosk.domain.gs1.elements import read_elements, write_bracketed
from kiosk.domain.gs1.faults import Problem
from kiosk.domain.gtin import check_digit, holds, measure_check_digit, readings

LABELS = ("21IIIIIPPPPPC", "22IIIIIWWWWWC", "23IIIIIVPPPPC")


def with_check(digits: str) -> str:
    return f"{digits}{check_digit(digits)}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4006381333931", "04006381333931"),
        ("96385074", "00000096385074"),
        ("036000291452", "00036000291452"),
        ("10614141000415", "10614141000415"),
    ],
)
def test_a_gtin_of_any_length_is_a_good(text: str, expected: str) -> None:
    found = interpret(text, LABELS)
    assert isinstance(found, GoodCode)
    assert expected in found.readings


def test_a_upc_e_is_read_in_both_ways() -> None:
    found = interpret("04252614", LABELS)  # UPC-E of 042100005264, and eight digits that might be a GTIN-8
    assert isinstance(found, GoodCode)
    assert found.readings[0] == "00042100005264"


def test_labels_hold_a_price_or_a_weight() -> None:
    assert interpret(with_check("210004200477"), LABELS) == LabelCode("00042", price_minor=477)
    assert interpret(with_check("220004200250"), LABELS) == LabelCode("00042", grams=250)
    verified = with_check(f"2300042{measure_check_digit('2875')}2875")
    assert interpret(verified, LABELS) == LabelCode("00042", price_minor=2875)


def test_a_label_read_wrong_is_refused() -> None:
    good = with_check("210004200477")
    assert interpret(good[:-1] + str((int(good[-1]) + 1) % 10), LABELS) == NotACode("check_digit")
    wrong_verifier = (measure_check_digit("2875") + 1) % 10
    assert interpret(with_check(f"2300042{wrong_verifier}2875"), LABELS) == NotACode("check_digit")


def test_without_a_template_a_restricted_number_is_just_a_number() -> None:
    assert isinstance(interpret(with_check("210004200477"), ()), GoodCode)


@given(st.text(max_size=40))
def test_no_text_raises(text: str) -> None:
    assert isinstance(interpret(text, LABELS), GoodCode | LabelCode | NotACode)


@given(st.text(alphabet="0123456789", min_size=12, max_size=12))
def test_one_wrong_digit_is_always_noticed(digits: str) -> None:
    code = with_check("4" + digits[1:])
    for place in range(13):
        wrong = code[:place] + str((int(code[place]) + 1) % 10) + code[place + 1 :]
        if not wrong.startswith(("21", "22", "23")):
            assert interpret(wrong, LABELS) == NotACode("check_digit")


def test_gs1_data_is_a_good_with_what_its_code_says() -> None:
    found = interpret("]d20109520123456788310300019539220299\x1d1726053110AB-7\x1d217", LABELS, currency="EUR")
    assert isinstance(found, GoodWithData)
    assert (found.readings, found.lot, found.serial) == (("09520123456788",), "AB-7", "7")
    assert (found.grams, found.price_minor, found.currency) == (195, 299, "EUR")
    assert (found.expiry, found.best_before, found.flaw) == (dt.date(2026, 5, 31), None, None)
    assert found.kind is Kind.GOOD


@pytest.mark.parametrize(
    "text",
    [
        "]C1010952012345678810ABC\x1d15260500",
        "]e0010952012345678810ABC\x1d15260500",
        "]Q3010952012345678810ABC\x1d15260500",
        "]J1010952012345678810ABC\x1d15260500",
        "\x1d010952012345678810ABC\x1d15260500",
        "]C0\x1d010952012345678810ABC\x1d15260500",
        "010952012345678810ABC\x1d15260500",
        "(01)09520123456788(10)ABC(15)260500",
        "https://id.gs1.org/01/09520123456788/10/ABC?15=260500",
        "]Q1HTTP://shop.example/x/01/9520123456788/10/ABC?15=260500&lang=en#top",
        "]E09520123456788|]e010ABC\x1d15260500",
    ],
)
def test_every_carrier_of_gs1_data_says_the_same(text: str) -> None:
    found = interpret(text, LABELS)
    assert isinstance(found, GoodWithData)
    assert (found.readings, found.lot) == (("09520123456788",), "ABC")
    assert found.best_before == dt.date(2026, 5, 31)


def test_a_price_without_the_weight_it_is_for_is_still_a_good_with_a_flaw() -> None:
    found = interpret("]d2010952012345678839220299", LABELS)
    assert isinstance(found, GoodWithData)
    assert found.flaw is not None
    assert (found.flaw.code, found.price_minor) == ("partner_missing", 299)


def test_a_fraction_of_a_cent_is_no_price() -> None:
    found = interpret("]d20109520123456788310300019539232995", LABELS, currency="EUR")
    assert isinstance(found, GoodWithData)
    assert found.flaw is not None
    assert (found.flaw.code, found.price_minor) == ("price_fraction", None)


@pytest.mark.parametrize(
    ("text", "reason", "code", "at"),
    [
        ("]d20109520123456789", "check_digit", "check_digit", 18),
        ("]d2010952012345678817261301", "other", "illegal_month", 23),
        ("\x1d0109520123456789", "check_digit", "check_digit", 16),
        ("]d2010952012345678837\x1d", "other", "length", 21),
        ("]d201095201234567883712", "other", "exclusive", -1),
        ("]d20100000000000000", "other", "all_zero", -1),
        ("]E09520123456788|]e01526050", "other", "length", 22),
        ("]E095201234567X8", "other", "not_digits", 3),
        ("]E0123456789", "other", "length", 3),
        ("]E112", "other", "add_on_alone", 0),
        ("https://id.gs1.org/01/09520123456789", "check_digit", "check_digit", 35),
        ("(01)09520123456789", "check_digit", "check_digit", 17),
        ("(01)09520123456788(10", "other", "brackets", 18),
        ("4006381333932", "check_digit", "check_digit", 12),
        ("00000000", "other", "all_zero", 0),
        ("CL1R:", "other", "in_house", 5),
        ("CL1S:ab ", "other", "in_house", 5),
    ],
)
def test_what_was_to_be_a_code_says_what_is_wrong_with_it(text: str, reason: str, code: str, at: int) -> None:
    found = interpret(text, LABELS)
    assert found == NotACode(reason)
    assert isinstance(found, NotACode)
    assert found.problem is not None
    assert (found.problem.code, found.problem.at) == (code, at)
    assert found.kind is Kind.UNUSABLE


@pytest.mark.parametrize(
    "text",
    ["", "hello", "]", "]Q1", "https://example.com/offers/7", "HTTP://", "12345", "2345678", "0109520123456788x\x02"],
)
def test_any_other_text_is_no_code_and_no_fault(text: str) -> None:
    found = interpret(text, LABELS)
    assert (found.kind, found) == (Kind.OTHER, NotACode("other"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("]E0425261", ("00042100005264",)),
        ("]E00425261", ("00042100005264",)),
        ("]E004252614", ("00042100005264",)),
        ("]E0042100005264", ("00042100005264",)),
        ("]E096385074", ("00000096385074",)),
        ("]E496385074", ("00000096385074",)),
        ("]E404252614", ("00042100005264",)),
        ("]X004252614", ("00042100005264",)),
        ("]I105901234123457", ("05901234123457",)),
        ("]E05901234123457", ("05901234123457",)),
    ],
)
def test_upc_and_ean_by_identifier_and_length(text: str, expected: tuple[str, ...]) -> None:
    assert interpret(text, LABELS) == GoodCode(expected)


def test_the_identifier_says_which_reading_of_eight_digits_is_likelier() -> None:
    both = next(text for number in range(1, 100_000) if len(readings(text := with_check(f"0{number:06}"))) == 2)
    upc_e, ean_8 = (one.text for one in readings(both))
    assert interpret(f"]E0{both}", ()) == GoodCode((upc_e, ean_8))
    assert interpret(f"]E4{both}", ()) == GoodCode((ean_8, upc_e))


@pytest.mark.parametrize(
    ("text", "gtin14", "add_on"),
    [
        ("]E3977123456700312", "09771234567003", "12"),
        ("977123456700312", "09771234567003", "12"),
        ("978149205374352999", "09781492053743", "52999"),
        ("]E340063813339315", "", ""),
        ("]E3400638133393112", "04006381333931", "12"),
        ("]E303600029145212", "00036000291452", "12"),
        ("]E30425261412", "00042100005264", "12"),
    ],
)
def test_an_add_on_is_kept_beside_the_number(text: str, gtin14: str, add_on: str) -> None:
    found = interpret(text, LABELS)
    if not gtin14:
        assert isinstance(found, NotACode)
        return
    assert found == GoodCode((gtin14,), add_on)


def test_fifteen_digits_of_anything_else_are_no_add_on() -> None:
    assert interpret("400638133393112", LABELS) == NotACode("other")


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("CL1R:7-123-AbC", Kind.RECEIPT),
        ("]Q1CL1S:0101.07.42", Kind.SUSPENDED),
        ("CL1C:eyJhIjoxfQ", Kind.STORE_CREDIT),
        ("STAFF-4711", Kind.BADGE),
    ],
)
def test_codes_of_our_own_have_their_kind_and_never_show_what_they_hold(text: str, kind: Kind) -> None:
    found = interpret(text, LABELS, badge_prefix="STAFF-")
    assert isinstance(found, InHouseCode)
    assert (found.kind, found.reason) == (kind, "other")
    assert text.endswith(found.payload)
    assert found.payload not in repr(found)


@pytest.mark.parametrize("kind", list(PREFIXES))
def test_what_we_print_we_read(kind: Kind) -> None:
    found = interpret(write_in_house(kind, "a.b-c_1"), LABELS)
    assert isinstance(found, InHouseCode)
    assert (found.kind, found.payload) == (kind, "a.b-c_1")
    for payload in ("", " a", "a ", "ä", "x" * (PAYLOAD_MAX + 1)):
        with pytest.raises(ValueError, match="payload"):
            write_in_house(kind, payload)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        (with_check("990123456789"), ""),
        (with_check("981012345678"), ""),
        ("]e08110012345612345611110123", "012345612345611110123"),
        ("]d28112001234561234560123456", "001234561234560123456"),
        ("]C12551234567890128000042", "1234567890128000042"),
    ],
)
def test_coupons_are_no_goods(text: str, number: str) -> None:
    found = interpret(text, LABELS)
    assert isinstance(found, CouponCode)
    assert (found.kind, found.number) == (Kind.COUPON, number or text.zfill(14))


def test_a_pallet_is_gs1_data_and_nothing_to_sell() -> None:
    found = interpret("]C100006141411234567890", LABELS)
    assert isinstance(found, Gs1Code)
    assert (found.kind, found.elements[0].ai) == (Kind.GS1, "00")


@pytest.mark.parametrize(
    ("template", "text", "expected"),
    [
        ("2IIIIIVPPPPC", f"200042{measure_check_digit('0477')}0477", LabelCode("00042", price_minor=477)),
        ("2XIIIIIPPPPPC", "270004200477", LabelCode("00042", price_minor=477)),
        ("20XXXIIVPPPPC", f"2012342{measure_check_digit('0477')}0477", LabelCode("42", price_minor=477)),
        ("26IIIIIVNNNNC", f"2600042{measure_check_digit('0012')}0012", LabelCode("00042", count=12)),
        ("22IIIIIWWWWWC.1", "220004200025", LabelCode("00042", grams=2500)),
        ("22IIIIIWWWWWC.4", "220004200025", LabelCode("00042", grams=3)),
        ("21IIIIIPPPPPC.0", "210004200025", LabelCode("00042", price_minor=2500)),
        ("02IIIIIPPPPPC", "020004200477", LabelCode("00042", price_minor=477)),
    ],
)
def test_a_template_can_say_what_any_country_prints(template: str, text: str, expected: LabelCode) -> None:
    code = with_check(text)
    assert interpret(code, (template,), currency="EUR") == expected
    assert interpret(f"]E0{code}", (template,), currency="EUR") == expected
    assert interpret(code.zfill(13), (template,), currency="EUR") == expected
    assert interpret(f"]e001{code.zfill(14)}", (template,), currency="EUR") == expected


def test_a_label_in_a_currency_without_cents() -> None:
    assert interpret(with_check("210004200477"), ("21IIIIIPPPPPC.0",), currency="JPY") == LabelCode(
        "00042", price_minor=477
    )
    found = interpret(with_check("210004200477"), ("21IIIIIPPPPPC.2",), currency="JPY")
    assert isinstance(found, NotACode)
    assert found.problem is not None
    assert found.problem.code == "price_fraction"


def test_the_same_number_is_a_price_in_one_country_and_a_weight_in_another() -> None:
    text = "2302148210869"
    assert interpret(text, ("DK",)) == LabelCode("0214", price_minor=821_086)
    for country in ("EE", "FI", "LV", "LT", "NO", "SE"):
        assert interpret(text, (country,)) == LabelCode("021482", grams=1086)
    for country in ("DE", "GB"):
        assert not isinstance(interpret(text, (country,)), LabelCode)


@pytest.mark.parametrize("country", countries())
def test_national_templates_are_templates(country: str) -> None:
    assert all(is_template(one) for one in national_labels(country))


TEMPLATES = [
    *LABELS,
    *(one for country in countries() for one in (country, *national_labels(country))),
    "2IIIIIVPPPPC",
    "4IIIIIVPPPPC",
    "04IIIIIPPPPPC",
    "2XIIIIIPPPPPC",
    "20XXXIIVPPPPC",
    "21IIIIIPPPPVC",
]
NO_TEMPLATES = [
    "",
    "US",
    "se",
    "21IIIIIPPPPP",  # 12 characters, of which a UPC-A has its check digit
    "21IIIIIPPPPPCC",
    "21IIIIIIIIIIC",
    "21PPPPPPPPPPC",
    "21IIIIIPPWWWC",
    "21IIIIVPPPPPPC",
    "21IIIVPPPPPPC",
    "50IIIIIPPPPPC",
    "21iiiiiPPPPPC",
    "21IIIIIPPPPPC.6",
    "21IIIIIPPPPPC.",
    "21IIIIIPPPPPC\n",
    "21IIIIIPPPPPK",
]


@pytest.mark.parametrize("text", TEMPLATES)
def test_settings_take_what_is_a_template(text: str) -> None:
    assert is_template(text)
    assert msgspec.convert(text, type=PriceLabel) == text


@pytest.mark.parametrize("text", NO_TEMPLATES)
def test_settings_refuse_what_is_none_and_reading_passes_over_it(text: str) -> None:
    assert not is_template(text)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert(text, type=PriceLabel)
    assert isinstance(interpret(with_check("210004200477"), (text,)), GoodCode)


@given(st.sampled_from([one for one in TEMPLATES if len(one) > 2]), st.text("0123456789", min_size=13, max_size=13))
def test_a_label_is_the_same_without_its_measure(template: str, digits: str) -> None:
    stripped = without_measure(digits, (template,))
    assert without_measure(stripped, (template,)) == stripped
    found = interpret(stripped, (template,))
    if isinstance(found, LabelCode):
        assert 0 in {found.price_minor, found.grams, found.count}


SCANS = st.one_of(
    st.text(max_size=40),
    st.text(f"0123456789ABCabc\x1d|()]/?=&%+.:{chr(92)}", max_size=60),
    st.builds(
        str.__add__,
        st.sampled_from(
            [
                "]E0",
                "]E3",
                "]E4",
                "]C1",
                "]d2",
                "]Q3",
                "]e0",
                "]Q1",
                "]I1",
                "\x1d",
                "CL1R:",
                "https://id.gs1.org/",
                "01",
            ]
        ),
        st.text("0123456789AB\x1d|]e/?=&", max_size=40),
    ),
)


@given(SCANS, st.sampled_from(["", "EUR", "JPY", "no currency"]), st.integers(1980, 2100))
def test_whatever_is_scanned_has_one_meaning(text: str, currency: str, year: int) -> None:
    found = interpret(text, (*LABELS, "SE"), currency=currency, this_year=year, badge_prefix="B")
    assert isinstance(found, GoodCode | LabelCode | NotACode)
    if isinstance(found, GoodCode):
        assert all(len(one) == 14 and holds(one) for one in found.readings)
        assert found.readings
    if isinstance(found, NotACode) and found.problem:
        assert -1 <= found.problem.at <= len(text)
        assert found.problem.message


@given(st.text("0123456789", min_size=13, max_size=13), st.text(f"{CSET_82}", min_size=1, max_size=20))
def test_a_good_is_the_same_by_every_carrier(body: str, lot: str) -> None:
    good = with_check(body)
    elements = read_elements(f"\x1d01{good}10{lot}")
    assert not isinstance(elements, Problem)
    link = write_digital_link(elements)
    assert isinstance(link, str)
    carriers = (
        f"]d201{good}10{lot}",
        f"\x1d01{good}10{lot}",
        write_bracketed(elements),
        link,
    )
    meanings = [interpret(text, ()) for text in carriers]
    assert meanings == meanings[:1] * len(carriers)
