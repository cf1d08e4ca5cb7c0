"""The adapter of a QR wallet or pay-later provider, and the conversation with it: show a code, wait, know the outcome.

An adapter may do what its provider wants (polling, a push, a web page) as long as it speaks these records. Nobody
stands at a lane to confirm a payment: only the provider's own word counts, and what it has not said is in doubt.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Literal, Protocol

import msgspec
from msgspec.structs import replace

from kiosk.domain.tender.kinds import TenderKind
from kiosk.domain.tender.outcome import Approved, Declined, InDoubt, Reverse


class WalletRequest(msgspec.Struct, frozen=True, kw_only=True):
    """To do: ask a provider for `amount_minor`. `attempt` is ours, unique for ever, and told to the provider.

    `return_by_s`: after so many seconds the code is no longer good.
    """

    attempt: str
    provider: str
    amount_minor: int
    currency: str
    return_by_s: int = 180


class ShowCode(msgspec.Struct, frozen=True, kw_only=True):
    """The provider wants the shopper's phone: a text to show as a QR code, or a link to send to the phone."""

    attempt: str
    text: str
    form: Literal["qr", "link"] = "qr"


class Waiting(msgspec.Struct, frozen=True, kw_only=True):
    """The provider has not decided yet."""

    attempt: str


class WalletApproved(msgspec.Struct, frozen=True, kw_only=True):
    """The provider has charged `amount_minor`; `reference` is its name for it."""

    attempt: str
    reference: str
    amount_minor: int


class WalletDeclined(msgspec.Struct, frozen=True, kw_only=True):
    """The provider says that nothing was charged and nothing will be: declined, cancelled, expired or unavailable."""

    attempt: str
    reason: str


class WalletUnknown(msgspec.Struct, frozen=True, kw_only=True):
    """The provider could not be asked, or gave no answer that can be read."""

    attempt: str
    reason: str


class RefundDone(msgspec.Struct, frozen=True, kw_only=True):
    """`amount_minor` went back under the name `reference`."""

    attempt: str
    reference: str
    amount_minor: int


Begun = ShowCode | WalletDeclined | WalletUnknown
Heard = Waiting | WalletApproved | WalletDeclined | WalletUnknown
Refunded = RefundDone | WalletDeclined | WalletUnknown


class WalletAdapter(Protocol):
    """One provider. Called on a thread of its own; nothing is raised, every call ends in a record and by a deadline."""

    def begin(self, request: WalletRequest) -> Begun:
        """Open a payment. Told the same attempt again, it answers as before and opens no second one."""
        ...

    def enquire(self, attempt: str) -> Heard:
        """What became of an attempt."""
        ...

    def cancel(self, attempt: str) -> Heard:
        """Close an attempt, unless the shopper was quicker. `WalletDeclined` only where nothing can be charged now."""
        ...

    def refund(self, attempt: str, reference: str, amount_minor: int) -> Refunded:
        """Give back (part of) the charge that the provider calls `reference`; `attempt` makes it happen once."""
        ...


class Phase(enum.StrEnum):
    """Where a conversation stands."""

    BEGINNING = "beginning"
    SHOWING = "showing"
    CLOSING = "closing"
    IN_DOUBT = "in_doubt"
    APPROVED = "approved"
    DECLINED = "declined"


class Conversation(msgspec.Struct, frozen=True, kw_only=True):
    """One attempt with a provider. `since_ms` is when it began, by the clock that is handed in."""

    request: WalletRequest
    since_ms: int
    phase: Phase = Phase.BEGINNING
    code: ShowCode | None = None

    @property
    def over(self) -> bool:
        """Whether its outcome is known."""
        return self.phase in (Phase.APPROVED, Phase.DECLINED)


class ToDo(enum.StrEnum):
    """What the adapter is to be asked next."""

    BEGIN = "begin"
    ENQUIRE = "enquire"
    CANCEL = "cancel"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Turn:
    """The conversation after what was heard; `answer` goes to the settlement, `todo` to the adapter."""

    conversation: Conversation
    todo: ToDo = ToDo.NOTHING
    answer: Approved | Declined | InDoubt | None = None


def heard(conversation: Conversation, said: Begun | Heard) -> Turn | Reverse:
    """What the adapter said. An approval after the end is to be given back (`Reverse`), unless it is the same one."""
    if said.attempt != conversation.request.attempt:
        return Turn(conversation)
    if conversation.over:
        return _too_late(conversation, said)
    attempt = said.attempt
    match said:
        case ShowCode() if conversation.phase is Phase.BEGINNING:
            return Turn(replace(conversation, phase=Phase.SHOWING, code=said), ToDo.ENQUIRE)
        case WalletApproved():
            done = replace(conversation, phase=Phase.APPROVED)
            approved = Approved(attempt=attempt, amount_minor=said.amount_minor, reference=said.reference)
            return Turn(done, answer=approved)
        case WalletDeclined():
            done = replace(conversation, phase=Phase.DECLINED)
            return Turn(done, answer=Declined(attempt=attempt, reason=said.reason))
        case WalletUnknown():
            doubt = replace(conversation, phase=Phase.IN_DOUBT)
            return Turn(doubt, ToDo.ENQUIRE, InDoubt(attempt=attempt))
        case Waiting() if conversation.phase is Phase.IN_DOUBT:
            return Turn(replace(conversation, phase=Phase.SHOWING), ToDo.ENQUIRE)
    return Turn(conversation, ToDo.ENQUIRE)


def ticked(conversation: Conversation, now_ms: int) -> Turn:
    """Time passed: a code that is no longer good is closed at the provider, never just forgotten."""
    late = now_ms - conversation.since_ms >= conversation.request.return_by_s * 1000
    if late and conversation.phase in (Phase.BEGINNING, Phase.SHOWING):
        return cancelled(conversation)
    return Turn(conversation)


def cancelled(conversation: Conversation) -> Turn:
    """The shopper or an attendant gave up: the provider is asked to close; its answer counts, not the wish."""
    if conversation.over or conversation.phase is Phase.CLOSING:
        return Turn(conversation)
    return Turn(replace(conversation, phase=Phase.CLOSING), ToDo.CANCEL)


def _too_late(conversation: Conversation, said: Begun | Heard) -> Turn | Reverse:
    if isinstance(said, WalletApproved) and conversation.phase is Phase.DECLINED:
        return Reverse(attempt=said.attempt, kind=TenderKind.WALLET, amount_minor=said.amount_minor)
    return Turn(conversation)
