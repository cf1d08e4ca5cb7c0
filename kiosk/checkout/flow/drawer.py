"""The cash drawer at the lane: opened with a reason that is in the ledger, and watched when it opens without one."""

from __future__ import annotations

from drivers.drawer.interface import DrawerChanged, DrawerKicked, DrawerPosition, DrawerStuck
from kiosk.accounts.till_commands import DrawerForced
from kiosk.accounts.till_decide import decide
from kiosk.accounts.till_drawer import Alarm, DrawerTimes, asked_to_open, sensed, started
from kiosk.accounts.till_policy import By
from kiosk.checkout.effects import Append, KickDrawer
from kiosk.checkout.flow.step import Step, notice, now_with
from kiosk.checkout.state import LaneState
from kiosk.checkout.surroundings import Surroundings
from kiosk.domain.operator.outcome import Refused
from kiosk.domain.operator.rights import Staff

TIMES = DrawerTimes()


def kick(step: Step, around: Surroundings) -> Step:
    """Open the drawer once what lets it open is in the ledger. The request is never made twice."""
    watch = asked_to_open(step.state.now.drawer, around.now_ms)
    return Step(now_with(step.state, drawer=watch), (*step.effects, KickDrawer(f"no-sale {around.now}")))


def told(state: LaneState, event: DrawerChanged | DrawerKicked | DrawerStuck, around: Surroundings) -> Step:
    """What the drawer says of itself: opened by nobody is an exception, one that stays shut a notice for staff."""
    match event:
        case DrawerStuck():
            return Step(notice(state, around, "drawer_stuck"))
        case DrawerChanged(position=DrawerPosition.UNKNOWN) | DrawerKicked():
            return Step(state)
        case DrawerChanged(position=position):
            return _sensed(state, position is DrawerPosition.OPEN, around)


def ticked(state: LaneState, around: Surroundings) -> LaneState:
    """A drawer that stays open too long calls somebody, once."""
    if state.now.drawer.open_since_ms is None:
        return state
    watch, alarm = sensed(state.now.drawer, True, around.now_ms, TIMES)
    state = state if watch == state.now.drawer else now_with(state, drawer=watch)
    return notice(state, around, "drawer_left_open") if alarm is Alarm.LEFT_OPEN else state


def _sensed(state: LaneState, is_open: bool, around: Surroundings) -> Step:
    if not state.now.drawer_known:
        return Step(now_with(state, drawer_known=True, drawer=started(is_open, around.now_ms)))
    watch, alarm = sensed(state.now.drawer, is_open, around.now_ms, TIMES)
    state = now_with(state, drawer=watch)
    if alarm is not Alarm.FORCED:
        return Step(state)
    by = By(Staff(state.attendant, ()))
    decision = decide(around.accounts.tills(), DrawerForced(around.staffing.till), by, around.staffing.tills)
    entries = () if isinstance(decision, Refused) else tuple(Append(content) for content in decision)
    return Step(notice(state, around, "drawer_forced"), entries)
