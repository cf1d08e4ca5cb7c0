"""The ZVT driver against the simulated terminal over real TCP: every way a payment can end, and that money is safe."""

from __future__ import annotations

import logging
import os
import socket
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from drivers.device import Category, Conditions, DeviceError
from drivers.payment.interface import (
    Approved,
    Attendance,
    Declined,
    DeclineReason,
    NotReversed,
    PaymentProgress,
    PaymentRequest,
    Reversed,
    TerminalInfo,
    Unknown,
)
from drivers.payment.simulated import SimulatedZvtTerminal
from drivers.payment.simulated_answers import EXPIRY, TERMINAL_ID, TEST_CARD, nack
from drivers.payment.zvt import ZvtSettings, ZvtTerminal
from drivers.transport.waiting import Deadline

T = TypeVar("T")

SALE = PaymentRequest("sale-1", 1234, "EUR")
OTHER = PaymentRequest("sale-2", 1234, "EUR")
# An hour and more of patience where the test ends the wait itself; a blink where the end of patience is the test.
PATIENT = {"answer_timeout_s": 20.0, "card_timeout_s": 60.0, "health_interval_s": 300.0}
HASTY = {"answer_timeout_s": 1.0, "card_timeout_s": 0.3, "health_interval_s": 300.0}


class Lane:
    """A driver on a thread of its own, as under a supervisor, and everything it said."""

    def __init__(self, address: tuple[str, int], **settings: object) -> None:
        self.heard: list[object] = []
        host, port = address
        table = {"driver": "zvt", "host": host, "port": port, **PATIENT, **settings}
        self.driver = ZvtTerminal("terminal", msgspec.convert(table, ZvtSettings), self.heard.append)
        self._thread = ThreadPoolExecutor(1)

    def go(self, call: Callable[[ZvtTerminal], T]) -> Future[T]:
        return self._thread.submit(call, self.driver)

    def do(self, call: Callable[[ZvtTerminal], T]) -> T:
        return self.go(call).result(60)

    def close(self) -> None:
        self.driver.abort()
        self.do(lambda driver: driver.close())
        self._thread.shutdown()

    def all(self, kind: type[T]) -> list[T]:
        return [record for record in self.heard if isinstance(record, kind)]

    @property
    def last_receipt_number(self) -> int | None:
        return self.all(TerminalInfo)[-1].last_receipt_number


@pytest.fixture
def terminal() -> Iterator[SimulatedZvtTerminal]:
    simulated = SimulatedZvtTerminal("terminal")
    simulated.start()
    yield simulated
    simulated.stop()


@pytest.fixture
def lanes(terminal: SimulatedZvtTerminal) -> Iterator[Callable[..., Lane]]:
    made: list[Lane] = []

    def make(**settings: object) -> Lane:
        lane = Lane(terminal.address, **settings)
        made.append(lane)
        lane.do(lambda driver: driver.open())
        return lane

    yield make
    for lane in made:
        lane.close()


@pytest.fixture
def lane(lanes: Callable[..., Lane]) -> Lane:
    return lanes()


def asked(terminal: SimulatedZvtTerminal) -> dict[str, object]:
    return terminal.control("wait_for_authorisation", {"timeout_s": 20})


def charges(terminal: SimulatedZvtTerminal) -> list[tuple[object, object]]:
    found = terminal.control("state", {})["charges"]
    assert isinstance(found, list)
    return [(charge["amount_minor"], charge["state"]) for charge in found]


def pay(lane: Lane, terminal: SimulatedZvtTerminal, action: str, request: PaymentRequest = SALE) -> object:
    """Authorise, and do `action` at the terminal once it asks for a card."""
    outcome = lane.go(lambda driver: driver.authorise(request))
    asked(terminal)
    terminal.control(action, {})
    return outcome.result(60)


def test_the_terminal_is_ready_once_it_has_answered(lane: Lane) -> None:
    assert lane.heard == [TerminalInfo("terminal", TERMINAL_ID, None), Conditions(())]
    assert lane.driver.category is Category.PAYMENT_TERMINAL
    assert lane.driver.attendance is Attendance.UNATTENDED


