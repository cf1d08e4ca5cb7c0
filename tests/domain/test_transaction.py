"""Lines and totals add up to the cent, whatever is scanned and in whatever order."""

from __future__ import annotations

from datetime import UTC, datetime

from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.context import Context
from kiosk.domain.item import Unit
from kiosk.domain.money import grams_for_price, price_of_weight, round_half_up, tax_within
from kiosk.domain.pricing.open_basket import repriced
from kiosk.domain.transaction import Measure, Prices, Transaction, add_item, with_quantity, without_line
from tests.checkout.lane import BANANA, CHEDDAR, COLA, GOODS, MILK, SmallCatalog

CATALOG = SmallCatalog()
PRICES = Prices(CATALOG.tax_rate, CATALOG.by_sku)
EMPTY = Transaction(sequence_number=1, business_day="2026-11-21", started_at="", currency="EUR")
SOLD = [good for good in GOODS if good.sellable]


def measure_of(good: object, number: int) -> Measure:
    return Measure(grams=number) if getattr(good, "unit", None) is Unit.KILOGRAM else Measure(quantity=number)


def filled(picks: list[tuple[int, int]]) -> Transaction:
    transaction = EMPTY
    for index, number in picks:
        good = SOLD[index % len(SOLD)]
        transaction = add_item(transaction, good, measure_of(good, number), "", PRICES)
    return transaction


def priced(transaction: Transaction) -> Transaction:
    at = datetime(2026, 11, 21, 10, tzinfo=UTC)
    return repriced(transaction, CATALOG.pricing(), Context(store_id="0101", currency="EUR", at=at))


PICKS = st.lists(st.tuples(st.integers(0, 20), st.integers(1, 5000)), max_size=20)


@given(st.integers(-(10**9), 10**9), st.integers(1, 10**6))
def test_half_up_is_within_a_half_and_away_from_zero(numerator: int, denominator: int) -> None:
    rounded = round_half_up(numerator, denominator)
    assert abs(2 * (rounded * denominator - numerator)) <= denominator
    assert round_half_up(-numerator, denominator) == -rounded


def test_half_up_examples() -> None:
    assert [round_half_up(n, 2) for n in (1, 3, -1, -3)] == [1, 2, -1, -2]
    assert price_of_weight(189, 452) == 85  # 85.428
    assert price_of_weight(1590, 250) == 398  # 397.5
    assert grams_for_price(477, 1590) == 300
    assert grams_for_price(477, 0) == 0
    assert tax_within(1199, 230_000) == 224  # 224.203...


@given(PICKS)
def test_the_total_is_the_sum_of_the_lines_and_of_the_tax_table(picks: list[tuple[int, int]]) -> None:
    transaction = priced(filled(picks))
    assert transaction.total_minor == sum(tax.gross_minor for tax in transaction.taxes)
    assert transaction.total_minor == filled(picks).total_minor, "the shelf price is what is paid"
    assert all(0 <= tax.tax_minor <= tax.gross_minor for tax in transaction.taxes)
    numbers = [line.line for line in transaction.lines]
    assert len(numbers) == len(set(numbers))


@given(PICKS, st.randoms())
def test_the_order_of_scanning_never_changes_the_total(picks: list[tuple[int, int]], random: object) -> None:
    mixed = list(picks)
    random.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis hands a Random, typed as an object here
    assert filled(picks).total_minor == filled(mixed).total_minor


@given(PICKS, st.integers(0, 20), st.integers(1, 5000))
def test_adding_a_good_never_lowers_the_total(picks: list[tuple[int, int]], index: int, number: int) -> None:
    assert filled([*picks, (index, number)]).total_minor >= filled(picks).total_minor


@given(PICKS)
def test_striking_every_line_leaves_nothing(picks: list[tuple[int, int]]) -> None:
    transaction = filled(picks)
    for line in transaction.lines:
        transaction = without_line(transaction, line.line)
    assert transaction.lines == ()


def test_a_deposit_follows_its_bottle() -> None:
    transaction = add_item(EMPTY, COLA, Measure(quantity=2), "", PRICES)
    assert [(line.sku, line.quantity, line.linked_to) for line in transaction.lines] == [
        ("cola", 2, None),
        ("deposit15", 2, 1),
    ]
    assert with_quantity(transaction, 1, 5).total_minor == 5 * (180 + 15)
    again = add_item(transaction, COLA, Measure(), "", PRICES)
    assert (len(again.lines), again.pieces) == (2, 3)


def test_weighed_goods_never_count_up() -> None:
    transaction = add_item(EMPTY, BANANA, Measure(grams=100), "", PRICES)
    transaction = add_item(transaction, BANANA, Measure(grams=100), "", PRICES)
    assert len(transaction.lines) == 2


def test_a_label_price_is_the_amount_and_its_weight_is_worked_out() -> None:
    transaction = add_item(EMPTY, CHEDDAR, Measure(label_price_minor=477), "", PRICES)
    (line,) = transaction.lines
    assert (line.amount_minor, line.grams) == (477, 300)


def test_a_changed_price_makes_a_new_line() -> None:
    transaction = add_item(EMPTY, MILK, Measure(), "", PRICES)
    dearer = type(MILK)(**{**{name: getattr(MILK, name) for name in MILK.__slots__}, "price_minor": 159})
    transaction = add_item(transaction, dearer, Measure(), "", PRICES)
    assert [line.amount_minor for line in transaction.lines] == [149, 159]
