"""The scenarios of Sylius, with its cents and its taxes."""

from __future__ import annotations

import gzip
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from kiosk.domain.pricing.document import Result
from kiosk.domain.pricing.engine import price
from tests.domain.promotion import sylius

# Every scenario holds: there are no exceptions.


def _case(*, promotions: Sequence[Mapping[str, Any]] = (), tax: bool = False, **more: Any) -> dict[str, Any]:
    """A scenario in the form of the file, with the products that all of those below share."""
    shirt: dict[str, Any] = {
        "name": "PHP T-Shirt",
        "price": "19.70" if tax else "100.00",
        "taxons": [],
        "tax_category": "Clothes",
    }
    other = {**shirt, "name": "Symfony T-Shirt", "price": "19.70" if tax else "150.00"}
    rate = {"name": "VAT", "percent": "20", "category": "Clothes", "zone": "US", "included_in_price": True}
    holiday: dict[str, Any] = {"name": "Holiday promotion", "priority": None, "exclusive": False, "rules": []}
    return {
        "products": [shirt, other],
        "promotions": [{**holiday, **each} for each in promotions],
        "tax_rates": [rate] if tax else [],
        "default_tax_zone": "US",
        "tax_strategy": "order_items",
        "shipping_methods": [{"name": "DHL", "fee": "10.00"}, {"name": "FedEx", "fee": "30.00"}],
        **more,
    }


SHIRT = {"do": "add", "product": "PHP T-Shirt", "quantity": 1}
TWO_SHIRTS = {**SHIRT, "quantity": 2}
OTHER_SHIRT = {**SHIRT, "product": "Symfony T-Shirt"}
SANTA = {
    "coupon": "SANTA2016",
    "rules": [{"type": "cart_quantity_at_least", "value": 2}],
    "actions": [{"target": "order", "type": "fixed", "value": "10.00"}],
}
TEN_OFF = {"actions": [{"target": "order", "type": "fixed", "value": "10.00"}]}
FREE_SHIPPING = {"actions": [{"target": "shipping", "type": "percent", "value": "100"}]}
REJECTED = [
    TWO_SHIRTS,
    {"do": "coupon", "code": "SANTA2016"},
    {"expect": "coupon_rejected"},
    {"expect": "total", "value": "200.00"},
    {"expect": "order_discount", "value": "0.00"},
]
# The scenarios of sylius_gherkin.json.gz that sylius_cases.json leaves out, put into its form by hand.
BY_HAND = {
    "Receiving no discount if promotion for the applied coupon is not enabled in the current channel": _case(
        promotions=[{**SANTA, "disabled_in_channel": True}], events=REJECTED
    ),
    "Receiving no discount if promotion's usage for the applied coupon is already exceeded": _case(
        promotions=[{**SANTA, "usage_limit": 100, "used": 100}], events=REJECTED
    ),
    "Not receiving discount on shipping after removing last item from cart": _case(
        promotions=[FREE_SHIPPING],
        events=[
            SHIRT,
            {"do": "choose_shipping", "method": "DHL"},
            {"do": "remove", "product": "PHP T-Shirt"},
            {"expect": "total", "value": "0.00"},
            {"expect": "order_discount", "value": "0.00"},
        ],
    ),
    "Receiving discount on shipping after shipping method change": _case(
        promotions=[FREE_SHIPPING],
        events=[
            SHIRT,
            {"do": "choose_shipping", "method": "DHL"},
            {"do": "choose_shipping", "method": "FedEx"},
            {"expect": "total", "value": "100.00"},
            {"expect": "line_total", "product": "FedEx", "value": "0.00"},
        ],
    ),
    "Receiving discount after removing an item from the cart and then adding another one": _case(
        promotions=[TEN_OFF],
        events=[
            SHIRT,
            {"do": "remove", "product": "PHP T-Shirt"},
            OTHER_SHIRT,
            {"expect": "total", "value": "140.00"},
            {"expect": "order_discount", "value": "-10.00"},
        ],
    ),
    "Not receiving discount when promotion is disabled for current channel": _case(
        promotions=[{**TEN_OFF, "disabled_in_channel": True}],
        events=[SHIRT, {"expect": "total", "value": "100.00"}, {"expect": "order_discount", "value": "0.00"}],
    ),
    "Applying correct taxes for a single item with tax rate included in price": _case(
        tax=True,
        events=[
            SHIRT,
            {"expect": "total", "value": "19.70"},
            {"expect": "included_taxes", "value": "3.28"},
            {"expect": "line_total", "product": "PHP T-Shirt", "value": "19.70"},
        ],
    ),
    "Applying correct taxes for multiple items with tax rate included in price and decimal calculator": _case(
        tax=True,
        tax_strategy="decimal",
        events=[
            SHIRT,
            OTHER_SHIRT,
            {"expect": "total", "value": "39.40"},
            {"expect": "included_taxes", "value": "6.57"},
        ],
    ),
}


def test_the_scenarios_that_the_file_leaves_out_hold_too(shared_data: Path, subtests: pytest.Subtests) -> None:
    """Counted, so that no scenario of Sylius goes by unplayed."""
    with gzip.open(shared_data / "promo" / "sylius_gherkin.json.gz") as file:
        told = Counter(each["scenario"] for each in json.load(file))
    cases = json.loads((shared_data / "promo" / "sylius_cases.json").read_text())["cases"]
    assert told - Counter(each["scenario"] for each in cases) == Counter(list(BY_HAND))
    for scenario, case in BY_HAND.items():
        with subtests.test(scenario):
            assert _play(case)


def test_every_scenario_comes_to_the_cents_of_sylius(shared_data: Path, subtests: pytest.Subtests) -> None:
    cases = json.loads((shared_data / "promo" / "sylius_cases.json").read_text())["cases"]
    assert len(cases) == 36
    checked = 0
    for case in cases:
        with subtests.test(case["scenario"]):
            checked += _play(case)
    assert checked > 60


def _play(case: Mapping[str, Any]) -> int:
    """Run the events of a scenario and check what it expects; how many expectations that were."""
    cart: dict[str, int] = {}
    coupons: list[str] = []
    shipping = None
    checked = 0
    for event in case["events"]:
        match event.get("do"):
            case "add":
                cart[event["product"]] = cart.get(event["product"], 0) + event["quantity"]
            case "set_quantity":
                cart[event["product"]] = event["quantity"]
            case "remove":
                del cart[event["product"]]
            case "coupon":
                coupons.append(event["code"])
            case "choose_shipping":
                shipping = event["method"]
            case None:
                _expect(event, price(sylius.document(case, cart, coupons, shipping)))
                checked += 1
            case other:
                raise NotImplementedError(other)
    return checked


def _expect(event: Mapping[str, Any], result: Result) -> None:
    match event["expect"]:
        case "total":
            found = result.totals.total_minor
        case "order_discount":
            found = -result.totals.discount_minor
        case "added_taxes" | "included_taxes":
            found = result.totals.tax_minor
        case "line_total":
            found = next(line.gross_minor for line in result.lines if line.sku == event["product"])
        case "coupon_rejected":
            assert [coupon.used for coupon in result.coupons] == [False]
            assert result.coupons[0].reason
            return
        case other:
            raise NotImplementedError(other)
    assert found == sylius.cents(event["value"])
