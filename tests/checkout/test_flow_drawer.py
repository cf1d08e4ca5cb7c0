"""The drawer opens once for each reason in the ledger; opened without one it is an exception; a card is a badge."""

from __future__ import annotations

import pytest

from drivers.drawer.interface import DrawerChanged, DrawerKicked, DrawerPosition, DrawerStuck
from drivers.nfc.interface import NdefRecord, SignedMessage, TagKind, TagPresent, TagProblem
from drivers.scanner.interface import Scan
from kiosk.checkout import events
from kiosk.checkout.effects import Append, KickDrawer
from kiosk.checkout.flow.drawer import TIMES
from kiosk.messages.contents import ExceptionRaised
from kiosk.messages.tills import DrawerOpened
from tests.checkout.lane import BADGE, BENS_BADGE, MILK_CODE, FlowLane, open_lane
from tests.checkout.test_flow_operator import notice_of, presses, shows

OPEN, CLOSED, UNKNOWN = (
    DrawerChanged("drawer", DrawerPosition(position)) for position in ("open", "closed", "unknown")
)


def lane_with_drawer() -> FlowLane:
    lane = open_lane()
    lane.drawer = True
    return lane


def opens_it(lane: FlowLane) -> list[object]:
    return list(lane.feed(shows(BENS_BADGE), presses("no_sale"), presses("no_sale_change")))


def test_the_reason_is_written_before_the_drawer_is_opened_and_each_time_is_another_request() -> None:
    lane = lane_with_drawer()
    first = opens_it(lane)
    kinds = [type(effect.content) if isinstance(effect, Append) else type(effect) for effect in first]
    assert kinds.index(DrawerOpened) < kinds.index(KickDrawer)
    lane.now = "2026-11-21T10:05:00.000Z"
    second = opens_it(lane)
    requests = [effect.request for effect in (*first, *second) if isinstance(effect, KickDrawer)]
    assert len(set(requests)) == len(requests) == 2


def test_what_is_refused_opens_nothing() -> None:
    lane = lane_with_drawer()
    lane.feed(shows(BADGE), presses("start_training"))
    assert not any(isinstance(effect, KickDrawer) for effect in opens_it(lane))


def test_a_drawer_that_opens_after_it_was_asked_to_is_no_news() -> None:
    lane = lane_with_drawer()
    lane.feed(CLOSED)
    opens_it(lane)
    assert lane.feed(DrawerKicked("drawer", "x"), OPEN, CLOSED) == ()


def test_a_drawer_that_nobody_asked_for_is_an_exception_and_staff_see_it() -> None:
    lane = lane_with_drawer()
    lane.feed(CLOSED)
    opened, raised = (effect.content for effect in lane.feed(OPEN) if isinstance(effect, Append))
    assert isinstance(opened, DrawerOpened)
    assert opened.cause == "forced"
    assert isinstance(raised, ExceptionRaised)
    assert raised.code == "drawer_forced"
    assert notice_of(lane) == "drawer_forced"


@pytest.mark.parametrize("first", [OPEN, UNKNOWN])
def test_a_drawer_that_stands_open_at_the_start_or_has_no_sensor_was_not_forced(first: DrawerChanged) -> None:
    lane = lane_with_drawer()
    assert lane.feed(first) == ()


def test_a_drawer_left_open_is_told_of_once() -> None:
    lane = lane_with_drawer()
    lane.feed(OPEN)
    assert not lane.state.now.drawer.told
    lane.now_ms += TIMES.open_ms
    lane.feed(events.Tick())
    assert notice_of(lane) == "drawer_left_open"
    assert lane.state.now.drawer.told
    lane.now_ms += TIMES.open_ms
    lane.feed(events.Tick())
    assert lane.state.now.notice is None
    lane.feed(CLOSED)
    assert not lane.state.now.drawer.told


def test_a_drawer_that_stays_shut_is_said_and_not_tried_again() -> None:
    lane = lane_with_drawer()
    assert lane.feed(DrawerStuck("drawer", "x", "The printer is gone.", "Plug it in.")) == ()
    assert notice_of(lane) == "drawer_stuck"


def card(uid: str, **more: object) -> TagPresent:
    return TagPresent("reader", uid, TagKind.OTHER, **more)  # type: ignore[arg-type] # fields of the record


def test_a_badge_is_held_to_the_reader_as_it_is_to_the_scanner() -> None:
    for shown in (
        card(BENS_BADGE),
        card("04A1B2C3D4E5F6", records=(NdefRecord("urn:nfc:wkt:T", BENS_BADGE, b""),)),
        card("04A1B2C3D4E5F6", signed=SignedMessage(BENS_BADGE, 7)),
    ):
        lane = open_lane()
        lane.feed(shown)
        assert lane.state.attendant == "ben", shown


def test_what_is_no_badge_or_cannot_be_trusted_signs_nobody_on_and_sells_nothing() -> None:
    for shown in (
        card(BENS_BADGE, random_id=True),
        card(BENS_BADGE, problem=TagProblem.REPLAYED),
        card(BENS_BADGE, problem=TagProblem.BAD_SIGNATURE),
        card("04A1B2C3D4E5F6"),
        card("04A1B2C3D4E5F6", records=(NdefRecord("urn:nfc:wkt:T", MILK_CODE, b""),)),
        card("04A1", records=(NdefRecord("T", BENS_BADGE, b""),), signed=SignedMessage("04A1", 7)),
    ):
        lane = open_lane()
        assert lane.feed(shown) == (), shown
        assert lane.state.attendant == ""
        assert lane.state.transaction is None
        assert notice_of(lane) == "tag_unknown"


def test_a_card_in_the_middle_of_a_basket_changes_nothing_in_it() -> None:
    lane = open_lane()
    lane.feed(Scan("scanner", MILK_CODE))
    before = lane.state.transaction
    lane.feed(card("04A1B2C3D4E5F6"))
    assert lane.state.transaction == before
