"""The tills of a workstation as the ledger tells them: open shifts, and what each should hold; a pure fold."""

from __future__ import annotations

from collections.abc import Iterable

import msgspec
from msgspec.structs import replace

from kiosk.accounts.till_policy import Movement, Sharing, TillPolicy
from kiosk.accounts.till_tenders import CASH, put_in
from kiosk.messages.contents import Content, Sale
from kiosk.messages.tills import (
    CashMoved,
    Counted,
    DrawerOpened,
    NumbersRestored,
    ReportTaken,
    ShiftCounted,
    ShiftOpened,
    ShiftResumed,
    ShiftSettled,
    ShiftSuspended,
    TrainingEnded,
    TrainingStarted,
)

_INTO = frozenset(movement.value for movement in Movement if movement.into)


class Shift(msgspec.Struct, frozen=True, kw_only=True):
    """One shift. `expected`: kind of tender -> what it should hold, minor units; never shown before it was counted.

    `movements` is the number of the last cash movement, `moved` their sums by word. `stale`: something moved after the
    last count, which then counts no longer.
    """

    shift: str
    till: str
    operator: str
    business_day: str
    currency: str
    training: bool = False
    float_minor: int = 0
    expected: dict[str, int] = {}
    movements: int = 0
    moved: dict[str, int] = {}
    sales: int = 0
    drawer_openings: int = 0
    no_sales: int = 0
    counts: tuple[ShiftCounted, ...] = ()
    stale: bool = False
    suspended: bool = False
    settled: ShiftSettled | None = None

    @property
    def open(self) -> bool:
        """Whether it takes money: not settled, not parked."""
        return self.settled is None and not self.suspended


class TillState(msgspec.Struct, frozen=True, kw_only=True):
    """All shifts since the last Z report, and older ones that are not settled.

    `opened` counts the shifts ever opened here, for their names. `outside`: tenders of sales that name no shift known
    here; a lane that takes no cash may have no shift at all.
    """

    shifts: dict[str, Shift] = {}
    opened: int = 0
    training: bool = False
    outside: dict[str, int] = {}


def folded(contents: Iterable[Content], state: TillState | None = None) -> TillState:
    """The state after entries in the order of the ledger."""
    state = state or TillState()
    for content in contents:
        state = after(state, content)
    return state


def after(state: TillState, content: Content) -> TillState:  # noqa: C901 - one case per kind of entry
    """The state after one more entry; kinds that are no business of a till change nothing."""
    match content:
        case Sale():
            return _sold(state, content)
        case ShiftOpened():
            return _with(replace(state, opened=state.opened + 1), _opened(content))
        case CashMoved():
            return _moved(state, content)
        case DrawerOpened():
            return _drawer(state, content)
        case ShiftCounted() | ShiftSuspended() | ShiftSettled():
            return _noted(state, content)
        case ShiftResumed():
            return _with(state, _resumed(state, content))
        case ReportTaken(report_kind="z"):
            return replace(state, shifts={name: one for name, one in state.shifts.items() if one.settled is None})
        case NumbersRestored(shifts=opened):
            return replace(state, opened=max(state.opened, opened))
        case TrainingStarted():
            return replace(state, training=True)
        case TrainingEnded():
            real = {name: one for name, one in state.shifts.items() if not one.training}
            return replace(state, training=False, shifts=real)
        case _:
            return state


def shift_at(state: TillState, till: str) -> Shift | None:
    """The shift that is open on a till, the one for practice while in training."""
    open_ones = (one for one in state.shifts.values() if one.open and one.training == state.training)
    return next((one for one in open_ones if one.till == till), None)


def shift_for_sale(state: TillState, till: str, operator: str, policy: TillPolicy) -> Shift | None:
    """The shift a sale by `operator` belongs to, None where this operator has none there: then no cash is taken."""
    shift = shift_at(state, till)
    mine = shift is not None and (policy.sharing is Sharing.SHARED or shift.operator == operator)
    return shift if mine else None


def open_shifts(state: TillState) -> tuple[str, ...]:
    """Names of the shifts that are neither settled nor parked; those for practice do not count."""
    return tuple(sorted(one.shift for one in state.shifts.values() if one.open and not one.training))


def pickup_due(shift: Shift, policy: TillPolicy) -> bool:
    """Whether the drawer holds more cash than it should."""
    return shift.expected.get(CASH, 0) > policy.drawer_most_minor


def carried(shift: Shift) -> tuple[Counted, ...]:
    """What a shift takes along when it is parked."""
    return tuple(Counted(tender=kind, amount_minor=minor) for kind, minor in sorted(shift.expected.items()))


def _opened(content: ShiftOpened) -> Shift:
    return Shift(
        shift=content.shift,
        till=content.till,
        operator=content.operator,
        business_day=content.business_day,
        currency=content.currency,
        training=content.training,
        float_minor=content.float_minor,
        expected={CASH: content.float_minor},
    )


def _resumed(state: TillState, content: ShiftResumed) -> Shift:
    """The shift as it was parked here, or with what it brought along from another workstation."""
    if content.shift in state.shifts and not content.from_workstation:
        return replace(state.shifts[content.shift], till=content.till, operator=content.operator, suspended=False)
    return Shift(
        shift=content.shift,
        till=content.till,
        operator=content.operator,
        business_day=content.business_day,
        currency=content.currency,
        training=content.training,
        expected={one.tender: one.amount_minor for one in content.carried},
    )


def _noted(state: TillState, content: ShiftCounted | ShiftSuspended | ShiftSettled) -> TillState:
    shift = state.shifts.get(content.shift)
    if shift is None:
        return state
    match content:
        case ShiftCounted():
            return _with(state, replace(shift, counts=(*shift.counts, content), stale=False))
        case ShiftSuspended():
            return _with(state, replace(shift, suspended=True))
        case ShiftSettled():
            return _with(state, replace(shift, settled=content))


def _sold(state: TillState, sale: Sale) -> TillState:
    """A sale for practice moves a shift for practice, a real one a real one, and nothing else."""
    effects = [effect for tender in sale.tenders for effect in put_in(tender)]
    shift = state.shifts.get(sale.shift)
    if shift is None or shift.settled is not None or shift.training != sale.training:
        return state if sale.training else replace(state, outside=_added(state.outside, effects))
    expected = _added(shift.expected, effects)
    return _with(
        state,
        replace(shift, expected=expected, sales=shift.sales + 1, stale=shift.stale or expected != shift.expected),
    )


def _moved(state: TillState, content: CashMoved) -> TillState:
    shift = state.shifts.get(content.shift)
    if shift is None:
        return state
    signed = content.amount_minor if content.movement in _INTO else -content.amount_minor
    return _with(
        state,
        replace(
            shift,
            expected=_added(shift.expected, [(CASH, signed)]),
            moved=_added(shift.moved, [(content.movement, content.amount_minor)]),
            movements=max(shift.movements, content.number),
            stale=True,
        ),
    )


def _drawer(state: TillState, content: DrawerOpened) -> TillState:
    shift = shift_at(state, content.till)
    if shift is None:
        return state
    no_sales = shift.no_sales + (content.cause == "no_sale")
    return _with(state, replace(shift, drawer_openings=shift.drawer_openings + 1, no_sales=no_sales))


def _added(sums: dict[str, int], effects: Iterable[tuple[str, int]]) -> dict[str, int]:
    result = dict(sums)
    for kind, minor in effects:
        if minor or kind in result:
            result[kind] = result.get(kind, 0) + minor
    return result


def _with(state: TillState, shift: Shift) -> TillState:
    return replace(state, shifts={**state.shifts, shift.shift: shift})
