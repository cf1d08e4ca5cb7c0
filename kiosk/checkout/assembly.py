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
from drivers.health import HealthReport
from drivers.keypad.interface import HeadsetChanged, KeyPressed
from drivers.nfc.interface import TagRemoved
from drivers.printer.interface import DrawerLevel
from drivers.scale.interface import BagWeight
from kiosk.accounts.receipt_token import issue
from kiosk.accounts.return_origin import origin_of
from kiosk.checkout.accounts_register import LedgerAccounts
from kiosk.checkout.effects import Effect
from kiosk.checkout.events import Event, LinkChanged, Tick
from kiosk.checkout.fiscal_register import FiscalBooks
from kiosk.checkout.performer import Performer
from kiosk.checkout.policies import Policies
from kiosk.checkout.policy_sections import staffing_under
from kiosk.checkout.receipts import Composer
from kiosk.checkout.session import Doorway, Session
from kiosk.checkout.shelf import Shelf
from kiosk.checkout.staffing import staffing_of
from kiosk.checkout.state import LaneState
from kiosk.checkout.surroundings import Surroundings
from kiosk.config import Settings
from kiosk.domain.attention import policy as attention
from kiosk.domain.policy import self_checkout
from kiosk.domain.receipt import Voice
from kiosk.domain.returning import policy as returns
from kiosk.domain.returning.origin import SaleKey
from kiosk.messages.contents import Content, Sale
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

# Records of devices that are no part of the conversation, since no screen uses those devices yet.
PASSED_OVER = (
    TagRemoved,
    KeyPressed,
    HeadsetChanged,
    BagWeight,
    DrawerLevel,
    HealthReport,
)

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
        self._staffing = staffing_of(settings)
        self._policies = Policies(settings, clocks.now())
        self._accounts = LedgerAccounts(self._reader)
        self._zone = ZoneInfo(settings.store.time_zone)
        self._link: LinkChanged | None = None
        self._composer = Composer(settings, self._reader, face.voice, self._zone, self._return_token)
        self._fiscal = FiscalBooks(settings.fiscal, self._reader.fiscal_receipts()) if settings.fiscal else None
        self._perform: Callable[[Effect], None] | None = None
        doorway = Doorway(self.around, face.wake, face.show, self._performed, self._committed)
        self.session = Session(till, doorway)

    def start(self, devices: Devices) -> None:
        """Take up where the last process left off, then start the devices."""
        self._perform = Performer(
            devices,
            self.session.post,
            self._composer.compose,
            self._settings.policy.weigh_timeout_s,
            self._settings.fiscal.deadline_ms / 1000 if self._settings.fiscal else 0.0,
        )
        # Before anybody stands here: the first sale of a long ledger must not wait for all of it to be read.
        self._accounts.tills()
        self.session.start()
        for opening in devices.opening():
            self.session.post(opening)
        self._look_at_agent()
        self._look_at_policies()
        self.session.drain()
        devices.start()

    def tick(self) -> None:
        """Once a second on the UI thread: time passes; the agent's standing and the policies are looked at."""
        self._look_at_agent()
        self._look_at_policies()
        self.session.post(Tick())

    def post(self, record: object) -> None:
        """What drivers and buttons hand their records to; safe from any thread. What is no event is logged."""
        if isinstance(record, Event):
            self.session.post(record)
        elif not isinstance(record, PASSED_OVER):
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
        in_force = self._policies.in_force(now)
        return Surroundings(
            catalog=self.catalog,
            policy=settings.policy,
            price_labels=settings.store.price_labels,
            staffing=staffing_under(self._staffing, in_force),
            accounts=self._accounts,
            currency=settings.store.currency,
            languages=settings.store.languages,
            name=device_name(settings.workstation.store_id, settings.workstation.workstation_id),
            now_ms=self._clocks.monotonic_ms(),
            now=now.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            business_day=now.astimezone(self._zone).date().isoformat(),
            store_id=settings.workstation.store_id,
            time_zone=settings.store.time_zone,
            region=settings.store.locale_territory,
            fiscal=self._fiscal.register if self._fiscal else None,
            fiscal_system=settings.fiscal.system if settings.fiscal else "",
            fiscal_deadline_ms=settings.fiscal.deadline_ms if settings.fiscal else 0,
            next_sequence_number=self._till.next_sequence_number,
            rules=in_force.section(attention.SECTION, attention.AttentionRules),
            self_checkout=in_force.section(self_checkout.SECTION, self_checkout.SelfCheckoutRules),
        )

    def _return_token(self, sale: Sale) -> str:
        """The signed text that the goods of a sale come back with, "" where nothing of it can."""
        where = self._settings.workstation
        key = SaleKey(where.store_id, where.workstation_id, sale.sequence_number)
        items = (self.catalog.by_sku(line.sku) for line in sale.lines)
        for_good = {item.sku for item in items if item and not item.returnable}
        rules = self._policies.in_force(self._clocks.now()).section(returns.SECTION, returns.ReturnRules)
        origin = origin_of(key, sale, returns.return_until(sale.business_day, rules), for_good)
        return issue(origin, self._till.key.sign, self._till.key.public_hex) if origin else ""

    def _performed(self, effect: Effect) -> None:
        if self._perform is None:
            raise RuntimeError("a lane performs nothing before it is started")
        self._perform(effect)

    def _committed(self, contents: tuple[Content, ...]) -> None:
        if self._fiscal is not None:
            self._fiscal.recorded(contents)
        ring(self._bell)

    def _look_at_policies(self) -> None:
        for told in self._policies.look(self._clocks.now()):
            self.session.post(told)

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
