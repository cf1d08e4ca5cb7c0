"""What is printed of a ledger entry of any kind, read from its text as it stands in the ledger."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable
from dataclasses import dataclass

import msgspec

from drivers.printer.interface import Element
from kiosk.accounts.receipt import Shop, receipt_of, void_of
from kiosk.accounts.receipt_slip import slip_of
from kiosk.accounts.report import REPORT_VERSION, Report
from kiosk.accounts.report_paper import PaperHead, report_elements
from kiosk.accounts.till_paper import slip as till_slip
from kiosk.domain.receipt import ReceiptDocument, Voice
from kiosk.domain.receipt.slip import Slip
from kiosk.messages.contents import Content, FiscalReceipt, Sale, TransactionCancelled
from kiosk.messages.entry import EntryHeader, entry_from, header_from
from kiosk.messages.tills import ReportTaken

# Entries that somebody was or could have been handed paper for.
HANDED_OUT = frozenset({"sale", "transaction_cancelled", "cash_moved", "shift_settled", "report_taken"})


class UnreadableError(Exception):
    """The text is no ledger entry, of whatever kind."""


@dataclass(frozen=True, slots=True)
class Known:
    """What other entries say of one: the fiscal receipt of each sale by its number, and the currency of the lane."""

    fiscal: dict[int, FiscalReceipt]
    currency: str


def known_from(bodies: Iterable[str], sequence_numbers: frozenset[int]) -> Known:
    """Gather what is to be known about the transactions of these numbers; texts that cannot be read say nothing."""
    fiscal: dict[int, FiscalReceipt] = {}
    currency = ""
    for body in bodies:
        if '"fiscal_receipt"' not in body and '"currency"' not in body:
            continue
        content = _content(body)
        if isinstance(content, FiscalReceipt):
            if content.sequence_number and content.sequence_number in sequence_numbers:
                fiscal[content.sequence_number] = content
        else:
            currency = str(getattr(content, "currency", "") or currency)
    return Known(fiscal, currency)


def printed(body: str, shop: Shop, known: Known) -> ReceiptDocument | Slip:
    """The receipt of an entry that has one, a plain slip of any other. `UnreadableError` where it is no entry."""
    try:
        header = header_from(body)
        name = shop.store_name or header.store_id
        store = dataclasses.replace(
            shop, store_name=name, store_id=header.store_id, workstation_id=header.workstation_id
        )
        return _printed(header, _content(body), store, known)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise UnreadableError(str(error)) from error


class Numbered(msgspec.Struct, frozen=True):
    """Kind of an entry and the number of the transaction it is about, 0 for none."""

    type: str = ""
    sequence_number: int = 0


def numbered(body: str) -> Numbered:
    """What an entry is about. `UnreadableError` as above."""
    try:
        return msgspec.json.decode(header_from(body).content, type=Numbered)
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise UnreadableError(str(error)) from error


def house_paper(body: str, shop: Shop, copy: int, voice: Voice) -> tuple[Element, ...] | None:
    """What the till prints for the house: reports and slips of shifts and cash; None of an entry without such paper."""
    content = _content(body)
    if content is None:
        return None
    header = header_from(body)
    head = PaperHead(
        lines=tuple(line for line in (shop.store_name, *shop.address) if line),
        place=f"{header.store_id}/{header.workstation_id}",
        at=voice.moment(shop.local(header.at)),
        copy=copy,
    )
    if isinstance(content, ReportTaken):
        report = _report(content)
        return None if report is None else report_elements(report, head, voice)
    return till_slip(content, head, voice)


def _report(taken: ReportTaken) -> Report | None:
    """None for a report of another version, which is printed as its plain facts."""
    try:
        report = msgspec.json.decode(taken.report, type=Report)
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None
    return report if report.version == REPORT_VERSION else None


def _printed(header: EntryHeader, content: Content | None, shop: Shop, known: Known) -> ReceiptDocument | Slip:
    match content:
        case Sale():
            return receipt_of(content, shop, fiscal=known.fiscal.get(content.sequence_number))
        case TransactionCancelled() if content.lines:
            return void_of(content, shop, header.at, known.currency)
        case _:
            return slip_of(header, shop, known.currency)


def _content(body: str) -> Content | None:
    """None for a kind, or a record, that this version does not know."""
    try:
        return entry_from(body).content
    except (msgspec.DecodeError, RecursionError, UnicodeError):
        return None
