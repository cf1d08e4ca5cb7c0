"""What holds over every stage: devices come and go, help is called, time passes, charges nobody waits for go back."""

from __future__ import annotations

from msgspec.structs import replace

from drivers.device import Category, Condition, DeviceChanged, Lifecycle, Severity
from drivers.drawer.interface import DrawerChanged, DrawerKicked, DrawerStuck
from drivers.nfc.interface import TagPresent
from drivers.payment.interface import Approved, NotReversed, Reversed, TerminalInfo
from drivers.printer.interface import PrintJobChanged, PrintState
from drivers.scanner.interface import Scan
from drivers.signature.interface import SignatureFailed, Signed, UnitIdentified
from kiosk.checkout import events
from kiosk.checkout.effects import Append, Effect, EnquirePayment, ReversePayment
from kiosk.checkout.events import Event
from kiosk.checkout.flow import attendant, cash, drawer, ends, fiscal, solving, tender
from kiosk.checkout.flow.step import Step, cancelled, now_with
from kiosk.checkout.state import (
    SHOPPING,
    Asking,
    Attract,
    Basket,
    Closed,
    Declined,
    DeviceStatus,
    InDoubt,
    LaneState,
    Receipt,
    Thanks,
    Weighing,
)
from kiosk.checkout.surroundings import Surroundings
from kiosk.messages.contents import ExceptionRaised, PaymentAttempt, PaymentResult

ATTENDANT_IDLE_MS = 60_000

# The reason of a `NotReversed` whose request never left the lane: it is made again when the terminal is back.
TERMINAL_AWAY = "terminal_away"


def blocking(state: LaneState) -> Condition | None:
    """Why the lane cannot sell at all right now, or None. Never while money or a receipt is under way."""
    if not isinstance(state.stage, (*SHOPPING, Attract)):
        return None
    if isinstance(state.stage, Attract) and not state.now.catalog_version:
        return Condition("no_catalog", Severity.FAULT, "", "")
    needed = [Category.SCANNER]
    if isinstance(state.stage, Attract) and not state.training:
        needed.append(Category.PAYMENT_TERMINAL)
    for category in needed:
        reason = _reason(state.device(category), category)
        if reason:
            return reason
    return None


def reversals_again(state: LaneState, event: Event) -> tuple[Effect, ...]:
    """Charges that could not be taken back while the terminal was away, as soon as it works again."""
    if not isinstance(event, DeviceChanged) or event.category is not Category.PAYMENT_TERMINAL:
        return ()
    terminal = state.device(Category.PAYMENT_TERMINAL)
    if terminal is None or not terminal.works:
        return ()
    return tuple(ReversePayment(one.attempt, one.receipt_number) for one in state.reversals)


def before(state: LaneState, event: Event, around: Surroundings) -> Step | None:  # noqa: C901, PLR0912 - one case per event
    """Handle what is the same in every stage; None leaves the event to the stage."""
    match event:
        case events.Resumed():
            return resumed(state, event, around)
        case events.Tick():
            step = fiscal.ticked(state, around)
            then = _tick(step.state, around)
            return None if then is None else Step(then.state, (*step.effects, *then.effects))
        case events.LinkChanged(unsent, since, online, version):
            return Step(now_with(state, unsent=unsent, unsent_since=since, online=online, catalog_version=version))
        case events.PolicyToldOf(code, detail):
            return Step(state, (Append(ExceptionRaised(code=code, owner="it", detail=detail)),))
        case DrawerChanged() | DrawerKicked() | DrawerStuck():
            return drawer.told(state, event, around)
        case TagPresent():
            return attendant.tag(state, event, around)
        case Signed() | SignatureFailed() | UnitIdentified():
            return fiscal.answered(state, event, around)
        case TerminalInfo(last_receipt_number=number):
            return Step(now_with(state, terminal_receipt=number))
        case events.HelpPressed():
            return Step(replace(state, help_called=True, help_shown=True))
        case events.HelpHidden(cancel):
            return Step(replace(state, help_shown=False, help_called=state.help_called and not cancel))
        case events.LanguageChosen(language) if language in around.languages:
            return Step(replace(state, language=language))
        case events.AttendantActed(action):
            return attendant.act(state, action, around)
        case Reversed(reference=reference) | NotReversed(reference=reference):
            return _reversal_ended(state, event, reference)
        case events.ContinuePressed() if state.now.idle_since_ms is not None:
            return Step(now_with(state, idle_since_ms=None))
    return _before_payment_or_print(state, event, around)


