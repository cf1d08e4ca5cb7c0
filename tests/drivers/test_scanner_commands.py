"""A scanner is asked for one code, told to beep and to be quiet; the driver helps where the device cannot."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.device import DeviceChanged, DeviceError, HealthLevel, Lifecycle, Slip
from drivers.scanner.hid_pos import HidPosScanner, HidPosSettings
from drivers.scanner.interface import BadRead, NoScan, NoScanReason, Scan
from drivers.scanner.scanner_driver import ScannerDriver
from drivers.scanner.serial_scanner import SerialScanner, SerialScannerSettings
from drivers.scanner.simulated_usb import HONEYWELL_DESCRIPTOR
from drivers.transport.hidraw import HidrawTransport
from tests.drivers.scanner_rig import KINDS, Rig, driver, rig, supervised, until
from tests.drivers.witness import Witness

READY = Lifecycle.READY
EAN = "4006381333931"
HONEYWELL = {"serial": {"trigger": "honeywell"}}
TOLD = ("serial", "ssi", "hid")


@pytest.fixture(scope="module")
def scanners() -> Iterator[Rig]:
    with rig() as found:
        yield found


@contextlib.contextmanager
def opened(scanners: Rig, kind: str, witness: Witness, **settings: object) -> Iterator[ScannerDriver]:
    """A driver by itself, open; its scanner has just got power."""
    scanners.do(kind, "unplug")
    scanners.do(kind, "plug")
    scanner = driver(kind, scanners.folder / kind, witness, **(HONEYWELL.get(kind, {}) | settings))
    scanner.open()
    try:
        yield scanner
    finally:
        scanner.close()


def listen(scanner: ScannerDriver, witness: Witness, scans: int) -> list[Scan]:
    """Let a driver listen until that many codes were handed over."""
    never = os.eventfd(0)
    try:
        while len(found := [record for record in witness.records if isinstance(record, Scan)]) < scans:
            scanner.listen(never, witness)
        return found
    finally:
        os.close(never)


@pytest.mark.parametrize("kind", TOLD)
def test_the_trigger_is_pulled_for_one_code_and_released(scanners: Rig, kind: str) -> None:
    witness = Witness()
    with opened(scanners, kind, witness) as scanner:
        scanners.do(kind, "present", text=EAN, aim="]E0")
        assert scanner.scan_once("r1", 20) == Scan("scanner", EAN, "]E0", "r1")
        scanners.until(kind, triggered=False)
    scanners.do(kind, "present", text="")


@pytest.mark.parametrize("kind", KINDS)
def test_nobody_shows_a_code(scanners: Rig, kind: str) -> None:
    with opened(scanners, kind, Witness()) as scanner:
        assert scanner.scan_once("r1", 0.05) == NoScan("scanner", "r1", NoScanReason.TIMED_OUT)


@pytest.mark.parametrize("kind", KINDS)
def test_a_one_shot_is_cancelled_and_what_is_shown_after_it_is_an_ordinary_code(scanners: Rig, kind: str) -> None:
    scanners.do(kind, "plug")
    witness = Witness()
    with supervised(kind, scanners.folder / kind, witness) as supervisor:
        witness.until(lambda _: supervisor.lifecycle is READY)
        refused = NoScan("scanner", "r1", NoScanReason.NOT_READY)
        supervisor.submit(lambda scanner: scanner.scan_once("r1", 60), not_ready=refused, lost=refused)
        until(lambda: supervisor.busy)
        supervisor.interrupt(lambda scanner: scanner.cancel_scan())
        assert witness.of(NoScan) == [NoScan("scanner", "r1", NoScanReason.CANCELLED)]
        scanners.do(kind, "scan", text=EAN)
        assert witness.of(Scan) == [Scan("scanner", EAN)]


def test_what_is_typed_while_one_code_is_asked_for_is_that_code(scanners: Rig) -> None:
    witness = Witness()
    scanners.do("wedge", "plug")
    with supervised("wedge", scanners.folder / "wedge", witness) as supervisor:
        witness.until(lambda _: supervisor.lifecycle is READY)
        lost = NoScan("scanner", "r1", NoScanReason.NOT_READY)
        supervisor.submit(lambda scanner: scanner.scan_once("r1", 60), not_ready=lost, lost=lost)
        until(lambda: supervisor.busy)

        def shown() -> bool:
            """Shown until it is taken: what came before the request was read does not count."""
            scanners.do("wedge", "scan", text=EAN)
            return any(isinstance(record, Scan) and record.request for record in list(witness.records))

        until(shown)
        assert Scan("scanner", EAN, "", "r1") in witness.of(Scan)


def drop(scanner: ScannerDriver, witness: Witness) -> None:
    """Let a driver that is switched off take in the code that was read."""
    never = os.eventfd(0)
    scanner.listen(never, witness)
    while scanner._opened().pending:
        scanner.listen(never, witness)
    os.close(never)


@pytest.mark.parametrize("kind", KINDS)
def test_a_scanner_that_is_switched_off_gives_no_codes_but_the_one_that_is_asked_for(scanners: Rig, kind: str) -> None:
    witness = Witness()
    with opened(scanners, kind, witness) as scanner:
        by_itself = scanner.set_enabled(enabled=False)
        assert by_itself is (kind in {"ssi", "hid"})
        if by_itself:
            scanners.until(kind, enabled=False)
        scanners.do(kind, "scan", text="unwanted")
        if not by_itself:
            drop(scanner, witness)
        scanners.do(kind, "present", text=EAN)
        if kind != "wedge":
            assert scanner.scan_once("r1", 20) == Scan("scanner", EAN, "", "r1")
        scanners.do(kind, "present", text="")
        scanner.set_enabled(enabled=True)
        if by_itself:
            scanners.until(kind, enabled=True)
        scanner.clear_input()
        scanners.do(kind, "scan", text="wanted")
        assert [scan.text for scan in listen(scanner, witness, 1)] == ["wanted"]


def test_a_scanner_that_was_switched_off_is_switched_off_again_when_it_comes_back(scanners: Rig) -> None:
    witness = Witness()
    with opened(scanners, "hid", witness) as scanner:
        scanner.set_enabled(enabled=False)
        scanners.until("hid", enabled=False)
        scanner.close()
        scanners.do("hid", "unplug")
        scanners.do("hid", "plug")
        assert scanners.do("hid", "state")["enabled"] is True
        scanner.open()
        scanners.until("hid", enabled=False)


@pytest.mark.parametrize("kind", KINDS)
def test_a_good_and_a_bad_read_sound_where_the_scanner_can(scanners: Rig, kind: str) -> None:
    with opened(scanners, kind, Witness()) as scanner:
        before = scanners.do(kind, "state")
        able = kind != "wedge"
        assert (scanner.beep(good=True), scanner.beep(good=False)) == (able, able)
        until(lambda: not able or beeped(kind, before, scanners.do(kind, "state")))


def beeped(kind: str, before: dict[str, object], now: dict[str, object]) -> bool:
    """Whether both were sounded. Honeywell has one tone by a serial line: three of them are a bad read."""
    good, bad = (int(str(now[key])) - int(str(before[key])) for key in ("good_beeps", "bad_beeps"))
    return (good, bad) == ((4, 0) if kind == "serial" else (1, 1))


def test_datalogic_commands_are_single_characters(scanners: Rig) -> None:
    with opened(scanners, "serial", Witness(), trigger="datalogic") as scanner:
        assert scanner.set_enabled(enabled=False)
        scanners.until("serial", enabled=False)
        assert scanner.beep(good=False)
        until(lambda: scanners.do("serial", "state")["bad_beeps"] != 0)


def test_a_scanner_without_commands_is_told_nothing(scanners: Rig) -> None:
    with opened(scanners, "serial", Witness(), trigger="none") as scanner:
        assert not scanner.beep(good=True)
        assert not scanner.set_enabled(enabled=False)


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_code_again_within_the_window_is_dropped_and_counted(scanners: Rig, kind: str) -> None:
    witness = Witness()
    with opened(scanners, kind, witness, duplicate_ms=5000) as scanner:
        scanners.do(kind, "scan", text=EAN, times=3)
        scanners.do(kind, "scan", text="other")
        assert [scan.text for scan in listen(scanner, witness, 2)] == [EAN, "other"]
        assert "2 repeats were dropped" in scanner.check_health(HealthLevel.INTERNAL).text


def test_a_damaged_packet_is_counted_asked_for_again_and_read(scanners: Rig) -> None:
    scanners.do("ssi", "plug")
    witness = Witness()
    with supervised("ssi", scanners.folder / "ssi", witness) as supervisor:
        witness.until(lambda _: supervisor.lifecycle is READY)
        scanners.do("ssi", "fail_next", how="checksum")
        scanners.do("ssi", "scan", text=EAN, aim="]E0")
        assert witness.of(Scan) == [Scan("scanner", EAN, "]E0")]
        assert supervisor.statistics().checksum_errors == 1


def test_bad_reads_are_counted(scanners: Rig) -> None:
    scanners.do("serial", "plug")
    witness = Witness()
    with supervised("serial", scanners.folder / "serial", witness) as supervisor:
        witness.until(lambda _: supervisor.lifecycle is READY)
        scanners.do("serial", "garbage")
        witness.of(BadRead)
        assert supervisor.statistics().bad_frames == 1


def test_a_layout_that_does_not_fit_is_a_condition_until_it_fits(scanners: Rig) -> None:
    scanners.do("wedge", "plug")
    witness = Witness()
    with supervised("wedge", scanners.folder / "wedge", witness) as supervisor:
        witness.until(lambda _: supervisor.lifecycle is READY)
        for layout, conditions in (("fr", ["layout_unknown"]), ("us", [])):
            scanners.do("wedge", "layout", name=layout)
            scanners.do("wedge", "scan", text="0013748911", times=2)
            witness.until(lambda _, wanted=conditions: told_last(witness) == wanted)  # type: ignore[misc] # a default binds it


def told_last(witness: Witness) -> list[str]:
    changed = [record for record in list(witness.records) if isinstance(record, DeviceChanged)]
    return [condition.code for condition in changed[-1].conditions] if len(changed) > 2 else ["none yet"]


def test_keys_the_kernel_lost_are_a_bad_read(scanners: Rig) -> None:
    witness = Witness()
    scanners.do("wedge", "plug")
    with supervised("wedge", scanners.folder / "wedge", witness) as supervisor:
        witness.until(lambda _: supervisor.lifecycle is READY)
        scanners.do("wedge", "fail_next", how="overrun")
        scanners.do("wedge", "scan", text=EAN)
        assert witness.of(BadRead) == [BadRead("scanner", "events_lost")]


@pytest.mark.parametrize("kind", KINDS)
def test_health_is_told_without_a_word_to_the_scanner_or_with_a_beep(scanners: Rig, kind: str) -> None:
    with opened(scanners, kind, Witness()) as scanner:
        before = scanners.do(kind, "state")["good_beeps"]
        internal = scanner.check_health(HealthLevel.INTERNAL)
        assert (internal.passed, scanners.do(kind, "state")["good_beeps"]) == (True, before)
        assert scanner.check_health(HealthLevel.EXTERNAL).passed
        until(lambda: kind == "wedge" or scanners.do(kind, "state")["good_beeps"] != before)


def test_health_of_a_scanner_that_is_gone_is_an_error(scanners: Rig) -> None:
    for kind in KINDS:
        with opened(scanners, kind, Witness()) as scanner:
            scanner.close()
            with pytest.raises(DeviceError, match="not open"):
                scanner.check_health(HealthLevel.INTERNAL)


def test_a_honeywell_scanner_is_told_to_send_codes_as_reports(scanners: Rig) -> None:
    with opened(scanners, "hid", Witness()):
        scanners.until("hid", redirected=True)


def test_what_comes_with_the_wanted_code_in_one_piece_is_no_second_one() -> None:
    mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    settings = SerialScannerSettings(driver="serial_scanner", port="/dev/none")
    witness = Witness()
    scanner = SerialScanner(
        "scanner", settings, witness, open_port=lambda *_: HidrawTransport(mine.detach(), b"", "line")
    )
    scanner.open()
    with theirs:
        scanner.scan_once("r0", 0)
        # What was read before the request is forgotten; what comes after it is taken.
        theirs.sendall(b"old\r")
        scanner.clear_input()
        sender = Answers(scanner, theirs, b"\xff\xfe\rfirst\rsecond\r")
        assert sender.scan_once("r1") == Scan("scanner", "first", "", "r1")
    assert witness.records == [Slip.BAD_FRAME, BadRead("scanner", "undecodable")]
    scanner.close()


class Answers:
    """Sends what a person shows once the scanner's reader was told that it is wanted."""

    def __init__(self, scanner: ScannerDriver, line: socket.socket, data: bytes) -> None:
        self._scanner, self._line, self._data = scanner, line, data

    def scan_once(self, request: str) -> Scan | NoScan:
        clear = self._scanner.clear_input

        def clear_then_send() -> None:
            clear()
            self._line.sendall(self._data)

        self._scanner.clear_input = clear_then_send  # type: ignore[method-assign] # the moment between two steps
        return self._scanner.scan_once(request, 20)


