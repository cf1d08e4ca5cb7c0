"""The simulated terminal's own books: what it really charged, which survives its being killed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import msgspec


@dataclass(slots=True)
class Entry:
    """One transaction. `original` is the receipt number of the charge that a reversal took back, None for others.

    `paid_out` marks a refund; `closed` is so once an end of day has handed it to the host.
    """

    receipt_number: int
    trace_number: int
    amount_minor: int
    original: int | None = None
    reversed: bool = False
    paid_out: bool = False
    closed: bool = False

    @property
    def is_charge(self) -> bool:
        """Whether it took money from a card."""
        return self.original is None and not self.paid_out


@dataclass(frozen=True, slots=True)
class Day:
    """What an end of day closed: receipt numbers from and to, how many transactions, and what they come to."""

    first: int
    last: int
    count: int
    amount_minor: int


class Books:
    """Charges, reversals and refunds in order, with rising numbers; saved at each change where a file is given."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._entries: list[Entry] = []
        if file is not None and file.exists():
            self._entries = msgspec.json.decode(file.read_bytes(), type=list[Entry])

    @property
    def last(self) -> Entry | None:
        """The last transaction carried out."""
        return self._entries[-1] if self._entries else None

    def charge(self, amount_minor: int) -> Entry:
        """Book a charge."""
        return self._book(amount_minor, None)

    def refund(self, amount_minor: int) -> Entry:
        """Book a refund."""
        return self._book(amount_minor, None, paid_out=True)

    def end_day(self) -> Day | None:
        """Close all that is open; None where there is nothing."""
        day = [entry for entry in self._entries if not entry.closed]
        for entry in day:
            entry.closed = True
        if not day:
            return None
        self._save()
        total = sum(entry.amount_minor if entry.is_charge else -entry.amount_minor for entry in day)
        return Day(day[0].receipt_number, day[-1].receipt_number, len(day), total)

    def reverse(self, receipt_number: int) -> Entry | None:
        """Book the reversal of a charge; None where there is no such open charge or it is reversed already."""
        charge = self.find(receipt_number)
        if charge is None or charge.reversed:
            return None
        charge.reversed = True
        return self._book(charge.amount_minor, receipt_number)

    def find(self, receipt_number: int) -> Entry | None:
        """The charge with that receipt number, which no end of day has closed yet."""
        charges = (entry for entry in self._entries if entry.is_charge and not entry.closed)
        return next((entry for entry in charges if entry.receipt_number == receipt_number), None)

    def original(self, entry: Entry) -> Entry | None:
        """The charge that `entry` took back, None where it is no reversal."""
        charges = (other for other in self._entries if other.is_charge and other.receipt_number == entry.original)
        return next(charges, None)

    def charges(self) -> list[dict[str, object]]:
        """All charges for people to read: receipt_number, amount_minor and state ("charged" or "reversed")."""
        return [
            {
                "receipt_number": entry.receipt_number,
                "amount_minor": entry.amount_minor,
                "state": "reversed" if entry.reversed else "charged",
            }
            for entry in self._entries
            if entry.is_charge
        ]

    def refunds(self) -> list[int]:
        """The amounts of all refunds."""
        return [entry.amount_minor for entry in self._entries if entry.paid_out]

    def _book(self, amount_minor: int, original: int | None, *, paid_out: bool = False) -> Entry:
        last = self.last
        receipt_number = 1 if last is None else last.receipt_number % 9999 + 1
        # Traces run apart from receipts at a real terminal too: here they start elsewhere.
        entry = Entry(receipt_number, 100 + len(self._entries), amount_minor, original, paid_out=paid_out)
        self._entries.append(entry)
        self._save()
        return entry

    def _save(self) -> None:
        file = self._file
        if file is None:
            return
        fresh = file.with_suffix(".new")
        with fresh.open("wb") as out:
            out.write(msgspec.json.encode(self._entries))
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
