"""What is so at a label printer and what to do about it. Pure."""

from __future__ import annotations

from drivers.device import Condition, Severity
from drivers.printer.zpl_status import HostStatus


def conditions(status: HostStatus) -> tuple[Condition, ...]:
    """What is so at the printer, worst first."""
    found = (
        (status.head_open, "head_open", "Its print head is open.", "Close it until it clicks."),
        (status.media_out, "media_out", "It is out of labels.", "Put in a new roll of labels."),
        (status.ribbon_out, "ribbon_out", "Its ribbon is used up.", "Put in a new ribbon."),
        (status.hot, "head_hot", "It is too hot to print.", "Wait a minute: it goes on by itself."),
        (status.paused, "paused", "It is paused.", "Press its PAUSE button once."),
        (status.full, "buffer_full", "Its buffer is full.", "Switch it off and on; print fewer labels at once."),
    )
    warnings = (
        (status.waiting, "label_waiting", "A label waits to be taken.", "Take it off."),
        (status.cold, "head_cold", "It is cold; labels may come out pale.", "Let it warm up."),
        (status.corrupt, "settings_lost", "It has lost its settings.", "Set it up anew, and calibrate it."),
    )
    return (
        *(_made(Severity.FAULT, *rest) for so, *rest in found if so),
        *(_made(Severity.WARNING, *rest) for so, *rest in warnings if so),
    )


def _made(severity: Severity, code: str, message: str, remedy: str) -> Condition:
    return Condition(code, severity, f"The label printer: {message[0].lower()}{message[1:]}", remedy)
