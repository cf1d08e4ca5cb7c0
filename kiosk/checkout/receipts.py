"""From a booked sale in the ledger to a print job: what was sold is read back, never remembered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from zoneinfo import ZoneInfo

from drivers.printer.interface import PrintJob
from kiosk.accounts.receipt import Shop, receipt_of
from kiosk.accounts.report import report_of
from kiosk.accounts.report_paper import PaperHead, report_elements
from kiosk.checkout.effects import PrintReceipt, PrintReport
from kiosk.config import Settings
from kiosk.domain.receipt import ReceiptDocument, Voice, compose
from kiosk.domain.receipt.document import as_copy
from kiosk.messages.contents import Sale
from kiosk.store.ledger_reader import LedgerReader


def no_token(_sale: Sale) -> str:
    """A store that gives out no return tokens."""
    return ""


@dataclass(frozen=True, slots=True)
class Composer:
    """Makes print jobs. `token` signs the text that goods come back with."""

    settings: Settings
    ledger: LedgerReader
    voice: Callable[[str], Voice]
    zone: ZoneInfo
    token: Callable[[Sale], str] = no_token

    def compose(self, effect: PrintReceipt | PrintReport) -> PrintJob | None:
        """The print job of a report, or of a booked sale in the language it was sold in; None where none is booked."""
        if isinstance(effect, PrintReport):
            return self._report(effect)
        sale = self.ledger.sale(effect.sequence_number)
        if sale is None:
            return None
        document = self.document(sale)
        shown = as_copy(document, effect.copy, self._shop().local(effect.at)) if effect.copy else document
        return PrintJob(effect.job_id, compose(shown, self.voice(sale.language)))

    def document(self, sale: Sale) -> ReceiptDocument:
        """The facts of a sale's receipt, for paper and for the shopper's phone alike."""
        fiscal = self.ledger.fiscal_receipt(sale.sequence_number)
        return receipt_of(sale, self._shop(), fiscal=fiscal, token=self.token(sale))

    def _report(self, effect: PrintReport) -> PrintJob:
        """A report is for staff: in the first language of the store."""
        store, workstation = self.settings.store, self.settings.workstation
        voice = self.voice(store.languages[0])
        head = PaperHead(
            lines=(store.name, *store.address),
            place=f"{workstation.store_id}/{workstation.workstation_id}",
            at=voice.moment(self._shop().local(effect.at)),
            copy=effect.copy,
        )
        return PrintJob(effect.job_id, report_elements(report_of(effect.taken), head, voice))

    def _shop(self) -> Shop:
        store, workstation = self.settings.store, self.settings.workstation
        return Shop(
            store_name=store.name,
            store_id=workstation.store_id,
            workstation_id=workstation.workstation_id,
            address=store.address,
            tax_id=store.tax_id,
            zone=self.zone,
        )
