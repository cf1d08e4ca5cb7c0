"""Tax rules, lines and policies of every kind, for properties."""

from __future__ import annotations

import itertools
from dataclasses import replace
from fractions import Fraction

from hypothesis import strategies as st

from kiosk.domain.money import Rounding
from kiosk.domain.tax.columns import TaxableLine
from kiosk.domain.tax.rules import MixedNet, TaxKind, TaxPer, TaxPolicy, TaxRule

CODES = "ABCD"

# Rates with and without repeating decimals; four shares of one price leave something for the price.
RATES = (0, 6_500, 25_000, 40_000, 60_000, 70_000, 88_750, 100_000, 120_000)
KINDS = (
    *((TaxKind.PERCENT, rate, 0) for rate in (*RATES, *RATES)),
    *((TaxKind.OF_PRICE, rate, 0) for rate in RATES),
    *((TaxKind.PER_UNIT, 0, amount) for amount in (0, 1, 7, 33, 150)),
)
SHAPES = tuple(itertools.product((False, True), (False, True), (False, True), ("", "", "G", "H"), (0, 1, 2)))
LINES = st.lists(
    st.tuples(
        st.integers(-50_000, 50_000),
        st.sampled_from([(1, 0), (2, 0), (3, 0), (7, 0), (1, 333), (1, 1_250)]),
        st.integers(0, 2 ** len(CODES) - 1),
    ),
    min_size=1,
    max_size=6,
)


def rules(*, included: bool | None = None) -> st.SearchStrategy[tuple[TaxRule, ...]]:
    """Four rules, A to D."""

    def made(code: str, kind: tuple[TaxKind, int, int], shape: tuple[bool, bool, bool, str, int]) -> TaxRule:
        return TaxRule(
            code=code,
            name=f"Tax {code}",
            kind=kind[0],
            rate_ppm=kind[1],
            amount_minor=kind[2],
            included=shape[0] if included is None else included,
            compounds=shape[1],
            affected=shape[2],
            group=shape[3],
            sequence=shape[4],
        )

    choice = st.tuples(st.sampled_from(KINDS), st.sampled_from(SHAPES))
    choices = st.tuples(*(choice for _ in CODES))
    return choices.map(lambda some: tuple(made(code, *one) for code, one in zip(CODES, some, strict=True)))


def documents(
    *, included: bool | None = None, exempt: bool = True, returns: bool = True
) -> st.SearchStrategy[list[TaxableLine]]:
    """Lines under some of four rules, some returned; the customer is exempt from the same rules on all of them."""

    def made(
        pool: tuple[TaxRule, ...], free: set[str], drawn: list[tuple[int, tuple[int, int], int]]
    ) -> list[TaxableLine]:
        lines = []
        for number, (due, (pieces, grams), which) in enumerate(drawn, 1):
            chosen = [one for place, one in enumerate(pool) if which >> place & 1]
            paid = tuple(one for one in chosen if one.code not in free)
            unpaid = tuple(one for one in chosen if one.code in free)
            sold = TaxableLine(number, abs(due), pieces, grams, paid, unpaid)
            lines.append(back(sold) if returns and due < 0 else sold)
        return lines

    free = st.sampled_from([set(), set(), {"A"}, {"B", "C"}]) if exempt else st.just(set[str]())
    return st.builds(made, rules(included=included), free, LINES)


def policies(*, steps: tuple[int, ...] = (1, 1, 5)) -> st.SearchStrategy[TaxPolicy]:
    return st.builds(
        TaxPolicy,
        rounding=st.sampled_from(Rounding),
        per=st.sampled_from(TaxPer),
        step_minor=st.sampled_from(steps),
        mixed_net=st.sampled_from(MixedNet),
        round_groups=st.booleans(),
    )


def back(line: TaxableLine) -> TaxableLine:
    """The line returned."""
    return replace(line, due_minor=-line.due_minor, pieces=-line.pieces, grams=-line.grams)


def quantity_of(line: TaxableLine) -> Fraction:
    """Pieces, or kilograms of a weighed good."""
    return Fraction(line.grams, 1000) if line.grams else Fraction(line.pieces)
