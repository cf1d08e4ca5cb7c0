"""Plans a return: which lines come back at what worth, who has to agree, and where the money goes; pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from types import MappingProxyType

from msgspec.structs import replace

from kiosk.accounts.return_authority import Asked, agreed
from kiosk.accounts.return_lines import Place, returned_line, tax_totals
from kiosk.accounts.return_records import Balance, Desk, Planned, ReturnPlan, Wanted
from kiosk.domain.operator.outcome import Allowed, Refused
from kiosk.domain.returning.origin import LineLeft, Returnable
from kiosk.domain.returning.policy import ReturnRules, disposition_allowed
from kiosk.domain.returning.shares import after, linked_units, part_now
from kiosk.domain.tender.refund_records import Refund
from kiosk.messages.contents import AttentionDecided, ExceptionRaised, SaleLine

_NO_NAMES: Mapping[str, str] = MappingProxyType({})


def plan_return(
    wanted: Sequence[Wanted],
    returnable: Returnable,
    rules: ReturnRules,
    desk: Desk,
    names: Mapping[str, str] = _NO_NAMES,
) -> Planned:
    """The return of some lines of a sale, or why not; nothing is done by halves.

    Each part is worth what was paid for it, discounts of line and order spread as sold, so part of a multi-buy gives
    back its share of the offer's price. Deposits and services follow the line they belong to. `names` are goods' names
    by sku, for a receipt's code that holds none.
    """
    refused = _refused(wanted, returnable, rules, desk)
    if refused:
        return refused
    lines = _lines(wanted, returnable, desk.first_line, names)
    if isinstance(lines, Refused):
        return lines
    amount = -sum(line.amount_minor for line in lines)
    asked = Asked(
        amount_minor=amount,
        reasons=tuple(one.reason for one in wanted),
        second_person=_late(returnable, desk) or _above(amount, rules),
    )
    if amount > _most_unasked(returnable, rules, desk):
        sentence = "Without a network nobody can tell whether this came back elsewhere."
        return Refused("offline", sentence, "Return it when the network is back, or where it was bought.")
    allowed = agreed(asked, rules, desk)
    if isinstance(allowed, Refused):
        return allowed
    return _plan(lines, returnable, desk, allowed)


def exchange(plan: ReturnPlan, sold_minor: int) -> Balance:
    """A return and a sale of `sold_minor` (>= 0) in one transaction: only what is left over is paid, or goes back.

    What goes back goes to the tenders of the goods returned, as without the sale.
    """
    total = plan.total_minor + sold_minor
    if total >= 0 or plan.refund is None:
        return Balance(total, max(0, total), None)
    return Balance(total, 0, replace(plan.refund, amount_minor=-total))


def _refused(wanted: Sequence[Wanted], returnable: Returnable, rules: ReturnRules, desk: Desk) -> Refused | None:
    origin = returnable.origin
    if origin.lines is None:
        sentence = "This receipt is too long for its code: its lines need headquarters or the printed list."
        return Refused("lines_needed", sentence, "Look the receipt up at headquarters by its number.")
    if origin.currency != desk.currency:
        sentence = f"This was paid in {origin.currency}."
        return Refused("currency", sentence, f"Return it where {origin.currency} is taken.")
    if not wanted:
        return Refused("nothing", "Nothing was chosen.", "Choose what comes back.")
    for one in wanted:
        refused = _line_refused(one, returnable, rules, late=_late(returnable, desk))
        if refused:
            return refused
    return None


def _line_refused(one: Wanted, returnable: Returnable, rules: ReturnRules, *, late: bool) -> Refused | None:
    left = returnable.line(one.line)
    if left is None:
        return Refused("no_such_line", f"There is no line {one.line} on this receipt.", "Choose another line.")
    sold = left.sold
    if sold.linked_to is not None:
        return Refused("linked", "This comes back with the good it belongs to.", f"Choose line {sold.linked_to}.")
    if not sold.returnable or sold.priced.sku in rules.not_returnable:
        return Refused("not_returnable", "This was sold for good.", "Keep it; a supervisor can explain why.")
    if one.reason not in rules.reasons:
        return Refused("reason", "This return has no reason from the list.", "Choose a reason.")
    if late and one.reason not in rules.reasons_after:
        until = returnable.origin.valid_until
        return Refused("too_late", f"This could come back until {until}.", "Only faulty goods still can: say so.")
    if not disposition_allowed(one.reason, one.disposition, rules):
        return Refused("disposition", "These goods do not go back onto the shelf.", "Choose damaged or vendor.")
    return None


def _lines(
    wanted: Iterable[Wanted], returnable: Returnable, first: int, names: Mapping[str, str]
) -> tuple[SaleLine, ...] | Refused:
    """The lines to write, one a wish and one for every line that follows it."""
    lefts = {one.sold.priced.line: one for one in returnable.lines}
    written: list[SaleLine] = []
    for one in wanted:
        main = lefts[one.line]
        if not 1 <= one.units <= main.units:
            return _too_many(main)
        at = first + len(written)
        follow = (linked.priced.line for linked in returnable.origin.linked(one.line))
        moving = [(one.line, one.units), *((line, linked_units(main, lefts[line], one.units)) for line in follow)]
        for line, units in moving:
            if units:
                share = part_now(lefts[line], units)
                place = Place(first + len(written), None if line == one.line else at)
                written.append(returned_line(place, lefts[line], share, (one, returnable.origin.key), names))
                lefts[line] = after(lefts[line], share)
    return tuple(written)


def _too_many(left: LineLeft) -> Refused:
    unit = "g" if left.sold.priced.grams else "pieces"
    if not left.units:
        return Refused("returned_before", "This came back before.", "Choose another line.")
    return Refused("too_many", f"{left.units} {unit} of this can still come back.", "Take back that much or less.")


def _late(returnable: Returnable, desk: Desk) -> bool:
    until = returnable.origin.valid_until
    return bool(until) and desk.today > until


def _above(amount: int, rules: ReturnRules) -> bool:
    return rules.approve_above_minor is not None and amount > rules.approve_above_minor


def _most_unasked(returnable: Returnable, rules: ReturnRules, desk: Desk) -> int:
    """The most that may go back before headquarters has said what came back elsewhere."""
    key = returnable.origin.key
    known = returnable.complete or (key.store_id, key.workstation_id) == desk.own
    return 2**63 if known or rules.offline_maximum_minor is None else rules.offline_maximum_minor


def _beyond(amount: int, returnable: Returnable, number: int) -> tuple[ExceptionRaised, ...]:
    """More than is left of the tenders: of right where goods were traded in, else somebody has to look into it."""
    over = amount - sum(one.left_minor for one in returnable.originals)
    if over <= 0 or returnable.origin.traded:
        return ()
    key = returnable.origin.key
    detail = f"{over} of sale {key.store_id}/{key.workstation_id}/{key.sequence_number} has no tender to go back to"
    return (ExceptionRaised(code="return.no_tender", owner="finance", detail=detail, sequence_number=number),)


def _plan(lines: tuple[SaleLine, ...], returnable: Returnable, desk: Desk, allowed: Allowed) -> ReturnPlan:
    amount = -sum(line.amount_minor for line in lines)
    refund = None
    exceptions: tuple[ExceptionRaised, ...] = ()
    if amount:
        refund = Refund(
            name=f"{desk.own[0]}-{desk.own[1]}-{desk.sequence_number:06d}-R",
            amount_minor=amount,
            currency=desk.currency,
            originals=returnable.originals,
            beyond="store_credit",
        )
        exceptions = _beyond(amount, returnable, desk.sequence_number)
    return ReturnPlan(lines, tax_totals(lines), -amount, refund, exceptions, decided(allowed, amount, desk))


def decided(allowed: Allowed, amount_minor: int, desk: Desk) -> tuple[AttentionDecided, ...]:
    """The entry that says who agreed as the second person; none where nobody had to."""
    if not allowed.approved_by:
        return ()
    return (
        AttentionDecided(
            sequence_number=desk.sequence_number,
            matter="return",
            decision="approved",
            operator=allowed.approved_by,
            value=str(amount_minor),
        ),
    )
