"""What a ZVT dialogue that moves no money means: end of day, diagnosis, initialisation, repeated receipt. Pure."""

from __future__ import annotations

from drivers.payment.interface import DayEnded, DayNotEnded, Diagnosed
from drivers.payment.zvt_dialogue import Dialogue
from drivers.payment.zvt_receipts import receipts
from drivers.payment.zvt_records import Abort, Completion
from drivers.payment.zvt_rules import CONTRADICTION, OK
from drivers.payment.zvt_texts import result_text


def day_ended(dialogue: Dialogue, request: str, device: str) -> DayEnded | DayNotEnded:
    """What became of an end of day (06 50). It is closed by the completion, and no result beside 00 with it."""
    code = refusal(dialogue)
    if dialogue.contradicted:
        return DayNotEnded(device, request, f"It is not known whether the day is closed. {CONTRADICTION}")
    if code is not None and code != OK:
        return DayNotEnded(device, request, f"The terminal did not close its day: {worded(code)}.", f"{code:02X}")
    if dialogue.broken or not isinstance(dialogue.ended, Completion):
        why = dialogue.broken or "The terminal gave no clear answer."
        return DayNotEnded(device, request, f"It is not known whether the day is closed. {why}")
    printed = receipts(dialogue.printed)
    if not dialogue.statuses:
        return DayEnded(device, request, receipts=printed)
    status = dialogue.statuses[-1]
    if status.totals is None:
        return DayEnded(device, request, status.amount_minor, receipts=printed)
    totals = status.totals
    first, last = totals.first_receipt_number, totals.last_receipt_number
    return DayEnded(device, request, status.amount_minor, first, last, totals.cards, printed)


def diagnosed(dialogue: Dialogue, request: str, device: str) -> Diagnosed:
    """What became of a diagnosis (06 70), an initialisation (06 93) or a repeated receipt (06 20)."""
    printed = receipts(dialogue.printed)
    code = refusal(dialogue)
    if code is not None and code != OK:
        return Diagnosed(device, request, passed=False, text=f"The terminal says: {worded(code)}.", receipts=printed)
    if not dialogue.clean or not isinstance(dialogue.ended, Completion):
        text = dialogue.broken or "The terminal gave no clear answer."
        return Diagnosed(device, request, passed=False, text=text, receipts=printed)
    return Diagnosed(device, request, passed=True, text="The terminal has carried it out.", receipts=printed)


def refusal(dialogue: Dialogue) -> int | None:
    """The code of the last result that is none of 00, else that of a refusal or an abort; None for none."""
    failed = [status.result_code for status in dialogue.statuses if status.result_code not in (None, OK)]
    if failed:
        return failed[-1]
    # An abort without a code is a failure all the same.
    nameless = isinstance(dialogue.ended, Abort) and dialogue.ended.code is None
    return 0xFF if nameless else dialogue.refusal


def worded(code: int) -> str:
    """A result code for a person: its words and the code itself."""
    text = result_text(code)
    return f"{text} (code {code:02X})" if text else f"code {code:02X}"
