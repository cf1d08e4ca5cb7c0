"""`python -m kiosk return`: what may come back on a receipt's code, and what that would give; books nothing."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path

import msgspec

from kiosk.accounts.receipt_token import Token, TokenRefused, verify
from kiosk.accounts.return_keys import ReceiptKey
from kiosk.accounts.return_known import BookedSale, returnable, sales_in
from kiosk.accounts.return_records import Desk, ReturnPlan, Wanted
from kiosk.accounts.returns import plan_return
from kiosk.domain.operator.outcome import Refused
from kiosk.domain.operator.rights import Staff, default_roles
from kiosk.domain.returning.origin import Disposition, LineLeft, Returnable
from kiosk.domain.returning.policy import ReturnRules
from kiosk.domain.signing import key_id
from kiosk.store.database import StoreError
from kiosk.store.ledger_files import entries_in

_DONE, _REFUSED = 0, 1
_WANTED = "Write it as LINE:UNITS:REASON:DISPOSITION, such as 2:1:defective:damaged; units are pieces or grams."


class _Device(msgspec.Struct):
    store_id: str
    workstation_id: str
    public_key: str


def add_arguments(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `return` to the commands of the kiosk."""
    returning = commands.add_parser("return", help="what may come back on a receipt, and what a return would give")
    returning.add_argument("token", metavar="TOKEN", help="what the receipt's QR code says, or - to read it")
    returning.add_argument(
        "--device", type=Path, action="append", required=True, metavar="FILE", help="device.json of a lane that sells"
    )
    returning.add_argument(
        "--ledger", type=Path, action="append", default=[], metavar="FILE", help="till.db or export: returns so far"
    )
    returning.add_argument("--want", action="append", default=[], metavar="LINE:UNITS:REASON:DISPOSITION")
    returning.add_argument("--today", default="", metavar="DATE", help="the business day, 2026-11-22 (today)")
    returning.add_argument("--json", action="store_true", help="print one JSON object instead of lines")
    returning.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    text = sys.stdin.readline().rstrip("\r\n") if arguments.token == "-" else arguments.token  # noqa: S105 - a dash
    token = verify(text, dict(map(_key, arguments.device)))
    if isinstance(token, TokenRefused):
        return _no(token.sentence, token.remedy)
    if token.origin.lines is None:
        return _no(token.says, "Look it up at headquarters.")
    known = [sale for path in arguments.ledger for sale in sales_in(entries_in(path))]
    left = returnable(token.origin, known)
    if not arguments.want:
        return _show_left(token, left, as_json=arguments.json)
    plan = plan_return(list(map(_wanted, arguments.want)), left, ReturnRules(), _desk(token, known, arguments.today))
    if isinstance(plan, Refused):
        return _no(plan.sentence, plan.remedy)
    return _show_plan(plan, as_json=arguments.json)


def _key(path: Path) -> tuple[str, ReceiptKey]:
    try:
        device = msgspec.json.decode(path.read_bytes(), type=_Device)
        key = ReceiptKey(public_hex=device.public_key, store_id=device.store_id, workstation_id=device.workstation_id)
        return key_id(key.public_hex), key
    except (OSError, ValueError, msgspec.MsgspecError) as error:
        raise StoreError(
            f"{path} is no device.json: {error}.", "Give the device.json of the lane that sold."
        ) from error


def _wanted(text: str) -> Wanted:
    parts = text.split(":")
    try:
        line, units, reason, disposition = parts
        return Wanted(int(line), int(units), reason, Disposition(disposition))
    except ValueError as error:
        raise StoreError(f"{text!r} is not understood: {error}.", _WANTED) from error


def _desk(token: Token, known: Sequence[BookedSale], today: str) -> Desk:
    """A desk with a supervisor at it, who has looked at all the ledgers given."""
    staff = Staff("desk", tuple(role.name for role in default_roles()))
    origin = token.origin
    own = (origin.key.store_id, origin.key.workstation_id) if known else ("", "")
    return Desk(1, today or date.today().isoformat(), origin.currency, own, staff, Staff("second", staff.roles))  # noqa: DTZ011 - the day on this desk's calendar


def _no(sentence: str, remedy: str) -> int:
    sys.stdout.write(f"{sentence}\n{remedy}\n")
    return _REFUSED


def _show_left(token: Token, left: Returnable, *, as_json: bool) -> int:
    origin = token.origin
    if as_json:
        rows = [_row(line) for line in left.lines]
        head = {"sale": origin.key, "day": origin.business_day, "valid_until": origin.valid_until}
        sys.stdout.write(msgspec.json.encode({**head, "currency": origin.currency, "lines": rows}).decode() + "\n")
        return _DONE
    key = f"{origin.key.store_id}/{origin.key.workstation_id}/{origin.key.sequence_number:06d}"
    until = f", may come back until {origin.valid_until}" if origin.valid_until else ""
    lines = [f"genuine: {key} of {origin.business_day}, {origin.currency} {origin.total_minor}{until}"]
    lines += [_line(line) for line in left.lines]
    sys.stdout.write("\n".join(lines) + "\n")
    return _DONE


def _row(line: LineLeft) -> dict[str, object]:
    sold = line.sold
    return {
        "line": sold.priced.line,
        "sku": sold.priced.sku,
        "name": sold.name,
        "units_left": line.units,
        "minor_left": line.gross_minor,
        "returnable": sold.returnable,
    }


def _line(line: LineLeft) -> str:
    sold = line.sold
    unit = "g" if sold.priced.grams else "x"
    note = "" if sold.returnable else ", sold for good"
    of = f"{line.units} of {sold.whole} {unit}"
    return f"  {sold.priced.line:>3}  {sold.name or sold.priced.sku:<40} {of:>14}  {line.gross_minor:>8}{note}"


def _show_plan(plan: ReturnPlan, *, as_json: bool) -> int:
    if as_json:
        sys.stdout.write(msgspec.json.encode(plan).decode() + "\n")
        return _DONE
    sys.stdout.write("\n".join(_plan_lines(plan)) + "\n")
    return _DONE


def _plan_lines(plan: ReturnPlan) -> Iterable[str]:
    for line in plan.lines:
        yield f"  {line.name or line.sku:<40} {line.grams or line.quantity:>8}  {line.amount_minor:>8}"
    for tax in plan.taxes:
        yield f"  tax {tax.tax_code} on {tax.net_minor}: {tax.tax_minor}"
    yield f"total {plan.total_minor}"
    for one in plan.exceptions:
        yield f"exception for {one.owner}: {one.detail}"
