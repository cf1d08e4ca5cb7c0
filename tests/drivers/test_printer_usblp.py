"""The transport of a USB printer node: what the kernel says, empty packets, a full printer, and who may open it."""

from __future__ import annotations

import errno
import os
import pty
import socket
import tty
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.device import AbsentError, DeviceError
from drivers.transport.usblp import LPGETSTATUS, LPIOC_GET_DEVICE_ID, PortStatus, UsblpTransport, open_usblp
from tests.drivers.witness import open_files

DEADLINE_S = 20.0


@pytest.fixture
def pair() -> Iterator[tuple[UsblpTransport, socket.socket]]:
    ours, theirs = socket.socketpair()
    ours.setblocking(False)
    transport = UsblpTransport(ours.detach(), "/dev/usb/lp0", ends_with_nothing=True)
    yield transport, theirs
    transport.close()
    theirs.close()


def test_the_numbers_are_those_of_the_kernel() -> None:
    # linux/lp.h; _IOC(_IOC_READ, 'P', 1, 1024) as CUPS and libusb-free tools have it
    assert LPGETSTATUS == 0x060B
    assert LPIOC_GET_DEVICE_ID == 0x84005001


def test_bytes_go_both_ways_by_the_deadline(pair: tuple[UsblpTransport, socket.socket]) -> None:
    transport, printer = pair
    assert transport.read(0.01) == b""
    transport.write_all(b"\x10\x04\x01", DEADLINE_S)
    assert printer.recv(10) == b"\x10\x04\x01"
    printer.send(b"\x12")
    assert transport.read(DEADLINE_S) == b"\x12"


def test_a_full_printer_ends_a_write_at_its_deadline(pair: tuple[UsblpTransport, socket.socket]) -> None:
    with pytest.raises(DeviceError, match="takes no more data"):
        pair[0].write_all(bytes(10_000_000), 0.05)


def test_a_pulled_plug_is_an_error_in_both_directions(pair: tuple[UsblpTransport, socket.socket]) -> None:
    transport, printer = pair
    printer.close()
    with pytest.raises(DeviceError, match="lost"):
        transport.read(DEADLINE_S)
    with pytest.raises(DeviceError, match="lost"):
        transport.write_all(b"x", DEADLINE_S)
    transport.close()
    transport.close()
    with pytest.raises(DeviceError, match="lost"):
        transport.fileno()


def test_an_empty_packet_of_a_real_node_is_no_end(tmp_path: Path) -> None:
    empty = tmp_path / "node"
    empty.touch()
    transport = UsblpTransport(os.open(empty, os.O_RDWR), str(empty))
    assert transport.read(DEADLINE_S) == b""
    transport.close()


def test_a_node_whose_device_is_gone_says_so() -> None:
    master, slave = pty.openpty()
    tty.setraw(slave)
    transport = UsblpTransport(os.dup(slave), "/dev/usb/lp0")
    os.close(slave)
    os.close(master)  # a hung up terminal answers EIO, as usblp does
    with pytest.raises(DeviceError, match="lost"):
        transport.write_all(b"x", DEADLINE_S)
    transport.close()


@pytest.mark.parametrize(
    ("bits", "expected"),
    [
        (0x18, PortStatus(paper_empty=False, selected=True, error=False)),
        (0x38, PortStatus(paper_empty=True, selected=True, error=False)),
        (0x00, PortStatus(paper_empty=False, selected=False, error=True)),
    ],
)
def test_the_port_status(bits: int, expected: PortStatus) -> None:
    def ioctl(fd: int, request: int, answer: bytearray) -> int:
        assert (fd, request) == (7, LPGETSTATUS)
        answer[0] = bits
        return 0

    assert UsblpTransport(7, "/dev/usb/lp0", ioctl=ioctl).port_status() == expected


def test_the_device_id() -> None:
    text = b"MFG:EPSON;CMD:ESC/POS;MDL:TM-T20II;CLS:PRINTER;DES:EPSON TM-T20II;"

    def ioctl(fd: int, request: int, answer: bytearray) -> int:
        assert (fd, request) == (7, LPIOC_GET_DEVICE_ID)
        answer[: len(text) + 2] = (len(text) + 2).to_bytes(2, "big") + text
        return 0

    found = UsblpTransport(7, "/dev/usb/lp0", ioctl=ioctl).device_id()
    assert (found["MFG"], found["MDL"], found["CMD"]) == ("EPSON", "TM-T20II", "ESC/POS")


def test_what_a_printer_does_not_say_is_left_out(pair: tuple[UsblpTransport, socket.socket]) -> None:
    assert pair[0].port_status() is None  # a socket knows no such question
    assert pair[0].device_id() == {}


@pytest.mark.parametrize(
    ("number", "permanent", "word"),
    [
        (errno.EACCES, True, "permission"),
        (errno.EPERM, True, "permission"),
        (errno.EBUSY, True, "Another program"),
        (errno.ENOENT, False, "no printer"),
        (errno.ENODEV, False, "no printer"),
    ],
)
def test_why_a_node_does_not_open(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int, permanent: bool, word: str
) -> None:
    node = tmp_path / "lp0"
    node.touch()

    def refused(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    monkeypatch.setattr("drivers.transport.usblp.os.open", refused)
    with pytest.raises(DeviceError, match=word) as caught:
        open_usblp(str(node))
    assert caught.value.permanent is permanent
    assert isinstance(caught.value, AbsentError) is not permanent


def test_an_absent_node_leaves_nothing_open(tmp_path: Path) -> None:
    before = open_files()
    with pytest.raises(AbsentError):
        open_usblp(str(tmp_path / "lp9"))
    stale = tmp_path / "lp1"
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(stale))
    with pytest.raises(AbsentError):
        open_usblp(str(stale))
    assert open_files() == before
