"""The receipt's code: read back by any device that knows the keys, and refused when a single sign of it is another."""

from __future__ import annotations

import zlib

import pytest
import qrcode
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace
from qrcode.constants import ERROR_CORRECT_M

from kiosk.accounts.receipt_token import (
    PREFIX,
    PURPOSE,
    SIGNS_MAX,
    Token,
    TokenReason,
    TokenRefused,
    issue,
    verify,
    with_lines,
)
from kiosk.accounts.return_keys import PURPOSE as KEYS_PURPOSE
from kiosk.accounts.return_keys import (
    KeyList,
    KeysReason,
    KeysRefused,
    ReceiptKey,
    ReceiptKeys,
    SignedKeyList,
    sign_keys,
    verify_keys,
)
from kiosk.accounts.return_known import Answer, returnable
from kiosk.accounts.return_origin import origin_of
from kiosk.accounts.returns import plan_return
from kiosk.domain.returning.origin import SaleKey
from kiosk.domain.signing import digest, key_id
from kiosk.domain.tender import base45
from kiosk.messages.contents import DiscountGiven, Sale
from tests.accounts.return_samples import KEY, RULES, any_sale, desk, line, origin, planned, refused, sale, want

ALPHANUMERIC = set("0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:")


class Device:
    """A device with a key of its own, made from one number."""

    def __init__(self, number: int, store_id: str = "S1", workstation_id: str = "07") -> None:
        self.private = Ed25519PrivateKey.from_private_bytes(bytes([number] * 32))
        self.public_hex = self.private.public_key().public_bytes_raw().hex()
        self.key = ReceiptKey(public_hex=self.public_hex, store_id=store_id, workstation_id=workstation_id)

    def sign(self, hash_hex: str) -> str:
        return self.private.sign(bytes.fromhex(hash_hex)).hex()


OURS = Device(1)
KEYS = {key_id(OURS.public_hex): OURS.key}


def long_sale(count: int) -> Sale:
    """A week's shopping: EAN-13 as skus, prices and discounts as they come."""
    lines = [
        replace(
            line(
                at,
                97 + at * 37 % 1_900,
                quantity=1 + at % 3,
                unit_price_minor=99 + at * 53 % 1_200,
                tax_code="AB"[at % 2],
                tax_rate_ppm=(200_000, 100_000)[at % 2],
                discounts=(DiscountGiven(promotion=f"P{at % 3}", name="", amount_minor=at * 7),) if at % 4 == 0 else (),
            ),
            sku=str(4_000_000_000_000 + at * at * 7_919_337 % 999_999_999_999),
        )
        for at in range(1, count + 1)
    ]
    return sale(*lines)


def taken(text: str, keys: dict[str, ReceiptKey] | None = None) -> Token:
    found = verify(text, KEYS if keys is None else keys)
    assert isinstance(found, Token), found
    return found


def why_not(text: str, keys: dict[str, ReceiptKey] | None = None) -> TokenReason:
    found = verify(text, KEYS if keys is None else keys)
    assert isinstance(found, TokenRefused), found
    assert found.sentence
    assert found.remedy
    return found.reason


@given(any_sale(), st.sampled_from(["", "2026-12-22"]))
def test_a_receipt_reads_back_as_what_was_paid(sold: Sale, until: str) -> None:
    of = origin(sold, until, not_returnable=("sku1",))
    text = issue(of, OURS.sign, OURS.public_hex)
    assert set(text) <= ALPHANUMERIC
    assert text == issue(of, OURS.sign, OURS.public_hex)
    back = taken(text).origin
    assert (back.key, back.valid_until, back.originals) == (of.key, until, of.originals)
    assert back.lines
    assert of.lines
    for mine, theirs in zip(of.lines, back.lines, strict=True):
        assert theirs.priced == mine.priced
        assert (theirs.linked_to, theirs.returnable) == (mine.linked_to, mine.returnable)
    kept = of.lines[0]
    if kept.returnable:
        wanted = [want(1, kept.whole)]
        assert planned(plan_return(wanted, returnable(back, []), RULES, desk())).total_minor <= 0


@given(st.data())
@settings(max_examples=300)
def test_a_receipt_with_any_sign_changed_is_refused(data: st.DataObject) -> None:
    text = issue(origin(long_sale(3)), OURS.sign, OURS.public_hex)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.sampled_from(sorted(ALPHANUMERIC - {text[at]})))
    assert isinstance(verify(text[:at] + other + text[at + 1 :], KEYS), TokenRefused)
    assert isinstance(verify(text[:at] + text[at + 1 :], KEYS), TokenRefused)
    assert isinstance(verify(text + other, KEYS), TokenRefused)


@given(st.text(max_size=200) | st.binary(max_size=200).map(lambda raw: PREFIX + base45.encode(raw)))
def test_no_text_at_all_breaks_the_reader(text: str) -> None:
    assert isinstance(verify(text, KEYS), TokenRefused)


@given(st.binary(min_size=1, max_size=60))
def test_a_genuine_signature_over_anything_else_is_refused(record: bytes) -> None:
    for packed in (record, zlib.compress(record, wbits=-15)):
        assert why_not(signed(packed)) is TokenReason.NEWER_VERSION


def test_a_record_that_would_fill_the_memory_is_refused() -> None:
    assert why_not(signed(zlib.compress(b"\0" * 10_000_000, wbits=-15))) is TokenReason.NEWER_VERSION
    genuine = base45.decode(issue(origin(long_sale(2)), OURS.sign, OURS.public_hex).removeprefix(PREFIX))
    assert genuine
    assert why_not(signed(genuine[72:] + b"more")) is TokenReason.NEWER_VERSION
    assert why_not(signed(genuine[72:-1])) is TokenReason.NEWER_VERSION
    assert taken(signed(genuine[72:]))


