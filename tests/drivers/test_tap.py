"""What is counted and shown of the bytes of a device, and what never is."""

from __future__ import annotations

import contextlib
import itertools
import json
import logging
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import registry
from drivers.control import ControlHandle
from drivers.device import DeviceError, HealthLevel, Lifecycle
from drivers.devices import Devices
from drivers.health import HealthReport
from drivers.payment.interface import Declined, DeclineReason, PaymentRequest, TerminalInfo
from drivers.scanner.interface import Scan
from drivers.simulation import DEVICES_FILE
from drivers.supervisor import Waits
from drivers.transport.interface import Transport
from drivers.transport.recording import Side, read_recording
from drivers.transport.tap import DEPTH, LONGEST_SHOWN, Frame, Tap, hex_text, length_only
from tests.drivers.witness import Witness, simulated

CODE = "4006381333931"
PAN = "4539578763621486"  # no card: it only passes the check digit


class Wire:
    """A transport whose far end a test holds."""

    def __init__(self, *incoming: bytes | Exception) -> None:
        self.incoming = list(incoming)
        self.written = b""
        self.closed = 0
        self.colour = "red"

    def fileno(self) -> int:
        return 99

    def read(self, deadline_s: float) -> bytes:  # noqa: ARG002 # as declared
        found = self.incoming.pop(0) if self.incoming else b""
        if isinstance(found, Exception):
            raise found
        return found

    def write_all(self, data: bytes, deadline_s: float) -> None:  # noqa: ARG002 # same
        self.written += data

    def close(self) -> None:
        self.closed += 1


def texts(tap: Tap) -> list[str]:
    return [f"{frame.side}: {frame.text}" for frame in tap.frames()]


def test_bytes_are_passed_on_counted_and_shown() -> None:
    wire, now = Wire(b"\x02", b"", b"01.250\r"), [10.0]
    tap = Tap(hex_text, clock=lambda: now[0])
    tapped = tap.watch(wire)
    tapped.write_all(b"W", 1)
    now[0] = 11.5
    assert [tapped.read(1), tapped.read(1), tapped.read(1)] == [b"\x02", b"", b"01.250\r"]
    assert (wire.written, tapped.fileno(), tapped.colour) == (b"W", 99, "red")
    told = tap.traffic()
    assert (told.bytes_in, told.bytes_out, told.last_in_s) == (8, 1, 11.5)
    assert tap.frames()[1] == Frame(10.0, Side.HOST, "57")
    assert texts(tap) == ["host: open", "host: 57", "device: 02", "device: 30 31 2e 32 35 30 0d"]


def test_a_device_that_goes_away_and_a_connection_that_is_closed_are_noted_once() -> None:
    wire = Wire(DeviceError("It is gone.", "Plug it in."))
    tap = Tap()
    tapped = tap.watch(wire)
    with pytest.raises(DeviceError, match="gone"):
        tapped.read(1)
    tapped.close()
    tapped.close()
    assert texts(tap) == ["host: open", "device: gone", "host: close"]
    assert wire.closed == 2


def test_the_ring_keeps_the_last_frames_and_the_counters_go_on_over_connections() -> None:
    tap = Tap()
    for _ in range(3):
        tapped = tap.opener(Wire)()
        for _ in range(DEPTH):
            tapped.write_all(b"12345", 1)
    assert len(tap.frames()) == DEPTH
    assert tap.traffic().bytes_out == 3 * DEPTH * 5


def test_a_picture_is_shown_by_its_beginning() -> None:
    assert hex_text(bytes(LONGEST_SHOWN + 1)).endswith("00 ... 65 bytes")
    assert hex_text(b"\x1b@") == "1b 40"


def card(number: str) -> bytes:
    """A status information of ZVT with an account number in the clear, as a careless terminal would send it."""
    return bytes.fromhex("040f0e22f0f8" + number + "870001")


@given(cuts=st.lists(st.integers(1, 14), max_size=6))
def test_of_a_card_number_in_any_pieces_nothing_is_shown(cuts: list[int]) -> None:
    """Even where a redactor shows the first two bytes of what it gets."""
    data = card(PAN)
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    pieces = [data[start:end] for start, end in itertools.pairwise(edges)]
    tap = Tap(lambda piece: f"{piece[:2].hex()} {length_only(piece)}", secret=True)
    tapped = tap.watch(Wire(*pieces))
    for _ in pieces:
        tapped.read(1)
    shown = " ".join(texts(tap))
    assert all(PAN[at : at + 4] not in shown.replace(" ", "") for at in range(0, len(PAN) - 3, 2))
    assert tap.traffic().bytes_in == len(data)


