"""A terminal without a link: nothing counts as paid, or as not paid, without a person who answers for it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import msgspec
import pytest

from drivers.device import Conditions, HealthLevel, Link
from drivers.devices import Devices
from drivers.payment.interface import (
    Approved,
    Attendance,
    DayNotEnded,
    Declined,
    DeclineReason,
    NotRefunded,
    NotReversed,
    PaymentRequest,
    Question,
    Refunded,
    Reversed,
    StaffConfirmationNeeded,
    TerminalInfo,
    Unknown,
)
from drivers.payment.stand_alone import StandAloneSettings, StandAloneTerminal
from drivers.payment.zvt import ZvtSettings, ZvtTerminal
from drivers.supervisor import Supervisor
from kiosk.config import SettingsError
from kiosk.ui.__main__ import fit_for_shoppers
from tests.drivers.witness import Witness

T = TypeVar("T")

SALE = PaymentRequest("sale-1", 1234, "EUR")
OPERATOR = "op-7"


class Till:
    """The driver on a thread of its own, and a person at it."""

    def __init__(self, **settings: object) -> None:
        self.told = Witness()
        table = {"driver": "stand_alone", "terminal_id": "T1", "confirm_timeout_s": 60.0, **settings}
        self.driver = StandAloneTerminal("terminal", msgspec.convert(table, StandAloneSettings), self.told)
        self.driver.open()
        self._thread = ThreadPoolExecutor(1)

    def go(self, call: Callable[[StandAloneTerminal], T]) -> Future[T]:
        return self._thread.submit(call, self.driver)

    def asked(self, count: int = 1) -> StaffConfirmationNeeded:
        return self.told.of(StaffConfirmationNeeded, count)[count - 1]

    def close(self) -> None:
        self.driver.close()
        self._thread.shutdown()


@pytest.fixture
def till() -> Iterator[Till]:
    made = Till()
    yield made
    made.close()


def test_it_is_ready_at_once_for_an_attended_lane_only(till: Till) -> None:
    assert till.told.records == [TerminalInfo("terminal", "T1", None), Conditions((), Link.UNKNOWN)]
    assert till.driver.attendance is Attendance.ATTENDED
    for level in HealthLevel:
        assert till.driver.check_health(level).passed
    assert till.told.records[2:] == []


def test_staff_says_that_the_card_was_charged(till: Till) -> None:
    outcome = till.go(lambda driver: driver.authorise(SALE))
    assert till.asked() == StaffConfirmationNeeded("terminal", "sale-1", Question.CHARGE, 1234, "EUR")
    assert till.driver.confirm("sale-1", approved=True, operator=OPERATOR, slip_number=815)
    approved = outcome.result(60)
    assert isinstance(approved, Approved)
    assert (approved.amount_minor, approved.card.receipt_number, approved.card.terminal_id) == (1234, 815, "T1")
    assert till.driver.authorise(SALE) == approved
    assert till.driver.enquire(SALE, None) == approved


def test_staff_says_that_it_was_not(till: Till) -> None:
    outcome = till.go(lambda driver: driver.authorise(SALE))
    till.asked()
    assert till.driver.confirm("sale-1", approved=False, operator=OPERATOR)
    assert outcome.result(60) == Declined("terminal", "sale-1", DeclineReason.DECLINED)


def test_nobody_in_particular_or_another_sale_or_a_card_number_confirms_nothing(till: Till) -> None:
    assert not till.driver.confirm("sale-1", approved=True, operator=OPERATOR)
    outcome = till.go(lambda driver: driver.authorise(SALE))
    till.asked()
    assert not till.driver.confirm("sale-1", approved=True, operator="")
    assert not till.driver.confirm("sale-1", approved=True, operator="a b\n")
    assert not till.driver.confirm("sale-2", approved=True, operator=OPERATOR)
    assert not till.driver.confirm("sale-1", approved=True, operator=OPERATOR, slip_number=4111111111111111)
    assert not outcome.done()
    assert till.driver.confirm("sale-1", approved=False, operator=OPERATOR)
    assert not till.driver.confirm("sale-1", approved=True, operator=OPERATOR)
    assert isinstance(outcome.result(60), Declined)


def test_a_question_that_nobody_answers_is_unknown_and_never_declined() -> None:
    till = Till(confirm_timeout_s=0.05)
    assert isinstance(till.driver.authorise(SALE), Unknown)
    assert not till.driver.confirm("sale-1", approved=True, operator=OPERATOR)
    assert isinstance(till.driver.authorise(SALE), Unknown)
    assert isinstance(till.driver.enquire(SALE, None), Unknown)
    assert [asked.question for asked in till.told.of(StaffConfirmationNeeded, 2)] == [
        Question.CHARGE,
        Question.WAS_CHARGED,
    ]
    till.close()


@pytest.mark.parametrize(("approved", "kind"), [(True, Approved), (False, Declined)])
def test_what_was_broken_off_is_settled_later_by_asking_again(till: Till, approved: bool, kind: type[object]) -> None:
    outcome = till.go(lambda driver: driver.authorise(SALE))
    till.asked()
    till.driver.abort()
    assert isinstance(outcome.result(60), Unknown)
    settled = till.go(lambda driver: driver.enquire(SALE, None))
    assert till.asked(2).question is Question.WAS_CHARGED
    till.driver.confirm("sale-1", approved=approved, operator=OPERATOR)
    found = settled.result(60)
    assert isinstance(found, kind)
    assert not isinstance(found, Declined) or found.reason is DeclineReason.NOT_CHARGED


def test_an_abort_with_nothing_asked_ends_nothing_later(till: Till) -> None:
    till.driver.abort()
    outcome = till.go(lambda driver: driver.authorise(SALE))
    till.asked()
    assert till.driver.confirm("sale-1", approved=True, operator=OPERATOR)
    assert isinstance(outcome.result(60), Approved)


def test_money_goes_back_by_hand_too(till: Till) -> None:
    for approved, kind in ((False, NotReversed), (True, Reversed)):
        reversal = till.go(lambda driver: driver.reverse(SALE, 815))
        till.asked(1 + approved)
        till.driver.confirm("sale-1", approved=approved, operator=OPERATOR)
        assert isinstance(reversal.result(60), kind)
    for count, (reference, approved, paid) in enumerate((("r1", True, Refunded), ("r2", False, NotRefunded))):
        request = PaymentRequest(reference, 500, "EUR")
        refund = till.go(lambda driver, request=request: driver.refund(request))  # type: ignore[misc] # bound now
        till.asked(3 + count)
        till.driver.confirm(reference, approved=approved, operator=OPERATOR)
        assert isinstance(refund.result(60), paid)
        assert till.driver.refund(request) == refund.result(0)


def test_what_cannot_be_done_from_here_says_so(till: Till) -> None:
    assert isinstance(till.driver.end_of_day("day-1"), DayNotEnded)
    assert not till.driver.diagnose("d1").passed
    wrong = till.driver.authorise(PaymentRequest("sale-9", 100, "CHF"))
    assert wrong == Declined("terminal", "sale-9", DeclineReason.UNAVAILABLE)
    wake = os.eventfd(1)
    till.driver.listen(wake, till.told)
    os.close(wake)
    with pytest.raises(msgspec.ValidationError):
        Till(attendance="unattended")


@pytest.mark.parametrize("attendance", list(Attendance))
def test_a_lane_for_shoppers_refuses_a_terminal_that_needs_staff_beside_it(attendance: Attendance) -> None:
    settings = ZvtSettings(driver="zvt", host="127.0.0.1", attendance=attendance)
    devices = Devices(terminal=Supervisor("terminal", lambda sink: ZvtTerminal("terminal", settings, sink), Witness()))
    if attendance is Attendance.ATTENDED:
        with pytest.raises(SettingsError, match="attended"):
            fit_for_shoppers(devices)
    else:
        assert fit_for_shoppers(devices) is devices


def test_a_lane_for_shoppers_refuses_a_terminal_without_a_link() -> None:
    settings = StandAloneSettings(driver="stand_alone")
    devices = Devices(
        terminal=Supervisor("terminal", lambda sink: StandAloneTerminal("terminal", settings, sink), Witness())
    )
    with pytest.raises(SettingsError, match="attended"):
        fit_for_shoppers(devices)