def signed(record: bytes) -> str:
    name = bytes.fromhex(key_id(OURS.public_hex))
    signature = bytes.fromhex(OURS.sign(digest(PURPOSE, name + record)))
    return PREFIX + base45.encode(name + signature + record)


@pytest.mark.parametrize(("lines", "signs", "version"), [(1, 260, 9), (10, 509, 14), (40, 1_193, 23)])
def test_a_receipt_fits_a_code_that_a_receipt_printer_can_print(lines: int, signs: int, version: int) -> None:
    """The lengths that kiosk/domain/returning/README.md states; a few signs of play for another zlib."""
    text = issue(origin(long_sale(lines), "2026-12-22"), OURS.sign, OURS.public_hex)
    code = qrcode.QRCode(error_correction=ERROR_CORRECT_M)
    code.add_data(text, optimize=0)
    code.make(fit=True)
    assert abs(len(text) - signs) <= signs // 20
    assert code.version <= version + 1
    assert taken(text).origin.lines


def test_a_receipt_too_long_for_its_code_says_so_and_takes_its_lines_from_elsewhere() -> None:
    of = origin(long_sale(80), "2026-12-22")
    text = issue(of, OURS.sign, OURS.public_hex)
    assert len(text) <= 300
    token = taken(text)
    assert "headquarters or the printed list" in token.says
    assert (token.origin.lines, token.origin.total_minor, token.origin.originals) == (
        None,
        of.total_minor,
        of.originals,
    )
    assert refused(plan_return([want(1)], returnable(token.origin, []), RULES, desk())) == "lines_needed"
    told = with_lines(token, origin(long_sale(80)))
    assert isinstance(told, Token)
    assert not told.says
    assert told.origin.valid_until == "2026-12-22"
    assert planned(plan_return([want(1)], returnable(told.origin, [], Answer()), RULES, desk()))
    for other in (origin(long_sale(79)), token.origin, origin_of(SaleKey("S1", "07", 43), long_sale(80))):
        assert other
        wrong = with_lines(token, other)
        assert isinstance(wrong, TokenRefused)
        assert wrong.reason is TokenReason.OTHER_LINES


def test_the_longest_code_is_the_largest_that_is_printed() -> None:
    of = origin(long_sale(30))
    whole = issue(of, OURS.sign, OURS.public_hex)
    assert taken(issue(of, OURS.sign, OURS.public_hex, len(whole))).origin.lines
    assert taken(issue(of, OURS.sign, OURS.public_hex, len(whole) - 1)).origin.lines is None
    code = qrcode.QRCode(version=25, error_correction=ERROR_CORRECT_M)
    code.add_data("A" * SIGNS_MAX, optimize=0)
    code.make(fit=False)
    with pytest.raises(ValueError, match="lines are known"):
        issue(taken(issue(of, OURS.sign, OURS.public_hex, 1)).origin, OURS.sign, OURS.public_hex)


def test_only_the_key_of_the_device_that_is_named_counts() -> None:
    text = issue(origin(long_sale(2)), OURS.sign, OURS.public_hex)
    name = key_id(OURS.public_hex)
    assert why_not(text, {}) is TokenReason.UNKNOWN_KEY
    other = replace(OURS.key, public_hex=Device(2).public_hex)
    assert why_not(text, {name: other}) is TokenReason.BAD_SIGNATURE
    assert why_not(text, {name: replace(OURS.key, withdrawn=True)}) is TokenReason.KEY_WITHDRAWN
    assert why_not(text, {name: replace(OURS.key, workstation_id="08")}) is TokenReason.OTHER_DEVICE
    assert why_not(text, {name: replace(OURS.key, until="2026-11-21")}) is TokenReason.OTHER_DEVICE
    assert taken(text, {name: replace(OURS.key, until="2026-11-22")}).origin.key == KEY
    assert why_not("4006381333931") is TokenReason.NO_RECEIPT


def test_a_key_list_is_taken_only_whole_signed_and_new() -> None:
    office = Device(9)
    trusted = {key_id(office.public_hex): office.public_hex}
    listed = KeyList(tenant="acme", sequence=7, keys=(OURS.key, Device(2).key))
    good = sign_keys(listed, office.sign, office.public_hex)
    found = verify_keys(good, trusted, "acme", 7)
    assert isinstance(found, ReceiptKeys)
    assert found.keys[key_id(OURS.public_hex)] == OURS.key
    twice = sign_keys(replace(listed, keys=(OURS.key, OURS.key)), office.sign, office.public_hex)
    strange = replace(good, body=good.body.replace('"version":1', '"version":2'))
    for signed_list, tenant, last, reason in (
        (good, "acme", 8, KeysReason.OLDER),
        (good, "other", 0, KeysReason.OTHER_TENANT),
        (twice, "acme", 0, KeysReason.TWICE),
        (strange, "acme", 0, KeysReason.BAD_SIGNATURE),
        (replace(good, signature="zz"), "acme", 0, KeysReason.BAD_SIGNATURE),
        (replace(good, signature=good.signature.upper()), "acme", 0, KeysReason.BAD_SIGNATURE),
        (sign_keys(listed, OURS.sign, OURS.public_hex), "acme", 0, KeysReason.UNKNOWN_KEY),
        (resigned(strange.body, office), "acme", 0, KeysReason.UNREADABLE),
    ):
        wrong = verify_keys(signed_list, trusted, tenant, last)
        assert isinstance(wrong, KeysRefused)
        assert wrong.reason is reason


def resigned(body: str, office: Device) -> SignedKeyList:
    signature = office.sign(digest(KEYS_PURPOSE, body.encode()))
    return SignedKeyList(body=body, key=key_id(office.public_hex), signature=signature)
