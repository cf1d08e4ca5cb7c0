"""Staff at the lane: whose badge signs on, what their role offers, who approves, and how they sign off."""

from __future__ import annotations

from msgspec.structs import replace

from drivers.scanner.interface import Scan
from kiosk.checkout import events
from kiosk.checkout.flow.sheet import Action, offered
from kiosk.checkout.state import Asking, Attract, Basket, decode, durable, encode
from kiosk.domain.operator.attempts import Failures
from kiosk.domain.operator.rights import Grant, Right, Role, default_roles
from kiosk.messages.contents import AttentionDecided, TransactionCancelled
from kiosk.messages.tills import ShiftOpened, SignedOff, SignedOn, SignOnRefused
from tests.checkout.lane import BADGE, BENS_BADGE, MILK_CODE, TECHNICIANS_BADGE, FlowLane, open_lane
from tests.checkout.test_flow_tender import approval

STRANGE = "STAFF-0000"


def shows(badge: str) -> Scan:
    return Scan("scanner", badge)


def presses(action: str) -> events.AttendantActed:
    return events.AttendantActed(action)


def notice_of(lane: FlowLane) -> str:
    return lane.state.now.notice.code if lane.state.now.notice else ""


def on(operator: str, role: str) -> SignedOn:
    return SignedOn(operator=operator, roles=(role,), method="badge")


def off(operator: str, reason: str) -> SignedOff:
    return SignedOff(operator=operator, reason=reason)


def with_small_rights(lane: FlowLane) -> FlowLane:
    """Attendants may cancel up to 1 euro alone, and more with a second person."""
    small = Grant(right=Right.CANCEL, alone_minor=100, most_minor=10_000)
    lane.roles = tuple(_with(role, small) if role.name == "attendant" else role for role in default_roles())
    return lane


def _with(role: Role, grant: Grant) -> Role:
    return replace(role, grants=(*(one for one in role.grants if one.right is not grant.right), grant))


def test_a_badge_signs_on_and_leaving_signs_off() -> None:
    lane = open_lane()
    lane.feed(shows(BADGE))
    assert lane.entries() == [on("aoife", "supervisor")]
    lane.feed(presses("leave"))
    assert lane.entries()[1:] == [off("aoife", "person")]
    assert lane.state.duty.rights == ()


def test_whatever_is_done_ends_with_signing_off() -> None:
    lane = open_lane()
    lane.feed(shows(BADGE), presses("close"))
    assert lane.entries()[-1] == off("aoife", "person")


def test_who_walks_away_is_signed_off_after_a_while() -> None:
    lane = open_lane()
    lane.feed(shows(BADGE))
    lane.now_ms += 61_000
    lane.feed(events.Tick())
    assert lane.entries()[-1] == off("aoife", "idle")
    assert lane.state.attendant == ""


def test_a_restart_signs_off() -> None:
    lane = open_lane()
    lane.feed(shows(BADGE))
    lane.state = decode(encode(lane.state))
    lane.feed(events.Resumed())
    assert lane.entries()[-1] == off("aoife", "restart")
    assert lane.state.duty.sign_on.operator == ""


def test_another_badge_takes_over_at_once() -> None:
    lane = open_lane()
    lane.feed(shows(BADGE), shows(BENS_BADGE))
    assert lane.entries() == [on("aoife", "supervisor"), off("aoife", "switched"), on("ben", "attendant")]
    assert lane.state.attendant == "ben"


def test_a_badge_that_stays_before_the_scanner_signs_on_once() -> None:
    lane = open_lane()
    lane.feed(shows(BADGE), shows(BADGE), shows(BADGE))
    assert lane.entries() == [on("aoife", "supervisor")]


def test_a_strange_badge_is_refused_and_written_down_without_its_text() -> None:
    lane = open_lane()
    lane.badge_prefix = "STAFF-"
    lane.feed(shows(STRANGE))
    lane.now_ms -= 900
    lane.feed(shows(STRANGE))
    assert lane.entries() == [SignOnRefused(operator="", method="badge", reason="unknown")]
    assert notice_of(lane) == "badge_unknown"
    assert isinstance(lane.state.stage, Attract)
    assert STRANGE.encode() not in encode(lane.state)


def test_what_does_not_look_like_a_badge_is_no_try_to_sign_on() -> None:
    lane = open_lane()
    lane.feed(shows(STRANGE))
    assert lane.entries() == []
    assert lane.state.attendant == ""


