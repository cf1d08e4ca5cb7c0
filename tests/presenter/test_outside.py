"""What staff see of a lane from afar, and what a shopper reads on a display of two lines."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from drivers.device import Category, Condition, DeviceChanged, Lifecycle, Severity
from drivers.payment.interface import Unknown
from drivers.scanner.interface import Scan
from drivers.signal.interface import Blink, Colour
from kiosk.checkout import events
from kiosk.checkout.state import LaneState
from kiosk.presenter.language import Language, available
from kiosk.presenter.outside import PAYING, lamps, lines
from tests.checkout.lane import COLA_CODE, MILK_CODE, FlowLane, open_lane
from tests.checkout.test_flow_tender import approval
from tests.presenter.test_present import every_state, view_in

URGENT = ((Colour.RED, Blink.FAST),)
SELLS = (Colour.GREEN, Blink.STEADY)


def read(state: LaneState) -> tuple[str, str]:
    upper, lower = lines(state, view_in(Language("en", "IE", "EUR")), 20)
    return upper, lower


def test_a_lane_that_sells_is_green_and_a_closed_one_red() -> None:
    lane = FlowLane()
    lane.feed(events.Resumed())
    assert lamps(lane.state).lamps == ((Colour.RED, Blink.STEADY),)
    assert lamps(open_lane().state).lamps == (SELLS,)


def test_whoever_calls_for_help_is_seen_from_afar() -> None:
    lane = open_lane()
    lane.feed(Scan("scanner", MILK_CODE), events.HelpPressed())
    assert lamps(lane.state).lamps == URGENT
    lane.feed(events.HelpHidden(cancel=True))
    assert lamps(lane.state).lamps == (SELLS,)


def test_a_payment_in_doubt_and_a_scanner_that_is_gone_call_somebody() -> None:
    lane = open_lane()
    lane.feed(Scan("scanner", MILK_CODE), events.PayPressed())
    assert lamps(lane.state).lamps == (SELLS,)
    lane.feed(Unknown("terminal", "0101-07-000041-1", "x"))
    assert lamps(lane.state).lamps == URGENT
    other = open_lane()
    other.feed(DeviceChanged("scanner", Category.SCANNER, Lifecycle.LOST))
    assert lamps(other.state).lamps == URGENT


def test_paper_that_runs_low_can_wait_a_little() -> None:
    lane = open_lane()
    low = Condition("paper_low", Severity.WARNING, "Paper is low.", "Have a roll at hand.")
    lane.feed(DeviceChanged("printer", Category.RECEIPT_PRINTER, Lifecycle.READY, (low,)))
    assert lamps(lane.state).lamps == (SELLS, (Colour.AMBER, Blink.SLOW))


def test_the_display_shows_the_last_item_the_total_and_how_paying_goes() -> None:
    lane = open_lane()
    assert read(lane.state) == ("Harbour Market", "")
    lane.feed(Scan("scanner", MILK_CODE), Scan("scanner", COLA_CODE))
    upper, lower = read(lane.state)
    assert upper.startswith("Cola"), upper
    assert len(upper) == len(lower) == 20
    assert lane.state.transaction is not None
    total = Language("en", "IE", "EUR").money(lane.state.transaction.total_minor)
    assert lower == f"{'Total':<{20 - len(total)}}{total}"
    lane.feed(events.PayPressed())
    assert read(lane.state) == ("Pay at the terminal", lower)
    lane.feed(Unknown("terminal", "0101-07-000041-1", "x"))
    assert read(lane.state) == ("Checking payment", lower)


def test_after_paying_the_display_says_what_was_paid() -> None:
    lane = open_lane()
    lane.feed(Scan("scanner", MILK_CODE), events.PayPressed(), approval())
    assert read(lane.state) == ("Thank you", "Paid           €1.49")


@pytest.mark.parametrize("code", available())
def test_what_is_said_of_paying_fits_on_a_display_of_twenty(code: str) -> None:
    words = Language(code, "IE", "EUR")
    for phrase in PAYING.values():
        assert len(words.say(phrase)) <= 20, words.say(phrase)


@pytest.mark.parametrize("columns", [16, 20])
def test_an_amount_is_whole_in_every_state_and_width(columns: int) -> None:
    view = view_in(Language("en", "IE", "EUR"))
    for state in every_state():
        transaction = state.transaction
        if transaction is None or not transaction.lines:
            continue
        name = "A very long name indeed, " * 3
        long = replace(transaction, lines=tuple(replace(line, name=name) for line in transaction.lines))
        upper, lower = lines(replace(state, transaction=long), view, columns)
        if upper.startswith("A very"):
            amounts = {view.words.money(line.amount_minor) for line in long.lines}
            assert upper.rsplit(" ", 1)[1] in amounts
            assert len(upper) == columns
            assert lower.endswith(view.words.money(long.total_minor))
