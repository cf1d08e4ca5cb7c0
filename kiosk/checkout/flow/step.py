"""Small moves that every stage makes: stay, go, say something in passing, begin and end a shopper's session."""

from __future__ import annotations

from typing import Any, NamedTuple

from msgspec.structs import replace

from kiosk.checkout.effects import Append, Effect
from kiosk.checkout.state import Attract, LaneState, Notice, Stage
from kiosk.checkout.surroundings import Surroundings
from kiosk.domain.transaction import LineItem, Transaction
from kiosk.messages.contents import DiscountGiven, SaleLine, TaxGiven, TransactionCancelled

NOTICE_MS = 5_000


class Step(NamedTuple):
    """What `advance` returns: the next state, and what to do about it, in order."""

    state: LaneState
    effects: tuple[Effect, ...] = ()

    def then(self, *effects: Effect) -> Step:
        """The same step with more effects after its own."""
        return Step(self.state, (*self.effects, *effects))


def go(state: LaneState, stage: Stage, *effects: Effect) -> Step:
    """To another stage."""
    return Step(replace(state, stage=stage), effects)


def now_with(state: LaneState, **changes: Any) -> LaneState:  # noqa: ANN401 - field values of Volatile, checked there
    """The state with changes to its volatile part."""
    return replace(state, now=replace(state.now, **changes))


def notice(state: LaneState, around: Surroundings, code: str, name: str = "") -> LaneState:
    """The state with a passing message."""
    return now_with(state, notice=Notice(code, name, around.now_ms + NOTICE_MS))


def fresh(state: LaneState, around: Surroundings) -> LaneState:
    """The state with nothing of a shopper left in it: basket, language, help, notices."""
    cleared = replace(
        state,
        stage=Attract(),
        transaction=None,
        language=around.languages[0],
        help_called=False,
        help_shown=False,
        attendant="",
        copies=0,
    )
    return now_with(cleared, notice=None, idle_since_ms=None, scanned="", confirm_cancel=False)


def begun(state: LaneState, around: Surroundings) -> Transaction:
    """The open transaction, or a new one."""
    return state.transaction or Transaction(
        sequence_number=around.next_sequence_number,
        business_day=state.business_day,
        started_at=around.now,
        currency=around.currency,
    )


def cancelled(state: LaneState, around: Surroundings, reason: str, operator: str = "") -> Step:
    """End the transaction without a sale. A number that any line has seen stays used, so it gets its entry."""
    transaction = state.transaction
    effects: tuple[Effect, ...] = ()
    if transaction and transaction.next_line > 1:
        entry = TransactionCancelled(
            sequence_number=transaction.sequence_number,
            reason=reason,
            lines=tuple(sale_line(line) for line in transaction.lines),
            operator=operator,
        )
        effects = (Append(entry),)
    return Step(fresh(state, around), effects)


def sale_line(line: LineItem) -> SaleLine:
    """A line as the ledger keeps it."""
    return SaleLine(
        line=line.line,
        sku=line.sku,
        name=line.name,
        quantity=line.quantity,
        grams=line.grams,
        tare_grams=line.tare_grams,
        unit_price_minor=line.unit_price_minor,
        amount_minor=line.due_minor,
        tax_code=line.tax_code,
        tax_rate_ppm=line.tax_rate_ppm,
        code=line.code,
        linked_to=line.linked_to,
        price_id=line.price_id,
        discounts=tuple(
            DiscountGiven(promotion=one.promotion, name=one.name, amount_minor=one.amount_minor, order=one.order)
            for one in line.discounts
        ),
        taxes=_taxes(line),
        department=line.department,
        lot=line.lot,
        serial_number=line.serial_number,
    )


def _taxes(line: LineItem) -> tuple[TaxGiven, ...]:
    """None where the line has the one tax of its code, in the price: the code and the rate say it all then."""
    if [tax.code for tax in line.taxes] in ([], [line.tax_code]) and not any(tax.exempt for tax in line.taxes):
        return ()
    return tuple(
        TaxGiven(
            tax_code=tax.code,
            tax_rate_ppm=tax.rate_ppm,
            base_minor=tax.base_minor,
            tax_minor=tax.tax_minor,
            exempt=tax.exempt,
        )
        for tax in line.taxes
    )
