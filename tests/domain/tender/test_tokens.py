"""A store credit is told from a forgery without a network, and its number is never seen."""

from __future__ import annotations

import pytest
import qrcode
from hypothesis import given
from hypothesis import strategies as st
from qrcode.constants import ERROR_CORRECT_M

from kiosk.domain.signing import key_id
from kiosk.domain.tender import base45
from kiosk.domain.tender.account import AccountKey, credit_number, plain, read_number, shown
from kiosk.domain.tender.credit_token import PREFIX, StoreCredit, TokenReason, TokenRefused, issue, verify
from kiosk.domain.tender.kinds import Instrument
from tests.domain.policy.signers import ACME, STRANGER

KEYS = {key_id(ACME.public_hex): ACME.public_hex}
NUMBER = credit_number(bytes(range(10)))
CREDIT = StoreCredit(amount_minor=1299, currency="EUR", issuer="S0001/0000007", valid_until="2029-11-21", number=NUMBER)
TOKEN = issue(CREDIT, ACME.sign, ACME.public_hex)
TODAY = "2026-11-22"


def test_a_credit_comes_back_as_it_was_issued() -> None:
    assert verify(TOKEN, KEYS, TODAY) == CREDIT
    for_ever = StoreCredit(amount_minor=1, currency="CHF", issuer="x", number="1")
    assert verify(issue(for_ever, ACME.sign, ACME.public_hex), KEYS, "9999-12-31") == for_ever


def test_its_length_is_as_documented() -> None:
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M)
    code.add_data(TOKEN)
    assert (len(TOKEN), code.best_fit()) == (185, 8)
    assert set(TOKEN) <= set(base45.ALPHABET)


@pytest.mark.parametrize(
    ("text", "today", "reason"),
    [
        ("CL1R:" + TOKEN.removeprefix(PREFIX), TODAY, TokenReason.NO_CREDIT),
        ("", TODAY, TokenReason.NO_CREDIT),
        (PREFIX, TODAY, TokenReason.NO_CREDIT),
        (TOKEN[:-3], TODAY, TokenReason.NO_CREDIT),
        (TOKEN.lower(), TODAY, TokenReason.NO_CREDIT),
        (issue(CREDIT, STRANGER.sign, STRANGER.public_hex), TODAY, TokenReason.UNKNOWN_KEY),
        (issue(CREDIT, STRANGER.sign, ACME.public_hex), TODAY, TokenReason.BAD_SIGNATURE),
        (TOKEN, "2029-11-22", TokenReason.EXPIRED),
    ],
)
def test_what_is_not_good_is_refused(text: str, today: str, reason: TokenReason) -> None:
    refused = verify(text, KEYS, today)
    assert isinstance(refused, TokenRefused)
    assert refused.reason is reason
    assert verify(TOKEN, KEYS, "2029-11-21") == CREDIT


@given(st.data())
def test_any_changed_sign_is_refused(data: st.DataObject) -> None:
    at = data.draw(st.integers(0, len(TOKEN) - 1))
    other = data.draw(st.sampled_from(base45.ALPHABET + "aé").filter(lambda one: one != TOKEN[at]))
    assert isinstance(verify(TOKEN[:at] + other + TOKEN[at + 1 :], KEYS, TODAY), TokenRefused)


@given(st.data())
def test_any_changed_byte_is_refused(data: st.DataObject) -> None:
    raw = bytearray(base45.decode(TOKEN.removeprefix(PREFIX)) or b"")
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    assert isinstance(verify(PREFIX + base45.encode(bytes(raw)), KEYS, TODAY), TokenRefused)


@given(st.one_of(st.text(), st.text(base45.ALPHABET, min_size=120, max_size=240), st.binary().map(base45.encode)))
def test_any_text_gets_an_answer(text: str) -> None:
    assert isinstance(verify(PREFIX + text, KEYS, TODAY), TokenRefused)


def test_the_number_stays_out_of_texts() -> None:
    assert NUMBER not in repr(CREDIT)
    assert NUMBER not in TOKEN


@pytest.mark.parametrize(
    "fields",
    [
        {"amount_minor": 0},
        {"currency": "EURO"},
        {"issuer": ""},
        {"number": "é"},
        {"number": "1" * 41},
        {"valid_until": "2026-02-30"},
    ],
)
def test_a_credit_that_makes_no_sense_is_not_issued(fields: dict[str, object]) -> None:
    whole = {"amount_minor": 1, "currency": "EUR", "issuer": "x", "number": "1", "valid_until": ""}
    with pytest.raises(ValueError, match=r"\w"):
        StoreCredit(**{**whole, **fields})  # type: ignore[arg-type]  # wrong on purpose


def test_base45_of_the_standard() -> None:
    """The examples of RFC 9285, section 4."""
    assert base45.encode(b"AB") == "BB8"
    assert base45.encode(b"Hello!!") == "%69 VD92EX0"
    assert base45.encode(b"base-45") == "UJCLQE7W581"
    assert base45.decode("QED8WEX0") == b"ietf!"
    assert [base45.decode(text) for text in ("GGW", ":::", "A", "::", "bb8")] == [None] * 5


@given(st.binary())
def test_base45_there_and_back(raw: bytes) -> None:
    assert base45.decode(base45.encode(raw)) == raw


def test_an_account_is_a_keyed_hash() -> None:
    key = AccountKey(b"k" * 32)
    account = key.account_of(Instrument.GIFT_CARD, "6006 4912-3456 7890")
    assert account == key.account_of(Instrument.GIFT_CARD, "6006491234567890")
    assert account != key.account_of(Instrument.VOUCHER, "6006491234567890")
    assert account != AccountKey(b"j" * 32).account_of(Instrument.GIFT_CARD, "6006491234567890")
    assert (len(account), "6006" in repr(key), "kk" in repr(key)) == (64, False, False)
    with pytest.raises(ValueError, match="32 bytes"):
        AccountKey(b"short")


def test_at_most_four_signs_and_a_quarter_are_shown() -> None:
    assert [shown(number) for number in ("6006491234567890", "12345678", "123", "ab-cd efgh")] == [
        "7890",
        "78",
        "",
        "GH",
    ]


@given(st.binary(min_size=10, max_size=10), st.data())
def test_a_number_keyed_in_wrong_is_found(entropy: bytes, data: st.DataObject) -> None:
    number = credit_number(entropy)
    assert read_number(f" {number[:4].lower()}-{number[4:]}") == number
    assert plain(number) == number
    at = data.draw(st.integers(0, 15))
    other = data.draw(st.sampled_from("0123456789ABCDEFGHJKMNPQRSTVWXY").filter(lambda one: one != number[at]))
    if {number[at], other} != {"0", "Z"}:
        assert read_number(number[:at] + other + number[at + 1 :]) is None
    assert read_number(number + "0") is None
    with pytest.raises(ValueError, match="10 random bytes"):
        credit_number(entropy[:9])
