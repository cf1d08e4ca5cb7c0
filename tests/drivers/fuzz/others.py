"""All else that reads bytes of somebody else under fuzzing: signing service, recordings, lights, displays, control."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from drivers.device import DeviceError
from tests.drivers.fuzz.shared import of
from tests.drivers.fuzz.target import Again, Target, calling, describing, redacting, stream, whole


class _Lines:
    """Lines of a signing service, read as either side reads them."""

    def __init__(self) -> None:
        module = "signature.service_codec"
        self._framer: Any = of(module, "LineFramer")()
        self._readers = (of(module, "answer_from"), of(module, "question_from"))

    def feed(self, data: bytes) -> Iterator[object]:
        for line in self._framer.feed(data):
            yield tuple(read(line) for read in self._readers)


def _signature_service() -> Target:
    good = b'{"id":8,"signature":"c2lnbmVk"}\n'
    seeds = (
        good,
        b'{"id":7,"do":"identify"}\n',
        b'{"id":8,"do":"sign","data":"ZGF0YQ=="}\n',
        b'{"id":9,"error":"no"}\n',
    )
    return Target((*seeds, b'{"id":1,"x":[[{"a":[1]}]]}\n'), stream(_Lines, again=Again(b"\n" + good)))


def _recording() -> Target:
    read = of("transport.recording", "read_recording")
    lines: tuple[dict[str, object], ...] = (
        {
            "checklane_recording": 1,
            "device": "scale",
            "driver": "mettler_8217",
            "settings": {"port": "x"},
            "masked": False,
        },
        {"at_ms": 0, "side": "host", "event": "open"},
        {"at_ms": 12, "side": "host", "hex": "57"},
        {"at_ms": 60, "side": "device", "hex": "0230312e3233340d"},
        {"at_ms": 900, "side": "device", "event": "gone"},
    )

    def file(frame: bytes) -> None:
        memory = os.memfd_create("recording")
        try:
            os.write(memory, frame)
            recording = read(Path(f"/proc/self/fd/{memory}"))
        except DeviceError:
            return
        finally:
            os.close(memory)
        for step in recording.steps:
            assert isinstance(step.data, bytes)

    return Target((b"".join(json.dumps(line).encode() + b"\n" for line in lines),), whole(calling(file)))


def _control() -> Target:
    """Commands to a process of simulated devices; an error is an answer."""
    simulation = of("simulation", "Simulation")(Path("/nowhere"), [])
    seeds = (
        b'{"device": "scanner", "do": "scan", "text": "4006381333931"}',
        b'{"device": "scale", "do": "load", "grams": 5}',
    )
    return Target(seeds, whole(describing(simulation.answer)))


def _plain(module: str, *seeds: bytes) -> Target:
    """A codec that has nothing but `describe` and `redact`."""
    return Target(seeds, whole(describing(of(module, "describe")), redacting(of(module, "redact"))))


def _lcus() -> Target:
    states, answered = of("signal.codec_lcus", "states"), of("signal.codec_lcus", "answered")
    module = "signal.codec_lcus"
    looks = (describing(of(module, "describe")), redacting(of(module, "redact")))
    seeds = (b"\xa0\x01\x01\xa2", b"\xff", b"CH1: ON\r\nCH2: OFF\r\n", b"CH 1 :ON\r\n")
    return Target(seeds, whole(calling(states, lambda frame: answered(frame, {"green": 1, "red": 2})), *looks))


def _keys() -> Target:
    """Events of keypads and of the jack of a headset."""
    pack = of("transport.input_events", "EVENT").pack
    seeds = tuple(
        pack(0, 0, *event) + pack(0, 0, 0, 0, 0) for event in ((1, 28, 1), (1, 2, 1), (1, 30, 0), (5, 2, 1), (5, 4, 0))
    )
    pad, jack = "keypad.key_reader", "keypad.headset_jack"
    looks = (describing(of(pad, "describe")), redacting(of(pad, "redact")), redacting(of(jack, "redact")))
    return Target((*seeds, b"".join(seeds)), whole(*looks, calling(of(jack, "describe"))))


_DISPLAY = (b"\x0c", b"\x1bQAHello\r", b"\x1bl\x01\x02", b"\x1b@Milk 1.09", b"\x1f$\x01\x02", b"\x1b=\x02")

CODECS: dict[str, Callable[[], Target]] = {
    "signature_service": _signature_service,
    "recording": _recording,
    "simulation_control": _control,
    "signal_lcus": _lcus,
    "display_commands": lambda: _plain("display.commands", *_DISPLAY),
    "keypad": _keys,
    "drawer_serial": lambda: _plain("drawer.serial_drawer", b"\x07", b"\x1bp\x00\x19\x19"),
}
