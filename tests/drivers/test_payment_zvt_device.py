"""The ZVT terminal as a device: opening, settings, its health, going away and coming back, its control handle."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from drivers.device import Category, Conditions, DeviceError
from drivers.payment.interface import Approved, Attendance, Declined, DeclineReason, TerminalInfo, Unknown
from drivers.payment.simulated import SimulatedZvtTerminal
from drivers.payment.simulated_answers import TERMINAL_ID
from drivers.payment.zvt import ZvtSettings, ZvtTerminal
from tests.drivers.zvt_bench import SALE, Lane, Lanes, lanes_at, pay, received, simulated_terminal, unopened, until


@pytest.fixture
def terminal() -> Iterator[SimulatedZvtTerminal]:
    with simulated_terminal() as simulated:
        yield simulated


@pytest.fixture
def lanes(terminal: SimulatedZvtTerminal) -> Iterator[Lanes]:
    with lanes_at(terminal) as make:
        yield make


@pytest.fixture
def lane(lanes: Lanes) -> Lane:
    return lanes()


def test_the_terminal_is_ready_once_it_has_answered(lane: Lane) -> None:
    assert lane.heard == [TerminalInfo("terminal", TERMINAL_ID, None), Conditions(())]
    assert lane.driver.category is Category.PAYMENT_TERMINAL
    assert lane.driver.attendance is Attendance.UNATTENDED


def test_an_unplugged_terminal_charges_nothing_and_is_noticed(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    terminal.control("unplug", {})
    outcome = lane.do(lambda driver: driver.authorise(SALE))
    assert outcome == Declined("terminal", "sale-1", DeclineReason.UNAVAILABLE)
    with pytest.raises(DeviceError):
        lane.do(lambda driver: driver.listen(0, lane.heard.append))
    assert isinstance(lane.do(lambda driver: driver.enquire(SALE, 1)), Unknown)
    with pytest.raises(DeviceError, match="Check that it is switched on"):
        lane.do(lambda driver: driver.open())
    terminal.control("plug", {})
    lane.do(lambda driver: driver.open())
    assert isinstance(pay(lane, terminal, "tap"), Approved)


def test_a_refused_registration_calls_for_a_person(terminal: SimulatedZvtTerminal) -> None:
    terminal.control("reject_registration", {"code": 0x6F})
    lane = unopened(terminal.address)
    with pytest.raises(DeviceError, match=r"code 6F.*password") as refused:
        lane.do(lambda driver: driver.open())
    assert refused.value.permanent
    terminal.control("reject_registration", {"on": False})
    lane.do(lambda driver: driver.open())
    lane.close()


def test_settings_out_of_bounds_are_refused() -> None:
    for wrong in ({"password": "12345"}, {"port": 0}, {"card_timeout_s": 9999}, {"pasword": "1"}, {"attendance": "x"}):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert({"driver": "zvt", "host": "terminal.shop", **wrong}, ZvtSettings)
    strange = msgspec.convert({"driver": "zvt", "host": "127.0.0.1", "currency": "XTS"}, ZvtSettings)
    with pytest.raises(DeviceError, match="XTS") as refused:
        ZvtTerminal("terminal", strange, list[object]().append).open()
    assert refused.value.permanent


def test_what_answers_is_no_terminal() -> None:
    with socket.create_server(("127.0.0.1", 0)) as web:
        lane = unopened(web.getsockname()[:2])
        opening = lane.go(lambda driver: driver.open())
        peer, _ = web.accept()
        with peer:
            peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            with pytest.raises(DeviceError, match="does not speak ZVT"):
                opening.result(60)
        lane.close()


def test_the_health_check_never_charges(lanes: Lanes, terminal: SimulatedZvtTerminal) -> None:
    lane = lanes(health_interval_s=0.01)
    wake = os.eventfd(0)
    for _ in range(3):
        lane.do(lambda driver: driver.listen(wake, lane.heard.append))
    os.close(wake)
    assert received(terminal, "0501") == 3
    assert received(terminal, "0601") == 0


def test_a_silent_terminal_is_lost_at_the_next_health_check(lanes: Lanes, terminal: SimulatedZvtTerminal) -> None:
    lane = lanes(health_interval_s=0.01, answer_timeout_s=0.2)
    terminal.control("silent", {})
    wake = os.eventfd(0)
    with pytest.raises(DeviceError, match="does not answer any more"):
        lane.do(lambda driver: driver.listen(wake, lane.heard.append))
    os.close(wake)


def test_a_wake_up_ends_listening_at_once(lane: Lane) -> None:
    wake = os.eventfd(1)
    lane.do(lambda driver: driver.listen(wake, lane.heard.append))
    os.close(wake)


def test_what_the_terminal_says_unasked_is_acknowledged(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    # The acknowledgements of the opening may still be on the line when the lane has it for ready.
    until(lambda: received(terminal, "8000") == 2)
    terminal.control("say", {"hex": "06d1020020"})
    wake = os.eventfd(0)
    lane.do(lambda driver: driver.listen(wake, lane.heard.append))
    os.close(wake)
    until(lambda: received(terminal, "8000") == 3)
    assert isinstance(pay(lane, terminal, "tap"), Approved)


def test_nothing_is_left_open(terminal: SimulatedZvtTerminal) -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    lane = unopened(terminal.address)
    lane.do(lambda driver: driver.close())
    before = descriptors()
    for _ in range(5):
        lane.do(lambda driver: driver.open())
        terminal.control("unplug", {})
        lane.do(lambda driver: driver.close())
        lane.do(lambda driver: driver.close())
        terminal.control("plug", {})
    assert descriptors() == before
    lane.close()


def test_the_books_outlive_the_terminal(tmp_path: Path) -> None:
    books = tmp_path / "books.json"
    first = SimulatedZvtTerminal("terminal", books=books)
    first.start()
    lane = unopened(first.address)
    lane.do(lambda driver: driver.open())
    assert isinstance(pay(lane, first, "lose_answer"), Unknown)
    first.stop()
    first.stop()
    second = SimulatedZvtTerminal("terminal", port=first.address[1], books=books)
    second.start()
    assert isinstance(lane.do(lambda driver: driver.enquire(SALE, 0)), Approved)
    lane.close()
    second.stop()


def test_the_control_handle_explains_itself(terminal: SimulatedZvtTerminal) -> None:
    for action, fields in (
        ("explode", {}),
        ("tap", {}),
        ("answer", {}),
        ("auto", {"mode": "sometimes"}),
        ("decline", {"code": "many"}),
        ("say", {"hex": "xyz"}),
        ("wait_for_authorisation", {"timeout_s": 0}),
    ):
        with pytest.raises(DeviceError) as refused:
            terminal.control(action, fields)  # type: ignore[arg-type] # a literal of several value types
        assert refused.value.remedy
