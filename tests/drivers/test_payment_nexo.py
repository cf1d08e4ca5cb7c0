"""The nexo driver against the simulated terminal over real TLS: every way a payment can end, and that money is safe."""

from __future__ import annotations

import logging
import os
import socket
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import TypeVar

import msgspec
import pytest

from drivers.device import AbsentError, Category, Conditions, DeviceError, HealthLevel, Lifecycle, Slip
from drivers.payment import nexo_tls
from drivers.payment.interface import (
    Approved,
    Attendance,
    Declined,
    DeclineReason,
    NotReversed,
    PaymentProgress,
    PaymentRequest,
    ReceiptKind,
    Reversed,
    TerminalInfo,
    Unknown,
)
from drivers.payment.nexo import NexoSettings, NexoTerminal, wall_ms
from drivers.payment.nexo_tls import Trust
from drivers.payment.simulated_nexo import KEY_IDENTIFIER, KEY_VERSION, POI_ID, SimulatedNexoTerminal
from drivers.payment.simulated_nexo_terminal import EXPIRY, TEST_CARD
from drivers.supervisor import Supervisor, Waits
from drivers.transport.interface import Transport
from drivers.transport.waiting import Deadline
from tests.drivers.witness import Witness, open_files

T = TypeVar("T")

SALE = PaymentRequest("sale-1", 1234, "EUR")
OTHER = PaymentRequest("sale-2", 1234, "EUR")
# Much patience where the test ends the wait itself; a blink where the end of patience is the test.
PATIENT = {"answer_timeout_s": 20.0, "payment_limit_s": 60.0, "health_interval_s": 300.0, "settle_s": 0.0}
HASTY = {"answer_timeout_s": 1.5, "payment_limit_s": 0.3, "health_interval_s": 300.0}
FAULTS_WITHOUT_A_WORD = ("garbage", "half", "wrong_key", "forged", "clear", "mixed_up", "error")


def table(terminal: SimulatedNexoTerminal, **settings: object) -> dict[str, object]:
    host, port = terminal.address
    return {
        "driver": "nexo",
        "host": host,
        "port": port,
        "poi_id": POI_ID,
        "sale_id": "LANE-1",
        "key_file": str(terminal.key_file),
        "key_identifier": KEY_IDENTIFIER,
        "key_version": KEY_VERSION,
        "ca_file": str(terminal.ca_file),
        "environment": "test",
        **PATIENT,
        **settings,
    }


class Lane:
    """A driver on a thread of its own, as under a supervisor, and everything it said."""

    def __init__(self, terminal: SimulatedNexoTerminal, folder: Path, **settings: object) -> None:
        self.heard: list[object] = []
        self.now_ms = wall_ms()
        self.driver = NexoTerminal(
            "terminal",
            msgspec.convert(table(terminal, **settings), NexoSettings),
            self.heard.append,
            folder,
            clock_ms=lambda: self.now_ms,
        )
        self._thread = ThreadPoolExecutor(1)

    def go(self, call: Callable[[NexoTerminal], T]) -> Future[T]:
        return self._thread.submit(call, self.driver)

    def do(self, call: Callable[[NexoTerminal], T]) -> T:
        return self.go(call).result(60)

    def close(self) -> None:
        self.driver.abort()
        self.do(lambda driver: driver.close())
        self._thread.shutdown()

    def all(self, kind: type[T]) -> list[T]:
        return [record for record in self.heard if isinstance(record, kind)]


@pytest.fixture
def terminal(tmp_path: Path) -> Iterator[SimulatedNexoTerminal]:
    made = SimulatedNexoTerminal("terminal", tmp_path / "bench")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def lanes(terminal: SimulatedNexoTerminal, tmp_path: Path) -> Iterator[Callable[..., Lane]]:
    made: list[Lane] = []

    def make(**settings: object) -> Lane:
        lane = Lane(terminal, tmp_path, **settings)
        made.append(lane)
        return lane

    yield make
    for lane in made:
        lane.close()


@pytest.fixture
def lane(lanes: Callable[..., Lane]) -> Lane:
    made = lanes()
    made.do(lambda driver: driver.open())
    return made


def asked(terminal: SimulatedNexoTerminal) -> None:
    terminal.control("wait_for_authorisation", {"timeout_s": 20})


def charges(terminal: SimulatedNexoTerminal) -> list[tuple[object, object, object]]:
    found = terminal.control("state", {})["charges"]
    assert isinstance(found, list)
    return [(charge["reference"], charge["amount_minor"], charge["state"]) for charge in found]


def received(terminal: SimulatedNexoTerminal, category: str) -> int:
    found = terminal.control("state", {})["received"]
    assert isinstance(found, dict)
    return int(found.get(category, 0))


