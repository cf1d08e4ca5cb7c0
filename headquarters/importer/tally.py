"""Counting what became of every row, and the report that a person works from."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypedDict

from headquarters.importer.outcome import ImportFailed, Place, Refused, Repair

EXAMPLES = 5
MESSAGE_MAX = 400


class Example(TypedDict):
    """One row as an example of its reason, for the person who owns the file."""

    source: str
    row: int
    reason: str
    message: str
    remedy: str


class Report(TypedDict):
    """The report as it is written to JSON; rows = accepted + repaired + refused."""

    source: str
    format: str
    rows: int
    accepted: int
    repaired: int
    refused: int
    reasons: dict[str, int]
    repairs: dict[str, int]
    examples: list[Example]
    remarks: list[str]


@dataclass
class Tally:
    """Counts per reason and repair, with the first few rows of each reason."""

    rows: int = 0
    accepted: int = 0
    repaired: int = 0
    reasons: Counter[str] = field(default_factory=Counter)
    repairs: Counter[str] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)

    @property
    def refused(self) -> int:
        """How many rows were refused: each has exactly one reason."""
        return self.reasons.total()

    def take(self, repairs: tuple[Repair, ...]) -> None:
        """Count a row that became an item."""
        self.repairs.update(repairs)
        if repairs:
            self.repaired += 1
        else:
            self.accepted += 1

    def give_back(self, repairs: tuple[Repair, ...]) -> None:
        """Undo `take`: the row was good, but what it leads to is not there."""
        self.repairs.subtract(repairs)
        if repairs:
            self.repaired -= 1
        else:
            self.accepted -= 1

    def refuse(self, place: Place, refused: Refused) -> None:
        """Count the row at `place` as refused, and keep it as an example while there are few of its reason."""
        self.reasons[refused.reason] += 1
        if self.reasons[refused.reason] <= EXAMPLES:
            self.examples.append(
                {
                    "source": place.source,
                    "row": place.row,
                    "reason": refused.reason.value,
                    "message": refused.message[:MESSAGE_MAX],
                    "remedy": refused.remedy,
                }
            )

    def report(self, sources: Sequence[Path], fmt: str, remarks: list[str]) -> Report:
        """The report of all that was counted."""
        return {
            "source": ", ".join(source.name for source in sources),
            "format": fmt,
            "rows": self.rows,
            "accepted": self.accepted,
            "repaired": self.repaired,
            "refused": self.refused,
            "reasons": {str(reason): times for reason, times in self.reasons.most_common()},
            "repairs": {str(repair): times for repair, times in self.repairs.most_common() if times},
            "examples": sorted(
                self.examples, key=lambda example: (example["reason"], example["source"], example["row"])
            ),
            "remarks": remarks,
        }


def write(report: Report, target: Path) -> None:
    """Write `report` to `target` as JSON; `ImportFailed` where that cannot be."""
    try:
        target.write_text(json.dumps(report, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    except OSError as error:
        message = f"The report cannot be written to {target}: {error.strerror or error}."
        raise ImportFailed(message, "Name a file in a folder that exists and that you may write to.") from error
