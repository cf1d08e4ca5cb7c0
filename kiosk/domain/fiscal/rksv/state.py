"""What an Austrian cash box has to remember between two receipts, and how a recorded receipt changes it."""

from __future__ import annotations

import msgspec

from kiosk.domain.fiscal.interface import FiscalEntry, FiscalError, ReceiptKind
from kiosk.domain.fiscal.rksv.compact import Receipt, receipt_from_compact
from kiosk.domain.fiscal.rksv.counter import chain_value
from kiosk.domain.fiscal.rksv.record import Marker, Unreadable
from kiosk.domain.fiscal.rksv.signer import serial_of
from kiosk.domain.fiscal.rksv.texts import from_base64

GOODS = frozenset({ReceiptKind.SALE, ReceiptKind.VOID, ReceiptKind.TRAINING})
_ENDS_MONTH = frozenset({ReceiptKind.MONTHLY, ReceiptKind.YEARLY, ReceiptKind.CLOSING})
_MONTH = slice(0, 7)


class BoxState(msgspec.Struct, frozen=True):
    """What follows from the receipts so far; may be kept beside the ledger to spare reading all of it.

    `last_compact` is empty before the start receipt. `open_month` is the YYYY-MM whose turnover no monthly receipt has
    stated yet, empty where there is none. `certified` is the serial of the certificate that the entries stated last.
    """

    last_compact: str = ""
    turnover_minor: int = 0
    failed: bool = False
    closed: bool = False
    open_month: str = ""
    serial: str = ""
    certified: str = ""

    @property
    def started(self) -> bool:
        """Whether there is a start receipt."""
        return bool(self.last_compact)

    def chain(self, cash_box_id: str) -> bytes:
        """The chaining value of the next receipt."""
        return chain_value(self.last_compact or cash_box_id)


def receipt_of(entry: FiscalEntry, cash_box_id: str) -> Receipt:
    """The receipt in an entry; `FiscalError` where it cannot be read or is of another cash box."""
    receipt = receipt_from_compact(entry.record)
    if isinstance(receipt, Unreadable):
        raise FiscalError(
            f"The fiscal receipt {entry.number} cannot be read: {receipt.reason}.",
            "Run `python -m kiosk ledger verify` on this ledger, and restore it from headquarters.",
        )
    if receipt.record.cash_box_id != cash_box_id:
        raise FiscalError(
            f"The fiscal receipt {entry.number} is of cash box {receipt.record.cash_box_id}, not {cash_box_id}.",
            "Correct cash_box_id in the settings: a cash box keeps its name from its start to its closing receipt.",
        )
    return receipt


def after(state: BoxState, entry: FiscalEntry, cash_box_id: str) -> BoxState:
    """The state once `entry` is recorded; `FiscalError` where it does not follow the entries before it."""
    receipt = receipt_of(entry, cash_box_id)
    record = receipt.record
    if record.chain != state.chain(cash_box_id):
        raise FiscalError(
            f"The fiscal receipt {entry.number} does not follow the one before it.",
            "Run `python -m kiosk ledger verify` on this ledger; give all its entries, in their order.",
        )
    counted = 0 if record.marker is Marker.TRAINING else record.amounts.total_minor
    return msgspec.structs.replace(
        state,
        last_compact=entry.record,
        turnover_minor=state.turnover_minor + counted,
        failed=receipt.failed,
        closed=state.closed or entry.kind is ReceiptKind.CLOSING,
        open_month=_open_month(state, entry),
        serial=record.serial,
        certified=_certified(state, entry),
    )


def _open_month(state: BoxState, entry: FiscalEntry) -> str:
    if entry.kind in _ENDS_MONTH:
        return ""
    if entry.kind in (ReceiptKind.SALE, ReceiptKind.VOID, ReceiptKind.START):
        return entry.at[_MONTH]
    return state.open_month


def _certified(state: BoxState, entry: FiscalEntry) -> str:
    return (serial_of(from_base64(entry.certificate) or b"") if entry.certificate else None) or state.certified
