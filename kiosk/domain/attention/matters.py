"""Finds everything in a basket that needs someone; the same basket and decisions always give the same list."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from kiosk.domain.attention.audit import audited, sample
from kiosk.domain.attention.decided import Decided
from kiosk.domain.attention.goods import line_matters
from kiosk.domain.attention.policy import AttentionRules
from kiosk.domain.attention.records import Basket, Decision, Kind, LineView, Matter
from kiosk.domain.context import Context, misfit
from kiosk.domain.policy.self_checkout import SelfCheckoutRules


@dataclass(frozen=True, slots=True)
class House:
    """What holds here and now: the sections `attention` and `self_checkout` in force, and the circumstances."""

    rules: AttentionRules
    context: Context
    lane: SelfCheckoutRules = field(default_factory=SelfCheckoutRules)


def attention(basket: Basket, house: House, decisions: Iterable[Decision]) -> tuple[Matter, ...]:
    """All that is still to be solved, what must go first. The order of decisions does not matter."""
    decided = Decided(decisions)
    found = [
        *(
            matter
            for line in basket.lines
            for matter in line_matters(line, house.rules, house.context, house.lane, decided)
        ),
        *_age(basket, house, decided),
        *_basket(basket, house, decided),
    ]
    remote = frozenset(house.rules.remote)
    ranked = sorted(found, key=lambda one: (not one.final, not one.blocks, one.line, list(Kind).index(one.kind)))
    return tuple(replace(one, remote=one.kind in remote) for one in ranked)


def blocking(matters: Iterable[Matter]) -> tuple[Matter, ...]:
    """Those that have to be solved before payment."""
    return tuple(one for one in matters if one.blocks)


def minimum_age(line: LineView, house: House) -> int:
    """How old one has to be to buy this here and now: the strictest of item and policy; 0 for any age."""
    ages = (
        rule.minimum_age
        for rule in house.rules.ages
        if rule.goods.hold(line.sku, line.department, line.tags) and misfit(rule.scope, house.context) is None
    )
    return max((line.minimum_age, *ages))


def _age(basket: Basket, house: House, decided: Decided) -> Iterator[Matter]:
    """Asked once for all goods, the strictest age; after a no, goods of that age or above are simply not sold."""
    approved, refused = decided.ages()
    ages = {line.line: minimum_age(line, house) for line in basket.lines}
    open_ages = {line: age for line, age in ages.items() if age > approved}
    gone = {line: age for line, age in open_ages.items() if refused is not None and age >= refused}
    asked = gone or open_ages
    if not asked:
        return
    strictest = max(asked.values())
    sentence = f"Goods for people of {strictest} or older."
    remedy = "Check that the shopper is old enough; no date of birth is kept."
    if gone:
        sentence, remedy = f"The age of {refused} was not shown: this is not sold.", "Take these goods out."
    yield Matter(
        Kind.AGE,
        0,
        tuple(sorted(asked)),
        str(strictest),
        sentence,
        remedy,
        final=bool(gone),
        refused=str(min(asked.values())),
    )


def _basket(basket: Basket, house: House, decided: Decided) -> Iterator[Matter]:
    """What is about the whole basket; each is asked again only when the basket has grown beyond what was approved."""
    rules = house.rules
    limits = [limit for limit in (rules.pieces_max, house.lane.pieces_max) if limit is not None]
    if limits and basket.pieces > min(limits):
        sentence = f"{basket.pieces} pieces, more than the {min(limits)} that one buys here."
        yield from _asked(Kind.QUANTITY, basket.pieces, sentence, "Approve it, or take something out.", decided)
    if rules.amount_max_minor is not None and basket.amount_minor > rules.amount_max_minor:
        sentence = "This basket is worth more than one buys here alone."
        yield from _asked(Kind.VALUE, basket.amount_minor, sentence, "Approve it, or take something out.", decided)
    if rules.coupons_collected and basket.coupons:
        sentence = f"{len(basket.coupons)} paper coupons."
        yield from _asked(Kind.COUPON, len(basket.coupons), sentence, "Collect the coupons.", decided)
    if basket.paying and audited(basket.key, basket.amount_minor, rules.audit):
        yield from _audit(basket, house, decided)


def _asked(kind: Kind, size: int, sentence: str, remedy: str, decided: Decided) -> Iterator[Matter]:
    if not decided.covers(kind, 0, size):
        yield Matter(kind, 0, (), str(size), sentence, remedy, refused=str(size))


def _audit(basket: Basket, house: House, decided: Decided) -> Iterator[Matter]:
    if decided.approved(Kind.AUDIT, 0):
        return
    goods = tuple(line.line for line in basket.lines if line.linked_to is None)
    lines = sample(basket.key, goods, house.rules.audit)
    remedy = "Scan these goods again; correct the basket where they differ, then approve."
    yield Matter(Kind.AUDIT, 0, lines, str(len(lines)), "This basket was drawn for a check.", remedy, refused="differs")
