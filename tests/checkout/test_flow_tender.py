"""Money: whatever happens, the shopper is charged once for a sale, or not at all, and is told which."""

from __future__ import annotations

import pytest

from drivers.device import Category, DeviceChanged, Lifecycle
from drivers.payment.interface import (
    Approved,
    CardDetails,
    DeclineReason,
    NotReversed,
    PaymentProgress,
    Reversed,
    TerminalInfo,
    Unknown,
)
from drivers.payment.interface import Declined as TerminalDeclined
from drivers.printer.interface import PrintJobChanged, PrintState
from drivers.scanner.interface import Scan
from kiosk.checkout import events
from kiosk.checkout.effects import (
    AbortPayment,
    EnquirePayment,
    PrintReceipt,
    RequestPayment,
    ReversePayment,
)
from kiosk.checkout.flow.over import TERMINAL_AWAY
from kiosk.checkout.state import Asking, Attract, Basket, Closed, Declined, InDoubt, LaneState, Receipt, Thanks
from kiosk.messages.contents import ExceptionRaised, PaymentAttempt, PaymentResult
from kiosk.messages.tenders import CardTender
from tests.checkout.lane import ALL_READY, BADGE, MILK_CODE, FlowLane, open_lane

ATTEMPT = "0101-07-000041-1"


def approval(reference: str = ATTEMPT, amount: int = 149, receipt: int = 8) -> Approved:
    return Approved("terminal", reference, amount, CardDetails("29000007", receipt, 11, "•••• 1234", "girocard"))


def asking() -> FlowLane:
    lane = open_lane()
    lane.feed(TerminalInfo("terminal", "29000007", 7), Scan("scanner", MILK_CODE), events.PayPressed())
    assert isinstance(lane.state.stage, Asking)
    lane.effects.clear()
    return lane


def in_doubt() -> FlowLane:
    lane = asking()
    lane.feed(Unknown("terminal", ATTEMPT, "no answer"))
    assert isinstance(lane.state.stage, InDoubt)
    lane.effects.clear()
    return lane


def test_the_attempt_names_what_is_asked_and_the_terminals_last_receipt() -> None:
    lane = open_lane()
    effects = lane.feed(TerminalInfo("terminal", "29000007", 7), Scan("scanner", MILK_CODE), events.PayPressed())
    attempt = PaymentAttempt(attempt=ATTEMPT, sequence_number=41, amount_minor=149, currency="EUR", receipt_before=7)
    assert effects == (RequestPayment(attempt),)


def test_approved_books_the_sale_and_prints() -> None:
    lane = asking()
    effects = lane.feed(PaymentProgress("terminal", ATTEMPT, "enter_pin"), approval())
    assert [type(one).__name__ for one in effects] == ["Append", "BookSale", "PrintReceipt"]
    (sale,) = lane.sales()
    assert sale.total_minor == 149 == sum(one.amount_minor for one in sale.tenders)
    (tender,) = sale.tenders
    assert isinstance(tender, CardTender)
    assert tender.masked_pan == "•••• 1234"
    assert isinstance(lane.state.stage, Receipt)
    assert lane.state.transaction is None
    lane.feed(PrintJobChanged("printer", lane.state.stage.job_id, PrintState.CONFIRMED))
    lane.now_ms += 10_000
    lane.feed(events.Tick())
    assert isinstance(lane.state.stage, Thanks)
    lane.now_ms += 10_000
    lane.feed(events.Tick())
    assert isinstance(lane.state.stage, Attract)


def test_declined_keeps_the_basket_and_the_next_try_is_a_new_attempt() -> None:
    lane = asking()
    lane.feed(TerminalDeclined("terminal", ATTEMPT, DeclineReason.DECLINED, "05"))
    assert lane.state.stage == Declined("declined")
    (again,) = lane.feed(events.PayPressed())
    assert isinstance(again, RequestPayment)
    assert again.attempt.attempt == "0101-07-000041-2"
    lane.feed(approval("0101-07-000041-2"))
    assert len(lane.sales()) == 1


def test_cancel_is_asked_of_the_terminal_and_its_answer_counts() -> None:
    lane = asking()
    effects = lane.feed(events.CancelPressed(), events.CancelPressed())
    assert [type(one) for one in effects] == [AbortPayment]
    assert isinstance(lane.state.stage, Asking)
    lane.feed(TerminalDeclined("terminal", ATTEMPT, DeclineReason.CANCELLED, "6c"))
    assert isinstance(lane.state.stage, Basket)


def test_a_card_that_was_quicker_than_cancel_is_a_sale() -> None:
    lane = asking()
    lane.feed(events.CancelPressed(), approval())
    assert len(lane.sales()) == 1


