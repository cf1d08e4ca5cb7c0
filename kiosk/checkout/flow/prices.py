"""Keeps the open basket priced: after every change of it, and once more before money is asked for."""

from __future__ import annotations

from msgspec.structs import replace

from kiosk.checkout.flow.step import Step
from kiosk.checkout.state import LaneState
from kiosk.checkout.surroundings import Surroundings
from kiosk.domain.pricing.open_basket import repriced
from kiosk.domain.transaction import Transaction


def after(before: LaneState, step: Step, around: Surroundings) -> Step:
    """The step with its basket priced, where the event changed what is in it."""
    transaction = step.state.transaction
    if transaction is None or _same_goods(before.transaction, transaction):
        return step
    return Step(replace(step.state, transaction=at_this_moment(transaction, around)), step.effects)


def at_this_moment(transaction: Transaction, around: Surroundings) -> Transaction:
    """The transaction at the prices of now, or of when it began where policy keeps the prices of an open basket."""
    at = transaction.started_at if around.policy.open_basket_prices == "keep" else around.now
    context = around.context(at, transaction.fulfilment, transaction.customer)
    return repriced(transaction, around.catalog.pricing(), context)


def _same_goods(before: Transaction | None, after: Transaction) -> bool:
    if before is None:
        return not after.lines
    same_buyer = before.customer == after.customer and before.fulfilment == after.fulfilment
    return before.lines is after.lines and same_buyer
