"""Tells systemd that the agent is ready, alive or stopping (sd_notify(3), the datagram protocol)."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from contextlib import suppress


class Notify:
    """Sends to the socket that systemd names in NOTIFY_SOCKET; does nothing outside of systemd."""

    def __init__(self, environment: Mapping[str, str] = os.environ) -> None:
        address = environment.get("NOTIFY_SOCKET", "")
        # A leading @ stands for a name in the abstract namespace.
        self._address = "\0" + address[1:] if address.startswith("@") else address
        usec = environment.get("WATCHDOG_USEC", "")
        self.watchdog_s: float | None = int(usec) / 1_000_000 if usec.isdigit() and int(usec) > 0 else None

    def ready(self) -> None:
        """Started."""
        self._send(b"READY=1")

    def alive(self) -> None:
        """The main loop turns; to be said at least twice in `watchdog_s`."""
        if self.watchdog_s is not None:
            self._send(b"WATCHDOG=1")

    def stopping(self) -> None:
        """Ending on request."""
        self._send(b"STOPPING=1")

    def _send(self, state: bytes) -> None:
        if not self._address:
            return
        with suppress(OSError), socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
            sender.setblocking(False)
            sender.sendto(state, self._address)