def pay(lane: Lane, terminal: SimulatedNexoTerminal, action: str, request: PaymentRequest = SALE) -> object:
    """Authorise, and do `action` at the terminal once it asks for a card."""
    outcome = lane.go(lambda driver: driver.authorise(request))
    asked(terminal)
    terminal.control(action, {})
    return outcome.result(60)


def test_the_terminal_is_ready_once_it_has_answered(lane: Lane, terminal: SimulatedNexoTerminal) -> None:
    assert lane.heard == [Conditions(()), TerminalInfo("terminal", POI_ID, None)]
    assert lane.driver.category is Category.PAYMENT_TERMINAL
    assert lane.driver.attendance is Attendance.UNATTENDED
    assert received(terminal, "Diagnosis") == 1


def test_a_card_is_charged_once(lane: Lane, terminal: SimulatedNexoTerminal) -> None:
    outcome = pay(lane, terminal, "tap")
    assert isinstance(outcome, Approved)
    assert (outcome.reference, outcome.amount_minor, outcome.card.receipt_number) == ("sale-1", 1234, 1)
    assert (outcome.card.masked_pan, outcome.card.card_name) == ("•••• 1111", "visa")
    assert outcome.card.authorisation_code == "715691"
    assert outcome.card.terminal_reference.startswith("BENCH")
    assert [receipt.kind for receipt in outcome.receipts] == [ReceiptKind.MERCHANT, ReceiptKind.CUSTOMER]
    assert charges(terminal) == [("sale-1", 1234, "charged")]
    assert [progress.step for progress in lane.all(PaymentProgress)] == ["insert_card"]
    assert lane.all(TerminalInfo)[-1].last_receipt_number == 1


def test_a_reference_is_sent_once_ever(lane: Lane, lanes: Callable[..., Lane], terminal: SimulatedNexoTerminal) -> None:
    assert isinstance(pay(lane, terminal, "tap"), Approved)
    assert isinstance(lane.do(lambda driver: driver.authorise(SALE)), Unknown)
    lane.do(lambda driver: driver.close())
    again = lanes()
    again.do(lambda driver: driver.open())
    assert isinstance(again.do(lambda driver: driver.authorise(SALE)), Unknown)
    assert received(terminal, "Payment") == 1


@pytest.mark.parametrize("switch", ["split", "chunked"])
def test_an_odd_answer_is_read_all_the_same(lane: Lane, terminal: SimulatedNexoTerminal, switch: str) -> None:
    terminal.control(switch, {"on": True})
    assert isinstance(pay(lane, terminal, "tap"), Approved)


@pytest.mark.parametrize(
    ("action", "reason", "code"),
    [
        ("decline", DeclineReason.DECLINED, "Refusal"),
        ("cancel", DeclineReason.CANCELLED, "Cancel"),
        ("timeout", DeclineReason.CANCELLED, "Cancel"),
    ],
)
def test_a_clear_no_charges_nothing(
    lane: Lane, terminal: SimulatedNexoTerminal, action: str, reason: DeclineReason, code: str
) -> None:
    assert pay(lane, terminal, action) == Declined("terminal", "sale-1", reason, code)
    assert charges(terminal) == []
    found = lane.do(lambda driver: driver.enquire(SALE, None))
    assert found == Declined("terminal", "sale-1", DeclineReason.NOT_CHARGED, code)
    assert isinstance(pay(lane, terminal, "tap", OTHER), Approved)


def test_we_abort_from_another_thread(lane: Lane, terminal: SimulatedNexoTerminal) -> None:
    outcome = lane.go(lambda driver: driver.authorise(SALE))
    asked(terminal)
    lane.driver.abort()
    assert outcome.result(60) == Declined("terminal", "sale-1", DeclineReason.CANCELLED, "Aborted")
    assert charges(terminal) == []
    assert received(terminal, "Abort") == 1
    assert isinstance(pay(lane, terminal, "tap", OTHER), Approved)


def test_an_abort_with_nothing_running_aborts_nothing_later(lane: Lane, terminal: SimulatedNexoTerminal) -> None:
    lane.driver.abort()
    assert isinstance(pay(lane, terminal, "tap"), Approved)


def test_an_abort_that_comes_too_late_does_not_undo_the_charge(lane: Lane, terminal: SimulatedNexoTerminal) -> None:
    outcome = lane.go(lambda driver: driver.authorise(SALE))
    asked(terminal)
    terminal.control("answer_late", {})
    _until(lambda: charges(terminal) != [])
    lane.driver.abort()
    _until(lambda: received(terminal, "Abort") == 1)
    terminal.control("answer", {})
    assert isinstance(outcome.result(60), Approved)


