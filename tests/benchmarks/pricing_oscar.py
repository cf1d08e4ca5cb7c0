"""The peer of the pricing engine: django-oscar's offers on the same basket, in a process of their own.

`python -m tests.benchmarks.pricing_oscar`, with the packages of the dependency group `bench`: for each line on standard
input it prices the basket once and answers with a line of JSON.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from decimal import Decimal
from importlib import import_module
from typing import Any
from unittest import mock

from tests.benchmarks.pricing_shop import KINDS, Good, Offer, basket, offers

# Modules of Django can only be imported after its settings are made, and those of Oscar after its apps are loaded.
_TYPES = dict(zip(KINDS, ("Percentage", "Fixed", "Multibuy", "Fixed price", "Absolute"), strict=True))


def main() -> int:
    """Price once per line of standard input, until it ends."""
    _set_up()
    shop = _Shop()
    say({"ready": True, "version": import_module("oscar").get_version()})
    for _line in sys.stdin:
        say(shop.priced())
    return 0


def say(answer: dict[str, Any]) -> None:
    """One line of JSON."""
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


def _set_up() -> None:
    settings = import_module("django.conf").settings
    defaults = vars(import_module("oscar.defaults"))
    settings.configure(
        **{name: value for name, value in defaults.items() if name.startswith("OSCAR_")},
        INSTALLED_APPS=import_module("oscar").INSTALLED_APPS,
        DATABASES={"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": ":memory:"}},
        HAYSTACK_CONNECTIONS={"default": {"ENGINE": "haystack.backends.simple_backend.SimpleEngine"}},
        DEFAULT_AUTO_FIELD="django.db.models.AutoField",
        SITE_ID=1,
        USE_TZ=True,
        DEBUG=False,
    )
    import_module("django").setup()
    import_module("django.core.management").call_command("migrate", run_syncdb=True, verbosity=0)


class _Shop:
    """The shop in Oscar's tables, and its basket."""

    def __init__(self) -> None:
        self._models: Any = import_module("oscar.core.loading").get_model
        with import_module("django.db.transaction").atomic():
            self._stock()
            for offer in offers():
                self._put_in_force(offer)
        self._applicator: Any = import_module("oscar.apps.offer.applicator").Applicator()
        self._basket_id = self._filled()
        self._kept: Any = self._applicator.get_offers(self._basket())

    def priced(self) -> dict[str, Any]:
        """What pricing took: as a request does it, and with offers and their goods held in memory between requests."""
        fresh, as_it_is = self._applied(self._applicator.apply)
        with self._ranges_in_memory():
            again = [self._applied(lambda basket: self._applicator.apply_offers(basket, self._kept)) for _ in range(3)]
        return {
            "as_it_is_ms": as_it_is,
            "in_memory_ms": [took for _, took in again],
            "total_minor": int(fresh.total_incl_tax * 100),
            "same": all(fresh.total_incl_tax == one.total_incl_tax for one, _ in again),
            "applied": len(fresh.offer_applications.offers),
        }

    def _applied(self, apply: Callable[[Any], None]) -> tuple[Any, float]:
        found = self._basket()
        began = time.perf_counter()
        apply(found)
        _ = found.total_incl_tax
        return found, (time.perf_counter() - began) * 1000

    def _ranges_in_memory(self) -> AbstractContextManager[Any]:
        """Instead of a query for each line and offer, which is nearly all that django-oscar's time goes to."""
        goods = {
            one.pk: set(one.included_products.values_list("pk", flat=True))
            for one in self._models("offer", "Range").objects.all()
        }

        def contains(these: Any, product: Any) -> bool:
            return product.pk in goods[these.pk]

        return mock.patch.object(self._models("offer", "Range"), "contains_product", contains)

    def _stock(self) -> None:
        kind = self._models("catalogue", "ProductClass").objects.create(name="Good", track_stock=False)
        self._seller = self._models("partner", "Partner").objects.create(name="Store")
        self._products: dict[Good, Any] = {}
        product, record = self._models("catalogue", "Product"), self._models("partner", "StockRecord")
        for good in {good: None for offer in offers() for good in offer.goods}:
            self._products[good] = product.objects.create(product_class=kind, title=good.sku, upc=good.sku)
            record.objects.create(
                product=self._products[good],
                partner=self._seller,
                partner_sku=good.sku,
                price=_money(good.price_minor),
                price_currency="EUR",
            )

    def _put_in_force(self, offer: Offer) -> None:
        goods = self._models("offer", "Range").objects.create(name=f"goods of {offer.number}")
        for good in offer.goods:
            goods.add_product(self._products[good])
        value = Decimal(offer.value) if offer.kind == "percent" else _money(offer.value)
        self._models("offer", "ConditionalOffer").objects.create(
            name=f"offer {offer.number:04d}",
            condition=self._models("offer", "Condition").objects.create(range=goods, type="Count", value=offer.pieces),
            benefit=self._models("offer", "Benefit").objects.create(
                range=goods, type=_TYPES[offer.kind], value=None if offer.kind == "cheapest_free" else value
            ),
        )

    def _filled(self) -> int:
        made = self._models("basket", "Basket").objects.create()
        made.strategy = import_module("oscar.apps.partner.strategy").Default()
        for good, pieces in basket():
            made.add_product(self._products[good], pieces)
        return int(made.pk)

    def _basket(self) -> Any:
        """The basket as a request finds it: its lines with goods and prices are read before the clock starts."""
        found = self._models("basket", "Basket").objects.get(pk=self._basket_id)
        found.strategy = import_module("oscar.apps.partner.strategy").Default()
        assert found.total_incl_tax
        return found


def _money(amount_minor: int) -> Decimal:
    return Decimal(amount_minor).scaleb(-2)


if __name__ == "__main__":
    sys.exit(main())
