"""Takes card numbers out of texts: what looks like one keeps its last four digits and no more. Pure."""

from __future__ import annotations

import re
from typing import Final

# ISO/IEC 7812: a card number has 12 to 19 digits; terminals put one of these in the place of a digit that they hide.
_HIDDEN: Final = "xX*#•"
_SIGN: Final = rf"[0-9{_HIDDEN}]"
# Single signs between the digits, or groups of four with wider gaps. An application id (EMV: RID and PIX) is none.
_CARD: Final = re.compile(
    rf"(?P<aid>(?<![0-9A-Za-z])(?:A0000|D2760)[0-9A-Fa-f]*)"
    rf"|{_SIGN}(?:[ \-./_]?{_SIGN}){{11,}}"
    rf"|{_SIGN}{{4}}(?:[ \t]{{1,4}}{_SIGN}{{4}}){{2,3}}(?:[ \t]{{0,4}}{_SIGN}{{1,4}})?"
)
_SHOWN: Final = 4
_MASK: Final = "*"


def mask_numbers(text: str) -> str:
    """`text` with card numbers cut down to their last four digits; as long as it was. A hidden one stays hidden.

    Rather too much than too little: any 12 digits in a row go, whatever they are.
    """
    return _CARD.sub(_masked, text)


def _masked(found: re.Match[str]) -> str:
    number = found[0]
    if found["aid"] is not None:
        return number
    digits = sum(letter.isdecimal() or letter in _HIDDEN for letter in number)
    if not any(letter.isdecimal() for letter in number):
        return number
    masked: list[str] = []
    for letter in number:
        sign = letter.isdecimal() or letter in _HIDDEN
        masked.append(_MASK if sign and digits > _SHOWN else letter)
        digits -= sign
    return "".join(masked)
