"""X and Z reports on paper: the facts of a report as printable elements, in any language."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from drivers.printer.interface import Align, Columns, Element, Rule, Text
from kiosk.accounts.report import Report
from kiosk.accounts.report_figures import Section
from kiosk.accounts.report_payments import Payment

# What is printed, in this order: the section, its heading, and whether its amounts mean something.
_SECTIONS = (
    (Section.TRANSACTIONS, "Transactions", True),
    (Section.DEPARTMENTS, "Departments", True),
    (Section.DISCOUNTS, "Discounts by promotion", True),
    (Section.RETURNS, "Returns by reason", True),
    (Section.TENDERS, "Tenders taken", True),
    (Section.REFUNDS, "Refunds", True),
    (Section.OFFLINE, "Of these, taken offline", True),
    (Section.CHANGE, "Change given", True),
    (Section.ROUNDING, "Rounding", True),
    (Section.STORED_VALUE, "Stored value", True),
    (Section.FLOATS, "Floats", True),
    (Section.CASH, "Cash movements", True),
    (Section.DIFFERENCES, "Differences of settled shifts", True),
    (Section.SHIFTS, "Shifts", False),
    (Section.NO_SALES, "No-sales", False),
    (Section.DRAWER, "Drawer openings", False),
    (Section.VOIDS, "Voided lines", True),
    (Section.CANCELLED, "Cancelled transactions", True),
    (Section.AGE, "Age checks", False),
    (Section.ATTENTION, "Attention list", False),
    (Section.OVERRIDES, "Prices set by hand", False),
    (Section.EXCEPTIONS, "Exceptions", False),
    (Section.FISCAL, "Fiscal receipts", False),
    (Section.SIGN_ON, "Sign-ons", False),
    (Section.OPERATORS, "Operators", True),
    (Section.TRAINING, "Training, in no total", True),
)

_LINES = {
    "approved": "Approved",
    "bank_drop": "Bank drop",
    "card": "Card",
    "cash": "Cash",
    "count": "Count",
    "exchange": "Exchange",
    "forced": "Forced",
    "gift_card": "Gift card",
    "loan": "Loan",
    "meal_voucher": "Meal voucher",
    "no_sale": "No-sale",
    "none": "None given",
    "opened": "Opened",
    "paid_in": "Paid in",
    "paid_out": "Paid out",
    "pickup": "Pickup",
    "points": "Points",
    "refund": "Refund",
    "refused": "Refused",
    "return": "Return",
    "safe_drop": "Safe drop",
    "sale": "Sale",
    "settled": "Settled",
    "shopper": "Shopper",
    "store_credit": "Store credit",
    "voucher": "Voucher",
    "wallet": "Wallet",
}


class Wording(Protocol):
    """How to say things: fixed phrases by their English text, money in minor units; any language of the lane fits."""

    def say(self, phrase: str, /) -> str:
        """A phrase in this language."""
        ...

    def money(self, amount_minor: int, /) -> str:
        """An amount with its currency."""
        ...


@dataclass(frozen=True, slots=True)
class PaperHead:
    """Who prints when: the store's own lines, store and workstation, and the local time as it shall stand there.

    `at` is when the report was taken, not when this copy is printed. `copy` > 0 marks a reprint.
    """

    lines: tuple[str, ...]
    place: str
    at: str
    copy: int = 0


def report_elements(report: Report, head: PaperHead, wording: Wording) -> tuple[Element, ...]:
    """A report as an ordered list of printable elements; sections without a line are left out."""
    return (
        *_heading(report, head, wording),
        Rule(),
        *_sales(report, wording),
        *(element for name, title, amounts in _SECTIONS for element in _section(report, name, title, wording, amounts)),
        *_taxes(report, wording),
        *_payments(report.payments, wording),
        Rule(),
        *_foot(report, wording),
        *copy_mark(head.copy, wording),
    )


def copy_mark(copy: int, wording: Wording) -> Iterator[Element]:
    """What a reprint bears at its top and bottom."""
    if copy:
        yield Text(f"{wording.say('*** COPY ***')} {copy}", Align.CENTRE, bold=True)


def line_name(key: str, wording: Wording) -> str:
    """A line of a report in words: each part of its key that has a phrase, the others as they are."""
    return " ".join(wording.say(_LINES[part]) if part in _LINES else part.replace("_", " ") for part in key.split(":"))


def phrases() -> tuple[str, ...]:
    """Every phrase that reports say, for the languages."""
    said = ("X report", "Z report", "*** COPY ***", "Business day", "Entries", "Receipt numbers", "Operator")
    sums = ("Gross sales", "Discounts", "Returns", "Net sales", "Pieces", "Tax", "Net", "Gross", "on")
    ends = ("Payments without an end", "Open shifts", "Grand total before", "Grand total", "unknown", "no sale")
    return (*said, *sums, *ends, *(title for _, title, _ in _SECTIONS), *_LINES.values())


def _heading(report: Report, head: PaperHead, wording: Wording) -> Iterator[Element]:
    for line in head.lines:
        yield Text(line, Align.CENTRE)
    title = wording.say("Z report") if report.kind == "z" else wording.say("X report")
    # An X report has no number: the one it carries is that of the Z report to come.
    yield Text(f"{title} {report.number}" if report.kind == "z" else title, Align.CENTRE, bold=True, double=True)
    yield from copy_mark(head.copy, wording)
    yield Columns(head.at, head.place)
    yield Columns(wording.say("Business day"), report.business_day)
    yield Columns(wording.say("Operator"), report.operator)
    if report.last_number:
        yield Columns(wording.say("Receipt numbers"), f"{report.first_number} - {report.last_number}")
    for span in report.spans:
        yield Columns(wording.say("Entries"), f"{span.epoch} {span.first} - {span.last}")


def _sales(report: Report, wording: Wording) -> Iterator[Element]:
    names = (("gross", "Gross sales"), ("discounts", "Discounts"), ("returns", "Returns"))
    for key, phrase in names:
        one = report.sum(Section.SALES, key)
        yield Columns(wording.say(phrase), wording.money(one.amount_minor))
    net = report.total(Section.SALES).amount_minor
    yield Columns(wording.say("Net sales"), wording.money(net), bold=True)
    yield Columns(wording.say("Pieces"), str(report.sum(Section.SALES, "gross").count))


def _section(report: Report, name: Section, title: str, wording: Wording, amounts: bool) -> Iterator[Element]:
    lines = report.figures.get(name, {})
    if not lines:
        return
    yield Rule()
    yield Text(wording.say(title), bold=True)
    for key, one in sorted(lines.items()):
        said = line_name(key, wording)
        yield (
            Columns(f"{one.count} x {said}", wording.money(one.amount_minor))
            if amounts
            else Columns(said, str(one.count))
        )
    if amounts and len(lines) > 1:
        yield Columns("", wording.money(report.total(name).amount_minor), bold=True)


def _taxes(report: Report, wording: Wording) -> Iterator[Element]:
    taxes = report.figures.get(Section.TAX, {})
    if not taxes:
        return
    yield Rule()
    yield Text(wording.say("Tax"), bold=True)
    for key, tax in sorted(taxes.items()):
        code, _, ppm = key.rpartition("@")
        net = report.sum(Section.TAX_NET, key).amount_minor
        yield Columns(
            f"{code}  {_percent(int(ppm))} % {wording.say('on')} {wording.money(net)}", wording.money(tax.amount_minor)
        )


def _payments(payments: tuple[Payment, ...], wording: Wording) -> Iterator[Element]:
    if not payments:
        return
    yield Rule()
    yield Text(wording.say("Payments without an end"), bold=True)
    for one in payments:
        state = wording.say("unknown") if one.unknown else wording.say("no sale")
        yield Columns(f"{one.attempt} {state}", wording.money(one.amount_minor))


def _foot(report: Report, wording: Wording) -> Iterator[Element]:
    for shift in report.open_shifts:
        yield Columns(wording.say("Open shifts"), shift)
    yield Columns(wording.say("Grand total before"), wording.money(report.grand_before.net_minor))
    yield Columns(wording.say("Grand total"), wording.money(report.grand_after.net_minor), bold=True)


def _percent(ppm: int) -> str:
    return f"{ppm // 10_000}.{ppm % 10_000:04d}".rstrip("0").removesuffix(".")
