"""A printer that cannot print changes what is said, never the sale."""

from __future__ import annotations

import pytest

from kiosk.checkout.flow.sale import receipt_job
from kiosk.messages.contents import ExceptionRaised
from tests.brokers import until
from tests.walks.books import entries, must_agree, printed, receipts, sales, times_printed
from tests.walks.shopper import MILK, Shopper

pytestmark = pytest.mark.processes


def pays(shopper: Shopper) -> None:
    shopper.buys_until_asked(MILK)
    shopper.bench.do("terminal", "tap")
    shopper.bought.append((MILK,))


def test_paper_out_before_the_receipt_prints_it_with_the_new_roll(shopper: Shopper) -> None:
    bench, lane = shopper.bench, shopper.bench.lane
    bench.do("printer", "paper_out")
    lane.until(lambda screen: screen.says("No paper receipts at the moment"), "a word about the paper")
    pays(shopper)
    lane.sees("receipt", "The printer needs attention.")
    assert lane.screen.says("You have paid")
    assert receipts(bench) == []
    bench.do("printer", "paper_in")
    lane.sees("receipt", "Please take your receipt.")
    must_agree(bench, shopper.bought)


def test_paper_out_in_the_middle_goes_on_with_the_new_roll(shopper: Shopper) -> None:
    bench, lane = shopper.bench, shopper.bench.lane
    bench.do("printer", "paper_out_after", lines=3)
    pays(shopper)
    lane.until(lambda screen: screen.says("No paper receipts at the moment"), "a word about the paper")
    bench.do("printer", "paper_in")
    lane.sees("receipt", "Please take your receipt.")
    must_agree(bench, shopper.bought)


def test_a_printer_lost_in_the_middle_is_never_printed_to_twice(shopper: Shopper) -> None:
    """The shopper is told, an attendant prints a copy, and the copy says that it is one."""
    bench, lane = shopper.bench, shopper.bench.lane
    bench.do("printer", "drop_after", bytes=200)
    pays(shopper)
    lane.sees("receipt", "Your receipt may not have printed completely. An attendant can print a copy.")
    lane.until(lambda screen: screen.says("No paper receipts at the moment"), "a word about the printer")
    until(lambda: lane.works("printer"), "the printer again")
    lane.press("done")
    lane.sees("thanks")
    assert printed(bench, receipt_job("0101-07", 1)) == "unknown"
    assert times_printed(bench, 1) == 0
    bench.attendant("reprint")
    until(lambda: any("COPY" in paper for paper in receipts(bench)), "a copy")
    must_agree(bench, shopper.bought)
    raised = [entry.content for entry in entries(bench) if isinstance(entry.content, ExceptionRaised)]
    assert [(one.code, one.owner, one.sequence_number) for one in raised] == [("receipt_in_doubt", "attendant", 1)]


def test_a_printer_at_a_closed_port_sells_without_paper_and_says_why(shopper: Shopper) -> None:
    bench, lane = shopper.bench, shopper.bench.lane
    bench.do("printer", "unplug")
    until(lambda: not lane.works("printer"), "a printer that is gone")
    pays(shopper)
    lane.sees("receipt", "The printer needs attention.")
    assert lane.screen.says("Help is coming")
    lane.press("done")
    lane.sees("thanks")
    assert len(sales(bench)) == 1
    raised = [entry.content for entry in entries(bench) if isinstance(entry.content, ExceptionRaised)]
    assert [(one.code, one.owner) for one in raised] == [("receipt_not_printed", "attendant")]
    assert "device.lost device=printer" in bench.log("lanes")
