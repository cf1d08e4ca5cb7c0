"""From a booked sale in the ledger to a print job: what was sold is read back, never remembered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from drivers.printer.interface import PrintJob
from kiosk.checkout.effects import PrintReceipt
from kiosk.config import Settings
from kiosk.domain.pricing import TaxSum
from kiosk.domain.receipt import Facts, Header, ReceiptLine, ReceiptTender, Voice, compose
from kiosk.messages.contents import CardTender, Sale, SaleLine
from kiosk.store.ledger_reader import LedgerReader


@dataclass(frozen=True, slots=True)
class Composer:
    """Makes print jobs. `local_time(language, moment)` writes a local date and time as that language does."""

    settings: Settings
    ledger: LedgerReader
    voice: Callable[[str], Voice]
    local_time: Callable[[str, datetime], str]
    zone: ZoneInfo

    def compose(self, effect: PrintReceipt) -> PrintJob | None:
        """The print job of a booked sale, in the language it was sold in; None where no such sale is booked."""
        sale = self.ledger.sale(effect.sequence_number)
        if sale is None:
            return None
        return PrintJob(effect.job_id, compose(self._facts(sale, copy=effect.copy), self.voice(sale.language)))

    def _facts(self, sale: Sale, *, copy: bool) -> Facts:
        store, workstation = self.settings.store, self.settings.workstation
        started = datetime.fromisoformat(sale.started_at).astimezone(self.zone)
        header = Header(
            store_name=store.name,
            address=store.address,
            tax_id=store.tax_id,
            store_id=workstation.store_id,
            workstation_id=workstation.workstation_id,
            sequence_number=sale.sequence_number,
            sold_at=self.local_time(sale.language, started),
        )
        taxes = tuple(TaxSum(tax.tax_code, tax.tax_rate_bp, tax.gross_minor, tax.tax_minor) for tax in sale.taxes)
        lines = tuple(_line(line) for line in sale.lines)
        tenders = tuple(_tender(tender) for tender in sale.tenders)
        return Facts(header, lines, taxes, tenders, sale.total_minor, copy=copy)


def _line(line: SaleLine) -> ReceiptLine:
    return ReceiptLine(
        name=line.name,
        quantity=line.quantity,
        grams=line.grams,
        tare_grams=line.tare_grams,
        unit_price_minor=line.unit_price_minor,
        amount_minor=line.amount_minor,
        tax_code=line.tax_code,
        linked=line.linked_to is not None,
    )


def _tender(tender: CardTender) -> ReceiptTender:
    return ReceiptTender(
        amount_minor=tender.amount_minor,
        card_name=tender.card_name,
        masked_pan=tender.masked_pan,
        terminal_id=tender.terminal_id,
        receipt_number=tender.receipt_number,
        trace_number=tender.trace_number,
        authorisation_code=tender.authorisation_code,
    )
