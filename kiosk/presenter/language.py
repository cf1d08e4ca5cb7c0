"""One language as a person reads it: phrases from a gettext catalog, money and numbers as CLDR writes them.

A new language of the lane is one file, `languages/<code>.po`, and one of receipts is `languages/receipt/<code>.po`;
`languages/report/<code>.po` that of reports for staff; English is the text in the code and needs none.
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
# No money is as much, no good as heavy; beyond 28 digits decimals cannot be written to the cent.
_LARGEST = 10**18
_SCREENS = ("languages",)
_RECEIPT = ("languages", "receipt")
_REPORT = ("languages", "report")


class Language:
    """Phrases and formats of one language in one shop. `territory` (ISO 3166) decides details such as the date."""

    def __init__(self, code: str, territory: str, currency: str) -> None:
        self.code = code
        self.currency = currency
        self._locale = _locale(code, territory)
        self._phrases = _phrases(code)
        self._receipt_phrases = _phrases(code, _RECEIPT)
        self._report_phrases = _phrases(code, _REPORT)
        self._money = lru_cache(maxsize=2048)(self._format_money)

    @property
    def own_name(self) -> str:
        """The language's name in itself, for the button that chooses it."""
        return (self._locale.language_name or self.code).capitalize()

    def say(self, phrase: str, **values: object) -> str:
        """A phrase in this language, with `{name}` places filled in; the English text where it is not translated."""
        catalogs = (self._phrases, self._receipt_phrases, self._report_phrases)
        text = next((catalog[phrase] for catalog in catalogs if phrase in catalog), phrase)
        return text.format(**values) if values else text

    def money(self, amount_minor: int) -> str:
        """An amount with its currency sign, from whole minor units."""
        return self._money(amount_minor)

    def kilograms(self, grams: int) -> str:
        """A weight in kilograms with its three decimals, as the scale shows it, without the unit."""
        if abs(grams) > _LARGEST:
            return f"{grams}/1000"
        return str(format_decimal(Decimal(grams) / 1000, format="0.000", locale=self._locale))

    @property
    def rtl(self) -> bool:
        """Whether the language is written from right to left."""
        return bool(self._locale.text_direction == "rtl")

    def rate(self, rate_ppm: int) -> str:
        """A rate in per cent, without the sign, from millionths."""
        if abs(rate_ppm) > _LARGEST:
            return f"{rate_ppm}/10000"
        return str(format_decimal(Decimal(rate_ppm) / 10_000, format="0.####", locale=self._locale))

    def money_in(self, amount_minor: int, currency: str) -> str:
        """An amount of another currency (ISO 4217), from whole minor units, with its code rather than a sign."""
        if abs(amount_minor) > _LARGEST:
            return f"{amount_minor} {currency}"
        amount = Decimal(amount_minor).scaleb(-get_currency_precision(currency))
        return str(format_currency(amount, currency, format="#,##0.00\u00a0¤¤", locale=self._locale))

    def date_and_time(self, when: datetime) -> str:
        """A local date and time, short, for a receipt."""
        date = format_date(when, format="short", locale=self._locale)
        return f"{date} {format_time(when, format='short', locale=self._locale)}"

    def translated(self) -> frozenset[str]:
        """The phrases of the screens that this language has a text for; empty for English."""
        return frozenset(self._phrases)

    def translated_receipt(self) -> frozenset[str]:
        """The phrases of receipts that this language has a text for; empty for English."""
        return frozenset(self._receipt_phrases)

    def translated_report(self) -> frozenset[str]:
        """The phrases of reports and slips for staff that this language has a text for; empty for English."""
        return frozenset(self._report_phrases)

    def _format_money(self, amount_minor: int) -> str:
        if abs(amount_minor) > _LARGEST:
            return f"{amount_minor} {self.currency}"
        places = get_currency_precision(self.currency)
        amount = Decimal(amount_minor).scaleb(-places)
        return str(format_currency(amount, self.currency, locale=self._locale))


def available() -> tuple[str, ...]:
    """The languages of the lane: those there is a file for, and English."""
    return _languages_in(*_SCREENS)


def available_for_receipts() -> tuple[str, ...]:
    """The languages of receipts; more than those of the lane."""
    return _languages_in(*_RECEIPT)


def _languages_in(*folder: str) -> tuple[str, ...]:
    files = resources.files(__package__).joinpath(*folder).iterdir()
    return (ENGLISH, *sorted(file.name.removesuffix(".po") for file in files if file.name.endswith(".po")))


def _locale(code: str, territory: str) -> Locale:
    try:
        return Locale.parse(f"{code}_{territory}")
    except UnknownLocaleError:
        return Locale.parse(code)


def _phrases(code: str, folder: tuple[str, ...] = _SCREENS) -> dict[str, str]:
    path = resources.files(__package__).joinpath(*folder, f"{code}.po")
    if code == ENGLISH or not path.is_file():
        return {}
    with path.open("rb") as file:
        catalog = read_po(file, locale=code)
    return {str(message.id): str(message.string) for message in catalog if message.id and message.string}
