"""Sign-on and ledger: the badges of the settings go on working, and what happened is written down, no secret is."""

from __future__ import annotations

import hashlib

from kiosk.accounts.till_sign_on import credentials_of, entries_of
from kiosk.config import Attendant
from kiosk.domain.operator.attempts import BadgeShown, Gate, Left, PinWanted, SignOnState
from kiosk.domain.operator.sign_on import sign_on
from kiosk.messages.canonical import canonical
from kiosk.messages.tills import SignedOff, SignedOn, SignOnRefused

BADGE = "STAFF-0815"


def gate() -> Gate:
    attendant = Attendant(operator="ann", badge_sha256=hashlib.sha256(BADGE.encode()).hexdigest())
    return Gate(credentials_of([attendant]), offline=True)


def test_a_badge_of_the_settings_file_signs_on_and_never_runs_out() -> None:
    state, outcomes = sign_on(SignOnState(), BadgeShown(BADGE), gate(), 4_000_000_000)
    assert entries_of(outcomes) == (SignedOn(operator="ann", roles=("supervisor",), method="badge", offline=True),)
    _, outcomes = sign_on(state, Left(), gate(), 4_000_000_001)
    assert entries_of(outcomes) == (SignedOff(operator="ann", reason="person"),)


def test_a_refusal_is_written_down_without_what_was_read() -> None:
    attempt = BadgeShown("somebody's badge")
    _, outcomes = sign_on(SignOnState(), attempt, gate(), 0)
    (entry,) = entries_of(outcomes)
    assert entry == SignOnRefused(operator="", method="badge", reason="unknown")
    assert b"somebody" not in canonical(entry)
    assert "somebody" not in repr((attempt, outcomes))


def test_a_pin_that_is_still_wanted_leaves_nothing() -> None:
    assert entries_of((PinWanted("ann"),)) == ()


def test_an_attendant_has_the_roles_of_the_settings_file() -> None:
    digest = hashlib.sha256(BADGE.encode()).hexdigest()
    ben = Attendant(operator="ben", badge_sha256=digest, roles=("attendant", "technician"))
    _, outcomes = sign_on(SignOnState(), BadgeShown(BADGE), Gate(credentials_of([ben])), 0)
    assert entries_of(outcomes) == (SignedOn(operator="ben", roles=("attendant", "technician"), method="badge"),)
