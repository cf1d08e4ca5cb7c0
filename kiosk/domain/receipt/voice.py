"""How a receipt says things in one language: phrases, money, weights, rates and times, and which way its lines run."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass

_RIGHT_TO_LEFT_MARK = "\u200f"
_LEFT_TO_RIGHT, _RIGHT_TO_LEFT, _ISOLATE_END = "\u2066", "\u2067", "\u2069"


def plain_rate(rate_ppm: int) -> str:
    """A rate in per cent with a decimal point: 75,000 millionths are 7.5."""
    return f"{rate_ppm // 10_000}.{rate_ppm % 10_000:04d}".rstrip("0").removesuffix(".")


def two_places(amount_minor: int, currency: str) -> str:
    """An amount of a currency that has two places, by its code."""
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{abs(amount_minor) // 100}.{abs(amount_minor) % 100:02d} {currency}"


@dataclass(frozen=True, slots=True)
class Voice:
    """Fixed phrases by key, money in minor units, grams as kilograms, millionths as per cent, RFC 3339 as local time.

    `foreign` is money of another currency than the receipt's, named by its ISO 4217 code.
    `rtl`: the language is written from right to left; amounts and names keep their own direction within its lines.
    """

    say: Callable[[str], str]
    money: Callable[[int], str]
    kilograms: Callable[[int], str]
    rate: Callable[[int], str] = plain_rate
    moment: Callable[[str], str] = str
    foreign: Callable[[int, str], str] = two_places
    rtl: bool = False

    def amount(self, amount_minor: int) -> str:
        """Money within a line of words."""
        return self.figure(self.money(amount_minor))

    def figure(self, text: str) -> str:
        """Figures, a key or a number within a line of words: read from the left in every language."""
        if not self.rtl or not text:
            return text
        # The full stop of an abbreviated currency in Arabic letters stays with it.
        mark = _RIGHT_TO_LEFT_MARK if _directions(text)[-1:] not in ([], ["L"]) else ""
        return f"{_LEFT_TO_RIGHT}{bare(text)}{mark}{_ISOLATE_END}"

    def name(self, text: str) -> str:
        """A name in whatever language it has, within a line of words."""
        if not self.rtl or not text:
            return text
        direction = _LEFT_TO_RIGHT if _directions(text)[:1] in ([], ["L"]) else _RIGHT_TO_LEFT
        return f"{direction}{bare(text)}{_ISOLATE_END}"


def bare(text: str) -> str:
    """`text` without signs that nobody sees: those of a name must not reach over its end."""
    return "".join(sign for sign in text if unicodedata.category(sign) != "Cf")


def _directions(text: str) -> list[str]:
    """The directions of those letters that have one, as Unicode calls them: L, R, AL."""
    return [kind for kind in map(unicodedata.bidirectional, bare(text)) if kind in ("L", "R", "AL")]