def noted(state: LaneState, event: Event, around: Surroundings) -> LaneState:
    """The bookkeeping of every event: what devices said, and that a person is there."""
    if isinstance(event, DeviceChanged):
        status = DeviceStatus(event.device, event.category, event.lifecycle, event.conditions)
        others = tuple(one for one in state.now.devices if one.alias != event.device)
        return now_with(state, devices=tuple(sorted((*others, status), key=lambda one: one.alias)))
    if isinstance(event, Scan | TagPresent | events.Touch):
        state = now_with(state, touched_ms=around.now_ms)
        keep = isinstance(event, events.ContinuePressed)
        hides = isinstance(event, Scan) and state.help_shown
        state = replace(state, help_shown=False) if hides else state
        return state if keep else now_with(state, idle_since_ms=None)
    return state


def resumed(state: LaneState, event: events.Resumed, around: Surroundings) -> Step:
    """The first event of a process: the same basket as before, and every unsettled charge taken up again."""
    # Whoever was signed on at the lane may be gone: a restart signs off.
    state = replace(state, language=state.language or around.languages[0], attendant="")
    state = now_with(state, touched_ms=around.now_ms)
    # What the unit may have answered meanwhile was never recorded: that receipt is unsigned.
    signing = state.signing
    unsigned = fiscal.ended(replace(state, signing=replace(signing, print_job="")) if signing else state, None, around)
    state = unsigned.state
    effects: list[Effect] = [*unsigned.effects, *cash.training_forgotten(state, around)]
    state = _take_up_attempt(state, around, effects)
    held = state.stage.attempt.attempt if isinstance(state.stage, InDoubt) else ""
    taken_up = {held, *(one.attempt for one in state.doubts), *(one.attempt.attempt for one in state.reversals)}
    state = replace(state, doubts=(*state.doubts, *(one for one in event.attempts if one.attempt not in taken_up)))
    effects += [ReversePayment(one.attempt, one.receipt_number) for one in state.reversals]
    if state.doubts and isinstance(state.stage, Closed | Attract):
        step = tender.settled(state, around)
        return Step(step.state, (*effects, *step.effects))
    return Step(state, tuple(effects))


def _take_up_attempt(state: LaneState, around: Surroundings, effects: list[Effect]) -> LaneState:
    match state.stage:
        case Asking(attempt=attempt) | InDoubt(attempt=attempt):
            wanted = state.stage.wanted if isinstance(state.stage, InDoubt) else True
            effects.append(EnquirePayment(attempt))
            return replace(state, stage=InDoubt(attempt, wanted=wanted, asked_ms=around.now_ms))
        case Receipt(printing=printing):
            held = printing != PrintState.CONFIRMED
            return replace(state, stage=replace(state.stage, since_ms=around.now_ms, held=held))
        case Weighing():
            return replace(state, stage=Basket())
        case Thanks():
            return replace(state, stage=replace(state.stage, since_ms=around.now_ms))
    return state


def _before_payment_or_print(state: LaneState, event: Event, around: Surroundings) -> Step | None:
    match event:
        case Approved(reference=reference) if not _asked_for(state, reference):
            attempt = PaymentAttempt(
                attempt=reference, sequence_number=0, amount_minor=event.amount_minor, currency=around.currency
            )
            return tender.reverse(state, attempt, event)
        case PrintJobChanged(state=printing) if printing in {PrintState.UNKNOWN, PrintState.FAILED}:
            if not isinstance(state.stage, Receipt) or state.stage.job_id != event.job_id:
                return Step(
                    replace(state, help_called=True), (ends.not_printed(event.state, f"print job {event.job_id}"),)
                )
        case Scan(text=text):
            return attendant.badge(state, text, around) or solving.scanned(state, event, around)
    return None


