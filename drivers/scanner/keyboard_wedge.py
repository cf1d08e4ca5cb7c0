"""A scanner that types like a keyboard, read from its event device, grabbed so that nothing else sees the keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from drivers.device import Conditions, Finding, HealthLevel, Sink
from drivers.identity import SYSFS, UsbIdentity
from drivers.scanner.codes import DuplicateMs, Record
from drivers.scanner.input_nodes import find_keyboard
from drivers.scanner.interface import BadRead
from drivers.scanner.key_decoder import ControlKeys, KeyDecoder, Terminator, Typing
from drivers.scanner.layout_check import LayoutCheck
from drivers.scanner.layouts import by_name
from drivers.scanner.scanner_driver import Heard, MuteReader, Reader, ScannerDriver
from drivers.transport.evdev_nodes import open_input
from drivers.transport.input_events import EventFramer
from drivers.transport.interface import Transport

# A scanner types a key every few milliseconds, a person never two in this time.
GAP_S = 0.1

Country = Literal["us", "uk", "de", "fr", "es", "it", "ch", "be", "pt", "pl", "dk", "no", "se"]


def open_keyboard(node: Path) -> Transport:
    """Open the event device of a scanner and grab it, so that no other program sees what it types."""
    return open_input(node, "keyboard scanner", grab=True)


class KeyboardWedgeSettings(UsbIdentity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a scanner that types. Of a Bluetooth scanner, `serial` is its address.

    `layout` is the one set in the scanner, whatever the system's is. `control_keys` and `caps_lock`: see
    `key_decoder.Typing`. `duplicate_ms`: a code read again within that time is dropped. `simulated` is the path of a
    simulated scanner, in place of a real one.
    """

    driver: str
    layout: Country = "us"
    terminator: Terminator = "enter"
    control_keys: ControlKeys = "character"
    caps_lock: Literal["layout", "letters", "all"] = "layout"
    aim_ids: bool = True
    duplicate_ms: DuplicateMs = 0
    simulated: Annotated[str, msgspec.Meta(max_length=4096)] = ""


class KeyboardWedge(ScannerDriver):
    """Driver of a scanner that types. It cannot be asked anything: READY once found and grabbed."""

    def __init__(
        self,
        alias: str,
        settings: KeyboardWedgeSettings,
        sink: Sink,
        *,
        open_node: Callable[[Path], Transport] = open_keyboard,
        sysfs: Path = SYSFS,
    ) -> None:
        super().__init__(alias, sink, duplicate_ms=settings.duplicate_ms)
        self._settings = settings
        self._open_node = open_node
        self._sysfs = sysfs

    def open_reader(self) -> Reader:
        """Find the scanner by its identity, and take it for this program alone.

        Raises `DeviceError`: permanent where two fit, without permission, and where another program has it; not
        permanent where it is absent.
        """
        settings = self._settings
        node = (
            Path(settings.simulated) if settings.simulated else find_keyboard(settings, self._alias, sysfs=self._sysfs)
        )
        typing = Typing(
            by_name(settings.layout), settings.terminator, settings.control_keys, settings.caps_lock, settings.aim_ids
        )
        return WedgeReader(self._alias, self._open_node(node), typing)


class WedgeReader(MuteReader):
    """A grabbed event device and the decoder of its keys; see `scanner_driver.Reader`."""

    def __init__(self, alias: str, transport: Transport, typing: Typing) -> None:
        self._transport = transport
        self._framer = EventFramer()
        self._decoder = KeyDecoder(alias, typing)
        self._check = LayoutCheck(typing.layout)
        self._layout = typing.layout.name

    @property
    def gap_s(self) -> float:
        """See `scanner_driver.Reader`."""
        return GAP_S

    @property
    def pending(self) -> bool:
        """See `scanner_driver.Reader`."""
        return self._decoder.pending

    def fileno(self) -> int:
        """See `scanner_driver.Reader`."""
        return self._transport.fileno()

    def read(self) -> Heard:
        """See `scanner_driver.Reader`."""
        heard: list[object] = []
        for event in self._framer.feed(self._transport.read(0)):
            record = self._decoder.feed(*event)
            if record is not None:
                heard += self._judged(record)
        return heard

    def break_off(self) -> Heard:
        """See `scanner_driver.Reader`."""
        record = self._decoder.break_off()
        return () if record is None else self._judged(record)

    def check(self, level: HealthLevel) -> Finding:
        """The node is there, and the keys fit the layout; nothing can be asked."""
        del level
        self._transport.fileno()
        condition = self._check.condition
        if condition is not None:
            return Finding(passed=False, text=condition.message, remedy=condition.remedy)
        return Finding(passed=True, text=f"The scanner is there, and grabbed; its layout is {self._layout}.")

    def close(self) -> None:
        """See `scanner_driver.Reader`."""
        self._transport.close()

    def _judged(self, record: Record) -> list[object]:
        """Return a record, and the condition of the layout where it has changed with it."""
        unknown = isinstance(record, BadRead) and record.reason == "unknown_key"
        if not self._check.take(self._decoder.last_presses, unknown_key=unknown):
            return [record]
        condition = self._check.condition
        return [record, Conditions(() if condition is None else (condition,))]
