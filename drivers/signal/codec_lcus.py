"""The protocol of LCUS USB relay boards (CH340): pure.

A command is `A0 channel state sum`, state 01 on or 00 off, sum the low byte of the three before: `A0 01 01 A2` switches
relay 1 on, `A0 01 00 A1` off; 9600 8N1 (data sheet of the LC USB switch). Boards with several relays answer `FF` with a
line for each: `CH1: ON` CR LF; a board with one does not answer.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

HEAD = 0xA0
ASK = b"\xff"
# "CH8: OFF" and its end, eight times, with room for spaces.
LONGEST = 256

_STATE = re.compile(rb"CH ?([1-9]\d?) ?: ?(ON|OFF)", re.IGNORECASE)


def switch(channel: int, *, on: bool) -> bytes:
    """Return the command that switches a relay, `channel` 1 to 254."""
    head = bytes((HEAD, channel, int(on)))
    return head + bytes((sum(head) & 0xFF,))


def states(answer: bytes) -> dict[int, bool]:
    """Return what an answer says of each relay; what it does not name is not in it."""
    return {int(channel): state.upper() == b"ON" for channel, state in _STATE.findall(answer[-LONGEST:])}


def answered(received: bytes, channels: Mapping[str, int]) -> bool:
    """Whether an answer names all of these relays, the last one to its end."""
    return set(channels.values()) <= set(states(received))


def describe(frame: bytes) -> dict[str, object]:
    """Return what a frame is, for a technician; never raises."""
    if frame == ASK:
        return {"command": "ask"}
    if len(frame) == 4 and frame[0] == HEAD:
        if sum(frame[:3]) & 0xFF != frame[3]:
            return {"error": "wrong checksum"}
        return {"command": "switch", "channel": frame[1], "on": frame[2] == 1}
    found = states(frame)
    return {"relays": {str(channel): on for channel, on in found.items()}} if found else {"error": "no frame"}


def redact(data: bytes) -> str:
    """Return what may be shown of what went over the line: all of it."""
    return data.hex(" ")
