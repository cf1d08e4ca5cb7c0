"""Simulated scanners that a driver opens like USB ones: HID POS and a keyboard, each behind a Unix socket."""

from __future__ import annotations

from pathlib import Path

from drivers.device import DeviceError
from drivers.scanner.key_decoder import KEY_ENTER
from drivers.scanner.keystrokes import Event, packed, tap, typed
from drivers.scanner.layouts import NAMES, by_name
from drivers.scanner.simulated import SimulatedScannerBase
from drivers.simulation import text_field
from drivers.transport.input_events import EV_SYN, SYN_DROPPED
from drivers.transport.packet_port import SET_FEATURE, PacketPort

_DATA_BYTES = 56
# A driver reads some 170 events at once.
_EVENTS = 128

# The reports of a Honeywell scanner set to HID POS, item by item: usage page 8C, application 02.
HONEYWELL_DESCRIPTOR = b"".join(
    (
        bytes.fromhex("05 8C 09 02 A1 01"),
        # Scanned data (12), report 2: byte count, AIM identifier, 56 bytes of data, 2 of the vendor, continued.
        bytes.fromhex("09 12 A1 02 85 02 15 00 26 FF 00 75 08 95 01 05 01 09 3B 81 02"),
        bytes.fromhex("95 03 05 8C 09 FB 09 FC 09 FD 81 02 95 38 09 FE 82 02 01"),
        bytes.fromhex("06 66 FF 95 02 09 04 09 00 81 02 05 8C 25 01 75 01 95 08 09 FF 81 02 C0"),
        # Trigger (14), output report 4: -, prevent read, initiate read, -, -, error beep, good read beep.
        bytes.fromhex("09 14 A1 02 85 04 15 00 25 01 75 01 95 08 09 00 09 5F 09 60 09 00 09 00 09 85 09 86 91 86 C0"),
        # Feature report 254 of the vendor: where codes go.
        bytes.fromhex("06 66 FF 75 08 26 FF 00 09 03 A1 02 85 FE 95 01 09 03 B2 82 01 C0 C0"),
    )
)
_PREVENT, _INITIATE, _ERROR_BEEP, _GOOD_BEEP = 0x02, 0x04, 0x20, 0x40


class SimulatedHidScanner(SimulatedScannerBase):
    """Gives HID POS reports under the socket `folder/name`, as a Honeywell scanner does."""

    def __init__(self, name: str, folder: Path) -> None:
        self._node = PacketPort(folder / name, self._received, descriptor=HONEYWELL_DESCRIPTOR)
        super().__init__(name, self._node)
        self._redirected = False

    @property
    def port(self) -> Path:
        """The path a driver opens."""
        return self._node.path

    def pieces(self, text: str, aim: str) -> list[bytes]:
        """One report for each 56 bytes."""
        content = text.encode()
        parts = [content[at : at + _DATA_BYTES] for at in range(0, len(content), _DATA_BYTES)] or [b""]
        return [_report(part, aim, more=number + 1 < len(parts)) for number, part in enumerate(parts)]

    def broken(self, text: str, aim: str, how: str) -> list[bytes]:
        """`garbage` is a report that is too short, `half` one that says that more follows."""
        if how == "garbage":
            return [b"\x02\x38\xff\xfe"]
        return [_report(text.encode()[: max(1, len(text) // 2)][:_DATA_BYTES], aim, more=True)]

    def state(self) -> dict[str, object]:
        """Whether codes were redirected to HID, too."""
        return {**super().state(), "redirected": self._redirected}

    def _received(self, packet: bytes) -> None:
        if packet == SET_FEATURE + b"\xfe\x01":
            self._redirected = True
        elif packet[:2] == b"\x00\x04" and len(packet) == 3:
            flags = packet[2]
            self.set_enabled(on=not flags & _PREVENT)
            if flags & (_GOOD_BEEP | _ERROR_BEEP):
                self.sound(good=bool(flags & _GOOD_BEEP))
            if bool(flags & _INITIATE) is not self._bench.triggered:
                self.pull_trigger(on=bool(flags & _INITIATE))


class SimulatedWedgeScanner(SimulatedScannerBase):
    """Types under the socket `folder/name`, on the layout it is set to.

    One action more: `layout` (`name`). `fail_next` knows `overrun` (the kernel lost events) and `wrong_key`.
    """

    faults = ("garbage", "half", "overrun", "wrong_key")

    def __init__(self, name: str, folder: Path, *, layout: str = "us") -> None:
        self._node = PacketPort(folder / name, lambda _: None)
        super().__init__(name, self._node)
        self._layout = by_name(layout)

    @property
    def port(self) -> Path:
        """The path a driver opens."""
        return self._node.path

    def control(self, action: str, fields: dict[str, object]) -> dict[str, object]:
        """See the class."""
        if action != "layout":
            return super().control(action, fields)
        name = text_field(fields, "name")
        if name not in NAMES:
            raise DeviceError(f"There is no layout {name!r}.", f"There are: {', '.join(NAMES)}.")
        self._layout = by_name(name)
        return self.state()

    def pieces(self, text: str, aim: str) -> list[bytes]:
        """Few pieces, so that a busy machine makes no pause that a scanner would not; none longer than is read."""
        return _cut(typed(self._layout, aim + text) + tap(KEY_ENTER))

    def broken(self, text: str, aim: str, how: str) -> list[bytes]:
        """See the class."""
        events = typed(self._layout, aim + text)
        if how == "half":
            return _cut(events[: max(4, len(events) // 2)])
        noise: dict[str, list[Event]] = {
            "garbage": [(0x15, 0xFFFF, -1), *tap(200), *tap(KEY_ENTER)],
            "overrun": [*events, (EV_SYN, SYN_DROPPED, 0), *tap(KEY_ENTER)],
            "wrong_key": [*events, *tap(200), *tap(KEY_ENTER)],
        }
        return _cut(noise[how])

    def slowly(self, pieces: list[bytes]) -> list[bytes]:
        """Event by event."""
        size = len(packed([(0, 0, 0)]))
        return [piece[at : at + size] for piece in pieces for at in range(0, len(piece), size)]


def _cut(events: list[Event]) -> list[bytes]:
    return [packed(events[at : at + _EVENTS]) for at in range(0, len(events), _EVENTS)]


def _report(part: bytes, aim: str, *, more: bool) -> bytes:
    identifier = aim.encode().ljust(3, b"\0")[:3]
    return b"\x02" + bytes([len(part)]) + identifier + part.ljust(_DATA_BYTES, b"\0") + b"\0\0" + bytes([more])
