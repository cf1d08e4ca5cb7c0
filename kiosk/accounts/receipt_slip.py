"""A plain slip of any ledger entry, also of a kind that this version does not know: its facts as they stand there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from kiosk.accounts.receipt import Shop, fiscal_mark
from kiosk.domain.receipt.masking import tail, without_card_numbers
from kiosk.domain.receipt.slip import Fact, Slip, Unit
from kiosk.messages.contents import FiscalReceipt
from kiosk.messages.entry import EntryHeader

_LONGEST = 400
_DEEPEST = 6
# Numbers of customers and accounts, and what only a machine reads.
_SHOWN_BY_TAIL = frozenset({"account", "customer_id", "member"})
_LEFT_OUT = frozenset({"type", "operator"})


def slip_of(header: EntryHeader, shop: Shop, currency: str) -> Slip:
    """The slip of an entry; `currency` ("" unknown) is taken where the entry names none.

    Raises `msgspec.DecodeError` where its content is no record at all.
    """
    content = msgspec.json.decode(header.content, type=dict[str, Any])
    kind = str(content.get("type", ""))
    facts = _fiscal_facts(header) if kind == "fiscal_receipt" else tuple(_facts(content, 0))
    return Slip(
        kind=kind,
        key=f"{header.store_id}/{header.workstation_id}/{header.epoch}:{header.position}",
        at=shop.local(header.at),
        store_name=shop.store_name,
        operator=_text(content.get("operator", "")),
        currency=_text(content.get("currency", "")) or currency,
        training=content.get("training") is True or kind.startswith("training_"),
        void=kind == "line_voided",
        facts=facts,
    )


def _fiscal_facts(header: EntryHeader) -> tuple[Fact, ...]:
    """A receipt of the fiscal chain without goods: its number, the words of the law, and its code to be scanned."""
    fiscal = msgspec.json.decode(header.content, type=FiscalReceipt)
    shown = fiscal_mark(fiscal)
    return (
        Fact(word="system", text=fiscal.system),
        Fact(word="kind", text=fiscal.kind),
        Fact(word="number", text=fiscal.number),
        Fact(word="at", text=fiscal.at),
        *(Fact(word="notice", text=notice) for notice in shown.notices),
        *((Fact(word="code", text=fiscal.code, unit=Unit.QR),) if fiscal.code else ()),
    )


def _facts(record: dict[str, Any], depth: int) -> Iterator[Fact]:
    for name, value in record.items():
        if name not in _LEFT_OUT or depth:
            yield from _fact(name, value, depth)


def _fact(name: str, value: object, depth: int) -> Iterator[Fact]:
    match value:
        case _ if value in (None, "", [], {}):
            return
        case bool():
            yield Fact(word=name, text="yes" if value else "no", depth=depth)
        case int():
            yield _number(name, value, depth)
        case dict() if depth < _DEEPEST:
            yield Fact(word=name, depth=depth)
            yield from _facts(value, depth + 1)
        case list() if depth < _DEEPEST:
            yield from _list(name, value, depth)
        case _:
            inner = _record_in(value) if name == "report" and isinstance(value, str) else None
            if inner is not None:
                yield from _fact(name, inner, depth)
            else:
                text = _text(value)
                yield Fact(word=name, text=tail(text) if name in _SHOWN_BY_TAIL else text, depth=depth)


def _number(name: str, value: int, depth: int) -> Fact:
    for ending, unit in (("_minor", Unit.MONEY), ("grams", Unit.WEIGHT)):
        if name.endswith(ending):
            return Fact(word=name.removesuffix(ending).strip("_") or name, number=value, unit=unit, depth=depth)
    return Fact(word=name, text=str(value), depth=depth)


def _list(name: str, values: list[Any], depth: int) -> Iterator[Fact]:
    if not any(isinstance(value, dict | list) for value in values):
        yield Fact(word=name, text=_text(", ".join(_text(value) for value in values)), depth=depth)
        return
    for number, value in enumerate(values, start=1):
        yield from _fact(f"{name}_{number}", value, depth)


def _record_in(text: str) -> dict[str, Any] | None:
    """A report stands in its entry as the JSON that was printed."""
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.DecodeError, RecursionError):
        return None


def _text(value: object) -> str:
    text = without_card_numbers(value if isinstance(value, str) else str(value))
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]} [{len(text)}]"
