"""The events of input devices (keyboards, keypads, jacks): bytes in, events out, and back. Pure.

Source: linux/input.h and linux/input-event-codes.h.
"""

from __future__ import annotations

from struct import Struct
from typing import Final, NamedTuple

# Types, and the codes of EV_SYN.
EV_SYN: Final = 0
EV_KEY: Final = 1
EV_SW: Final = 5
SYN_REPORT: Final = 0
SYN_DROPPED: Final = 3

# struct input_event: seconds, microseconds, type, code, value.
EVENT: Final = Struct("@llHHi")


class InputEvent(NamedTuple):
    """One event: `kind` is its type (EV_KEY...), `code` the key or switch, `value` 1 down, 0 up, 2 held."""

    kind: int
    code: int
    value: int


class EventFramer:
    """Bytes in, events out: whole ones, as a device node gives them, or any pieces, as a stream does."""

    def __init__(self) -> None:
        self._rest = b""

    def feed(self, data: bytes) -> list[InputEvent]:
        """Return the events that are complete now."""
        data = self._rest + data
        whole = len(data) - len(data) % EVENT.size
        self._rest = data[whole:]
        return [InputEvent(kind, code, value) for _, _, kind, code, value in EVENT.iter_unpack(data[:whole])]


def packed(*events: InputEvent) -> bytes:
    """Return events as a node of the kernel gives them, the last one being the report that ends them."""
    return b"".join(EVENT.pack(0, 0, *event) for event in [*events, InputEvent(EV_SYN, SYN_REPORT, 0)])
