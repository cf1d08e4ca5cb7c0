"""Fiscal receipts as the ledger keeps them, to and from the records of a country's rules."""

from __future__ import annotations

from kiosk.domain.fiscal.interface import FiscalEntry, Mark, ReceiptKind
from kiosk.messages.contents import FiscalReceipt


def recorded(system: str, entry: FiscalEntry, mark: Mark, sequence_number: int = 0) -> FiscalReceipt:
    """A finished receipt as an entry of the ledger, with what is printed of it."""
    return FiscalReceipt(
        system=system,
        kind=str(entry.kind),
        number=entry.number,
        at=entry.at,
        record=entry.record,
        certificate=entry.certificate,
        code=mark.machine_code,
        notices=mark.notices,
        failed=mark.failed,
        sequence_number=sequence_number,
    )


def entry_of(receipt: FiscalReceipt) -> FiscalEntry:
    """An entry of the ledger as the country's rules know it; `ValueError` for a kind they do not."""
    return FiscalEntry(
        kind=ReceiptKind(receipt.kind),
        number=receipt.number,
        at=receipt.at,
        record=receipt.record,
        certificate=receipt.certificate,
    )
