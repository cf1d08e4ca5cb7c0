"""What systemd is told."""

from __future__ import annotations

import socket
from pathlib import Path

from kiosk.agent.notify import Notify


def test_systemd_hears_ready_alive_and_stopping(tmp_path: Path) -> None:
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(path)
        systemd.settimeout(10)
        notify = Notify({"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "30000000"})
        notify.ready()
        notify.alive()
        notify.stopping()
        assert [systemd.recv(64) for _ in range(3)] == [b"READY=1", b"WATCHDOG=1", b"STOPPING=1"]
        assert notify.watchdog_s == 30


def test_outside_of_systemd_nothing_is_said(tmp_path: Path) -> None:
    for environment in ({}, {"NOTIFY_SOCKET": str(tmp_path / "gone"), "WATCHDOG_USEC": "x"}):
        notify = Notify(environment)
        notify.ready()
        notify.alive()
        assert notify.watchdog_s is None
