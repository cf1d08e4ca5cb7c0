"""What a lane's ledger adds up to, on a real ledger: kept up, and the same after a start as before it."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from kiosk.accounts.report import Asked, ReportPolicy, agrees, report_now, z_report
from kiosk.accounts.report_books import Books, Placed, entered
from kiosk.accounts.till import TillState, folded
from kiosk.checkout.accounts_register import LedgerAccounts
from kiosk.domain.operator.rights import Staff, by_name, default_roles
from kiosk.messages.contents import Content, Sale
from kiosk.messages.tenders import CashTender
from kiosk.messages.tills import CashMoved, Counted, Settlement, ShiftCounted, ShiftOpened, ShiftSettled
from kiosk.store.ledger import Till
from kiosk.store.ledger_reader import LedgerReader
from tests.accounts.receipt_samples import sale
from tests.store.tills import Device

ANN = Staff("ann", ("supervisor",))
LANE = b"lane"


def sold(number: int, shift: str = "") -> Sale:
    total = sale().total_minor
    return sale(
        sequence_number=number, shift=shift, tenders=(CashTender(amount_minor=total, given_minor=total),), coupons=()
    )


def opened(shift: str, till: str = "1") -> ShiftOpened:
    day = "2026-11-21"
    return ShiftOpened(shift=shift, till=till, operator="ann", business_day=day, currency="EUR", float_minor=500)


def settled(shift: str) -> tuple[Content, ...]:
    counted = ShiftCounted(
        shift=shift, till="1", operator="ann", counts=(Counted(tender="cash", amount_minor=500),), blind=True
    )
    sums = (Settlement(tender="cash", expected_minor=500, counted_minor=500, difference_minor=0),)
    return (counted, ShiftSettled(shift=shift, till="1", operator="ann", settlements=sums))


def take_z(till: Till, accounts: LedgerAccounts, day: str) -> None:
    policy = ReportPolicy(open_shifts=False, unknown_payments=False)
    taken = z_report(accounts.books(), Asked(ANN, day), policy, by_name(default_roles()))
    till.record((taken,), LANE)  # type: ignore[arg-type]  # it is granted here


def whole(reader: LedgerReader) -> tuple[Books, TillState]:
    """Everything, folded from the first entry on."""
    found = reader.behind(0)
    books = entered(Books(), (Placed(one.content, one.epoch, one.position) for one in found))
    return books, folded(one.content for one in found)


def test_it_is_kept_up_and_a_start_comes_to_the_same(tmp_path: Path) -> None:
    device = Device(tmp_path)
    with closing(device.till()) as till, closing(LedgerReader(device.path)) as reader:
        accounts = LedgerAccounts(reader)
        assert accounts.last_z() is None
        till.record((opened("s1"),), LANE)
        till.book(sold(1, "s1"), (), LANE)
        assert accounts.tills().shifts["s1"].sales == 1
        till.record(settled("s1"), LANE)
        till.record((opened("s2"),), LANE)
        till.book(sold(2, "s2"), (), LANE)
        take_z(till, accounts, "2026-11-21")
        till.open_epoch("fork")
        moved = CashMoved(shift="s2", till="1", movement="loan", amount_minor=700, reason="", operator="ann", number=1)
        till.record((moved,), LANE)
        till.book(sold(3, "s2"), (), LANE)
        books, tills = whole(reader)
        again = LedgerAccounts(reader)
        for one in (accounts, again):
            assert one.books() == books
            assert one.tills().shifts == tills.shifts
            assert one.tills().opened == 2
            assert one.last_z() is not None
        assert tills.shifts["s2"].sales == 2
        assert again.last_z() == accounts.last_z()


def test_consecutive_z_reports_agree_with_the_ledger_across_starts(tmp_path: Path) -> None:
    device = Device(tmp_path)
    for day in range(1, 4):
        with closing(device.till()) as till, closing(LedgerReader(device.path)) as reader:
            till.book(sold(day), (), LANE)
            take_z(till, LedgerAccounts(reader), f"2026-11-{20 + day}")
    with closing(LedgerReader(device.path)) as reader:
        last = LedgerAccounts(reader).last_z()
        assert last is not None
        assert last.taken.number == 3
        before = (one for one in reader.behind(0) if one.content != last.taken)
        books = entered(Books(), (Placed(one.content, one.epoch, one.position) for one in before))
        assert agrees(books, last.taken)


def test_a_start_reads_no_sales_from_before_the_last_z_report(tmp_path: Path) -> None:
    device = Device(tmp_path)
    with closing(device.till()) as till, closing(LedgerReader(device.path)) as reader:
        for number in range(1, 30):
            till.book(sold(number), (), LANE)
        take_z(till, LedgerAccounts(reader), "2026-11-21")
        read: list[int] = []

        class Watched(LedgerReader):
            def behind(self, row: int) -> list:  # type: ignore[type-arg]  # whatever it finds
                found = super().behind(row)
                read.append(len(found))
                return found

        with closing(Watched(device.path)) as watched:
            accounts = LedgerAccounts(watched)
            assert accounts.tills().shifts == {}
            report = report_now(accounts.books(), Asked(ANN, "2026-11-21"), "x")
        assert sum(read) == 0
        assert report.number == 2
