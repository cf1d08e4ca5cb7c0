"""The pulse that opens a cash drawer at a printer's connector, as bytes. Pure."""

from __future__ import annotations

from drivers.device import DeviceError

_LONGEST_MS = 510  # 255 steps of 2 ms
_REAL_TIME_STEP_MS, _REAL_TIME_STEPS = 100, 8


def in_stream(pin: int, on_ms: int, off_ms: int) -> bytes:
    """`ESC p m t1 t2`, times in steps of 2 ms; executed in the order of the buffer. `ValueError` out of bounds."""
    _check(pin, on_ms, off_ms)
    return b"\x1bp" + bytes((pin, on_ms // 2, off_ms // 2))


def real_time(pin: int, on_ms: int, off_ms: int) -> bytes:
    """`DLE DC4 1 m t`, one time for on and off in steps of 100 ms, rounded up; executed as it arrives."""
    _check(pin, on_ms, off_ms)
    steps = min(_REAL_TIME_STEPS, -(-on_ms // _REAL_TIME_STEP_MS))
    return b"\x10\x14\x01" + bytes((pin, steps))


def not_opened(reason: DeviceError) -> DeviceError:
    """Why no pulse was sent, with what an attendant can do meanwhile."""
    return DeviceError(
        f"The drawer was not opened: {reason.message}", f"{reason.remedy} Open the drawer with its key meanwhile."
    )


def _check(pin: int, on_ms: int, off_ms: int) -> None:
    if pin not in (0, 1):
        raise ValueError(f"a drawer connector has pins 0 and 1, not {pin}")
    if not (10 <= on_ms <= _LONGEST_MS and on_ms <= off_ms <= _LONGEST_MS):
        raise ValueError(f"a pulse is on for 10 to {_LONGEST_MS} ms and off for at least as long")
