"""Replies of a printer in words, for a technician who holds bytes in hand; nothing of it is used for printing. Pure."""

from __future__ import annotations

from drivers.printer.conditions import conditions
from drivers.printer.status import (
    AutomaticStatus,
    Demultiplexer,
    FlowControl,
    InStream,
    Noise,
    PrinterStatus,
    ProcessId,
    RealTime,
    Reply,
    after_automatic,
    after_real_time,
)

_QUESTIONS = {1: "printer", 2: "offline_cause", 3: "error_cause", 4: "paper"}
_SHOWN_BYTES = 32


def describe(frame: bytes) -> dict[str, object]:
    """What a piece of a printer's replies says, as {"replies": [...]}; "rest" is what its last reply still lacks.

    A DLE EOT answer does not name its question, so it is given as what it means for each of the four.
    """
    demultiplexer = Demultiplexer()
    replies: list[object] = [_reply(reply) for reply in demultiplexer.feed(frame)]
    found: dict[str, object] = {"replies": replies}
    if demultiplexer.pending:
        found["rest"] = demultiplexer.pending.hex(" ")
    return found


def redact(data: bytes) -> str:
    """A frame for the ring of last frames: its length and its first bytes, which are commands and status."""
    shown = data[:_SHOWN_BYTES].hex(" ")
    return shown if len(data) <= _SHOWN_BYTES else f"{len(data)} bytes: {shown} ..."


def _reply(reply: Reply) -> dict[str, object]:
    match reply:
        case RealTime(value):
            meanings = {name: _of(after_real_time(PrinterStatus(), n, value)) for n, name in _QUESTIONS.items()}
            return {"kind": "real_time", "value": f"{value:02x}", "if_asked_for": meanings}
        case AutomaticStatus(data):
            return {"kind": "automatic", "value": data.hex(" "), **_of(after_automatic(PrinterStatus(), data))}
        case InStream(value):
            return {"kind": "in_stream", "value": f"{value:02x}", "paper_low": bool(value & 0x03)}
        case ProcessId(process_id):
            return {"kind": "process_id", "id": process_id.decode("ascii", "replace")}
        case FlowControl(ready):
            return {"kind": "flow_control", "ready": ready}
        case Noise(data):
            return {"kind": "noise", "value": data.hex(" ")}


def _of(status: PrinterStatus) -> dict[str, object]:
    return {"conditions": [found.code for found in conditions(status)], "drawer_high": status.drawer_high}
