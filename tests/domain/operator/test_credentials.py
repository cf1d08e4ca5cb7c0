"""Badges and PINs as a device keeps them: hashes that fit one secret, and lists that nobody can change."""

from __future__ import annotations

import hashlib

import msgspec
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kiosk.domain.operator.credentials import Credentials, badge_hash, nfc_hash, nfc_id, pin_fits, pin_verifier
from kiosk.domain.operator.outcome import Refused
from kiosk.domain.operator.rights import default_roles
from kiosk.domain.operator.snapshot import SignedSnapshot, Snapshot, opened, sign
from kiosk.domain.signing import Signer, key_id
from tests.domain.operator.people import BADGES, BEGIN, CHEAP, NFC, SALT, people

KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER = Ed25519PrivateKey.from_private_bytes(b"x" * 32)


def public(key: Ed25519PrivateKey) -> str:
    return key.public_key().public_bytes_raw().hex()


def signer(key: Ed25519PrivateKey, *, forged: bool = False) -> tuple[Signer, str]:
    """Who signs: the key, and the public key it goes by; forged: another key under the same name."""
    private = OTHER if forged else key
    return lambda digest: private.sign(bytes.fromhex(digest)).hex(), public(key)


KEYS = {key_id(public(KEY)): public(KEY)}


def snapshot(**fields: object) -> Snapshot:
    made = Snapshot(
        store_id="0101",
        sequence=7,
        issued_s=BEGIN,
        valid_until_s=BEGIN + 86_400,
        operators=people(),
        roles=default_roles(),
    )
    return replace(made, **fields)


def test_a_badge_hash_is_the_one_of_the_settings_file() -> None:
    assert badge_hash("STAFF-0815") == hashlib.sha256(b"STAFF-0815").hexdigest()


def test_an_nfc_badge_is_known_by_its_id_as_capital_digits() -> None:
    assert nfc_id(NFC["ann"]) == "04A1B2C3D4E5F6"
    assert nfc_hash(NFC["ann"]) == hashlib.sha256(b"04A1B2C3D4E5F6").hexdigest()


def test_operators_are_found_by_badge_nfc_and_name() -> None:
    credentials = Credentials(people())
    found = (credentials.with_badge(BADGES["eve"]), credentials.with_nfc(NFC["ann"]), credentials.of("ben"))
    assert [one.operator for one in found if one] == ["eve", "ann", "ben"]
    assert credentials.with_badge("") is None
    assert credentials.with_nfc(b"") is None
    assert credentials.of("") is None


@given(st.text(min_size=1, max_size=12), st.text(min_size=1, max_size=12))
def test_a_verifier_fits_its_pin_only_and_never_holds_it(pin: str, other: str) -> None:
    verifier = pin_verifier(pin, SALT, CHEAP)
    assert pin_fits(pin, verifier)
    assert pin_fits(other, verifier) is (other == pin)


def test_the_same_pin_with_another_salt_looks_different() -> None:
    assert pin_verifier("2468", SALT, CHEAP) != pin_verifier("2468", SALT[::-1], CHEAP)


def test_the_usual_cost_is_what_the_rfc_recommends_at_least() -> None:
    verifier = pin_verifier("2468", SALT)
    assert verifier.startswith("scrypt$16384$")
    assert pin_fits("2468", verifier)


@pytest.mark.parametrize(
    "verifier", ["", "2468", "scrypt$3$AAAA$AAAA", "scrypt$999999$AAAA$AAAA", "scrypt$2$!$AAAA", "scrypt$2$AAAA$AAAA"]
)
def test_what_is_no_verifier_fits_nothing(verifier: str) -> None:
    assert not pin_fits("2468", verifier)


def test_a_short_salt_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="16 bytes"):
        pin_verifier("2468", b"salt", CHEAP)


def test_a_signed_list_is_opened() -> None:
    found = opened(sign(snapshot(), *signer(KEY)), KEYS, "0101", BEGIN)
    assert isinstance(found, Snapshot)
    assert found == snapshot()
    assert found.credentials().valid_until_s == BEGIN + 86_400


def test_a_list_that_ran_out_is_still_read() -> None:
    assert isinstance(opened(sign(snapshot(), *signer(KEY)), KEYS, "0101", BEGIN + 10**8), Snapshot)


@pytest.mark.parametrize(
    ("signed", "reason"),
    [
        (sign(snapshot(), *signer(OTHER)), "unknown_key"),
        (sign(snapshot(), *signer(KEY, forged=True)), "bad_signature"),
        (sign(snapshot(store_id="0102"), *signer(KEY)), "other_place"),
        (sign(snapshot(sequence=6), *signer(KEY)), "older"),
        (sign(snapshot(issued_s=BEGIN + 901), *signer(KEY)), "not_yet"),
        (sign(snapshot(valid_until_s=BEGIN), *signer(KEY)), "not_yet"),
        (sign(snapshot(version=2), *signer(KEY)), "unreadable"),
    ],
)
def test_a_list_that_cannot_be_trusted_is_refused(signed: SignedSnapshot, reason: str) -> None:
    found = opened(signed, KEYS, "0101", BEGIN, last_sequence=7)
    assert isinstance(found, Refused)
    assert found.reason == reason


@given(st.data())
def test_no_sign_of_a_signed_list_can_be_changed(data: st.DataObject) -> None:
    signed = sign(snapshot(), *signer(KEY))
    field = data.draw(st.sampled_from(["body", "signature"]))
    text = getattr(signed, field)
    at = data.draw(st.integers(0, len(text) - 1))
    sign_drawn = data.draw(st.characters(min_codepoint=32, max_codepoint=126).filter(lambda one: one != text[at]))
    changed = replace(signed, **{field: text[:at] + sign_drawn + text[at + 1 :]})
    found = opened(changed, KEYS, "0101", BEGIN)
    assert isinstance(found, Refused)
    assert found.reason == "bad_signature"


def test_a_signature_has_one_way_to_be_written() -> None:
    signed = sign(snapshot(), *signer(KEY))
    assert isinstance(opened(replace(signed, signature=signed.signature.upper()), KEYS, "0101", BEGIN), Refused)


def test_a_list_says_no_secret() -> None:
    text = msgspec.json.encode(sign(snapshot(), *signer(KEY))).decode()
    assert not [secret for secret in (*BADGES.values(), "2468", "1357") if secret in text]
