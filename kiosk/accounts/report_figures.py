"""What one ledger entry adds to a report: named figures, each a count and an amount, that simply add up."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from typing import NamedTuple

from kiosk.accounts.till_tenders import kind_of_tender, taken_offline
from kiosk.messages.contents import (
    AgeApproved,
    AttentionDecided,
    Content,
    ExceptionRaised,
    FiscalReceipt,
    LineVoided,
    PaymentResult,
    Sale,
    SaleLine,
    TransactionCancelled,
    kind_of,
)
from kiosk.messages.tenders import CashTender, Tender
from kiosk.messages.tills import (
    CashMoved,
    DrawerOpened,
    PriceOverridden,
    ShiftOpened,
    ShiftResumed,
    ShiftSettled,
    ShiftSuspended,
    SignedOn,
    SignOnRefused,
    StoredValueChanged,
)


class Section(enum.StrEnum):
    """A part of a report. The comment says what its count and amount are, where that is not plain."""

    TRANSACTIONS = "transactions"  # sale, return, exchange: how many, their totals
    SALES = "sales"  # gross, discounts (< 0), returns (< 0): pieces, amount; the three are the net sales
    ROUNDING = "rounding"
    DEPARTMENTS = "departments"  # net, returned goods taken off
    DISCOUNTS = "discounts"  # by promotion, off goods sold (> 0)
    RETURNS = "returns"  # by reason: pieces, amount (< 0)
    TAX = "tax"  # by code and rate
    TAX_NET = "tax_net"
    TAX_GROSS = "tax_gross"
    TENDERS = "tenders"  # taken
    REFUNDS = "refunds"  # given back (< 0)
    OFFLINE = "offline"  # the part of tenders and refunds that headquarters was not asked for
    FOREIGN = "foreign"  # foreign cash, in its own minor units
    CHANGE = "change"
    STORED_VALUE = "stored_value"
    PAYMENTS = "payments"  # results of the payment terminal
    FLOATS = "floats"
    CASH = "cash"  # movements, each > 0
    DIFFERENCES = "differences"  # of settled shifts, counted less expected
    SHIFTS = "shifts"
    DRAWER = "drawer"
    NO_SALES = "no_sales"
    VOIDS = "voids"
    CANCELLED = "cancelled"
    AGE = "age"
    ATTENTION = "attention"
    OVERRIDES = "overrides"
    EXCEPTIONS = "exceptions"
    FISCAL = "fiscal"
    SIGN_ON = "sign_on"
    OPERATORS = "operators"
    NUMBERS = "numbers"  # sequence numbers used
    TRAINING = "training"  # whatever was for practice; it is in no other section but numbers


class Figure(NamedTuple):
    """So much to add to one line of a report."""

    section: Section
    key: str
    times: int
    amount_minor: int = 0


def figures(content: Content, *, training: bool) -> Iterator[Figure]:
    """The figures of an entry. `training`: training mode was on when it was made."""
    if isinstance(content, Sale | TransactionCancelled):
        yield Figure(Section.NUMBERS, "used", 1)
    practised = _practised(content, training=training)
    if practised is not None:
        yield Figure(Section.TRAINING, kind_of(content), 1, practised)
    elif isinstance(content, Sale):
        yield from _sale(content)
    else:
        yield from _of_shifts(content)
        yield from _of_devices(content)
        yield from _of_people(content)


def _practised(content: Content, *, training: bool) -> int | None:
    """The amount of an entry that was for practice, None for one that counts.

    A sale, a shift and a fiscal receipt say so themselves; others are what the mode was. What happened to the device or
    to real money happened: payments, exceptions, a forced drawer, who signed on.
    """
    match content:
        case Sale(training=practice, total_minor=total):
            return total if practice else None
        case ShiftOpened(training=practice) | ShiftSuspended(training=practice) | ShiftResumed(training=practice):
            return 0 if practice else None
        case FiscalReceipt(kind=kind):
            return 0 if kind == "training" else None
        case CashMoved(amount_minor=amount) if training:
            return amount
        case LineVoided(line=line) if training:
            return line.amount_minor
        case TransactionCancelled(lines=lines) if training:
            return sum(line.amount_minor for line in lines)
        case AgeApproved() | AttentionDecided() | PriceOverridden() | ShiftSettled() if training:
            return 0
        case StoredValueChanged(change_minor=change) if training:
            return change
        case _:
            return None


def _sale(sale: Sale) -> Iterator[Figure]:
    returned = any(line.returned for line in sale.lines)
    sold = any(not line.returned for line in sale.lines)
    kind = "exchange" if returned and sold else "return" if returned else "sale"
    yield Figure(Section.TRANSACTIONS, kind, 1, sale.total_minor)
    yield Figure(Section.OPERATORS, sale.operator or "shopper", 1, sale.total_minor)
    if sale.rounding_minor:
        yield Figure(Section.ROUNDING, "cash", 1, sale.rounding_minor)
    for line in sale.lines:
        yield from _line(line)
    for tax in sale.taxes:
        key = f"{tax.tax_code}@{tax.tax_rate_ppm}"
        yield Figure(Section.TAX, key, 1, tax.tax_minor)
        yield Figure(Section.TAX_NET, key, 1, tax.net_minor)
        yield Figure(Section.TAX_GROSS, key, 1, tax.gross_minor)
    for tender in sale.tenders:
        yield from _tender(tender)


def _line(line: SaleLine) -> Iterator[Figure]:
    pieces = abs(line.quantity) if line.linked_to is None else 0
    if line.returned:
        yield Figure(Section.SALES, "returns", pieces, line.amount_minor)
        yield Figure(Section.RETURNS, line.returned.reason or "none", pieces, line.amount_minor)
        yield Figure(Section.DEPARTMENTS, line.department or "none", -pieces, line.amount_minor)
        return
    off = sum(discount.amount_minor for discount in line.discounts)
    yield Figure(Section.SALES, "gross", pieces, line.amount_minor + off)
    yield Figure(Section.DEPARTMENTS, line.department or "none", pieces, line.amount_minor)
    for discount in line.discounts:
        name = f" {discount.name}" if discount.name not in {"", discount.promotion} else ""
        yield Figure(Section.SALES, "discounts", 1, -discount.amount_minor)
        yield Figure(Section.DISCOUNTS, discount.promotion + name, 1, discount.amount_minor)


def _tender(tender: Tender) -> Iterator[Figure]:
    kind = kind_of_tender(tender)
    section = Section.TENDERS if tender.amount_minor >= 0 else Section.REFUNDS
    yield Figure(section, kind, 1, tender.amount_minor)
    if taken_offline(tender):
        yield Figure(Section.OFFLINE, kind, 1, tender.amount_minor)
    if isinstance(tender, CashTender):
        if tender.foreign_currency:
            yield Figure(Section.FOREIGN, kind, 1, tender.foreign_minor)
        if tender.change_minor:
            yield Figure(Section.CHANGE, "cash", 1, tender.change_minor)


def _of_shifts(content: Content) -> Iterator[Figure]:
    match content:
        case ShiftOpened(float_minor=amount):
            yield Figure(Section.SHIFTS, "opened", 1)
            yield Figure(Section.FLOATS, "opened", 1, amount)
        case ShiftSuspended():
            yield Figure(Section.SHIFTS, "suspended", 1)
        case ShiftResumed():
            yield Figure(Section.SHIFTS, "resumed", 1)
        case CashMoved(movement=movement, amount_minor=amount):
            yield Figure(Section.CASH, movement, 1, amount)
        case ShiftSettled(settlements=settlements):
            yield Figure(Section.SHIFTS, "settled", 1)
            for one in settlements:
                yield Figure(Section.DIFFERENCES, one.tender, int(one.difference_minor != 0), one.difference_minor)
        case _:
            return


def _of_devices(content: Content) -> Iterator[Figure]:
    match content:
        case DrawerOpened(cause=cause, reason=reason):
            yield Figure(Section.DRAWER, cause, 1)
            if cause == "no_sale":
                yield Figure(Section.NO_SALES, reason or "none", 1)
        case PaymentResult(outcome=outcome, amount_minor=amount):
            yield Figure(Section.PAYMENTS, outcome, 1, amount)
        case StoredValueChanged(instrument=instrument, change=change, change_minor=amount):
            yield Figure(Section.STORED_VALUE, f"{instrument}:{change}", 1, amount)
        case FiscalReceipt(kind=kind, failed=failed):
            yield Figure(Section.FISCAL, kind, 1)
            if failed:
                yield Figure(Section.FISCAL, "failed", 1)
        case _:
            return


def _of_people(content: Content) -> Iterator[Figure]:
    match content:
        case LineVoided(line=line, operator=operator):
            yield Figure(Section.VOIDS, "attendant" if operator else "shopper", 1, line.amount_minor)
        case TransactionCancelled(reason=reason, lines=lines):
            yield Figure(Section.CANCELLED, reason, 1, sum(line.amount_minor for line in lines))
        case AgeApproved(minimum_age=age):
            yield Figure(Section.AGE, f"approved:{age}", 1)
        case AttentionDecided(matter="age", decision=decision, value=value):
            yield Figure(Section.AGE, f"{decision}:{value}" if value else decision, 1)
        case AttentionDecided(matter=matter, decision=decision):
            yield Figure(Section.ATTENTION, f"{matter}:{decision}", 1)
        case PriceOverridden(reason=reason):
            yield Figure(Section.OVERRIDES, reason or "none", 1)
        case ExceptionRaised(code=code):
            yield Figure(Section.EXCEPTIONS, code, 1)
        case SignedOn(method=method):
            yield Figure(Section.SIGN_ON, method, 1)
        case SignOnRefused(reason=reason):
            yield Figure(Section.SIGN_ON, f"refused:{reason}", 1)
        case _:
            return
