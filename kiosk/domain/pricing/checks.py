"""What makes a document unfit that is well-formed: values that contradict each other, and sizes beyond all reason."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime

from kiosk.domain.basket import BasketLine
from kiosk.domain.context import Scope
from kiosk.domain.item import Unit
from kiosk.domain.pricing.document import Document
from kiosk.domain.pricing.faults import Problem

LINES_MAX = 1_000
PROMOTIONS_MAX = 20_000
PRICE_MAX_MINOR = 10**12
# Sums of a whole document must stay within 64 bits, since that is what most readers of JSON can hold.
AMOUNT_MAX_MINOR = 10**14
GRAMS_MAX = 10_000_000


def document_problems(document: Document) -> tuple[Problem, ...]:
    """All that is wrong with `document`; none where it can be priced."""
    return tuple(
        found for check in (_sizes, _lines, _links, _prices, _promotions, _usage, _taxes) for found in check(document)
    )


def _sizes(document: Document) -> Iterator[Problem]:
    for name, values, most in (
        ("lines", document.lines, LINES_MAX),
        ("promotions", document.promotions, PROMOTIONS_MAX),
    ):
        if len(values) > most:
            yield _problem(f"$.{name}", f"There are {len(values):,} {name}.", f"Send at most {most:,}.")


def _lines(document: Document) -> Iterator[Problem]:
    yield from _twice("$.lines", "line", (line.line for line in document.lines), "Number the lines 1, 2, 3.")
    for place, line in enumerate(document.lines):
        path = f"$.lines[{place}]"
        yield from _weight(path, line)
        yield from _amounts(path, line)


def _weight(path: str, line: BasketLine) -> Iterator[Problem]:
    if line.unit is Unit.EACH and line.grams:
        yield _problem(f"{path}.grams", "A good sold by the piece has a weight.", 'Leave it out, or give unit "kg".')
    if line.unit is Unit.KILOGRAM and not line.grams and line.label_price_minor is None:
        yield _problem(f"{path}.grams", "A good sold by weight has no weight.", "Give its net weight in grams.")
    if line.unit is Unit.KILOGRAM and line.quantity != 1:
        yield _problem(f"{path}.quantity", "A weighed good is one piece.", "Give one line for each weighing.")
    if line.grams > GRAMS_MAX:
        yield _problem(f"{path}.grams", f"{line.grams:,} grams are no sale.", f"Give at most {GRAMS_MAX:,} grams.")


def _amounts(path: str, line: BasketLine) -> Iterator[Problem]:
    prices = {"unit_price_minor": line.unit_price_minor, "label_price_minor": line.label_price_minor or 0}
    if line.override:
        prices["override.price_minor"] = line.override.price_minor
    for name, price_minor in prices.items():
        yield from _too_much(f"{path}.{name}", price_minor)
    if max(prices.values()) * line.quantity > AMOUNT_MAX_MINOR:
        yield _problem(
            path, "The line costs more than can be counted.", f"Stay below {AMOUNT_MAX_MINOR:,} minor units."
        )


def _links(document: Document) -> Iterator[Problem]:
    lines = {line.line: line for line in document.lines}
    for place, line in enumerate(document.lines):
        path = f"$.lines[{place}].linked_to"
        if line.linked_to is None:
            continue
        target = lines.get(line.linked_to)
        if target is None:
            yield _problem(path, f"There is no line {line.linked_to}.", "Give the number of the line it belongs to.")
        elif target is line:
            yield _problem(path, "The line is linked to itself.", "Give the number of the line it belongs to.")
        elif target.linked_to is not None:
            yield _problem(path, f"Line {target.line} is linked itself.", "Link it to the good that both belong to.")


def _prices(document: Document) -> Iterator[Problem]:
    yield from _twice("$.prices", "id", (price.id for price in document.prices), "Give each price an id of its own.")
    for place, price in enumerate(document.prices):
        yield from _too_much(f"$.prices[{place}].price_minor", price.price_minor)
        yield from _never(f"$.prices[{place}].scope", price.scope)


def _promotions(document: Document) -> Iterator[Problem]:
    ids = (promotion.id for promotion in document.promotions)
    yield from _twice("$.promotions", "id", ids, "Give each promotion an id of its own.")
    for place, promotion in enumerate(document.promotions):
        yield from _never(f"$.promotions[{place}].scope", promotion.scope)


def _usage(document: Document) -> Iterator[Problem]:
    named = [usage.promotion for usage in document.usage]
    yield from _twice("$.usage", "promotion", named, "Add them up.")
    known = {promotion.id for promotion in document.promotions}
    for place, name in enumerate(named):
        if name not in known:
            path = f"$.usage[{place}].promotion"
            yield _problem(path, f"There is no promotion {name!r}.", "Give the usage of promotions of this document.")


def _taxes(document: Document) -> Iterator[Problem]:
    for place, rule in enumerate(document.taxes):
        yield from _too_much(f"$.taxes[{place}].amount_minor", abs(rule.amount_minor))
        yield from _never(f"$.taxes[{place}].scope", rule.scope)
    named = {code for rule in document.taxes for code in rule.tax_codes}
    if not document.taxes or any(not rule.tax_codes for rule in document.taxes):
        return
    for place, line in enumerate(document.lines):
        if line.tax_code and line.tax_code not in named:
            message = f"No tax rule names the tax code {line.tax_code!r}."
            yield _problem(f"$.lines[{place}].tax_code", message, 'Send its rule, or "" for what is not taxed.')


def _never(path: str, scope: Scope) -> Iterator[Problem]:
    begin, end = scope.valid_from, scope.valid_until
    if begin and end and _alike(begin, end) and end <= begin:
        yield _problem(path, "It ends before it begins.", "Give a `valid_until` after `valid_from`.")


def _alike(one: datetime, other: datetime) -> bool:
    """Whether both have an offset or neither: others cannot be compared without a zone."""
    return (one.tzinfo is None) == (other.tzinfo is None)


def _too_much(path: str, price_minor: int) -> Iterator[Problem]:
    if price_minor > PRICE_MAX_MINOR:
        yield _problem(path, f"{price_minor:,} is no price.", f"Give at most {PRICE_MAX_MINOR:,} minor units.")


def _twice(path: str, name: str, values: Iterable[object], remedy: str) -> Iterator[Problem]:
    seen: dict[object, int] = {}
    for place, value in enumerate(values):
        if value in seen:
            yield _problem(f"{path}[{place}].{name}", f"{value!r} is that of {path}[{seen[value]}], too.", remedy)
        seen.setdefault(value, place)


def _problem(path: str, message: str, remedy: str) -> Problem:
    return Problem(path=path, message=message, remedy=remedy)
