"""The highest numbers a workstation has used, so that a device whose disk was lost never uses one again."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from kiosk.accounts.report_books import Books, Placed, entered, grand_now
from kiosk.accounts.till import TillState, after
from kiosk.messages.contents import Sale, TransactionCancelled
from kiosk.messages.tills import NumbersRestored


def highest_numbers(entries: Iterable[Placed]) -> NumbersRestored:
    """What headquarters answers a device that begins with an empty disk, from all that it has booked of it.

    The running period had no Z report: its sums are in the totals here, since no report will ever carry them.
    """
    books, tills, number = Books(), TillState(), 0
    for placed in entries:
        books, tills = entered(books, (placed,)), after(tills, placed.content)
        if isinstance(placed.content, Sale | TransactionCancelled | NumbersRestored):
            number = max(number, placed.content.sequence_number)
    grand = grand_now(books)
    return NumbersRestored(
        sequence_number=number,
        z_number=books.z_number,
        shifts=tills.opened,
        sales_minor=grand.sales_minor,
        returns_minor=grand.returns_minor,
    )


def with_margin(highest: NumbersRestored, sales_lost: int, z_lost: int = 1, shifts_lost: int = 10) -> NumbersRestored:
    """The numbers to go on behind, when so many may have been used on the lost disk without headquarters knowing.

    A gap that an entry explains is better than a receipt, a shift or a Z report that exists twice.
    """
    if min(sales_lost, z_lost, shifts_lost) < 0:
        raise ValueError("a margin is not below zero")
    return replace(
        highest,
        sequence_number=highest.sequence_number + sales_lost,
        z_number=highest.z_number + z_lost,
        shifts=highest.shifts + shifts_lost,
    )
