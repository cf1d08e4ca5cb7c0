"""Ledgers on disk with shifts and reports in them, for commands that read them."""

from __future__ import annotations

from contextlib import closing

from kiosk.accounts.report import Asked, ReportPolicy, z_report
from kiosk.accounts.report_books import Books, Placed, entered
from kiosk.accounts.till_commands import MoveCash, SettleShift
from kiosk.accounts.till_policy import Movement
from kiosk.messages.contents import Content
from kiosk.messages.tills import ReportTaken
from kiosk.store.ledger_files import open_ledger
from tests.accounts.till_desk import DAY, EVE, Desk, cash_sale, roles
from tests.store.tills import Device


def record(device: Device, *contents: Content) -> None:
    """Append entries as the lane does, each in a commit of its own."""
    with closing(device.till()) as till:
        for content in contents:
            till.record([content], b"")


def books_of(device: Device) -> Books:
    """The books of what is on disk."""
    return entered(Books(), (Placed(one.content, one.epoch, one.position) for one in device.entries()))


def take_z(device: Device, day: str = DAY) -> ReportTaken:
    """A Z report, taken as the lane does."""
    taken = z_report(books_of(device), Asked(EVE, day), ReportPolicy(), roles())
    assert isinstance(taken, ReportTaken), taken
    record(device, taken)
    return taken


def two_days(device: Device) -> Device:
    """A settled shift and its Z report; on the next day a shift that is still open."""
    desk = Desk()
    first = desk.open(10_000)
    desk.append(cash_sale(1, 600, shift=first), cash_sale(2, -60, shift=first))
    desk.done(MoveCash(first, Movement.PICKUP, 500))
    desk.count(first, 9_990)
    desk.done(SettleShift(first))
    record(device, *(placed.content for placed in desk.entries))
    take_z(device)
    begun = len(desk.entries)
    second = desk.open(12_345)
    desk.append(cash_sale(3, 777, shift=second, business_day="2026-03-02"))
    record(device, *(placed.content for placed in desk.entries[begun:]))
    return device


def lines_of(device: Device) -> int:
    """How many entries there are."""
    return sum(1 for _ in open_ledger(device.path).rows())