def test_a_lost_answer_is_unknown_and_found_by_asking(
    lane: Lane, lanes: Callable[..., Lane], terminal: SimulatedNexoTerminal
) -> None:
    assert isinstance(pay(lane, terminal, "drop_after_charge"), Unknown)
    lane.do(lambda driver: driver.close())
    restarted = lanes()
    restarted.do(lambda driver: driver.open())
    outcome = restarted.do(lambda driver: driver.enquire(SALE, None))
    assert isinstance(outcome, Approved)
    assert (outcome.card.receipt_number, outcome.card.terminal_id) == (1, POI_ID)
    assert restarted.do(lambda driver: driver.reverse(SALE, 1)) == Reversed("terminal", "sale-1")
    assert received(terminal, "Payment") == 1


def test_a_charge_that_never_was_is_found_by_asking(lane: Lane, terminal: SimulatedNexoTerminal) -> None:
    assert isinstance(pay(lane, terminal, "drop_before_charge"), Unknown)
    outcome = lane.do(lambda driver: driver.enquire(SALE, None))
    assert outcome == Declined("terminal", "sale-1", DeclineReason.NOT_CHARGED, "NotFound")
    assert charges(terminal) == []


def test_a_terminal_that_knows_nothing_is_believed_neither_at_once_nor_after_a_day(
    lanes: Callable[..., Lane], terminal: SimulatedNexoTerminal
) -> None:
    lane = lanes(settle_s=10.0)
    lane.do(lambda driver: driver.open())
    assert isinstance(pay(lane, terminal, "drop_before_charge"), Unknown)
    assert isinstance(lane.do(lambda driver: driver.enquire(SALE, None)), Unknown)
    lane.now_ms += 25 * 3600 * 1000
    assert isinstance(lane.do(lambda driver: driver.enquire(SALE, None)), Unknown)
    lane.now_ms -= 24 * 3600 * 1000
    assert isinstance(lane.do(lambda driver: driver.enquire(SALE, None)), Declined)


def test_a_terminal_that_forgot_an_approved_payment_is_not_believed(
    lane: Lane, terminal: SimulatedNexoTerminal
) -> None:
    assert isinstance(pay(lane, terminal, "tap"), Approved)
    terminal.control("forget", {})
    assert isinstance(lane.do(lambda driver: driver.enquire(SALE, None)), Unknown)


def test_another_terminal_is_not_asked_about_a_payment(
    lane: Lane, lanes: Callable[..., Lane], terminal: SimulatedNexoTerminal
) -> None:
    assert isinstance(pay(lane, terminal, "drop_after_charge"), Unknown)
    lane.do(lambda driver: driver.close())
    # The terminal that stands there now knows nothing of it, as its successor would not.
    terminal.control("forget", {})
    terminal.control("certificate", {"kind": "other_terminal"})
    replaced = lanes(poi_id="P400Plus-999999999")
    replaced.do(lambda driver: driver.open())
    asked_before = received(terminal, "TransactionStatus")
    outcome = replaced.do(lambda driver: driver.enquire(SALE, None))
    assert isinstance(outcome, Unknown)
    assert "another terminal" in outcome.reason
    assert received(terminal, "TransactionStatus") == asked_before


def test_a_payment_that_was_never_sent_is_known_by_a_journal_that_reaches_back(
    lane: Lane, terminal: SimulatedNexoTerminal
) -> None:
    assert isinstance(lane.do(lambda driver: driver.enquire(OTHER, None)), Unknown)
    assert isinstance(lane.do(lambda driver: driver.enquire(OTHER, 7)), Unknown)
    assert isinstance(pay(lane, terminal, "tap"), Approved)
    outcome = lane.do(lambda driver: driver.enquire(OTHER, 1))
    assert outcome == Declined("terminal", "sale-2", DeclineReason.NOT_CHARGED, "NotFound")
    terminal.control("unplug", {})
    assert isinstance(lane.do(lambda driver: driver.enquire(OTHER, 1)), Unknown)


def test_a_payment_in_progress_is_unknown(
    lane: Lane, lanes: Callable[..., Lane], terminal: SimulatedNexoTerminal
) -> None:
    # Done by the other lane's driver: this one's thread waits for the card.
    other = lanes()
    other.do(lambda driver: driver.open())
    outcome = lane.go(lambda driver: driver.authorise(SALE))
    asked(terminal)
    assert isinstance(other.do(lambda driver: driver.enquire(SALE, None)), Unknown)
    lane.driver.abort()
    assert isinstance(outcome.result(60), Declined)


