"""`python -m kiosk decode`: says what bar codes mean; JSON strings in, one per line, one JSON object out for each."""

from __future__ import annotations

import argparse
import datetime as dt
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, BinaryIO

import msgspec

from kiosk.domain.barcode import (
    CouponCode,
    GoodCode,
    GoodWithData,
    Gs1Code,
    Kind,
    LabelCode,
    Meaning,
    NotACode,
    interpret,
)
from kiosk.domain.barcode.labels import countries, is_template
from kiosk.domain.gs1.elements import Element, Elements
from kiosk.domain.gs1.faults import Problem
from kiosk.domain.gs1.symbology import split_aim_id, symbology_read
from kiosk.domain.gs1.values import ValueType, typed_value
from kiosk.domain.gtin import Gtin, number_range

_FINE, _PROBLEMS = 0, 1
# No symbol holds more than 8,192 characters, and JSON writes none of them in more than 12 bytes.
LINE_MAX = 8192 * 12
# Whatever may be a badge, a voucher or a mistake is not repeated to a screen or a file.
_SHOWN = frozenset({Kind.GOOD, Kind.LABEL, Kind.COUPON, Kind.GS1})


@dataclass(frozen=True, slots=True)
class Decoder:
    """What the meaning of a text depends on, and so the answers."""

    price_labels: tuple[str, ...]
    currency: str
    this_year: int
    badge_prefix: str = ""

    def answers(self, lines: Iterable[bytes | None]) -> Iterator[dict[str, Any]]:
        """One object for each line, in order; None is a line that is too long to be one code."""
        for number, line in enumerate(lines, start=1):
            yield self._answer(line, number)

    def decode(self, text: str) -> dict[str, Any]:
        """One object for the text of one scan."""
        meaning = interpret(
            text,
            self.price_labels,
            currency=self.currency,
            this_year=self.this_year,
            badge_prefix=self.badge_prefix,
        )
        aim_id, content = split_aim_id(text)
        answer: dict[str, Any] = {
            "kind": meaning.kind,
            "text": text if meaning.kind in _SHOWN else "",
            "symbology": symbology_read(aim_id, content),
            **self._details(meaning),
            "problem": _problem_of(meaning),
        }
        return {key: value for key, value in answer.items() if value is not None and value not in ("", ())}

    def _answer(self, line: bytes | None, number: int) -> dict[str, Any]:
        if line is None:
            message = "The line is longer than any code; it was passed over."
            return _failed(Problem("too_long", message), number)
        try:
            text = msgspec.json.decode(line, type=str)
        except (msgspec.DecodeError, UnicodeDecodeError):
            message = "The line is no JSON string; put the scanned text in quotes, control characters as \\u001d."
            return _failed(Problem("not_json", message), number)
        answer = self.decode(text)
        return {**answer, "line": number} if "problem" in answer else answer

    def _details(self, meaning: Meaning) -> dict[str, Any]:
        match meaning:
            case GoodWithData():
                return _good(meaning) | self._data(meaning)
            case GoodCode():
                return _good(meaning)
            case LabelCode():
                priced = meaning.price_minor is not None
                return {
                    "item_number": meaning.item_number,
                    "count": meaning.count,
                    "weight_grams": meaning.grams,
                    "price_minor": meaning.price_minor,
                    "currency": self.currency if priced else None,
                }
            case CouponCode():
                gtin14 = None if meaning.elements else meaning.number
                return {"gtin14": gtin14, "ais": self._ais(meaning.elements)}
            case Gs1Code():
                return {"ais": self._ais(meaning.elements)}
            case NotACode():
                return {}

    def _data(self, good: GoodWithData) -> dict[str, Any]:
        return {
            "count": good.count,
            "weight_grams": good.grams,
            "price_minor": good.price_minor,
            "currency": good.currency,
            "lot": good.lot,
            "serial": good.serial,
            "expiry": good.expiry and good.expiry.isoformat(),
            "best_before": good.best_before and good.best_before.isoformat(),
            "ais": self._ais(good.elements),
        }

    def _ais(self, elements: Elements) -> tuple[dict[str, Any], ...]:
        return tuple(self._ai(element) for element in elements)

    def _ai(self, element: Element) -> dict[str, Any]:
        typed = typed_value(element, self.currency, self.this_year)
        answer = {"ai": element.ai, "title": element.identifier.title, "text": element.value}
        if typed.type is ValueType.TEXT:
            return {**answer, "value": typed.value}
        named = {"currency": typed.currency} if typed.currency else {}
        return {**answer, "type": typed.type, "value": typed.value, **named}


def add_arguments(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `decode` to the commands of the kiosk."""
    decode = commands.add_parser("decode", help="say what bar codes mean: JSON strings in, JSON objects out")
    decode.add_argument(
        "--label",
        action="append",
        default=[],
        type=_template,
        metavar="TEMPLATE",
        help="template of labels with a price or weight inside, such as 21IIIIIPPPPPC; may be given again",
    )
    decode.add_argument("--national", choices=sorted(countries()), help="the templates of this country, behind --label")
    decode.add_argument("--currency", default="EUR", type=_currency, help="ISO 4217 letters of the store's (EUR)")
    decode.add_argument("--badge-prefix", default="", metavar="TEXT", help="what the text of a badge begins with")
    decode.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    national = (arguments.national,) if arguments.national else ()
    decoder = Decoder(
        price_labels=(*arguments.label, *national),
        currency=arguments.currency,
        this_year=dt.datetime.now(tz=dt.UTC).year,
        badge_prefix=arguments.badge_prefix,
    )
    result = _FINE
    for answer in decoder.answers(_lines(sys.stdin.buffer)):
        sys.stdout.write(f"{msgspec.json.encode(answer).decode()}\n")
        sys.stdout.flush()
        if "problem" in answer:
            result = _PROBLEMS
    return result


def _lines(stream: BinaryIO) -> Iterator[bytes | None]:
    """Lines as they come in, None for one that is longer than `LINE_MAX`: nobody can fill the memory with one."""
    while line := stream.readline(LINE_MAX):
        if len(line) < LINE_MAX or line.endswith(b"\n"):
            yield line
            continue
        while rest := stream.readline(LINE_MAX):
            if rest.endswith(b"\n"):
                break
        yield None


def _good(good: GoodCode) -> dict[str, Any]:
    gtin14 = good.readings[0]
    return {"gtin14": gtin14, "range": number_range(Gtin(gtin14)), "add_on": good.add_on}


def _problem_of(meaning: Meaning) -> dict[str, Any] | None:
    match meaning:
        case GoodWithData(flaw=Problem() as problem) | NotACode(problem=Problem() as problem):
            return _problem(problem)
        case _:
            return None


def _problem(problem: Problem) -> dict[str, Any]:
    answer: dict[str, Any] = {"code": problem.code, "message": problem.message}
    if problem.ai:
        answer["ai"] = problem.ai
    if problem.at >= 0:
        answer["at"] = problem.at
    return answer


def _failed(problem: Problem, number: int) -> dict[str, Any]:
    return {"kind": Kind.UNUSABLE, "problem": _problem(problem), "line": number}


def _template(text: str) -> str:
    if not is_template(text):
        raise argparse.ArgumentTypeError(
            f"{text!r} is no template; it is like 21IIIIIPPPPPC: digits, I item number, P price, C check digit"
        )
    return text


def _currency(text: str) -> str:
    if not re.fullmatch("[A-Z]{3}", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no currency; give its three letters, such as EUR")
    return text
