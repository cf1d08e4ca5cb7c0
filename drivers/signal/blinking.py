"""Which lamps burn at which moment: pure, from the time since they were set, so that nothing drifts."""

from __future__ import annotations

from drivers.signal.interface import Blink, Colour, Lamps

# On for so long and off for as long. Never above three flashes a second, which may bring on a seizure (WCAG 2.3.1),
# and slow enough for a relay.
HALF_MS = {Blink.SLOW: 1000, Blink.FAST: 250}


def burning(lamps: Lamps, since_ms: int) -> frozenset[Colour]:
    """Return the lamps that burn `since_ms` after they were set; a blinking one begins with being on."""
    return frozenset(colour for colour, blink in _last_word(lamps).items() if _on(blink, since_ms))


def next_change_ms(lamps: Lamps, since_ms: int) -> int | None:
    """Return in how many milliseconds a lamp changes next, 1 at least; None where none blinks."""
    halves = {HALF_MS[blink] for blink in _last_word(lamps).values() if blink in HALF_MS}
    return min((half - since_ms % half for half in halves), default=None)


def colours(lamps: Lamps) -> frozenset[Colour]:
    """Return the lamps that are to burn or blink."""
    return frozenset(colour for colour, blink in _last_word(lamps).items() if blink is not Blink.OFF)


def _last_word(lamps: Lamps) -> dict[Colour, Blink]:
    return dict(lamps.lamps)


def _on(blink: Blink, since_ms: int) -> bool:
    if blink in HALF_MS:
        return since_ms // HALF_MS[blink] % 2 == 0
    return blink is Blink.STEADY
