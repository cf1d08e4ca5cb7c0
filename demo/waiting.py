"""Waiting for something to become true, with a deadline and a name, so that a stuck demo says on what."""

from __future__ import annotations

import time
from collections.abc import Callable

POLL_S = 0.05


class DemoError(Exception):
    """The demo cannot go on; says what happened and what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message} {remedy}")
        self.message = message
        self.remedy = remedy


def until(what: str, holds: Callable[[], bool], deadline_s: float = 15.0) -> None:
    """Return once `holds()`; `DemoError` naming `what` at the deadline (seconds)."""
    end = time.monotonic() + deadline_s
    while not holds():
        if time.monotonic() > end:
            raise DemoError(f"Waited {deadline_s:.0f} s for this: {what}.", "The logs are in the run folder.")
        time.sleep(POLL_S)
