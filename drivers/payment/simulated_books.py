"""The simulated terminal's own books: what it really charged, which survives its being killed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import msgspec


@dataclass(slots=True)
class Entry:
    """One transaction. `original` is the receipt number of the charge that a reversal took back, None for a charge."""

    receipt_number: int
    trace_number: int
    amount_minor: int
    original: int | None = None
    reversed: bool = False


class Books:
    """Charges and reversals in order, with numbers that only rise; saved at every change where a file is given."""

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

    def reverse(self, receipt_number: int) -> Entry | None:
        """Book the reversal of a charge; None where there is no such charge or it is reversed already."""
        charge = self.find(receipt_number)
        if charge is None or charge.reversed:
            return None
        charge.reversed = True
        return self._book(charge.amount_minor, receipt_number)

    def find(self, receipt_number: int) -> Entry | None:
        """The charge with that receipt number."""
        found = (entry for entry in self._entries if entry.original is None and entry.receipt_number == receipt_number)
        return next(found, None)

    def charges(self) -> list[dict[str, object]]:
        """All charges for people to read: receipt_number, amount_minor and state ("charged" or "reversed")."""
        return [
            {
                "receipt_number": entry.receipt_number,
                "amount_minor": entry.amount_minor,
                "state": "reversed" if entry.reversed else "charged",
            }
            for entry in self._entries
            if entry.original is None
        ]

    def _book(self, amount_minor: int, original: int | None) -> Entry:
        last = self.last
        receipt_number = 1 if last is None else last.receipt_number % 9999 + 1
        # Traces run apart from receipts at a real terminal too: here they start elsewhere.
        entry = Entry(receipt_number, 100 + len(self._entries), amount_minor, original)
        self._entries.append(entry)
        if self._file is not None:
            self._save(self._file)
        return entry

    def _save(self, file: Path) -> None:
        fresh = file.with_suffix(".new")
        with fresh.open("wb") as out:
            out.write(msgspec.json.encode(self._entries))
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(file)
