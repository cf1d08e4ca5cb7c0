"""What an attendant does at the lane after showing the badge: open, close, approve, settle, help, report, train."""

from __future__ import annotations

from msgspec.structs import replace

from drivers.device import Category
from drivers.nfc.interface import TagPresent, TagProblem
from kiosk.accounts.till_sign_on import entries_of
from kiosk.checkout.effects import Append, Effect, PrintReceipt
from kiosk.checkout.flow import cash, duty, fiscal, reports, solving
from kiosk.checkout.flow.sale import receipt_job, sold
from kiosk.checkout.flow.sheet import NO_SALE_REASONS, PAGES, Action, offered
from kiosk.checkout.flow.step import Step, cancelled, fresh, go, notice, now_with
from kiosk.checkout.flow.tender import not_charged, settled
from kiosk.checkout.state import Closed, InDoubt, LaneState
from kiosk.checkout.surroundings import Surroundings
from kiosk.domain.operator.attempts import Refusal
from kiosk.domain.operator.outcome import Refused
from kiosk.domain.operator.rights import Request, Right, Staff, approve, ask
from kiosk.messages.contents import (
    AttentionDecided,
    ExceptionRaised,
    LaneClosed,
    LaneOpened,
    PaymentResult,
)
from kiosk.messages.tenders import CardTender

# A copy of a card that signs its messages is nobody's badge.
_NO_IDENTITY = (TagProblem.BAD_SIGNATURE, TagProblem.REPLAYED)


def tag(state: LaneState, event: TagPresent, around: Surroundings) -> Step:
    """A card was held to the reader: staff by their badges, and nothing else is sold or signed on by one.

    A card whose message was signed is known by it; one that shows another id each time (a phone, a bank card) by none.
    """
    unsure = event.random_id or event.problem in _NO_IDENTITY
    written = (record.text for record in event.records if record.text)
    texts = (event.signed.uid,) if event.signed else (event.uid, *written)
    known = None if unsure else next((text for text in texts if duty.is_badge(text, around)), None)
    step = badge(state, known, around) if known else None
    return step or Step(notice(state, around, "tag_unknown"))


def badge(state: LaneState, text: str, around: Surroundings) -> Step | None:
    """A badge signs on, or is that of the second person who was asked for; None where the text is no badge."""
    if not duty.is_badge(text, around):
        return None
    asked = state.duty.asked and not solving.waits_for_number(state)
    second = state.attendant and asked and around.staffing.credentials.with_badge(text) is not None
    return _second_person(state, text, around) if second else duty.shown(state, text, around)


def act(state: LaneState, action: str, around: Surroundings) -> Step:
    """Perform an action of the signed-on attendant; anything not offered changes nothing."""
    about_matter = solving.pressed(state, action, around)
    if about_matter is not None:
        return about_matter
    if not state.attendant or action not in offered(state):
        return Step(state)
    chosen = Action(action)
    if chosen is Action.NEXT_MATTER:
        return Step(now_with(state, matter=state.now.matter + 1))
    if chosen in PAGES:
        return Step(replace(state, duty=replace(state.duty, page=PAGES[chosen], asked="")))
    by, request = duty.staff(state), _request(state, chosen)
    allowed = ask(request, by, around.staffing.tills.roles) if request else None
    if isinstance(allowed, Refused):
        if allowed.second_person:
            return Step(replace(state, duty=replace(state.duty, asked=action)))
        return Step(notice(state, around, f"right_{allowed.reason}"))
    return _performed(state, chosen, by, around)


def _second_person(state: LaneState, text: str, around: Surroundings) -> Step:
    """Somebody else lends their badge to what the attendant asked for; the attendant stays the one signed on."""
    after, outcomes = duty.checked(state, text, around)
    refusal = next((one for one in outcomes if isinstance(one, Refusal)), None)
    if refusal is not None:
        refused = tuple(Append(entry) for entry in entries_of((refusal,)))
        return Step(notice(state, around, f"badge_{refusal.reason}"), refused)
    asked, by, approver = state.duty.asked, duty.staff(state), Staff(after.operator, after.roles)
    waiting = replace(state, duty=replace(state.duty, asked=""))
    about_matter = solving.approved_by(state, asked, approver, around)
    if about_matter is not None or asked not in offered(waiting):
        return about_matter or Step(waiting)
    action = Action(asked)
    request = _request(state, action)
    if request is None:
        return Step(waiting)
    allowed = approve(request, by, approver, around.staffing.tills.roles)
    if isinstance(allowed, Refused):
        return Step(notice(state, around, f"right_{allowed.reason}"))
    number = state.transaction.sequence_number if state.transaction else 0
    decided = AttentionDecided(
        sequence_number=number,
        matter="second_person",
        decision="approved",
        operator=allowed.approved_by,
        reason=str(action),
    )
    step = _performed(waiting, action, by, around)
    effects: tuple[Effect, ...] = (Append(decided), *step.effects)
    return Step(step.state, effects)