@pytest.mark.parametrize("fault", FAULTS_WITHOUT_A_WORD)
def test_an_answer_that_cannot_be_believed_is_unknown_and_found_by_asking(
    lane: Lane, terminal: SimulatedNexoTerminal, fault: str
) -> None:
    terminal.control("fail_next", {"fault": fault, "category": "Payment"})
    assert isinstance(pay(lane, terminal, "tap"), Unknown)
    assert charges(terminal) == [("sale-1", 1234, "charged")]
    terminal.control("fail_next", {"fault": fault, "category": "TransactionStatus"})
    assert isinstance(lane.do(lambda driver: driver.enquire(SALE, None)), Unknown)
    assert isinstance(lane.do(lambda driver: driver.enquire(SALE, None)), Approved)
    assert set(lane.all(Slip)) <= {Slip.BAD_FRAME, Slip.CHECKSUM}


@pytest.mark.parametrize("action", ["partial", "tip", "other_reference"])
def test_another_amount_or_another_sale_is_not_taken_for_ours(
    lane: Lane, terminal: SimulatedNexoTerminal, action: str
) -> None:
    outcome = pay(lane, terminal, action)
    assert isinstance(outcome, Unknown)
    assert isinstance(lane.do(lambda driver: driver.enquire(SALE, None)), Unknown)
    # It is not lost: what the terminal called it was written down.
    assert isinstance(lane.do(lambda driver: driver.reverse(SALE, 0)), Reversed)


@pytest.mark.parametrize(("currency", "amount"), [("JPY", 1234), ("KWD", 1234), ("EUR", 1)])
def test_amounts_of_any_currency_are_exact(
    lanes: Callable[..., Lane], terminal: SimulatedNexoTerminal, currency: str, amount: int
) -> None:
    lane = lanes(currency=currency)
    lane.do(lambda driver: driver.open())
    assert isinstance(pay(lane, terminal, "tap", PaymentRequest("sale-1", amount, currency)), Approved)
    assert charges(terminal) == [("sale-1", amount, "charged")]


def test_a_terminal_that_falls_silent_is_unknown_by_its_deadline(
    lanes: Callable[..., Lane], terminal: SimulatedNexoTerminal
) -> None:
    lane = lanes(**HASTY)
    lane.do(lambda driver: driver.open())
    terminal.control("silent", {})
    outcome = lane.go(lambda driver: driver.authorise(SALE))
    asked(terminal)
    terminal.control("tap", {})
    assert isinstance(outcome.result(60), Unknown)
    assert Slip.TIMEOUT in lane.heard
    assert isinstance(lane.do(lambda driver: driver.enquire(SALE, None)), Unknown)
    terminal.control("silent", {"on": False})
    _until(lambda: isinstance(lane.do(lambda driver: driver.enquire(SALE, None)), Approved))
    assert received(terminal, "Payment") == 1


def test_a_shopper_who_never_comes_times_out(lanes: Callable[..., Lane], terminal: SimulatedNexoTerminal) -> None:
    lane = lanes(payment_limit_s=1.0)
    lane.do(lambda driver: driver.open())
    outcome = lane.do(lambda driver: driver.authorise(SALE))
    assert outcome == Declined("terminal", "sale-1", DeclineReason.TIMED_OUT, "Aborted")
    assert not terminal.control("state", {})["waiting"]


def test_a_busy_terminal_and_a_reject_charge_nothing(lane: Lane, terminal: SimulatedNexoTerminal) -> None:
    terminal.control("busy", {})
    busy = lane.do(lambda driver: driver.authorise(SALE))
    assert busy == Declined("terminal", "sale-1", DeclineReason.UNAVAILABLE, "Busy")
    terminal.control("busy", {"on": False})
    terminal.control("fail_next", {"fault": "reject", "category": "Payment"})
    rejected = lane.do(lambda driver: driver.authorise(OTHER))
    assert rejected == Declined("terminal", "sale-2", DeclineReason.UNAVAILABLE, "Reject")
    assert charges(terminal) == []


def test_a_charge_is_taken_back_once(lane: Lane, terminal: SimulatedNexoTerminal) -> None:
    outcome = pay(lane, terminal, "tap")
    assert isinstance(outcome, Approved)
    assert isinstance(lane.do(lambda driver: driver.reverse(SALE, 99)), NotReversed)
    number = outcome.card.receipt_number
    assert lane.do(lambda driver: driver.reverse(SALE, number)) == Reversed("terminal", "sale-1")
    assert lane.do(lambda driver: driver.reverse(SALE, number)) == Reversed("terminal", "sale-1")
    assert charges(terminal) == [("sale-1", 1234, "reversed")]
    assert received(terminal, "Reversal") == 1
    assert isinstance(lane.do(lambda driver: driver.enquire(SALE, None)), Unknown)
    assert isinstance(lane.do(lambda driver: driver.reverse(OTHER, 1)), NotReversed)


