"""`python -m kiosk till-do`: shifts, cash and reports of a lane that does not run, by the badge of who does it."""

from __future__ import annotations

import argparse
import getpass
import sys
from decimal import Decimal, InvalidOperation
from pathlib import Path

from babel.numbers import get_currency_precision

from drivers.printer.interface import Element
from drivers.printer.render import to_text
from kiosk.accounts.report import report_of
from kiosk.accounts.report_paper import PaperHead, report_elements
from kiosk.accounts.till_commands import Command, CountShift, MoveCash, OpenShift, SettleShift
from kiosk.accounts.till_paper import slip
from kiosk.accounts.till_policy import By, Movement
from kiosk.checkout.assembly import Clocks
from kiosk.commands.till_desk import Outcome, TillDesk, till_desk
from kiosk.config import Settings, SettingsError, read_settings
from kiosk.domain.operator.outcome import Refused
from kiosk.messages.contents import Content
from kiosk.messages.tills import Counted, ReportTaken
from kiosk.presenter.language import Language
from kiosk.store.database import StoreError

_DONE, _REFUSED = 0, 1
_WIDTH = 48
_LARGEST = 10**12
_MOVEMENTS = {movement.value.replace("_", "-"): movement for movement in Movement}


def add_arguments(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `till-do` to the commands of the kiosk."""
    till = commands.add_parser(
        "till-do", help="open, count and settle shifts, move cash, take reports; the lane is off"
    )
    till.add_argument("--settings", type=Path, required=True, help="the workstation's settings file")
    till.add_argument("--second", action="store_true", help="a second person approves; their badge is read as well")
    actions = till.add_subparsers(required=True, metavar="ACTION", dest="action")
    opening = actions.add_parser("shift-open", help="begin a shift with so much cash in the drawer")
    opening.add_argument("amount", metavar="AMOUNT", nargs="?", default="0", help="the float, such as 150.00")
    for name in _MOVEMENTS:
        moving = actions.add_parser(name, help=f"{name.replace('-', ' ')} without a sale")
        moving.add_argument("amount", metavar="AMOUNT", help="such as 20.50")
        moving.add_argument("--reason", default="", help="from the list of the store, for paid-in and paid-out")
    counting = actions.add_parser("count", help="what is in the drawer; nothing says what should be")
    counting.add_argument("amount", metavar="AMOUNT", help="the sum of all cash")
    actions.add_parser("settle", help="end the open shift with its last count")
    actions.add_parser("x", help="an X report")
    actions.add_parser("z", help="the Z report")
    till.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    settings = _settings(arguments.settings)
    with till_desk(settings, Clocks()) as desk:
        desk.leaves_nobody()
        by = _by(desk, second=arguments.second)
        outcome = by if isinstance(by, Refused) else _done(desk, arguments, by)
        if isinstance(outcome, Refused):
            sys.stderr.write(f"{outcome.sentence}\n{outcome.remedy}\n")
            return _REFUSED
        for content in outcome:
            sys.stdout.write(to_text(_paper(content, desk), _WIDTH))
    return _DONE


def _settings(path: Path) -> Settings:
    try:
        return read_settings(path)
    except SettingsError as error:
        raise StoreError(error.message, error.remedy) from error


def _by(desk: TillDesk, *, second: bool) -> By | Refused:
    operator = desk.known(_badge("Your badge: "))
    if isinstance(operator, Refused) or not second:
        return operator if isinstance(operator, Refused) else By(operator)
    approver = desk.known(_badge("Badge of the second person: "))
    return approver if isinstance(approver, Refused) else By(operator, approver)


def _badge(prompt: str) -> str:
    """What a scanner types; it is not shown, and from a pipe it is a line."""
    return getpass.getpass(prompt) if sys.stdin.isatty() else sys.stdin.readline().rstrip("\r\n")


def _done(desk: TillDesk, arguments: argparse.Namespace, by: By) -> Outcome:
    if arguments.action in {"x", "z"}:
        return desk.reports(arguments.action, by.operator)
    command = _command(desk, arguments)
    return command if isinstance(command, Refused) else desk.does(command, by)


def _command(desk: TillDesk, arguments: argparse.Namespace) -> Command | Refused:
    amount = _minor(arguments.amount, desk.settings.store.currency) if "amount" in arguments else 0
    if amount is None:
        return Refused("amount", f"{arguments.amount} is no amount.", "Write it as 20.50, with no sign.")
    if arguments.action == "shift-open":
        return OpenShift(desk.staffing.till, desk.business_day, amount)
    shift = desk.shift()
    if shift is None:
        return Refused("no_shift", f"No shift is open on till {desk.staffing.till}.", "Open one with `shift-open`.")
    if arguments.action == "count":
        return CountShift(shift.shift, (Counted(tender="cash", amount_minor=amount),))
    if arguments.action == "settle":
        return SettleShift(shift.shift)
    return MoveCash(shift.shift, _MOVEMENTS[arguments.action], amount, arguments.reason)


def _minor(text: str, currency: str) -> int | None:
    """An amount in whole minor units; None where it is none."""
    try:
        minor = Decimal(text).scaleb(get_currency_precision(currency))
    except InvalidOperation:
        return None
    fits = minor.is_finite() and 0 <= minor <= _LARGEST and minor == minor.to_integral_value()
    return int(minor) if fits else None


def _paper(content: Content, desk: TillDesk) -> tuple[Element, ...]:
    store, place = desk.settings.store, desk.settings.workstation
    words = Language(store.languages[0], store.locale_territory, store.currency)
    key = f"{place.store_id}/{place.workstation_id}"
    head = PaperHead((store.name, *store.address), key, words.date_and_time(desk.now))
    if isinstance(content, ReportTaken):
        return report_elements(report_of(content), head, words)
    return slip(content, head, words) or ()
