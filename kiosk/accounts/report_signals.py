"""Signals to look into: operators who void, override, refund or open the drawer far more than is usual here."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Iterator
from typing import Annotated

import msgspec

from kiosk.messages.contents import Content, LineVoided, Sale, TransactionCancelled
from kiosk.messages.tills import DrawerOpened, PriceOverridden, SignOnRefused, TrainingEnded, TrainingStarted


class Matter(enum.StrEnum):
    """What is counted per operator."""

    VOID = "void"
    CANCEL = "cancel"
    NO_SALE = "no_sale"
    OVERRIDE = "override"
    RETURN = "return"
    RETURN_WITHOUT_RECEIPT = "return_without_receipt"
    REFUSED_SIGN_ON = "refused_sign_on"


class SignalRules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """`least` events before anybody is named; `times` as many a transaction as the other operators have together."""

    least: Annotated[int, msgspec.Meta(ge=1)] = 5
    times: Annotated[int, msgspec.Meta(ge=1)] = 3


class Signal(msgspec.Struct, frozen=True, kw_only=True):
    """One operator, one matter. A signal is a question, no proof: there may be a good reason for it."""

    operator: str
    matter: Matter
    events: int
    transactions: int
    others_events: int
    others_transactions: int


def signals(ledgers: Iterable[Iterable[Content]], rules: SignalRules) -> tuple[Signal, ...]:
    """Who stands out, by operator and matter, over the ledgers of any number of workstations; training is left out."""
    events: dict[tuple[Matter, str], int] = {}
    transactions: dict[str, int] = {}
    for content in (content for ledger in ledgers for content in _real(ledger)):
        if isinstance(content, Sale) and content.operator and not content.training:
            transactions[content.operator] = transactions.get(content.operator, 0) + 1
        for matter, operator in _events(content):
            events[matter, operator] = events.get((matter, operator), 0) + 1
    found = (_signal(key, events, transactions) for key in events)
    return tuple(sorted((one for one in found if _stands_out(one, rules)), key=lambda one: (one.operator, one.matter)))


def _real(ledger: Iterable[Content]) -> Iterator[Content]:
    """Entries that were not made in training mode."""
    training = False
    for content in ledger:
        training = isinstance(content, TrainingStarted) or (training and not isinstance(content, TrainingEnded))
        if not training:
            yield content


def _events(content: Content) -> Iterator[tuple[Matter, str]]:
    match content:
        case LineVoided(operator=operator) if operator:
            yield Matter.VOID, operator
        case TransactionCancelled(operator=operator) if operator:
            yield Matter.CANCEL, operator
        case DrawerOpened(cause="no_sale", operator=operator):
            yield Matter.NO_SALE, operator
        case PriceOverridden(operator=operator):
            yield Matter.OVERRIDE, operator
        case SignOnRefused(operator=operator) if operator:
            yield Matter.REFUSED_SIGN_ON, operator
        case Sale(operator=operator, training=False) if operator:
            yield from _in_sale(content)
        case _:
            return


def _in_sale(sale: Sale) -> Iterator[tuple[Matter, str]]:
    for line in sale.lines:
        if line.returned:
            yield Matter.RETURN, sale.operator
            if not line.returned.sequence_number:
                yield Matter.RETURN_WITHOUT_RECEIPT, sale.operator


def _signal(key: tuple[Matter, str], events: dict[tuple[Matter, str], int], transactions: dict[str, int]) -> Signal:
    matter, operator = key
    return Signal(
        operator=operator,
        matter=matter,
        events=events[key],
        transactions=transactions.get(operator, 0),
        others_events=sum(count for (what, who), count in events.items() if what is matter and who != operator),
        others_transactions=sum(count for who, count in transactions.items() if who != operator),
    )


def _stands_out(one: Signal, rules: SignalRules) -> bool:
    """Events a transaction against those of all others, cross-multiplied: no fraction is ever rounded."""
    if one.events < rules.least or not one.others_transactions:
        return False
    return one.events * one.others_transactions >= rules.times * max(one.others_events, 1) * max(one.transactions, 1)