@pytest.mark.parametrize("fault", ["drop_after_charge", "drop_before_charge"])
def test_a_reversal_of_unknown_end_is_asked_about_before_another(
    lane: Lane, terminal: SimulatedNexoTerminal, fault: str
) -> None:
    assert isinstance(pay(lane, terminal, "tap"), Approved)
    terminal.control(fault, {})
    lost = lane.do(lambda driver: driver.reverse(SALE, 1))
    assert isinstance(lost, NotReversed)
    assert "not known" in lost.reason
    assert lane.do(lambda driver: driver.reverse(SALE, 1)) == Reversed("terminal", "sale-1")
    assert received(terminal, "Reversal") == (1 if fault == "drop_after_charge" else 2)
    assert charges(terminal) == [("sale-1", 1234, "reversed")]


def test_nothing_is_sent_for_a_wrong_currency_or_amount(lane: Lane, terminal: SimulatedNexoTerminal) -> None:
    for request in (PaymentRequest("a", 100, "CHF"), PaymentRequest("b", 0, "EUR"), PaymentRequest("c", 10**12, "EUR")):
        outcome = lane.do(lambda driver, request=request: driver.authorise(request))  # type: ignore[misc] # bound now
        assert isinstance(outcome, Declined)
        assert outcome.reason is DeclineReason.UNAVAILABLE
    assert received(terminal, "Payment") == 0


def test_an_unplugged_terminal_charges_nothing_and_is_noticed(
    lanes: Callable[..., Lane], terminal: SimulatedNexoTerminal
) -> None:
    lane = lanes(health_interval_s=0.01)
    lane.do(lambda driver: driver.open())
    terminal.control("unplug", {})
    outcome = lane.do(lambda driver: driver.authorise(SALE))
    assert outcome == Declined("terminal", "sale-1", DeclineReason.UNAVAILABLE)
    wake = os.eventfd(0)
    with pytest.raises(AbsentError):
        lane.do(lambda driver: driver.listen(wake, lane.heard.append))
    os.close(wake)
    assert isinstance(lane.do(lambda driver: driver.enquire(SALE, None)), Unknown)
    with pytest.raises(AbsentError, match="Check that it is switched on"):
        lane.do(lambda driver: driver.open())
    terminal.control("plug", {})
    lane.do(lambda driver: driver.open())
    # Nothing of it went out, so it may be tried with the same reference.
    assert isinstance(pay(lane, terminal, "tap"), Approved)


def test_pulled_out_in_the_middle_is_unknown(lane: Lane, terminal: SimulatedNexoTerminal) -> None:
    outcome = lane.go(lambda driver: driver.authorise(SALE))
    asked(terminal)
    terminal.control("unplug", {})
    assert isinstance(outcome.result(60), Unknown)
    # Without a network the terminal still takes the card.
    terminal.control("tap", {})
    terminal.control("plug", {})
    _until(lambda: charges(terminal) != [])
    _until(lambda: isinstance(lane.do(lambda driver: driver.enquire(SALE, None)), Approved))


def test_a_payment_that_a_killed_lane_left_behind_is_aborted(
    lane: Lane, lanes: Callable[..., Lane], terminal: SimulatedNexoTerminal
) -> None:
    outcome = lane.go(lambda driver: driver.authorise(SALE))
    asked(terminal)
    restarted = lanes()
    restarted.do(lambda driver: driver.open())
    assert outcome.result(60) == Declined("terminal", "sale-1", DeclineReason.CANCELLED, "Aborted")
    assert charges(terminal) == []


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("other_terminal", "is another terminal.*poi_id"),
        ("legacy", "is another terminal.*poi_id"),
        ("other_maker", "not signed by a maker we trust.*ca_file"),
        ("expired", "has expired.*clock"),
        ("early", "not valid yet.*clock"),
    ],
)
def test_a_certificate_that_is_not_right_calls_for_a_person(
    lanes: Callable[..., Lane], terminal: SimulatedNexoTerminal, kind: str, words: str
) -> None:
    terminal.control("certificate", {"kind": kind})
    lane = lanes()
    with pytest.raises(DeviceError, match=words) as refused:
        lane.do(lambda driver: driver.open())
    assert refused.value.permanent
    assert lane.do(lambda driver: driver.authorise(SALE)) == Declined("terminal", "sale-1", DeclineReason.UNAVAILABLE)
    assert terminal.control("state", {})["received"] == {}
    terminal.control("certificate", {"kind": "good"})
    lane.do(lambda driver: driver.open())


def test_an_old_terminal_is_taken_where_the_settings_say_so(
    lanes: Callable[..., Lane], terminal: SimulatedNexoTerminal
) -> None:
    terminal.control("certificate", {"kind": "legacy"})
    lanes(legacy_certificate=True).do(lambda driver: driver.open())
    live = lanes(legacy_certificate=True, environment="live")
    with pytest.raises(DeviceError, match=r"live\.terminal\.adyen\.com"):
        live.do(lambda driver: driver.open())


