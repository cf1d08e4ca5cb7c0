"""A HID device by its /dev/hidraw node: whole reports in and out, and its report descriptor; deadlines on every call.

Source: Documentation/hid/hidraw.rst of the Linux kernel, and linux/hidraw.h for the ioctls. A simulated device stands
behind a Unix socket that keeps the borders of packets, with its descriptor in a file beside it; it is opened the same.
"""

from __future__ import annotations

import fcntl
import os
import struct
from pathlib import Path
from typing import Protocol

from drivers.device import AbsentError, DeviceError
from drivers.transport.hid_report import LONGEST_DESCRIPTOR
from drivers.transport.node import NodeTransport, connect_twin, explain
from drivers.transport.packet_port import DESCRIPTOR, OUTPUT, SET_FEATURE
from drivers.transport.waiting import Deadline

# HID_MAX_BUFFER_SIZE and the id byte: no report is longer.
LONGEST_REPORT = 16384 + 1
_LONGEST_NAME = 256

_READ, _READ_WRITE = 2, 3


def _ioctl(direction: int, number: int, size: int) -> int:
    """Return an ioctl number of the group "H", as asm-generic/ioctl.h puts it together."""
    return direction << 30 | size << 16 | ord("H") << 8 | number


HIDIOCGRDESCSIZE = _ioctl(_READ, 0x01, 4)
HIDIOCGRDESC = _ioctl(_READ, 0x02, 4 + LONGEST_DESCRIPTOR)


class HidTransport(Protocol):
    """An open HID device; a `drivers.transport.interface.Transport` whose `read` gives one whole report, or `b""`.

    Where the device numbers its reports (`hid_report.parse(descriptor).numbered`), the first byte of each is its id.
    """

    @property
    def descriptor(self) -> bytes:
        """The report descriptor."""
        ...

    @property
    def name(self) -> str:
        """What the device calls itself."""
        ...

    def fileno(self) -> int:
        """Return the descriptor to wait on; `DeviceError` once closed."""
        ...

    def read(self, deadline_s: float) -> bytes:
        """Return the next report, `b""` where none came by the deadline; `DeviceError` when the device is gone."""
        ...

    def write_all(self, data: bytes, deadline_s: float) -> None:
        """Write one output report, its id first (0 where reports have none)."""
        ...

    def send_feature(self, data: bytes) -> None:
        """Set a feature report, its id first. The kernel itself gives up after 5 s."""
        ...

    def close(self) -> None:
        """Give the device back; may be called twice."""
        ...


def open_hidraw(node: Path) -> HidTransport:
    """Open the HID device at `node` for this program alone (flock).

    Raises `AbsentError` where there is none, a permanent `DeviceError` without permission, where another program holds
    it and where it is no HID device.
    """
    try:
        if node.is_socket():
            return _open_socket(node)
        return _open_node(node)
    except OSError as error:
        raise explain(error, f"HID device at {node}") from error


class HidrawTransport(NodeTransport):
    """An open hidraw node, or the socket of a simulated device; see `HidTransport`. Made by `open_hidraw`.

    Tests hand in one end of a `socketpair(AF_UNIX, SOCK_SEQPACKET)`: `simulated=False` and what is written goes out
    as it is.
    """

    read_size = LONGEST_REPORT

    def __init__(self, fd: int, descriptor: bytes, name: str, *, simulated: bool = False, lock: int = -1) -> None:
        super().__init__(fd, lock=lock)
        os.set_blocking(fd, False)
        self._descriptor = descriptor
        self._name = name
        self._simulated = simulated

    @property
    def descriptor(self) -> bytes:
        """See `HidTransport`."""
        return self._descriptor

    @property
    def name(self) -> str:
        """See `HidTransport`."""
        return self._name

    def write_all(self, data: bytes, deadline_s: float) -> None:
        """See `HidTransport`; `DeviceError` where the device does not take the report by the deadline."""
        self._write(OUTPUT + data if self._simulated else data, Deadline(deadline_s))

    def send_feature(self, data: bytes) -> None:
        """See `HidTransport`."""
        if self._simulated:
            self._write(SET_FEATURE + data, Deadline(1.0))
            return
        try:
            fcntl.ioctl(self.fileno(), _ioctl(_READ_WRITE, 0x06, len(data)), data)
        except OSError as error:
            remedy = "Unplug it and plug it in again."
            raise DeviceError(f"The HID device {self._name} refuses a setting.", remedy) from error

    def _gone(self) -> DeviceError:
        return AbsentError(f"The HID device {self._name} is gone.", "Check the cable of the device and its power.")

    def _stuck(self) -> DeviceError:
        return DeviceError(f"The HID device {self._name} takes no report.", "Check its cable and its power.")


def _open_node(node: Path) -> HidrawTransport:
    fd = os.open(node, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        return HidrawTransport(fd, _read_descriptor(fd), _read_name(fd))
    except BaseException:
        os.close(fd)
        raise


def _read_descriptor(fd: int) -> bytes:
    size = struct.unpack("i", fcntl.ioctl(fd, HIDIOCGRDESCSIZE, bytes(4)))[0]
    answer = bytearray(struct.pack("I", size) + bytes(LONGEST_DESCRIPTOR))
    # Too long for fcntl's own buffer of 1024 bytes, so changed in place.
    fcntl.ioctl(fd, HIDIOCGRDESC, answer, True)
    return bytes(answer[4 : 4 + min(size, LONGEST_DESCRIPTOR)])


def _read_name(fd: int) -> str:
    answer = fcntl.ioctl(fd, _ioctl(_READ, 0x04, _LONGEST_NAME), bytes(_LONGEST_NAME))
    return answer.split(b"\0", 1)[0].decode("utf-8", errors="replace")


def _open_socket(path: Path) -> HidrawTransport:
    descriptor = path.with_name(path.name + DESCRIPTOR).read_bytes()
    fd, lock = connect_twin(path)
    return HidrawTransport(fd, descriptor, path.name, simulated=True, lock=lock)
