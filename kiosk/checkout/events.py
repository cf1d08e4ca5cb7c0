"""What can happen to a lane: records of its drivers, touches of a person, time, and the start itself."""

from __future__ import annotations

from dataclasses import dataclass

from drivers.device import DeviceChanged
from drivers.drawer.interface import DrawerChanged, DrawerKicked, DrawerStuck
from drivers.nfc.interface import TagPresent
from drivers.payment.interface import (
    Approved,
    Declined,
    NotReversed,
    PaymentProgress,
    Reversed,
    TerminalInfo,
    Unknown,
)
from drivers.printer.interface import PrintJobChanged
from drivers.scale.interface import NoWeight, Weight
from drivers.scanner.interface import BadRead, Scan
from drivers.signature.interface import SignatureFailed, Signed, UnitIdentified
from kiosk.messages.contents import PaymentAttempt


@dataclass(frozen=True, slots=True)
class Resumed:
    """The process has started. `attempts` of the ledger have no result yet, or an approval that no sale names."""

    attempts: tuple[PaymentAttempt, ...] = ()


@dataclass(frozen=True, slots=True)
class Tick:
    """A second has passed; the time itself is in the surroundings."""


@dataclass(frozen=True, slots=True)
class LinkChanged:
    """How the agent stands: entries not yet booked and since when, whether headquarters answers, the catalog held."""

    unsent: int
    unsent_since: str
    online: bool
    catalog_version: int


@dataclass(frozen=True, slots=True)
class PolicyToldOf:
    """A signed policy that was refused, or that ran out without another; somebody has to see to it."""

    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class StartPressed:
    """The shopper begins without a scan."""


@dataclass(frozen=True, slots=True)
class LanguageChosen:
    """The shopper chose a language (ISO 639-1)."""

    language: str


@dataclass(frozen=True, slots=True)
class LineSelected:
    """A line was pressed: its controls open, or close if they were open."""

    line: int


@dataclass(frozen=True, slots=True)
class QuantityChanged:
    """One more or one fewer of a line."""

    line: int
    by: int


@dataclass(frozen=True, slots=True)
class LineRemoved:
    """The shopper strikes a line."""

    line: int


@dataclass(frozen=True, slots=True)
class LookupPressed:
    """The shopper looks a good up by its picture."""


@dataclass(frozen=True, slots=True)
class DepartmentChosen:
    """A department in the look-up; "" for all."""

    department: str


@dataclass(frozen=True, slots=True)
class ItemChosen:
    """A good in the look-up."""

    sku: str


@dataclass(frozen=True, slots=True)
class BackPressed:
    """Back to the basket."""


@dataclass(frozen=True, slots=True)
class ContinuePressed:
    """Go on: after an unknown code, or "I am still here"."""


@dataclass(frozen=True, slots=True)
class CancelPressed:
    """The shopper wants out: of the basket (asked once more), or of a payment."""


@dataclass(frozen=True, slots=True)
class CancelAnswered:
    """The answer to "cancel everything?"."""

    yes: bool


@dataclass(frozen=True, slots=True)
class PayPressed:
    """Pay, or try again after a decline."""


@dataclass(frozen=True, slots=True)
class NumberPressed:
    """The shopper is about to scan the serial number of the piece on a line."""

    line: int


@dataclass(frozen=True, slots=True)
class DonePressed:
    """The shopper has the receipt and leaves."""


@dataclass(frozen=True, slots=True)
class HelpPressed:
    """Call an attendant."""


@dataclass(frozen=True, slots=True)
class HelpHidden:
    """Go on with the basket while help is on its way (`cancel` False), or send it away."""

    cancel: bool


@dataclass(frozen=True, slots=True)
class AttendantActed:
    """An attendant at the lane pressed one of `kiosk.checkout.flow.attendant.Action`."""

    action: str


Touch = (
    StartPressed
    | LanguageChosen
    | LineSelected
    | QuantityChanged
    | LineRemoved
    | LookupPressed
    | DepartmentChosen
    | ItemChosen
    | BackPressed
    | ContinuePressed
    | CancelPressed
    | CancelAnswered
    | PayPressed
    | NumberPressed
    | DonePressed
    | HelpPressed
    | HelpHidden
    | AttendantActed
)

Event = (
    Resumed
    | Tick
    | LinkChanged
    | PolicyToldOf
    | Touch
    | Scan
    | BadRead
    | Weight
    | NoWeight
    | Approved
    | Declined
    | Unknown
    | Reversed
    | NotReversed
    | PaymentProgress
    | TerminalInfo
    | PrintJobChanged
    | Signed
    | SignatureFailed
    | UnitIdentified
    | TagPresent
    | DrawerChanged
    | DrawerKicked
    | DrawerStuck
    | DeviceChanged
)
