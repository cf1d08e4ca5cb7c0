"""X and Z reports and the open drawer at the lane: the entry first, then the paper, and why there is none."""

from __future__ import annotations

import pytest

from drivers.device import Category, DeviceChanged, Lifecycle
from drivers.printer.interface import PrintJobChanged, PrintState
from drivers.scanner.interface import Scan
from kiosk.accounts.report import ReportPolicy, report_of
from kiosk.accounts.report_figures import Section
from kiosk.checkout import events
from kiosk.checkout.effects import Append, PrintReport
from kiosk.checkout.flow.sheet import NO_SALE_REASONS, PAGES, RIGHTS, Action, offered
from kiosk.checkout.state import Attract
from kiosk.domain.operator.rights import Right
from kiosk.messages.contents import ExceptionRaised, PaymentAttempt
from kiosk.messages.tills import DrawerOpened, ReportTaken, ShiftOpened
from tests.checkout.lane import BADGE, BENS_BADGE, MILK_CODE, FlowLane, open_lane
from tests.checkout.test_flow_operator import notice_of, presses, shows
from tests.checkout.test_flow_tender import approval


def sells(lane: FlowLane) -> None:
    number = lane.next_number
    lane.feed(Scan("scanner", MILK_CODE), events.PayPressed(), approval(f"0101-07-{number:06d}-1"))
    lane.feed(events.DonePressed())
    lane.now_ms += 60_000
    lane.feed(events.Tick())
    assert isinstance(lane.state.stage, Attract)


def takes(lane: FlowLane, what: str) -> list[PrintReport]:
    effects = lane.feed(shows(BADGE), presses("reports"), presses(what))
    return [one for one in effects if isinstance(one, PrintReport)]


def taken(lane: FlowLane, kind: str) -> list[ReportTaken]:
    return [one for one in lane.entries() if isinstance(one, ReportTaken) and one.report_kind == kind]


def test_a_z_report_says_what_was_sold_is_in_the_ledger_and_printed() -> None:
    lane = open_lane()
    sells(lane)
    sells(lane)
    (printing,) = takes(lane, "z_report")
    (entry,) = taken(lane, "z")
    assert (printing.taken, printing.copy, printing.job_id) == (entry, 0, "report-0101-07-z000001")
    report = report_of(entry)
    assert (report.number, report.operator, report.business_day) == (1, "aoife", "2026-11-21")
    assert report.sum(Section.TENDERS, "card").amount_minor == 298
    assert (report.first_number, report.last_number) == (41, 42)
    assert lane.state.attendant == ""
    assert isinstance(lane.state.stage, Attract)


def test_the_entry_of_a_z_report_follows_on_what_it_covers() -> None:
    lane = open_lane()
    sells(lane)
    before = len(lane.before) + len(lane.entries())
    takes(lane, "z_report")
    (entry,) = taken(lane, "z")
    # The badge has signed on in between, and that belongs to it.
    assert (entry.from_position, entry.to_position) == (1, before + 1)
    assert ([*lane.before, *lane.entries()]).index(entry) == before + 1


def test_a_day_has_one_z_report_and_the_next_day_the_next_number() -> None:
    lane = open_lane()
    sells(lane)
    takes(lane, "z_report")
    assert takes(lane, "z_report") == []
    assert notice_of(lane) == "report_taken"
    assert lane.state.attendant == "aoife", "the sheet stays and says why"
    lane.feed(presses("leave"))
    lane.reports = ReportPolicy(several_a_day=True)
    takes(lane, "z_report")
    assert [one.number for one in taken(lane, "z")] == [1, 2]
    assert report_of(taken(lane, "z")[1]).total(Section.TENDERS).count == 0


def test_an_x_report_can_be_had_again_and_again() -> None:
    lane = open_lane()
    sells(lane)
    (first,) = takes(lane, "x_report")
    lane.now = "2026-11-21T10:00:01.000Z"
    (second,) = takes(lane, "x_report")
    assert first.job_id != second.job_id
    assert [report_of(one).sum(Section.TENDERS, "card").amount_minor for one in taken(lane, "x")] == [149, 149]
    assert {one.number for one in taken(lane, "x")} == {1}


