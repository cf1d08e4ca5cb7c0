"""Checks a ledger: names by position what was changed, taken out, moved, slipped in or not signed by the device."""

from __future__ import annotations

import enum
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

import msgspec

from kiosk.domain import signing
from kiosk.messages.contents import EpochOpened
from kiosk.messages.entry import NO_HASH, EntryHeader, SealedEntry, hash_of, header_from


class Fault(enum.StrEnum):
    """What can be wrong with an entry."""

    CHANGED = "changed"
    MISSING = "missing"
    REORDERED = "reordered"
    BADLY_SIGNED = "badly_signed"
    FOREIGN = "foreign"


@dataclass(frozen=True, slots=True)
class Row:
    """An entry as found, with the epoch it was filed under."""

    epoch: str
    sealed: SealedEntry


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong. `position` is the (first) entry concerned, `meaning` says it to a person."""

    epoch: str
    position: int
    fault: Fault
    meaning: str


@dataclass(frozen=True, slots=True)
class Report:
    """What came out: the problems in the order found, how much was read, and the last entry of the last epoch."""

    problems: tuple[Problem, ...]
    entries: int
    epochs: int
    position: int
    hash: str
    signatures_checked: bool

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify(
    rows: Iterable[Row],
    public_key: str | None,
    *,
    heads: Mapping[str, int] | None = None,
    from_start: bool = True,
) -> Report:
    """Check entries in the order given, epochs oldest first.

    `public_key` are 64 hexadecimal digits; without it signatures are not checked. `heads` is how far each epoch is
    known to reach, so that a missing end is found too. With `from_start=False` the rows are the tail of an epoch:
    the first one is taken as it stands, and the epoch before is not asked for.
    """
    ledger = _Ledger(public_key, from_start=from_start)
    for row in rows:
        ledger.check(row)
    ledger.finish(heads or {})
    last = ledger.last
    return Report(
        problems=tuple(ledger.problems),
        entries=ledger.entries,
        epochs=len(ledger.walks),
        position=last.position if last else 0,
        hash=last.hash if last else NO_HASH,
        signatures_checked=public_key is not None,
    )


@dataclass(slots=True)
class _Walk:
    """How far one epoch was read: the highest position so far, its hash, and the gaps not filled since."""

    epoch: str
    position: int = 0
    hash: str = NO_HASH
    gaps: list[tuple[int, int]] = field(default_factory=list)

    def fill(self, position: int) -> bool:
        """Take a late position out of the gaps; False where it was in none."""
        for index, (first, last) in enumerate(self.gaps):
            if first <= position <= last:
                rest = ((first, position - 1), (position + 1, last))
                self.gaps[index : index + 1] = [gap for gap in rest if gap[0] <= gap[1]]
                return True
        return False


class _Ledger:
    """The state of one verification."""

    def __init__(self, public_key: str | None, *, from_start: bool) -> None:
        self._public_key = public_key
        self._from_start = from_start
        self._device: tuple[str, str] | None = None
        self._opened: list[tuple[str, EpochOpened]] = []
        self.problems: list[Problem] = []
        self.walks: dict[str, _Walk] = {}
        self.entries = 0
        self.last: _Walk | None = None

    def check(self, row: Row) -> None:
        """Check one entry by itself and against those before it."""
        self.entries += 1
        header = self._read(row)
        walk = self.walks.get(row.epoch)
        if walk is None:
            walk = self.walks[row.epoch] = self._begin(row, header)
        self.last = walk
        if self._public_key is not None and not _is_signed(row.sealed, self._public_key):
            self._add(row, Fault.BADLY_SIGNED, "it was not signed by this device key.")
        if header is not None:
            self._check_names(row, header)
        self._check_place(walk, row, header)

    def finish(self, heads: Mapping[str, int]) -> None:
        """Check what shows only at the end: gaps, missing ends, and that epochs continue one another."""
        for walk in self.walks.values():
            for first, last in walk.gaps:
                self._missing(walk.epoch, first, last)
        ends = {epoch: walk.position for epoch, walk in self.walks.items()}
        for epoch, head in heads.items():
            if ends.get(epoch, 0) < head:
                self._missing(epoch, ends.get(epoch, 0) + 1, head)
                ends[epoch] = head
        for epoch, opened in self._opened:
            if opened.previous_epoch and (self._from_start or opened.previous_epoch in self.walks):
                self._check_predecessor(epoch, opened, ends)

    def _begin(self, row: Row, header: EntryHeader | None) -> _Walk:
        if self._from_start:
            return _Walk(row.epoch)
        return _Walk(row.epoch, position=row.sealed.position - 1, hash=header.previous if header else NO_HASH)

    def _read(self, row: Row) -> EntryHeader | None:
        """What the text says, None where it is not the text that was hashed: then nothing in it is to be believed."""
        sealed = row.sealed
        if hash_of(sealed.body) != sealed.hash:
            self._add(row, Fault.CHANGED, "its text does not match its hash: one of the two was changed.")
            return None
        try:
            return header_from(sealed.body)
        except (msgspec.DecodeError, RecursionError):
            self._add(row, Fault.CHANGED, "its text cannot be read as an entry.")
            return None

    def _check_names(self, row: Row, header: EntryHeader) -> None:
        """What the text says of itself against where it was found."""
        device = (header.store_id, header.workstation_id)
        if self._device is None:
            self._device = device
        elif device != self._device:
            meaning = f"it belongs to workstation {device[1]} of store {device[0]}, the ledger to another one."
            self._add(row, Fault.FOREIGN, meaning)
        if (header.epoch, header.position) != (row.epoch, row.sealed.position):
            meaning = f"it was written as position {header.position} of epoch {header.epoch} and stands elsewhere."
            self._add(row, Fault.REORDERED, meaning)

    def _check_place(self, walk: _Walk, row: Row, header: EntryHeader | None) -> None:
        position = row.sealed.position
        if position <= walk.position:
            late = walk.fill(position)
            self._add(row, Fault.REORDERED, f"it stands {'after' if late else 'a second time, after'} later entries.")
            return
        if position > walk.position + 1:
            walk.gaps.append((walk.position + 1, position - 1))
        elif header is not None and header.previous != walk.hash:
            self._add(row, Fault.REORDERED, f"it does not follow on the entry found at position {position - 1}.")
        if position == 1 and header is not None:
            self._note_opening(row.epoch, header)
        walk.position, walk.hash = position, row.sealed.hash

    def _note_opening(self, epoch: str, header: EntryHeader) -> None:
        try:
            self._opened.append((epoch, msgspec.json.decode(header.content, type=EpochOpened)))
        except msgspec.DecodeError:
            meaning = "the first entry of an epoch says that it was opened; this one does not."
            self.problems.append(Problem(epoch, 1, Fault.CHANGED, f"Position 1: {meaning}"))

    def _check_predecessor(self, epoch: str, opened: EpochOpened, ends: Mapping[str, int]) -> None:
        """An epoch names the head of the one before it: a missing or replaced end of that one shows here."""
        before, head = opened.previous_epoch, opened.previous_position
        end = ends.get(before, 0)
        if end < head:
            self._missing(before, end + 1, head)
        elif end > head:
            meaning = f"Position {head + 1}: written after epoch {epoch} had taken over at position {head}."
            self.problems.append(Problem(before, head + 1, Fault.FOREIGN, meaning))
        elif before in self.walks and self.walks[before].hash != opened.previous_head:
            meaning = f"Position {head}: epoch {epoch} knew it with another hash: it was replaced."
            self.problems.append(Problem(before, head, Fault.CHANGED, meaning))

    def _missing(self, epoch: str, first: int, last: int) -> None:
        many = f"Position {first} is" if first == last else f"Positions {first} to {last} are"
        self.problems.append(Problem(epoch, first, Fault.MISSING, f"{many} not there: taken out, or never copied."))

    def _add(self, row: Row, fault: Fault, meaning: str) -> None:
        position = row.sealed.position
        self.problems.append(Problem(row.epoch, position, fault, f"Position {position}: {meaning}"))


def _is_signed(sealed: SealedEntry, public_key: str) -> bool:
    return signing.verify(public_key, sealed.hash, sealed.signature)
