"""Training at the lane: like selling, but no money moves, no terminal is asked, and everything says so."""

from __future__ import annotations

from msgspec.structs import replace

from drivers.device import Category, DeviceChanged, Lifecycle
from drivers.scanner.interface import Scan
from kiosk.accounts.report_books import Placed, entered
from kiosk.accounts.report_figures import Section
from kiosk.checkout import events
from kiosk.checkout.duty import Duty
from kiosk.checkout.effects import PrintReceipt, RequestPayment
from kiosk.checkout.flow.over import blocking
from kiosk.checkout.flow.sheet import Action, offered
from kiosk.checkout.state import Attract, Closed, Receipt, decode, encode
from kiosk.messages.contents import PaymentAttempt, PaymentResult
from kiosk.messages.tenders import CashTender
from kiosk.messages.tills import TrainingEnded, TrainingStarted
from tests.checkout.lane import BADGE, BENS_BADGE, MILK_CODE, FlowLane, open_lane
from tests.checkout.test_flow_operator import notice_of, presses, shows
from tests.checkout.test_flow_tender import approval


def training() -> FlowLane:
    lane = open_lane()
    lane.feed(shows(BENS_BADGE), presses("start_training"))
    return lane


def practises(lane: FlowLane) -> None:
    lane.feed(Scan("scanner", MILK_CODE), events.PayPressed())


def leaves(lane: FlowLane) -> None:
    lane.feed(events.DonePressed())
    lane.now_ms += 60_000
    lane.feed(events.Tick())
    assert isinstance(lane.state.stage, Attract)


def test_training_is_started_and_ended_by_a_person() -> None:
    lane = training()
    assert lane.state.training
    assert lane.entries()[1] == TrainingStarted(operator="ben")
    lane.feed(shows(BADGE))
    assert Action.END_TRAINING in offered(lane.state)
    assert Action.START_TRAINING not in offered(lane.state)
    lane.feed(presses("end_training"))
    assert not lane.state.training
    assert lane.entries()[-2] == TrainingEnded(operator="aoife")


def test_no_training_begins_with_a_basket_open() -> None:
    lane = open_lane()
    lane.feed(Scan("scanner", MILK_CODE), shows(BADGE))
    assert Action.START_TRAINING not in offered(lane.state)
    lane.feed(presses("start_training"))
    assert not lane.state.training


def test_training_does_not_end_with_a_basket_open() -> None:
    lane = training()
    lane.feed(Scan("scanner", MILK_CODE), shows(BADGE), presses("end_training"))
    assert lane.state.training


def test_a_training_sale_asks_no_terminal_and_is_marked() -> None:
    lane = training()
    practises(lane)
    assert isinstance(lane.state.stage, Receipt)
    (sale,) = lane.sales()
    assert (sale.training, sale.operator, sale.total_minor) == (True, "ben", 149)
    assert sale.tenders == (CashTender(amount_minor=149, given_minor=149),)
    assert not any(isinstance(one, RequestPayment) for one in lane.effects)
    assert not any(isinstance(one, PaymentAttempt | PaymentResult) for one in lane.entries())
    assert any(isinstance(one, PrintReceipt) for one in lane.effects)


def test_numbers_go_on_without_a_gap_through_training() -> None:
    lane = training()
    practises(lane)
    leaves(lane)
    lane.feed(shows(BADGE), presses("end_training"), Scan("scanner", MILK_CODE), events.PayPressed())
    lane.feed(approval("0101-07-000042-1"))
    assert [(sale.sequence_number, sale.training) for sale in lane.sales()] == [(41, True), (42, False)]


def test_a_trainee_needs_no_terminal() -> None:
    lane = training()
    gone = DeviceChanged("payment_terminal", Category.PAYMENT_TERMINAL, Lifecycle.LOST)
    lane.feed(gone)
    assert blocking(lane.state) is None
    practises(lane)
    assert lane.sales()[0].training
    leaves(lane)
    lane.feed(shows(BADGE), presses("end_training"))
    assert blocking(lane.state) is not None


def test_training_survives_a_power_cut() -> None:
    lane = training()
    lane.feed(Scan("scanner", MILK_CODE))
    lane.state = decode(encode(lane.state))
    lane.feed(events.Resumed())
    lane.feed(events.PayPressed())
    assert lane.sales()[0].training
    assert TrainingEnded(operator="") not in lane.entries()


def test_a_lane_that_lost_its_state_in_training_says_that_it_counts_again() -> None:
    lane = training()
    lane.state = replace(lane.state, stage=Closed(), duty=Duty())
    lane.feed(events.Resumed())
    assert lane.entries()[-1] == TrainingEnded(operator="")
    assert not lane.around().accounts.tills().training


def test_nothing_of_training_is_in_a_total() -> None:
    lane = training()
    practises(lane)
    leaves(lane)
    lane.feed(Scan("scanner", MILK_CODE), shows(BADGE), presses("cancel_transaction"))
    lane.feed(shows(BADGE), presses("end_training"))
    placed = (Placed(one, "e" * 16, at) for at, one in enumerate([*lane.before, *lane.entries()], start=1))
    figures = entered(lane.around().accounts.books(), ()).figures
    assert figures == entered(replace(lane.around().accounts.books(), figures={}, spans=()), placed).figures
    assert {Section.SALES, Section.TENDERS, Section.TAX, Section.CANCELLED, Section.OPERATORS} & set(figures) == set()
    assert figures[Section.TRAINING]["sale"].count == 1
    assert figures[Section.TRAINING]["transaction_cancelled"].count == 1


def test_there_is_no_z_report_and_no_open_drawer_in_training() -> None:
    lane = training()
    lane.drawer = True
    lane.feed(shows(BADGE))
    assert Action.NO_SALE not in offered(lane.state)
    lane.feed(presses("reports"), presses("z_report"))
    assert notice_of(lane) == "report_training"