def test_a_card_is_charged_once(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    outcome = pay(lane, terminal, "tap")
    assert isinstance(outcome, Approved)
    assert (outcome.reference, outcome.amount_minor, outcome.card.receipt_number) == ("sale-1", 1234, 1)
    assert outcome.card.masked_pan == "•••• 1111"
    assert outcome.card.card_name == "VISA TEST"
    assert outcome.card.authorisation_code == "715691"
    assert charges(terminal) == [(1234, "charged")]
    assert terminal.control("state", {})["authorisations"] == 1
    assert [progress.step for progress in lane.all(PaymentProgress)] == ["insert_card", "processing"]
    assert lane.last_receipt_number == 1


@pytest.mark.parametrize("switch", ["duplicate", "split"])
def test_an_odd_terminal_charges_once_all_the_same(lane: Lane, terminal: SimulatedZvtTerminal, switch: str) -> None:
    terminal.control(switch, {"on": True})
    assert isinstance(pay(lane, terminal, "tap"), Approved)
    assert isinstance(pay(lane, terminal, "tap", OTHER), Approved)
    assert charges(terminal) == [(1234, "charged")] * 2


@pytest.mark.parametrize(
    ("action", "reason", "code"),
    [("decline", DeclineReason.DECLINED, "05"), ("cancel", DeclineReason.CANCELLED, "6C")],
)
def test_a_clear_no_charges_nothing(
    lane: Lane, terminal: SimulatedZvtTerminal, action: str, reason: DeclineReason, code: str
) -> None:
    assert pay(lane, terminal, action) == Declined("terminal", "sale-1", reason, code)
    assert charges(terminal) == []
    assert isinstance(pay(lane, terminal, "tap", OTHER), Approved)


def test_we_abort_from_another_thread(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    outcome = lane.go(lambda driver: driver.authorise(SALE))
    asked(terminal)
    lane.driver.abort()
    assert outcome.result(60) == Declined("terminal", "sale-1", DeclineReason.CANCELLED, "6C")
    assert charges(terminal) == []
    assert isinstance(pay(lane, terminal, "tap", OTHER), Approved)


def test_an_abort_with_nothing_running_aborts_nothing_later(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    lane.driver.abort()
    assert isinstance(pay(lane, terminal, "tap"), Approved)


def test_an_abort_that_comes_too_late_does_not_undo_the_charge(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    outcome = lane.go(lambda driver: driver.authorise(SALE))
    asked(terminal)
    terminal.control("answer_late", {})
    lane.driver.abort()
    _until(lambda: _received(terminal, "06B0") == 1)
    terminal.control("answer", {})
    assert isinstance(outcome.result(60), Approved)
    assert isinstance(pay(lane, terminal, "tap", OTHER), Approved)


def test_a_lost_answer_is_unknown_and_found_by_asking(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    assert isinstance(pay(lane, terminal, "tap", OTHER), Approved)
    before = lane.last_receipt_number
    assert isinstance(pay(lane, terminal, "lose_answer"), Unknown)
    outcome = lane.do(lambda driver: driver.enquire(SALE, before))
    assert isinstance(outcome, Approved)
    assert (outcome.card.receipt_number, outcome.card.terminal_id) == (2, TERMINAL_ID)
    assert lane.last_receipt_number == 2
    assert terminal.control("state", {})["authorisations"] == 2


def test_a_charge_that_never_was_is_found_by_asking(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    assert isinstance(pay(lane, terminal, "tap", OTHER), Approved)
    before = lane.last_receipt_number
    assert isinstance(pay(lane, terminal, "drop_before_charge"), Unknown)
    outcome = lane.do(lambda driver: driver.enquire(SALE, before))
    assert outcome == Declined("terminal", "sale-1", DeclineReason.NOT_CHARGED)
    assert charges(terminal) == [(1234, "charged")]


def test_the_first_charge_ever_is_found_while_the_process_lives(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    assert isinstance(pay(lane, terminal, "lose_answer"), Unknown)
    assert isinstance(lane.do(lambda driver: driver.enquire(SALE, None)), Approved)


def test_without_a_number_from_before_a_charge_is_not_taken_for_ours(
    lanes: Callable[..., Lane], terminal: SimulatedZvtTerminal
) -> None:
    terminal.control("charge", {"amount_minor": 1234})
    assert isinstance(lanes().do(lambda driver: driver.enquire(SALE, None)), Unknown)


def test_an_older_charge_of_the_same_amount_is_not_taken_for_ours(
    lanes: Callable[..., Lane], terminal: SimulatedZvtTerminal
) -> None:
    terminal.control("charge", {"amount_minor": 1234})
    lane = lanes()
    assert lane.last_receipt_number == 1
    assert isinstance(pay(lane, terminal, "drop_before_charge"), Unknown)
    outcome = lane.do(lambda driver: driver.enquire(SALE, 1))
    assert outcome == Declined("terminal", "sale-1", DeclineReason.NOT_CHARGED)


def test_a_busy_terminal_is_not_believed_to_have_charged_nothing(
    lanes: Callable[..., Lane], terminal: SimulatedZvtTerminal, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal.control("charge", {"amount_minor": 1234})
    lane = lanes()
    monkeypatch.setattr(terminal._terminal, "_status_enquiry", lambda _: terminal._line.reply(nack(0x9C)))
    assert lane.do(lambda driver: driver.enquire(SALE, 1)) == Unknown(
        "terminal", "sale-1", "The terminal is still busy."
    )


def test_a_terminal_that_falls_silent_is_unknown_by_its_deadline(
    lanes: Callable[..., Lane], terminal: SimulatedZvtTerminal
) -> None:
    terminal.control("charge", {"amount_minor": 1234})
    lane = lanes(**HASTY)
    outcome = lane.go(lambda driver: driver.authorise(SALE))
    asked(terminal)
    terminal.control("silent", {})
    assert isinstance(outcome.result(60), Unknown)
    terminal.control("tap", {})
    terminal.control("silent", {"on": False})
    assert isinstance(lane.do(lambda driver: driver.enquire(SALE, 1)), Approved)
    assert _received(terminal, "0601") == 1


def test_a_terminal_silent_from_the_start_is_unknown(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    hasty = Lane(terminal.address, **HASTY)
    hasty.do(lambda driver: driver.open())
    terminal.control("silent", {})
    assert hasty.do(lambda driver: driver.authorise(SALE)) == Unknown(
        "terminal", "sale-1", "The terminal did not answer in time."
    )
    terminal.control("silent", {"on": False})
    before = lane.last_receipt_number
    outcome = hasty.do(lambda driver: driver.enquire(SALE, before))
    assert outcome == Declined("terminal", "sale-1", DeclineReason.NOT_CHARGED)
    assert _received(terminal, "0601") == 1
    hasty.close()


def test_a_shopper_who_never_comes_times_out(lanes: Callable[..., Lane], terminal: SimulatedZvtTerminal) -> None:
    lane = lanes(card_timeout_s=0.1)
    outcome = lane.do(lambda driver: driver.authorise(SALE))
    assert outcome == Declined("terminal", "sale-1", DeclineReason.TIMED_OUT, "6C")
    assert not terminal.control("state", {})["waiting"]


def test_a_charge_is_taken_back(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    outcome = pay(lane, terminal, "tap")
    assert isinstance(outcome, Approved)
    number = outcome.card.receipt_number
    assert lane.do(lambda driver: driver.reverse(SALE, number)) == Reversed("terminal", "sale-1")
    assert charges(terminal) == [(1234, "reversed")]
    assert lane.last_receipt_number == 2
    assert lane.do(lambda driver: driver.reverse(SALE, number)) == Reversed("terminal", "sale-1")
    assert charges(terminal) == [(1234, "reversed")]
    assert isinstance(lane.do(lambda driver: driver.enquire(SALE, None)), Unknown)


def test_a_reversal_is_refused_or_of_unknown_end_and_says_which(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    assert isinstance(pay(lane, terminal, "tap"), Approved)
    refused = lane.do(lambda driver: driver.reverse(SALE, 99))
    assert isinstance(refused, NotReversed)
    assert "B5" in refused.reason
    assert isinstance(lane.do(lambda driver: driver.reverse(SALE, 0)), NotReversed)
    terminal.control("lose_answer", {})
    lost = lane.do(lambda driver: driver.reverse(SALE, 1))
    assert isinstance(lost, NotReversed)
    assert "not known" in lost.reason
    unplugged = lane.do(lambda driver: driver.reverse(SALE, 1))
    assert isinstance(unplugged, NotReversed)
    assert "was not asked" in unplugged.reason


def test_nothing_is_sent_for_a_wrong_currency_or_amount(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    for request in (
        PaymentRequest("a", 100, "CHF"),
        PaymentRequest("b", 0, "EUR"),
        PaymentRequest("c", 10**12, "EUR"),
    ):
        outcome = lane.do(lambda driver, request=request: driver.authorise(request))  # type: ignore[misc] # bound now
        assert isinstance(outcome, Declined)
        assert outcome.reason is DeclineReason.UNAVAILABLE
    assert _received(terminal, "0601") == 0


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
    lane = Lane(terminal.address)
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
        lane = Lane(web.getsockname()[:2])
        opening = lane.go(lambda driver: driver.open())
        peer, _ = web.accept()
        with peer:
            peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            with pytest.raises(DeviceError, match="does not speak ZVT"):
                opening.result(60)
        lane.close()


def test_garbage_in_the_middle_of_a_payment_is_unknown(lane: Lane, terminal: SimulatedZvtTerminal) -> None:
    outcome = lane.go(lambda driver: driver.authorise(SALE))
    asked(terminal)
    _until(lambda: _received(terminal, "8000") == 3)
    terminal.control("say", {"hex": "deadbeef"})
    assert isinstance(outcome.result(60), Unknown)
    assert not lane.driver._session.connected


def test_a_lane_that_comes_back_aborts_the_payment_it_left_behind(
    lanes: Callable[..., Lane], terminal: SimulatedZvtTerminal
) -> None:
    terminal.control("charge", {"amount_minor": 1234})
    first = lanes()
    outcome = first.go(lambda driver: driver.authorise(SALE))
    asked(terminal)
    second = lanes()
    assert isinstance(outcome.result(60), Unknown)
    assert not terminal.control("state", {})["waiting"]
    settled = second.do(lambda driver: driver.enquire(SALE, 1))
    assert settled == Declined("terminal", "sale-1", DeclineReason.NOT_CHARGED)


def test_a_card_tapped_after_the_lane_went_away_is_found(
    lanes: Callable[..., Lane], terminal: SimulatedZvtTerminal
) -> None:
    terminal.control("charge", {"amount_minor": 1234})
    first = lanes()
    outcome = first.go(lambda driver: driver.authorise(SALE))
    asked(terminal)
    terminal.control("unplug", {})
    assert isinstance(outcome.result(60), Unknown)
    terminal.control("tap", {})
    terminal.control("plug", {})
    assert isinstance(lanes().do(lambda driver: driver.enquire(SALE, 1)), Approved)


def test_the_health_check_never_charges(lanes: Callable[..., Lane], terminal: SimulatedZvtTerminal) -> None:
    lane = lanes(health_interval_s=0.01)
    wake = os.eventfd(0)
    for _ in range(3):
        lane.do(lambda driver: driver.listen(wake, lane.heard.append))
    os.close(wake)
    assert _received(terminal, "0501") == 3
    assert _received(terminal, "0601") == 0


def test_a_silent_terminal_is_lost_at_the_next_health_check(
    lanes: Callable[..., Lane], terminal: SimulatedZvtTerminal
) -> None:
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
    _until(lambda: _received(terminal, "8000") == 2)
    terminal.control("say", {"hex": "06d1020020"})
    wake = os.eventfd(0)
    lane.do(lambda driver: driver.listen(wake, lane.heard.append))
    os.close(wake)
    _until(lambda: _received(terminal, "8000") == 3)
    assert isinstance(pay(lane, terminal, "tap"), Approved)


def test_no_card_data_in_any_log_or_record(
    lane: Lane, terminal: SimulatedZvtTerminal, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        assert isinstance(pay(lane, terminal, "tap"), Approved)
        assert isinstance(pay(lane, terminal, "lose_answer", OTHER), Unknown)
        assert isinstance(lane.do(lambda driver: driver.enquire(OTHER, 1)), Approved)
    told = caplog.text + repr(lane.heard)
    assert "payment.concluded" in told
    for secret in (TEST_CARD, TEST_CARD[:6], TEST_CARD[-8:], EXPIRY, "000000"):
        assert secret not in told


def test_nothing_is_left_open(terminal: SimulatedZvtTerminal) -> None:
    def descriptors() -> int:
        return len(list(Path("/proc/self/fd").iterdir()))

    lane = Lane(terminal.address)
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
    lane = Lane(first.address)
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


@pytest.mark.parametrize(("mode", "kind"), [("approve", Approved), ("decline", Declined)])
def test_a_terminal_on_its_own(lane: Lane, terminal: SimulatedZvtTerminal, mode: str, kind: type[object]) -> None:
    terminal.control("auto", {"mode": mode})
    assert isinstance(lane.do(lambda driver: driver.authorise(SALE)), kind)


def _received(terminal: SimulatedZvtTerminal, control: str) -> int:
    received = terminal.control("state", {})["received"]
    assert isinstance(received, dict)
    return int(received.get(control, 0))


def _until(condition: Callable[[], bool]) -> None:
    """Ask until it is so; each question is a round trip to the terminal's thread."""
    deadline = Deadline(20)
    while not condition():
        assert not deadline.passed
