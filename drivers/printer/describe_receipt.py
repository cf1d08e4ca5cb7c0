"""What is sent to an ESC/POS printer, read back as paper for a technician who holds bytes in hand. Pure."""

from __future__ import annotations

from drivers.printer.paper import Cut, Pulse, read, text_of

# More than a till's longest receipt; what is longer is a picture book.
LONGEST = 1_000_000


def describe(frame: bytes) -> dict[str, object]:
    """Return `text` as it stands on the paper, how often it is `cut` and how often a drawer is kicked (`pulses`)."""
    if not frame:
        return {"error": "There is nothing to print."}
    if len(frame) > LONGEST:
        return {"error": f"This is more than {LONGEST} bytes."}
    marks = read(frame)
    return {
        "text": text_of(marks),
        "cuts": sum(isinstance(mark, Cut) for mark in marks),
        "pulses": sum(isinstance(mark, Pulse) for mark in marks),
    }
