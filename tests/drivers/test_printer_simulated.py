"""The bench printer itself, and the small pure parts of the driver: recovery, pulses, replies in words."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.device import DeviceError
from drivers.printer import pulse
from drivers.printer.describe import describe, redact
from drivers.printer.mechanism import Mechanism
from drivers.printer.recovery import Recovery
from drivers.printer.simulated import SimulatedPrinter, SimulatedSerialPrinter, SimulatedUsbPrinter
from drivers.printer.simulated_plugs import UsbPlug
from drivers.printer.status import PrinterStatus
from drivers.simulation import Simulation
from drivers.transport.waiting import Deadline
from tests.drivers.printer_lane import DEADLINE_S
from tests.drivers.witness import short_folder


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[SimulatedPrinter]:
    printer = SimulatedPrinter("printer", folder=tmp_path / "paper")
    printer.start()
    yield printer
    printer.stop()


def test_the_bench_printer_refuses_what_it_cannot_do(bench: SimulatedPrinter) -> None:
    for action, fields in (
        ("explode", {}),
        ("drop_after", {}),
        ("paper_out_after", {"lines": 0}),
        ("silent", {"on": "yes"}),
        ("slow", {}),
    ):
        with pytest.raises(DeviceError) as caught:
            bench.control(action, fields)  # type: ignore[arg-type] # wrong on purpose
        assert caught.value.remedy


def test_a_real_time_question_is_answered_while_out_of_paper_and_a_question_in_the_stream_is_not(
    bench: SimulatedPrinter,
) -> None:
    bench.control("paper_out", {})
    with socket.create_connection(bench.address, DEADLINE_S) as link:
        link.sendall(b"Tea\n\x1dr\x01\x10\x04\x04")
        assert link.recv(1) == b"\x7e"
        bench.control("paper_in", {})
        assert link.recv(1) == b"\x00"


def test_the_automatic_status_comes_on_change_until_reset(bench: SimulatedPrinter) -> None:
    with socket.create_connection(bench.address, DEADLINE_S) as link:
        link.sendall(b"\x1da\x0f")
        assert link.recv(4, socket.MSG_WAITALL) == b"\x10\x00\x00\x00"
        bench.control("cover_open", {})
        assert link.recv(4, socket.MSG_WAITALL) == b"\x38\x00\x00\x00"
        bench.control("cover_close", {})
        assert link.recv(4, socket.MSG_WAITALL) == b"\x10\x00\x00\x00"
        bench.control("drawer_open", {})
        assert link.recv(4, socket.MSG_WAITALL) == b"\x14\x00\x00\x00"
        bench.control("drawer_close", {})
        assert link.recv(4, socket.MSG_WAITALL) == b"\x10\x00\x00\x00"
        link.sendall(b"\x1b@\x1dr\x01")
        assert link.recv(1) == b"\x00"
        bench.control("cover_open", {})
        link.sendall(b"\x10\x04\x01")
        assert link.recv(1) == b"\x1a"


def test_the_bench_printer_is_a_simulated_device(tmp_path: Path) -> None:
    printer = SimulatedPrinter("printer", folder=tmp_path)
    simulation = Simulation(tmp_path, [printer])
    simulation.start()
    try:
        assert simulation.where() == {"printer": {"host": "127.0.0.1", "port": printer.address[1]}}
        assert simulation.do("printer", "state", {})["paper"] is True
    finally:
        simulation.stop()
        printer.stop()


def test_the_other_plugs_say_where_they_are() -> None:
    with short_folder() as folder:
        serial, usb = SimulatedSerialPrinter("a", folder=folder), SimulatedUsbPrinter("b", folder=folder)
        simulation = Simulation(folder, [serial, usb])
        simulation.start()
        assert simulation.where() == {"a": {"port": str(folder / "a-port")}, "b": {"port": str(folder / "b-usb/sys")}}
        simulation.stop()
        assert list(folder.glob("*-port")) == []
        assert not (folder / "b-usb" / "sys").exists()


@pytest.mark.parametrize(
    ("data", "pulses"),
    [
        ("1b70001919", 1),
        ("1014010001", 1),
        ("1b70001919 1014010101", 2),
        ("10140100", 0),
        ("1014020001", 0),
    ],
)
def test_a_pulse_in_the_stream_and_one_at_once(data: str, pulses: int) -> None:
    mechanism = Mechanism()
    mechanism.feed(bytes.fromhex(data))
    assert mechanism.pulses == pulses
    assert mechanism.sensors.drawer_open == bool(pulses)


def test_without_paper_only_the_pulse_at_once_comes() -> None:
    mechanism = Mechanism()
    mechanism.sensors.paper = False
    mechanism.feed(pulse.in_stream(0, 100, 200))
    assert mechanism.pulses == 0
    mechanism.feed(pulse.real_time(0, 100, 200))
    assert mechanism.pulses == 1


def test_a_usb_plug_closed_while_it_comes_back_leaves_no_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A dropped plug is back on its own thread; whoever closes it meanwhile must not take the tree from under it."""
    with short_folder() as folder:
        plug = UsbPlug(folder / "usb", "BENCH1", lambda _: None, ids=("04b8", "0e28"))
        announce, closers = plug._announce, [threading.Thread(target=plug.close)]

        def announce_while_closing() -> None:
            closers[0].start()
            deadline = Deadline(DEADLINE_S)
            while plug._calls.empty():  # the closer waits for its turn
                assert not deadline.passed
            announce()

        plug.plug()
        monkeypatch.setattr(plug, "_announce", announce_while_closing)
        plug.drop()
        closers[0].join(DEADLINE_S)
        assert not closers[0].is_alive()
        assert not plug.plugged
        assert not plug.sysfs.exists()
        assert not plug.node.exists()


