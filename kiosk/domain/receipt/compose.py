"""Lays a receipt out: the facts of one transaction become an ordered list of printable elements."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Iterator

from drivers.printer.interface import Align, Columns, Element, QrCode, Rule, Text
from kiosk.domain.receipt.document import Kind, Marks, ReceiptDocument
from kiosk.domain.receipt.lines import line_elements
from kiosk.domain.receipt.payment import sum_elements, tax_elements, tender_elements
from kiosk.domain.receipt.voice import Voice


def compose(document: ReceiptDocument, voice: Voice) -> tuple[Element, ...]:
    """The receipt as an ordered list of printable elements, its lines running as the language does."""
    parts = (
        _head(document, voice),
        _first_marks(document, voice),
        (element for line in document.lines for element in line_elements(line, voice)),
        _money(document, voice),
        tax_elements(document, voice),
        _fiscal(document),
        _foot(document, voice),
        _marks(document, voice),
    )
    return directed(_ruled(parts), voice)


def directed(elements: Iterable[Element], voice: Voice) -> tuple[Element, ...]:
    """`elements` running from right to left where the language does."""
    if not voice.rtl:
        return tuple(elements)
    return tuple(
        dataclasses.replace(element, rtl=True) if isinstance(element, Text | Columns) else element
        for element in elements
    )


def mark(text: str) -> Text:
    """A mark that nobody overlooks."""
    return Text(f"*** {text} ***", Align.CENTRE, bold=True)


def scannable(content: str) -> tuple[Element, ...]:
    """A QR code with the white above and below that a reader needs: four modules (ISO/IEC 18004), a line is five."""
    return (Text(""), QrCode(content), Text(""))


def _ruled(parts: Iterable[Iterable[Element]]) -> Iterator[Element]:
    """The parts that say anything, with a rule between them."""
    first = True
    for part in parts:
        elements = tuple(part)
        if elements and not first:
            yield Rule()
        first = first and not elements
        yield from elements


def _head(document: ReceiptDocument, voice: Voice) -> Iterator[Element]:
    header = document.header
    yield Text(voice.name(header.store_name), Align.CENTRE, bold=True, double=True)
    for line in header.address:
        yield Text(voice.name(line), Align.CENTRE)
    if header.tax_id:
        yield Text(f"{voice.say('VAT number')} {voice.figure(header.tax_id)}", Align.CENTRE)


def _first_marks(document: ReceiptDocument, voice: Voice) -> Iterator[Element]:
    """The marks with what they mean; the short form of them comes once more at the bottom."""
    yield from _marks(document, voice)
    marks = document.marks
    if document.kind is Kind.VOID:
        yield Text(voice.say("This transaction was cancelled. Nothing was sold."), Align.CENTRE)
    if marks.training:
        yield Text(voice.say("For practice only. Nothing was sold."), Align.CENTRE)
    if marks.offline:
        yield Text(voice.say("Not yet confirmed by headquarters."), Align.CENTRE)
    if marks.copy and marks.copied_at:
        yield Text(f"{voice.say('Copy made')} {voice.figure(voice.moment(marks.copied_at))}", Align.CENTRE)


def _marks(document: ReceiptDocument, voice: Voice) -> Iterator[Element]:
    if document.kind is Kind.VOID:
        yield mark(voice.say("VOID"))
    yield from (mark(text) for text in _words_of(document.marks, voice))


def _words_of(marks: Marks, voice: Voice) -> Iterator[str]:
    if marks.training:
        yield voice.say("TRAINING")
    if marks.copy:
        yield f"{voice.say('COPY')} {marks.copy}"
    if marks.offline:
        yield voice.say("PROVISIONAL")
    if marks.gift:
        yield voice.say("GIFT RECEIPT")


def _money(document: ReceiptDocument, voice: Voice) -> Iterator[Element]:
    if document.sums is not None:
        yield from sum_elements(document.sums, voice)
    for tender in document.tenders:
        yield from tender_elements(tender, voice)


def _fiscal(document: ReceiptDocument) -> Iterator[Element]:
    fiscal = document.fiscal
    if fiscal is None:
        return
    for notice in fiscal.notices:
        yield Text(notice, Align.CENTRE, bold=True)
    yield Text(fiscal.receipt_id, Align.CENTRE)
    if fiscal.code:
        yield from scannable(fiscal.code)


def _foot(document: ReceiptDocument, voice: Voice) -> Iterator[Element]:
    header = document.header
    if document.customer:
        yield Text(f"{voice.say('Customer')} {voice.figure(document.customer)}")
    if document.coupons:
        yield Text(f"{voice.say('Coupons redeemed')}: {document.coupons}")
    if header.operator:
        yield Text(f"{voice.say('Operator')} {voice.name(header.operator)}")
    yield Columns(voice.figure(voice.moment(header.at)), header.key)
    yield from _returns(document, voice)
    for text in document.legal_texts:
        yield Text(voice.name(text), Align.CENTRE)
    if document.kind is Kind.SALE and not document.marks.training:
        yield Text(voice.say("Thank you for shopping with us"), Align.CENTRE)


def _returns(document: ReceiptDocument, voice: Voice) -> Iterator[Element]:
    if document.returns.days:
        yield Text(f"{voice.say('Days to return goods')}: {document.returns.days}", Align.CENTRE)
    if document.returns.token:
        yield Text(voice.say("Keep this code: with it you can return goods."), Align.CENTRE)
        yield from scannable(document.returns.token)