def test_no_idle_time_out_in_tender() -> None:
    lane = asking()
    lane.now_ms += 3_600_000
    lane.feed(events.Tick())
    assert isinstance(lane.state.stage, Asking)
    lane = in_doubt()
    lane.now_ms += 3_600_000
    lane.feed(events.Tick())
    assert isinstance(lane.state.stage, InDoubt)
    assert lane.state.now.idle_since_ms is None


def test_unknown_asks_and_never_charges_again() -> None:
    lane = asking()
    effects = lane.feed(Unknown("terminal", ATTEMPT, "no answer"))
    assert [type(one).__name__ for one in effects] == ["Append", "EnquirePayment"]
    for _ in range(5):
        lane.feed(Unknown("terminal", ATTEMPT, "no answer"))
        lane.now_ms += 6_000
        again = lane.feed(events.Tick())
        assert [type(one) for one in again] == [EnquirePayment]
    assert lane.state.help_called
    assert not any(isinstance(one, RequestPayment) for one in lane.effects)
    lane.feed(events.PayPressed(), events.CancelPressed(), events.BackPressed(), Scan("scanner", MILK_CODE))
    assert isinstance(lane.state.stage, InDoubt)


def test_a_doubt_ends_as_a_sale_or_as_not_charged() -> None:
    lane = in_doubt()
    lane.feed(approval())
    assert len(lane.sales()) == 1
    lane = in_doubt()
    lane.feed(TerminalDeclined("terminal", ATTEMPT, DeclineReason.NOT_CHARGED))
    assert lane.state.stage == Declined("not_charged")
    assert lane.entries()[-1] == PaymentResult(attempt=ATTEMPT, outcome="not_charged")


def test_an_attendant_settles_a_doubt_and_finance_hears_of_it() -> None:
    lane = in_doubt()
    lane.feed(Scan("scanner", BADGE), events.AttendantActed("settle_paid"))
    assert len(lane.sales()) == 1
    assert any(isinstance(one, ExceptionRaised) and one.owner == "finance" for one in lane.entries())
    lane = in_doubt()
    lane.feed(Scan("scanner", BADGE), events.AttendantActed("settle_unpaid"))
    assert lane.state.stage == Declined("not_charged")


def test_the_terminals_return_is_a_moment_to_ask() -> None:
    lane = in_doubt()
    lane.feed(Unknown("terminal", ATTEMPT, "not there"))
    (again,) = lane.feed(DeviceChanged("payment_terminal", Category.PAYMENT_TERMINAL, Lifecycle.READY))
    assert isinstance(again, EnquirePayment)


@pytest.mark.parametrize("late", ["basket", "attract", "closed", "other attempt", "wrong amount"])
def test_an_approval_nobody_asked_for_is_reversed(late: str) -> None:
    lane = asking()
    reference, amount = ATTEMPT, 149
    if late == "other attempt":
        reference = "0101-07-000040-1"
    elif late == "wrong amount":
        amount = 100
    else:
        lane.feed(TerminalDeclined("terminal", ATTEMPT, DeclineReason.TIMED_OUT))
        lane.feed(events.BackPressed())
    if late in {"attract", "closed"}:
        lane.feed(events.CancelPressed(), events.CancelAnswered(yes=True))
    if late == "closed":
        lane.feed(Scan("scanner", BADGE), events.AttendantActed("close"))
    effects = lane.feed(approval(reference, amount, receipt=9))
    (reverse,) = [one for one in effects if isinstance(one, ReversePayment)]
    assert (reverse.attempt.attempt, reverse.receipt_number) == (reference, 9)
    assert not lane.sales()
    lane.feed(Reversed("terminal", reference))
    assert lane.entries()[-1] == PaymentResult(attempt=reference, outcome="reversed")
    assert lane.state.reversals == ()


def test_a_charge_that_cannot_be_taken_back_becomes_finances_business() -> None:
    lane = asking()
    lane.feed(approval("stray"))
    lane.feed(NotReversed("terminal", "stray", TERMINAL_AWAY))
    assert lane.state.reversals
    effects = lane.feed(DeviceChanged("payment_terminal", Category.PAYMENT_TERMINAL, Lifecycle.READY))
    assert any(isinstance(one, ReversePayment) for one in effects)
    lane.feed(NotReversed("terminal", "stray", "refused"))
    last = lane.entries()[-1]
    assert isinstance(last, ExceptionRaised)
    assert last.owner == "finance"
    assert lane.state.reversals == ()


