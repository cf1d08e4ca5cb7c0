"""What has come back already: a fold over every return that is known, here or by headquarters' answer."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from msgspec.structs import replace

from kiosk.accounts.return_origin import reference_of
from kiosk.domain.returning.origin import Back, LineLeft, Origin, Returnable, SaleKey
from kiosk.domain.tender.kinds import TenderKind
from kiosk.messages.contents import ExceptionRaised, ReturnOf, Sale, SaleLine
from kiosk.messages.entry import Entry


@dataclass(frozen=True, slots=True)
class BookedSale:
    """A sale, or a return, with the key under which it is booked once."""

    key: SaleKey
    sale: Sale


@dataclass(frozen=True, slots=True)
class Answer:
    """What headquarters says of an origin: every return of it that it has booked."""

    returns: tuple[BookedSale, ...] = ()


def sales_in(entries: Iterable[Entry]) -> Iterator[BookedSale]:
    """The sales and returns of a ledger; what was for practice is left out."""
    for entry in entries:
        sale = entry.content
        if isinstance(sale, Sale) and not sale.training:
            yield BookedSale(SaleKey(entry.store_id, entry.workstation_id, sale.sequence_number), sale)


def key_of(returned: ReturnOf) -> SaleKey | None:
    """The sale that a line goes back to; None without a receipt."""
    if not returned.sequence_number:
        return None
    return SaleKey(returned.store_id, returned.workstation_id, returned.sequence_number)


def returnable(origin: Origin, known: Iterable[BookedSale], answer: Answer | None = None) -> Returnable:
    """What may still come back of `origin`. A return that is known twice, here and by headquarters, counts once.

    Money that went back in one transaction for goods of several receipts counts in full against each of them: what
    then is missing from a tender becomes store credit, and never more goes to a card than was taken from it.
    """
    once = {one.key: one.sale for one in (*known, *(answer.returns if answer else ())) if not one.sale.training}
    backs: dict[int, Back] = {}
    refunded: dict[tuple[TenderKind, str], int] = {}
    for sale in once.values():
        lines = [line for line in sale.lines if line.returned and key_of(line.returned) == origin.key]
        for line in lines:
            number = line.returned.line if line.returned else 0
            backs[number] = _added(backs.get(number, Back()), line, origin)
        if lines:
            for reference, amount in _given_back(sale).items():
                refunded[reference] = refunded.get(reference, 0) + amount
    return Returnable(
        origin=origin,
        lines=tuple(LineLeft(one, backs.get(one.priced.line, Back())) for one in origin.lines or ()),
        originals=tuple(
            replace(one, refunded_minor=refunded.get((one.kind, _matched(one.kind, one.reference)), 0))
            for one in origin.originals
        ),
        complete=answer is not None,
    )


def double_returns(
    booked: Iterable[BookedSale], origins: Iterable[Origin] = ()
) -> tuple[tuple[SaleKey, ExceptionRaised], ...]:
    """Returns of more than was sold, or for more than was paid: each with the exception that finance has to settle.

    `booked` is in the order in which headquarters booked; sales and returns may come in any order. A return whose sale
    is neither there nor in `origins` (web orders) is left for when it is. Meant for headquarters, where two devices
    that gave back the same goods without a network meet.
    """
    sales = list({one.key: one.sale for one in booked if not one.sale.training}.items())
    limits = _limits(sales, origins)
    sums: dict[tuple[SaleKey, int], tuple[int, int]] = {}
    found: list[tuple[SaleKey, ExceptionRaised]] = []
    for key, sale in sales:
        found += [
            (key, _twice(sale.sequence_number, place, sums[place], limits[place]))
            for place in sorted(_returned_here(sale, sums) & limits.keys())
            if _beyond(sums[place], limits[place])
        ]
    return tuple(found)


def _returned_here(sale: Sale, sums: dict[tuple[SaleKey, int], tuple[int, int]]) -> set[tuple[SaleKey, int]]:
    """Adds a sale's returned lines to the sums of (units, minor), and says which lines of which sales they were of."""
    places = set()
    for line in sale.lines:
        origin = key_of(line.returned) if line.returned else None
        if line.returned and origin:
            place = (origin, line.returned.line)
            units, minor = sums.get(place, (0, 0))
            sums[place] = (units + abs(line.grams or line.quantity), minor - line.amount_minor)
            places.add(place)
    return places


def _limits(
    sales: Iterable[tuple[SaleKey, Sale]], origins: Iterable[Origin]
) -> dict[tuple[SaleKey, int], tuple[int, int]]:
    """Of every line sold: (units, minor)."""
    found = {
        (key, line.line): (line.grams or line.quantity, line.amount_minor)
        for key, sale in sales
        for line in sale.lines
        if not line.returned
    }
    for origin in origins:
        for line in origin.lines or ():
            found[origin.key, line.priced.line] = (line.whole, line.priced.gross_minor)
    return found


def _beyond(given: tuple[int, int], limit: tuple[int, int]) -> bool:
    return given[0] > limit[0] or given[1] > limit[1]


def _twice(number: int, place: tuple[SaleKey, int], given: tuple[int, int], limit: tuple[int, int]) -> ExceptionRaised:
    origin, line = place
    sale = f"{origin.store_id}/{origin.workstation_id}/{origin.sequence_number}"
    detail = f"line {line} of {sale}: {given[0]} of {limit[0]} came back, {given[1]} given for {limit[1]} paid"
    return ExceptionRaised(code="return.twice", owner="finance", detail=detail, sequence_number=number)


def _added(back: Back, line: SaleLine, origin: Origin) -> Back:
    """One more returned line, whose amounts are below zero in the ledger."""
    sold = origin.line(line.returned.line) if line.returned else None
    units = -line.grams if sold and sold.priced.grams else -line.quantity
    discounts, taxes = dict(back.discounts), dict(back.taxes)
    for one in line.discounts:
        key = (one.promotion, "order" if one.order else "line")
        discounts[key] = discounts.get(key, 0) - one.amount_minor
    for tax in line.taxes:
        tax_key = (tax.tax_code, tax.tax_rate_ppm, tax.exempt)
        base, amount = taxes.get(tax_key, (0, 0))
        taxes[tax_key] = (base - tax.base_minor, amount - tax.tax_minor)
    return Back(back.units + max(0, units), back.gross_minor - line.amount_minor, discounts, taxes)


def _given_back(sale: Sale) -> dict[tuple[TenderKind, str], int]:
    """What went back in a transaction, by the tender it went back to; cash as it was or as it should have been."""
    sums: dict[tuple[TenderKind, str], int] = {}
    for tender in sale.tenders:
        if tender.amount_minor < 0:
            kind, reference = reference_of(tender)
            key = (kind, _matched(kind, reference))
            sums[key] = sums.get(key, 0) - tender.amount_minor
    cash = (TenderKind.CASH, "")
    if cash in sums:
        sums[cash] = max(sums[cash], sums[cash] + sale.rounding_minor)
    return sums


def _matched(kind: TenderKind, reference: str) -> str:
    """What tells two tenders of a kind apart. A wallet's refund has a reference of its own: all of a kind are one."""
    return "" if kind is TenderKind.WALLET else reference
