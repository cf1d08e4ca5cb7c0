"""A payment terminal on the bench: speaks ZVT over TCP, keeps its own books, and fails on demand."""

from __future__ import annotations

import contextlib
import os
import socket
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as FutureTimeoutError
from pathlib import Path
from typing import Final

from drivers.device import DeviceError
from drivers.payment.simulated_books import Books
from drivers.payment.simulated_line import Line
from drivers.payment.simulated_terminal import ABORTED, DECLINED, REFUSED, CardTerminal
from drivers.transport.waiting import wait_readable

_CONTROL_S: Final = 5.0
_STOP_S: Final = 2.0
_TURN_S: Final = 60.0

Fields = dict[str, object]


class BenchTerminal:
    """A simulated terminal on a thread of its own, to which `control` hands its work over.

    How it is reached is up to those that inherit: `_plug`, `_unplug`, `plugged`, and `_called` where somebody connects.
    """

    def __init__(self, name: str, line: Line, books: Path | None) -> None:
        self.name = name
        self._books = Books(books)
        self._line = line
        self._terminal = CardTerminal(self._line, self._books)
        self._jobs: deque[tuple[Callable[[], None], Future[Fields]]] = deque()
        self._wake = -1
        self._stopping = False
        self._thread: threading.Thread | None = None

    @property
    def plugged(self) -> bool:
        """Whether it can be reached."""
        raise NotImplementedError

    def start(self) -> None:
        """Make it reachable."""
        self._stopping = False
        self._plug()
        self._wake = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._thread = threading.Thread(target=self._serve, name=f"simulated {self.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Go away; may be called twice. The books stay."""
        thread, self._thread = self._thread, None
        if thread is None:
            return
        self._stopping = True
        os.eventfd_write(self._wake, 1)
        thread.join(_STOP_S)
        os.close(self._wake)

    def control(self, action: str, fields: Fields) -> Fields:
        """Do `action` at the terminal; returns its state. `DeviceError` where it cannot be done."""
        if action == "wait_for_authorisation":
            if not self._terminal.presented.wait(_number(fields, "timeout_s", 5)):
                raise DeviceError("No authorisation came.", "Start a payment at the lane, or wait longer.")
            return self._on_thread(lambda: None)
        job = self._actions(fields).get(action)
        if job is None:
            known = ", ".join([*self._actions(fields), "wait_for_authorisation"])
            raise DeviceError(f"A simulated terminal knows no action {action!r}.", f"Use one of: {known}.")
        return self._on_thread(job)

    def _actions(self, fields: Fields) -> dict[str, Callable[[], None]]:
        terminal = self._terminal
        return {
            "tap": terminal.card,
            "decline": lambda: terminal.fail(int(_number(fields, "code", DECLINED))),
            "cancel": lambda: terminal.fail(ABORTED),
            "abort": lambda: terminal.fail(ABORTED),
            "lose_answer": lambda: terminal.arm("lose_answer"),
            "drop_before_charge": lambda: terminal.arm("drop_before_charge"),
            "answer_late": lambda: terminal.arm("answer_late"),
            "answer": terminal.release,
            "wrong_amount": lambda: terminal.arm("wrong_amount"),
            "fail_next": lambda: self._fail(fields, "next_failure"),
            "fail_always": lambda: self._fail(fields, "failure"),
            "half": lambda: setattr(self._line, "fault", "half"),
            "garbage": lambda: setattr(self._line, "fault", "garbage"),
            "slow": lambda: setattr(self._line, "slow_s", _number(fields, "ms", 200) / 1000 if _flag(fields) else 0.0),
            "silent": lambda: setattr(self._line, "silent", _flag(fields)),
            "split": lambda: setattr(self._line, "split", _flag(fields)),
            "duplicate": lambda: setattr(terminal, "duplicate", _flag(fields)),
            "reject_registration": lambda: self._reject(fields),
            "auto": lambda: setattr(terminal, "auto", _mode(fields)),
            "charge": lambda: self._charge(fields),
            "say": lambda: self._line.tell(_hex(fields)),
            "unplug": self._unplug,
            "plug": self._plug,
            "state": lambda: None,
        }

    def _on_thread(self, job: Callable[[], None]) -> Fields:
        if self._thread is None:
            raise DeviceError(f"The simulated terminal {self.name!r} is not started.", "Start it first.")
        future: Future[Fields] = Future()
        self._jobs.append((job, future))
        os.eventfd_write(self._wake, 1)
        try:
            return future.result(_CONTROL_S)
        except FutureTimeoutError as error:
            raise DeviceError(f"The simulated terminal {self.name!r} hangs.", "Start it anew.") from error

    def _serve(self) -> None:
        try:
            while not self._stopping:
                self._turn()
        finally:
            self._unplug()

    def _turn(self) -> None:
        line = None if self._line.channel is None else self._line.channel.fileno()
        listener = self._listener_fd()
        left_s = self._line.left_s
        ready = wait_readable(
            _TURN_S if left_s is None else left_s, self._wake, *(fd for fd in (line, listener) if fd is not None)
        )
        if line in ready:
            for apdu in self._line.read():
                self._terminal.hear(apdu)
        if listener in ready:
            self._called()
        if self._wake in ready:
            with contextlib.suppress(BlockingIOError):
                os.eventfd_read(self._wake)
        self._line.send_due()
        while self._jobs:
            self._do(*self._jobs.popleft())

    def _do(self, job: Callable[[], None], future: Future[Fields]) -> None:
        try:
            job()
            future.set_result({**self._terminal.state(), "plugged": self.plugged})
        except (DeviceError, OSError) as error:
            future.set_exception(error)

    def _plug(self) -> None:
        raise NotImplementedError

    def _unplug(self) -> None:
        raise NotImplementedError

    def _listener_fd(self) -> int | None:
        return None

    def _called(self) -> None:
        """Somebody connects."""

    def _reject(self, fields: Fields) -> None:
        refusal = int(_number(fields, "code", REFUSED)) if _flag(fields) else None
        self._terminal.registration_refusal = refusal

    def _fail(self, fields: Fields, which: str) -> None:
        code = int(_number(fields, "code", DECLINED))
        setattr(self._terminal, which, code if _flag(fields) else None)

    def _charge(self, fields: Fields) -> None:
        """Book a charge that was made without us."""
        self._books.charge(int(_number(fields, "amount_minor", 100)))


class SimulatedZvtTerminal(BenchTerminal):
    """A terminal on the network; see drivers/payment/README.md for the actions of `control`, each returns its `state`.

    After `start`, `address` is where it is found; it stays the same through unplug and plug. `books` is a file that
    lets the charges survive its being killed.
    """

    def __init__(self, name: str, host: str = "127.0.0.1", port: int = 0, *, books: Path | None = None) -> None:
        super().__init__(name, Line(), books)
        self.address = (host, port)
        self._listener: socket.socket | None = None

    @property
    def plugged(self) -> bool:
        """Whether it listens."""
        return self._listener is not None

    def _listener_fd(self) -> int | None:
        return None if self._listener is None else self._listener.fileno()

    def _called(self) -> None:
        if self._listener is None:
            return
        with contextlib.suppress(OSError):
            sock, _ = self._listener.accept()
            # One register at a time: a new one takes the place of the one before, which is most likely dead.
            self._line.close()
            self._line.open(sock)
            self._terminal.connected()

    def _unplug(self) -> None:
        self._line.close()
        if self._listener is not None:
            self._listener.close()
        self._listener = None

    def _plug(self) -> None:
        if self._listener is None:
            self._listener = socket.create_server(self.address)
            self._listener.settimeout(0)
            host, port = self._listener.getsockname()[:2]
            self.address = (host, port)


def _flag(fields: Fields) -> bool:
    return bool(fields.get("on", True))


def _number(fields: Fields, key: str, default: float) -> float:
    value = fields.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise DeviceError(f"{key} is {value!r}.", "Give a number.")
    return value


def _mode(fields: Fields) -> str:
    mode = fields.get("mode", "approve")
    if mode not in ("approve", "decline", "off"):
        raise DeviceError(f"There is no mode {mode!r}.", "Use approve, decline or off.")
    return str(mode)


def _hex(fields: Fields) -> bytes:
    try:
        return bytes.fromhex(str(fields.get("hex", "")))
    except ValueError as error:
        raise DeviceError("That is not hex.", "Give the message as hex digits.") from error
