"""Operators for tests, with PINs that cost little to check, and a door that a day can be played at."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.domain.operator.attempts import Attempt, Gate, Outcome, SignOnRules, SignOnState
from kiosk.domain.operator.credentials import Credential, Credentials, badge_hash, nfc_hash, pin_verifier
from kiosk.domain.operator.sign_on import sign_on

CHEAP = 2
SALT = b"0123456789abcdef"
BADGES = {"ann": "BADGE-ANN", "ben": "BADGE-BEN", "eve": "BADGE-EVE"}
NFC = {"ann": bytes.fromhex("04a1b2c3d4e5f6")}
PINS = {"ann": "2468", "ben": "1357", "eve": "999999"}
BEGIN = 1_772_345_611


def people() -> tuple[Credential, ...]:
    """ann: badge, NFC or PIN; ben: badge and PIN together; eve: badge alone; zoe: blocked."""
    return (
        Credential(
            operator="ann",
            roles=("attendant",),
            badge_sha256=badge_hash(BADGES["ann"]),
            nfc_sha256=nfc_hash(NFC["ann"]),
            pin=pin_verifier(PINS["ann"], SALT, CHEAP),
        ),
        Credential(
            operator="ben",
            roles=("attendant",),
            badge_sha256=badge_hash(BADGES["ben"]),
            pin=pin_verifier(PINS["ben"], SALT, CHEAP),
            pin_wanted=True,
        ),
        Credential(operator="eve", roles=("supervisor",), badge_sha256=badge_hash(BADGES["eve"])),
        Credential(operator="zoe", roles=("manager",), badge_sha256=badge_hash("BADGE-ZOE"), locked=True),
    )


@dataclass
class Door:
    """One device: the state goes through JSON after every attempt, as through a restart."""

    rules: SignOnRules = field(default_factory=SignOnRules)
    valid_until_s: int | None = None
    offline: bool = False
    now_s: int = BEGIN
    state: SignOnState = field(default_factory=SignOnState)

    @property
    def gate(self) -> Gate:
        return Gate(Credentials(people(), BEGIN - 1_000, self.valid_until_s), self.rules, self.offline)

    def tries(self, attempt: Attempt, later_s: int = 1) -> tuple[Outcome, ...]:
        self.now_s += later_s
        self.state, outcomes = sign_on(self.state, attempt, self.gate, self.now_s)
        return outcomes
