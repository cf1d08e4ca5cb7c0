"""The contract of a scanner: every real driver, supervised, against its simulated twin of another process."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from drivers.device import DeviceChanged, Lifecycle, Link
from drivers.scanner.interface import BadRead, Scan
from drivers.scanner.scanner_driver import ScannerDriver
from drivers.scanner.simulated import SimulatedScanner
from drivers.scanner.simulated_usb import SimulatedHidScanner, SimulatedWedgeScanner
from drivers.supervisor import Supervisor
from tests.drivers.scanner_rig import KINDS, QUICK, Rig, driver, rig, supervised, until
from tests.drivers.witness import Witness, open_files, short_folder

OPENING, READY, LOST, FAILED, CLOSED = Lifecycle
EAN = "4006381333931"


@pytest.fixture(scope="module")
def scanners() -> Iterator[Rig]:
    with rig() as found:
        yield found


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture
def bench(scanners: Rig, kind: str) -> Rig:
    """The scanner of this kind: plugged in, and without a fault of the test before."""
    for action, fields in (
        ("unplug", {}),
        ("plug", {}),
        ("fail_next", {"how": ""}),
        ("fail_always", {"how": ""}),
        ("silent", {"on": False}),
        ("slow", {"ms": 0}),
    ):
        scanners.do(kind, action, **fields)
    if kind == "wedge":
        scanners.do(kind, "layout", name="us")
    return scanners


def test_codes_come_in_their_order(bench: Rig, kind: str) -> None:
    witness = Witness()
    codes = [f"{number:013d}" for number in range(100)]
    with supervised(kind, bench.folder / kind, witness):
        witness.until_lifecycle(OPENING, READY)
        for code in codes:
            bench.do(kind, "scan", text=code, aim="]E0")
        assert witness.of(Scan, len(codes)) == [Scan("scanner", code, "]E0") for code in codes]


def test_a_long_code_with_separators_comes_whole(bench: Rig, kind: str) -> None:
    witness = Witness()
    text = "0104006381333931\x1d10" + "ABC/def-123" * 70
    with supervised(kind, bench.folder / kind, witness):
        witness.until_lifecycle(OPENING, READY)
        bench.do(kind, "scan", text=text, aim="]Q3")
        assert witness.of(Scan) == [Scan("scanner", text, "]Q3")]


@pytest.mark.parametrize("how", ["garbage", "half"])
def test_what_is_no_code_gives_none_and_the_next_one_is_read(bench: Rig, kind: str, how: str) -> None:
    witness = Witness()
    with supervised(kind, bench.folder / kind, witness) as supervisor:
        witness.until_lifecycle(OPENING, READY)
        bench.do(kind, "fail_next", how=how)
        bench.do(kind, "scan", text=EAN)
        if kind != "ssi":
            witness.of(BadRead)
        # SSI asks again for what came damaged, and gets it; the next code is read all the same.
        witness.until(lambda _: kind != "ssi" or counted(supervisor) or bool(scans(witness)))
        seen = len(scans(witness))
        bench.do(kind, "scan", text=EAN)
        if how == "half" and kind != "ssi":
            # What ends so soon after half a code is taken for the rest of it, so a person may have to show it again.
            bench.do(kind, "scan", text=EAN)
        assert set(witness.of(Scan, seen + 1)) == {Scan("scanner", EAN)}
        assert len(witness.of(Scan)) <= 2


def scans(witness: Witness) -> list[Scan]:
    return [record for record in list(witness.records) if isinstance(record, Scan)]


def counted(supervisor: Supervisor[ScannerDriver]) -> bool:
    statistics = supervisor.statistics()
    return statistics.bad_frames + statistics.checksum_errors > 0


def test_bytes_one_at_a_time_are_the_same_codes(bench: Rig, kind: str) -> None:
    witness = Witness()
    with supervised(kind, bench.folder / kind, witness):
        witness.until_lifecycle(OPENING, READY)
        bench.do(kind, "slow", ms=1)
        bench.do(kind, "scan", text="A1", aim="]C1")
        bench.do(kind, "slow", ms=0)
        bench.do(kind, "scan", text="A1", aim="]C1")
        assert witness.of(Scan, 2) == [Scan("scanner", "A1", "]C1")] * 2


def test_a_scanner_pulled_out_in_the_middle_of_a_code_comes_back(bench: Rig, kind: str) -> None:
    witness = Witness()
    with supervised(kind, bench.folder / kind, witness):
        witness.until_lifecycle(OPENING, READY)
        bench.do(kind, "half", text=EAN)
        bench.do(kind, "unplug")
        witness.until_lifecycle(OPENING, READY, LOST)
        bench.do(kind, "plug")
        witness.until_lifecycle(OPENING, READY, LOST, READY)
        bench.do(kind, "scan", text=EAN)
        assert witness.of(Scan) == [Scan("scanner", EAN)]


def test_a_port_comes_back_at_another_node(scanners: Rig) -> None:
    scanners.do("serial", "plug")
    link, witness = scanners.folder / "serial", Witness()
    with supervised("serial", link, witness):
        witness.until_lifecycle(OPENING, READY)
        before = link.resolve()
        scanners.do("serial", "unplug")
        witness.until_lifecycle(OPENING, READY, LOST)
        # Another terminal takes the old number, so that the scanner cannot come back under it.
        with occupied(before):
            scanners.do("serial", "plug")
            assert link.resolve() != before
            witness.until_lifecycle(OPENING, READY, LOST, READY)
            scanners.do("serial", "scan", text=EAN)
            assert witness.of(Scan) == [Scan("scanner", EAN)]


@contextlib.contextmanager
def occupied(node: Path) -> Iterator[None]:
    """Open pseudo terminals until one of them is `node`."""
    opened: list[int] = []
    try:
        while not node.exists():
            opened += os.openpty()
        yield
    finally:
        for descriptor in opened:
            os.close(descriptor)


def test_a_scanner_that_is_absent_is_lost_until_it_is_plugged_in(bench: Rig, kind: str) -> None:
    bench.do(kind, "unplug")
    witness = Witness()
    with supervised(kind, bench.folder / kind, witness):
        witness.until_lifecycle(OPENING, LOST)
        lost = witness.of(DeviceChanged, 2)[1]
        assert "Plug" in lost.conditions[0].remedy
        bench.do(kind, "plug")
        witness.until_lifecycle(OPENING, LOST, READY)


def test_the_link_of_an_absent_usb_scanner_is_off(scanners: Rig) -> None:
    for kind in ("hid", "wedge"):
        scanners.do(kind, "unplug")
        witness = Witness()
        with supervised(kind, scanners.folder / kind, witness):
            witness.until_lifecycle(OPENING, LOST)
            assert witness.of(DeviceChanged, 2)[1].link is Link.OFF


def test_a_scanner_that_another_program_holds_is_failed(bench: Rig, kind: str) -> None:
    first, second = Witness(), Witness()
    with supervised(kind, bench.folder / kind, first):
        first.until_lifecycle(OPENING, READY)
        with supervised(kind, bench.folder / kind, second):
            second.until_lifecycle(OPENING, FAILED)
            assert "Another program holds" in second.of(DeviceChanged, 2)[1].conditions[0].message
        bench.do(kind, "scan", text=EAN)
        assert first.of(Scan) == [Scan("scanner", EAN)]


def test_a_scanner_without_permission_is_failed(bench: Rig, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Root may open all, so the refusal of the kernel is handed in."""

    def refuse(*_: object, **__: object) -> object:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr("serial.Serial", refuse)
    monkeypatch.setattr("drivers.transport.hidraw.connect_twin", refuse)
    monkeypatch.setattr("drivers.transport.evdev_nodes.connect_twin", refuse)
    witness = Witness()
    with supervised(kind, bench.folder / kind, witness):
        witness.until_lifecycle(OPENING, FAILED)
        assert "No permission" in witness.of(DeviceChanged, 2)[1].conditions[0].message


