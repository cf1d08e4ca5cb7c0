"""Lanes without a window: `python -m tests.walks.lane_process SOCKET` forks one lane process per connection.

Each is put together as `kiosk.ui.__main__` does, of the same parts; only Kivy's loop is a `select` here. It passes
points (before and after each commit, before and after each effect) and kills itself at the one it was told to.
"""

from __future__ import annotations

import logging
import os
import select
import signal
import socket
import sys
import time
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from drivers.registry import assemble
from kiosk.checkout.assembly import KEY, TILL, Clocks, Face, Lane
from kiosk.checkout.effects import Effect
from kiosk.checkout.events import Touch
from kiosk.checkout.state import LaneState
from kiosk.config import Settings, read_settings
from kiosk.domain.receipt import Voice
from kiosk.messages.contents import Content
from kiosk.messages.entry import SealedEntry
from kiosk.presenter.language import Language
from kiosk.presenter.model import Screen
from kiosk.presenter.receipt_voice import voice_of
from kiosk.presenter.shop import Presenter
from kiosk.store.ledger import Till
from kiosk.store.signing import DeviceKey
from tests.walks.telling import Asked, Told, shown

TICK_S = 0.25
LONGEST = 65536


class Bench:
    """The connection to the test: lines of `Asked` in, lines of `Told` out. Used on the lane's main thread only."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._rest = b""

    def fileno(self) -> int:
        return self._connection.fileno()

    def tell(self, told: Told) -> None:
        self._connection.sendall(msgspec.json.encode(told) + b"\n")

    def asked(self) -> list[Asked]:
        """What has come in; ends the process where the test has gone."""
        data = self._connection.recv(LONGEST)
        if not data:
            sys.exit(0)
        *lines, self._rest = (self._rest + data).split(b"\n")
        return [msgspec.json.decode(line, type=Asked) for line in lines]


class Points:
    """Every point a lane passes, and the one it dies at."""

    def __init__(self, bench: Bench) -> None:
        self._bench = bench
        self._passed: Counter[str] = Counter()
        self._crash: tuple[str, int] | None = None

    def arm(self, kind: str, number: int) -> None:
        self._passed.clear()
        self._crash = (kind, number)

    def reach(self, kind: str, name: str) -> None:
        self._passed[kind] += 1
        if self._crash == (kind, self._passed[kind]):
            self._bench.tell(Told(killed=f"{kind} {self._passed[kind]}: {name}"))
            os.kill(os.getpid(), signal.SIGKILL)
        self._bench.tell(Told(point=f"{kind}: {name}"))


class WalkedTill(Till):
    """The till, passing a point before and after each commit."""

    def __init__(self, points: Points, settings: Settings) -> None:
        self._points = points
        workstation, data = settings.workstation, settings.data
        super().__init__(
            data / TILL,
            workstation.store_id,
            workstation.workstation_id,
            DeviceKey.load(data / KEY),
            lambda: datetime.now(UTC),
            after_commit=lambda name: points.reach("after commit", name),
        )

    def save_lane(self, lane: bytes) -> None:
        self._points.reach("before commit", "save_lane")
        super().save_lane(lane)

    def _write(self, name: str, contents: Sequence[Content], lane: bytes) -> tuple[SealedEntry, ...]:
        self._points.reach("before commit", name)
        return super()._write(name, contents, lane)


class WalkedLane(Lane):
    """The lane, passing a point before and after each effect."""

    def __init__(self, settings: Settings, till: Till, face: Face, clocks: Clocks, points: Points) -> None:
        self._points = points
        super().__init__(settings, till, face, clocks)

    def _performed(self, effect: Effect) -> None:
        name = type(effect).__name__
        self._points.reach("before effect", name)
        super()._performed(effect)
        self._points.reach("after effect", name)


class LaneProcess:
    """One lane: its parts, its loop, and what the test asks of it."""

    def __init__(self, settings: Settings, bench: Bench) -> None:
        self._bench = bench
        self._points = Points(bench)
        self._wake = os.eventfd(0, os.EFD_NONBLOCK)
        self._moved_ms = 0
        self._screen: Screen | None = None
        clocks = Clocks(monotonic_ms=lambda: time.monotonic_ns() // 1_000_000 + self._moved_ms)
        face = Face(lambda: os.eventfd_write(self._wake, 1), self._show, self._voice)
        self._lane = WalkedLane(settings, WalkedTill(self._points, settings), face, clocks, self._points)
        self._presenter = Presenter(settings, self._lane.catalog)
        self._devices = assemble(settings.devices, self._lane.post, settings.data)

    def run(self, first: Asked, early: Sequence[Asked]) -> None:
        """Sell until the test hangs up or a crash is reached. `first` may name a crash on the way up already."""
        self._points.arm(first.crash_at, first.crash_on)
        self._lane.start(self._devices)
        self._answer(early)
        tick = time.monotonic()
        while True:
            left = max(0.0, tick - time.monotonic())
            ready, _, _ = select.select([self._wake, self._bench.fileno()], [], [], left)
            if self._wake in ready:
                os.eventfd_read(self._wake)
            self._lane.session.drain()
            self._answer(self._bench.asked() if self._bench.fileno() in ready else ())
            if time.monotonic() >= tick:
                self._lane.tick()
                tick = time.monotonic() + TICK_S

    def _answer(self, requests: Sequence[Asked]) -> None:
        for asked in requests:
            self._bench.tell(self._do(asked))
            self._lane.session.drain()

    def _do(self, asked: Asked) -> Told:
        if asked.crash_at:
            self._points.arm(asked.crash_at, asked.crash_on)
        if asked.pass_s:
            self._moved_ms += asked.pass_s * 1000
            self._lane.tick()
        if asked.press:
            return self._press(asked.press)
        devices = self._lane.session.state.now.devices
        return Told(done=True, work=tuple(device.alias for device in devices if device.works))

    def _press(self, item_id: str) -> Told:
        top = self._screen.top if self._screen else None
        item = next((one for one in top.items if one.id == item_id), None) if top else None
        if item is None or not item.enabled or not isinstance(item.action, Touch):
            return Told(error=f"nothing to press at {item_id!r} on {top.name if top else 'no screen'}")
        self._lane.post(item.action)
        return Told(done=True)

    def _show(self, state: LaneState) -> None:
        self._screen = self._presenter.screen(state)
        self._bench.tell(Told(screen=shown(self._screen)))

    def _words(self, language: str) -> Language:
        return self._presenter.languages.get(language) or next(iter(self._presenter.languages.values()))

    def _voice(self, language: str) -> Voice:
        return voice_of(self._words(language))


def serve(path: Path) -> None:
    """Fork a lane for every connection; no thread ever runs in this process, so its children start clean."""
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the kernel reaps them
    fresh = path.with_suffix(".new")
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as listener:
        listener.bind(str(fresh))
        listener.listen()
        fresh.rename(path)  # who sees it can connect to it
        while True:
            connection, _ = listener.accept()
            if os.fork() == 0:
                listener.close()
                _lane(connection)
            connection.close()


def _lane(connection: socket.socket) -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    logging.basicConfig(level=logging.INFO, format="%(process)d %(levelname)s %(name)s %(message)s")
    bench = Bench(connection)
    bench.tell(Told(pid=os.getpid()))
    select.select([bench], [], [])
    first, *early = bench.asked()
    LaneProcess(read_settings(Path(first.settings)), bench).run(first, early)


if __name__ == "__main__":
    serve(Path(sys.argv[1]))
