"""Between the sign-on and the ledger: outcomes as entries, and the attendants of the settings as credentials."""

from __future__ import annotations

from collections.abc import Iterable

from kiosk.config import Attendant
from kiosk.domain.operator import attempts
from kiosk.domain.operator.credentials import Credential, Credentials
from kiosk.messages.contents import Content
from kiosk.messages.tills import SignedOff, SignedOn, SignOnRefused


def entries_of(outcomes: Iterable[attempts.Outcome]) -> tuple[Content, ...]:
    """What a sign-on leaves in the ledger, in order; a PIN that is still wanted leaves nothing."""
    return tuple(entry for outcome in outcomes if (entry := _entry(outcome)) is not None)


def credentials_of(attendants: Iterable[Attendant]) -> Credentials:
    """The attendants of a settings file; they do not run out, the settings are signed."""
    operators = tuple(
        Credential(operator=one.operator, roles=one.roles, badge_sha256=one.badge_sha256) for one in attendants
    )
    return Credentials(operators)


def _entry(outcome: attempts.Outcome) -> Content | None:
    match outcome:
        case attempts.SignedOn(operator, roles, method, offline):
            return SignedOn(operator=operator, roles=roles, method=method.value, offline=offline)
        case attempts.SignedOff(operator, reason):
            return SignedOff(operator=operator, reason=reason)
        case attempts.Refusal(operator=operator, method=method, reason=reason):
            return SignOnRefused(operator=operator, method=method.value, reason=reason)
        case attempts.PinWanted():
            return None
