"""Application identifiers as records, found by their digits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from kiosk.domain.gs1.ai_table import ROWS
from kiosk.domain.gs1.linters import LINTERS, Linter

_CHARACTER_SETS = MappingProxyType({"N": "csetnumeric", "X": "cset82", "Y": "cset39", "Z": "cset64"})


@dataclass(frozen=True, slots=True)
class Component:
    """A part of a value: `shortest` to `longest` characters that pass every one of `linters`."""

    shortest: int
    longest: int
    linters: tuple[Linter, ...]
    optional: bool


@dataclass(frozen=True, slots=True)
class Identifier:
    """An application identifier.

    `predefined`: its length is known beforehand, so no FNC1 stands behind its value. `attribute`: it may be in the
    query of a Digital Link. `needs`: of each member, one group of identifiers must be there. `excludes`: none of these
    may be. Both hold patterns, where "n" is any digit. `qualifiers`: it is a key of a Digital Link, and these are the
    sequences that may follow it; None where it is no key.
    """

    ai: str
    title: str
    components: tuple[Component, ...]
    predefined: bool
    attribute: bool
    needs: tuple[tuple[tuple[str, ...], ...], ...]
    excludes: tuple[str, ...]
    qualifiers: tuple[tuple[str, ...], ...] | None

    @property
    def shortest(self) -> int:
        """The fewest characters of a value."""
        return sum(part.shortest for part in self.components if not part.optional)

    @property
    def longest(self) -> int:
        """The most characters of a value."""
        return sum(part.longest for part in self.components)


@cache
def identifiers() -> Mapping[str, Identifier]:
    """Every application identifier by its digits."""
    return MappingProxyType({one.ai: one for row in ROWS.strip().splitlines() for one in _read_row(row)})


def identifier_at(text: str, at: int = 0) -> Identifier | None:
    """The identifier that the digits of `text` from `at` on begin with; no two of them can."""
    length = _lengths().get(text[at : at + 2])
    return identifiers().get(text[at : at + length]) if length else None


@cache
def _lengths() -> Mapping[str, int]:
    """How long the identifiers are that begin with the same two digits."""
    return MappingProxyType({ai[:2]: len(ai) for ai in identifiers()})


def _read_row(row: str) -> Iterator[Identifier]:
    ais, flags, form, rules, title = row.split(";")
    first, _, last = ais.partition("-")
    attributes = [rule.partition("=") for rule in rules.split()]
    keys = [value for name, _, value in attributes if name == "dlpkey"]
    for number in range(int(first), int(last or first) + 1):
        yield Identifier(
            ai=str(number).zfill(len(first)),
            title=title,
            components=tuple(_read_component(part) for part in form.split()),
            predefined="*" in flags,
            attribute="?" in flags,
            needs=tuple(_groups(value) for name, _, value in attributes if name == "req"),
            excludes=tuple(ai for name, _, value in attributes if name == "ex" for ai in value.split(",")),
            qualifiers=_sequences(keys[0]) if keys else None,
        )


def _read_component(part: str) -> Component:
    kind, *names = part.split(",")
    bare = kind.strip("[]")
    lowest, dots, highest = bare[1:].rpartition("..")
    linters = (_CHARACTER_SETS[bare[0]], *names)
    return Component(
        shortest=int(lowest or 1) if dots else int(highest),
        longest=int(highest),
        linters=tuple(LINTERS[name] for name in linters),
        optional=kind.startswith("["),
    )


def _groups(value: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(group.split("+")) for group in value.split(","))


def _sequences(value: str) -> tuple[tuple[str, ...], ...]:
    return tuple(tuple(sequence.split(",")) for sequence in value.split("|")) if value else ((),)