def test_what_is_no_scanner_is_failed(kind: str, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    witness = Witness()
    with supervised(kind, tmp_path / "file", witness):
        witness.until_lifecycle(OPENING, FAILED)


def test_an_ssi_scanner_that_says_nothing_is_not_ready(scanners: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("drivers.scanner.ssi_reader.ANSWER_S", 0.02)
    for action, fields in (("plug", {}), ("silent", {"on": True})):
        scanners.do("ssi", action, **fields)
    witness = Witness()
    with supervised("ssi", scanners.folder / "ssi", witness):
        witness.until_lifecycle(OPENING, LOST)
        assert "does not answer in SSI" in witness.of(DeviceChanged, 2)[1].conditions[0].message
    scanners.do("ssi", "silent", on=False)


def test_nothing_that_was_scanned_is_logged(bench: Rig, kind: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    witness = Witness()
    with supervised(kind, bench.folder / kind, witness):
        witness.until_lifecycle(OPENING, READY)
        bench.do(kind, "scan", text=EAN)
        witness.of(Scan)
        bench.do(kind, "half", text=EAN)
        bench.do(kind, "unplug")
        witness.until_lifecycle(OPENING, READY, LOST)
    assert "device.lost" in caplog.text
    assert "400638" not in caplog.text
    told = [record for record in witness.records if not isinstance(record, Scan)]
    assert "400638" not in str(told)


@pytest.mark.parametrize(
    ("kind", "make"), [("serial", SimulatedScanner), ("hid", SimulatedHidScanner), ("wedge", SimulatedWedgeScanner)]
)
def test_plugging_in_and_out_leaves_no_file_and_no_thread_behind(
    kind: str, make: Callable[[str, Path], SimulatedScanner | SimulatedHidScanner | SimulatedWedgeScanner]
) -> None:
    """In this process: both ends count."""
    with short_folder() as folder:
        scanner = make("scanner", folder)
        scanner.start()
        witness = Witness()
        with supervised(kind, scanner.port, witness):
            witness.until_lifecycle(OPENING, READY)
            scanner.control("scan", {"text": "1"})
            witness.of(Scan)
            before = open_files(), threading.active_count()
            for number in range(20):
                changes = witness.lifecycles()
                scanner.control("unplug", {})
                witness.until_lifecycle(*changes, LOST)
                scanner.control("plug", {})
                witness.until_lifecycle(*changes, LOST, READY)
                # So that the twin has taken the driver in.
                scanner.control("scan", {"text": "1"})
                witness.of(Scan, number + 2)
            # The twin's thread gives its side of the last connection back in its own time.
            until(lambda: (open_files(), threading.active_count()) == before)
        scanner.stop()
        assert list(folder.iterdir()) == []


def test_stopped_during_a_back_off_it_leaves_nothing_open(kind: str, tmp_path: Path) -> None:
    before = open_files()
    witness = Witness()
    supervisor = Supervisor("scanner", lambda sink: driver(kind, tmp_path / "none", sink), witness, waits=QUICK)
    supervisor.start()
    witness.until_lifecycle(OPENING, LOST)
    supervisor.stop()
    witness.until_lifecycle(OPENING, LOST, CLOSED)
    assert open_files() == before
