"""The one doorway of a lane: post an event from any thread, drain on the UI thread, commit, show, perform.

Order is the whole point: what `advance` decided is on disk before anyone sees it, and seen to be on disk before any
device is asked to act on it. So a process that dies between any two lines here comes back to the same basket.
"""

from __future__ import annotations

import logging
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import msgspec

from kiosk.checkout.effects import Append, BookSale, Effect, RequestPayment
from kiosk.checkout.events import Event, Resumed
from kiosk.checkout.flow import advance
from kiosk.checkout.state import LaneState, decode, durable, encode
from kiosk.checkout.surroundings import Surroundings
from kiosk.messages.contents import Content, ExceptionRaised, TransactionCancelled
from kiosk.store.ledger import Till

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Doorway:
    """What a session is handed: where it looks, and whom it tells. All but `wake` are called on the UI thread.

    `wake` is called by `post` on any thread and must lead to a `drain` on the UI thread; `committed` after a commit
    with entries in it; `perform` for every effect that asks something of a device.
    """

    around: Callable[[], Surroundings]
    wake: Callable[[], None]
    show: Callable[[LaneState], None]
    perform: Callable[[Effect], None]
    committed: Callable[[tuple[Content, ...]], None]


class Session:
    """Holds the lane's state; every change of it passes through here, one event at a time."""

    def __init__(self, till: Till, doorway: Doorway) -> None:
        self._till = till
        self._doorway = doorway
        self._events: deque[Event] = deque()
        kept = _kept_state(till)
        self._lost = kept is None
        self._state = kept or LaneState()

    @property
    def state(self) -> LaneState:
        """The state as last committed. UI thread only."""
        return self._state

    def start(self) -> None:
        """Take up where the last process left off: the first event is `Resumed`."""
        if self._lost:
            self._give_up_number()
        self.post(Resumed((*self._till.open_attempts(), *self._till.unsettled_approvals())))

    def post(self, event: Event) -> None:
        """Queue an event; safe from any thread, never blocks."""
        self._events.append(event)
        self._doorway.wake()

    def drain(self) -> None:
        """Handle everything queued, then show the outcome once."""
        before = self._state
        while self._events:
            self._handle(self._events.popleft())
        if self._state is not before and self._state != before:
            self._doorway.show(self._state)

    def _handle(self, event: Event) -> None:
        before = self._state
        step = advance(before, event, self._doorway.around())
        # Entries and state are one commit; only then is the state ours and may anything be asked of a device.
        wrote = self._commit(before, step.state, step.effects)
        if wrote:
            self._doorway.committed(wrote)
        self._state = step.state
        if _name(before) != _name(step.state):
            log.info("lane.stage from=%s to=%s", _name(before), _name(step.state))
        for effect in step.effects:
            if not isinstance(effect, Append | BookSale):
                self._doorway.perform(effect)

    def _give_up_number(self) -> None:
        """The basket went with the state: its number, and with it the ids of its payment attempts, are used up."""
        number = self._till.next_sequence_number
        cancelled = TransactionCancelled(sequence_number=number, reason="lost", lines=())
        detail = "the lane's state could not be read; a basket that was open is lost"
        raised = ExceptionRaised(code="lane_state_lost", owner="it", detail=detail, sequence_number=number)
        self._till.record((cancelled, raised), encode(self._state))
        self._lost = False

    def _commit(self, before: LaneState, after: LaneState, effects: tuple[Effect, ...]) -> tuple[Content, ...]:
        """One commit of all there is to write; the entries that are in the ledger since."""
        contents = tuple(_appended(effects))
        sale = next((effect.sale for effect in effects if isinstance(effect, BookSale)), None)
        attempt = next((effect.attempt for effect in effects if isinstance(effect, RequestPayment)), None)
        if sale is not None:
            self._till.book(sale, contents, encode(after))
            return (*contents, sale)
        if attempt is not None:
            self._till.begin_tender(attempt, contents, encode(after))
            return (*contents, attempt)
        if contents:
            self._till.record(contents, encode(after))
        elif durable(before) != durable(after):
            self._till.save_lane(encode(after))
        return contents


def _appended(effects: Iterable[Effect]) -> Iterable[Content]:
    return (effect.content for effect in effects if isinstance(effect, Append))


def _kept_state(till: Till) -> LaneState | None:
    """The state as kept; None where it is lost although there was one."""
    kept = till.lane
    if not kept:
        return LaneState() if till.count <= 1 else None
    try:
        return decode(kept)
    except msgspec.DecodeError as error:
        # The ledger still knows of every attempt and sale; only an unpaid basket is lost, and the lane starts closed.
        log.error("lane.state_unreadable reason=%s", error)  # noqa: TRY400 - the reason is all there is to say
        return None


def _name(state: LaneState) -> str:
    return type(state.stage).__name__.lower()
