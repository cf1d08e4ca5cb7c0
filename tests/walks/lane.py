"""A lane process seen from the bench: what it shows, a finger to press with, and its death when it comes."""

from __future__ import annotations

import os
import select
import signal
import socket
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
import pytest

from tests.walks.telling import Asked, Screen, Told

PATIENCE_S = 25.0
LONGEST = 1 << 20


class LaneEnded(Exception):  # noqa: N818 - it is what a test waits for, no error of the test
    """The lane process is gone, its files are given back. `point` is where it killed itself, "" where it did not."""

    def __init__(self, point: str) -> None:
        super().__init__(point or "the lane has ended by itself; see lanes.log")
        self.point = point


class LaneHandle:
    """One running lane. `screen` is what it shows; `trace` every point that it has passed."""

    def __init__(self, host: Path, settings: Path, crash: tuple[str, int] = ("", 0)) -> None:
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self._socket.connect(str(host))
        self._socket.settimeout(PATIENCE_S)
        self._lanes_log = host.with_name("lanes.log")
        self._rest = b""
        self._news: list[Told] = []
        self._screen: Screen | None = None
        self.trace: list[str] = []
        self.killed = ""
        self._pid = self._next(PATIENCE_S).pid
        # Held from when it certainly runs, so that its end can be waited for and no other process is ever killed.
        self._process = os.pidfd_open(self._pid)
        self._send(Asked(settings=str(settings), crash_at=crash[0], crash_on=crash[1]))

    @property
    def screen(self) -> Screen:
        """What is shown; waits for the first screen of a fresh lane."""
        self._until(lambda: self._screen is not None, "the first screen")
        assert self._screen is not None
        return self._screen

    def sees(self, name: str, words: str = "") -> Screen:
        """Wait until the topmost screen has this name, and these words stand somewhere."""

        def there() -> bool:
            shown = self._screen
            return shown is not None and shown.top.name == name and shown.says(words)

        self._until(there, f"the screen {name!r} {words!r}")
        return self.screen

    def until(self, holds: Callable[[Screen], bool], what: str) -> Screen:
        """Wait until this holds for what is shown."""
        self._until(lambda: self._screen is not None and holds(self._screen), what)
        return self.screen

    def looks(self, within_s: float = 0.02) -> None:
        """Take in what is shown meanwhile; returns at the first news, at the latest after `within_s`."""
        if b"\n" in self._rest or select.select([self._socket], [], [], within_s)[0]:
            self._take(self._next(PATIENCE_S))

    def press(self, item: str) -> None:
        """Touch an item of the topmost screen; a failure of the test where there is nothing to press."""
        problem = self.tries(item)
        if problem:
            pytest.fail(problem)

    def tries(self, item: str) -> str:
        """Touch an item, as a person whose screen may just have changed; why nothing was pressed, or ""."""
        return self._ask(Asked(press=item)).error

    def works(self, *devices: str) -> bool:
        """Whether these devices are ready for work, as the lane knows them."""
        return set(devices) <= set(self._ask(Asked()).work)

    def crash(self, kind: str, number: int) -> None:
        """Have the lane kill itself at the `number`-th point of a kind from now; see `telling.Asked`."""
        self.trace.clear()
        self._ask(Asked(crash_at=kind, crash_on=number))

    def time_passes(self, seconds: int) -> None:
        """Move the lane's clock."""
        self._ask(Asked(pass_s=seconds))

    def kill(self) -> None:
        """Kill -9; returns when it is gone and its files are given back."""
        signal.pidfd_send_signal(self._process, signal.SIGKILL)
        self._wait_for_end()

    def close(self) -> None:
        """Kill it where it still runs, and let go of it."""
        if self._process < 0:
            return
        if not select.select([self._process], [], [], 0)[0]:
            self.kill()
        os.close(self._process)
        self._process = -1
        self._socket.close()

    def _ask(self, asked: Asked) -> Told:
        self._send(asked)
        answers: list[Told] = []

        def answered() -> bool:
            answers.extend(told for told in self._news if told.done or told.error)
            self._news.clear()
            return bool(answers)

        self._until(answered, f"the answer to {asked}")
        return answers[0]

    def _until(self, holds: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while not holds():
            left = end - time.monotonic()
            if left <= 0:
                pytest.fail(f"not within {PATIENCE_S:.0f} s: {what}; the lane shows {self._screen}; {self._log()}")
            self._take(self._next(left, what))

    def _take(self, told: Told) -> None:
        if told.screen is not None:
            self._screen = told.screen
        elif told.point:
            self.trace.append(told.point)
        elif told.killed:
            self.killed = told.killed
        else:
            self._news.append(told)

    def _next(self, within_s: float, what: str = "") -> Told:
        end = time.monotonic() + within_s
        while b"\n" not in self._rest:
            self._socket.settimeout(max(0.001, end - time.monotonic()))
            try:
                data = self._socket.recv(LONGEST)
            except TimeoutError:
                pytest.fail(
                    f"the lane said nothing within {within_s:.0f} s: {what}; it shows {self._screen}; {self._log()}"
                )
            except ConnectionError:
                data = b""
            if not data:
                self._wait_for_end()
                raise LaneEnded(self.killed)
            self._rest += data
        line, self._rest = self._rest.split(b"\n", 1)
        return msgspec.json.decode(line, type=Told)

    def _send(self, asked: Asked) -> None:
        try:
            self._socket.sendall(msgspec.json.encode(asked) + b"\n")
        except ConnectionError:
            # What it said last is still to be read: it tells where it died.
            self._until(lambda: False, "its last words")

    def _log(self) -> str:
        return self._lanes_log.read_text(errors="replace")[-3000:]

    def _wait_for_end(self) -> None:
        # Its sockets may be closed before its locks are; when the process has ended, all of them are.
        if not select.select([self._process], [], [], PATIENCE_S)[0]:
            pytest.fail("the lane does not end")
