"""The pulse that opens a cash drawer at a Star printer's connector, as bytes. Pure."""

from __future__ import annotations

_STEP_MS, _MOST_STEPS = 10, 127  # of ESC BEL


def in_stream(pin: int, on_ms: int, off_ms: int) -> bytes:
    """`ESC BEL n1 n2 BEL` for device 1, `SUB` for device 2, whose times are fixed; executed in the buffer's order.

    `ValueError` where there is no such device or no such time.
    """
    if pin not in (0, 1):
        raise ValueError(f"a drawer connector has pins 0 and 1, not {pin}")
    if not (10 <= on_ms <= 510 and on_ms <= off_ms <= 510):
        raise ValueError("a pulse is on for 10 to 510 ms and off for at least as long")
    if pin:
        return b"\x1a"
    steps = (min(_MOST_STEPS, max(1, ms // _STEP_MS)) for ms in (on_ms, off_ms))
    return b"\x1b\x07" + bytes(steps) + b"\x07"


def real_time(pin: int) -> bytes:
    """`FS` for device 1, `EM` for device 2: executed as it arrives, with or without paper."""
    return b"\x19" if pin else b"\x1c"
