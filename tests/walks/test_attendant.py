"""An attendant with a badge: opens, closes, approves, helps."""

from __future__ import annotations

import pytest

from kiosk.messages.contents import AgeApproved, LaneClosed, LaneOpened
from tests.bench import BADGE, Bench
from tests.brokers import until
from tests.walks.books import entries, must_agree
from tests.walks.shopper import MILK, Shopper, Want

pytestmark = pytest.mark.processes


def test_a_lane_sells_only_while_it_is_open(bench: Bench) -> None:
    lane = bench.start_lane()
    lane.sees("closed", "Staff: scan your badge to open.")
    until(lambda: lane.works("scanner"), "the scanner")
    bench.scan(bench.code(MILK.sku))
    lane.sees("closed", "This lane is closed.")
    bench.reopen()
    bench.attendant("close")
    lane.sees("closed")
    kinds = [entry.content for entry in entries(bench) if isinstance(entry.content, LaneOpened | LaneClosed)]
    assert [(type(one), one.operator) for one in kinds] == [(LaneOpened, "aoife"), (LaneClosed, "aoife")]


def test_an_open_lane_is_still_open_after_a_power_cut(shopper: Shopper) -> None:
    shopper.bench.lane.kill()
    shopper.bench.start_lane().sees("attract", "Scan your first item to begin.")


def test_a_badge_that_nobody_knows_opens_nothing(shopper: Shopper) -> None:
    shopper.bench.scan("BADGE-OF-NOBODY")
    shopper.bench.lane.sees("unknown_code")


def test_age_is_approved_by_a_person_before_anything_is_paid(shopper: Shopper) -> None:
    bench, lane = shopper.bench, shopper.bench.lane
    whiskey = next(item for item in bench.catalog.items if item.minimum_age == 18 and not item.deposit_sku)
    bench.scan(bench.code(whiskey.sku))
    lane.sees("basket", whiskey.name)
    lane.press("pay")
    lane.sees("attention", "18 and over")
    assert not bench.terminal_waits()
    lane.kill()
    lane = bench.start_lane()
    lane.sees("attention", "An attendant is coming.")
    until(lambda: lane.works("scanner", "terminal", "printer"), "the devices")
    bench.attendant("approve_age")
    lane.sees("basket", whiskey.name)
    shopper.bought.append((Want(whiskey.sku),))
    shopper.finishes(Want(whiskey.sku))
    must_agree(bench, shopper.bought)
    (approved,) = [entry.content for entry in entries(bench) if isinstance(entry.content, AgeApproved)]
    assert (approved.minimum_age, approved.operator) == (18, "aoife")


def test_help_is_called_and_given(shopper: Shopper) -> None:
    bench, lane = shopper.bench, shopper.bench.lane
    lane.press("help")
    lane.sees("help", "An attendant has been called.")
    lane.press("hide_help")
    lane.sees("attract", "Help is coming")
    lane.kill()
    lane = bench.start_lane()
    assert lane.sees("attract").says("Help is coming")
    until(lambda: lane.works("scanner"), "the scanner")
    bench.attendant("helped")
    lane.until(lambda screen: screen.top.name == "attract" and not screen.says("Help is coming"), "help given")


def test_a_basket_is_cancelled_by_an_attendant_and_its_number_stays_used(shopper: Shopper) -> None:
    bench, lane = shopper.bench, shopper.bench.lane
    bench.scan(bench.code(MILK.sku))
    lane.sees("basket", "1 item")
    bench.attendant("cancel_transaction")
    lane.sees("attract")
    shopper.buys(MILK)
    must_agree(bench, shopper.bought)


def test_the_badge_is_in_no_file(shopper: Shopper) -> None:
    bench = shopper.bench
    bench.attendant("close")
    bench.lane.sees("closed")
    bench.lane.kill()
    assert BADGE not in bench.log("lanes")
    for file in (path for path in bench.data.iterdir() if path.is_file()):
        assert BADGE.encode() not in file.read_bytes(), file.name