def test_a_lane_without_a_terminal_says_so_and_charges_nothing() -> None:
    lane = open_lane()
    lane.feed(Scan("scanner", MILK_CODE))
    lane.feed(DeviceChanged("payment_terminal", Category.PAYMENT_TERMINAL, Lifecycle.LOST), events.PayPressed())
    assert lane.state.stage == Declined("unavailable")
    assert not any(isinstance(one, RequestPayment) for one in lane.effects)


def test_a_restart_while_asking_asks_what_became_of_it() -> None:
    before = asking().state
    lane = FlowLane(state=before)
    effects = lane.feed(events.Resumed())
    assert [type(one) for one in effects] == [EnquirePayment]
    lane.feed(*ALL_READY, approval())
    assert len(lane.sales()) == 1


def test_a_restart_that_lost_its_basket_takes_an_approval_back() -> None:
    attempt = PaymentAttempt(attempt="0101-07-000040-1", sequence_number=40, amount_minor=500, currency="EUR")
    lane = FlowLane(state=LaneState())
    effects = lane.feed(events.Resumed((attempt,)))
    assert effects == (EnquirePayment(attempt),)
    effects = lane.feed(approval("0101-07-000040-1", 500))
    assert any(isinstance(one, ReversePayment) for one in effects)
    assert isinstance(lane.state.stage, Closed)
    assert not lane.sales()


def test_a_restart_while_printing_prints_the_same_job() -> None:
    lane = asking()
    lane.feed(approval())
    assert isinstance(lane.state.stage, Receipt)
    restarted = FlowLane(state=lane.state)
    opening = DeviceChanged("receipt_printer", Category.RECEIPT_PRINTER, Lifecycle.OPENING)
    assert restarted.feed(events.Resumed(), opening) == ()
    ready = DeviceChanged("receipt_printer", Category.RECEIPT_PRINTER, Lifecycle.READY)
    assert restarted.feed(ready) == (PrintReceipt(lane.state.stage.job_id, 41),)
    assert not restarted.state.help_called


def test_a_restart_with_a_printer_that_is_gone_calls_for_help() -> None:
    lane = asking()
    lane.feed(approval())
    restarted = FlowLane(state=lane.state)
    gone = DeviceChanged("receipt_printer", Category.RECEIPT_PRINTER, Lifecycle.LOST)
    restarted.feed(events.Resumed(), gone, events.DonePressed())
    assert restarted.state.help_called
    assert any(isinstance(one, ExceptionRaised) and one.code == "receipt_not_printed" for one in restarted.entries())


def test_a_terminal_that_is_starting_is_waited_for() -> None:
    lane = open_lane()
    lane.feed(Scan("scanner", MILK_CODE))
    lane.feed(DeviceChanged("payment_terminal", Category.PAYMENT_TERMINAL, Lifecycle.OPENING), events.PayPressed())
    assert isinstance(lane.state.stage, Basket)
    assert lane.state.now.notice is not None
    assert lane.state.now.notice.code == "terminal_starting"


def test_a_printer_without_paper_prints_when_it_has_some() -> None:
    lane = asking()
    lane.feed(approval())
    assert isinstance(lane.state.stage, Receipt)
    job = lane.state.stage.job_id
    lane.feed(PrintJobChanged("printer", job, PrintState.FAILED, "no paper", "put some in"))
    assert lane.state.help_called
    (again,) = lane.feed(DeviceChanged("receipt_printer", Category.RECEIPT_PRINTER, Lifecycle.READY))
    assert again == PrintReceipt(job, 41)


def test_a_receipt_that_may_have_printed_is_never_printed_again_silently() -> None:
    lane = asking()
    lane.feed(approval())
    assert isinstance(lane.state.stage, Receipt)
    lane.feed(PrintJobChanged("printer", lane.state.stage.job_id, PrintState.UNKNOWN, "link lost", ""))
    effects = lane.feed(
        DeviceChanged("receipt_printer", Category.RECEIPT_PRINTER, Lifecycle.READY), events.DonePressed()
    )
    assert not any(isinstance(one, PrintReceipt) for one in effects)
    assert any(isinstance(one, ExceptionRaised) and one.code == "receipt_in_doubt" for one in lane.entries())
    done = lane.feed(Scan("scanner", BADGE), events.AttendantActed("reprint"))
    assert [one.copy for one in done if isinstance(one, PrintReceipt)] == [1]


def test_the_next_shopper_need_not_wait() -> None:
    lane = asking()
    lane.feed(approval(), Scan("scanner", MILK_CODE))
    assert isinstance(lane.state.stage, Basket)
    assert lane.state.transaction is not None
    assert lane.state.transaction.sequence_number == 42
