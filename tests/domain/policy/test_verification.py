"""A policy is taken only if all of it is right: each rule is broken once, and everything else stays good."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kiosk.domain.policy.envelope import PURPOSE, PolicyDocument, PolicyScope, SignedPolicy, canonical, sign_policy
from kiosk.domain.policy.verification import Admitted, PolicyReason, PolicyRefused, Stamp, admit, verify
from kiosk.domain.signing import digest, key_id, verifies
from tests.domain.policy.signers import ACME, DEVICE, DOCUMENT, KNOWN, NOON, STORE, STORE_KEY, STRANGER, TENANT

GOOD = ACME.policy(DOCUMENT)


def test_a_good_policy_is_taken() -> None:
    admitted = verify(GOOD, KNOWN, NOON)
    assert isinstance(admitted, Admitted)
    assert admitted.document == DOCUMENT
    assert admitted.stamp.sequence == 4
    wire = msgspec.json.decode(msgspec.json.encode(GOOD), type=SignedPolicy)
    assert verify(wire, KNOWN, NOON) == admitted


def signed_text(body: str) -> SignedPolicy:
    """A text that is no document, signed by the right key."""
    signature = ACME.sign(digest(PURPOSE, body.encode()))
    return SignedPolicy(body=body, key=key_id(ACME.public_hex), signature=signature)


def changed(**fields: object) -> SignedPolicy:
    return ACME.policy(msgspec.structs.replace(DOCUMENT, **fields))


BROKEN: dict[str, tuple[SignedPolicy, PolicyReason]] = {
    "no signature": (replace(GOOD, signature=""), PolicyReason.UNSIGNED),
    "a stranger's key": (STRANGER.policy(DOCUMENT), PolicyReason.UNKNOWN_KEY),
    "a stranger under our name": (
        replace(STRANGER.policy(DOCUMENT), key=GOOD.key),
        PolicyReason.BAD_SIGNATURE,
    ),
    "one figure changed": (replace(GOOD, body=GOOD.body.replace("15", "16")), PolicyReason.BAD_SIGNATURE),
    "capitals in the signature": (replace(GOOD, signature=GOOD.signature.upper()), PolicyReason.BAD_SIGNATURE),
    "no hexadecimal digits": (replace(GOOD, signature="xyz"), PolicyReason.BAD_SIGNATURE),
    "signed for another purpose": (
        replace(GOOD, signature=ACME.sign(digest("checklane store credit 1", GOOD.body.encode()))),
        PolicyReason.BAD_SIGNATURE,
    ),
    "white space": (signed_text(GOOD.body.replace(":", ": ", 1)), PolicyReason.NOT_CANONICAL),
    "a key given twice": (signed_text('{"sequence":9,' + GOOD.body[1:]), PolicyReason.NOT_CANONICAL),
    "no JSON": (signed_text("{"), PolicyReason.UNREADABLE),
    "a fraction": (signed_text(GOOD.body.replace("15", "1.5")), PolicyReason.UNREADABLE),
    "a key of a later version": (signed_text('{"a":1,' + GOOD.body[1:]), PolicyReason.UNREADABLE),
    "a later version": (signed_text(GOOD.body.replace('"version":1', '"version":2')), PolicyReason.UNREADABLE),
    "a day that there is not": (
        signed_text(GOOD.body.replace("2026-12-01", "2026-11-31")),
        PolicyReason.UNREADABLE,
    ),
    "a store's key for all stores": (
        STORE_KEY.policy(replace(DOCUMENT, scope=TENANT)),
        PolicyReason.KEY_OUT_OF_SCOPE,
    ),
    "another store": (changed(scope=PolicyScope(tenant="acme", store_id="S2")), PolicyReason.OTHER_PLACE),
    "another lane": (changed(scope=replace(DEVICE, workstation_id="08")), PolicyReason.OTHER_PLACE),
    "another region": (changed(scope=PolicyScope(tenant="acme", region="north")), PolicyReason.OTHER_PLACE),
    "another tenant": (changed(scope=PolicyScope(tenant="other")), PolicyReason.KEY_OUT_OF_SCOPE),
    "a section nobody knows": (changed(sections={"gift_wrap": {}}), PolicyReason.UNKNOWN_SECTION),
    "a key nobody knows": (changed(sections={"self_checkout": {"pieces": 3}}), PolicyReason.BAD_SECTION),
    "a figure out of bounds": (changed(sections={"self_checkout": {"pieces_max": 0}}), PolicyReason.BAD_SECTION),
    "change on a card": (
        changed(sections={"tenders": {"kinds": {"card": {"over": "change"}}}}),
        PolicyReason.BAD_SECTION,
    ),
    "not yet": (changed(valid_from="2026-11-22T12:00:01Z"), PolicyReason.NOT_YET),
    "over": (changed(valid_until="2026-11-22T12:00:00Z"), PolicyReason.EXPIRED),
}


@pytest.mark.parametrize("how", BROKEN)
def test_a_policy_that_is_wrong_in_one_way_is_refused(how: str) -> None:
    envelope, reason = BROKEN[how]
    refused = verify(envelope, KNOWN, NOON)
    assert isinstance(refused, PolicyRefused)
    assert refused.reason is reason
    assert refused.sentence
    assert refused.remedy


def test_every_reason_is_tried_here_or_in_the_other_tests() -> None:
    elsewhere = {PolicyReason.OLDER, PolicyReason.SAME_NUMBER, PolicyReason.CONTRADICTION}
    assert {reason for _, reason in BROKEN.values()} | elsewhere == set(PolicyReason)


def test_older_ones_and_a_second_one_with_the_same_number_are_refused() -> None:
    admitted = verify(GOOD, KNOWN, NOON)
    assert isinstance(admitted, Admitted)
    after = dataclasses.replace(KNOWN, newest={STORE.name: admitted.stamp})
    assert verify(GOOD, after, NOON) == admitted
    assert reason_of(verify(changed(sequence=3), after, NOON)) is PolicyReason.OLDER
    assert reason_of(verify(changed(sections={}), after, NOON)) is PolicyReason.SAME_NUMBER
    assert isinstance(verify(changed(sequence=5), after, NOON), Admitted)
    other = dataclasses.replace(KNOWN, newest={TENANT.name: Stamp(99, "")})
    assert verify(GOOD, other, NOON) == admitted


def reason_of(outcome: Admitted | PolicyRefused) -> PolicyReason | None:
    return outcome.reason if isinstance(outcome, PolicyRefused) else None


def test_a_store_key_signs_for_its_store_and_the_lanes_in_it() -> None:
    for scope in (STORE, DEVICE):
        assert isinstance(verify(STORE_KEY.policy(replace(DOCUMENT, scope=scope)), KNOWN, NOON), Admitted)


def test_a_policy_of_the_future_is_kept() -> None:
    future = changed(valid_from="2026-11-25T00:00:00Z")
    assert isinstance(admit(future, KNOWN, NOON), Admitted)
    assert reason_of(verify(future, KNOWN, NOON)) is PolicyReason.NOT_YET


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (datetime(2026, 11, 22, 5, 59, 59, 999_999, tzinfo=UTC), PolicyReason.NOT_YET),
        (datetime(2026, 11, 22, 6, 0, 0, tzinfo=UTC), None),
        (datetime(2026, 12, 1, 5, 59, 59, 999_999, tzinfo=UTC), None),
        (datetime(2026, 12, 1, 6, 0, 0, tzinfo=UTC), PolicyReason.EXPIRED),
    ],
)
def test_it_begins_and_ends_at_the_second(now: datetime, reason: PolicyReason | None) -> None:
    assert reason_of(verify(GOOD, KNOWN, now)) is reason


@pytest.mark.parametrize(
    "make",
    [
        lambda: PolicyScope(tenant="acme", workstation_id="07"),
        lambda: replace(DOCUMENT, valid_until=DOCUMENT.valid_from),
        lambda: replace(DOCUMENT, valid_from="2026-02-30T00:00:00Z"),
    ],
)
def test_a_document_that_makes_no_sense_is_not_made(make: Callable[[], object]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        make()


def test_floats_have_no_canonical_text() -> None:
    with pytest.raises(TypeError):
        canonical({"a": [1, (2, 3.5)]})


def test_a_key_that_is_none_verifies_nothing() -> None:
    assert not verifies("00", "00", b"")
    assert not verifies("zz", "00", b"")


@given(st.data())
def test_any_changed_character_is_refused(data: st.DataObject) -> None:
    field = data.draw(st.sampled_from(("body", "key", "signature")))
    text = getattr(GOOD, field)
    at = data.draw(st.integers(0, len(text) - 1))
    other = data.draw(st.characters(codec="utf-8").filter(lambda one: one != text[at]))
    outcome = verify(msgspec.structs.replace(GOOD, **{field: text[:at] + other + text[at + 1 :]}), KNOWN, NOON)
    assert isinstance(outcome, PolicyRefused)


@given(st.text(max_size=60), st.text(max_size=20), st.text(max_size=130))
def test_any_text_gets_an_answer(body: str, key: str, signature: str) -> None:
    assert isinstance(verify(SignedPolicy(body=body, key=key, signature=signature), KNOWN, NOON), PolicyRefused)
    assert isinstance(verify(signed_text(body), KNOWN, NOON + timedelta(days=1)), PolicyRefused)


def test_a_policy_is_signed_over_its_text() -> None:
    document = PolicyDocument(
        scope=TENANT,
        valid_from="2026-01-01T00:00:00Z",
        valid_until="2027-01-01T00:00:00Z",
        sequence=1,
        sections={"self_checkout": {"signs": ["camera"], "allowed": True}},
    )
    envelope = sign_policy(document, ACME.sign, ACME.public_hex)
    assert envelope.body == (
        '{"scope":{"region":"","store_id":"","tenant":"acme","workstation_id":""},'
        '"sections":{"self_checkout":{"allowed":true,"signs":["camera"]}},"sequence":1,'
        '"valid_from":"2026-01-01T00:00:00Z","valid_until":"2027-01-01T00:00:00Z","version":1}'
    )
