"""`python -m kiosk till`: the tills of a lane as its ledger tells them, without what a counter must not see."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec

from kiosk.accounts.till import Shift
from kiosk.commands.till_history import History, read_history
from kiosk.presenter.language import ENGLISH, Language

_DONE = 0
_NEVER_SHOWN = ("expected", "counts", "settled")


def add_arguments(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `till` to the commands of the kiosk."""
    till = commands.add_parser("till", help="show which shifts are open, parked or settled")
    till.add_argument("ledger", type=Path, metavar="LEDGER", help="a till.db or an export; it is only read")
    till.add_argument("--json", action="store_true", help="print one JSON object instead of lines")
    till.add_argument("--expected", action="store_true", help="show what each till should hold; not to who counts it")
    till.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    history = read_history(arguments.ledger)
    if arguments.json:
        text = msgspec.json.encode(_as_json(history, expected=arguments.expected)).decode()
    else:
        text = "\n".join(_lines(history, expected=arguments.expected))
    sys.stdout.write(f"{text}\n")
    return _DONE


def _lines(history: History, *, expected: bool) -> Iterator[str]:
    state = history.tills
    if state.training:
        yield "Training mode is on."
    shifts = [shift for shift in history.shifts if shift.shift in state.shifts]
    if not shifts:
        yield "No shift is open or parked, and none was settled since the last Z report."
    for shift in shifts:
        yield from _shift_lines(shift, expected=expected)
    if state.outside:
        money = Language(ENGLISH, "IE", history.books.currency).money
        sums = ", ".join(f"{kind} {money(minor)}" for kind, minor in sorted(state.outside.items()))
        yield f"Outside any shift: {sums}"


def _shift_lines(shift: Shift, *, expected: bool) -> Iterator[str]:
    practice = ", for practice" if shift.training else ""
    yield f"till {shift.till}: shift {shift.shift} of {shift.operator}, {_standing(shift)}{practice}"
    counted = "a new count is due" if shift.stale and shift.counts else f"counted {len(shift.counts)} times"
    yield (
        f"  business day {shift.business_day}, {shift.sales} sales, {shift.movements} cash movements, "
        f"{shift.no_sales} no-sales, {counted}"
    )
    if expected:
        money = Language(ENGLISH, "IE", shift.currency).money
        for kind, minor in sorted(shift.expected.items()):
            # Foreign cash is in its own currency, which the amounts of this shift are not.
            yield f"  {kind} {minor} minor units" if kind.startswith("cash:") else f"  {kind} {money(minor)}"


def _standing(shift: Shift) -> str:
    if shift.settled:
        return "settled"
    return "parked" if shift.suspended else "open"


def _as_json(history: History, *, expected: bool) -> dict[str, Any]:
    shifts = []
    for shift in history.shifts:
        if shift.shift in history.tills.shifts:
            facts = {"standing": _standing(shift), **msgspec.to_builtins(shift)}
            hidden = () if expected or shift.settled else _NEVER_SHOWN
            shifts.append({name: value for name, value in facts.items() if name not in hidden})
    return {"training": history.tills.training, "opened": history.tills.opened, "shifts": shifts}
