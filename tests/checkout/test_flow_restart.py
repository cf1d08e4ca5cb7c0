"""A process starts again: what was kept comes back, and nothing that only a present person may do."""

from __future__ import annotations

from drivers.scanner.interface import Scan
from kiosk.checkout import events
from kiosk.checkout.state import Attract, Basket, Thanks, decode, encode
from tests.checkout.lane import BADGE, MILK_CODE, FlowLane, open_lane


def restarted(lane: FlowLane) -> FlowLane:
    again = FlowLane(state=decode(encode(lane.state)))
    again.feed(events.Resumed())
    return again


def test_the_basket_comes_back() -> None:
    lane = open_lane()
    lane.feed(Scan("scanner", MILK_CODE), events.LineSelected(1))
    assert restarted(lane).state.transaction == lane.state.transaction


def test_an_attendant_is_signed_off() -> None:
    lane = open_lane()
    lane.feed(Scan("scanner", BADGE))
    assert lane.state.attendant == "aoife"
    assert restarted(lane).state.attendant == ""


def test_a_weighing_is_begun_anew() -> None:
    lane = open_lane()
    lane.feed(events.LookupPressed(), events.ItemChosen("banana"))
    assert isinstance(restarted(lane).state.stage, Basket)


def test_thanks_ends_by_itself_after_a_restart() -> None:
    lane = open_lane()
    lane.state = lane.state.__class__(stage=Thanks(since_ms=10**12), business_day="2026-11-21")
    again = restarted(lane)
    again.now_ms += 60_000
    again.feed(events.Tick())
    assert isinstance(again.state.stage, Attract)
