"""Where a lane stands: one stage of the conversation, the open transaction, and what lies over any stage."""

from __future__ import annotations

import msgspec
from msgspec.structs import replace

from drivers.device import Category, Condition, Lifecycle, Severity
from kiosk.accounts.till_drawer import DrawerWatch
from kiosk.checkout.duty import Duty
from kiosk.domain.attention.records import Matter
from kiosk.domain.fiscal.interface import Pending
from kiosk.domain.transaction import Transaction
from kiosk.messages.contents import PaymentAttempt


class _Stage(msgspec.Struct, frozen=True, tag_field="stage"):
    """One stage; its tag is its name on disk."""


class Closed(_Stage, frozen=True, tag="closed"):
    """Not selling until an attendant opens the lane."""


class Attract(_Stage, frozen=True, tag="attract"):
    """Waiting for a shopper."""


class Basket(_Stage, frozen=True, tag="basket"):
    """Goods are being scanned. `selected` is the line whose controls are shown."""

    selected: int | None = None


class Lookup(_Stage, frozen=True, tag="lookup"):
    """Picking a good by its picture; `department` "" shows all of them."""

    department: str = ""


class Weighing(_Stage, frozen=True, tag="weighing"):
    """Waiting for a stable weight of `sku`. `problem` is the scale's latest word (a `WeighProblem` or "")."""

    sku: str
    request: str
    code: str = ""
    problem: str = ""


class UnknownCode(_Stage, frozen=True, tag="unknown_code"):
    """A code that sells nothing here.

    `reason`: unknown, check_digit, other, not_for_sale, not_now, expired, recalled, or a `kiosk.domain.barcode.Kind`.
    """

    reason: str


class Attention(_Stage, frozen=True, tag="attention"):
    """Something in the basket has to be solved before it can be paid: the list is in `Volatile.matters`.

    `reading` is the line whose serial number the shopper is about to scan, 0 for none.
    """

    reading: int = 0


class Asking(_Stage, frozen=True, tag="asking"):
    """The payment terminal has been asked. `step` is what it waits for; `cancelling` once the shopper wants out."""

    attempt: PaymentAttempt
    step: str = ""
    cancelling: bool = False


class InDoubt(_Stage, frozen=True, tag="in_doubt"):
    """It is not known whether the card was charged; the terminal is being asked what became of the attempt.

    `wanted` is False for an attempt that no basket waits for any more: an approval then is reversed. `asking` is True
    while an enquiry is under way, `enquiries` counts those that brought no answer.
    """

    attempt: PaymentAttempt
    wanted: bool = True
    asking: bool = True
    enquiries: int = 0
    asked_ms: int = 0


class Declined(_Stage, frozen=True, tag="declined"):
    """Nothing was charged. `reason` is a `DeclineReason`."""

    reason: str


class Receipt(_Stage, frozen=True, tag="receipt"):
    """Paid and booked; the receipt is being printed. `printing` is a `PrintState`.

    `held` is so after a restart, until the printer is there and the job can be asked for again.
    """

    sequence_number: int
    total_minor: int
    job_id: str
    printing: str = "queued"
    since_ms: int = 0
    held: bool = False


class Thanks(_Stage, frozen=True, tag="thanks"):
    """Good-bye, for a moment."""

    since_ms: int = 0


Stage = (
    Closed
    | Attract
    | Basket
    | Lookup
    | Weighing
    | UnknownCode
    | Attention
    | Asking
    | InDoubt
    | Declined
    | Receipt
    | Thanks
)

# Stages in which a shopper's basket is open and nothing has been asked of the payment terminal.
SHOPPING = (Basket, Lookup, Weighing, UnknownCode, Attention)


class Reversal(msgspec.Struct, frozen=True):
    """A charge being taken back: nobody waits for it on the screen."""

    attempt: PaymentAttempt
    receipt_number: int


class Signing(msgspec.Struct, frozen=True):
    """A fiscal receipt that the signature unit was asked for. `print_job` is printed once it has ended, "" for none.

    A crash ends it unsigned: what the unit may have answered was never recorded.
    """

    pending: Pending
    sequence_number: int = 0
    print_job: str = ""
    since_ms: int = 0


class DeviceStatus(msgspec.Struct, frozen=True):
    """What a device last said of itself."""

    alias: str
    category: Category
    lifecycle: Lifecycle
    conditions: tuple[Condition, ...] = ()

    @property
    def works(self) -> bool:
        """Ready, and no condition keeps it from its work."""
        return self.lifecycle is Lifecycle.READY and not self.fault

    @property
    def fault(self) -> Condition | None:
        """The first condition that keeps it from its work."""
        return next((one for one in self.conditions if one.severity is Severity.FAULT), None)


class Notice(msgspec.Struct, frozen=True):
    """A passing message: a phrase key, a name to put into it, and when it goes (monotonic ms)."""

    code: str
    name: str = ""
    until_ms: int = 0


class Volatile(msgspec.Struct, frozen=True, kw_only=True):
    """What is true only while the process runs and is not kept on disk. Times are monotonic milliseconds.

    `matters` is what still has to be solved before payment, while anybody looks at it; `matter` counts how often the
    attendant went on to the next one, `numbers` are those scanned so far for the one that wants several.
    `drawer_known`: the drawer's sensor has spoken since the start.
    """

    devices: tuple[DeviceStatus, ...] = ()
    notice: Notice | None = None
    touched_ms: int = 0
    idle_since_ms: int | None = None
    idle_left_s: int = 0
    scanned: str = ""
    scanned_ms: int = 0
    confirm_cancel: bool = False
    terminal_receipt: int | None = None
    signature_unit: str | None = None
    unsent: int = 0
    unsent_since: str = ""
    online: bool = False
    catalog_version: int = 0
    matters: tuple[Matter, ...] = ()
    matter: int = 0
    numbers: tuple[str, ...] = ()
    drawer: DrawerWatch = DrawerWatch()
    drawer_known: bool = False


class LaneState(msgspec.Struct, frozen=True, kw_only=True):
    """All of it. Everything but `now` is on disk before it is shown."""

    stage: Stage = Closed()
    transaction: Transaction | None = None
    business_day: str = ""
    language: str = ""
    help_called: bool = False
    help_shown: bool = False
    attendant: str = ""
    duty: Duty = Duty()
    reversals: tuple[Reversal, ...] = ()
    doubts: tuple[PaymentAttempt, ...] = ()
    copies: int = 0
    last_sale: int = 0
    signing: Signing | None = None
    now: Volatile = Volatile()

    @property
    def training(self) -> bool:
        """Whether everything is for practice."""
        return bool(self.duty.trainee)

    def device(self, category: Category) -> DeviceStatus | None:
        """The status of the device of a category; with several, one that works if any does."""
        found = [one for one in self.now.devices if one.category is category]
        return next((one for one in found if one.works), found[0] if found else None)


def durable(state: LaneState) -> LaneState:
    """The part of a state that outlives the process."""
    return replace(state, now=Volatile())


def encode(state: LaneState) -> bytes:
    """The durable part, as kept in `till.db`."""
    return msgspec.json.encode(durable(state))


def decode(data: bytes) -> LaneState:
    """Read a kept state back; `msgspec.ValidationError` where it is none."""
    return msgspec.json.decode(data, type=LaneState)
