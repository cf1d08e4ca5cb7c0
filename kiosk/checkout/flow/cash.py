"""What the till's rules decide for the attendant's sheet: training, and the drawer opened without a sale."""

from __future__ import annotations

from msgspec.structs import replace

from kiosk.accounts.till_commands import Command, EndTraining, OpenDrawer, StartTraining
from kiosk.accounts.till_decide import decide
from kiosk.accounts.till_policy import By
from kiosk.checkout.effects import Append, Effect
from kiosk.checkout.flow import drawer
from kiosk.checkout.flow.step import Step, notice
from kiosk.checkout.state import LaneState
from kiosk.checkout.surroundings import Surroundings
from kiosk.domain.operator.outcome import Refused
from kiosk.domain.operator.rights import Staff
from kiosk.messages.contents import Content
from kiosk.messages.tills import TrainingEnded


def start_training(state: LaneState, by: Staff, around: Surroundings) -> Step:
    """From here on nothing is sold, charged or counted."""
    return _decided(state, StartTraining(), by, around, trainee=by.operator)


def end_training(state: LaneState, by: Staff, around: Surroundings) -> Step:
    """Everything counts again."""
    return _decided(state, EndTraining(), by, around, trainee="")


def no_sale(state: LaneState, reason: str, by: Staff, around: Surroundings) -> Step:
    """The drawer is opened without a sale; why is written down first."""
    step = _decided(state, OpenDrawer(around.staffing.till, reason), by, around, trainee=state.duty.trainee)
    return drawer.kick(step, around) if step.effects else step


def training_forgotten(state: LaneState, around: Surroundings) -> tuple[Effect, ...]:
    """The ledger says training and the lane does not, its state having been lost: from here on it counts."""
    content: Content = TrainingEnded(operator="")
    return (Append(content),) if around.accounts.tills().training and not state.training else ()


def _decided(state: LaneState, command: Command, by: Staff, around: Surroundings, *, trainee: str) -> Step:
    decision = decide(around.accounts.tills(), command, By(by), around.staffing.tills)
    if isinstance(decision, Refused):
        return Step(notice(state, around, f"till_{decision.reason}"))
    done = replace(state, attendant="", duty=replace(state.duty, trainee=trainee))
    return Step(done, tuple(Append(content) for content in decision))
