"""Amounts as nexo writes them (decimal numbers, major unit) to and from minor units: exactly, or not at all."""

from __future__ import annotations

from decimal import Decimal
from typing import Final

# ISO 4217 minor units, by the number of digits after the point; each currency between blanks.
_BY_DIGITS: Final = {
    2: (
        " AED ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP"
        " CRC CUP CVE CZK DKK DOP DZD EGP ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR JMD"
        " KES KGS KHR KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO"
        " NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD SAR SBD SCR SEK SGD SHP SLE SOS SRD SSP STN SVC SZL THB TJS"
        " TMT TOP TRY TTD TWD TZS UAH USD UYU UZS WST XCD YER ZAR ZMW "
    ),
    0: " BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF ",
    3: " BHD IQD JOD KWD LYD OMR TND ",
    4: " CLF UYW ",
}

# nexo: 0 to 99999999.999999.
HIGHEST: Final = Decimal("99999999.999999")
# No amount has more; a number with more is refused before it is turned into a gigantic whole one.
_MOST_DIGITS: Final = 24


def exponent(currency: str) -> int | None:
    """Digits after the point of a currency (ISO 4217 letters); None where it is not known."""
    known = (digits for digits, names in _BY_DIGITS.items() if f" {currency} " in names)
    return next(known, None) if len(currency) == 3 else None


def to_decimal(amount_minor: int, currency: str) -> Decimal | None:
    """1234 EUR as 12.34; None where it cannot be sent: unknown currency, not above zero, or too much for nexo."""
    digits = exponent(currency)
    if digits is None or amount_minor <= 0:
        return None
    amount = Decimal(amount_minor).scaleb(-digits)
    return amount if amount <= HIGHEST else None


def to_minor(amount: Decimal, currency: str) -> int | None:
    """12.34 EUR as 1234; None where it is no whole number of minor units, negative or beyond nexo's bounds."""
    digits = exponent(currency)
    if digits is None or not amount.is_finite() or not 0 <= amount <= HIGHEST:
        return None
    if len(amount.as_tuple().digits) > _MOST_DIGITS or amount.adjusted() < -_MOST_DIGITS:
        return None
    scaled = amount.scaleb(digits)
    whole = int(scaled)
    return whole if scaled == whole else None
