"""An Austrian cash box: which receipts come when, what the unit signs, and what happens when it cannot (RKSV).

Sections 6 (start and closing receipt), 8 (turnover counter, monthly and yearly receipt), 9 (signed content), 10
(machine-readable code), 17 (failure of the signature unit).
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Annotated

import msgspec

from kiosk.domain.fiscal.interface import (
    Finished,
    FiscalEntry,
    FiscalError,
    FiscalReceipt,
    Mark,
    Pending,
    ReceiptKind,
    Trouble,
    UnitSignature,
)
from kiosk.domain.fiscal.rksv.compact import FAILURE_TEXT, Receipt, compact_text, qr_text, signing_input
from kiosk.domain.fiscal.rksv.counter import AES_KEY_BYTES, encrypt_turnover
from kiosk.domain.fiscal.rksv.record import (
    NAME,
    SUITE,
    Marker,
    Record,
    Unreadable,
    is_local_time,
    record_from,
    record_text,
)
from kiosk.domain.fiscal.rksv.signer import is_signed, key_from_certificate, serial_of
from kiosk.domain.fiscal.rksv.state import GOODS, BoxState, after, receipt_of
from kiosk.domain.fiscal.rksv.tax import tax_sets
from kiosk.domain.fiscal.rksv.texts import to_base64

# Unsigned, these say nothing: they are made again once the unit works. A zero receipt asked for by an auditor counts.
_ONLY_SIGNED = frozenset(
    {ReceiptKind.START, ReceiptKind.MONTHLY, ReceiptKind.YEARLY, ReceiptKind.RECOVERY, ReceiptKind.CLOSING}
)
_YEAR = slice(0, 4)
_MONTH = slice(0, 7)

_NOTICES = {
    ReceiptKind.VOID: "Storno",
    ReceiptKind.TRAINING: "Trainingsbuchung",
    ReceiptKind.ZERO: "Nullbeleg",
    ReceiptKind.START: "Startbeleg",
    ReceiptKind.MONTHLY: "Monatsbeleg",
    ReceiptKind.YEARLY: "Jahresbeleg",
    ReceiptKind.RECOVERY: "Sammelbeleg",
    ReceiptKind.CLOSING: "Schlussbeleg",
}


class RksvSettings(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What was reported to FinanzOnline. `cash_box_id` is unique in the company and never changes.

    `suite` names the certification provider: R1-AT0 none (closed system), AT1 A-Trust, AT2 Global Trust, AT3
    PrimeSign. `signer_id` is set in a closed system only: the company's id and the number of the key, as
    "U:ATU12345678-1"; it then stands in the place of the certificate's serial number.
    """

    cash_box_id: Annotated[str, msgspec.Meta(pattern=rf"^{NAME}\Z")]
    suite: Annotated[str, msgspec.Meta(pattern=rf"^{SUITE}\Z")] = "R1-AT1"
    signer_id: Annotated[str, msgspec.Meta(pattern=rf"^({NAME})?\Z")] = ""
    counter_bytes: Annotated[int, msgspec.Meta(ge=5, le=8)] = 8


