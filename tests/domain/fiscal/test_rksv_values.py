"""Texts of the Austrian code: what is written is read back, and nothing else is read."""

from __future__ import annotations

import json
from collections.abc import Callable

import msgspec
import pytest
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.fiscal.interface import FiscalEntry, FiscalError, ReceiptKind, TaxAmount
from kiosk.domain.fiscal.rksv import texts
from kiosk.domain.fiscal.rksv.compact import (
    Receipt,
    compact_text,
    ocr_text,
    qr_text,
    receipt_from_compact,
    receipt_from_ocr,
    receipt_from_qr,
)
from kiosk.domain.fiscal.rksv.counter import decrypt_turnover, encrypt_turnover, key_check
from kiosk.domain.fiscal.rksv.dep import dep_from, export
from kiosk.domain.fiscal.rksv.keys import aes_key_from, certificates_in, container, keys_from
from kiosk.domain.fiscal.rksv.record import (
    Record,
    TaxSets,
    Unreadable,
    amount_from,
    amount_text,
    record_from,
    record_text,
)
from kiosk.domain.fiscal.rksv.tax import tax_sets
from kiosk.domain.fiscal.rksv.verifier import verify
from tests.domain.fiscal.austria import AES_KEY, Shop, new_unit

NAMES = st.text(
    st.one_of(
        st.characters(min_codepoint=33, max_codepoint=126, exclude_characters="_"), st.sampled_from("ÄÖÜßäöü é中€")
    ),
    min_size=1,
    max_size=20,
)
CENTS = st.integers(-(10**12), 10**12)
RECORDS = st.builds(
    Record,
    suite=st.sampled_from(["R1-AT0", "R1-AT1", "R1-AT100"]),
    cash_box_id=NAMES,
    number=NAMES,
    at=st.datetimes().map(lambda at: at.replace(microsecond=0).isoformat()),
    amounts=st.builds(TaxSets, CENTS, CENTS, CENTS, CENTS, CENTS),
    counter=st.one_of(st.sampled_from([b"TRA", b"STO"]), st.binary(min_size=5, max_size=16)),
    serial=NAMES,
    chain=st.binary(min_size=8, max_size=8),
)
RECEIPTS = st.builds(Receipt, RECORDS, st.one_of(st.none(), st.binary(min_size=64, max_size=64)))


@given(RECEIPTS)
def test_every_receipt_is_read_back_from_all_its_forms(receipt: Receipt) -> None:
    assert record_from(record_text(receipt.record)) == receipt.record
    assert receipt_from_compact(compact_text(receipt)) == receipt
    assert receipt_from_qr(qr_text(receipt)) == receipt
    assert receipt_from_ocr(ocr_text(receipt)) == receipt


@given(RECEIPTS, st.integers(0, 2000), st.characters())
def test_a_changed_text_is_another_receipt_or_none(receipt: Receipt, at: int, sign: str) -> None:
    for write, read in ((compact_text, receipt_from_compact), (qr_text, receipt_from_qr), (ocr_text, receipt_from_ocr)):
        text = write(receipt)
        at %= len(text)
        changed = text[:at] + sign + text[at + 1 :]
        assert (read(changed) == receipt) is (changed == text)


@given(st.text(max_size=200))
def test_any_text_is_read_without_an_error(text: str) -> None:
    for read in (receipt_from_compact, receipt_from_qr, receipt_from_ocr, record_from):
        assert isinstance(read(text), Unreadable)


@given(CENTS)
def test_amounts_are_written_as_the_law_wants_and_read_back(amount_minor: int) -> None:
    assert amount_from(amount_text(amount_minor)) == amount_minor


@pytest.mark.parametrize(
    ("cents", "text"), [(0, "0,00"), (5, "0,05"), (-72, "-0,72"), (-2981, "-29,81"), (123456, "1234,56")]
)
def test_an_amount_has_two_places_and_its_sign(cents: int, text: str) -> None:
    assert amount_text(cents) == text


@pytest.mark.parametrize(
    "text", ["", "1", "1,0", "1.00", "01,00", "-0,00", "+1,00", "1,000", " 1,00", "1,00\n", "١,00"]
)
def test_what_is_no_amount(text: str) -> None:
    assert amount_from(text) is None


@pytest.mark.parametrize(
    ("read", "text"),
    [
        (texts.from_base64, "TR=="),  # unused bits are set
        (texts.from_base64, "TQ"),
        (texts.from_base64, "T Q=="),
        (texts.from_base64url, "TQ=="),
        (texts.from_base64url, "TR"),
        (texts.from_base64url, "T+Q/"),
        (texts.from_base32, "ju======"),
        (texts.from_base32, "JV======"),
        (texts.from_base64, "é"),
    ],
)
def test_one_value_has_one_text(read: Callable[[str], bytes | None], text: str) -> None:
    assert read(text) is None


@given(st.binary(min_size=32, max_size=32), NAMES, NAMES, st.integers(5, 8), st.data())
def test_a_turnover_counter_is_decrypted_with_its_key_and_number_only(
    key: bytes, box: str, number: str, width: int, data: st.DataObject
) -> None:
    cents = data.draw(st.integers(-(2 ** (8 * width - 1)), 2 ** (8 * width - 1) - 1))
    counter = encrypt_turnover(key, box, number, cents, width)
    assert len(counter) == width
    assert decrypt_turnover(key, box, number, counter) == cents
    other = bytes([key[0] ^ 1]) + key[1:]
    assert decrypt_turnover(other, box, number, counter) != cents
    assert decrypt_turnover(key, box, number + "x", counter) != cents


