"""The catalog as a whole: goods, codes, tax rates and the rules goods are sold by, and what makes it unfit."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

import msgspec

from kiosk.domain.basket import Policies
from kiosk.domain.item import Item, ItemCode, TaxRate, code_problems, problems
from kiosk.domain.money import PPM
from kiosk.domain.promotion.offers import PriceEntry, Promotion
from kiosk.domain.tax.rules import TaxKind, TaxRule


class Rules(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What goods cost beyond their list price: promotions, prices in a scope, taxes, and how this retailer counts.

    Without `tax_rules` every tax rate of the catalog is contained in the prices, by the tax code of the item.
    """

    promotions: tuple[Promotion, ...] = ()
    prices: tuple[PriceEntry, ...] = ()
    tax_rules: tuple[TaxRule, ...] = ()
    policies: Policies = Policies()


NO_RULES = Rules()


@dataclass(frozen=True, slots=True)
class Catalog:
    """All that a store sells, as of `version`, in one currency (ISO 4217), and the rules it is sold by."""

    version: int
    currency: str
    tax_rates: tuple[TaxRate, ...]
    items: tuple[Item, ...]
    codes: tuple[ItemCode, ...]
    rules: Rules = NO_RULES


def catalog_problems(catalog: Catalog) -> tuple[str, ...]:
    """All that is wrong with `catalog`: its items, its codes, double keys and references that lead nowhere.

    A catalog with a problem is refused whole; the last good one stays.
    """
    tax_codes = {rate.code for rate in catalog.tax_rates}
    found = [f"item {item.sku!r}: {text}" for item in catalog.items for text in problems(item, tax_codes)]
    found += [f"item {code.sku!r}: {text}" for code in catalog.codes for text in code_problems(code)]
    found += [f"item {sku!r} leads to {other!r}, which is not there" for sku, other in dangling(catalog.items)]
    skus = {item.sku for item in catalog.items}
    found += [
        f"code {code.code!r} leads to {code.sku!r}, which is not there"
        for code in catalog.codes
        if code.sku not in skus
    ]
    return (*found, *_doubles(catalog), *rules_problems(catalog.rules))


def dangling(items: Collection[Item]) -> Iterator[tuple[str, str]]:
    """Pairs of an item's sku and the sku of a deposit or component of it that is not among `items`."""
    skus = {item.sku for item in items}
    for item in items:
        for other in (item.deposit_sku, *(part.sku for part in item.components)):
            if other and other not in skus:
                yield item.sku, other


def _doubles(catalog: Catalog) -> Iterator[str]:
    keys: tuple[tuple[str, Iterable[str]], ...] = (
        ("tax code", (rate.code for rate in catalog.tax_rates)),
        ("sku", (item.sku for item in catalog.items)),
        ("PLU", (item.plu for item in catalog.items if item.plu)),
        ("code", (f"{code.kind}:{code.code}" for code in catalog.codes)),
    )
    yield from _twice(keys)


def _twice(keys: Iterable[tuple[str, Iterable[str]]]) -> Iterator[str]:
    for what, values in keys:
        for value, times in Counter(values).items():
            if times > 1:
                yield f"{what} {value!r} is there {times} times"


def rules_problems(rules: Rules) -> Iterator[str]:
    """All that is wrong with rules by themselves: an id twice, taxes that leave nothing of a price."""
    yield from _twice(
        (
            ("promotion", (one.id for one in rules.promotions)),
            ("price", (one.id for one in rules.prices)),
            ("tax rule", (one.key for one in rules.tax_rules)),
        )
    )

    highest: dict[str, int] = {}
    for one in rules.tax_rules:
        if one.kind is TaxKind.OF_PRICE:
            highest[one.code] = max(one.rate_ppm, highest.get(one.code, 0))
        elif one.rate_ppm <= -PPM:
            yield f"tax rule {one.code!r} takes more off a price than there is"
    if sum(highest.values()) >= PPM:
        yield f"the taxes {', '.join(highest)} are together all of a price, or more"


def taxes_in_force(rules: Rules, rates: Iterable[TaxRate]) -> tuple[TaxRule, ...]:
    """The tax rules to price by: those of the rules, or each rate of the catalog as a tax contained in the price."""
    return rules.tax_rules or tuple(
        TaxRule(code=rate.code, name=rate.name, rate_ppm=rate.rate_ppm, tax_codes=(rate.code,)) for rate in rates
    )