@dataclass(frozen=True, slots=True)
class CashBox:
    """A `FiscalRegister`. `aes_key` has 32 bytes, was reported to FinanzOnline, and stays out of every text."""

    settings: RksvSettings
    aes_key: bytes = field(repr=False)
    state: BoxState = field(default_factory=BoxState)

    def __post_init__(self) -> None:
        """Refuse a key of another length."""
        if len(self.aes_key) != AES_KEY_BYTES:
            raise FiscalError("The AES key of the cash box has not 32 bytes.", "Give the key reported to FinanzOnline.")

    def due(self, at: str, *, unit_ready: bool) -> tuple[ReceiptKind, ...]:
        """Which receipts come before a sale at local time `at`. Without its unit a started cash box sells unsigned."""
        state = self.state
        if not state.started:
            return (ReceiptKind.START,)
        if state.closed or not unit_ready:
            return ()
        recovery = (ReceiptKind.RECOVERY,) if state.failed else ()
        if not state.open_month or state.open_month >= at[_MONTH]:
            return recovery
        ended = ReceiptKind.MONTHLY if state.open_month[_YEAR] == at[_YEAR] else ReceiptKind.YEARLY
        return (*recovery, ended)

    def begin(self, receipt: FiscalReceipt, unit_serial: str | None) -> Pending:
        """Begin a receipt; see `FiscalRegister.begin`. After a failure only a receipt without goods is to be signed."""
        self._refuse_out_of_place(receipt)
        amounts = tax_sets(receipt.taxes)
        if receipt.kind not in GOODS and any(amounts.in_order()):
            raise FiscalError(f"A {receipt.kind} receipt holds no amounts.", "Leave its taxes out.")
        record = Record(
            suite=self.settings.suite,
            cash_box_id=self.settings.cash_box_id,
            number=receipt.number,
            at=receipt.at,
            amounts=amounts,
            counter=self._counter(receipt, amounts.total_minor),
            serial=self._serial(unit_serial),
            chain=self.state.chain(self.settings.cash_box_id),
        )
        not_recovered = self.state.failed and receipt.kind in GOODS
        return Pending(
            kind=receipt.kind,
            number=receipt.number,
            to_be_signed=None if not_recovered else signing_input(record),
            draft=record_text(record),
        )

    def finish(self, pending: Pending, answer: UnitSignature | None) -> Finished:
        """End what was begun; see `FiscalRegister.finish`. A signature is verified before it is believed."""
        record = record_from(pending.draft)
        if isinstance(record, Unreadable) or record.chain != self.state.chain(self.settings.cash_box_id):
            raise FiscalError(
                f"The receipt {pending.number} was not begun on what the cash box now is.", "Begin it again."
            )
        trouble = self._trouble(pending, record, answer)
        if trouble is not None and pending.kind in _ONLY_SIGNED:
            return Finished(entry=None, mark=None, trouble=trouble)
        signed_by = answer if trouble is None else None
        entry = FiscalEntry(
            kind=pending.kind,
            number=pending.number,
            at=record.at,
            record=compact_text(Receipt(record, signed_by.signature if signed_by else None)),
            certificate=self._news(signed_by),
        )
        return Finished(entry=entry, mark=self.mark(entry), trouble=trouble)

    def after(self, entry: FiscalEntry) -> CashBox:
        """The cash box once `entry` is recorded; see `FiscalRegister.after`."""
        return replace(self, state=after(self.state, entry, self.settings.cash_box_id))

    def mark(self, entry: FiscalEntry) -> Mark:
        """The mark of a recorded receipt; its notices are in German, as the law has them."""
        receipt = receipt_of(entry, self.settings.cash_box_id)
        failure = (FAILURE_TEXT,) if receipt.failed else ()
        kind = (_NOTICES[entry.kind],) if entry.kind in _NOTICES else ()
        return Mark(
            number=entry.number, machine_code=qr_text(receipt), failed=receipt.failed, notices=(*kind, *failure)
        )

    def _refuse_out_of_place(self, receipt: FiscalReceipt) -> None:
        state = self.state
        if not re.fullmatch(NAME, receipt.number):
            raise FiscalError(
                f"{receipt.number!r} is no receipt number.", "Use printable ASCII without blanks and without `_`."
            )
        if not is_local_time(receipt.at):
            raise FiscalError(f"{receipt.at!r} is no local time.", "Give it as 2026-01-31T23:59:59.")
        if state.closed:
            raise FiscalError(
                "This cash box was closed for ever.", "Set another cash_box_id and report it to FinanzOnline."
            )
        if state.started == (receipt.kind is ReceiptKind.START):
            raise FiscalError(
                f"A {receipt.kind} receipt cannot be made {'after' if state.started else 'before'} the start receipt.",
                "Ask `due` which receipt comes first.",
            )

    def _counter(self, receipt: FiscalReceipt, total_minor: int) -> bytes:
        match receipt.kind:
            case ReceiptKind.TRAINING:
                return Marker.TRAINING.value
            case ReceiptKind.VOID:
                return Marker.VOID.value
            case _:
                return self._encrypted(receipt.number, self.state.turnover_minor + total_minor)

    def _encrypted(self, number: str, turnover_minor: int) -> bytes:
        settings = self.settings
        try:
            return encrypt_turnover(self.aes_key, settings.cash_box_id, number, turnover_minor, settings.counter_bytes)
        except OverflowError:
            raise FiscalError(
                f"The turnover counter does not fit into {settings.counter_bytes} bytes.",
                "Set counter_bytes to 8.",
            ) from None

    def _serial(self, unit_serial: str | None) -> str:
        serial = self.settings.signer_id or unit_serial or self.state.serial
        if not serial:
            raise FiscalError("The signature unit has not been heard of yet.", "Connect it: a start receipt needs it.")
        return serial

    def _trouble(self, pending: Pending, record: Record, answer: UnitSignature | None) -> Trouble | None:
        if pending.to_be_signed is None:
            return Trouble.NOT_RECOVERED
        if answer is None:
            return Trouble.NO_ANSWER
        key = key_from_certificate(answer.certificate)
        if key is None or (not self.settings.signer_id and serial_of(answer.certificate) != record.serial):
            return Trouble.OTHER_UNIT
        return None if is_signed(key, signing_input(record), answer.signature) else Trouble.BAD_SIGNATURE

    def _news(self, answer: UnitSignature | None) -> str:
        """The certificate, where the entries did not state it last."""
        if answer is None or serial_of(answer.certificate) == self.state.certified:
            return ""
        return to_base64(answer.certificate)


def resume(settings: RksvSettings, aes_key: bytes, entries: Iterable[FiscalEntry]) -> CashBox:
    """The cash box as its recorded entries, all of them and in their order, have left it."""
    state = BoxState()
    for entry in entries:
        state = after(state, entry, settings.cash_box_id)
    return CashBox(settings, aes_key, state)
