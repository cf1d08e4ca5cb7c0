"""The characters that GS1 data may be made of, and the pair of check characters over letters and digits."""

from __future__ import annotations

from functools import cache

from kiosk.domain.gs1.faults import Fault

DIGITS = "0123456789"
# GS1 GenSpecs 7.11, in the order of their values.
CSET_82 = "!\"%&'()*+,-./0123456789:;<=>?ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz"
CSET_39 = "#-/0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
CSET_64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_CSET_32 = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
_MOST_CHECKED = 97  # as many prime weights as the longest value could need


def numeric(data: str) -> Fault | None:
    """Digits only."""
    return _foreign(data, DIGITS, "not_a_digit", "A non-digit character was found where a digit is expected.")


def cset_82(data: str) -> Fault | None:
    """GS1 character set 82: what most values may hold."""
    return _foreign(data, CSET_82, "not_cset_82", _expected("82"))


def cset_39(data: str) -> Fault | None:
    """GS1 character set 39: component and part identifiers."""
    return _foreign(data, CSET_39, "not_cset_39", _expected("39"))


def cset_64(data: str) -> Fault | None:
    """GS1 character set 64: file-safe base64, with padding or without."""
    core = data.rstrip("=")
    padding = len(data) - len(core)
    if padding > 2 or (padding and len(data) % 3):
        return Fault("padding", "Incorrect number of CSET 64 pad characters.", len(core), padding)
    return _foreign(core, CSET_64, "not_cset_64", _expected("64"))


def check_characters(data: str) -> str:
    """The two check characters over `data` (GS1 GenSpecs 7.9.5); `ValueError` for what has none: a caller's mistake.

    The values of the characters, weighted by primes from the right, modulo 1021, in two halves of five bits.
    """
    if len(data) > _MOST_CHECKED or cset_82(data):
        raise ValueError("check characters are made over up to 97 characters of CSET 82")
    primes = _primes()[: len(data)]
    total = sum(CSET_82.index(one) * prime for one, prime in zip(reversed(data), primes, strict=True)) % 1021
    return _CSET_32[total >> 5] + _CSET_32[total & 31]


def check_pair(data: str) -> Fault | None:
    """The last two characters are the check characters of those before."""
    body, pair = data[:-2], data[-2:]
    if len(data) < 2:
        message = "The component is too short to perform an alphanumeric check character pair calculation."
        return Fault("too_short", message, 0, len(data))
    if len(body) > _MOST_CHECKED:
        message = "The component is too long to perform an alphanumeric check character pair calculation."
        return Fault("too_long", message, 0, len(data))
    foreign = cset_82(body)
    if foreign:
        return foreign
    for place, one in enumerate(pair):
        if one not in _CSET_32:
            return Fault("not_cset_32", _expected("32"), len(body) + place, 1)
    if check_characters(body) != pair:
        return Fault("check_pair", "The alphanumeric check-character pair are incorrect.", len(body), 2)
    return None


def _expected(cset: str) -> str:
    return f"A non-CSET {cset} character was found where a CSET {cset} character is expected."


def _foreign(data: str, allowed: str, code: str, message: str) -> Fault | None:
    place = next((place for place, one in enumerate(data) if one not in allowed), None)
    return None if place is None else Fault(code, message, place, 1)


@cache
def _primes() -> tuple[int, ...]:
    found: list[int] = []
    candidate = 2
    while len(found) < _MOST_CHECKED:
        if all(candidate % prime for prime in found):
            found.append(candidate)
        candidate += 1
    return tuple(found)