def test_nobody_signs_on_while_the_card_is_asked_for() -> None:
    lane = open_lane()
    lane.feed(Scan("scanner", MILK_CODE), events.PayPressed(), shows(BADGE))
    assert isinstance(lane.state.stage, Asking)
    assert (lane.state.attendant, notice_of(lane)) == ("", "finish_payment")


def test_a_role_offers_what_it_may_do_and_no_more() -> None:
    lane = open_lane()
    lane.drawer = True
    lane.feed(shows(BADGE))
    everything = [Action.CLOSE, Action.REPORTS, Action.NO_SALE, Action.START_TRAINING, Action.LEAVE]
    assert list(offered(lane.state)) == everything
    lane.feed(shows(BENS_BADGE))
    assert Action.REPORTS not in offered(lane.state)
    assert Action.NO_SALE in offered(lane.state)
    lane.feed(shows(TECHNICIANS_BADGE))
    assert list(offered(lane.state)) == [Action.START_TRAINING, Action.LEAVE]
    lane.feed(presses("close"))
    assert isinstance(lane.state.stage, Attract), "what is not offered is not done"


def test_a_basket_worth_more_than_one_may_cancel_alone_needs_somebody_else() -> None:
    lane = with_small_rights(open_lane())
    lane.feed(Scan("scanner", MILK_CODE), shows(BENS_BADGE), presses("cancel_transaction"))
    assert isinstance(lane.state.stage, Basket)
    assert lane.state.transaction is not None
    assert offered(lane.state) == (Action.BACK,)
    lane.feed(shows(BENS_BADGE))
    assert notice_of(lane) == "right_self_approval"
    lane.feed(shows(TECHNICIANS_BADGE))
    assert notice_of(lane) == "right_may_not_approve"
    assert lane.state.transaction is not None
    lane.feed(shows(BADGE))
    assert isinstance(lane.state.stage, Attract)
    approved, cancelled, left = lane.entries()[-3:]
    assert isinstance(approved, AttentionDecided)
    assert (approved.matter, approved.operator, approved.reason) == ("second_person", "aoife", "cancel_transaction")
    assert isinstance(cancelled, TransactionCancelled)
    assert cancelled.operator == "ben"
    assert left == off("ben", "person")
    assert on("aoife", "supervisor") not in lane.entries(), "who approves is not the one signed on"


def test_going_back_asks_nobody_any_more() -> None:
    lane = with_small_rights(open_lane())
    lane.feed(Scan("scanner", MILK_CODE), shows(BENS_BADGE), presses("cancel_transaction"), presses("back"))
    lane.feed(shows(BADGE))
    assert lane.state.attendant == "aoife"
    assert lane.state.transaction is not None


def test_what_a_role_may_never_do_is_refused_even_with_a_second_person() -> None:
    lane = open_lane()
    never = Grant(right=Right.CANCEL, alone_minor=0, most_minor=100)
    lane.roles = tuple(_with(role, never) if role.name == "attendant" else role for role in default_roles())
    lane.feed(Scan("scanner", MILK_CODE), shows(BENS_BADGE), presses("cancel_transaction"))
    assert notice_of(lane) == "right_beyond_limit"
    assert lane.state.duty.asked == ""


def test_a_lock_out_is_not_ended_by_pulling_the_plug() -> None:
    lane = open_lane()
    locked = replace(lane.state.duty.sign_on, failures={"ben": Failures(count=4, locked_until_s=2_000_000_000)})
    lane.state = replace(lane.state, duty=replace(lane.state.duty, sign_on=locked))
    lane.feed(shows(BADGE), presses("leave"))
    again = FlowLane(state=decode(encode(lane.state)))
    again.feed(events.Resumed())
    assert again.state.duty.sign_on.failures == locked.failures
    assert decode(encode(again.state)) == durable(again.state)


def test_a_sale_names_the_shift_that_is_open_and_no_operator() -> None:
    lane = open_lane()
    shift = ShiftOpened(shift="s1", till="1", operator="ben", business_day="2026-11-21", currency="EUR")
    elsewhere = replace(shift, shift="s2", till="2")
    lane.before += [elsewhere, shift]
    lane.feed(Scan("scanner", MILK_CODE), events.PayPressed(), approval())
    (sale,) = lane.sales()
    assert (sale.shift, sale.operator) == ("s1", "")


def test_without_a_shift_a_sale_names_none() -> None:
    lane = open_lane()
    lane.feed(Scan("scanner", MILK_CODE), events.PayPressed(), approval())
    assert lane.sales()[0].shift == ""
