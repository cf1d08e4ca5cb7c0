"""`replay`: runs a driver against a recording of its device, and prints what it makes of it."""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, NoReturn, ParamSpec, TypeVar, cast

from drivers.assembly import Device, described
from drivers.device import Category, DeviceChanged, DeviceError
from drivers.entry import chosen
from drivers.outfit import Outfit
from drivers.supervisor import Supervisor, Waits
from drivers.tool.bench import Asker, Ended, Feed, Teller, ended_by_signals, scales_of
from drivers.tool.choosing import Entries, typed
from drivers.tool.errors import FAILED, PASSED, UsageError
from drivers.transport.interface import Transport
from drivers.transport.recording import Header, Recording, read_recording
from drivers.transport.replay import Replay, Script
from drivers.transport.serial import Line, SerialTransport
from drivers.transport.tap import Tap
from drivers.transport.tcp import TcpTransport
from drivers.transport.waiting import Deadline

P = ParamSpec("P")
T = TypeVar("T", bound=Transport)

_HIDDEN: Final = "***"
_AT_ONCE: Final = Waits(backoff_s=(0.05,), jitter=0.0)


@dataclass(frozen=True, slots=True)
class Moved:
    """The replay has come to another place; `done` says that all of it was said, and read."""

    done: bool


def run(options: argparse.Namespace, entries: Entries) -> int:
    """Replay a recording; returns the exit status: failed where the driver leaves it or stays behind."""
    recording = read_recording(options.recording)
    feed, script = Feed(), Script(recording)
    device = _device(recording.header, options.words, entries)
    teller = Teller(show_codes=options.show_codes)
    if recording.header.masked:
        sys.stderr.write("Card data in this recording is masked.\n")
    with _lane(device, script, feed) as supervisor:
        asker = Asker(scales_of([supervisor]), feed)
        while True:
            told = feed.next(Deadline(options.wait))
            if told is None or script.departure or isinstance(told, Ended) or told == Moved(done=True):
                break
            asker.saw(told)
            teller.tell(told)
    for late in feed.rest():
        if not isinstance(late, DeviceChanged):
            teller.tell(late)
    return _verdict(script, recording)


def _verdict(script: Script, recording: Recording) -> int:
    if script.departure:
        sys.stdout.write(f"The driver left the recording. {script.departure}\n")
        return FAILED
    if not script.done:
        sys.stdout.write(
            f"It stopped at step {script.step} of {len(recording.steps)}: the driver says nothing there.\n"
        )
        return FAILED
    sys.stdout.write(f"All of {len(recording.steps)} steps were played.\n")
    return PASSED


def _device(header: Header, words: list[str], entries: Entries) -> Device:
    entry = chosen(header.device, {"driver": header.driver}, entries)
    if not {"host", "port"} & header.settings.keys() or entry.category is Category.NFC_READER:
        raise DeviceError(
            f"A recording of {header.driver} cannot be replayed: its device is more than a stream of bytes.",
            "Look at its frames with `python -m drivers decode`.",
        )
    plain = [word for word in words if "=" not in word]
    if plain:
        raise UsageError(f"{plain[0]!r} is no setting.", "Add KEY=VALUE for what the recording leaves out.")
    known = {key: value for key, value in header.settings.items() if value != _HIDDEN}
    return described(header.device, {**known, "driver": header.driver, **typed(words, entry)}, entries)


@contextmanager
def _lane(device: Device, script: Script, feed: Feed) -> Iterator[Supervisor[Any]]:
    with tempfile.TemporaryDirectory(prefix="checklane-tool-") as scratch, ended_by_signals(feed):
        outfit = Outfit(Path(scratch), _ReplayTap(script, feed.put))
        supervisor: Supervisor[Any] = Supervisor(
            device.alias, lambda sink: device.make(sink, outfit), feed.put, waits=_AT_ONCE
        )
        supervisor.start()
        try:
            yield supervisor
        finally:
            supervisor.request_stop()
            if supervisor.driver.category is Category.SCALE:
                supervisor.interrupt(lambda scale: scale.cancel_weigh())
            supervisor.stop()


class _Player(Replay):
    """A replay that tells how far it is. After the end of the recording the device is silent."""

    def __init__(self, script: Script, tell: Callable[[object], None]) -> None:
        super().__init__(script)
        self._tell = tell

    def read(self, deadline_s: float) -> bytes:
        data = super().read(deadline_s)
        if data:
            self._moved()
        return data

    def write_all(self, data: bytes, deadline_s: float) -> None:
        if self._script.done:
            return
        super().write_all(data, deadline_s)
        self._moved()

    def _moved(self) -> None:
        self._tell(Moved(done=self._script.done and not self._said))


class _ReplayTap(Tap):
    """A tap that opens the recording instead of a device, as often as the driver likes: it goes on where it was."""

    def __init__(self, script: Script, tell: Callable[[object], None]) -> None:
        super().__init__()
        self._script = script
        self._tell = tell

    def serial(self, path: str, line: Line) -> SerialTransport:
        """See `Tap.serial`."""
        del path, line
        return cast("SerialTransport", _Player(self._script, self._tell))

    def tcp(self, host: str, port: int, deadline_s: float) -> TcpTransport:
        """See `Tap.tcp`."""
        del host, port, deadline_s
        return cast("TcpTransport", _Player(self._script, self._tell))

    def opener(self, make: Callable[P, T]) -> Callable[P, T]:
        """Refuse when it is opened: such a device is more than a stream of bytes."""
        del make

        def refuse(*_: P.args, **__: P.kwargs) -> NoReturn:
            raise DeviceError(
                "A recording of this device cannot be replayed.",
                "Look at its frames with `python -m drivers decode`.",
                permanent=True,
            )

        return refuse
