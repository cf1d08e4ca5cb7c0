"""Checks of one component of a value, by the names that the AI table uses (GS1 Barcode Syntax Dictionary)."""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping
from types import MappingProxyType

from kiosk.domain.gs1 import code_lists, coupons, moments
from kiosk.domain.gs1.characters import check_pair, cset_39, cset_64, cset_82, numeric
from kiosk.domain.gs1.currencies import currencies
from kiosk.domain.gs1.faults import Fault
from kiosk.domain.gtin import check_digit, is_digits

Linter = Callable[[str], Fault | None]

_SHORTEST_PREFIX = 4
_IBAN_LENGTHS = range(11, 35)
_IMPORTER_INDEX = "-_" + string.digits + string.ascii_letters
_BASE_36 = string.digits + string.ascii_uppercase


def _whole(data: str, code: str, message: str) -> Fault:
    return Fault(code, message, 0, len(data))


def _check_digit(data: str) -> Fault | None:
    if not data:
        message = "The component is too short to perform a numeric check digit calculation."
        return _whole(data, "too_short", message)
    found = numeric(data)
    if found:
        return found
    expected = check_digit(data[:-1]) if len(data) > 1 else 0
    if int(data[-1]) == expected:
        return None
    return Fault("check_digit", "The numeric check digit is incorrect.", len(data) - 1, 1)


def _company_prefix(data: str) -> Fault | None:
    """Begins with digits enough for a GS1 Company Prefix; which of them are given out, a lane does not know."""
    if len(data) < _SHORTEST_PREFIX:
        return _whole(data, "company_prefix", "The component is shorter than the minimum length GS1 Company Prefix.")
    found = numeric(data[:_SHORTEST_PREFIX])
    return found and Fault("company_prefix", "The GS1 Company Prefix is invalid.", found.at, 1)


def _company_prefix_second(data: str) -> Fault | None:
    if len(data) < 2:
        return _company_prefix(data)
    return moments.shifted(_company_prefix(data[1:]), 1)


def _listed(data: str, listed: bool, code: str, what: str) -> Fault | None:
    return None if listed else _whole(data, code, f"A valid {what} is required.")


def _country(data: str) -> Fault | None:
    listed = data in code_lists.country_numbers()
    return _listed(data, listed, "country", "ISO 3166 three-digit country code")


def _country_or_999(data: str) -> Fault | None:
    listed = data == "999" or data in code_lists.country_numbers()
    return _listed(data, listed, "country", 'ISO 3166 three-digit country code or "999"')


def _country_letters(data: str) -> Fault | None:
    listed = data in code_lists.country_letters()
    return _listed(data, listed, "country", "ISO 3166 two-character country code")


def _currency(data: str) -> Fault | None:
    return _listed(data, data in currencies(), "currency", "ISO 4217 three-digit currency code")


def _package_type(data: str) -> Fault | None:
    return _listed(data, data in code_lists.package_types(), "package_type", "PackageTypeCode")


def _media_type(data: str) -> Fault | None:
    return _listed(data, data in code_lists.media_types(), "media_type", "AIDC media type")


def _biological_sex(data: str) -> Fault | None:
    if data in {"0", "1", "2", "9"}:
        return None
    return _whole(data, "biological_sex", "A valid ISO/IEC 5218 biological sex code required.")


def _non_digit(data: str) -> Fault | None:
    return _whole(data, "only_digits", "A non-digit character is required.") if is_digits(data) or not data else None


def _hyphen(data: str) -> Fault | None:
    return None if data and not data.strip("-") else _whole(data, "not_hyphen", "Only hyphens are permitted.")


def _importer_index(data: str) -> Fault | None:
    if len(data) != 1:
        return _whole(data, "importer_index", "The Importer Index must be a single character.")
    message = "The Importer Index is an invalid character."
    return None if data in _IMPORTER_INDEX else _whole(data, "importer_index", message)


def _zero(data: str) -> Fault | None:
    return None if data and not data.strip("0") else _whole(data, "not_zero", "A zero is required.")


def _non_zero(data: str) -> Fault | None:
    found = numeric(data)
    if found:
        return found
    return None if data.strip("0") else _whole(data, "zero", "A non-zero value is required.")


def _no_leading_zero(data: str) -> Fault | None:
    if data.startswith("0"):
        return Fault("zero_prefix", "A zero prefix is not permitted.", 0, 1)
    return numeric(data)


def _winding(data: str) -> Fault | None:
    message = 'The winding direction must be either "0", "1" or "9".'
    return None if data in {"0", "1", "9"} else _whole(data, "winding", message)


