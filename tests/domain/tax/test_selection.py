"""The rules that fall on a line are those of its tax code, place, fulfilment, day and customer, in their order."""

from __future__ import annotations

import itertools
from datetime import UTC, datetime, timedelta

import pytest

from kiosk.domain.context import Context, Customer, Scope
from kiosk.domain.tax.rules import TaxRule
from kiosk.domain.tax.selection import select

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
FOOD = TaxRule(code="FOOD", tax_codes=("B",))
ANY = TaxRule(code="ANY", sequence=1)


def context(**changes: object) -> Context:
    return Context(**{"store_id": "S1", "currency": "EUR", "at": NOON, "time_zone": "Europe/Vienna", **changes})  # type: ignore[arg-type]  # whatever a test changes


def codes(rules: tuple[TaxRule, ...], tax_code: str = "B", **changes: object) -> list[str]:
    return [rule.code for rule in select(rules, tax_code, context(**changes))[0]]


def test_a_rule_falls_on_the_tax_codes_it_names_or_on_all() -> None:
    assert codes((FOOD, ANY)) == ["FOOD", "ANY"]
    assert codes((FOOD, ANY), tax_code="A") == ["ANY"]


def test_rules_are_ordered_by_sequence_then_code_however_they_come() -> None:
    rules = (
        TaxRule(code="C"),
        TaxRule(code="A", sequence=2),
        TaxRule(code="B", sequence=2),
        TaxRule(code="Z", sequence=1),
    )
    for order in itertools.permutations(rules):
        assert codes(order) == ["C", "Z", "A", "B"]


@pytest.mark.parametrize(
    ("scope", "here", "elsewhere"),
    [
        (Scope(regions=("US-NY",)), {"region": "US-NY"}, {"region": "US-NJ"}),
        (Scope(fulfilments=("eat_in",)), {"fulfilment": "eat_in"}, {"fulfilment": "take_away"}),
        (Scope(stores=("S1",)), {}, {"store_id": "S2"}),
        (Scope(channels=("web",)), {"channel": "web"}, {"channel": "kiosk"}),
    ],
)
def test_a_rule_holds_only_in_its_scope(scope: Scope, here: dict[str, str], elsewhere: dict[str, str]) -> None:
    rule = TaxRule(code="X", scope=scope)
    assert codes((rule,), **here) == ["X"]
    assert codes((rule,), **elsewhere) == []


def test_an_exempt_customer_keeps_the_rules_that_would_fall() -> None:
    rules, exempt = select((FOOD, ANY), "B", context(customer=Customer(tax_exempt=("ANY",), exemption_id="ST-119")))
    assert ([rule.code for rule in rules], [rule.code for rule in exempt]) == (["FOOD"], ["ANY"])
    rules, exempt = select((FOOD, ANY), "B", context(customer=Customer(tax_exempt=("*",))))
    assert (rules, [rule.code for rule in exempt]) == ((), ["FOOD", "ANY"])


def test_a_new_rate_takes_over_at_local_midnight_though_the_old_one_is_open() -> None:
    midnight = datetime(2027, 1, 1)  # noqa: DTZ001 - a time without an offset counts in the store's zone
    old = TaxRule(code="VAT", rate_ppm=200_000)
    new = TaxRule(code="VAT", rate_ppm=210_000, scope=Scope(valid_from=midnight))
    moment = datetime(2026, 12, 31, 23, tzinfo=UTC)  # midnight in Vienna
    for rules in ((old, new), (new, old)):
        before, _ = select(rules, "A", context(at=moment - timedelta(seconds=1)))
        after, _ = select(rules, "A", context(at=moment))
        assert ([rule.rate_ppm for rule in before], [rule.rate_ppm for rule in after]) == ([200_000], [210_000])


def test_days_with_and_without_an_offset_are_compared_as_moments() -> None:
    local = TaxRule(code="VAT", rate_ppm=1, scope=Scope(valid_from=datetime(2026, 11, 1)))  # noqa: DTZ001 - local time
    later = TaxRule(code="VAT", rate_ppm=2, scope=Scope(valid_from=datetime(2026, 10, 31, 23, 30, tzinfo=UTC)))
    assert [rule.rate_ppm for rule in select((later, local), "A", context())[0]] == [
        2
    ]  # Vienna began 30 minutes before


def test_of_equals_the_last_in_the_list_counts() -> None:
    one, other = TaxRule(code="VAT", rate_ppm=1), TaxRule(code="VAT", rate_ppm=2)
    assert select((one, other), "A", context())[0] == (other,)
