"""What can be wrong with a bench printer's cable: silence, delay, garbage, half replies, a pulled plug."""

from __future__ import annotations

from dataclasses import dataclass

GARBAGE = b"\xff\x80\xfe"  # bits that no reply of a printer has


@dataclass(slots=True)
class Faults:
    """The faults that are on. `fail_next` ends with the next job, `drop_after` when so many bytes have come.

    `job_begins` are bytes that every job has at its start, and no question.
    """

    silent: bool = False
    garbage: bool = False
    half: bool = False
    slow_ms: int = 0
    fail_next: bool = False
    fail_always: bool = False
    drop_after: int | None = None
    job_begins: bytes = b"\x1b@"

    def let_through(self, data: bytes) -> tuple[bytes, bool]:
        """What of received `data` reaches the printer, and whether the plug is pulled after it."""
        if self.fail_next or self.fail_always:
            place = data.find(self.job_begins)
            if place >= 0:
                self.fail_next = False
                return data[: place + len(self.job_begins)], True
        if self.drop_after is None:
            return data, False
        taken = data[: self.drop_after]
        self.drop_after -= len(data)
        if self.drop_after > 0:
            return taken, False
        self.drop_after = None
        return taken, True

    def reply(self, data: bytes) -> bytes:
        """What of a reply reaches the driver."""
        if self.silent:
            return b""
        if self.garbage:
            return GARBAGE
        return data[: (len(data) + 1) // 2] if self.half and len(data) > 1 else data
