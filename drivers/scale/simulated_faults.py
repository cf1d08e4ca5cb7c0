"""What goes wrong between a simulated scale and a driver: silence, damage, halves and lateness, on demand."""

from __future__ import annotations

import threading
from collections.abc import Callable

from drivers.scale.simulated_voices import damaged
from drivers.simulation import flag_field, number_field

FAULTS = ("silent", "garbage", "half", "slow", "fail_next", "fail_always")
_GARBAGE = b"\xff\x00ERR\r\n"


class Faults:
    """Passes answers on to `write`, or what a fault makes of them. Safe from any thread.

    `silent` (nothing comes), `garbage`, `half` (only the first half of each) and `fail_always` (nothing in it
    can be read) are switched by `on`. `fail_next` (`times`) damages the next answers only. `slow` (`ms`, 0 ends it):
    each comes that much later.
    """

    def __init__(self, write: Callable[[bytes], None], damage: Callable[[bytes], bytes] = damaged) -> None:
        self._write = write
        self._damage = damage
        self._lock = threading.Lock()
        self._on = dict.fromkeys(("silent", "garbage", "half", "fail_always"), False)
        self._fail_next = 0
        self._late_ms = 0
        self._timers: set[threading.Timer] = set()

    def control(self, action: str, fields: dict[str, object]) -> None:
        """Do one of `FAULTS`."""
        if action == "slow":
            self._late_ms = number_field(fields, "ms")
        elif action == "fail_next":
            self._fail_next = number_field({"times": 1} | fields, "times")
        else:
            self._on[action] = flag_field(fields, "on")

    def state(self) -> dict[str, object]:
        """What is on."""
        return {**self._on, "fail_next": self._fail_next, "slow_ms": self._late_ms}

    def send(self, answer: bytes) -> None:
        """Pass an answer on, or what becomes of it."""
        with self._lock:
            spoilt = self._spoil(answer)
            late_s = self._late_ms / 1000
        if not spoilt:
            return
        if not late_s:
            self._write(spoilt)
            return
        timer = threading.Timer(late_s, self._later, (spoilt,))
        timer.daemon = True
        with self._lock:
            self._timers = {pending for pending in self._timers if pending.is_alive()} | {timer}
            timer.start()

    def end(self) -> None:
        """Drop what is late."""
        with self._lock:
            timers, self._timers = self._timers, set()
        for timer in timers:
            timer.cancel()
            timer.join()

    def _later(self, answer: bytes) -> None:
        self._write(answer)

    def _spoil(self, answer: bytes) -> bytes:
        if self._on["silent"] or not answer:
            return b""
        if self._on["garbage"]:
            return _GARBAGE
        if self._fail_next or self._on["fail_always"]:
            damaged = self._damage(answer)
            # Nothing in a bare acknowledgement can be damaged so.
            self._fail_next = max(0, self._fail_next - (damaged != answer))
            return damaged
        return answer[: len(answer) // 2] if self._on["half"] else answer
