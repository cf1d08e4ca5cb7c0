"""From a line of the ledger to a line of a receipt: what the shelf asked, what came off it, what tax came on top."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import combinations

from kiosk.domain.money import price_of_weight
from kiosk.domain.receipt.document import Discount, Line, LinePrice, Returned
from kiosk.messages.contents import ReturnOf, SaleLine


def line_of(line: SaleLine) -> Line:
    """One line of a receipt."""
    return Line(
        name=line.name,
        quantity=line.quantity,
        grams=line.grams,
        tare_grams=line.tare_grams,
        price=_price(line),
        tax_codes=tuple(dict.fromkeys(tax.tax_code for tax in line.taxes)) or (line.tax_code,),
        linked=line.linked_to is not None,
        returned=None if line.returned is None else _returned(line.returned),
        serial_number=line.serial_number,
        lot=line.lot,
    )


def order_discounts(lines: Iterable[SaleLine]) -> tuple[Discount, ...]:
    """The lines' shares of what came off the whole order, added up again by promotion, in the order first met."""
    sums: dict[tuple[str, str], int] = {}
    for given in (given for line in lines for given in line.discounts if given.order):
        key = (given.promotion, given.name)
        sums[key] = sums.get(key, 0) + given.amount_minor
    return tuple(Discount(name=name, amount_minor=amount) for (_, name), amount in sums.items() if amount)


def _price(line: SaleLine) -> LinePrice:
    by_count = _by_count(line)
    came_off = sum(given.amount_minor for given in line.discounts)
    on_top = line.amount_minor + came_off - by_count
    if on_top not in _tax_sums(line):
        on_top = 0  # a price from a label: what it differs by is no tax
    asked = line.amount_minor + came_off - on_top
    return LinePrice(
        unit_price_minor=line.unit_price_minor,
        asked_minor=asked,
        discounts=tuple(
            Discount(name=one.name, amount_minor=one.amount_minor) for one in line.discounts if not one.order
        ),
        added_tax_minor=on_top,
        label=asked != by_count,
    )


def _by_count(line: SaleLine) -> int:
    if line.grams:
        return price_of_weight(line.unit_price_minor, line.grams)
    return line.unit_price_minor * line.quantity


def _tax_sums(line: SaleLine) -> set[int]:
    """What can have come on top of the shelf price: any of the line's taxes, and any of them together."""
    due = [tax.tax_minor for tax in line.taxes if not tax.exempt]
    return {sum(some) for count in range(len(due) + 1) for some in combinations(due, count)}


def _returned(origin: ReturnOf) -> Returned:
    if not origin.sequence_number:
        return Returned(reason=origin.reason)
    key = f"{origin.store_id}/{origin.workstation_id}/{origin.sequence_number:06d}"
    return Returned(receipt=key, reason=origin.reason)
