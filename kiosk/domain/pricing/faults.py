"""What is wrong with a pricing document: where, what, and what the one who sent it does about it."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec


class Problem(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One thing that is wrong. `path` leads to it from the document, `$`: `$.lines[3].unit_price_minor`."""

    path: str
    message: str
    remedy: str


class DocumentError(ValueError):
    """A document that cannot be priced. `path`, `message` and `remedy` are those of the first of its `problems`."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        first = problems[0]
        super().__init__(f"{first.path}: {first.message} {first.remedy}")
        self.problems = tuple(problems)
        self.path = first.path
        self.message = first.message
        self.remedy = first.remedy
