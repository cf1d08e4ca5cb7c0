"""What a part of a sold line is worth when it comes back, whatever was given back for the line before."""

from __future__ import annotations

from msgspec.structs import replace

from kiosk.domain.pricing.shares import ReturnedShare, returned_share
from kiosk.domain.promotion.outcome import LineDiscount
from kiosk.domain.returning.origin import Back, LineLeft
from kiosk.domain.tax.outcome import LineTax


def part_now(left: LineLeft, units: int) -> ReturnedShare:
    """The worth of `units` more pieces or grams: what all units so far are worth, less what was given for them.

    So all parts of a line add up to what was paid for it, in each discount and each tax, even where two devices that
    did not know of each other both gave back "the first piece". Raises `ValueError` beyond what was sold.
    """
    priced, back = left.sold.priced, left.back
    so_far = returned_share(priced, 0, back.units + units)
    if units < 1:
        raise ValueError("one piece or gram comes back, or more")
    gross = _rest(so_far.gross_minor, back.gross_minor)
    discounts = tuple(_discount(one, back) for one in so_far.discounts)
    taxes = _taxes(so_far.taxes, back, gross)
    tax = sum(one.tax_minor for one in taxes)
    return ReturnedShare(
        pieces=units,
        amount_minor=gross + sum(one.amount_minor for one in discounts),
        discounts=tuple(one for one in discounts if one.amount_minor),
        due_minor=gross,
        net_minor=gross - tax,
        tax_minor=tax,
        gross_minor=gross,
        taxes=taxes,
    )


def after(left: LineLeft, share: ReturnedShare) -> LineLeft:
    """The line after a part of it came back."""
    back = left.back
    discounts, taxes = dict(back.discounts), dict(back.taxes)
    for given in share.discounts:
        key = (given.promotion, str(given.level))
        discounts[key] = discounts.get(key, 0) + given.amount_minor
    for paid in share.taxes:
        tax_key = (paid.code, paid.rate_ppm, paid.exempt)
        base, tax = taxes.get(tax_key, (0, 0))
        taxes[tax_key] = (base + paid.base_minor, tax + paid.tax_minor)
    return LineLeft(left.sold, Back(back.units + share.pieces, back.gross_minor + share.gross_minor, discounts, taxes))


def linked_units(main: LineLeft, linked: LineLeft, units: int) -> int:
    """How many pieces of a linked line follow `units` of the line it belongs to; none before a whole one is due."""
    target = linked.sold.whole * (main.back.units + units) // main.sold.whole
    return min(linked.units, max(0, target - linked.back.units))


def _rest(so_far: int, given: int) -> int:
    """What is still to give of an amount, in its own direction: nothing where too much was given before."""
    return max(0, so_far - given) if so_far >= 0 else min(0, so_far - given)


def _discount(one: LineDiscount, back: Back) -> LineDiscount:
    given = back.discounts.get((one.promotion, str(one.level)), 0)
    return replace(one, amount_minor=_rest(one.amount_minor, given))


def _taxes(so_far: tuple[LineTax, ...], back: Back, gross_minor: int) -> tuple[LineTax, ...]:
    """Each tax less what was given back of it; never more tax than money."""
    found, money = [], gross_minor
    for one in so_far:
        base, tax = back.taxes.get((one.code, one.rate_ppm, one.exempt), (0, 0))
        rest = min(_rest(one.tax_minor, tax), money)
        money -= max(0, rest)
        found.append(replace(one, base_minor=_rest(one.base_minor, base), tax_minor=rest))
    return tuple(found)
