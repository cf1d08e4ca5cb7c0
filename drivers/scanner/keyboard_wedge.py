"""A scanner that types like a keyboard, read from its event device, grabbed so that nothing else sees the keys."""

from __future__ import annotations

import contextlib
import errno
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Annotated, Literal, Protocol

import evdev
import msgspec

from drivers.device import Category, DeviceError, Sink
from drivers.scanner.interface import BadRead, Scan
from drivers.scanner.key_decoder import EV_KEY, KEY_ENTER, KeyDecoder
from drivers.scanner.layouts import by_name
from drivers.transport.waiting import Deadline, wait_readable

# A scanner types a key every few milliseconds, a person never two in this time.
GAP_S = 0.1
# Nothing to check while idle: a device that goes away ends the wait by itself.
IDLE_S = 30.0


class KeyboardWedgeSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of a scanner that types. `vendor` and `product` are its USB ids; `lsusb` shows them (in hexadecimal).

    Of two alike, `serial` (where the scanner has one) or `usb_port` ("usb-0000:00:14.0-2", or with "/input0" where one
    scanner shows two keyboards) tells which. `layout` is the one set in the scanner, whatever the system's is.
    """

    driver: str
    vendor: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Fa-f]{4}$")]
    product: Annotated[str, msgspec.Meta(pattern=r"^[0-9A-Fa-f]{4}$")]
    serial: Annotated[str, msgspec.Meta(max_length=128)] = ""
    usb_port: Annotated[str, msgspec.Meta(max_length=256)] = ""
    layout: Literal["us", "de"] = "us"
    terminator: Literal["enter", "tab"] = "enter"
    aim_ids: bool = True


class KeyEvent(Protocol):
    """One event of linux/input.h, as `evdev.InputEvent` has it."""

    @property
    def type(self) -> int: ...  # noqa: D102 # as in evdev
    @property
    def code(self) -> int: ...  # noqa: D102 # as in evdev
    @property
    def value(self) -> int: ...  # noqa: D102 # as in evdev


class _Ids(Protocol):
    @property
    def vendor(self) -> int: ...
    @property
    def product(self) -> int: ...


class Keyboard(Protocol):
    """An open event device, as `evdev.InputDevice` has it. `phys` is the place it is plugged in, `uniq` its serial."""

    @property
    def fd(self) -> int: ...  # noqa: D102 # as in evdev
    @property
    def info(self) -> _Ids: ...  # noqa: D102 # as in evdev
    @property
    def phys(self) -> str: ...  # noqa: D102 # as in evdev
    @property
    def uniq(self) -> str: ...  # noqa: D102 # as in evdev
    def capabilities(self) -> dict[int, list[int]]: ...  # noqa: D102 # as in evdev
    def grab(self) -> None: ...  # noqa: D102 # as in evdev
    def read(self) -> Iterable[KeyEvent]: ...  # noqa: D102 # as in evdev
    def close(self) -> None: ...  # noqa: D102 # as in evdev


# Opens every event device it may; the second is how many it may not.
OpenKeyboards = Callable[[], tuple[Sequence[Keyboard], int]]


def open_keyboards() -> tuple[Sequence[Keyboard], int]:
    """Open all event devices that may be opened, to look at what they are; say how many others there are."""
    paths = evdev.list_devices()
    keyboards: list[Keyboard] = []
    for path in paths:
        # One that went away since it was listed is not there.
        with contextlib.suppress(OSError):
            keyboards.append(evdev.InputDevice(path, readonly=True))
    return keyboards, len(list(Path("/dev/input").glob("event*"))) - len(paths)


class KeyboardWedge:
    """Driver of a scanner that types; see `drivers.device.Driver`. READY once found and grabbed."""

    def __init__(
        self,
        alias: str,
        settings: KeyboardWedgeSettings,
        sink: Sink,
        *,
        keyboards: OpenKeyboards = open_keyboards,
    ) -> None:
        self._alias = alias
        self._settings = settings
        self._sink = sink
        self._keyboards = keyboards
        self._decoder = self._fresh_decoder()
        self._keyboard: Keyboard | None = None
        self._gap = Deadline(0)

    @property
    def category(self) -> Category:
        """A scanner."""
        return Category.SCANNER

    def open(self) -> None:
        """Find the scanner by its identity, and take it for this program alone.

        Raises `DeviceError`: permanent where two fit, where there is no permission to look, and where another program
        has it; not permanent where it is absent.
        """
        self._decoder = self._fresh_decoder()
        found, denied = self._keyboards()
        fitting = [keyboard for keyboard in found if self._fits(keyboard)]
        for keyboard in found:
            if len(fitting) != 1 or keyboard is not fitting[0]:
                keyboard.close()
        if len(fitting) != 1:
            raise self._not_one(len(fitting), denied)
        self._keyboard = fitting[0]
        try:
            self._keyboard.grab()
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            remedy = "End the other program that reads this scanner."
            raise DeviceError(f"Another program has the scanner {self._alias}.", remedy, permanent=True) from error

    def listen(self, wake_fd: int, emit: Sink) -> None:
        """Hand over the codes that are typed; see `drivers.device.Driver.listen`."""
        keyboard = self._keyboard
        if keyboard is None:
            raise DeviceError(f"The scanner {self._alias} is not open.", "Open it first.")
        pending = self._decoder.pending
        ready = wait_readable(self._gap.left_s if pending else IDLE_S, wake_fd, keyboard.fd)
        if keyboard.fd in ready:
            self._read(keyboard, emit)
            self._gap = Deadline(GAP_S)
        elif pending and self._gap.passed:
            _hand_over(self._decoder.break_off(), emit)

    def close(self) -> None:
        """Give the event device back, which also ends the grab."""
        keyboard, self._keyboard = self._keyboard, None
        if keyboard is not None:
            with contextlib.suppress(OSError):
                keyboard.close()

    def _read(self, keyboard: Keyboard, emit: Sink) -> None:
        with contextlib.suppress(BlockingIOError):
            for event in keyboard.read():
                _hand_over(self._decoder.feed(event.type, event.code, event.value), emit)

    def _fits(self, keyboard: Keyboard) -> bool:
        wanted = self._settings
        same = (keyboard.info.vendor, keyboard.info.product) == (int(wanted.vendor, 16), int(wanted.product, 16))
        # Scanners show other event devices beside the one they type on (volume keys, power).
        types = KEY_ENTER in keyboard.capabilities().get(EV_KEY, [])
        here = not wanted.usb_port or f"{keyboard.phys}/".startswith(f"{wanted.usb_port}/")
        return same and types and here and wanted.serial in ("", keyboard.uniq)

    def _not_one(self, count: int, denied: int) -> DeviceError:
        name = f"scanner {self._alias} (USB {self._settings.vendor}:{self._settings.product})"
        if count:
            remedy = "Tell them apart by `serial` or `usb_port` in the settings."
            return DeviceError(f"{count} devices fit the {name}.", remedy, permanent=True)
        if denied:
            remedy = "Let the user of this program into the group input or install the udev rules."
            return DeviceError(f"No permission to look for the {name}.", remedy, permanent=True)
        return DeviceError(f"The {name} is not plugged in.", "Plug it in, or correct its ids in the settings.")

    def _fresh_decoder(self) -> KeyDecoder:
        settings = self._settings
        layout = by_name(settings.layout)
        return KeyDecoder(self._alias, layout, terminator=settings.terminator, aim_ids=settings.aim_ids)


def _hand_over(record: Scan | BadRead | None, emit: Sink) -> None:
    if record is not None:
        emit(record)
