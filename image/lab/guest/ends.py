"""The device's end of each gadget: a typing hand, a HID POS head, and the simulated scanner, scale and printer."""

from __future__ import annotations

import contextlib
import errno
import os
import socket
import threading
import time
import tty
from pathlib import Path

from drivers.printer.mechanism import Mechanism
from drivers.scale.simulated import SimulatedScale
from drivers.scanner.simulated import SimulatedScanner
from drivers.transport.waiting import wait_writable
from image.lab.guest.gadget import until
from image.lab.guest.wire import Wire
from image.lab.plan import LabError

_REPORT_S = 20.0
# Fast scanners take some 4 ms for each key; the kernel keeps no more than 64 events for who reads late.
_KEY_S = 0.002

# HID Usage Tables 1.4, keyboard page (0x07): letters from 4, digits from 30 with the 0 last.
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_DIGITS = "1234567890"
_ENTER, _RIGHT_BRACKET, _SHIFT = 40, 48, 0x02

# HID 1.11, appendix B.1: the report of a boot keyboard.
KEYBOARD_DESCRIPTOR = bytes.fromhex(
    "05010906a101050719e029e71500250175019508810295017508810395057501050819012905910295017503910395067508150025650507"
    "190029658100c0"
)
# USB HID Point of Sale Usage Tables 1.02 (page 0x8C), with the layout of an Access-IS or Honeywell head: report 2,
# byte count, three symbology bytes, 56 of data, two of the maker's, and one bit that says that more follows.
HID_POS_DESCRIPTOR = bytes.fromhex(
    "058c0902a1010912a1028502150026ff00750895010501093b8102"
    "9503058c09fb09fc09fd81029538"
    "09fe820201"
    "95020600ff0901810275019501058c250109ff810295078103c0c0"
)
HID_POS_DATA = 56
_HID_POS_REPORT = 2


class HidEnd:
    """The file a HID gadget's reports are written to."""

    def __init__(self, number: str) -> None:
        # The kernel names the file by its device number, which configfs tells.
        self._fd = os.open(until("the gadget's HID file", lambda: _character_device(number)), os.O_RDWR | os.O_NONBLOCK)

    def send(self, report: bytes) -> None:
        """Send one report; returns when the host has taken the one before it."""
        if not wait_writable(_REPORT_S, self._fd):
            raise LabError("the host takes no HID reports")
        os.write(self._fd, report)

    def close(self) -> None:
        """Close the file."""
        os.close(self._fd)


def type_keys(end: HidEnd, text: str, *, enter: bool = True) -> None:
    """Type text as a scanner does: each key down and up."""
    for modifier, usage in (*map(_key, text), *([(0, _ENTER)] if enter else [])):
        end.send(bytes([modifier, 0, usage, 0, 0, 0, 0, 0]))
        time.sleep(_KEY_S)
        end.send(bytes(8))
        time.sleep(_KEY_S)


def hid_pos_reports(text: str, aim: str) -> list[bytes]:
    """The reports of one code, of as many as its length takes."""
    data = text.encode()
    pieces = [data[at : at + HID_POS_DATA] for at in range(0, len(data), HID_POS_DATA)]
    return [
        bytes([_HID_POS_REPORT, len(piece)])
        + aim.encode()
        + piece.ljust(HID_POS_DATA, b"\0")
        + bytes([0, 0, piece is not pieces[-1]])
        for piece in pieces
    ]


class SerialEnd:
    """A simulated device with a pseudo terminal, at the gadget's serial port."""

    def __init__(self, device: SimulatedScale | SimulatedScanner, port: str) -> None:
        self._device = device
        self._near = _open_tty(Path(f"/dev/ttyGS{port}"))
        device.start()
        self._far = _open_tty(device.port)
        self.wire = Wire(self._near, self._far)

    def close(self) -> None:
        """Close the gadget's file and what is behind it."""
        self.wire.close()
        os.close(self._near)
        os.close(self._far)
        self._device.stop()


class PrinterEnd:
    """The mechanism of the simulated printer, at the gadget's printer file."""

    def __init__(self, path: Path) -> None:
        self._near = until(f"{path}", lambda: _configured(path))
        ours, theirs = socket.socketpair()
        self._ours, self._theirs = ours, theirs
        self._mechanism = Mechanism()
        self._thread = threading.Thread(target=self._print, name="mechanism", daemon=True)
        self._thread.start()
        theirs.setblocking(False)
        self.wire = Wire(self._near, theirs.fileno())

    def close(self) -> None:
        """Close the gadget's file; what was not printed is lost, as without power."""
        self.wire.close()
        os.close(self._near)
        self._theirs.close()
        self._thread.join()
        self._ours.close()

    def _print(self) -> None:
        # A wire that was closed with something still on it resets the connection.
        with contextlib.suppress(OSError):
            while data := self._ours.recv(65536):
                self._mechanism.feed(data)
                self._mechanism.receipts()
                if replies := self._mechanism.replies():
                    self._ours.sendall(replies)


def _configured(path: Path) -> int | None:
    """Open the gadget's file; None until the host has configured the device."""
    try:
        return os.open(path, os.O_RDWR | os.O_NONBLOCK)
    except OSError as error:
        if error.errno not in (errno.ENODEV, errno.ENOENT):
            raise
        return None


def _open_tty(path: Path) -> int:
    found = until(f"{path}", lambda: path if path.exists() else None)
    fd = os.open(found, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    tty.setraw(fd)
    return fd


def _character_device(number: str) -> Path | None:
    node = Path("/dev/char", number)
    if node.exists():
        return node
    for path in Path("/dev").glob("hidg*"):
        device = path.stat().st_rdev
        if f"{os.major(device)}:{os.minor(device)}" == number:
            return path
    return None


def _key(character: str) -> tuple[int, int]:
    if character == "]":
        return 0, _RIGHT_BRACKET
    if character in _DIGITS:
        return 0, 30 + _DIGITS.index(character)
    return _SHIFT if character.isupper() else 0, 4 + _LETTERS.index(character.lower())
