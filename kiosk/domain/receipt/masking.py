"""Keeps numbers that are money off receipts: of a card, gift card or customer never more than four digits are shown."""

from __future__ import annotations

from collections.abc import Sequence

SHOWN_DIGITS = 4
HIDDEN = "•"
# ISO/IEC 7812: a card number has 8 to 19 digits. Shorter runs are till, terminal and receipt numbers.
_SHORTEST_CARD, _LONGEST_CARD = 12, 19


def masked(text: str) -> str:
    """`text` with all its digits but the last four hidden; digits of every script count."""
    places = [place for place, sign in enumerate(text) if sign.isdigit()]
    return _hidden(text, places[:-SHOWN_DIGITS]) if len(places) > SHOWN_DIGITS else text


def tail(text: str) -> str:
    """The last four signs of an account number behind four dots; "" where there is none."""
    return HIDDEN * SHOWN_DIGITS + text[-SHOWN_DIGITS:] if text else ""


def without_card_numbers(text: str) -> str:
    """`text` with the digits hidden that could be a card number, but for the last four: 12 to 19 that pass Luhn's sum.

    Blanks and hyphens between them are passed over, as people and terminals write such numbers.
    """
    run: list[int] = []
    for place, sign in enumerate(f"{text}\n"):
        if sign.isdigit():
            run.append(place)
        elif not (run and sign in " -" and len(run) < _LONGEST_CARD):
            if _may_be_card([text[at] for at in run]):
                text = _hidden(text, run[:-SHOWN_DIGITS])
            run = []
    return text


def _may_be_card(signs: Sequence[str]) -> bool:
    if not _SHORTEST_CARD <= len(signs) <= _LONGEST_CARD or not all(sign.isdecimal() for sign in signs):
        return False
    doubled = [int(sign) * (1 + place % 2) for place, sign in enumerate(reversed(signs))]
    return sum(digit - 9 if digit > 9 else digit for digit in doubled) % 10 == 0


def _hidden(text: str, places: Sequence[int]) -> str:
    hidden = set(places)
    return "".join(HIDDEN if place in hidden else sign for place, sign in enumerate(text))
