"""What is so at a printer and what to do about it, from its status. Pure."""

from __future__ import annotations

from drivers.device import Condition, Severity
from drivers.printer.status import PrinterStatus

PAPER_OUT = Condition("paper_out", Severity.FAULT, "The receipt printer is out of paper.", "Put in a new paper roll.")
PAPER_LOW = Condition(
    "paper_low", Severity.WARNING, "The paper roll of the receipt printer is nearly used up.", "Have a new roll ready."
)
COVER_OPEN = Condition(
    "cover_open", Severity.FAULT, "The cover of the receipt printer is open.", "Close it until it clicks."
)
CUTTER_ERROR = Condition(
    "cutter_error",
    Severity.FAULT,
    "The cutter of the receipt printer is stuck.",
    "Open the cover, take out jammed paper and close it again. If it stays so, switch the printer off and on.",
)
PRINTER_ERROR = Condition(
    "printer_error",
    Severity.FAULT,
    "The receipt printer reports a fault of its mechanism.",
    "Switch it off and on. If the fault stays, have the printer replaced.",
)
HEAD_HOT = Condition(
    "head_hot", Severity.FAULT, "The receipt printer is too hot to print.", "Wait a minute: it goes on by itself."
)
UNCONFIRMED_PRINTING = Condition(
    "unconfirmed_printing",
    Severity.WARNING,
    "This receipt printer cannot say whether it has printed.",
    "Look at the paper after each receipt. Use a printer that reports its status where receipts must be proven.",
)
OFFLINE = Condition(
    "offline",
    Severity.FAULT,
    "The receipt printer is offline.",
    "See whether its cover is closed and its paper is in, and press its feed button once.",
)


def conditions(status: PrinterStatus) -> tuple[Condition, ...]:
    """What is so at the printer, worst first; `offline` only where nothing tells why, `paper_low` only with paper."""
    faults = (
        (status.unrecoverable or status.mechanical_error, PRINTER_ERROR),
        (status.cutter_error, CUTTER_ERROR),
        (status.cover_open, COVER_OPEN),
        (status.paper_out, PAPER_OUT),
        (status.head_hot, HEAD_HOT),
    )
    found = [condition for so, condition in faults if so]
    if status.offline and not found:
        found.append(OFFLINE)
    if status.paper_low and not status.paper_out:
        found.append(PAPER_LOW)
    return tuple(found)
