"""Screens made by hand, whose actions are plain words: for trying touches and widgets without a checkout."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.presenter.model import Screen
from tests.screens.sample_overlays import attendant, confirm_cancel, helped, idle_warning, out_of_order
from tests.screens.sample_screens import (
    age_check,
    attract,
    basket,
    closed,
    lookup,
    receipt,
    tender_asking,
    tender_declined,
    tender_in_doubt,
    thanks,
    unknown_code,
    weighing,
)

HAND_MADE: dict[str, Callable[[str], Screen]] = {
    "closed": closed,
    "attract": attract,
    "basket_empty": lambda language: basket(language, 0),
    "basket": basket,
    "basket_selected": lambda language: basket(language, 3, 1, notice=True),
    "basket_long_offline": lambda language: basket(language, 200, offline=True),
    "lookup": lookup,
    "weighing": weighing,
    "unknown_code": unknown_code,
    "age_check": age_check,
    "tender_asking": tender_asking,
    "tender_in_doubt": tender_in_doubt,
    "tender_declined": tender_declined,
    "receipt": receipt,
    "thanks": thanks,
    "help": helped,
    "out_of_order": out_of_order,
    "idle_warning": idle_warning,
    "attendant": attendant,
    "confirm_cancel": confirm_cancel,
}
