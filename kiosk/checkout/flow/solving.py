"""The list of what needs someone, solved: an attendant approves, refuses or scans a number; a shopper scans one."""

from __future__ import annotations

from msgspec.structs import replace

from drivers.scanner.interface import Scan
from kiosk.checkout.effects import Append, Effect
from kiosk.checkout.flow import attention, duty, prices
from kiosk.checkout.flow.goods import meaning
from kiosk.checkout.flow.sheet import MatterAction, Verb, matter_actions
from kiosk.checkout.flow.step import Step, go, notice, now_with, sale_line
from kiosk.checkout.state import Attention, Basket, LaneState
from kiosk.checkout.surroundings import Surroundings
from kiosk.domain.attention.records import Decision, Kind
from kiosk.domain.attention.solving import Answer, Solved, Solver, solve
from kiosk.domain.barcode import CouponCode, GoodCode, GoodWithData, InHouseCode, LabelCode
from kiosk.domain.operator.outcome import Refused
from kiosk.domain.operator.rights import Staff
from kiosk.domain.transaction import LineItem, Transaction, with_serial_number, without_line
from kiosk.messages.contents import AgeApproved, AttentionDecided, Content, LineVoided

# GS1 General Specifications, AI 10 and AI 21: 20 characters; others print longer ones.
NUMBER_MAX = 40


def pressed(state: LaneState, action: str, around: Surroundings) -> Step | None:
    """What an attendant pressed about a matter of the list; None where it is about none."""
    chosen = _named(state, action)
    if chosen is None:
        return None
    if chosen.verb is Verb.READ:
        return Step(now_with(_asked(state, action), numbers=()))
    return _answered(state, chosen, Answer(chosen.kind, chosen.line, chosen.verb is Verb.APPROVE), around)


def waits_for_number(state: LaneState) -> bool:
    """Whether the attendant is about to scan a number, so that a badge is nobody's consent."""
    return state.duty.asked.startswith(f"{Verb.READ}_")


def approved_by(state: LaneState, action: str, approver: Staff, around: Surroundings) -> Step | None:
    """The second person has shown the badge; None where `action` is about no matter of the list."""
    chosen = _named(_asked(state, ""), action)
    if chosen is None:
        return None
    answer = Answer(chosen.kind, chosen.line, approved=True)
    return _answered(_asked(state, ""), chosen, answer, around, approver)


def scanned(state: LaneState, scan: Scan, around: Surroundings) -> Step | None:
    """A number that was waited for; None where none was, and the scan is a good or anything else."""
    step = _number_scanned(state, scan, around)
    if step is None:
        return None
    # Read twice by one pull of the trigger, it is no good of its own afterwards.
    _, what = meaning(scan, around)
    return Step(now_with(step.state, scanned=what, scanned_ms=around.now_ms), step.effects)


def _number_scanned(state: LaneState, scan: Scan, around: Surroundings) -> Step | None:
    if state.attendant and waits_for_number(state):
        chosen = _named(_asked(state, ""), state.duty.asked)
        line = state.transaction.line(chosen.line) if state.transaction and chosen else None
        return _by_attendant(state, chosen, line, scan, around) if chosen and line else None
    stage, transaction = state.stage, state.transaction
    if not isinstance(stage, Attention) or transaction is None:
        return None
    line = transaction.line(stage.reading)
    return _by_shopper(state, transaction, line, scan, around) if line else None


def _by_shopper(state: LaneState, transaction: Transaction, line: LineItem, scan: Scan, around: Surroundings) -> Step:
    number = _number(scan, line, Kind.SERIAL_NUMBER, around)
    if number is None:
        return Step(notice(state, around, "number_wanted", line.name))
    if _has(transaction, line, number):
        return Step(notice(state, around, "number_twice"))
    done = replace(state, transaction=with_serial_number(transaction, line.line, number))
    return go(done, Attention())


def _by_attendant(state: LaneState, chosen: MatterAction, line: LineItem, scan: Scan, around: Surroundings) -> Step:
    number, transaction = _number(scan, line, chosen.kind, around), state.transaction
    if number is None or transaction is None:
        return Step(notice(state, around, "number_wanted", line.name))
    had = state.now.numbers
    if number in had or (chosen.kind is Kind.SERIAL_NUMBER and _has(transaction, line, number)):
        return Step(notice(state, around, "number_twice"))
    numbers = (*had, number)
    if chosen.kind is Kind.SERIAL_NUMBER and len(numbers) < line.quantity:
        return Step(now_with(state, numbers=numbers, notice=None))
    answer = Answer(chosen.kind, chosen.line, approved=True, value=",".join(numbers))
    return _answered(_asked(state, ""), chosen, answer, around)


