"""What a sign-on is made of: the rules, the state that outlives a restart, what is tried, and what comes of it."""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Annotated

import msgspec

from kiosk.domain.operator.credentials import Credentials

Seconds = Annotated[int, msgspec.Meta(ge=1, le=30 * 86_400)]
Count = Annotated[int, msgspec.Meta(ge=1, le=100)]

# All operators together: who tries one PIN on everybody is slowed down too. No badge is ever kept out by this.
DEVICE = ""


class Method(enum.StrEnum):
    """How somebody signs on."""

    BADGE = "badge"
    NFC = "nfc"
    PIN = "pin"
    BADGE_AND_PIN = "badge_and_pin"


class SignOnRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`failures` wrong PINs in a row lock an operator out for `first_wait_s`, each further one for twice as long.

    `device_failures` is the same over all operators, for PINs without a badge. `grace_s`: how long after the list of
    operators ran out those go on who signed on here while it was good. `pin_wait_s`: how long a badge waits for a PIN.
    """

    failures: Count = 3
    device_failures: Count = 10
    first_wait_s: Seconds = 30
    longest_wait_s: Seconds = 3_600
    idle_s: Seconds = 180
    pin_wait_s: Seconds = 30
    grace_s: Annotated[int, msgspec.Meta(ge=0, le=30 * 86_400)] = 12 * 3_600
    pin_alone: bool = True


class Failures(msgspec.Struct, frozen=True, kw_only=True):
    """Wrong PINs in a row, and until when no other is looked at (seconds since 1970 UTC)."""

    count: int
    locked_until_s: int = 0


class SignOnState(msgspec.Struct, frozen=True, kw_only=True):
    """What must outlive a restart: a lock-out that ends by pulling the plug is none.

    `seen`: operator -> when signed on here last with a list still good. `latest_s` is the latest time ever seen: a
    clock that was set back brings no list back to life. `asked`: the badge that waits for its PIN.
    """

    operator: str = ""
    roles: tuple[str, ...] = ()
    method: str = ""
    active_s: int = 0
    asked: str = ""
    asked_s: int = 0
    failures: dict[str, Failures] = {}
    seen: dict[str, int] = {}
    latest_s: int = 0


@dataclass(frozen=True, slots=True)
class BadgeShown:
    """A badge's bar code was read."""

    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class NfcShown:
    """An NFC badge was held to the reader."""

    uid: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class PinEntered:
    """A PIN: of the badge that waits for it, or of `operator`, typed in."""

    pin: str = field(repr=False)
    operator: str = ""


@dataclass(frozen=True, slots=True)
class BadgeRemoved:
    """The badge was taken off the reader that it has to stay on."""


@dataclass(frozen=True, slots=True)
class Left:
    """The operator signs off."""


@dataclass(frozen=True, slots=True)
class Touched:
    """The operator did something."""


@dataclass(frozen=True, slots=True)
class Tick:
    """Time has passed."""


Attempt = BadgeShown | NfcShown | PinEntered | BadgeRemoved | Left | Touched | Tick


@dataclass(frozen=True, slots=True)
class SignedOn:
    """Somebody is signed on now. `offline`: against a list that headquarters could not confirm just now."""

    operator: str
    roles: tuple[str, ...]
    method: Method
    offline: bool


@dataclass(frozen=True, slots=True)
class SignedOff:
    """Nobody is any more; `reason`: person, idle, badge_removed, switched, expired."""

    operator: str
    reason: str


@dataclass(frozen=True, slots=True)
class PinWanted:
    """The badge is known, its PIN is wanted."""

    operator: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """A sign-on that failed; `operator` "" where nobody knows who. `wait_s`: how long to wait before another try."""

    operator: str
    method: Method
    reason: str
    sentence: str
    remedy: str
    wait_s: int = 0


Outcome = SignedOn | SignedOff | PinWanted | Refusal
Result = tuple[SignOnState, tuple[Outcome, ...]]


@dataclass(frozen=True, slots=True)
class Gate:
    """What a sign-on is checked against. `offline`: headquarters cannot be asked."""

    credentials: Credentials
    rules: SignOnRules = field(default_factory=SignOnRules)
    offline: bool = False
