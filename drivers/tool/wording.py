"""What a device told, as one line for a person. What was scanned and what a badge says is shown only when asked for."""

from __future__ import annotations

from drivers.device import Condition, DeviceChanged
from drivers.display.interface import NotShown, Shown
from drivers.drawer.interface import DrawerChanged, DrawerKicked, DrawerStuck
from drivers.keypad.interface import HeadsetChanged, KeyPressed
from drivers.nfc.interface import TagPresent, TagRemoved
from drivers.payment.interface import PaymentProgress, TerminalInfo
from drivers.printer.interface import DrawerLevel, PrintJobChanged
from drivers.scale.interface import BagWeight, NoWeight, Weight
from drivers.scanner.interface import BadRead, Scan
from drivers.signature.interface import UnitIdentified


def worded(record: object, *, show_codes: bool) -> str:
    """Return what `record` says, without its device; never an unescaped control character of what came in."""
    match record:
        case DeviceChanged(_, _, lifecycle, conditions, link):
            return "; ".join([f"{lifecycle}, {link}", *map(_condition, conditions)])
        case Scan() | BadRead():
            return _scan(record, show_codes=show_codes)
        case TagPresent():
            return _tag(record, show_codes=show_codes)
        case TagRemoved():
            return "tag taken away"
        case KeyPressed(_, key, repeated):
            # A digit may be part of a PIN.
            shown = key if show_codes or not key.isdigit() else "a digit"
            return f"key {shown}" + (" (held)" if repeated else "")
        case Weight() | NoWeight() | BagWeight():
            return _weight(record)
        case PaymentProgress() | TerminalInfo():
            return _payment(record, show_codes=show_codes)
        case _:
            return _other(record)


def _condition(condition: Condition) -> str:
    return f"{condition.code} ({condition.severity}): {condition.message} {condition.remedy}".rstrip()


def _scan(record: Scan | BadRead, *, show_codes: bool) -> str:
    if isinstance(record, BadRead):
        return f"bad read: {record.reason}"
    what = f"{record.text!a}" if show_codes else f"{len(record.text)} characters"
    return f"scan of {what}, {record.symbology or 'symbology not told'}" + (f" {record.aim}" if record.aim else "")


def _tag(record: TagPresent, *, show_codes: bool) -> str:
    told = [f"tag {record.uid}" if show_codes else f"tag with an id of {len(record.uid) // 2} bytes", record.kind]
    told += ["random id"] * record.random_id
    for one in record.records:
        told.append(f"{one.type!a} {one.text!a}" if show_codes else f"a record of {len(one.data)} bytes")
    told += [f"signed, counter {record.signed.counter}"] if record.signed else []
    return ", ".join(told + ([f"problem: {record.problem}"] if record.problem else []))


def _weight(record: Weight | NoWeight | BagWeight) -> str:
    match record:
        case Weight(_, _, grams):
            return f"weight {grams} g"
        case NoWeight(_, _, problem):
            return f"no weight: {problem}"
        case BagWeight(_, grams, stable):
            shown = "no weight" if grams is None else f"weight {grams} g"
            return shown if stable else f"{shown}, moving"


def _payment(record: PaymentProgress | TerminalInfo, *, show_codes: bool) -> str:
    if isinstance(record, TerminalInfo):
        last = record.last_receipt_number
        return f"terminal {record.terminal_id!a}, " + (f"last receipt {last}" if last is not None else "no receipt yet")
    return record.step + (f" {record.text!a}" if show_codes and record.text else "")


def _other(record: object) -> str:
    match record:
        case DrawerChanged(_, position):
            return f"drawer {position}"
        case DrawerLevel(_, high):
            return f"drawer sensor {'high' if high else 'low'}"
        case HeadsetChanged(_, plugged):
            return "headset plugged in" if plugged else "headset pulled out"
        case UnitIdentified(_, serial, _):
            return f"signature unit with certificate {serial}"
        case PrintJobChanged(_, job_id, state, message, remedy):
            return f"job {job_id!a} {state} {message} {remedy}".rstrip()
        case DrawerStuck(_, _, message, remedy) | NotShown(_, _, message, remedy):
            return f"{message} {remedy}"
        case DrawerKicked() | Shown():
            return "done"
        case _:
            # What is not known here may hold anything.
            return type(record).__name__
