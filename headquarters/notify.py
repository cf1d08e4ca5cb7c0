"""Telling systemd that we are ready, alive or ending (sd_notify(3)); silent where nobody asks."""

from __future__ import annotations

import contextlib
import os
import socket


def notify(state: str) -> None:
    """Send e.g. "READY=1" to the socket that systemd named; an abstract one begins with @."""
    address = os.environ.get("NOTIFY_SOCKET", "")
    if not address:
        return
    channel = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
    with channel, contextlib.suppress(OSError):
        channel.sendto(state.encode(), "\0" + address[1:] if address.startswith("@") else address)
