"""An NFC reader by nfcpy: chips such as PN532 at a serial port or RC-S380 at USB, without pcscd in between."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from drivers.device import Category, Conditions, DeviceError, Finding, HealthLevel, Sink, Slip
from drivers.nfc.interface import TagKind, TagPresent, TagProblem, TagRemoved
from drivers.nfc.nfcpy_link import TECHNOLOGIES, NfcpyLink, NfcpyTag, locate, open_nfcpy
from drivers.nfc.recognition import Recognition, Saw, TagGoneError, TagSettings
from drivers.transport.waiting import Deadline, wait_readable


@dataclass(frozen=True, slots=True)
class NfcpyWaits:
    """Waits in seconds.

    `pause_s`: between two looks. `check_s`: how often `listen` returns. `slow_s`, `slow_times`: a reader whose looks
    take that long so many times in a row is opened anew (one takes 1 s at most; github.com/nfcpy/nfcpy/issues/62:
    slower and slower after hours). `interactive_s`: for a person to hold a tag to the reader.
    """

    pause_s: float = 0.1
    check_s: float = 2.0
    slow_s: float = 3.0
    slow_times: int = 3
    interactive_s: float = 20.0


class NfcpySettings(TagSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a reader by nfcpy.

    `device`: "usb:072f:2200" (and `serial` or `usb_port` of two alike), "tty:/dev/serial/by-id/...:pn532",
    "tty:AMA0:pn532", or "udp:127.0.0.1:54321" for a simulated one.
    """

    driver: str
    device: Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
    serial: Annotated[str, msgspec.Meta(max_length=128)] = ""
    usb_port: Annotated[str, msgspec.Meta(max_length=256)] = ""


class NfcpyReader:
    """Driver of a reader by nfcpy; see `drivers.device.Driver`. Emits `TagPresent` and `TagRemoved`."""

    def __init__(  # noqa: PLR0913 # what every driver is handed, and what tests replace
        self,
        alias: str,
        settings: NfcpySettings,
        sink: Sink,
        data_folder: Path,
        *,
        opener: Callable[[str], NfcpyLink] = open_nfcpy,
        saw: Saw = lambda _side, _data: None,
        waits: NfcpyWaits | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._alias = alias
        self._settings = settings
        self._sink = sink
        self._data_folder = data_folder
        self._opener = opener
        self._saw = saw
        self._waits = waits or NfcpyWaits()
        self._clock = clock
        self._technologies = itertools.cycle(TECHNOLOGIES)
        self._link: NfcpyLink | None = None
        self._recognition: Recognition | None = None
        self._tag: NfcpyTag | None = None
        self._slow = 0

    @property
    def category(self) -> Category:
        """An NFC reader."""
        return Category.NFC_READER

    def open(self) -> None:
        """Find and open the reader; returns when its chip has answered. A simulated one (UDP) cannot be asked."""
        settings = self._settings
        path = locate(settings.device, settings.serial, settings.usb_port)
        self._recognition = Recognition(self._alias, settings, self._data_folder)
        self._link = self._opener(path)
        self._slow = 0
        self._sink(Conditions(()))

    def listen(self, wake_fd: int, emit: Sink) -> None:
        """Look for tags, one technology at a time; see `drivers.device.Driver.listen`."""
        deadline = Deadline(self._waits.check_s)
        while not (wait_readable(min(self._waits.pause_s, deadline.left_s), wake_fd) or deadline.passed):
            if self._tag is None:
                self._look(emit)
            elif not self._tag.present():
                self._leave(emit)

    def check_health(self, level: HealthLevel) -> Finding:
        """INTERNAL: that the reader is open; EXTERNAL: its firmware; INTERACTIVE: that it sees a tag."""
        link = self._opened()
        if level is HealthLevel.INTERNAL:
            return Finding(True, f"{self._settings.device} is connected.")
        if level is HealthLevel.EXTERNAL:
            return Finding(True, f"{self._settings.device} answers: {link.version()}.")
        deadline = Deadline(self._waits.interactive_s)
        while not deadline.passed:
            # A tag that is here already is told of and stays so.
            if self._tag is not None or self._sense() is not None:
                return Finding(True, f"{self._settings.device} sees a tag.")
        return Finding(False, f"{self._settings.device} saw no tag.", "Hold a tag flat to the middle of the reader.")

    def close(self) -> None:
        """Give the reader back; what lay on it is no longer known to."""
        link, self._link = self._link, None
        recognition, self._recognition = self._recognition, None
        self._leave(self._sink)
        if recognition is not None:
            recognition.close()
        if link is not None:
            link.close()

    def _look(self, emit: Sink) -> None:
        started = self._clock()
        tag = self._sense()
        self._watch(self._clock() - started, emit)
        if tag is not None:
            told = self._read(tag, emit)
            self._tag = tag
            emit(told)

    def _sense(self) -> NfcpyTag | None:
        return self._opened().sense(next(self._technologies))

    def _read(self, tag: NfcpyTag, emit: Sink) -> TagPresent:
        recognition = self._recognition
        if recognition is None:
            raise _closed(self._alias)
        try:
            return recognition.recognise(tag.read(self._saw), emit)
        except TagGoneError:
            return TagPresent(self._alias, "", TagKind.OTHER, problem=TagProblem.REMOVED_TOO_SOON)

    def _watch(self, took_s: float, emit: Sink) -> None:
        self._slow = self._slow + 1 if took_s > self._waits.slow_s else 0
        if self._slow >= self._waits.slow_times:
            emit(Slip.TIMEOUT)
            raise DeviceError(
                f"The NFC reader {self._alias} has become slow.", "It is opened anew; if it stays so, replace it."
            )

    def _leave(self, emit: Sink) -> None:
        tag, self._tag = self._tag, None
        if tag is not None:
            emit(TagRemoved(self._alias))

    def _opened(self) -> NfcpyLink:
        if self._link is None:
            raise _closed(self._alias)
        return self._link


def _closed(alias: str) -> DeviceError:
    return DeviceError(f"The NFC reader {alias} is not open.", "Open it first.")