@contextlib.contextmanager
def working(folder: Path, recordings: Path | None = None) -> Iterator[tuple[Devices, ControlHandle, Witness]]:
    """Yield the real drivers of a workstation against simulated devices, all ready."""
    names = {"scanner": "serial_scanner", "scale": "mettler_8217", "printer": "escpos", "terminal": "zvt"}
    with simulated(*names) as (place, control):
        found = json.loads((place / DEVICES_FILE).read_text())
        tables = {alias: {"driver": driver, **found[alias]} for alias, driver in names.items()}
        tables["scale"]["unit"] = "kg"
        witness = Witness()
        devices = registry.assemble(tables, witness, folder, waits=Waits(backoff_s=(0.01,)), recordings=recordings)
        devices.start()
        try:
            witness.until(lambda _: all(device.lifecycle is Lifecycle.READY for device in devices.all()))
            yield devices, control, witness
        finally:
            devices.stop()


def test_no_code_and_no_card_is_in_ring_log_or_report(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with working(tmp_path) as (devices, control, witness):
        control.do("scanner", "scan", text=CODE)
        assert witness.of(Scan)[0].text == CODE
        # What a careless terminal might say unasked, with a card number in the clear.
        control.do("terminal", "say", hex=card(PAN).hex())
        assert devices.terminal is not None
        request = PaymentRequest("r1", 100, "EUR")
        refused = Declined("terminal", "r1", DeclineReason.UNAVAILABLE)
        devices.terminal.submit(lambda terminal: terminal.authorise(request), not_ready=refused, lost=refused)
        control.do("terminal", "wait_for_authorisation", timeout_s=20)
        control.do("terminal", "decline")
        witness.of(Declined)
        devices.check_health(HealthLevel.INTERNAL)
        reports = witness.of(HealthReport, 4)
        shown = repr(devices.frames()) + caplog.text + msgspec.json.encode(reports).decode()
        compact = shown.replace(" ", "")
        assert CODE not in compact
        assert CODE.encode().hex() not in compact
        assert PAN not in compact
        assert PAN[:6] not in compact
        counted = {report.device: report.statistics for report in reports}
        assert all(one.bytes_in > 0 for one in counted.values())
        assert counted["scanner"].bytes_out == 0
        assert "57" in [frame.text for frame in devices.frames()["scale"]]


def test_each_driver_talks_through_its_tap(tmp_path: Path) -> None:
    recordings = tmp_path / "recordings"
    with working(tmp_path, recordings) as (devices, _, _):
        assert set(devices.frames()) == {"scanner", "scale", "printer", "terminal"}
        assert all(frames[0].text == "open" for frames in devices.frames().values())
    told = {path.stem: path.read_text().splitlines() for path in recordings.iterdir()}
    assert set(told) == {"scanner", "scale", "printer", "terminal"}
    assert json.loads(told["terminal"][0])["settings"]["driver"] == "zvt"
    assert all(path.stat().st_mode & 0o077 == 0 for path in recordings.iterdir())


def test_a_recording_of_a_terminal_holds_no_card(tmp_path: Path) -> None:
    with working(tmp_path, tmp_path / "recordings") as (_, control, witness):
        control.do("terminal", "say", hex=card(PAN).hex())
        witness.of(TerminalInfo, 2)
    steps = read_recording(tmp_path / "recordings" / "terminal.jsonl")
    assert steps.header.masked
    assert PAN not in (tmp_path / "recordings" / "terminal.jsonl").read_text()
    assert len(card(PAN)) in {len(step.data) for step in steps.steps}


def test_an_opener_keeps_what_it_opens() -> None:
    def open_wire(colour: str) -> Wire:
        wire = Wire(b"x")
        wire.colour = colour
        return wire

    opened = Tap().opener(open_wire)("green")
    transport: Transport = opened
    assert (opened.colour, transport.read(1)) == ("green", b"x")
