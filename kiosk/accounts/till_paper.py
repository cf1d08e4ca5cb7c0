"""The slips of a till on paper: float, cash movement, drawer opened, count, settlement."""

from __future__ import annotations

from collections.abc import Iterator

from drivers.printer.interface import Align, Columns, Element, Rule, Text
from kiosk.accounts.report_paper import PaperHead, Wording, copy_mark, line_name
from kiosk.messages.contents import Content
from kiosk.messages.tills import CashMoved, Counted, DrawerOpened, ShiftCounted, ShiftOpened, ShiftSettled

_TITLES: dict[type, str] = {
    ShiftOpened: "Shift opened",
    CashMoved: "Cash movement",
    DrawerOpened: "Drawer opened",
    ShiftCounted: "Count",
    ShiftSettled: "Shift settled",
}


def slip(content: Content, head: PaperHead, wording: Wording) -> tuple[Element, ...] | None:
    """The slip of an entry, None for a kind that has none. A count shows what was counted and nothing else."""
    body = _body(content, wording)
    if body is None:
        return None
    title = Text(wording.say(_TITLES[type(content)]), Align.CENTRE, bold=True, double=True)
    lines = (Text(line, Align.CENTRE) for line in head.lines)
    mark = tuple(copy_mark(head.copy, wording))
    signature = Columns(wording.say("Signature"), "_" * 20)
    return (*lines, title, *mark, Columns(head.at, head.place), Rule(), *body, Rule(), signature, *mark)


def phrases() -> tuple[str, ...]:
    """Every phrase that slips say, for the languages."""
    said = ("Till", "Shift", "Operator", "Approved by", "Amount", "Reason", "Number", "Float", "Signature", "Training")
    return (*said, "Expected", "Counted", "Difference", *_TITLES.values())


def _body(content: Content, wording: Wording) -> tuple[Element, ...] | None:
    match content:
        case ShiftOpened():
            return (*_opened(content, wording),)
        case CashMoved():
            return (*_moved(content, wording),)
        case DrawerOpened():
            return (*_drawer(content, wording),)
        case ShiftCounted():
            return (*_who(content.till, content.shift, content.operator, wording), *_counts(content, wording))
        case ShiftSettled():
            return (*_settled(content, wording),)
        case _:
            return None


def _who(till: str, shift: str, operator: str, wording: Wording) -> Iterator[Element]:
    yield Columns(wording.say("Till"), till)
    if shift:
        yield Columns(wording.say("Shift"), shift)
    yield Columns(wording.say("Operator"), operator)


def _opened(content: ShiftOpened, wording: Wording) -> Iterator[Element]:
    if content.training:
        yield Text(wording.say("Training"), Align.CENTRE, bold=True)
    yield from _who(content.till, content.shift, content.operator, wording)
    yield Columns(wording.say("Float"), wording.money(content.float_minor), bold=True)


def _moved(content: CashMoved, wording: Wording) -> Iterator[Element]:
    yield from _who(content.till, content.shift, content.operator, wording)
    yield Columns(wording.say("Number"), str(content.number))
    if content.reason:
        yield Columns(wording.say("Reason"), content.reason)
    yield Columns(line_name(content.movement, wording), wording.money(content.amount_minor), bold=True)
    if content.approved_by:
        yield Columns(wording.say("Approved by"), content.approved_by)


def _drawer(content: DrawerOpened, wording: Wording) -> Iterator[Element]:
    yield from _who(content.till, "", content.operator, wording)
    yield Columns(wording.say("Reason"), f"{line_name(content.cause, wording)} {content.reason}".rstrip())


def _counts(content: ShiftCounted, wording: Wording) -> Iterator[Element]:
    for one in content.counts:
        yield from _pieces(one, wording)
        yield Columns(line_name(one.tender, wording), wording.money(one.amount_minor), bold=True)


def _pieces(one: Counted, wording: Wording) -> Iterator[Element]:
    for face, pieces in sorted(one.denominations.items(), key=lambda item: -int(item[0])):
        yield Columns(f"  {pieces} x {wording.money(int(face))}", wording.money(pieces * int(face)))


def _settled(content: ShiftSettled, wording: Wording) -> Iterator[Element]:
    yield from _who(content.till, content.shift, content.operator, wording)
    for one in content.settlements:
        yield Rule()
        yield Text(line_name(one.tender, wording), bold=True)
        yield Columns(wording.say("Expected"), wording.money(one.expected_minor))
        yield Columns(wording.say("Counted"), wording.money(one.counted_minor))
        yield Columns(wording.say("Difference"), wording.money(one.difference_minor), bold=True)
    if content.approved_by:
        yield Columns(wording.say("Approved by"), content.approved_by)