def test_the_check_value_of_a_key_has_three_bytes() -> None:
    assert len(key_check(AES_KEY)) == 4
    assert key_check(AES_KEY) != key_check(bytes(32))


def test_tax_rates_go_to_their_sets_and_others_are_special() -> None:
    rates = [(200_000, 1), (100_000, 2), (130_000, 4), (0, 8), (190_000, 16), (50_000, 32), (200_000, 64)]
    assert tax_sets(TaxAmount(*rate) for rate in rates) == TaxSets(65, 2, 4, 8, 48)


def test_an_export_of_nothing_is_an_export() -> None:
    empty = {"Signaturzertifikat": "", "Zertifizierungsstellen": [], "Belege-kompakt": []}
    assert export([]) == {"Belege-Gruppe": [empty]}


def test_an_export_names_the_issuers_of_a_certificate() -> None:
    entry = FiscalEntry(
        kind=ReceiptKind.START, number="1", at="2026-01-01T00:00:00", record="a.b.c", certificate="QQ=="
    )
    dep = dep_from(json.dumps(export([entry], {"QQ==": ["Qg=="]})).encode())
    assert dep.groups[0].authorities == ("Qg==",)
    assert dep.groups[0].certificate_der == b"A"
    assert dep.groups[0].receipts == ("a.b.c",)


@pytest.mark.parametrize("content", [b"", b"[]", b"{}", b'{"Belege-Gruppe": [{}]}', b"\xff"])
def test_what_is_no_export_is_said_so(content: bytes) -> None:
    with pytest.raises(FiscalError, match="no DEP export") as caught:
        dep_from(content)
    assert caught.value.remedy


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda box: box.clear(), "no container of keys"),
        (lambda box: box.update(base64AESKey="c2VjcmV0"), "no AES key of 32 bytes"),
        (lambda box: box.update(base64AESKey=7), "no container of keys"),
        (lambda box: one_unit(box).update(signatureCertificateOrPublicKey="c2VjcmV0"), "no usable P-256 key"),
        (lambda box: one_unit(box).update(signatureDeviceType="PUBLIC_KEY"), "no usable P-256 key"),
    ],
)
def test_keys_that_cannot_be_used_are_said_so_without_quoting_them(
    change: Callable[[dict[str, object]], None], said: str
) -> None:
    unit = new_unit()
    box = json.loads(json.dumps(container(AES_KEY, {unit.serial: unit.certificate})))
    assert list(keys_from(json.dumps(box).encode()).units) == [unit.serial]
    change(box)
    with pytest.raises(FiscalError, match=said) as caught:
        keys_from(json.dumps(box).encode())
    assert caught.value.remedy
    assert "c2VjcmV0" not in str(caught.value)


def test_an_aes_key_is_read_from_its_text_and_never_quoted() -> None:
    assert aes_key_from(texts.to_base64(AES_KEY) + "\n") == AES_KEY
    for wrong in ("", "c2VjcmV0", texts.to_base64(AES_KEY)[:-1]):
        with pytest.raises(FiscalError, match="no AES key of 32 bytes") as caught:
            aes_key_from(wrong)
        assert not wrong or wrong not in str(caught.value)


def test_the_keys_for_an_auditor_come_out_of_the_entries() -> None:
    shop = Shop([new_unit(), new_unit()])
    shop.make(ReceiptKind.START)
    shop.make(ReceiptKind.ZERO, unit=1)
    assert certificates_in(shop.entries) == {unit.serial: unit.certificate for unit in shop.units}
    found = container(AES_KEY, certificates_in(shop.entries))
    assert verify(shop.dep(), keys_from(json.dumps(found).encode())).intact
    assert list(certificates_in(shop.entries[:1], "U:ATU12345678-1")) == ["U:ATU12345678-1"]
    broken = msgspec.structs.replace(shop.entries[0], certificate="QQ==")
    with pytest.raises(FiscalError, match="certificate that cannot be read"):
        certificates_in([broken])


def one_unit(box: dict[str, object]) -> dict[str, object]:
    units = box["certificateOrPublicKeyMap"]
    assert isinstance(units, dict)
    (unit,) = units.values()
    assert isinstance(unit, dict)
    return unit


def test_a_public_key_alone_will_do() -> None:
    unit = new_unit()
    box = json.loads(json.dumps(container(AES_KEY, {"U:ATU12345678-1": unit.certificate})))
    one = one_unit(box)
    one["signatureDeviceType"] = "PUBLIC_KEY"
    one["signatureCertificateOrPublicKey"] = texts.to_base64(public_key(unit.certificate))
    keys = keys_from(json.dumps(box).encode())
    assert keys.certificates == {}
    assert list(keys.units) == ["U:ATU12345678-1"]
    assert repr(AES_KEY) not in repr(keys)


def public_key(certificate: bytes) -> bytes:
    key = x509.load_der_x509_certificate(certificate).public_key()
    return key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
