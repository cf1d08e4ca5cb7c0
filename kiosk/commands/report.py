"""`python -m kiosk report`: the X report of this moment, a Z report once more, or a shift, from a ledger on disk."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec

from drivers.printer.interface import Element
from drivers.printer.render import to_text
from kiosk.accounts.report import Asked, Report, report_now, report_of
from kiosk.accounts.report_paper import PaperHead, report_elements
from kiosk.accounts.till import Shift, open_shifts
from kiosk.accounts.till_paper import slip
from kiosk.commands.till_history import Filed, History, place_of, read_history, time_of
from kiosk.domain.operator.rights import Staff
from kiosk.presenter.language import ENGLISH, Language, available
from kiosk.store.database import StoreError

_DONE, _DISAGREES = 0, 1
_WIDTH = 48
_NOBODY = Staff("-", ())


def add_arguments(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `report x`, `report z-reprint` and `report shift` to the commands of the kiosk."""
    report = commands.add_parser("report", help="print an X report, a Z report again, or a shift")
    actions = report.add_subparsers(required=True, metavar="ACTION")
    reading = argparse.ArgumentParser(add_help=False)
    reading.add_argument("ledger", type=Path, metavar="LEDGER", help="a till.db or an export; it is only read")
    reading.add_argument("--json", action="store_true", help="print one JSON object instead of paper")
    reading.add_argument("--language", default=ENGLISH, choices=available(), help="language of the paper")

    now = actions.add_parser("x", parents=[reading], help="what was sold since the last Z report")
    now.set_defaults(run=_run_x)
    again = actions.add_parser("z-reprint", parents=[reading], help="a Z report as it was taken, marked as a copy")
    chosen = again.add_mutually_exclusive_group()
    chosen.add_argument("--number", type=int, metavar="N", help="its number; the last one where left out")
    chosen.add_argument("--day", metavar="YYYY-MM-DD", help="its business day")
    again.set_defaults(run=_run_again)
    shift = actions.add_parser("shift", parents=[reading], help="how shifts were settled")
    shift.add_argument("--shift", metavar="NAME", help="one shift; the last settled one where left out")
    shift.add_argument("--day", metavar="YYYY-MM-DD", help="all settled shifts of a business day")
    shift.set_defaults(run=_run_shift)


def _run_x(arguments: argparse.Namespace) -> int:
    history = read_history(arguments.ledger)
    day = history.books.latest_day or history.books.last_day
    taken = report_now(history.books, Asked(_NOBODY, day, open_shifts(history.tills)), "x")
    report = report_of(taken)
    if arguments.json:
        return _write_json({"report": msgspec.to_builtins(report)})
    last = history.last
    head = PaperHead((), place_of(last) if last else "-", time_of(last) if last else "-")
    return _write(report_elements(report, head, _language(arguments, report)))


def _run_again(arguments: argparse.Namespace) -> int:
    filed = _chosen(read_history(arguments.ledger), arguments)
    try:
        report = report_of(filed.taken)
    except msgspec.DecodeError as error:
        raise StoreError(
            f"Z report {filed.taken.number} is damaged in the ledger.",
            f"Run `python -m kiosk ledger verify {arguments.ledger}` and report it.",
        ) from error
    if not filed.agrees:
        sys.stderr.write(
            f"Z report {filed.taken.number} does not say what the entries before it come to.\n"
            f"Run `python -m kiosk ledger verify {arguments.ledger}` and report both to finance.\n"
        )
    if arguments.json:
        _write_json({"agrees": filed.agrees, "at": filed.entry.at, "report": msgspec.to_builtins(report)})
    else:
        head = PaperHead((), place_of(filed.entry), time_of(filed.entry), copy=1)
        _write(report_elements(report, head, _language(arguments, report)))
    return _DONE if filed.agrees else _DISAGREES


def _run_shift(arguments: argparse.Namespace) -> int:
    shifts = _chosen_shifts(read_history(arguments.ledger), arguments)
    if arguments.json:
        return _write_json({"shifts": [msgspec.to_builtins(shift) for shift in shifts]})
    for shift in shifts:
        wording = Language(arguments.language, "IE", shift.currency)
        head = PaperHead((), "", shift.business_day, copy=1)
        _write(slip(shift.settled, head, wording) or () if shift.settled else ())
    return _DONE


def _chosen(history: History, arguments: argparse.Namespace) -> Filed:
    reports = [one for one in history.reports if one.taken.report_kind == "z"]
    if arguments.number is not None:
        reports = [one for one in reports if one.taken.number == arguments.number]
    if arguments.day:
        reports = [one for one in reports if one.taken.business_day == arguments.day]
    if not reports:
        raise StoreError(
            "There is no such Z report in this ledger.",
            "Leave --number and --day out for the last one; `report x` shows what has no Z report yet.",
        )
    return reports[-1]


def _chosen_shifts(history: History, arguments: argparse.Namespace) -> Sequence[Shift]:
    settled = [shift for shift in history.shifts if shift.settled and not shift.training]
    if arguments.shift:
        settled = [shift for shift in settled if shift.shift == arguments.shift]
    if arguments.day:
        settled = [shift for shift in settled if shift.business_day == arguments.day]
    if not settled:
        raise StoreError(
            "There is no such settled shift in this ledger.",
            "`python -m kiosk till LEDGER` names the shifts that are open or parked.",
        )
    return settled if arguments.day else settled[-1:]


def _language(arguments: argparse.Namespace, report: Report) -> Language:
    return Language(arguments.language, "IE", report.currency)


def _write(elements: Sequence[Element]) -> int:
    sys.stdout.write(to_text(elements, _WIDTH))
    return _DONE


def _write_json(value: object) -> int:
    sys.stdout.write(msgspec.json.encode(value).decode() + "\n")
    return _DONE