def _request(state: LaneState, action: Action) -> Request | None:
    """The right that an action needs a limit of, for how much; None where holding the right is enough."""
    transaction = state.transaction
    if action is Action.CANCEL_TRANSACTION and transaction is not None:
        return Request(Right.CANCEL, max(0, transaction.total_minor))
    if action is Action.SETTLE_PAID and isinstance(state.stage, InDoubt):
        return Request(Right.ASSIST, state.stage.attempt.amount_minor)
    return None


def _performed(state: LaneState, action: Action, by: Staff, around: Surroundings) -> Step:
    done = replace(state, attendant="")
    match action:
        case Action.OPEN:
            return _open(done, by.operator, around)
        case Action.CLOSE:
            return go(replace(done, business_day=""), Closed(), Append(LaneClosed(operator=by.operator)))
        case Action.CANCEL_TRANSACTION:
            return cancelled(done, around, "attendant", by.operator)
        case Action.HELPED:
            return Step(replace(done, help_called=False, help_shown=False))
        case Action.REPRINT:
            return _reprint(done, around)
        case Action.SETTLE_PAID:
            return _settle_paid(done, by.operator, around)
        case Action.SETTLE_UNPAID:
            return _settle_unpaid(done, by.operator, around)
        case Action.LEAVE:
            return Step(done)
    return _accounted(state, action, by, around)


def _accounted(state: LaneState, action: Action, by: Staff, around: Surroundings) -> Step:
    """What a rule of the accounts may still refuse: then the sheet stays, and says why."""
    match action:
        case Action.X_REPORT:
            return reports.x(state, by, around)
        case Action.Z_REPORT:
            return reports.z(state, by, around)
        case Action.Z_COPY:
            return reports.z_copy(state, around)
        case Action.START_TRAINING:
            return cash.start_training(state, by, around)
        case Action.END_TRAINING:
            return cash.end_training(state, by, around)
    return cash.no_sale(state, NO_SALE_REASONS[action], by, around) if action in NO_SALE_REASONS else Step(state)


def _open(state: LaneState, operator: str, around: Surroundings) -> Step:
    if not fiscal.may_sell(around):
        return Step(notice(state, around, "fiscal_not_started"))
    opened = replace(fresh(state, around), business_day=around.business_day)
    return Step(opened, (Append(LaneOpened(operator=operator, business_day=around.business_day)),))


def _reprint(state: LaneState, around: Surroundings) -> Step:
    """A copy is marked as one and is a print job of its own, so it never passes for the receipt."""
    printer = state.device(Category.RECEIPT_PRINTER)
    if printer is None or not printer.works:
        return Step(notice(state, around, "printer_unavailable"))
    copies = state.copies + 1
    job = receipt_job(around.name, state.last_sale, copies) + f"-{around.now}"
    return Step(replace(state, copies=copies), (PrintReceipt(job, state.last_sale, copies, around.now),))


def _settle_paid(state: LaneState, operator: str, around: Surroundings) -> Step:
    """The attendant has seen on the terminal that it was paid; finance hears of every such sale."""
    stage, transaction = state.stage, state.transaction
    if not isinstance(stage, InDoubt) or transaction is None:
        return Step(state)
    attempt = stage.attempt
    tender = CardTender(
        attempt=attempt.attempt,
        amount_minor=attempt.amount_minor,
        terminal_id="",
        receipt_number=0,
        trace_number=0,
        authorisation_code=f"operator {operator}",
    )
    result = PaymentResult(
        attempt=attempt.attempt,
        outcome="approved",
        amount_minor=attempt.amount_minor,
        code=f"operator {operator}",
    )
    exception = ExceptionRaised(
        code="payment_settled_by_operator",
        owner="finance",
        detail=f"attempt {attempt.attempt} settled as paid by {operator}",
        sequence_number=attempt.sequence_number,
    )
    step = sold(replace(state, help_called=False), transaction, (tender,), around, operator)
    return Step(step.state, (Append(result), Append(exception), *step.effects))


def _settle_unpaid(state: LaneState, operator: str, around: Surroundings) -> Step:
    stage = state.stage
    if not isinstance(stage, InDoubt):
        return settled(state, around)
    return not_charged(replace(state, help_called=False), stage, around, operator)
