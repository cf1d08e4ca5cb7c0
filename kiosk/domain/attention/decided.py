"""What was decided so far, as a set: which of it covers what is asked now."""

from __future__ import annotations

from collections.abc import Iterable

from kiosk.domain.attention.records import Decision, Kind


class Decided:
    """Looks decisions up by what they are about."""

    def __init__(self, decisions: Iterable[Decision]) -> None:
        self._values: dict[tuple[Kind, int, bool], set[str]] = {}
        for one in decisions:
            self._values.setdefault((one.matter, one.line, one.approved), set()).add(one.value)

    def approved(self, kind: Kind, line: int) -> set[str]:
        """The values that were approved."""
        return self._values.get((kind, line, True), set())

    def refused(self, kind: Kind, line: int) -> set[str]:
        """The values that were refused."""
        return self._values.get((kind, line, False), set())

    def covers(self, kind: Kind, line: int, size: int) -> bool:
        """Whether that much or more was approved."""
        return any(number >= size for number in _numbers(self.approved(kind, line)))

    def ages(self) -> tuple[int, int | None]:
        """The highest age that was approved, and the lowest above it that was refused."""
        approved = max(_numbers(self.approved(Kind.AGE, 0)), default=0)
        refused = (age for age in _numbers(self.refused(Kind.AGE, 0)) if age > approved)
        return approved, min(refused, default=None)


def _numbers(values: Iterable[str]) -> list[int]:
    return [int(value) for value in values if value.isascii() and value.isdigit()]
