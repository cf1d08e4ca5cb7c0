"""How a rule says yes or no to an operator: values, never exceptions."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Allowed:
    """Go ahead; `approved_by` is the second person, "" where none was needed."""

    approved_by: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """Not done, and nothing has changed. `reason` is a word for programs, `sentence` and `remedy` are for the operator.

    `second_person`: the same request with an approver beside the operator may pass.
    """

    reason: str
    sentence: str
    remedy: str
    second_person: bool = False
