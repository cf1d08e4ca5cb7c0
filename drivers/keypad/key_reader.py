"""Input events in, keys out: the pure half of the tactile keypad."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from evdev import ecodes

from drivers.keypad.interface import Key
from drivers.keypad.key_maps import Meaning
from drivers.transport.input_events import EV_KEY, EV_SYN, EVENT, SYN_DROPPED, SYN_REPORT, EventFramer, InputEvent

DOWN, HELD = 1, 2
# Holding these means more of it; any other key that is held was pressed once.
_REPEATING = frozenset({Key.LOUDER, Key.SOFTER})


@dataclass(frozen=True, slots=True)
class Press:
    """A key that has a meaning went down, or is held and repeats."""

    meaning: Meaning
    repeated: bool = False


class KeyReader:
    """Follows one node. Events that the kernel lost make it skip what is left of the broken report."""

    def __init__(self, keys: Mapping[int, Meaning]) -> None:
        self._keys = keys
        self._framer = EventFramer()
        self._skipping = False

    def feed(self, data: bytes) -> list[Press]:
        """Return what was pressed by these bytes, in order."""
        return list(self._presses(self._framer.feed(data)))

    def _presses(self, events: Iterable[InputEvent]) -> Iterator[Press]:
        for event in events:
            if event.kind == EV_SYN:
                if event.code == SYN_DROPPED:
                    self._skipping = True
                elif event.code == SYN_REPORT:
                    self._skipping = False
            elif event.kind == EV_KEY and not self._skipping:
                press = self._press(event)
                if press is not None:
                    yield press

    def _press(self, event: InputEvent) -> Press | None:
        meaning = self._keys.get(event.code)
        if meaning is None or event.value not in (DOWN, HELD):
            return None
        if event.value == HELD and meaning not in _REPEATING:
            return None
        return Press(meaning, repeated=event.value == HELD)


def describe(frame: bytes) -> dict[str, object]:
    """Return which keys went down in a frame, for a technician; never raises.

    Keys by the names of the kernel, but "digit" and "letter" for these: they may be part of a PIN.
    """
    if not frame or len(frame) % EVENT.size:
        return {"error": f"{len(frame)} bytes are no input events of {EVENT.size}"}
    events = EventFramer().feed(frame)
    down = [event.code for event in events if event.kind == EV_KEY and event.value == DOWN]
    return {"events": len(events), "keys": [_shown(code) for code in down]}


def redact(data: bytes) -> str:
    """Return what may be shown of what a keypad typed: how many events, never which."""
    return f"{len(data) // EVENT.size} events"


def _shown(code: int) -> str:
    names = ecodes.KEY.get(code, f"key {code}")
    name = str(names if isinstance(names, str) else names[0])
    typed = name.removeprefix("KEY_").removeprefix("KP")
    if len(typed) != 1:
        return name
    return "digit" if typed.isdigit() else "letter"