def test_a_wrong_passphrase_calls_for_a_person(
    lanes: Callable[..., Lane], terminal: SimulatedNexoTerminal, tmp_path: Path
) -> None:
    other = tmp_path / "other.key"
    other.write_text("not the passphrase", encoding="utf-8")
    other.chmod(0o600)
    for wrong in ({"key_file": str(other)}, {"key_version": 2}, {"key_identifier": "other"}):
        with pytest.raises(DeviceError, match="key_identifier") as refused:
            lanes(**wrong).do(lambda driver: driver.open())
        assert refused.value.permanent
    assert terminal.control("state", {})["received"] == {}
    terminal.control("wrong_key", {})
    with pytest.raises(DeviceError, match="key_identifier"):
        lanes().do(lambda driver: driver.open())


def test_files_that_are_not_fit_call_for_a_person(
    lanes: Callable[..., Lane], terminal: SimulatedNexoTerminal, tmp_path: Path
) -> None:
    def refusal(**settings: object) -> DeviceError:
        with pytest.raises(DeviceError) as refused:
            lanes(**settings).do(lambda driver: driver.open())
        assert refused.value.permanent
        assert refused.value.remedy
        return refused.value

    assert "cannot be read" in refusal(key_file=str(tmp_path / "none")).message
    assert "holds no certificates" in refusal(ca_file=str(tmp_path / "none")).message
    assert "holds no certificates" in refusal(ca_file=str(terminal.key_file)).message
    loose = tmp_path / "loose.key"
    loose.write_text("passphrase", encoding="utf-8")
    loose.chmod(0o640)
    assert "chmod 600" in refusal(key_file=str(loose)).remedy
    for content in (b"", b"\n", b"\xff\xfe", b"x" * 2000):
        bad = tmp_path / "bad.key"
        bad.write_bytes(content)
        bad.chmod(0o600)
        assert "holds no passphrase" in refusal(key_file=str(bad)).message


def test_settings_out_of_bounds_are_refused(terminal: SimulatedNexoTerminal) -> None:
    for wrong in (
        {"poi_id": "V400m"},
        {"poi_id": "V400m-1.evil"},
        {"port": 0},
        {"environment": "production"},
        {"verify": False},
        {"payment_limit_s": 9999},
        {"sale_id": "a b"},
    ):
        with pytest.raises(msgspec.ValidationError):
            msgspec.convert(table(terminal, **wrong), NexoSettings)


