"""Stored value as headquarters keeps it: issue, top up, redeem, reverse and expire, each request counted once."""

from __future__ import annotations

import enum
from typing import Annotated

import msgspec
from msgspec.structs import replace

from kiosk.domain.tender.kinds import Instrument
from kiosk.domain.tender.state import Settlement

Value = Annotated[int, msgspec.Meta(ge=0)]


class Operation(enum.StrEnum):
    """What is asked. `BALANCE` changes nothing."""

    BALANCE = "balance"
    ISSUE = "issue"
    TOP_UP = "top_up"
    REDEEM = "redeem"
    REVERSE = "reverse"
    EXPIRE = "expire"


class Request(msgspec.Struct, frozen=True, kw_only=True):
    """One request about an account. `request` is unique for ever: told twice, it counts once.

    `value` is minor units, for points their number. `reverses` is the request that is to be taken back. `whole`: the
    value is used up or nothing is. `valid_until` is for what is issued.
    """

    request: str
    operation: Operation
    instrument: Instrument
    account: str
    value: Value = 0
    currency: str = ""
    reverses: str = ""
    valid_until: str = ""
    whole: bool = False


class Why(enum.StrEnum):
    """Why a request was refused."""

    UNKNOWN_ACCOUNT = "unknown_account"
    EXISTS = "exists"
    BLOCKED = "blocked"
    EXPIRED = "expired"
    EMPTY = "empty"
    CURRENCY = "currency"
    TOO_MUCH = "too_much"
    NOTHING_TO_REVERSE = "nothing_to_reverse"
    NO_VALUE = "no_value"
    SAME_REQUEST = "same_request"


class Done(msgspec.Struct, frozen=True, kw_only=True):
    """It was done: `value` was moved, perhaps less than was asked, and `balance` is left."""

    request: str
    value: int
    balance: int
    valid_until: str = ""


class Denied(msgspec.Struct, frozen=True, kw_only=True):
    """Nothing was moved."""

    request: str
    why: Why


class Holding(msgspec.Struct, frozen=True, kw_only=True):
    """One account. `moves` are the values moved by each request, so that one that comes again is answered as before."""

    instrument: Instrument
    currency: str
    balance: Value
    valid_until: str = ""
    blocked: bool = False
    moves: dict[str, int] = {}
    asked: dict[str, Request] = {}


def apply(
    holding: Holding | None, request: Request, today: str, balance_max: int
) -> tuple[Holding | None, Done | Denied]:
    """The account after a request, and the answer. Nothing is issued or topped up beyond `balance_max`."""
    if holding and request.request in holding.asked:
        return holding, _again(holding, request)
    if request.operation is Operation.ISSUE:
        return _issue(holding, request, balance_max)
    why = _barred(holding, request, today)
    if holding is None or why:
        return holding, Denied(request=request.request, why=why or Why.UNKNOWN_ACCOUNT)
    moved = _moved(holding, request, balance_max)
    if isinstance(moved, Why):
        return holding, Denied(request=request.request, why=moved)
    after = holding
    if request.operation is not Operation.BALANCE:
        after = replace(
            holding,
            balance=holding.balance + moved,
            moves={**holding.moves, request.request: moved},
            asked={**holding.asked, request.request: request},
        )
    return after, Done(request=request.request, value=abs(moved), balance=after.balance, valid_until=after.valid_until)


def activations(settlement: Settlement, sold: tuple[Request, ...]) -> tuple[Request, ...]:
    """The requests that put value on cards sold or topped up in a transaction: none before it is paid."""
    return sold if settlement.finished else ()


def _again(holding: Holding, request: Request) -> Done | Denied:
    if holding.asked[request.request] != request:
        return Denied(request=request.request, why=Why.SAME_REQUEST)
    value = abs(holding.moves[request.request])
    return Done(request=request.request, value=value, balance=holding.balance, valid_until=holding.valid_until)


def _issue(holding: Holding | None, request: Request, balance_max: int) -> tuple[Holding | None, Done | Denied]:
    if holding:
        return holding, Denied(request=request.request, why=Why.EXISTS)
    if not 0 < request.value <= balance_max:
        why = Why.TOO_MUCH if request.value else Why.NO_VALUE
        return None, Denied(request=request.request, why=why)
    made = Holding(
        instrument=request.instrument,
        currency=request.currency,
        balance=request.value,
        valid_until=request.valid_until,
        moves={request.request: request.value},
        asked={request.request: request},
    )
    return made, Done(
        request=request.request, value=request.value, balance=request.value, valid_until=request.valid_until
    )


def _barred(holding: Holding | None, request: Request, today: str) -> Why | None:
    if holding is None:
        return Why.UNKNOWN_ACCOUNT
    takes = request.operation in (Operation.TOP_UP, Operation.REDEEM)
    if holding.instrument is not request.instrument:
        return Why.UNKNOWN_ACCOUNT
    if takes and holding.blocked:
        return Why.BLOCKED
    if takes and holding.valid_until and holding.valid_until < today:
        return Why.EXPIRED
    if takes and holding.currency != request.currency:
        return Why.CURRENCY
    return None


def _moved(holding: Holding, request: Request, balance_max: int) -> int | Why:
    """By how much the balance changes."""
    match request.operation:
        case Operation.TOP_UP:
            if not request.value:
                return Why.NO_VALUE
            return request.value if holding.balance + request.value <= balance_max else Why.TOO_MUCH
        case Operation.REDEEM:
            if not request.value:
                return Why.NO_VALUE
            if not holding.balance:
                return Why.EMPTY
            if request.whole and request.value > holding.balance:
                return Why.TOO_MUCH
            return -min(request.value, holding.balance)
        case Operation.REVERSE:
            return _reversal(holding, request)
        case Operation.EXPIRE:
            return -holding.balance
        case _:
            return 0


def _reversal(holding: Holding, request: Request) -> int | Why:
    """What takes a request back, once; a card that was issued and spent cannot be taken back."""
    moved = holding.moves.get(request.reverses, 0)
    reversed_before = any(one.reverses == request.reverses for one in holding.asked.values())
    if not moved or reversed_before or holding.asked[request.reverses].operation is Operation.REVERSE:
        return Why.NOTHING_TO_REVERSE
    return -moved if holding.balance - moved >= 0 else Why.TOO_MUCH
