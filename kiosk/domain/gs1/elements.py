"""Element strings: identifiers and values in a row, as bar codes carry them and as people read them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from kiosk.domain.gs1.faults import Fault, Problem
from kiosk.domain.gs1.identifiers import Component, Identifier, identifier_at, identifiers

# What a scanner sends for FNC1 behind a value (GS1 GenSpecs 7.8.6), and in these texts also for the one in front.
FNC1 = "\x1d"
MOST_ELEMENTS = 64
_BRACKETED = re.compile(r"\((\d{2,4})\)((?:[^(\\]|\\.|\\$)*)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Element:
    """One identifier with its value, which keeps to the identifier's format."""

    identifier: Identifier
    value: str

    @property
    def ai(self) -> str:
        """The identifier's digits."""
        return self.identifier.ai


Elements = tuple[Element, ...]


def read_elements(text: str) -> Elements | Problem:
    """Elements of a GS1 bar code. `text` begins with `FNC1` and has one behind each value of unknown length.

    A value is checked by itself; `kiosk.domain.gs1.associations` checks what must or may not stand together.
    """
    if not text.startswith(FNC1):
        return Problem("fnc1_missing", "The data does not begin with FNC1, so it is no GS1 data.", 0)
    if len(text) == 1:
        return Problem("empty", "There is no GS1 data.", 1)
    found: list[Element] = []
    at = 1
    while at < len(text):
        read = _read_one(text, at)
        if isinstance(read, Problem):
            return read
        found.append(read)
        at = _behind(text, at, read)
    return _not_too_many(tuple(found))


def read_bracketed(text: str) -> Elements | Problem:
    r"""Elements as printed for people: "(01)12345678901231(10)ABC", a "(" of a value being written as "\(".

    Where brackets say where a value ends, its length is judged before its content.
    """
    found: list[Element] = []
    at = 0
    while at < len(text):
        match = _BRACKETED.match(text, at)
        if match is None:
            return Problem("brackets", "An application identifier in brackets is expected here.", at)
        identifier = identifiers().get(match[1])
        if identifier is None:
            return _unknown(match[1], at + 1)
        value = match[2].replace("\\(", "(")
        wrong = check_value(identifier, value, match.start(2))
        if wrong:
            return wrong
        found.append(Element(identifier, value))
        at = match.end()
    return _not_too_many(tuple(found)) if found else Problem("empty", "There is no GS1 data.", 0)


def write_elements(elements: Elements) -> str:
    """`elements` as a bar code carries them: `FNC1` first, and behind each value of unknown length but the last."""
    parts = [FNC1]
    for place, element in enumerate(elements):
        last = place == len(elements) - 1
        parts += [element.ai, element.value, "" if last or element.identifier.predefined else FNC1]
    return "".join(parts)


def write_bracketed(elements: Elements) -> str:
    """`elements` as people read them, in a form that `read_bracketed` takes back."""
    return "".join(f"({element.ai}){element.value.replace('(', chr(92) + '(')}" for element in elements)


def check_value(identifier: Identifier, value: str, at: int = 0) -> Problem | None:
    """What is wrong with a whole `value`, which stands `at` in the text; its length is judged first."""
    if not identifier.shortest <= len(value) <= identifier.longest:
        return _length(identifier, at)
    length, problem = _take_components(identifier, value, at)
    return problem or (None if length == len(value) else _length(identifier, at))


def _read_one(text: str, at: int) -> Element | Problem:
    identifier = identifier_at(text, at)
    if identifier is None:
        return _unknown("", at)
    start = at + len(identifier.ai)
    rest = text[start:].partition(FNC1)[0]
    if not rest:
        return _length(identifier, start)
    length, problem = _take_components(identifier, rest, start)
    if problem:
        return problem
    if length < len(rest) and not identifier.predefined:
        return _length(identifier, start)
    return Element(identifier, rest[:length])


def _behind(text: str, at: int, element: Element) -> int:
    at += len(element.ai) + len(element.value)
    return at + 1 if text.startswith(FNC1, at) else at


def _take_components(identifier: Identifier, value: str, at: int) -> tuple[int, Problem | None]:
    """How much of `value` the components of `identifier` take up, and the first problem among them."""
    taken = 0
    for component in identifier.components:
        part = value[taken : taken + component.longest]
        if component.optional and not part:
            continue
        if len(part) < component.shortest:
            return taken, _length(identifier, at)
        fault = next(_faults(component, part), None)
        if fault:
            return taken, _fault(identifier, value[: taken + len(part)], fault, taken, at)
        taken += len(part)
    return taken, None


def _faults(component: Component, part: str) -> Iterator[Fault]:
    yield from (fault for linter in component.linters if (fault := linter(part)))


def _fault(identifier: Identifier, value: str, fault: Fault, taken: int, at: int) -> Problem:
    start = taken + fault.at
    end = start + fault.length
    markup = f"({identifier.ai}){value[:start]}|{value[start:end]}|{value[end:]}"
    return Problem(fault.code, fault.message, at + start, identifier.ai, markup)


def _length(identifier: Identifier, at: int) -> Problem:
    span = f"{identifier.shortest}" if identifier.shortest == identifier.longest else ""
    span = span or f"{identifier.shortest} to {identifier.longest}"
    return Problem("length", f"The value of AI ({identifier.ai}) must have {span} characters.", at, identifier.ai)


def _unknown(ai: str, at: int) -> Problem:
    return Problem("unknown_ai", "There is no such application identifier.", at, ai)


def _not_too_many(found: Elements) -> Elements | Problem:
    if len(found) > MOST_ELEMENTS:
        return Problem("too_many", f"More than {MOST_ELEMENTS} elements are in one message.")
    return found
