"""What part of a sold line comes back with some of its pieces, so that all parts together are what was paid."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from kiosk.domain.money import divide
from kiosk.domain.pricing.document import PricedLine
from kiosk.domain.promotion.outcome import LineDiscount
from kiosk.domain.tax.outcome import LineTax


@dataclass(frozen=True, slots=True)
class ReturnedShare:
    """A part of a sold line, in positive amounts: `amount_minor` - `discounts` = `due_minor`, net + tax = gross.

    `gross_minor` is what was paid for these pieces (grams): what may be given back for them.
    """

    pieces: int
    amount_minor: int
    discounts: tuple[LineDiscount, ...]
    due_minor: int
    net_minor: int
    tax_minor: int
    gross_minor: int
    taxes: tuple[LineTax, ...]


@dataclass(frozen=True, slots=True)
class _Stretch:
    """The units after `begin` up to `end`, of `whole`."""

    begin: int
    end: int
    whole: int

    def of(self, total_minor: int) -> int:
        return share_between(total_minor, self.begin, self.end, self.whole)


def share_between(total_minor: int, begin: int, end: int, whole: int) -> int:
    """What of `total_minor`, spread evenly over `whole` units, falls on those after `begin` up to `end`.

    Rounded as a running sum, half up: stretches that meet add up exactly, however they are cut, and the whole stretch
    is the total. No stretch of a positive total is below zero.
    """
    return divide(total_minor * end, whole) - divide(total_minor * begin, whole)


def returned_share(sold_line: PricedLine, pieces_already: int, pieces_now: int) -> ReturnedShare:
    """What `pieces_now` of a sold line are worth when `pieces_already` have come back before: of what was paid.

    Both count in pieces, or in grams of a weighed good. Which pieces of a line they are makes no difference: a
    discount counts evenly over the line it was spread to. Parts returned one by one add up to the line exactly, in
    every amount and in every tax. Raises `ValueError` where more would come back than was sold.
    """
    whole = sold_line.grams or sold_line.quantity
    end = pieces_already + pieces_now
    if pieces_already < 0 or pieces_now < 1 or end > whole:
        raise ValueError(f"of {whole} sold, {pieces_now} cannot come back after {pieces_already}")
    pieces = _Stretch(pieces_already, end, whole)
    money = _in_money(pieces, sold_line.gross_minor)
    discounts = tuple(one for one in (_discount(given, pieces) for given in sold_line.discounts) if one.amount_minor)
    taxes = tuple(_tax(one, money) for one in sold_line.taxes)
    due, gross, tax = money.of(sold_line.due_minor), pieces.of(sold_line.gross_minor), sum(x.tax_minor for x in taxes)
    return ReturnedShare(
        pieces=pieces_now,
        amount_minor=due + sum(one.amount_minor for one in discounts),
        discounts=discounts,
        due_minor=due,
        net_minor=gross - tax,
        tax_minor=tax,
        gross_minor=gross,
        taxes=taxes,
    )


def _in_money(pieces: _Stretch, gross_minor: int) -> _Stretch:
    """The same stretch in whole minor units of what was paid: cut so, a tax is never more than the money it is in."""
    if gross_minor <= 0:
        return pieces
    begin, end = (divide(gross_minor * at, pieces.whole) for at in (pieces.begin, pieces.end))
    return _Stretch(begin, end, gross_minor)


def _discount(given: LineDiscount, pieces: _Stretch) -> LineDiscount:
    return msgspec.structs.replace(given, amount_minor=pieces.of(given.amount_minor), pieces=pieces.of(given.pieces))


def _tax(paid: LineTax, money: _Stretch) -> LineTax:
    return msgspec.structs.replace(paid, base_minor=money.of(paid.base_minor), tax_minor=money.of(paid.tax_minor))
