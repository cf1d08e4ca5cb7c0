"""The attendant's sheet: what can be pressed at this moment, by whoever is signed on."""

from __future__ import annotations

import enum
from typing import NamedTuple

from kiosk.checkout.duty import Page
from kiosk.checkout.state import SHOPPING, Attract, Closed, Declined, InDoubt, LaneState
from kiosk.domain.attention.records import Kind, Matter
from kiosk.domain.operator.rights import Right


class Action(enum.StrEnum):
    """What an attendant can press; which of them are offered depends on the stage and on rights (see `offered`)."""

    OPEN = "open"
    CLOSE = "close"
    NEXT_MATTER = "next_matter"
    CANCEL_TRANSACTION = "cancel_transaction"
    HELPED = "helped"
    REPRINT = "reprint"
    SETTLE_PAID = "settle_paid"
    SETTLE_UNPAID = "settle_unpaid"
    START_TRAINING = "start_training"
    END_TRAINING = "end_training"
    REPORTS = "reports"
    X_REPORT = "x_report"
    Z_REPORT = "z_report"
    Z_COPY = "z_copy"
    NO_SALE = "no_sale"
    NO_SALE_CHANGE = "no_sale_change"
    NO_SALE_RECEIPT_ROLL = "no_sale_receipt_roll"
    NO_SALE_CHECK = "no_sale_check"
    NO_SALE_OTHER = "no_sale_other"
    BACK = "back"
    LEAVE = "leave"


class Verb(enum.StrEnum):
    """What an attendant does with a matter of the list; READ: scans the number that it wants."""

    APPROVE = "approve"
    REFUSE = "refuse"
    READ = "read"


class MatterAction(NamedTuple):
    """A button for one matter: its name is what `AttendantActed` carries, e.g. approve_age, refuse_quantity_3."""

    verb: Verb
    kind: Kind
    line: int

    @property
    def name(self) -> str:
        """Unique among all that an attendant can press."""
        return f"{self.verb}_{self.kind}" + (f"_{self.line}" if self.line else "")


# The reasons that `TillPolicy.no_sale_reasons` knows, each a button.
NO_SALE_REASONS = {
    Action.NO_SALE_CHANGE: "change",
    Action.NO_SALE_RECEIPT_ROLL: "receipt_roll",
    Action.NO_SALE_CHECK: "check",
    Action.NO_SALE_OTHER: "other",
}

PAGES = {Action.REPORTS: Page.REPORTS, Action.NO_SALE: Page.NO_SALE, Action.BACK: Page.MAIN}

RIGHTS = {
    Action.OPEN: (Right.OPEN_LANE,),
    Action.CLOSE: (Right.OPEN_LANE,),
    Action.NEXT_MATTER: (Right.ASSIST,),
    Action.CANCEL_TRANSACTION: (Right.CANCEL,),
    Action.HELPED: (Right.ASSIST,),
    Action.REPRINT: (Right.REPRINT,),
    Action.SETTLE_PAID: (Right.ASSIST,),
    Action.SETTLE_UNPAID: (Right.ASSIST,),
    Action.START_TRAINING: (Right.TRAINING,),
    Action.END_TRAINING: (Right.TRAINING,),
    Action.REPORTS: (Right.X_REPORT, Right.Z_REPORT),
    Action.X_REPORT: (Right.X_REPORT,),
    Action.Z_REPORT: (Right.Z_REPORT,),
    Action.Z_COPY: (Right.Z_REPORT,),
    **dict.fromkeys((Action.NO_SALE, *NO_SALE_REASONS), (Right.NO_SALE,)),
}


_NUMBERS = frozenset({Kind.SERIAL_NUMBER, Kind.LOT})


def offered(state: LaneState) -> tuple[Action, ...]:
    """What makes sense right now and is a right of whoever is signed on, in the order in which it is shown."""
    if state.duty.asked:
        return (Action.BACK,)
    match state.duty.page:
        case Page.REPORTS if _nobody_buys(state):
            return (*_allowed(state, [Action.X_REPORT, Action.Z_REPORT, Action.Z_COPY]), Action.BACK)
        case Page.NO_SALE if _nobody_buys(state):
            return (*_allowed(state, list(NO_SALE_REASONS)), Action.BACK)
    return (*_allowed(state, _sensible(state)), Action.LEAVE)


def matter_of(state: LaneState) -> Matter | None:
    """The matter of the list that the sheet is about, None where there is none to solve."""
    matters = state.now.matters
    return matters[state.now.matter % len(matters)] if matters else None


def matter_actions(state: LaneState) -> tuple[MatterAction, ...]:
    """What can be pressed about that matter; nobody can approve what must not be sold."""
    matter, duty = matter_of(state), state.duty
    busy = duty.asked or duty.page is not Page.MAIN
    if not state.attendant or matter is None or busy or Right.ASSIST not in duty.rights:
        return ()
    yes = Verb.READ if matter.kind in _NUMBERS else Verb.APPROVE
    verbs = (Verb.REFUSE,) if matter.final else (yes, Verb.REFUSE)
    return tuple(MatterAction(verb, matter.kind, matter.line) for verb in verbs)


def _sensible(state: LaneState) -> list[Action]:
    found = []
    if isinstance(state.stage, Closed):
        found.append(Action.OPEN)
    if len(state.now.matters) > 1:
        found.append(Action.NEXT_MATTER)
    if isinstance(state.stage, InDoubt):
        found += [Action.SETTLE_PAID, Action.SETTLE_UNPAID] if state.stage.wanted else [Action.SETTLE_UNPAID]
    if state.help_called:
        found.append(Action.HELPED)
    if isinstance(state.stage, (*SHOPPING, Declined)) and state.transaction:
        found.append(Action.CANCEL_TRANSACTION)
    if state.last_sale and not state.transaction:
        found.append(Action.REPRINT)
    if isinstance(state.stage, Attract):
        found.append(Action.CLOSE)
    if _nobody_buys(state):
        found.append(Action.REPORTS)
        found += [] if state.training else [Action.NO_SALE]
    if isinstance(state.stage, Closed | Attract):
        found.append(Action.END_TRAINING if state.training else Action.START_TRAINING)
    return found


def _allowed(state: LaneState, actions: list[Action]) -> tuple[Action, ...]:
    held = set(state.duty.rights)
    return tuple(action for action in actions if held & set(RIGHTS[action]))


def _nobody_buys(state: LaneState) -> bool:
    """Figures are for staff, and nothing comes between a shopper and the payment."""
    return state.transaction is None
