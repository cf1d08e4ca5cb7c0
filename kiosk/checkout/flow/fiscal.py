"""The fiscal receipt of a sale: begun when it is booked, finished when the unit has signed or the deadline has passed.

The sale itself never waits: it is in the ledger before the unit is asked. What the law wants before and between sales
(a start receipt, a recovery, the end of a month) is made while the lane has no shopper.
"""

from __future__ import annotations

from msgspec.structs import replace

from drivers.device import Category
from drivers.signature.interface import SignatureFailed, Signed, UnitIdentified
from kiosk.accounts.fiscal import entry_of, recorded
from kiosk.checkout.effects import Append, Effect, PrintReceipt, SignReceipt
from kiosk.checkout.events import Event
from kiosk.checkout.flow.step import Step, now_with
from kiosk.checkout.state import Attract, Closed, LaneState, Signing
from kiosk.checkout.surroundings import Surroundings
from kiosk.domain.fiscal.interface import (
    FiscalReceipt,
    FiscalRegister,
    Pending,
    ReceiptKind,
    TaxAmount,
    UnitSignature,
)
from kiosk.messages.contents import FiscalReceipt as RecordedReceipt
from kiosk.messages.contents import Sale


def of_sale(state: LaneState, sale: Sale, printing: PrintReceipt, around: Surroundings) -> Step:
    """Begin the receipt of a sale that is being booked; it is printed when its mark is known."""
    register = around.fiscal
    if register is None:
        return Step(state, (printing,))
    # Receipts stand in the order of their numbers: one that is still with the unit is finished first.
    earlier = ended(state, None, around)
    register = _after(register, earlier.effects)
    kind = ReceiptKind.TRAINING if sale.training else ReceiptKind.SALE
    taxes = tuple(TaxAmount(tax.tax_rate_ppm, tax.gross_minor) for tax in sale.taxes)
    number = f"{around.name}-{sale.sequence_number:06d}"
    receipt = FiscalReceipt(kind=kind, number=number, at=around.local_time, taxes=taxes)
    pending = register.begin(receipt, state.now.signature_unit)
    signing = Signing(pending, sale.sequence_number, printing.job_id, around.now_ms)
    step = _asked(replace(earlier.state, signing=signing), pending, register, around)
    return Step(step.state, (*earlier.effects, *step.effects))


def answered(state: LaneState, event: Event, around: Surroundings) -> Step | None:
    """What the signature unit says; None where the event is not about it."""
    match event:
        case UnitIdentified(serial=serial):
            return Step(now_with(state, signature_unit=serial))
        case Signed(reference=reference):
            answer = UnitSignature(signature=event.signature, certificate=event.certificate)
            return ended(state, answer, around) if _waits_for(state, reference) else Step(state)
        case SignatureFailed(reference=reference):
            return ended(state, None, around) if _waits_for(state, reference) else Step(state)
    return None


def ticked(state: LaneState, around: Surroundings) -> Step:
    """The deadline passes, and what the law wants between sales is begun while nobody is there."""
    if state.signing is not None:
        late = around.now_ms - state.signing.since_ms >= around.fiscal_deadline_ms
        return ended(state, None, around) if late else Step(state)
    register = around.fiscal
    if register is None or not isinstance(state.stage, Closed | Attract) or not _unit_works(state):
        return Step(state)
    due = register.due(around.local_time, unit_ready=True)
    if not due:
        return Step(state)
    receipt = FiscalReceipt(kind=due[0], number=f"{around.name}-{due[0]}-{around.local_time}", at=around.local_time)
    pending = register.begin(receipt, state.now.signature_unit)
    return _asked(replace(state, signing=Signing(pending, since_ms=around.now_ms)), pending, register, around)


def may_sell(around: Surroundings) -> bool:
    """Whether the register's life has begun: without its start receipt no sale may be made."""
    register = around.fiscal
    return register is None or ReceiptKind.START not in register.due(around.local_time, unit_ready=False)


def ended(state: LaneState, answer: UnitSignature | None, around: Surroundings) -> Step:
    """Finish the receipt that is with the unit, signed or not, and print what waited for it."""
    signing, register = state.signing, around.fiscal
    if signing is None:
        return Step(state)
    return _finished(state, signing, answer, register, around)


def _finished(
    state: LaneState,
    signing: Signing,
    answer: UnitSignature | None,
    register: FiscalRegister | None,
    around: Surroundings,
) -> Step:
    effects: list[Effect] = []
    if register is not None:
        finished = register.finish(signing.pending, answer)
        if finished.entry is not None and finished.mark is not None:
            entry = recorded(around.fiscal_system, finished.entry, finished.mark, signing.sequence_number)
            effects.append(Append(entry))
    if signing.print_job:
        effects.append(PrintReceipt(signing.print_job, signing.sequence_number))
    return Step(replace(state, signing=None), tuple(effects))


def _asked(state: LaneState, pending: Pending, register: FiscalRegister, around: Surroundings) -> Step:
    if state.signing is None:
        return Step(state)
    if pending.to_be_signed is None or not _unit_works(state):
        return _finished(state, state.signing, None, register, around)
    return Step(state, (SignReceipt(pending.number, pending.to_be_signed),))


def _after(register: FiscalRegister, effects: tuple[Effect, ...]) -> FiscalRegister:
    for effect in effects:
        if isinstance(effect, Append) and isinstance(effect.content, RecordedReceipt):
            register = register.after(entry_of(effect.content))
    return register


def _waits_for(state: LaneState, reference: str) -> bool:
    return state.signing is not None and state.signing.pending.number == reference


def _unit_works(state: LaneState) -> bool:
    unit = state.device(Category.SIGNATURE_UNIT)
    return unit is not None and unit.works
