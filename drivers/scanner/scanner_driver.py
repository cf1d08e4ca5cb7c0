"""What every scanner's driver does around its own reader: hand over, drop repeats, one-shot, enable, health."""

from __future__ import annotations

import threading
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Protocol

from drivers.device import Category, DeviceError, Finding, HealthLevel, Sink, Slip
from drivers.scanner.codes import Repeats
from drivers.scanner.interface import BadRead, NoScan, NoScanReason, Scan
from drivers.transport.waiting import Deadline, wait_readable

# Nothing to check while idle: a device that goes away ends the wait by itself.
IDLE_S = 30.0
# How soon a one-shot that is waited for notices that it was cancelled.
CANCEL_S = 0.1
# A line that never falls silent is noise, and must not hold up who wants to begin anew.
CLEAR_S = 0.5

# A code that paused and was given up may go on: what comes so soon after it is its rest, not a code of its own. A
# person needs longer to show the next one.
TAIL_S = 0.6

# What a reader hands over: codes, bad reads, things to count, and what is so at the device.
Heard = Sequence[object]


class Reader(Protocol):
    """An open scanner: its transport and its codec together. Made anew by each `open`."""

    @property
    def gap_s(self) -> float:
        """How long a code may pause before it counts as broken off."""
        ...

    @property
    def pending(self) -> bool:
        """Whether a code has begun and not ended."""
        ...

    def fileno(self) -> int:
        """Return the descriptor to wait on."""
        ...

    def read(self) -> Heard:
        """Take in what is there, without waiting; return what it came to."""
        ...

    def break_off(self) -> Heard:
        """Give up on a code that began and was not ended."""
        ...

    def trigger(self, *, on: bool) -> bool:
        """Pull or release the trigger; False where the device cannot be told."""
        ...

    def enable(self, *, on: bool) -> bool:
        """Tell the device to read or not to; False where it cannot be told."""
        ...

    def beep(self, *, good: bool) -> bool:
        """Sound a good or a bad read; False where the device cannot be told."""
        ...

    def check(self, level: HealthLevel) -> Finding:
        """See `drivers.device.Driver.check_health`."""
        ...

    def close(self) -> None:
        """Give everything back; never raises."""
        ...


class MuteReader:
    """The part of a `Reader` that is the same wherever the device takes no commands."""

    def trigger(self, *, on: bool) -> bool:
        """See `Reader`; the device cannot be told."""
        del on
        return False

    def enable(self, *, on: bool) -> bool:
        """See `Reader`; the device cannot be told."""
        del on
        return False

    def beep(self, *, good: bool) -> bool:
        """See `Reader`; the device cannot be told."""
        del good
        return False