def _answered(
    state: LaneState, chosen: MatterAction, answer: Answer, around: Surroundings, approver: Staff | None = None
) -> Step:
    transaction = state.transaction
    if transaction is None:
        return Step(state)
    solver = Solver(duty.staff(state), around.staffing.tills.roles, approver=approver)
    outcome = solve(state.now.matters, answer, solver, around.rules)
    if isinstance(outcome, Refused):
        if outcome.second_person and approver is None:
            return Step(_asked(state, chosen.name))
        return Step(notice(state, around, f"right_{outcome.reason}"))
    beside = _second_person(transaction, chosen, approver) if approver and answer.approved else ()
    step = _solved(state, transaction, outcome, around)
    return Step(step.state, (*beside, *step.effects))


def _solved(state: LaneState, transaction: Transaction, outcome: Solved, around: Surroundings) -> Step:
    """Write the decision down, take out what was refused; who has solved the last one is done at this lane."""
    decision = outcome.decision
    gone = [line for line in transaction.lines if line.line in outcome.remove]
    entries: tuple[Content, ...] = (
        _entry(transaction, decision),
        *(
            LineVoided(sequence_number=transaction.sequence_number, line=sale_line(line), operator=decision.operator)
            for line in gone
        ),
    )
    for line in gone:
        transaction = without_line(transaction, line.line)
    transaction = _numbered(replace(transaction, decisions=(*transaction.decisions, decision)), decision)
    transaction = prices.at_this_moment(transaction, around) if gone else transaction
    state = replace(state, transaction=transaction)
    back = not decision.approved and not gone
    if gone:
        state = notice(state, around, "taken_out")
    if back:
        state = notice(state, around, "take_something_out")
    if back or not attention.found(transaction, around, paying=isinstance(state.stage, Attention)):
        state = replace(state, attendant="", help_called=False, help_shown=False)
        state = replace(state, stage=Basket()) if isinstance(state.stage, Attention) else state
    return Step(state, tuple(Append(entry) for entry in entries))


def _entry(transaction: Transaction, decision: Decision) -> Content:
    """An age that was approved has an entry of its own kind."""
    number = transaction.sequence_number
    if decision.matter is Kind.AGE and decision.approved:
        return AgeApproved(sequence_number=number, minimum_age=int(decision.value), operator=decision.operator)
    return AttentionDecided(
        sequence_number=number,
        matter=str(decision.matter),
        decision=decision.decision,
        line=decision.line,
        operator=decision.operator,
        reason=decision.reason,
        value=decision.value,
    )


def _second_person(transaction: Transaction, chosen: MatterAction, approver: Staff) -> tuple[Effect, ...]:
    entry = AttentionDecided(
        sequence_number=transaction.sequence_number,
        matter="second_person",
        decision="approved",
        line=chosen.line,
        operator=approver.operator,
        reason=chosen.name,
    )
    return (Append(entry),)


def _numbered(transaction: Transaction, decision: Decision) -> Transaction:
    """The number of a single piece stands on its line, and so on the receipt."""
    line = transaction.line(decision.line)
    if decision.matter is not Kind.SERIAL_NUMBER or not decision.approved or line is None or line.quantity > 1:
        return transaction
    return with_serial_number(transaction, line.line, decision.value)


def _has(transaction: Transaction, line: LineItem, number: str) -> bool:
    """Whether another piece of this good has that number in this basket already."""
    return (line.sku, number) in {(one.sku, one.serial_number) for one in transaction.lines}


def _number(scan: Scan, line: LineItem, kind: Kind, around: Surroundings) -> str | None:
    """The number in a scan; None for the code of a good, a label or a receipt, which it cannot be."""
    found, _ = meaning(scan, around)
    readings = found.readings if isinstance(found, GoodCode) else ()
    goods = [hit[0].sku for hit in map(around.catalog.by_code, readings) if hit]
    if isinstance(found, GoodWithData):
        same = line.sku in goods
        return ((found.lot if kind is Kind.LOT else found.serial) if same else "") or None
    if goods or isinstance(found, LabelCode | CouponCode | InHouseCode):
        return None
    text = scan.text.strip()
    return text if 1 <= len(text) <= NUMBER_MAX and text.isprintable() and "," not in text else None


def _named(state: LaneState, action: str) -> MatterAction | None:
    return next((one for one in matter_actions(state) if one.name == action), None)


def _asked(state: LaneState, action: str) -> LaneState:
    return replace(state, duty=replace(state.duty, asked=action))