def test_what_answers_is_no_terminal(terminal: SimulatedNexoTerminal, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as web:
        lane = Lane(terminal, tmp_path, port=web.getsockname()[1])
        opening = lane.go(lambda driver: driver.open())
        peer, _ = web.accept()
        with peer:
            peer.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")
            with pytest.raises(DeviceError, match="does not speak TLS"):
                opening.result(60)
        lane.close()


def test_what_accepts_and_says_nothing_is_given_up(terminal: SimulatedNexoTerminal, tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        lane = Lane(terminal, tmp_path, port=mute.getsockname()[1], connect_timeout_s=0.2)
        with pytest.raises(DeviceError, match="handshake"):
            lane.do(lambda driver: driver.open())
        assert lane.do(lambda driver: driver.authorise(SALE)) == Declined(
            "terminal", "sale-1", DeclineReason.UNAVAILABLE
        )
        lane.close()


def test_health_is_asked_without_a_payment(lane: Lane, terminal: SimulatedNexoTerminal) -> None:
    before = received(terminal, "Diagnosis")
    assert lane.do(lambda driver: driver.check_health(HealthLevel.INTERNAL)).passed
    assert received(terminal, "Diagnosis") == before
    assert lane.do(lambda driver: driver.check_health(HealthLevel.EXTERNAL)).passed
    terminal.control("host", {"on": False})
    found = lane.do(lambda driver: driver.check_health(HealthLevel.EXTERNAL))
    assert not found.passed
    assert found.remedy
    lane.now_ms += 3_600_000
    assert not lane.do(lambda driver: driver.check_health(HealthLevel.INTERNAL)).passed
    terminal.control("unplug", {})
    with pytest.raises(AbsentError):
        lane.do(lambda driver: driver.check_health(HealthLevel.EXTERNAL))
    assert received(terminal, "Payment") == 0


def test_an_idle_terminal_is_asked_how_it_is(lanes: Callable[..., Lane], terminal: SimulatedNexoTerminal) -> None:
    lane = lanes(health_interval_s=0.01)
    lane.do(lambda driver: driver.open())
    terminal.control("printer", {"status": "PaperOut"})
    wake = os.eventfd(0)
    _until(
        lambda: (
            lane.do(lambda driver: driver.listen(wake, lane.heard.append)) is None
            and [one.code for one in lane.all(Conditions)[-1].conditions] == ["terminal_printer"]
        )
    )
    before = received(terminal, "Diagnosis")
    os.eventfd_write(wake, 1)
    # Woken at once, and whatever it had begun is given up.
    lane.do(lambda driver: driver.listen(wake, lane.heard.append))
    assert received(terminal, "Diagnosis") == before
    os.close(wake)


def test_a_lane_that_stops_does_not_wait_for_a_silent_terminal(
    lanes: Callable[..., Lane], terminal: SimulatedNexoTerminal
) -> None:
    lane = lanes(health_interval_s=0.01)
    lane.do(lambda driver: driver.open())
    terminal.control("silent", {})
    before = received(terminal, "Diagnosis")
    wake = os.eventfd(0)
    listening = lane.go(lambda driver: driver.listen(wake, lane.heard.append))
    _until(lambda: received(terminal, "Diagnosis") > before)
    os.eventfd_write(wake, 1)
    assert listening.result(15) is None
    os.close(wake)


def test_the_terminal_shows_and_prints(lane: Lane, terminal: SimulatedNexoTerminal) -> None:
    assert lane.do(lambda driver: driver.display(["Hello", "12.34 €"]))
    assert lane.do(lambda driver: driver.print_receipt("One\nTwo"))
    state = terminal.control("state", {})
    assert (state["displayed"], state["printed"]) == (["Hello", "12.34 €"], ["One", "Two"])
    terminal.control("printer", {"status": "PaperOut"})
    assert not lane.do(lambda driver: driver.print_receipt("Three"))
    terminal.control("garbage", {})
    with pytest.raises(DeviceError):
        lane.do(lambda driver: driver.print_receipt("Four"))


def test_no_card_data_and_no_key_in_any_log_or_record(
    lane: Lane, terminal: SimulatedNexoTerminal, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.DEBUG):
        assert isinstance(pay(lane, terminal, "tap"), Approved)
        assert isinstance(pay(lane, terminal, "drop_after_charge", OTHER), Unknown)
        assert isinstance(lane.do(lambda driver: driver.enquire(OTHER, 1)), Approved)
        terminal.control("unplug", {})
        lane.do(lambda driver: driver.authorise(PaymentRequest("sale-3", 1, "EUR")))
    told = caplog.text + repr(lane.heard)
    assert "payment.concluded" in told
    passphrase = terminal.key_file.read_text(encoding="utf-8")
    for secret in (TEST_CARD, TEST_CARD[:6], TEST_CARD[-8:], EXPIRY, passphrase):
        assert secret not in told


def test_the_journal_holds_nothing_of_a_card(lane: Lane, terminal: SimulatedNexoTerminal, tmp_path: Path) -> None:
    assert isinstance(pay(lane, terminal, "tap"), Approved)
    kept = b"".join(path.read_bytes() for path in tmp_path.glob("payment-terminal.db*"))
    assert b"sale-1" in kept
    for secret in (TEST_CARD[:6], TEST_CARD[-4:], EXPIRY, "visa", "715691"):
        assert secret.encode() not in kept


def test_without_a_journal_nothing_is_sent(lane: Lane, terminal: SimulatedNexoTerminal) -> None:
    lane.do(lambda driver: driver._desk.books._db.execute("drop table payments"))
    assert lane.do(lambda driver: driver.authorise(SALE)) == Declined("terminal", "sale-1", DeclineReason.UNAVAILABLE)
    assert isinstance(lane.do(lambda driver: driver.enquire(SALE, 1)), Unknown)
    assert isinstance(lane.do(lambda driver: driver.reverse(SALE, 1)), NotReversed)
    assert received(terminal, "Payment") == 0


def test_what_is_sent_was_written_down_before(terminal: SimulatedNexoTerminal, tmp_path: Path) -> None:
    seen: list[bool] = []

    class Watched:
        def __init__(self, line: Transport) -> None:
            self._line = line
            self.fileno, self.read, self.close = line.fileno, line.read, line.close

        def write_all(self, data: bytes, deadline_s: float) -> None:
            kept = b"".join(path.read_bytes() for path in tmp_path.glob("payment-terminal.db*"))
            seen.append(b"sale-1" in kept)
            self._line.write_all(data, deadline_s)

    def connect(host: str, port: int, trust: Trust, deadline_s: float) -> Transport:
        return Watched(nexo_tls.connect(host, port, trust, deadline_s))

    settings = msgspec.convert(table(terminal), NexoSettings)
    driver = NexoTerminal("terminal", settings, lambda _: None, tmp_path, connect=connect)
    driver.open()
    terminal.control("auto", {"mode": "approve"})
    assert isinstance(driver.authorise(SALE), Approved)
    driver.close()
    assert seen == [False, True]


def test_a_cancel_before_the_first_byte_sends_nothing(terminal: SimulatedNexoTerminal, tmp_path: Path) -> None:
    impatient: list[NexoTerminal] = []

    def connect(host: str, port: int, trust: Trust, deadline_s: float) -> Transport:
        line = nexo_tls.connect(host, port, trust, deadline_s)
        for driver in impatient:
            driver.abort()
        return line

    settings = msgspec.convert(table(terminal), NexoSettings)
    driver = NexoTerminal("terminal", settings, lambda _: None, tmp_path, connect=connect)
    driver.open()
    impatient.append(driver)
    assert driver.authorise(SALE) == Declined("terminal", "sale-1", DeclineReason.CANCELLED)
    impatient.clear()
    assert driver.enquire(SALE, None) == Declined("terminal", "sale-1", DeclineReason.NOT_CHARGED)
    assert received(terminal, "Payment") == 0
    terminal.control("auto", {"mode": "approve"})
    assert isinstance(driver.authorise(SALE), Approved)
    assert charges(terminal) == [("sale-1", 1234, "charged")]
    driver.close()


def test_nothing_is_left_open(terminal: SimulatedNexoTerminal, tmp_path: Path) -> None:
    lane = Lane(terminal, tmp_path)
    lane.do(lambda driver: driver.open())
    lane.do(lambda driver: driver.close())
    terminal.control("unplug", {})
    _until(lambda: _nexo_threads() == 0)
    files = open_files()
    for _ in range(3):
        terminal.control("plug", {})
        lane.do(lambda driver: driver.open())
        terminal.control("unplug", {})
        with pytest.raises(DeviceError):
            lane.do(lambda driver: driver.open())
        lane.do(lambda driver: driver.close())
        lane.do(lambda driver: driver.close())
    _until(lambda: _nexo_threads() == 0 and open_files() == files)
    lane.close()


def test_the_books_outlive_the_terminal(terminal: SimulatedNexoTerminal, lane: Lane, tmp_path: Path) -> None:
    assert isinstance(pay(lane, terminal, "drop_after_charge"), Unknown)
    terminal.stop()
    terminal.stop()
    second = SimulatedNexoTerminal("terminal", tmp_path / "bench", port=terminal.address[1])
    second.start()
    assert isinstance(lane.do(lambda driver: driver.enquire(SALE, None)), Approved)
    second.stop()


def test_the_control_handle_explains_itself(terminal: SimulatedNexoTerminal) -> None:
    for action, fields in (
        ("explode", {}),
        ("tap", {}),
        ("answer", {}),
        ("auto", {"mode": "sometimes"}),
        ("fail_next", {"fault": "sneeze"}),
        ("certificate", {"kind": "golden"}),
        ("silent", {"on": "yes"}),
        ("wait_for_authorisation", {"timeout_s": 0}),
    ):
        with pytest.raises(DeviceError) as refused:
            terminal.control(action, fields)  # type: ignore[arg-type] # a literal of several value types
        assert refused.value.remedy


def test_the_supervisor_reopens_when_the_terminal_is_back(terminal: SimulatedNexoTerminal, tmp_path: Path) -> None:
    settings = msgspec.convert(table(terminal, health_interval_s=0.05), NexoSettings)
    witness = Witness()
    supervisor = Supervisor(
        "terminal",
        lambda sink: NexoTerminal("terminal", settings, sink, tmp_path),
        witness,
        waits=Waits(backoff_s=(0.05,), jitter=0),
    )
    terminal.control("unplug", {})
    supervisor.start()
    witness.until(lambda _: Lifecycle.LOST in witness.lifecycles())
    terminal.control("plug", {})
    witness.until(lambda _: witness.lifecycles()[-1] is Lifecycle.READY)
    terminal.control("auto", {"mode": "approve"})
    supervisor.submit(lambda driver: driver.authorise(SALE), not_ready="not ready", lost="lost")
    assert witness.of(Approved)
    terminal.control("unplug", {})
    witness.until(lambda _: witness.lifecycles()[-1] is Lifecycle.LOST)
    supervisor.stop()
    assert witness.lifecycles()[-1] is Lifecycle.CLOSED


def _nexo_threads() -> int:
    ours = ("nexo terminal", "process_request_thread")
    return sum(any(name in thread.name for name in ours) for thread in threading.enumerate())


def _until(condition: Callable[[], bool]) -> None:
    """Ask until it is so; each question is a round trip to the terminal."""
    deadline = Deadline(20)
    while not condition():
        assert not deadline.passed
