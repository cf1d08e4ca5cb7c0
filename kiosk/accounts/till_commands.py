"""What an operator can ask of a till."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.accounts.till_policy import Movement
from kiosk.messages.tills import Counted, ShiftSuspended


@dataclass(frozen=True, slots=True)
class OpenShift:
    """Begin a shift with so much cash in the drawer, in minor units."""

    till: str
    business_day: str
    float_minor: int = 0


@dataclass(frozen=True, slots=True)
class MoveCash:
    """Cash in or out without a sale; `amount_minor` > 0, its direction is in the word."""

    shift: str
    movement: Movement
    amount_minor: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class OpenDrawer:
    """Open the drawer without a sale."""

    till: str
    reason: str


@dataclass(frozen=True, slots=True)
class DrawerForced:
    """The drawer's sensor says open, and nobody asked for it."""

    till: str


@dataclass(frozen=True, slots=True)
class CountShift:
    """What was counted, one record a kind of tender; `denominations`: face value in minor units -> pieces."""

    shift: str
    counts: tuple[Counted, ...]


@dataclass(frozen=True, slots=True)
class SettleShift:
    """End a shift with its last count."""

    shift: str


@dataclass(frozen=True, slots=True)
class SuspendShift:
    """Park a shift with its till insert."""

    shift: str


@dataclass(frozen=True, slots=True)
class ResumeShift:
    """Go on with a parked shift at `till`. `parked` and `from_workstation` where it was parked at another one."""

    shift: str
    till: str
    parked: ShiftSuspended | None = None
    from_workstation: str = ""


@dataclass(frozen=True, slots=True)
class StartTraining:
    """From here on everything is for practice."""


@dataclass(frozen=True, slots=True)
class EndTraining:
    """Everything counts again; shifts for practice are forgotten."""


Command = (
    OpenShift
    | MoveCash
    | OpenDrawer
    | DrawerForced
    | CountShift
    | SettleShift
    | SuspendShift
    | ResumeShift
    | StartTraining
    | EndTraining
)
