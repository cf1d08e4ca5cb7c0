"""Headquarters as a service: database, link and desk put together, until somebody ends it."""

from __future__ import annotations

import logging
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import datetime

from headquarters import devices
from headquarters.booking import Booking, nothing
from headquarters.catalog import Publication
from headquarters.database import Database
from headquarters.desk import LEAVES, Desk
from headquarters.errors import HeadquartersError
from headquarters.link import Link, LinkSettings
from headquarters.notify import notify
from headquarters.publisher import Publisher
from kiosk.messages.topics import all_devices

log = logging.getLogger(__name__)

# Twice within the WatchdogSec of the unit.
HEARTBEAT_S = 0.25
STOP_S = 1.5


def serve(
    database: Database,
    settings: LinkSettings,
    now: Callable[[], datetime],
    stop: threading.Event,
    *,
    after_commit: Callable[[], None] = nothing,
) -> None:
    """Serve until `stop` is set, then end within two seconds. Prints one line when devices can be answered.

    `HeadquartersError` where it cannot start, or where one of its threads has ended.
    """
    with database.commit() as connection:
        devices.claim_tenant(connection, settings.tenant)
    link = Link(settings, [all_devices(settings.tenant, leaf) for leaf in LEAVES])
    publication = Publication(database)
    desk = Desk(database, link, Booking(database, now, after_commit=after_commit), publication, now)
    publisher = Publisher(database, link, publication)
    workers = [
        threading.Thread(target=worker.run, name=type(worker).__name__, daemon=True) for worker in (desk, publisher)
    ]
    for worker in workers:
        worker.start()
    link.start()
    try:
        _watch(
            link, workers, stop, f"headquarters ready: tenant {settings.tenant}, broker {settings.host}:{settings.port}"
        )
    finally:
        notify("STOPPING=1")
        desk.stop()
        publisher.stop()
        workers[0].join(STOP_S)
        link.stop()


def _watch(link: Link, workers: Sequence[threading.Thread], stop: threading.Event, ready: str) -> None:
    announced = False
    notify("READY=1")
    while not stop.wait(HEARTBEAT_S):
        if not (link.alive() and all(worker.is_alive() for worker in workers)):
            raise HeadquartersError("A thread of headquarters has ended.", "Start it again; its log says why it ended.")
        notify("WATCHDOG=1")
        if link.ready.is_set() and not announced:
            announced = True
            sys.stdout.write(f"{ready}\n")
            sys.stdout.flush()
