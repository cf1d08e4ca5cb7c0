"""Screens made by hand, whose actions are plain words: for trying touches and widgets without a checkout."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.presenter.model import Screen
from tests.screens.sample_overlays import helped
from tests.screens.sample_screens import attract, basket, lookup

HAND_MADE: dict[str, Callable[[str], Screen]] = {
    "attract": attract,
    "basket_empty": lambda language: basket(language, 0),
    "basket": basket,
    "basket_long_offline": lambda language: basket(language, 200, offline=True),
    "lookup": lookup,
    "help": helped,
}
