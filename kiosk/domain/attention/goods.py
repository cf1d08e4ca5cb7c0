"""What about one line of the basket needs someone."""

from __future__ import annotations

from collections.abc import Iterator

from kiosk.domain.attention.decided import Decided
from kiosk.domain.attention.policy import AttentionRules, Recall
from kiosk.domain.attention.records import Kind, LineView, Matter
from kiosk.domain.context import Context, misfit
from kiosk.domain.operator.rights import Right
from kiosk.domain.policy.self_checkout import SelfCheckoutRules, good_lock

_TAKE_OUT = "Take it out; it goes back to the shop."


def line_matters(
    line: LineView, rules: AttentionRules, context: Context, lane: SelfCheckoutRules, decided: Decided
) -> Iterator[Matter]:
    """Everything that one line needs, in no particular order."""
    yield from _not_for_sale(line, rules, context, lane)
    yield from _recalled(line, rules, decided)
    yield from _dates(line, rules, context, decided)
    yield from _quantity(line, rules, decided)
    yield from _serial_number(line, decided)
    yield from _price(line, decided)
    yield from _by_hand(line, decided)


def _final(kind: Kind, line: LineView, sentence: str, remedy: str = _TAKE_OUT) -> Matter:
    return Matter(kind, line.line, (line.line,), "", f"{line.name}: {sentence}", remedy, final=True)


def _ask(kind: Kind, line: LineView, needed: str, sentence: str, remedy: str) -> Matter:
    return Matter(kind, line.line, (line.line,), needed, f"{line.name}: {sentence}", remedy, refused=needed)


def _not_for_sale(line: LineView, rules: AttentionRules, context: Context, lane: SelfCheckoutRules) -> Iterator[Matter]:
    lock = good_lock(lane, line.department, line.tags)
    banned = [
        ban.sentence
        for ban in rules.bans
        if ban.goods.hold(line.sku, line.department, line.tags) and misfit(ban.scope, context) is None
    ]
    if not line.sellable:
        yield _final(Kind.NOT_FOR_SALE, line, "This is not for sale.")
    elif banned:
        yield _final(Kind.NOT_FOR_SALE, line, banned[0])
    elif lock:
        yield _final(Kind.NOT_FOR_SALE, line, lock.sentence, lock.remedy)


def _recalled(line: LineView, rules: AttentionRules, decided: Decided) -> Iterator[Matter]:
    """A lot or serial number that somebody read counts as one that the bar code said."""
    recalls = [recall for recall in rules.recalls if recall.sku == line.sku]
    lots = decided.approved(Kind.LOT, line.line) | ({line.lot} if line.lot else set())
    serials = _serials(line, decided)
    if any(_hits(recall, lots, serials) for recall in recalls):
        yield _final(Kind.RECALLED, line, "This was recalled.", "Take it out, and keep it apart: it must not be sold.")
    elif any(recall.lots for recall in recalls) and not lots:
        remedy = "Read the lot on the pack and enter it."
        yield _ask(Kind.LOT, line, "", "Some lots of this were recalled.", remedy)


def _hits(recall: Recall, lots: set[str], serials: set[str]) -> bool:
    if not recall.lots and not recall.serial_numbers:
        return True
    unknown = recall.lot_unknown == "block" and bool(recall.lots) and not lots
    return unknown or not lots.isdisjoint(recall.lots) or not serials.isdisjoint(recall.serial_numbers)


def _dates(line: LineView, rules: AttentionRules, context: Context, decided: Decided) -> Iterator[Matter]:
    """An expiry date is the last day (GS1 General Specifications, AI 17); a best before date may pass."""
    today = context.local.date()
    if line.expiry is not None and line.expiry < today:
        yield _final(Kind.EXPIRED, line, f"This expired on {line.expiry.isoformat()}.")
    elif line.best_before is not None and line.best_before < today and rules.best_before == "ask":
        needed = line.best_before.isoformat()
        if needed not in decided.approved(Kind.BEST_BEFORE, line.line):
            remedy = "Ask whether the shopper wants it all the same."
            yield _ask(Kind.BEST_BEFORE, line, needed, f"This was best before {needed}.", remedy)


def _quantity(line: LineView, rules: AttentionRules, decided: Decided) -> Iterator[Matter]:
    limit = line.maximum or rules.quantity_max
    free = line.linked_to is not None or limit is None or line.quantity <= limit
    if not free and not decided.covers(Kind.QUANTITY, line.line, line.quantity):
        sentence = f"{line.quantity} pieces, more than the {limit} that one buys here."
        yield _ask(Kind.QUANTITY, line, str(line.quantity), sentence, "Approve it, or take the line out.")


def _serials(line: LineView, decided: Decided) -> set[str]:
    entered = (number for value in decided.approved(Kind.SERIAL_NUMBER, line.line) for number in value.split(","))
    return {*entered, *([line.serial_number] if line.serial_number else [])}


def _serial_number(line: LineView, decided: Decided) -> Iterator[Matter]:
    if line.serial_wanted and len(_serials(line, decided)) < line.quantity:
        sentence = "Sold with its serial number only."
        remedy = "Scan or enter the serial number of every piece."
        yield _ask(Kind.SERIAL_NUMBER, line, str(line.quantity), sentence, remedy)


def _price(line: LineView, decided: Decided) -> Iterator[Matter]:
    """Once decided either way it is done with: a no leaves the price as it is."""
    asked = line.price
    if asked is None:
        return
    needed = f"{asked.from_minor}>{asked.to_minor}:{asked.off_minor}"
    if any(_as_much(value, needed) for value in decided.approved(Kind.PRICE, line.line)):
        return
    if needed in decided.refused(Kind.PRICE, line.line):
        return
    sentence = f"{line.name}: {asked.requested_by} asks for another price ({asked.reason})."
    yield Matter(
        Kind.PRICE,
        line.line,
        (line.line,),
        needed,
        sentence,
        "Somebody else approves or refuses it.",
        right=Right.OVERRIDE,
        refused=needed,
        price=asked,
    )


def _as_much(approved: str, needed: str) -> bool:
    """Whether a price that was approved for so much off the line covers this: more pieces are asked about again."""
    (prices, off), (same, now) = approved.rpartition(":")[::2], needed.rpartition(":")[::2]
    return prices == same and off.isdigit() and int(now) <= int(off)


def _by_hand(line: LineView, decided: Decided) -> Iterator[Matter]:
    """What somebody does with their hands: tags, weights, papers."""
    if line.security_tag and not decided.covers(Kind.SECURITY_TAG, line.line, line.quantity):
        remedy = "Take off the tag of every piece."
        yield _ask(Kind.SECURITY_TAG, line, str(line.quantity), "This has a security tag.", remedy)
    if line.weight_doubt and line.weight_doubt not in decided.approved(Kind.WEIGHT, line.line):
        yield _ask(Kind.WEIGHT, line, line.weight_doubt, line.weight_doubt, "Look at the goods and the scale.")
    if line.warranty == "data" and not decided.approved(Kind.WARRANTY, line.line):
        yield _ask(Kind.WARRANTY, line, "", "Somebody has to be named for this.", "Enter the customer's number.")
    if line.warranty == "offer" and not _answered(line, decided):
        matter = _ask(Kind.WARRANTY, line, "offered", "A warranty can be sold with this.", "Offer it.")
        yield Matter(matter.kind, matter.line, matter.lines, "offered", matter.sentence, matter.remedy, blocks=False)


def _answered(line: LineView, decided: Decided) -> bool:
    return bool(decided.approved(Kind.WARRANTY, line.line) | decided.refused(Kind.WARRANTY, line.line))
