"""Taxes add up to the cent whatever the rules, the policy and the order of lines; a return gives all of it back."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import replace
from fractions import Fraction
from typing import TypeVar

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.money import Rounding, divide
from kiosk.domain.tax.algebra import MILLI, plan
from kiosk.domain.tax.columns import TaxableLine
from kiosk.domain.tax.outcome import LineTax, TaxLine
from kiosk.domain.tax.reckoning import Reckoned, TaxedLine, reckon
from kiosk.domain.tax.rules import MixedNet, TaxKind, TaxPer, TaxPolicy, TaxRule
from tests.domain.tax.making import back, documents, policies, quantity_of

VAT = TaxRule(code="VAT", name="VAT 20 %", rate_ppm=200_000)
STATE = TaxRule(code="NY", rate_ppm=40_000, included=False, group="SALES TAX")
CITY = TaxRule(code="NYC", rate_ppm=48_750, included=False, group="SALES TAX")
LINE, UNIT, DOCUMENT = (TaxPolicy(per=per) for per in (TaxPer.LINE, TaxPer.UNIT, TaxPer.DOCUMENT))

_Record = TypeVar("_Record", LineTax, TaxLine)


@given(documents(), policies())
def test_every_line_adds_up(lines: list[TaxableLine], policy: TaxPolicy) -> None:
    for line in reckon(lines, policy).lines:
        assert line.gross_minor == line.net_minor + line.tax_minor
        assert line.tax_minor == sum(tax.tax_minor for tax in line.taxes)
        assert all(tax.tax_minor == 0 for tax in line.taxes if tax.exempt)


@given(documents(), policies())
def test_the_table_adds_up_with_the_lines(lines: list[TaxableLine], policy: TaxPolicy) -> None:
    sale = reckon(lines, policy)
    assert sum(row.tax_minor for row in sale.table) == sale.tax_minor
    assert sale.gross_minor == sale.net_minor + sale.tax_minor
    taxes: Counter[tuple[str, bool]] = Counter()
    grosses: Counter[tuple[str, bool]] = Counter()
    for line in sale.lines:
        for tax in line.taxes:
            taxes[tax.group or tax.code, tax.exempt] += tax.tax_minor
        for row in {(tax.group or tax.code, tax.exempt) for tax in line.taxes}:
            grosses[row] += line.gross_minor
    for row in taxes:
        rows = [one for one in sale.table if (one.code, one.exempt) == row]
        assert sum(one.tax_minor for one in rows) == taxes[row]
        assert sum(one.gross_minor for one in rows) == grosses[row]


@given(documents(), policies(steps=(5, 10)))
def test_all_amounts_are_of_coins_there_are(lines: list[TaxableLine], policy: TaxPolicy) -> None:
    sale = reckon(lines, policy)
    amounts = [amount for line in sale.lines for amount in (line.net_minor, line.tax_minor, line.gross_minor)]
    amounts += [tax.tax_minor for line in sale.lines for tax in line.taxes]
    assert all(amount % policy.step_minor == 0 for amount in amounts)


@given(documents(included=True, exempt=False), policies(steps=(1,)))
def test_the_shelf_price_stands_where_all_taxes_are_in_it(lines: list[TaxableLine], policy: TaxPolicy) -> None:
    assert [line.gross_minor for line in reckon(lines, policy).lines] == [line.due_minor for line in lines]


@given(documents(included=False), policies(steps=(1,)))
def test_a_price_before_tax_is_the_net(lines: list[TaxableLine], policy: TaxPolicy) -> None:
    assert [line.net_minor for line in reckon(lines, policy).lines] == [line.due_minor for line in lines]


@given(documents(exempt=False), policies(steps=(1,)))
def test_the_shelf_price_stands_beside_taxes_on_top(lines: list[TaxableLine], policy: TaxPolicy) -> None:
    for line, taxed in zip(
        lines, reckon(lines, msgspec.structs.replace(policy, mixed_net=MixedNet.REST)).lines, strict=True
    ):
        inside = {rule.code for rule in line.rules if rule.included}
        assert taxed.net_minor + sum(tax.tax_minor for tax in taxed.taxes if tax.code in inside) == line.due_minor


@given(documents(), policies())
def test_a_full_return_gives_back_what_was_paid(lines: list[TaxableLine], policy: TaxPolicy) -> None:
    sold, returned = reckon(lines, policy), reckon([back(line) for line in lines], policy)
    assert returned == _opposite(sold)


@given(documents(), policies(), st.randoms(use_true_random=False))
def test_the_order_of_lines_changes_nothing(lines: list[TaxableLine], policy: TaxPolicy, chance: object) -> None:
    shuffled = list(lines)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random that it can replay
    one, other = reckon(lines, policy), reckon(shuffled, policy)
    assert sorted(one.lines, key=_number) == sorted(other.lines, key=_number)
    assert one.table == other.table


@given(documents(), policies(), st.randoms(use_true_random=False))
def test_the_order_of_scanning_changes_no_total(lines: list[TaxableLine], policy: TaxPolicy, chance: object) -> None:
    shuffled = list(lines)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]  # hypothesis gives a random.Random that it can replay
    renumbered = [replace(line, line=number) for number, line in enumerate(shuffled, 1)]
    one, other = reckon(lines, policy), reckon(renumbered, policy)
    assert (one.net_minor, one.tax_minor, one.gross_minor) == (other.net_minor, other.tax_minor, other.gross_minor)
    assert one.table == other.table


@given(documents(returns=False), policies(), st.integers(0, 7), st.integers(1, 300))
def test_a_higher_price_never_lowers_the_total(
    lines: list[TaxableLine], policy: TaxPolicy, place: int, more: int
) -> None:
    place %= len(lines)
    dearer = [*lines]
    dearer[place] = replace(lines[place], due_minor=lines[place].due_minor + more)
    assert reckon(dearer, policy).gross_minor >= reckon(lines, policy).gross_minor


@given(documents(returns=False), policies())
def test_a_tax_is_rounded_once_over_the_document(lines: list[TaxableLine], policy: TaxPolicy) -> None:
    policy = msgspec.structs.replace(policy, per=TaxPer.DOCUMENT, round_groups=False)
    exact: defaultdict[str, Fraction] = defaultdict(Fraction)
    sale = reckon(lines, policy)
    for line, taxed in zip(lines, sale.lines, strict=True):
        for share, tax in zip(_exact(line), taxed.taxes, strict=True):
            exact[tax.code] += share
            assert abs(tax.tax_minor - share) < policy.step_minor
    for code, amount in exact.items():
        found = sum(tax.tax_minor for line in sale.lines for tax in line.taxes if tax.code == code)
        assert found == _round(amount, policy)


@given(documents(returns=False), policies())
def test_a_tax_is_rounded_on_every_line(lines: list[TaxableLine], policy: TaxPolicy) -> None:
    policy = msgspec.structs.replace(policy, per=TaxPer.LINE, round_groups=False)
    for line, taxed in zip(lines, reckon(lines, policy).lines, strict=True):
        assert [tax.tax_minor for tax in taxed.taxes] == [_round(share, policy) for share in _exact(line)]


@given(documents(returns=False), policies())
def test_a_tax_is_rounded_on_every_piece(lines: list[TaxableLine], policy: TaxPolicy) -> None:
    policy = msgspec.structs.replace(policy, per=TaxPer.UNIT, round_groups=False)
    for line, taxed in zip(lines, reckon(lines, policy).lines, strict=True):
        each = [_round(share / line.pieces, policy) for share in _exact(line)]
        assert [tax.tax_minor for tax in taxed.taxes] == [line.pieces * tax for tax in each]


@given(documents(returns=False), policies())
def test_a_group_may_be_rounded_as_one(lines: list[TaxableLine], policy: TaxPolicy) -> None:
    policy = msgspec.structs.replace(policy, per=TaxPer.LINE, round_groups=True)
    for line, taxed in zip(lines, reckon(lines, policy).lines, strict=True):
        exact: defaultdict[str, Fraction] = defaultdict(Fraction)
        found: Counter[str] = Counter()
        for share, tax in zip(_exact(line), taxed.taxes, strict=True):
            exact[tax.group or tax.code] += share
            found[tax.group or tax.code] += tax.tax_minor
            assert abs(tax.tax_minor - share) < policy.step_minor
            assert tax.tax_minor == 0 or not tax.exempt
        assert found == {row: _round(amount, policy) for row, amount in exact.items()}


def _exact(line: TaxableLine) -> list[Fraction]:
    milli = quantity_of(line) * MILLI
    parts = plan(line.rules, line.exempt).parts
    return [part.tax.price * line.due_minor + part.tax.quantity * milli for part in parts]


def _round(amount: Fraction, policy: TaxPolicy) -> int:
    return divide(amount.numerator, amount.denominator * policy.step_minor, policy.rounding) * policy.step_minor


def _number(line: TaxedLine) -> int:
    return line.line


def _opposite(sale: Reckoned) -> Reckoned:
    def line_back(line: TaxedLine) -> TaxedLine:
        taxes = tuple(_negative(tax, "base_minor", "tax_minor") for tax in line.taxes)
        return TaxedLine(line.line, -line.net_minor, -line.tax_minor, -line.gross_minor, taxes)

    table = tuple(_negative(row, "net_minor", "tax_minor", "gross_minor") for row in sale.table)
    return Reckoned(tuple(line_back(line) for line in sale.lines), table)


def _negative(record: _Record, *amounts: str) -> _Record:
    return msgspec.structs.replace(record, **{amount: -getattr(record, amount) for amount in amounts})


def test_a_shelf_price_of_24_99_stays() -> None:
    for policy in (LINE, UNIT, DOCUMENT):
        sale = reckon([TaxableLine(1, 2499, rules=(VAT,))], policy)
        assert (sale.net_minor, sale.tax_minor, sale.gross_minor) == (2082, 417, 2499)
        assert sale.table == (
            TaxLine(code="VAT", name="VAT 20 %", rate_ppm=200_000, net_minor=2082, tax_minor=417, gross_minor=2499),
        )


def test_policies_differ_where_they_should() -> None:
    three = [TaxableLine(number, 149, pieces=3, rules=(VAT,)) for number in (1, 2, 3)]  # 24.833 of tax each
    assert reckon(three, LINE).tax_minor == 75
    assert reckon(three, UNIT).tax_minor == 72  # 8.28 a piece
    document = reckon(three, DOCUMENT)
    assert [line.tax_minor for line in document.lines] == [25, 25, 25]
    down = reckon(three, TaxPolicy(rounding=Rounding.DOWN))
    assert [line.tax_minor for line in down.lines] == [
        25,
        25,
        24,
    ]  # 74.5 of them, and the first of equals get the odd ones


def test_a_group_is_one_row_for_each_rate_it_comes_to() -> None:
    lines = [TaxableLine(1, 10_000, rules=(STATE, CITY)), TaxableLine(2, 5_000, rules=(STATE,))]
    sale = reckon(lines, DOCUMENT)
    assert [
        (row.code, row.name, row.rate_ppm, row.net_minor, row.tax_minor, row.gross_minor) for row in sale.table
    ] == [
        ("SALES TAX", "SALES TAX", 40_000, 5_000, 200, 5_200),
        ("SALES TAX", "SALES TAX", 88_750, 10_000, 888, 10_888),
    ]


def test_state_and_city_are_rounded_each_or_together() -> None:
    line = [TaxableLine(1, 112, rules=(STATE, CITY))]  # 4.48 and 5.46, together 9.94
    each, together = (reckon(line, TaxPolicy(round_groups=how)).lines[0] for how in (False, True))
    assert [tax.tax_minor for tax in each.taxes] == [4, 5]
    assert [tax.tax_minor for tax in together.taxes] == [5, 5]


def test_what_a_group_comes_to_is_shared_by_those_who_pay_it() -> None:
    levy = TaxRule(code="LEVY", rate_ppm=1_000, included=False, group="SALES TAX")
    policy = TaxPolicy(per=TaxPer.UNIT, round_groups=True)  # 0.5 a piece, which is 1 each and 7 in all
    line = reckon([TaxableLine(1, 3_500, pieces=7, rules=(levy,), exempt=(STATE, CITY))], policy).lines[0]
    assert [(tax.code, tax.tax_minor) for tax in line.taxes] == [("LEVY", 7), ("NY", 0), ("NYC", 0)]


def test_rates_of_one_code_are_rows_of_their_own() -> None:
    reduced = TaxRule(code="VAT", name="VAT 10 %", rate_ppm=100_000)
    table = reckon([TaxableLine(1, 1100, rules=(reduced,)), TaxableLine(2, 1200, rules=(VAT,))], DOCUMENT).table
    assert [(row.name, row.net_minor, row.tax_minor) for row in table] == [
        ("VAT 10 %", 1000, 100),
        ("VAT 20 %", 1000, 200),
    ]


def test_an_exempt_customer_pays_the_price_less_the_tax_in_it() -> None:
    sale = reckon([TaxableLine(1, 2499, exempt=(VAT,))], LINE)
    assert (sale.net_minor, sale.tax_minor, sale.gross_minor) == (2083, 0, 2083)
    (tax,) = sale.lines[0].taxes
    assert (tax.base_minor, tax.tax_minor, tax.exempt) == (2083, 0, True)
    assert [(row.exempt, row.net_minor, row.tax_minor, row.gross_minor) for row in sale.table] == [
        (True, 2083, 0, 2083)
    ]


def test_an_exempt_customer_pays_a_price_before_tax_as_it_is() -> None:
    sale = reckon([TaxableLine(1, 10_000, rules=(CITY,), exempt=(STATE,))], LINE)
    assert sale.gross_minor == 10_488
    assert [(row.rate_ppm, row.exempt, row.tax_minor) for row in sale.table] == [
        (48_750, False, 488),
        (40_000, True, 0),
    ]


def test_an_excise_counts_pieces_or_kilograms_and_is_taxed_itself() -> None:
    excise = TaxRule(code="EXCISE", kind=TaxKind.PER_UNIT, amount_minor=120, compounds=True)
    vat = msgspec.structs.replace(VAT, sequence=1)
    bottles = reckon([TaxableLine(1, 1800, pieces=2, rules=(excise, vat))], LINE).lines[0]
    assert [(tax.code, tax.base_minor, tax.tax_minor) for tax in bottles.taxes] == [
        ("EXCISE", 1260, 240),
        ("VAT", 1500, 300),
    ]
    tobacco = reckon([TaxableLine(1, 600, grams=250, rules=(excise, vat))], LINE).lines[0]
    assert [(tax.code, tax.base_minor, tax.tax_minor) for tax in tobacco.taxes] == [
        ("EXCISE", 470, 30),
        ("VAT", 500, 100),
    ]


def test_nothing_sold_is_nothing_taxed() -> None:
    assert reckon([], DOCUMENT) == Reckoned((), ())
    untaxed = reckon([TaxableLine(1, 500)], DOCUMENT)
    assert (untaxed.net_minor, untaxed.tax_minor, untaxed.gross_minor, untaxed.table) == (500, 0, 500, ())


def test_a_tie_for_the_odd_cent_is_not_decided_by_the_order_of_scanning() -> None:
    both, one = (STATE, CITY), (STATE,)  # 40.52 of NY's tax on either, 81.04 in all
    tables = [
        reckon([TaxableLine(1, 1013, rules=first), TaxableLine(2, 1013, rules=second)], DOCUMENT).table
        for first, second in ((both, one), (one, both))
    ]
    assert tables[0] == tables[1]
    assert sorted(row.tax_minor for row in tables[0]) == [41, 89]  # and 49 of the city's


def test_with_a_tax_on_top_either_the_shelf_price_stands_or_the_net_is_rounded() -> None:
    centre = TaxRule(code="CGST", rate_ppm=60_000, compounds=True)
    state = TaxRule(code="SGST", rate_ppm=60_000, compounds=True, affected=False, sequence=1)
    cess = TaxRule(code="CESS", rate_ppm=30_000, included=False, sequence=2)
    # Exactly: net 3176.79, two taxes of 190.61 in the price, and 106.74 on top of it.
    lines = [TaxableLine(number, 1779, rules=(centre, state, cess)) for number in (1, 2)]
    rest, rounded = (reckon(lines, TaxPolicy(mixed_net=how)) for how in (MixedNet.REST, MixedNet.ROUNDED))
    assert rest.tax_minor == rounded.tax_minor == 191 + 191 + 107
    assert (rest.net_minor, rest.gross_minor) == (3176, 3558 + 107)
    assert (rounded.net_minor, rounded.gross_minor) == (3177, 3558 + 107 + 1)
    assert [row.net_minor for row in rest.table] == [row.net_minor for row in rounded.table] == [3558, 3176, 3176]
