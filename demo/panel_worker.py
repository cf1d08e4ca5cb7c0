"""The bench panel's one thread beside its window: sends commands to the simulated devices and asks how they are."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Mapping
from typing import Protocol

from demo.panel_model import DEVICES, Answer, Bench, Command, Outcome
from drivers.device import DeviceError

PERIOD_S = 0.5
STOP_S = 5.0
# Counters that rise all the time and that nobody looks at: a change of them alone is none.
NOISE = frozenset({"requests", "received", "connections", "commands_waiting", "lines_hanging"})


class Handle(Protocol):
    """What acts on simulated devices; `drivers.control.ControlHandle` does."""

    def do(self, device: str, action: str, **fields: object) -> dict[str, object]:
        """Do `action` at `device` and return what it tells; `DeviceError` where it refuses or does not answer."""
        ...


class Worker:
    """Acts on the devices and asks how they are, on its own thread.

    `handles` leads from a device's name to what acts on it. Between two rounds of questions it waits `period_s`, or
    until a command is posted.
    """

    def __init__(self, handles: Mapping[str, Handle], period_s: float = PERIOD_S) -> None:
        self._handles = handles
        self._period_s = period_s
        self._heard: Callable[[Bench], None] = lambda _bench: None
        self._done: Callable[[Outcome], None] = lambda _outcome: None
        self._posted: deque[Command] = deque()
        self._changed = threading.Condition()
        self._stopping = False
        self._bench = Bench()
        self._receipts = -1
        self._thread = threading.Thread(target=self._run, name="bench devices", daemon=True)

    def start(self, heard: Callable[[Bench], None], done: Callable[[Outcome], None]) -> None:
        """Begin: `heard` gets every changed state, `done` the outcome of every command, both on this thread."""
        self._heard, self._done = heard, done
        self._thread.start()

    def stop(self) -> None:
        """End; a device that hangs is not waited for longer than `STOP_S`."""
        with self._changed:
            self._stopping = True
            self._changed.notify()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def post(self, command: Command) -> None:
        """Have a command done soon, after those before it; from any thread."""
        with self._changed:
            if self._posted and _supersedes(command, self._posted[-1]):
                self._posted.pop()
            self._posted.append(command)
            self._changed.notify()

    def _run(self) -> None:
        while not self._stopping:
            self._ask_all()
            with self._changed:
                self._changed.wait_for(lambda: self._posted or self._stopping, self._period_s)

    def _ask_all(self) -> None:
        answers = {}
        for device in DEVICES:
            # A device that hangs must not hold up what a person presses for the others.
            self._do_posted()
            if self._stopping:
                return
            answers[device] = self._ask(device)
        bench = Bench(answers, self._receipt(answers["printer"]))
        if bench != self._bench:
            self._bench = bench
            self._heard(bench)

    def _do_posted(self) -> None:
        while True:
            with self._changed:
                if not self._posted or self._stopping:
                    return
                command = self._posted.popleft()
            self._done(self._do(command))

    def _do(self, command: Command) -> Outcome:
        handle = self._handles.get(command.device)
        if handle is None:
            return Outcome(command, f"There is no {command.device} on this bench.")
        try:
            handle.do(command.device, command.action, **command.fields)
        except DeviceError as error:
            return Outcome(command, f"{error.message} {error.remedy}")
        return Outcome(command)

    def _ask(self, device: str) -> Answer:
        handle = self._handles.get(device)
        if handle is None:
            return Answer(trouble=f"There is no {device} on this bench.")
        try:
            told = handle.do(device, "state")
        except DeviceError as error:
            return Answer(trouble=error.message)
        return Answer({name: value for name, value in told.items() if name not in NOISE})

    def _receipt(self, printer: Answer) -> str:
        """The path of the last receipt's picture; asked for only where one has come."""
        count = printer.number("receipts")
        if not printer.heard or count == self._receipts:
            return self._bench.receipt
        self._receipts = count
        try:
            told = Answer(self._handles["printer"].do("printer", "receipts")).rows("receipts")
        except DeviceError:
            self._receipts = -1
            return self._bench.receipt
        files = told[-1].get("files") if told else None
        return str(files.get("png", "")) if isinstance(files, dict) else ""


def _supersedes(command: Command, before: Command) -> bool:
    same = (command.device, command.action) == (before.device, before.action)
    return same and before.passing