def _asked_for(state: LaneState, reference: str) -> bool:
    return isinstance(state.stage, Asking | InDoubt) and state.stage.attempt.attempt == reference


def _reversal_ended(state: LaneState, event: Event, reference: str) -> Step | None:
    if reference not in {one.attempt.attempt for one in state.reversals}:
        return Step(state)
    if isinstance(event, NotReversed) and event.reason == TERMINAL_AWAY:
        return Step(state)
    left = tuple(one for one in state.reversals if one.attempt.attempt != reference)
    state = replace(state, reversals=left)
    if isinstance(event, Reversed):
        return Step(state, (Append(PaymentResult(attempt=reference, outcome="reversed")),))
    exception = ExceptionRaised(
        code="charge_not_reversed", owner="finance", detail=f"attempt {reference} was charged and is not reversed"
    )
    result = PaymentResult(attempt=reference, outcome="not_reversed")
    return Step(replace(state, help_called=True), (Append(result), Append(exception)))


def _tick(state: LaneState, around: Surroundings) -> Step | None:
    state = drawer.ticked(state, around)
    if state.now.notice and around.now_ms >= state.now.notice.until_ms:
        state = now_with(state, notice=None)
    quiet_ms = around.now_ms - state.now.touched_ms
    if state.attendant and quiet_ms >= ATTENDANT_IDLE_MS:
        state = replace(state, attendant="")
    if state.attendant:
        return _stage_tick(state, around)
    if isinstance(state.stage, SHOPPING):
        return _idle(state, quiet_ms, around)
    if isinstance(state.stage, Declined) and quiet_ms >= around.policy.idle_warning_s * 1000:
        return Step(replace(state, help_called=True))
    return _stage_tick(state, around)


def _stage_tick(state: LaneState, around: Surroundings) -> Step:
    """The stages that have a clock of their own."""
    match state.stage:
        case InDoubt():
            return tender.in_doubt(state, state.stage, events.Tick(), around)
        case Receipt():
            return ends.receipt(state, state.stage, events.Tick(), around)
        case Thanks():
            return ends.thanks(state, state.stage, events.Tick(), around)
        case Attract() if state.doubts:
            return tender.settled(state, around)
    return Step(state)


def _idle(state: LaneState, quiet_ms: int, around: Surroundings) -> Step:
    """Still there? A warning with a countdown, then the basket is given up and an attendant told."""
    since = state.now.idle_since_ms
    if since is None:
        if quiet_ms < around.policy.idle_warning_s * 1000:
            return Step(state)
        return Step(now_with(state, idle_since_ms=around.now_ms, idle_left_s=around.policy.idle_countdown_s))
    left_s = around.policy.idle_countdown_s - (around.now_ms - since) // 1000
    if left_s > 0:
        return Step(now_with(state, idle_left_s=left_s))
    step = cancelled(state, around, "idle")
    if not state.transaction or not state.transaction.lines:
        return step
    number = state.transaction.sequence_number
    detail = f"basket of {state.transaction.pieces} given up after the idle warning"
    return step.then(
        Append(ExceptionRaised(code="basket_abandoned", owner="attendant", detail=detail, sequence_number=number))
    )


def _reason(device: DeviceStatus | None, category: Category) -> Condition | None:
    if device is None:
        return Condition(f"no_{category}", Severity.FAULT, "", "")
    # A device that is still being opened is no reason to turn a shopper away; one that failed to open is.
    if device.works or device.lifecycle is Lifecycle.OPENING:
        return None
    if device.lifecycle is Lifecycle.READY and device.fault:
        return device.fault
    code = f"{category}_{device.lifecycle}"
    first = device.conditions[0] if device.conditions else None
    return Condition(code, Severity.FAULT, first.message if first else "", first.remedy if first else "")
