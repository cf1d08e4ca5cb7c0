"""Composes a receipt from the facts of a sale: one document, which a printer, a picture or a text can show."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from drivers.printer.interface import Align, Columns, Element, Rule, Text
from kiosk.domain.money import price_of_weight
from kiosk.domain.pricing import TaxSum


@dataclass(frozen=True, slots=True)
class ReceiptLine:
    """One line as sold; see `LineItem` for the units. `linked` marks a deposit."""

    name: str
    quantity: int
    grams: int
    tare_grams: int
    unit_price_minor: int
    amount_minor: int
    tax_code: str
    linked: bool


@dataclass(frozen=True, slots=True)
class ReceiptTender:
    """A card payment: amount, masked number (four digits at most), terminal and its numbers."""

    amount_minor: int
    card_name: str
    masked_pan: str
    terminal_id: str
    receipt_number: int
    trace_number: int
    authorisation_code: str


@dataclass(frozen=True, slots=True)
class Header:
    """The store's own lines, and the key of the transaction. `sold_at` is local time, as it shall stand there."""

    store_name: str
    address: tuple[str, ...]
    tax_id: str
    store_id: str
    workstation_id: str
    sequence_number: int
    sold_at: str


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a receipt says. `copy` marks a reprint."""

    header: Header
    lines: tuple[ReceiptLine, ...]
    taxes: tuple[TaxSum, ...]
    tenders: tuple[ReceiptTender, ...]
    total_minor: int
    copy: bool = False


@dataclass(frozen=True, slots=True)
class Voice:
    """How to say things in the receipt's language: fixed phrases by key, money in minor units, grams as kilograms."""

    say: Callable[[str], str]
    money: Callable[[int], str]
    kilograms: Callable[[int], str]


def compose(facts: Facts, voice: Voice) -> tuple[Element, ...]:
    """The receipt as an ordered list of printable elements."""
    return (
        *_head(facts, voice),
        Rule(),
        *(element for line in facts.lines for element in _line(line, voice)),
        Rule(),
        Columns(voice.say("Total"), voice.money(facts.total_minor), bold=True, double=True),
        *(element for tender in facts.tenders for element in _tender(tender, voice)),
        Rule(),
        *_tax_table(facts.taxes, voice),
        Rule(),
        *_foot(facts, voice),
    )


def _head(facts: Facts, voice: Voice) -> Iterator[Element]:
    header = facts.header
    yield Text(header.store_name, Align.CENTRE, bold=True, double=True)
    for line in header.address:
        yield Text(line, Align.CENTRE)
    if header.tax_id:
        yield Text(f"{voice.say('VAT number')} {header.tax_id}", Align.CENTRE)
    if facts.copy:
        yield Text(voice.say("*** COPY ***"), Align.CENTRE, bold=True)


def _line(line: ReceiptLine, voice: Voice) -> Iterator[Element]:
    name = f"  {line.name}" if line.linked else line.name
    yield Columns(name, f"{voice.money(line.amount_minor)} {line.tax_code}")
    if line.grams:
        yield Text(f"  {voice.kilograms(line.grams)} kg {voice.say('net')} x {voice.money(line.unit_price_minor)}/kg")
        if line.tare_grams:
            yield Text(f"  {voice.say('tare')} {voice.kilograms(line.tare_grams)} kg")
        if price_of_weight(line.unit_price_minor, line.grams) != line.amount_minor:
            yield Text(f"  {voice.say('price as on the label')}")
    elif line.quantity > 1:
        yield Text(f"  {line.quantity} x {voice.money(line.unit_price_minor)}")


def _tender(tender: ReceiptTender, voice: Voice) -> Iterator[Element]:
    yield Columns(tender.card_name or voice.say("Card"), voice.money(tender.amount_minor))
    if tender.masked_pan:
        yield Text(f"  {tender.masked_pan}")
    numbers = [f"{voice.say('Terminal')} {tender.terminal_id}", f"{voice.say('no.')} {tender.receipt_number}"]
    if tender.authorisation_code:
        numbers.append(f"{voice.say('auth.')} {tender.authorisation_code}")
    yield Text("  " + "  ".join(numbers))


def _tax_table(taxes: tuple[TaxSum, ...], voice: Voice) -> Iterator[Element]:
    for tax in taxes:
        rate = f"{tax.rate_bp // 100}.{tax.rate_bp % 100:02d}".removesuffix("00").removesuffix(".")
        net = voice.money(tax.gross_minor - tax.tax_minor)
        yield Columns(
            f"{tax.tax_code}  {voice.say('VAT')} {rate} %  {voice.say('on')} {net}", voice.money(tax.tax_minor)
        )


def _foot(facts: Facts, voice: Voice) -> Iterator[Element]:
    header = facts.header
    key = f"{header.store_id}/{header.workstation_id}/{header.sequence_number:06d}"
    yield Columns(header.sold_at, key)
    yield Text(voice.say("Thank you for shopping with us"), Align.CENTRE)
