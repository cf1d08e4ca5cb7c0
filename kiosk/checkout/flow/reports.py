"""X and Z reports at the lane: the entry first, the paper after it."""

from __future__ import annotations

from msgspec.structs import replace

from drivers.device import Category
from kiosk.accounts.report import Asked, x_report, z_report
from kiosk.accounts.till import open_shifts
from kiosk.checkout.effects import Append, PrintReport
from kiosk.checkout.flow.step import Step, notice
from kiosk.checkout.state import LaneState
from kiosk.checkout.surroundings import Surroundings
from kiosk.domain.operator.outcome import Refused
from kiosk.domain.operator.rights import Staff


def x(state: LaneState, by: Staff, around: Surroundings) -> Step:
    """An X report, at any time; it is nothing without paper."""
    if not _printer_works(state):
        return Step(notice(state, around, "printer_unavailable"))
    taken = x_report(around.accounts.books(), _asked(state, by, around), around.staffing.tills.roles)
    if isinstance(taken, Refused):
        return Step(notice(state, around, f"report_{taken.reason}"))
    printing = PrintReport(f"report-{around.name}-x-{around.now}", taken, around.now)
    return Step(replace(state, attendant=""), (Append(taken), printing))


def z(state: LaneState, by: Staff, around: Surroundings) -> Step:
    """The Z report. It is taken when it is in the ledger; what the printer does changes nothing, a copy can be had."""
    asked, staffing = _asked(state, by, around), around.staffing
    taken = z_report(around.accounts.books(), asked, staffing.reports, staffing.tills.roles)
    if isinstance(taken, Refused):
        return Step(notice(state, around, f"report_{taken.reason}"))
    printing = PrintReport(_z_job(around, taken.number), taken, around.now)
    done = replace(state, attendant="", duty=replace(state.duty, z_copies=0))
    return Step(done, (Append(taken), printing))


def z_copy(state: LaneState, around: Surroundings) -> Step:
    """The last Z report once more, as it was taken, marked as a copy and counted."""
    filed = around.accounts.last_z()
    if filed is None:
        return Step(notice(state, around, "report_none"))
    if not _printer_works(state):
        return Step(notice(state, around, "printer_unavailable"))
    copy = state.duty.z_copies + 1
    printing = PrintReport(f"{_z_job(around, filed.taken.number)}-copy{copy}-{around.now}", *filed, copy)
    done = replace(state, attendant="", duty=replace(state.duty, z_copies=copy))
    return Step(done, (printing,))


def _asked(state: LaneState, by: Staff, around: Surroundings) -> Asked:
    return Asked(by, state.business_day or around.business_day, open_shifts(around.accounts.tills()))


def _z_job(around: Surroundings, number: int) -> str:
    return f"report-{around.name}-z{number:06d}"


def _printer_works(state: LaneState) -> bool:
    printer = state.device(Category.RECEIPT_PRINTER)
    return printer is not None and printer.works
