"""One language as a person reads it: phrases from a gettext catalog, money and numbers as CLDR writes them.

A new language is one file, `languages/<code>.po`; English is the text in the code and needs none.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from importlib import resources

from babel import Locale, UnknownLocaleError
from babel.dates import format_date, format_time
from babel.messages.pofile import read_po
from babel.numbers import format_currency, format_decimal, get_currency_precision

ENGLISH = "en"


class Language:
    """Phrases and formats of one language in one shop. `territory` (ISO 3166) decides details such as the date."""

    def __init__(self, code: str, territory: str, currency: str) -> None:
        self.code = code
        self.currency = currency
        self._locale = _locale(code, territory)
        self._phrases = _phrases(code)
        self._money = lru_cache(maxsize=2048)(self._format_money)

    @property
    def own_name(self) -> str:
        """The language's name in itself, for the button that chooses it."""
        return (self._locale.language_name or self.code).capitalize()

    def say(self, phrase: str, **values: object) -> str:
        """A phrase in this language, with `{name}` places filled in; the English text where it is not translated."""
        text = self._phrases.get(phrase, phrase)
        return text.format(**values) if values else text

    def money(self, amount_minor: int) -> str:
        """An amount with its currency sign, from whole minor units."""
        return self._money(amount_minor)

    def kilograms(self, grams: int) -> str:
        """A weight in kilograms with its three decimals, as the scale shows it, without the unit."""
        return str(format_decimal(Decimal(grams) / 1000, format="0.000", locale=self._locale))

    def date_and_time(self, when: datetime) -> str:
        """A local date and time, short, for a receipt."""
        date = format_date(when, format="short", locale=self._locale)
        return f"{date} {format_time(when, format='short', locale=self._locale)}"

    def translated(self) -> frozenset[str]:
        """The phrases this language has a text for; empty for English."""
        return frozenset(self._phrases)

    def _format_money(self, amount_minor: int) -> str:
        places = get_currency_precision(self.currency)
        amount = Decimal(amount_minor).scaleb(-places)
        return str(format_currency(amount, self.currency, locale=self._locale))


def available() -> tuple[str, ...]:
    """The languages there is a file for, and English."""
    files = resources.files(__package__).joinpath("languages").iterdir()
    return (ENGLISH, *sorted(file.name.removesuffix(".po") for file in files if file.name.endswith(".po")))


def _locale(code: str, territory: str) -> Locale:
    try:
        return Locale.parse(f"{code}_{territory}")
    except UnknownLocaleError:
        return Locale.parse(code)


def _phrases(code: str) -> dict[str, str]:
    if code == ENGLISH:
        return {}
    with resources.files(__package__).joinpath("languages", f"{code}.po").open("rb") as file:
        catalog = read_po(file, locale=code)
    return {str(message.id): str(message.string) for message in catalog if message.id and message.string}
