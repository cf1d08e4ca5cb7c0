"""The connection to the broker: one thread that connects, again and again, and hands what happens to the agent."""

from __future__ import annotations

import logging
import threading
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from kiosk.agent.access import Access
from kiosk.agent.delays import Delays
from kiosk.agent.mqtt import Arrived, Connection, Down, Event, Order, Profile, Rejected, Unheard, Up
from kiosk.agent.trouble import Trouble, from_error
from kiosk.agent.wake import Wake

__all__ = ["Arrived", "Down", "Event", "Link", "Order", "Rejected", "Unheard", "Up"]

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits between attempts: drawn evenly between nought and a limit that doubles ("full jitter").

    `draw(limit_ms)` gives 0 to `limit_ms`.
    """

    delays: Delays
    draw: Callable[[int], int]

    def wait_s(self, failures: int) -> float:
        """How long to wait after so many failures in a row."""
        limit = min(self.delays.reconnect_last_s, self.delays.reconnect_first_s * 2 ** min(failures, 16))
        return self.draw(int(limit * 1000)) / 1000


class Link:
    """Keeps a connection to the broker. `post` is called with each event, from the link's own thread.

    Nothing is kept for later: an order given while there is no connection is dropped, since the sender starts from
    headquarters' mark after each `Up`. Every connection begins clean.
    """

    def __init__(
        self, access: Access, profile: Profile, post: Callable[[Event], None], delays: Delays, backoff: Backoff
    ) -> None:
        self._access = access
        self._profile = profile
        self._post = post
        self._delays = delays
        self._backoff = backoff
        self._orders: deque[Order] = deque()
        self._wake = Wake()
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._run, name="link", daemon=True)
        self._connected = False

    def start(self) -> None:
        """Begin connecting."""
        self._thread.start()

    def publish(self, order: Order) -> None:
        """Send a message with QoS 1 if there is a connection."""
        if self._connected:
            self._orders.append(order)
            self._wake.ring()

    def stop(self, farewell: Order) -> None:
        """Say farewell if there is a connection, and end; waits no longer than the delays allow."""
        self._orders.clear()
        self._orders.append(farewell)
        self._stopping.set()
        self._wake.ring()
        if self._thread.ident is not None:
            self._thread.join(self._delays.farewell_s + 0.5)
        if not self._thread.is_alive():
            self._wake.close()

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            trouble, was_up = self._attempt()
            failures = 1 if was_up else failures + 1
            self._connected = False
            self._post(Down(trouble))
            self._stopping.wait(self._backoff.wait_s(failures))

    def _attempt(self) -> tuple[Trouble, bool]:
        """One connection, from beginning to end: why it ended, and whether it was ever up."""
        self._orders.clear()
        connection = Connection(self._access, self._profile, self._up, self._delays)
        try:
            trouble = self._serve(connection)
        except OSError as error:
            trouble = from_error(self._access.address, error)
        except Exception:  # the outermost loop of this thread: without it, a fault in a callback ends sync for good
            log.exception("link.fault broker=%s", self._access.address)
            trouble = Trouble("The link has failed with an error of its own.", "Report it with the agent's log.")
        finally:
            connection.close()
        return trouble, connection.was_up

    def _serve(self, connection: Connection) -> Trouble:
        connection.open()
        leave_at: float | None = None
        while True:
            trouble = connection.turn(self._wake, self._orders)
            if trouble is not None:
                return trouble
            if not self._stopping.is_set():
                continue
            leave_at = leave_at or time.monotonic() + self._delays.farewell_s
            if connection.is_idle(self._orders) or time.monotonic() > leave_at:
                connection.leave()
                return Trouble("The agent was stopped.", "Start kiosk-agent.")

    def _up(self, event: Event) -> None:
        if isinstance(event, Up):
            self._connected = True
        self._post(event)
