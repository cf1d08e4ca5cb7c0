"""Stages before and after a shopper: closed, waiting for one, the receipt, good-bye."""

from __future__ import annotations

from msgspec.structs import replace

from drivers.device import Category, DeviceChanged, Lifecycle
from drivers.printer.interface import PrintJobChanged, PrintState
from drivers.scanner.interface import BadRead, Scan
from kiosk.checkout import events
from kiosk.checkout.effects import Append, PrintReceipt
from kiosk.checkout.events import Event
from kiosk.checkout.flow import goods
from kiosk.checkout.flow.step import Step, fresh, go, notice
from kiosk.checkout.state import Attract, Basket, Closed, LaneState, Lookup, Receipt, Thanks
from kiosk.checkout.surroundings import Surroundings
from kiosk.messages.contents import ExceptionRaised


def closed(state: LaneState, _stage: Closed, event: Event, around: Surroundings) -> Step:
    """Nothing sells until an attendant opens the lane."""
    if isinstance(event, Scan):
        return Step(notice(state, around, "lane_closed"))
    return Step(state)


def attract(state: LaneState, _stage: Attract, event: Event, around: Surroundings) -> Step:
    """The first scan or touch begins a basket; no start button is needed."""
    match event:
        case Scan():
            return goods.scanned(state, event, around)
        case BadRead():
            return go(notice(state, around, "bad_read"), Basket())
        case events.StartPressed():
            return go(state, Basket())
        case events.LookupPressed():
            return go(state, Lookup())
    return Step(state)


def receipt(state: LaneState, stage: Receipt, event: Event, around: Surroundings) -> Step:
    """Paid. What the printer says changes what is shown, never the sale."""
    match event:
        case PrintJobChanged(job_id=job) if job == stage.job_id:
            return _printing(state, stage, event, around)
        case DeviceChanged(category=Category.RECEIPT_PRINTER) if stage.held or stage.printing == PrintState.FAILED:
            return _print_again(state, stage)
        case events.DonePressed():
            return _leave(state, stage, around)
        case events.StartPressed() | Scan():
            left = _leave(state, stage, around)
            step = attract(fresh(left.state, around), Attract(), event, around)
            return Step(step.state, (*left.effects, *step.effects))
        case events.Tick() if around.now_ms - stage.since_ms >= _patience_ms(stage, around):
            return _leave(state, stage, around)
    return Step(state)


def thanks(state: LaneState, stage: Thanks, event: Event, around: Surroundings) -> Step:
    """For a moment; a new shopper need not wait for it."""
    match event:
        case events.StartPressed() | Scan():
            return attract(fresh(state, around), Attract(), event, around)
        case events.Tick() if around.now_ms - stage.since_ms >= around.policy.thanks_s * 1000:
            return Step(fresh(state, around))
    return Step(state)


def not_printed(printing: str, what: str, sequence_number: int = 0) -> Append:
    """A receipt that did not (or may not have) come out is an attendant's business; `what` names it."""
    code = "receipt_in_doubt" if printing == PrintState.UNKNOWN else "receipt_not_printed"
    return Append(ExceptionRaised(code=code, owner="attendant", detail=what, sequence_number=sequence_number))


def _printing(state: LaneState, stage: Receipt, event: PrintJobChanged, around: Surroundings) -> Step:
    stage = replace(stage, printing=str(event.state))
    if event.state is PrintState.CONFIRMED:
        return go(state, replace(stage, since_ms=around.now_ms))
    if event.state in {PrintState.UNKNOWN, PrintState.FAILED}:
        return go(replace(state, help_called=True), stage)
    return go(state, stage)


def _print_again(state: LaneState, stage: Receipt) -> Step:
    """FAILED says that nothing came out, so the same job may be tried once the printer works again."""
    printer = state.device(Category.RECEIPT_PRINTER)
    if printer is None or printer.lifecycle is Lifecycle.OPENING:
        return Step(state)
    if not printer.works:
        return go(replace(state, help_called=True), replace(stage, printing=str(PrintState.FAILED), held=False))
    again = replace(stage, printing=str(PrintState.QUEUED), held=False)
    return go(state, again, PrintReceipt(stage.job_id, stage.sequence_number))


def _patience_ms(stage: Receipt, around: Surroundings) -> int:
    printed = stage.printing == PrintState.CONFIRMED
    return (around.policy.thanks_s if printed else around.policy.receipt_wait_s) * 1000


def _leave(state: LaneState, stage: Receipt, around: Surroundings) -> Step:
    step = go(state, Thanks(since_ms=around.now_ms))
    if stage.held or stage.printing in {PrintState.FAILED, PrintState.UNKNOWN}:
        return step.then(not_printed(stage.printing, f"print job {stage.job_id}", stage.sequence_number))
    return step