def test_pulses_as_bytes() -> None:
    # ESC p m t1 t2 in steps of 2 ms; DLE DC4 1 m t in steps of 100 ms (Epson ESC/POS)
    assert pulse.in_stream(0, 50, 500) == bytes.fromhex("1b700019fa")
    assert pulse.in_stream(1, 510, 510) == bytes.fromhex("1b7001ffff")
    assert pulse.real_time(0, 50, 500) == bytes.fromhex("1014010001")
    assert pulse.real_time(1, 510, 510) == bytes.fromhex("1014010106")


@pytest.mark.parametrize("wrong", [(2, 50, 50), (-1, 50, 50), (0, 9, 50), (0, 511, 511), (0, 100, 99), (0, 50, 511)])
def test_a_pulse_that_would_burn_the_coil_is_refused(wrong: tuple[int, int, int]) -> None:
    for made in (pulse.in_stream, pulse.real_time):
        with pytest.raises(ValueError, match=r"pins|pulse"):
            made(*wrong)


JAM = PrinterStatus(cutter_error=True, offline=True)


def test_recovery_waits_for_a_person() -> None:
    recovery = Recovery()
    assert [recovery.due(JAM) for _ in range(3)] == [False] * 3
    assert not recovery.due(replace(JAM, cover_open=True))
    assert recovery.due(JAM)
    assert not recovery.due(JAM)  # once for each time
    assert not recovery.due(replace(JAM, cover_open=True))
    assert recovery.due(JAM)


def test_a_cover_without_an_error_recovers_nothing() -> None:
    recovery = Recovery()
    for status in (PrinterStatus(cover_open=True), PrinterStatus(), JAM, replace(JAM, unrecoverable=True)):
        assert not recovery.due(status)
    assert not recovery.due(PrinterStatus(cover_open=True))
    assert not recovery.due(JAM)


def only_reply(frame: bytes) -> dict[str, object]:
    replies: Any = describe(frame)["replies"]
    (reply,) = replies
    assert isinstance(reply, dict)
    return reply


@pytest.mark.parametrize(
    ("frame", "key", "value"),
    [
        ("12", "kind", "real_time"),
        ("10000000", "conditions", []),
        ("38000f00", "conditions", ["cover_open", "paper_out"]),
        ("37223132333400", "id", "1234"),
        ("13", "ready", False),
        ("00", "kind", "in_stream"),
        ("ff", "value", "ff"),
    ],
)
def test_replies_in_words(frame: str, key: str, value: object) -> None:
    assert only_reply(bytes.fromhex(frame))[key] == value


def test_a_real_time_answer_is_given_for_each_question() -> None:
    meanings: Any = only_reply(b"\x72")["if_asked_for"]
    assert {name: found["conditions"] for name, found in meanings.items()} == {
        "printer": [],
        "offline_cause": ["paper_out"],
        "error_cause": ["printer_error", "head_hot"],
        "paper": ["paper_out"],
    }


@given(st.binary(max_size=64))
def test_any_bytes_have_words(frame: bytes) -> None:
    found = describe(frame)
    json.dumps(found)
    assert ("rest" in found) or not frame or found["replies"]


def test_a_long_frame_is_not_shown_whole() -> None:
    assert redact(b"\x10\x04\x01") == "10 04 01"
    shown = redact(b"\x1b@" + b"Doris Dorfler".ljust(500))
    assert shown.startswith("502 bytes: 1b 40")
    assert len(shown) < 130
