"""What a shopper may strike alone, and when an attendant has to look: an attendant's own rights are in `rights.py`."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.attention.policy import AttentionRules
from kiosk.domain.operator.outcome import Allowed, Refused


@dataclass(frozen=True, slots=True)
class Struck:
    """What the shopper struck in this transaction before: so many lines, worth so much."""

    lines: int = 0
    value_minor: int = 0


def may_void(rules: AttentionRules, struck: Struck, value_minor: int, *, last: bool) -> Allowed | Refused:
    """Whether a shopper may strike a line worth `value_minor`; `last`: it is the one that came last."""
    if rules.shopper_voids == "none" or (rules.shopper_voids == "last" and not last):
        return _attendant("An attendant takes this out.")
    if rules.voids_max is not None and struck.lines >= rules.voids_max:
        return _attendant("An attendant has to look at this basket.")
    limit = rules.voids_value_max_minor
    if limit is not None and struck.value_minor + value_minor > limit:
        return _attendant("An attendant has to look at this basket.")
    return Allowed()


def may_cancel(*, tendered: bool, weighed: bool) -> Allowed | Refused:
    """Whether a shopper may cancel the whole basket: before anything was paid, and before goods were on the scale."""
    if tendered:
        return _attendant("Part of this is paid.")
    if weighed:
        return _attendant("An attendant takes the weighed goods back.")
    return Allowed()


def _attendant(sentence: str) -> Refused:
    return Refused("attendant", sentence, "Call for help: an attendant goes on from here.")
