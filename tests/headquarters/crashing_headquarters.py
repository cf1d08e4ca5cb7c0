"""Headquarters as a process that kills itself (kill -9) between a commit and its acknowledgement, for one test."""

from __future__ import annotations

import os
import signal
import sys
import threading
from datetime import UTC, datetime

from headquarters.database import open_database
from headquarters.link import LinkSettings
from headquarters.report import report
from headquarters.serve import serve


def main(file: str, port: str, tenant: str, sales: str) -> None:
    """Serve until `sales` sales are booked, then die before the lane hears of it."""
    database = open_database(file)

    def die_when_booked() -> None:
        with database.read() as connection:
            booked = report(connection)["sales_booked"]
        if booked == int(sales):
            os.kill(os.getpid(), signal.SIGKILL)

    settings = LinkSettings("127.0.0.1", int(port), tenant)
    serve(database, settings, lambda: datetime.now(UTC), threading.Event(), after_commit=die_when_booked)


if __name__ == "__main__":
    main(*sys.argv[1:])
