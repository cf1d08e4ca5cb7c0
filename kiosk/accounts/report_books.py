"""The running books of a workstation: all figures since its last Z report, folded from its ledger; pure."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

import msgspec
from msgspec.structs import replace

from kiosk.accounts.report_figures import Section, figures
from kiosk.accounts.report_payments import Payment, open_payments_after
from kiosk.messages.contents import Content, Sale, TransactionCancelled
from kiosk.messages.tills import NumbersRestored, ReportTaken, ShiftOpened, TrainingEnded, TrainingStarted

Figures = dict[str, dict[str, "Sum"]]


class Sum(msgspec.Struct, frozen=True, kw_only=True):
    """So many, and what they come to in minor units."""

    count: int = 0
    amount_minor: int = 0


class Span(msgspec.Struct, frozen=True, kw_only=True):
    """Entries of one epoch, both ends included."""

    epoch: str
    first: int
    last: int


class GrandTotal(msgspec.Struct, frozen=True, kw_only=True):
    """Over the life of the workstation: goods sold after discounts (> 0), goods returned (< 0), and both together."""

    sales_minor: int = 0
    returns_minor: int = 0

    @property
    def net_minor(self) -> int:
        """Sales less returns."""
        return self.sales_minor + self.returns_minor


class Books(msgspec.Struct, frozen=True, kw_only=True):
    """Everything since the last Z report, and what goes on beyond it.

    `z_number` is that of the last Z report, `last_day` its business day, `grand` the sum up to it. `payments`: attempts
    whose end is not known, or approved without a sale. A ledger is one workstation's and has one currency.
    """

    z_number: int = 0
    last_day: str = ""
    grand: GrandTotal = GrandTotal()
    training: bool = False
    currency: str = ""
    payments: dict[str, Payment] = {}
    spans: tuple[Span, ...] = ()
    figures: Figures = {}
    first_number: int = 0
    last_number: int = 0
    first_day: str = ""
    latest_day: str = ""


class Placed(NamedTuple):
    """The content of an entry and where in the ledger it stands."""

    content: Content
    epoch: str
    position: int


def entered(books: Books, entries: Iterable[Placed]) -> Books:
    """The books after entries in the order of the ledger. The cost is that of the entries, not of the books."""
    for placed in _in_periods(entries):
        books = _period(books, placed)
    return books


def grand_now(books: Books) -> GrandTotal:
    """The grand total with the running period in it."""
    sales = books.figures.get(Section.SALES, {})
    amount = {key: one.amount_minor for key, one in sales.items()}
    return GrandTotal(
        sales_minor=books.grand.sales_minor + amount.get("gross", 0) + amount.get("discounts", 0),
        returns_minor=books.grand.returns_minor + amount.get("returns", 0),
    )


def added(one: Figures, other: Figures) -> Figures:
    """Two sets of figures, line by line."""
    result = {section: dict(lines) for section, lines in one.items()}
    for section, lines in other.items():
        mine = result.setdefault(section, {})
        for key, more in lines.items():
            had = mine.get(key, Sum())
            mine[key] = Sum(count=had.count + more.count, amount_minor=had.amount_minor + more.amount_minor)
    return result


def _in_periods(entries: Iterable[Placed]) -> Iterable[list[Placed]]:
    """Entries in lists that end before each Z report: that entry is the first of the period it opens."""
    running: list[Placed] = []
    for placed in entries:
        if isinstance(placed.content, ReportTaken) and placed.content.report_kind == "z":
            yield running
            running = []
        running.append(placed)
    yield running


def _period(books: Books, entries: list[Placed]) -> Books:
    """Entries of one period, of which only the first can be a Z report."""
    if entries and isinstance(entries[0].content, ReportTaken) and entries[0].content.report_kind == "z":
        books = _closed(books, entries[0].content)
    tally: dict[str, dict[str, list[int]]] = {}
    payments, training = dict(books.payments), books.training
    for content, _epoch, _position in entries:
        training = isinstance(content, TrainingStarted) or (training and not isinstance(content, TrainingEnded))
        open_payments_after(payments, content)
        for figure in figures(content, training=training):
            line = tally.setdefault(figure.section, {}).setdefault(figure.key, [0, 0])
            line[0] += figure.times
            line[1] += figure.amount_minor
    sums = {
        section: {key: Sum(count=count, amount_minor=amount) for key, (count, amount) in lines.items()}
        for section, lines in tally.items()
    }
    books = replace(books, payments=payments, training=training, figures=added(books.figures, sums))
    return _bounds(books, entries)


def _closed(books: Books, taken: ReportTaken) -> Books:
    """The books after a Z report. Payments that will never get an end were listed there once."""
    return Books(
        z_number=taken.number,
        last_day=taken.business_day,
        grand=grand_now(books),
        training=books.training,
        currency=books.currency,
        payments={name: one for name, one in books.payments.items() if one.running},
    )


def _bounds(books: Books, entries: list[Placed]) -> Books:
    """What is no sum: entries covered, numbers and days from and to, and what headquarters restored."""
    spans = list(books.spans)
    first, last = books.first_number, books.last_number
    first_day, latest_day, currency = books.first_day, books.latest_day, books.currency
    for content, epoch, position in entries:
        if spans and spans[-1].epoch == epoch:
            spans[-1] = Span(epoch=epoch, first=spans[-1].first, last=position)
        else:
            spans.append(Span(epoch=epoch, first=position, last=position))
        match content:
            case Sale(sequence_number=number, business_day=day):
                first, last = min(first or number, number), max(last, number)
                first_day, latest_day = min(first_day or day, day), max(latest_day, day)
                currency = content.currency
            case TransactionCancelled(sequence_number=number):
                first, last = min(first or number, number), max(last, number)
            case ShiftOpened():
                currency = content.currency
            case NumbersRestored() if content.z_number >= books.z_number:
                grand = GrandTotal(sales_minor=content.sales_minor, returns_minor=content.returns_minor)
                books = replace(books, z_number=content.z_number, grand=grand)
            case _:
                pass
    return replace(
        books,
        spans=tuple(spans),
        first_number=first,
        last_number=last,
        first_day=first_day,
        latest_day=latest_day,
        currency=currency,
    )
