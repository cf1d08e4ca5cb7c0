"""X and Z reports: what the books say, and the ledger entry that a report becomes; pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, NamedTuple

import msgspec

from kiosk.accounts.report_books import Books, Figures, GrandTotal, Span, Sum, grand_now
from kiosk.accounts.report_figures import Section
from kiosk.accounts.report_payments import Payment
from kiosk.domain.operator.outcome import Refused
from kiosk.domain.operator.rights import Request, Right, Role, Staff, ask, holds
from kiosk.messages.canonical import canonical
from kiosk.messages.tills import ReportTaken

# Raised when the same entries could give another report.
REPORT_VERSION = 1


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """A report as it is kept in `ReportTaken.report`.

    `figures`: section -> line -> count and amount (see `report_figures.Section`). `spans` are the entries it covers;
    those of consecutive Z reports follow on each other without a gap. Numbers are 0 where none was used.
    """

    version: int = REPORT_VERSION
    kind: str
    number: int
    currency: str
    business_day: str
    first_day: str
    latest_day: str
    operator: str
    spans: tuple[Span, ...]
    first_number: int
    last_number: int
    figures: Figures
    payments: tuple[Payment, ...]
    grand_before: GrandTotal
    grand_after: GrandTotal
    open_shifts: tuple[str, ...] = ()

    def sum(self, section: Section, key: str) -> Sum:
        """One line; nothing where it is not there."""
        return self.figures.get(section, {}).get(key, Sum())

    def total(self, section: Section) -> Sum:
        """A section, added up."""
        lines = self.figures.get(section, {}).values()
        return Sum(count=sum(one.count for one in lines), amount_minor=sum(one.amount_minor for one in lines))


class ReportPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The section `reports` of a policy: what a Z report waits for. Sales not sent yet are nothing it could wait for.

    `unknown_payments`, `open_shifts`: refused while there are any. `several_a_day`: more than one Z a business day.
    """

    unknown_payments: Annotated[bool, msgspec.Meta(description="refuse while a payment is unknown")] = True
    open_shifts: Annotated[bool, msgspec.Meta(description="refuse while a shift is open")] = True
    several_a_day: bool = False


class Asked(NamedTuple):
    """Who wants a report for which business day (ISO date), and the shifts open then (`till.open_shifts`)."""

    operator: Staff
    business_day: str
    open_shifts: tuple[str, ...] = ()


def x_report(books: Books, asked: Asked, roles: Mapping[str, Role]) -> ReportTaken | Refused:
    """What an X report says now. Appending it is optional: it changes nothing.

    Who has a shift to count yet sees no sums, unless that is a right held.
    """
    allowed = ask(Request(Right.X_REPORT), asked.operator, roles)
    if isinstance(allowed, Refused):
        return allowed
    if asked.open_shifts and not holds(asked.operator, Right.SEE_EXPECTED, roles):
        return Refused("blind", "A shift is still to be counted.", "Count and settle it first, or ask a supervisor.")
    return report_now(books, asked, "x")


def z_report(books: Books, asked: Asked, policy: ReportPolicy, roles: Mapping[str, Role]) -> ReportTaken | Refused:
    """The Z report: append it as it is, with no entry between it and the last of `books`; that ends the period."""
    refused = _z_refused(books, asked, policy, roles)
    return refused or report_now(books, asked, "z")


def report_now(books: Books, asked: Asked, kind: str) -> ReportTaken:
    """The entry of a report of this kind, without asking whether anybody may have it; see `x_report`, `z_report`."""
    spans = books.spans
    report = Report(
        kind=kind,
        number=books.z_number + 1,
        currency=books.currency,
        business_day=asked.business_day,
        first_day=books.first_day,
        latest_day=books.latest_day,
        operator=asked.operator.operator,
        spans=spans,
        first_number=books.first_number,
        last_number=books.last_number,
        figures=books.figures,
        payments=tuple(books.payments.values()),
        grand_before=books.grand,
        grand_after=grand_now(books),
        open_shifts=asked.open_shifts,
    )
    return ReportTaken(
        report_kind=kind,
        number=report.number,
        business_day=asked.business_day,
        operator=asked.operator.operator,
        from_position=spans[0].first if spans else 0,
        to_position=spans[-1].last if spans else 0,
        report=canonical(report).decode(),
    )


def report_of(taken: ReportTaken) -> Report:
    """The report inside an entry; `msgspec.DecodeError` where it is damaged."""
    return msgspec.json.decode(taken.report, type=Report)


def books_after(taken: ReportTaken, epoch: str, position: int) -> Books:
    """The books right after a Z report, from its own entry: a lane that starts reads no further back than to it."""
    report = report_of(taken)
    return Books(
        z_number=taken.number,
        last_day=taken.business_day,
        grand=report.grand_after,
        currency=report.currency,
        payments={one.attempt: one for one in report.payments if one.running},
        spans=(Span(epoch=epoch, first=position, last=position),),
    )


def agrees(books: Books, taken: ReportTaken) -> bool:
    """Whether a report in the ledger says what the entries before it say; an older version is taken as told."""
    said = report_of(taken)
    if said.version != REPORT_VERSION:
        return True
    asked = Asked(Staff(taken.operator, ()), taken.business_day, said.open_shifts)
    return report_now(books, asked, taken.report_kind) == taken


def _z_refused(books: Books, asked: Asked, policy: ReportPolicy, roles: Mapping[str, Role]) -> Refused | None:
    allowed = ask(Request(Right.Z_REPORT), asked.operator, roles)
    if isinstance(allowed, Refused):
        return allowed
    if books.training:
        return Refused("training", "There is no Z report in training.", "End the training first.")
    if asked.business_day < books.last_day:
        remedy = "Correct the clock; the day of a report never goes back."
        return Refused("clock", f"The last Z report is of {books.last_day}, which is later.", remedy)
    if asked.business_day == books.last_day and not policy.several_a_day:
        remedy = "Print it again as a copy; what was sold since then is in the next one."
        return Refused("taken", f"The Z report of {books.last_day} is number {books.z_number}.", remedy)
    unknown = [one.attempt for one in books.payments.values() if one.unknown]
    if unknown and policy.unknown_payments:
        remedy = "Settle it at the payment terminal first; it is named in the X report."
        return Refused("unknown_payment", f"It is not known whether payment {unknown[0]} was taken.", remedy)
    if asked.open_shifts and policy.open_shifts:
        return Refused("open_shift", f"Shift {asked.open_shifts[0]} is open.", "Count and settle it, or park it.")
    return None
