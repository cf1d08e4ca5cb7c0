"""What is wrong with GS1 data, and where."""

from __future__ import annotations

from dataclasses import dataclass, field, replace


@dataclass(frozen=True, slots=True)
class Fault:
    """Characters `at` to `at + length` of one component break a rule.

    `code` is for programs; `message` is for people, in the words of the GS1 Barcode Syntax Engine, so that it can be
    looked up. Neither holds any of the content.
    """

    code: str
    message: str
    at: int
    length: int


@dataclass(frozen=True, slots=True)
class Problem:
    """GS1 data that cannot be used.

    `at` counts characters of the text that was read, from 0 (-1: it is about no single place). `ai` names the
    identifier. `markup` shows a value with what is wrong between bars, as "(AI)good|bad|good": content, never logged.
    """

    code: str
    message: str
    at: int = -1
    ai: str = ""
    markup: str = field(default="", repr=False)

    def moved(self, by: int) -> Problem:
        """The same problem, counted from `by` characters before; of no single place where it would be before all."""
        return replace(self, at=max(self.at + by, 0)) if self.at >= 0 else self
