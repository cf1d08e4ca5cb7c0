"""The demo store, Harbour Market in Galway: a shop's whole catalog, from the files in `goods`."""

from headquarters.demo_store.shop import CURRENCY, GOODS, NAME, PICTURES, load

__all__ = ["CURRENCY", "GOODS", "NAME", "PICTURES", "load"]