def test_copies_of_the_last_z_report_are_counted() -> None:
    lane = open_lane()
    assert takes(lane, "z_copy") == []
    assert notice_of(lane) == "report_none"
    takes(lane, "z_report")
    copies = [*takes(lane, "z_copy"), *takes(lane, "z_copy")]
    assert [one.copy for one in copies] == [1, 2]
    assert {one.taken for one in copies} == set(taken(lane, "z"))
    assert len({one.job_id for one in copies}) == 2
    assert len(taken(lane, "z")) == 1


def test_a_payment_nobody_knows_the_end_of_holds_the_z_report_and_not_the_x() -> None:
    lane = open_lane()
    lane.before.append(PaymentAttempt(attempt="a", sequence_number=40, amount_minor=500, currency="EUR"))
    assert takes(lane, "z_report") == []
    assert notice_of(lane) == "report_unknown_payment"
    lane.feed(presses("x_report"))
    assert len(taken(lane, "x")) == 1
    assert taken(lane, "z") == []


def test_sales_that_are_not_sent_yet_hold_nothing() -> None:
    lane = open_lane()
    sells(lane)
    lane.feed(events.LinkChanged(4_000, "2026-11-01T10:00:00.000Z", online=False, catalog_version=7))
    takes(lane, "z_report")
    assert len(taken(lane, "z")) == 1


def test_an_open_shift_holds_the_z_report() -> None:
    lane = open_lane()
    lane.before.append(
        ShiftOpened(shift="s1", till="1", operator="ben", business_day="2026-11-21", currency="EUR", float_minor=100)
    )
    takes(lane, "z_report")
    assert notice_of(lane) == "report_open_shift"


def test_a_clock_that_went_back_a_day_takes_no_z_report() -> None:
    lane = open_lane()
    lane.before.append(
        ReportTaken(
            report_kind="z",
            number=7,
            business_day="2026-11-22",
            operator="x",
            from_position=1,
            to_position=1,
            report="",
        )
    )
    takes(lane, "z_report")
    assert notice_of(lane) == "report_clock"


def test_who_may_not_have_reports_gets_none() -> None:
    lane = open_lane()
    lane.feed(shows(BENS_BADGE), presses("reports"), presses("z_report"), presses("x_report"))
    assert taken(lane, "z") == taken(lane, "x") == []


def test_no_figures_are_shown_while_a_shopper_buys() -> None:
    lane = open_lane()
    lane.feed(Scan("scanner", MILK_CODE), shows(BADGE), presses("reports"), presses("z_report"))
    assert taken(lane, "z") == []


def test_no_paper_no_x_report_and_no_copy_but_the_z_report_is_taken_all_the_same() -> None:
    lane = open_lane()
    lane.feed(DeviceChanged("receipt_printer", Category.RECEIPT_PRINTER, Lifecycle.LOST))
    assert takes(lane, "x_report") == []
    assert notice_of(lane) == "printer_unavailable"
    lane.feed(presses("leave"))
    (printing,) = takes(lane, "z_report")
    lane.feed(PrintJobChanged("printer", printing.job_id, PrintState.FAILED, "no paper", ""))
    assert lane.state.help_called
    raised = lane.entries()[-1]
    assert isinstance(raised, ExceptionRaised)
    assert printing.job_id in raised.detail
    assert takes(lane, "z_copy") == []
    assert len(taken(lane, "z")) == 1


@pytest.mark.parametrize(("action", "reason"), list(NO_SALE_REASONS.items()))
def test_the_drawer_is_opened_with_a_reason(action: Action, reason: str) -> None:
    lane = open_lane()
    lane.drawer = True
    effects = lane.feed(shows(BENS_BADGE), presses("no_sale"), presses(action))
    opened = DrawerOpened(till="1", cause="no_sale", operator="ben", reason=reason)
    assert [one.content for one in effects if isinstance(one, Append)][1] == opened


def test_a_lane_without_a_drawer_offers_no_no_sale() -> None:
    lane = open_lane()
    lane.feed(shows(BADGE))
    assert Action.NO_SALE not in offered(lane.state)
    lane.feed(presses("no_sale"), presses("no_sale_change"))
    assert not any(isinstance(one, DrawerOpened) for one in lane.entries())


def test_every_action_asks_for_a_right_or_needs_none() -> None:
    assert set(Action) - set(RIGHTS) == {Action.LEAVE, Action.BACK}
    assert set(PAGES) <= set(Action)
    assert {right for rights in RIGHTS.values() for right in rights} <= set(Right)
    policy = open_lane().staffing().tills.policy
    assert set(NO_SALE_REASONS.values()) == set(policy.no_sale_reasons)
