"""Answers JSON with JSON: for a document its result, for a bad one an error that says where and what to do."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from kiosk.domain.pricing.document import Document, Result
from kiosk.domain.pricing.engine import price
from kiosk.domain.pricing.faults import DocumentError, Problem
from kiosk.domain.pricing.reading import read


class Fault(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Why a line was not priced: the first of its `problems`, and all of them. `line` counts from 1."""

    line: int
    path: str
    message: str
    remedy: str
    problems: tuple[Problem, ...]


class Refusal(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The line that stands in place of a result."""

    error: Fault


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of output without its end, and whether it is a result."""

    text: bytes
    priced: bool


def answer(number: int, data: bytes) -> Answer:
    """The answer to a document on line `number`: a `Result` or a `Refusal`, in JSON."""
    try:
        return Answer(encoded(priced(data)[1]), priced=True)
    except DocumentError as error:
        return Answer(refusal(number, error), priced=False)


def priced(data: bytes) -> tuple[Document, Result]:
    """The document in `data` and its result; `DocumentError` where it cannot be priced."""
    document = read(data)
    return document, price(document)


def encoded(result: Result) -> bytes:
    """The result in JSON."""
    return msgspec.json.encode(result)


def refusal(number: int, error: DocumentError) -> bytes:
    """What stands in place of a result, in JSON."""
    fault = Fault(line=number, path=error.path, message=error.message, remedy=error.remedy, problems=error.problems)
    return msgspec.json.encode(Refusal(error=fault))
