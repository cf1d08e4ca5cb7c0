"""A plain slip for what has no receipt of its own: the kind, time, operator, key and facts of a ledger entry."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import Literal

import msgspec

from drivers.printer.interface import Align, Columns, Element, Rule, Text
from kiosk.domain.receipt.compose import directed, mark, scannable
from kiosk.domain.receipt.voice import Voice


class Unit(enum.StrEnum):
    """What the number of a fact is."""

    TEXT = "text"
    MONEY = "money"
    WEIGHT = "weight"
    QR = "qr"


class Fact(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One fact: a word and a text, or a number in minor units or grams. `depth` is how far it is indented."""

    word: str
    text: str = ""
    number: int = 0
    unit: Unit = Unit.TEXT
    depth: int = 0


class Slip(msgspec.Struct, frozen=True, kw_only=True, tag_field="document", tag="slip"):
    """The slip. `key` is store/workstation/epoch:position of the entry, `at` RFC 3339, `currency` "" where unknown."""

    version: Literal[1] = 1
    kind: str
    key: str
    at: str
    store_name: str = ""
    operator: str = ""
    currency: str = ""
    copy: int = 0
    training: bool = False
    void: bool = False
    facts: tuple[Fact, ...] = ()


def compose_slip(slip: Slip, voice: Voice) -> tuple[Element, ...]:
    """The slip as an ordered list of printable elements."""
    return directed(_elements(slip, voice), voice)


def _elements(slip: Slip, voice: Voice) -> Iterator[Element]:
    if slip.store_name:
        yield Text(voice.name(slip.store_name), Align.CENTRE, bold=True)
    yield Text(voice.name(words(slip.kind)), Align.CENTRE, bold=True, double=True)
    yield from _marks(slip, voice)
    yield Rule()
    yield Columns(voice.say("Time"), voice.moment(slip.at))
    if slip.operator:
        yield Columns(voice.say("Operator"), slip.operator)
    yield Text(f"{voice.say('Entry')} {voice.figure(slip.key)}")
    yield Rule()
    for fact in slip.facts:
        yield from _fact(fact, voice, known=bool(slip.currency))
    yield Rule()
    yield Text(voice.say("This is not a receipt of a sale."), Align.CENTRE)
    yield from _marks(slip, voice)


def words(name: str) -> str:
    """A name of the ledger as a person reads it: cash_moved is "cash moved"."""
    return name.replace("_", " ")


def _marks(slip: Slip, voice: Voice) -> Iterator[Element]:
    if slip.void:
        yield mark(voice.say("VOID"))
    if slip.training:
        yield mark(voice.say("TRAINING"))
    if slip.copy:
        yield mark(f"{voice.say('COPY')} {slip.copy}")


def _fact(fact: Fact, voice: Voice, *, known: bool) -> Iterator[Element]:
    word = "  " * fact.depth + voice.name(words(fact.word))
    match fact.unit:
        case Unit.MONEY:
            yield Columns(word, voice.money(fact.number) if known else str(fact.number))
        case Unit.WEIGHT:
            yield Columns(word, f"{voice.kilograms(fact.number)} {voice.say('kg')}")
        case Unit.QR:
            yield Text(word)
            yield from scannable(fact.text)
        case Unit.TEXT:
            yield Text(f"{word}: {voice.name(fact.text)}" if fact.text else word)