def _yes_or_no(data: str) -> Fault | None:
    return None if data in {"0", "1"} else _whole(data, "yes_or_no", 'A "0" or "1" is required.')


def _percent_encoding(data: str) -> Fault | None:
    for at, one in enumerate(data):
        after = data[at + 1 : at + 3]
        if one == "%" and not (len(after) == 2 and all(digit in string.hexdigits for digit in after)):
            message = 'The input contains an invalid percent hex-encoding "%hh" sequence.'
            return Fault("percent_encoding", message, at, 1 + len(after))
    return None


def _latitude(data: str) -> Fault | None:
    return _degrees(data, "latitude", 1_800_000_000)


def _longitude(data: str) -> Fault | None:
    return _degrees(data, "longitude", 3_600_000_000)


def _degrees(data: str, what: str, most: int) -> Fault | None:
    if len(data) != 10:
        return _whole(data, what, f"The {what} must be 10 digits.")
    found = numeric(data)
    if found or int(data) <= most:
        return found
    return _whole(data, what, f'The {what} is outside of the range "0000000000" to "{most}".')


def _piece_of_total(data: str) -> Fault | None:
    found = numeric(data)
    if found:
        return found
    half, odd = divmod(len(data), 2)
    if odd or not data:
        message = "The piece with total must have an even length, having equal-length components."
        return _whole(data, "piece", message)
    if not data[:half].strip("0"):
        return Fault("piece", "The piece number must not have a value of zero.", 0, half)
    if not data[half:].strip("0"):
        return Fault("piece", "The piece total must not have a value of zero.", half, half)
    if data[:half] > data[half:]:
        return _whole(data, "piece", "The piece number must not exceed the piece total.")
    return None


def _position_in_sequence(data: str) -> Fault | None:
    position, slash, end = data.partition("/")
    if not (slash and is_digits(position) and is_digits(end)):
        return _whole(data, "position", 'The data must have the format "<pos>/<end>".')
    for number, at in ((position, 0), (end, len(position) + 1)):
        if number.startswith("0"):
            return Fault("zero_prefix", "A zero prefix is not permitted.", at, len(number))
    if int(position) > int(end):
        return _whole(data, "position", "The position number must not exceed the end number.")
    return None


def _iban(data: str) -> Fault | None:
    if len(data) < 4:
        return _whole(data, "iban", "The IBAN is too short.")
    if data[:2] not in code_lists.country_letters():
        return Fault("iban", "The IBAN must start with a valid ISO 3166 two-character country code.", 0, 2)
    if len(data) not in _IBAN_LENGTHS:
        size = "short" if len(data) < _IBAN_LENGTHS.start else "long"
        return _whole(data, "iban", f"The IBAN is too {size}.")
    turned = [*range(4, len(data)), *range(4)]
    foreign = next((at for at in turned if data[at] not in _BASE_36), None)
    if foreign is not None:
        return Fault("iban", "The IBAN contains an invalid character.", foreign, 1)
    if int("".join(str(_BASE_36.index(data[at])) for at in turned)) % 97 != 1:
        return Fault("iban", "The IBAN is invalid since the check characters are incorrect.", 2, 2)
    return None


LINTERS: Mapping[str, Linter] = MappingProxyType(
    {
        "couponcode": coupons.coupon_code,
        "couponposoffer": coupons.positive_offer,
        "cset39": cset_39,
        "cset64": cset_64,
        "cset82": cset_82,
        "csetnumeric": numeric,
        "csum": _check_digit,
        "csumalpha": check_pair,
        "gcppos1": _company_prefix,
        "gcppos2": _company_prefix_second,
        "hasnondigit": _non_digit,
        "hh": moments.hour,
        "hhmi": moments.hour_and_minute,
        "hyphen": _hyphen,
        "iban": _iban,
        "importeridx": _importer_index,
        "iso3166": _country,
        "iso3166999": _country_or_999,
        "iso3166alpha2": _country_letters,
        "iso4217": _currency,
        "iso5218": _biological_sex,
        "latitude": _latitude,
        "longitude": _longitude,
        "mediatype": _media_type,
        "mi": moments.minute,
        "nonzero": _non_zero,
        "nozeroprefix": _no_leading_zero,
        "packagetype": _package_type,
        "pcenc": _percent_encoding,
        "pieceoftotal": _piece_of_total,
        "posinseqslash": _position_in_sequence,
        "ss": moments.second,
        "winding": _winding,
        "yesno": _yes_or_no,
        "yymmd0": moments.date_or_month,
        "yymmdd": moments.date,
        "yyyymmd0": moments.long_date_or_month,
        "yyyymmdd": moments.long_date,
        "zero": _zero,
    }
)
