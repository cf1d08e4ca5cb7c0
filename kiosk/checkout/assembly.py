"""Puts a lane together from its settings: ledger, catalog, devices and session, handed in at this one place."""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from drivers.devices import Devices
from kiosk.checkout.effects import Effect
from kiosk.checkout.events import Event, LinkChanged, Tick
from kiosk.checkout.performer import Performer
from kiosk.checkout.receipts import Composer
from kiosk.checkout.session import Doorway, Session
from kiosk.checkout.shelf import Shelf
from kiosk.checkout.state import LaneState
from kiosk.checkout.surroundings import Surroundings
from kiosk.config import Settings
from kiosk.domain.receipt import Voice
from kiosk.messages.topics import device_name
from kiosk.store.bell import ring
from kiosk.store.catalog import AgentStatus, CatalogReader
from kiosk.store.database import StoreError
from kiosk.store.ledger import Till
from kiosk.store.ledger_reader import LedgerReader

TILL = "till.db"
AGENT = "agent.db"
BELL = "agent.bell"
KEY = "device.key"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Clocks:
    """Time, handed in: wall clock (aware, UTC) and a monotonic one in milliseconds."""

    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    monotonic_ms: Callable[[], int] = field(default=lambda: time.monotonic_ns() // 1_000_000)


@dataclass(frozen=True, slots=True)
class Face:
    """The side a lane shows: `wake` from any thread, `show` on the UI thread, `voice` for receipts by language."""

    wake: Callable[[], None]
    show: Callable[[LaneState], None]
    voice: Callable[[str], Voice]
    local_time: Callable[[str, datetime], str]


class Lane:
    """A workstation's whole inside without its screens; the devices hand their records to `post`."""

    def __init__(self, settings: Settings, till: Till, face: Face, clocks: Clocks) -> None:
        self._settings = settings
        self._till = till
        self._clocks = clocks
        self._reader = LedgerReader(settings.data / TILL)
        self.catalog = Shelf(CatalogReader(settings.data / AGENT))
        self._agent = AgentStatus(settings.data / AGENT)
        self._bell: Path = settings.data / BELL
        self._attendants = {one.badge_sha256: one.operator for one in settings.attendants}
        self._zone = ZoneInfo(settings.store.time_zone)
        self._link: LinkChanged | None = None
        self._composer = Composer(settings, self._reader, face.voice, face.local_time, self._zone)
        self._perform: Callable[[Effect], None] | None = None
        doorway = Doorway(self.around, face.wake, face.show, self._performed, self._committed)
        self.session = Session(till, doorway)

    def start(self, devices: Devices) -> None:
        """Take up where the last process left off, then start the devices."""
        self._perform = Performer(
            devices, self.session.post, self._composer.compose, self._settings.policy.weigh_timeout_s
        )
        self.session.start()
        for opening in devices.opening():
            self.session.post(opening)
        self._look_at_agent()
        self.session.drain()
        devices.start()

    def tick(self) -> None:
        """Once a second on the UI thread: time passes, and the agent's standing is looked at."""
        self._look_at_agent()
        self.session.post(Tick())

    def post(self, record: object) -> None:
        """What drivers and buttons hand their records to; safe from any thread. What is no event is logged."""
        if isinstance(record, Event):
            self.session.post(record)
        else:
            log.error("lane.not_an_event type=%s", type(record).__name__)

    def close(self) -> None:
        """Give the files back."""
        self._reader.close()
        self.catalog.close()
        self._agent.close()
        self._till.close()

    def around(self) -> Surroundings:
        """What the flow may know at this moment."""
        settings, now = self._settings, self._clocks.now()
        return Surroundings(
            catalog=self.catalog,
            policy=settings.policy,
            price_labels=settings.store.price_labels,
            attendants=self._attendants,
            currency=settings.store.currency,
            languages=settings.store.languages,
            name=device_name(settings.workstation.store_id, settings.workstation.workstation_id),
            now_ms=self._clocks.monotonic_ms(),
            now=now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            business_day=now.astimezone(self._zone).date().isoformat(),
            next_sequence_number=self._till.next_sequence_number,
        )

    def _performed(self, effect: Effect) -> None:
        if self._perform is None:
            raise RuntimeError("a lane performs nothing before it is started")
        self._perform(effect)

    def _committed(self) -> None:
        ring(self._bell)

    def _look_at_agent(self) -> None:
        try:
            forked, link = self._standing()
        except StoreError as error:
            # The agent makes a damaged file anew. Until then nobody knows what is booked; selling does not need it.
            forked, link = False, LinkChanged(0, "", online=False, catalog_version=self.catalog.version)
            if link != self._link:
                log.warning("agent.unreadable reason=%r", error.message)
        if forked:
            # Headquarters knows another past of this epoch: ours goes on in a new one, and selling with it.
            log.warning("ledger.fork epoch=%s", self._till.epoch)
            self._till.open_epoch("fork")
            ring(self._bell)
        if link != self._link:
            self._link = link
            self.session.post(link)

    def _standing(self) -> tuple[bool, LinkChanged]:
        """Whether headquarters calls our epoch a fork, and how the agent stands."""
        unsent, since = self._unsent()
        link = LinkChanged(unsent, since, self._agent.link().online, self.catalog.version)
        return self._agent.forked(self._till.epoch), link

    def _unsent(self) -> tuple[int, str]:
        """Entries that headquarters has not booked, over all epochs, and the time of the oldest ("" for none)."""
        total, oldest = 0, ""
        for epoch in self._reader.epochs():
            booked = self._agent.acknowledged(epoch)
            waiting = self._reader.head(epoch).position - booked
            if waiting > 0:
                total += waiting
                oldest = oldest or self._reader.oldest_after(epoch, booked) or ""
        return total, oldest
