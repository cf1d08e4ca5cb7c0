"""The demo itself: it sells and books, and it leaves nothing behind however it ends."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.waiting import until

pytestmark = pytest.mark.processes

REPOSITORY = Path(__file__).parents[2]
STARTED = ("broker", "devices", "network", "headquarters", "agent", "lane")


def living(run: Path) -> list[str]:
    """Command lines of processes that still have to do with a run folder."""
    found = []
    for process in Path("/proc").iterdir():
        if process.name.isdigit() and int(process.name) != os.getpid():
            try:
                line = (process / "cmdline").read_bytes().replace(b"\0", b" ").decode()
                ended = (process / "stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
            except OSError:
                continue
            if str(run) in line and not ended:
                found.append(line)
    return found


@pytest.fixture
def demo(tmp_path: Path) -> Iterator[subprocess.Popen[str]]:
    """A scripted demo that has just been started, without a display, in its own folder."""
    hidden = {"DISPLAY", "WAYLAND_DISPLAY"}
    process = subprocess.Popen(
        [sys.executable, "-m", "demo", "--run", str(tmp_path / "run")],
        cwd=tmp_path,
        env={name: value for name, value in os.environ.items() if name not in hidden} | {"PYTHONPATH": str(REPOSITORY)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    yield process
    process.kill()
    process.communicate()


def test_headquarters_books_exactly_what_was_sold(demo: subprocess.Popen[str], tmp_path: Path) -> None:
    output, _ = demo.communicate(timeout=110)
    assert demo.returncode == 0, output
    summary = json.loads((tmp_path / "build" / "demo" / "summary.json").read_text(encoding="utf-8"))
    assert summary["sales"] == summary["booked"] == summary["receipts"] == 5
    assert summary["duplicates"] == 0
    assert summary["total_minor"] == summary["booked_minor"] > 0
    assert summary["headquarters_high_water"] == summary["ledger_position"]
    for name in summary["screens"]:
        assert (tmp_path / "build" / "demo" / "screens" / name).read_bytes().startswith(b"\x89PNG")
    text = (tmp_path / "build" / "demo" / "receipts" / "1.txt").read_text(encoding="utf-8")
    assert "Harbour Market" in text
    assert living(tmp_path) == []


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_nothing_is_left_behind(demo: subprocess.Popen[str], tmp_path: Path, how: signal.Signals) -> None:
    logs = tmp_path / "run" / "logs"
    until("everything runs", lambda: all((logs / f"{name}.log").exists() for name in STARTED), 60)
    assert living(tmp_path)
    demo.send_signal(how)
    demo.communicate(timeout=30)
    until("every process has ended", lambda: living(tmp_path) == [], 15)
