"""What every device has in common: an error with a remedy, a lifecycle, conditions, and the shape of a driver."""

from __future__ import annotations

import enum
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol


class DeviceError(Exception):
    """Something a device could not do, said so that a person can act on it.

    `message` says what happened, `remedy` what to do about it. `permanent` is set where trying again without a person
    is pointless (no permission, port held by another program, wrong settings): the supervisor then reports `FAILED`
    instead of `LOST`, and tries again only at the slow end of its back-off.
    """

    def __init__(self, message: str, remedy: str, *, permanent: bool = False) -> None:
        super().__init__(f"{message} {remedy}")
        self.message = message
        self.remedy = remedy
        self.permanent = permanent


class Lifecycle(enum.StrEnum):
    """Where a device stands. READY only after it has answered in its own protocol, never after a mere open()."""

    OPENING = "opening"
    READY = "ready"
    LOST = "lost"
    FAILED = "failed"
    CLOSED = "closed"


class Category(enum.StrEnum):
    """Device categories, by their UnifiedPOS words."""

    SCANNER = "scanner"
    SCALE = "scale"
    BAGGING_SCALE = "bagging_scale"
    RECEIPT_PRINTER = "receipt_printer"
    PAYMENT_TERMINAL = "payment_terminal"
    SIGNATURE_UNIT = "signature_unit"
    NFC_READER = "nfc_reader"
    CASH_DRAWER = "cash_drawer"
    LINE_DISPLAY = "line_display"
    LANE_LIGHT = "lane_light"
    KEYPAD = "keypad"
    HEADSET_JACK = "headset_jack"
    LABEL_PRINTER = "label_printer"


class Severity(enum.StrEnum):
    """`WARNING`: still works, tend to it soon. `FAULT`: cannot do its work until a person has acted."""

    WARNING = "warning"
    FAULT = "fault"


@dataclass(frozen=True, slots=True)
class Condition:
    """One thing that is so at a device: `paper_out`, `cover_open`, `over_capacity`... with what to do about it."""

    code: str
    severity: Severity
    message: str
    remedy: str


class Link(enum.StrEnum):
    """What is known of the way to a device, apart from its lifecycle (UnifiedPOS: power state).

    UNKNOWN until it was opened and wherever it cannot be known; OFFLINE: there, and does not answer or says itself that
    it takes no work (a printer that is fed by its button); OFF: not there at all, unplugged or without power.
    """

    UNKNOWN = "unknown"
    ONLINE = "online"
    OFFLINE = "offline"
    OFF = "off"


class HealthLevel(enum.StrEnum):
    """How far a check may go (UnifiedPOS). None of them ever starts a payment.

    INTERNAL leaves the device alone, EXTERNAL may make it do something that a person sees or hears, INTERACTIVE needs
    a person to take part.
    """

    INTERNAL = "internal"
    EXTERNAL = "external"
    INTERACTIVE = "interactive"


@dataclass(frozen=True, slots=True)
class Finding:
    """What a driver found when it checked its device: `passed`, one line in `text`, and what to do where it failed."""

    passed: bool
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class DeviceChanged:
    """A device's lifecycle, its link or its set of conditions changed; posted by its supervisor and driver.

    `device` is the alias from the settings ("scanner", "hand_scanner", "scale", ...).
    """

    device: str
    category: Category
    lifecycle: Lifecycle
    conditions: tuple[Condition, ...] = ()
    link: Link = Link.UNKNOWN


@dataclass(frozen=True, slots=True)
class Conditions:
    """All conditions a driver now sees at its device; its supervisor passes them on as a `DeviceChanged`."""

    conditions: tuple[Condition, ...]
    link: Link = Link.ONLINE


class Slip(enum.StrEnum):
    """A thing worth counting that needs no record of its own; a driver emits it and its supervisor counts it."""

    BAD_FRAME = "bad_frame"
    CHECKSUM = "checksum"
    TIMEOUT = "timeout"


class AbsentError(DeviceError):
    """The device is not there at all (unplugged, no such node): its link is OFF, and plugging it in is the remedy."""


# What a driver and its supervisor hand their records to. Must be quick and safe to call from any thread.
Sink = Callable[[object], None]


class Driver(Protocol):
    """What a supervisor needs of any driver. All are called on the device's own thread only."""

    @property
    def category(self) -> Category:
        """The category this driver belongs to."""
        ...

    def open(self) -> None:
        """Connect and return once the device has answered in its protocol; `DeviceError` where it does not."""
        ...

    def listen(self, wake_fd: int, emit: Sink) -> None:
        """Wait for the device or for `wake_fd` to become readable, hand over what came in, and return.

        Returns at once when `wake_fd` is readable (without reading it), and at the latest after the driver's own
        check interval. Raises `DeviceError` or `OSError` when the device is gone.
        """
        ...

    def close(self) -> None:
        """Give every file and socket back. Never raises; may be called twice and after a failed `open`."""
        ...

    def check_health(self, level: HealthLevel) -> Finding:
        """Check the open device as far as `level` allows, within 10 s (INTERACTIVE: 60 s).

        INTERNAL writes nothing to the device. Raises `DeviceError` or `OSError` where the device is gone.
        """
        ...