def test_a_device_that_is_no_hid_pos_scanner_needs_a_person() -> None:
    mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    settings = HidPosSettings(driver="hid_pos", vendor="0c2e", product="0b61", simulated="/dev/none")
    mouse = bytes.fromhex("05 01 09 02 A1 01 75 08 95 03 09 30 09 31 09 38 81 02 C0")
    transport = HidrawTransport(mine.detach(), mouse, "mouse")
    scanner = HidPosScanner("scanner", settings, lambda _: None, open_node=lambda _: transport)
    with theirs, pytest.raises(DeviceError, match="no scanned data") as caught:
        scanner.open()
    assert caught.value.permanent
    with pytest.raises(DeviceError):
        transport.fileno()


def test_a_socketpair_of_packets_is_a_twin_of_a_hidraw_node() -> None:
    mine, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    settings = HidPosSettings(driver="hid_pos", vendor="1234", product="0b61", simulated="/dev/none")
    transport = HidrawTransport(mine.detach(), HONEYWELL_DESCRIPTOR, "twin")
    witness = Witness()
    scanner = HidPosScanner("scanner", settings, witness, open_node=lambda _: transport)
    scanner.open()
    with theirs:
        theirs.send(b"\x02\x03]E0400".ljust(64, b"\0"))
        assert listen(scanner, witness, 1) == [Scan("scanner", "400", "]E0")]
        scanner.beep(good=False)
        assert theirs.recv(64) == b"\x04\x20"
    with pytest.raises(DeviceError, match="is gone"):
        listen(scanner, witness, 2)
    scanner.close()


def test_simulated_scanners_say_what_they_can(scanners: Rig) -> None:
    with pytest.raises(DeviceError, match="cannot 'sing'"):
        scanners.do("hid", "sing")
    with pytest.raises(DeviceError, match="cannot fail by 'rain'"):
        scanners.do("hid", "fail_next", how="rain")
    with pytest.raises(DeviceError, match="no layout 'xx'"):
        scanners.do("wedge", "layout", name="xx")
    scanners.do("hid", "unplug")
    with pytest.raises(DeviceError, match="unplugged"):
        scanners.do("hid", "scan", text="1")
    assert not Path(scanners.folder / "hid").exists()
    scanners.do("hid", "plug")
