"""Input devices (/dev/input/eventN) as transports: opened and grabbed by python-evdev, read as bytes with deadlines.

Bytes and not evdev's own events, so that a tap can count and record them. A simulated device stands behind a Unix
socket that keeps the borders of packets; what its switches stand at is in a file beside it.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
from pathlib import Path

import evdev

from drivers.device import AbsentError, DeviceError
from drivers.transport.node import NodeTransport, connect_twin, explain
from drivers.transport.packet_port import DESCRIPTOR

SWITCH_BYTES = 4
# _IOC(_IOC_READ, 'E', 0x1b, SWITCH_BYTES) of linux/input.h, which evdev does not have: all switches, one bit each.
EVIOCGSW = 2 << 30 | SWITCH_BYTES << 16 | ord("E") << 8 | 0x1B


def open_input(node: Path, what: str, *, grab: bool) -> InputTransport:
    """Open the input device at `node`; with `grab` nothing else sees its events. `what` is for messages: "keypad".

    Raises `AbsentError` where there is none, a permanent `DeviceError` without permission and where another program
    has grabbed it.
    """
    try:
        if node.is_socket():
            fd, lock = connect_twin(node)
            return InputTransport(fd, what, lock=lock, beside=node)
        device = evdev.InputDevice(str(node), readonly=True)
    except OSError as error:
        raise explain(error, f"{what} at {node}") from error
    try:
        if grab:
            device.grab()
    except OSError as error:
        device.close()
        raise explain(error, f"{what} at {node}") from error
    return InputTransport(os.dup(device.fd), what, device=device)


class InputTransport(NodeTransport):
    """An open input device; see `drivers.transport.interface.Transport`. It only speaks. Made by `open_input`."""

    def __init__(
        self,
        fd: int,
        what: str,
        *,
        device: evdev.InputDevice[str] | None = None,
        lock: int = -1,
        beside: Path | None = None,
    ) -> None:
        super().__init__(fd, lock=lock)
        os.set_blocking(fd, False)
        self._what = what
        self._device = device
        self._beside = beside

    def write_all(self, data: bytes, deadline_s: float) -> None:
        """Refuse: such a device is told nothing."""
        del data, deadline_s
        raise self._stuck()

    def switches(self) -> int:
        """Return what all switches stand at, bit n for switch n (SW_HEADPHONE_INSERT is 2)."""
        fd = self.fileno()
        if self._beside is not None:
            path = self._beside.with_name(self._beside.name + DESCRIPTOR)
            try:
                return int.from_bytes(path.read_bytes(), "little")
            except FileNotFoundError as error:
                raise self._gone() from error
        buffer = bytearray(SWITCH_BYTES)
        fcntl.ioctl(fd, EVIOCGSW, buffer)
        return int.from_bytes(buffer, "little")

    def close(self) -> None:
        """Give the device back, which also ends a grab; may be called twice."""
        device, self._device = self._device, None
        if device is not None:
            with contextlib.suppress(OSError):
                device.close()
        super().close()

    def _gone(self) -> AbsentError:
        # One without a cable that goes to sleep is gone, too; it comes back as another node.
        remedy = "Check its cable; wake one without a cable (pull its trigger, press a key), or put it on its cradle."
        return AbsentError(f"The {self._what} is gone.", remedy)

    def _stuck(self) -> DeviceError:
        return DeviceError(f"A {self._what} takes no commands.", "Nothing is to be done.")