class ScannerDriver(ABC):
    """A `drivers.device.Driver` and a `drivers.scanner.interface.BarcodeScanner`; a model adds `open_reader`."""

    def __init__(
        self, alias: str, sink: Sink, *, duplicate_ms: int, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._alias = alias
        self._sink = sink
        self._clock = clock
        self._repeats = Repeats(duplicate_ms)
        self._reader: Reader | None = None
        self._gap = Deadline(0)
        self._tail = Deadline(0)
        self._enabled = True
        self._dropped = 0
        self._cancelled = threading.Event()

    @abstractmethod
    def open_reader(self) -> Reader:
        """Open the device; `DeviceError` where that cannot be."""

    @property
    def category(self) -> Category:
        """A scanner."""
        return Category.SCANNER

    def open(self) -> None:
        """Open the scanner; what was read before is forgotten. `DeviceError` where that cannot be."""
        self._repeats.reset()
        self._reader = self.open_reader()
        if not self._enabled:
            self._reader.enable(on=False)

    def close(self) -> None:
        """Give the scanner back."""
        reader, self._reader = self._reader, None
        if reader is not None:
            reader.close()

    def listen(self, wake_fd: int, emit: Sink) -> None:
        """Hand over the codes that come in; see `drivers.device.Driver.listen`."""
        # A cancel that came after its one-shot had ended must not end the next one.
        self._cancelled.clear()
        for record in self._hear(IDLE_S, wake_fd):
            self._pass_on(record, emit)

    def scan_once(self, request: str, timeout_s: float) -> Scan | NoScan:
        """See `BarcodeScanner.scan_once`."""
        reader = self._opened()
        deadline = Deadline(timeout_s)
        # Not the code that was read just before: a person shows one now.
        self.clear_input()
        if not self._enabled:
            reader.enable(on=True)
        reader.trigger(on=True)
        try:
            scan = self._await_scan(deadline)
        finally:
            cancelled = self._cancelled.is_set()
            self._cancelled.clear()
        reader.trigger(on=False)
        if not self._enabled:
            reader.enable(on=False)
        if scan is not None:
            return Scan(self._alias, scan.text, scan.aim, request)
        reason = NoScanReason.CANCELLED if cancelled else NoScanReason.TIMED_OUT
        return NoScan(self._alias, request, reason)

    def cancel_scan(self) -> None:
        """See `BarcodeScanner.cancel_scan`. From any thread."""
        self._cancelled.set()

    def beep(self, *, good: bool) -> bool:
        """See `BarcodeScanner.beep`."""
        return self._opened().beep(good=good)

    def set_enabled(self, *, enabled: bool) -> bool:
        """See `BarcodeScanner.set_enabled`. Holds over a loss: the scanner is told again when it comes back."""
        self._enabled = enabled
        return self._opened().enable(on=enabled)

    def clear_input(self) -> None:
        """See `BarcodeScanner.clear_input`."""
        reader = self._opened()
        deadline = Deadline(CLEAR_S)
        while wait_readable(0, reader.fileno()) and not deadline.passed:
            reader.read()
        self._broken_off(reader)
        self._repeats.reset()

    def check_health(self, level: HealthLevel) -> Finding:
        """See `drivers.device.Driver.check_health`. EXTERNAL sounds a beep where the scanner can be told to."""
        reader = self._opened()
        found = reader.check(level)
        if level is not HealthLevel.INTERNAL:
            # A code that came in while the scanner was asked.
            for record in reader.read():
                self._pass_on(record, self._sink)
        if not self._dropped:
            return found
        return replace(found, text=f"{found.text} {self._dropped} repeats were dropped.")

    def _await_scan(self, deadline: Deadline) -> Scan | None:
        """Return the first code. What comes in one piece with it is a second one, and nobody asked for that."""
        while not (deadline.passed or self._cancelled.is_set()):
            found: Scan | None = None
            for record in self._hear(min(deadline.left_s, CANCEL_S)):
                if isinstance(record, Scan):
                    found = found or record
                else:
                    self._pass_on(record, self._sink)
            if found is not None:
                self._repeats.drops(found, self._clock())
                return found
        return None

    def _hear(self, idle_s: float, *wake_fds: int) -> Heard:
        """Wait for the device, at most `idle_s` or until a code that has begun counts as broken off."""
        reader = self._opened()
        pending = reader.pending
        wait_s = min(self._gap.left_s, idle_s) if pending else idle_s
        if reader.fileno() in wait_readable(wait_s, reader.fileno(), *wake_fds):
            heard = self._without_tail(reader.read())
            self._gap = Deadline(reader.gap_s)
            return heard
        return self._broken_off(reader) if pending and self._gap.passed else ()

    def _broken_off(self, reader: Reader) -> Heard:
        heard = reader.break_off()
        if any(isinstance(record, BadRead) for record in heard):
            self._tail = Deadline(TAIL_S)
        return heard

    def _without_tail(self, heard: Heard) -> Heard:
        """Leave out what ends a code whose beginning was given up: half a code is another code."""
        if self._tail.passed:
            return heard
        ended = next((place for place, record in enumerate(heard) if isinstance(record, Scan | BadRead)), None)
        if ended is None:
            self._tail = Deadline(TAIL_S)
            return heard
        self._tail = Deadline(0)
        return [*heard[:ended], *heard[ended + 1 :]]

    def _pass_on(self, record: object, emit: Sink) -> None:
        if isinstance(record, Scan | BadRead) and not self._enabled:
            return
        if isinstance(record, Scan) and self._repeats.drops(record, self._clock()):
            self._dropped += 1
            return
        if isinstance(record, BadRead):
            emit(Slip.BAD_FRAME)
        emit(record)

    def _opened(self) -> Reader:
        if self._reader is None:
            raise DeviceError(f"The scanner {self._alias} is not open.", "Open it first.")
        return self._reader
