"""Tells every store which catalog is in force, in a thread of its own: cutting a large one takes seconds."""

from __future__ import annotations

import logging
import threading

import msgspec

from headquarters import devices
from headquarters.catalog import Publication
from headquarters.database import Database
from headquarters.errors import HeadquartersError
from headquarters.link import Link, Outgoing
from kiosk.messages.envelope import JSON
from kiosk.messages.topics import catalog_head

log = logging.getLogger(__name__)

# How soon a catalog or a store that another process has put in is published.
LOOK_AGAIN_S = 1.0


class Publisher:
    """Publishes the head of the catalog, retained, whenever the catalog, the stores or the connection is new."""

    def __init__(self, database: Database, link: Link, publication: Publication) -> None:
        self._database = database
        self._link = link
        self._publication = publication
        self._stop = threading.Event()
        self._published: tuple[object, ...] = ()
        self._hindrance = ""

    def run(self) -> None:
        """Look for something new until `stop`; what cannot be read now is tried again."""
        while True:
            try:
                self._look()
                self._hindrance = ""
            except HeadquartersError as error:
                self._report(error)
            except Exception:
                log.exception("publisher.failed")
            if self._stop.wait(LOOK_AGAIN_S):
                return

    def stop(self) -> None:
        """End after the look in hand."""
        self._stop.set()

    def _look(self) -> None:
        self._publication.refresh()
        head = self._publication.head
        if head is None or not self._link.ready.is_set():
            return
        with self._database.read() as connection:
            stores = devices.stores(connection)
        # Again for every connection, since a broker may have lost what it retained.
        state = (self._link.connections, head.version, stores)
        if state == self._published:
            return
        for store_id in sorted(stores):
            topic = catalog_head(self._link.tenant, store_id)
            self._link.publish(Outgoing(topic, msgspec.json.encode(head), content_type=JSON, retain=True))
        self._published = state
        log.info("catalog.published version=%d items=%d stores=%d", head.version, head.items, len(stores))

    def _report(self, error: HeadquartersError) -> None:
        """Once, not at every look."""
        if error.message != self._hindrance:
            self._hindrance = error.message
            log.error("catalog.hindered reason=%r remedy=%r", error.message, error.remedy)
