"""Recordings of real conversations: one file of JSON lines for each, to look at and to play again.

The first line is the header, every other one piece of the conversation:

    {"checklane_recording": 1, "device": "scale", "driver": "mettler_8217", "settings": {...}, "masked": false}
    {"at_ms": 12, "side": "host", "hex": "57"}
    {"at_ms": 60, "side": "device", "hex": "0230312e3233340d"}
    {"at_ms": 900, "side": "device", "event": "close"}

`at_ms` counts from the first opening. Events are `open` and `close` (of the connection, by our side) and `gone` (the
device went away). Settings hold no secrets. A masked recording has all lengths as they were, and no card data.
"""

from __future__ import annotations

import contextlib
import enum
import logging
import os
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Literal, TypeVar

import msgspec

from drivers.device import DeviceError

log = logging.getLogger(__name__)

S = TypeVar("S", bound=msgspec.Struct)

# A day of a busy scale is some 30 MB; more than this is a recording that somebody forgot.
LARGEST_BYTES = 50_000_000
# A masked piece is held back until the other side speaks, so that it is masked as a whole; no frame is longer.
LONGEST_HELD = 1_000_000
_SECRETS = frozenset({"key", "passphrase", "password", "pin", "secret", "token", "polynomial", "generator", "checksum"})


class Side(enum.StrEnum):
    """Who said something."""

    HOST = "host"
    DEVICE = "device"


class Header(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What a recording is of."""

    checklane_recording: Literal[1] = 1
    device: str
    driver: str
    settings: dict[str, object] = {}
    masked: bool = False


class Step(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, omit_defaults=True):
    """One line: bytes in hexadecimal, or an event."""

    at_ms: Annotated[int, msgspec.Meta(ge=0)]
    side: Side
    hex: str = ""
    event: Literal["", "open", "close", "gone"] = ""

    @property
    def data(self) -> bytes:
        """The bytes."""
        return bytes.fromhex(self.hex)


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that was read."""

    header: Header
    steps: tuple[Step, ...]


def without_secrets(settings: Mapping[str, object]) -> dict[str, object]:
    """Return settings with the value of every key that may be secret replaced by asterisks."""
    return {key: "***" if _SECRETS.intersection(key.split("_")) else value for key, value in settings.items()}


def blank(data: bytes) -> bytes:
    """Mask all of it: as many zeros."""
    return bytes(len(data))


class Recorder:
    """Writes a recording. Safe from any thread; a full disk ends the recording and never the device.

    With `mask` (bytes in, as many bytes out, without card data) pieces of one side are put together until the other
    side speaks, since a card number may be cut in two. The file is readable by its owner only.
    """

    def __init__(
        self,
        path: Path,
        header: Header,
        *,
        mask: Callable[[bytes], bytes] | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._mask = mask
        self._clock = clock
        self._lock = threading.Lock()
        self._begun_s: float | None = None
        self._held: tuple[int, Side, bytearray] | None = None
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        except OSError as error:
            remedy = "Name a folder that this program may write to."
            raise DeviceError(f"The recording {path} cannot be written: {error.strerror}.", remedy) from error
        self._file = os.fdopen(descriptor, "w", encoding="utf-8")
        self._left = LARGEST_BYTES
        self._line(msgspec.json.encode(msgspec.structs.replace(header, masked=mask is not None)).decode())

    def data(self, side: Side, data: bytes) -> None:
        """Write down what `side` said."""
        with self._lock:
            if self._mask is None:
                self._write(Step(at_ms=self._now_ms(), side=side, hex=data.hex()))
                return
            if self._held is not None and self._held[1] is not side:
                self._let_go()
            if self._held is None:
                self._held = (self._now_ms(), side, bytearray())
            # What is too long to be a frame is of no use, and of no danger where it ends.
            self._held[2].extend(data[: LONGEST_HELD - len(self._held[2])])

    def event(self, side: Side, event: Literal["open", "close", "gone"]) -> None:
        """Write down that the connection was opened or closed, or the device went away."""
        with self._lock:
            self._let_go()
            self._write(Step(at_ms=self._now_ms(), side=side, event=event))

    def close(self) -> None:
        """End the recording; may be called twice."""
        with self._lock:
            self._let_go()
            with contextlib.suppress(OSError):
                self._file.close()

    def _let_go(self) -> None:
        held, self._held = self._held, None
        if held is not None and self._mask is not None:
            self._write(Step(at_ms=held[0], side=held[1], hex=self._mask(bytes(held[2])).hex()))

    def _now_ms(self) -> int:
        now = self._clock()
        if self._begun_s is None:
            self._begun_s = now
        return int((now - self._begun_s) * 1000)

    def _write(self, step: Step) -> None:
        self._line(msgspec.json.encode(step).decode())

    def _line(self, line: str) -> None:
        if self._file.closed:
            return
        self._left -= len(line) + 1
        try:
            if self._left < 0:
                raise OSError(0, "it is full")  # noqa: TRY301 # ends like a disk that is full
            self._file.write(line + "\n")
            self._file.flush()
        except OSError as error:
            log.warning("recording.ended reason=%s", error.strerror)
            # Closing tries to write once more what could not be written.
            with contextlib.suppress(OSError):
                self._file.close()


def read_recording(path: Path) -> Recording:
    """Read a recording; a last line that was cut off is left out. Permanent `DeviceError` that names a wrong line."""
    try:
        lines = path.read_text(encoding="utf-8").split("\n")
    except (OSError, UnicodeDecodeError) as error:
        raise _unreadable(path, str(getattr(error, "strerror", None) or "it is no text")) from error
    whole = lines[:-1]
    if not whole:
        raise _unreadable(path, "it is empty")
    header = _decode(path, 1, whole[0], Header)
    return Recording(header, tuple(_step(path, number, line) for number, line in enumerate(whole[1:], 2)))


def _step(path: Path, number: int, line: str) -> Step:
    step = _decode(path, number, line, Step)
    try:
        bytes.fromhex(step.hex)
    except ValueError as error:
        raise _unreadable(path, f"line {number} holds no hexadecimal digits") from error
    return step


def _decode(path: Path, number: int, line: str, kind: type[S]) -> S:
    try:
        return msgspec.json.decode(line, type=kind)
    except (msgspec.DecodeError, RecursionError) as error:
        # Deeper than any recording is nested: no file of ours, however it came about.
        raise _unreadable(path, f"line {number}: {error}") from error


def _unreadable(path: Path, why: str) -> DeviceError:
    remedy = "Record it anew by `python -m drivers record`."
    return DeviceError(f"{path} is no recording of a device: {why}.", remedy, permanent=True)
