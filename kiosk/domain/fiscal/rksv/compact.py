"""A receipt in its four forms: compact (a JWS, as in the DEP), signed text, QR code and OCR text.

Detailspezifikation: compact is `header.payload.signature` in base64url (RFC 7515) with the header {"alg":"ES256"};
the QR code is the payload, `_` and the signature in base64; in the OCR text what is base64 there is base32.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.domain.fiscal.rksv.record import Record, Unreadable, record_from, record_text
from kiosk.domain.fiscal.rksv.texts import from_base32, from_base64, from_base64url, to_base32, to_base64, to_base64url

# Base64url of {"alg":"ES256"}: the only suite of RKSV, R1.
HEADER = "eyJhbGciOiJFUzI1NiJ9"
# RKSV section 17: stands in the place of the signature, and on the receipt, while the unit is out of order.
FAILURE_TEXT = "Sicherheitseinrichtung ausgefallen"
SIGNATURE_BYTES = 64

_FAILURE = FAILURE_TEXT.encode()
# Where the fields lie in a QR code or OCR text that are base64 there or base32.
_COUNTER, _CHAIN, _SIGNATURE = 10, 12, 13
_QR_FIELDS = 14


@dataclass(frozen=True, slots=True)
class Receipt:
    """A record and its signature: 64 bytes, r then s, or None where the signature unit had failed."""

    record: Record
    signature: bytes | None

    @property
    def failed(self) -> bool:
        """Whether the signature unit had failed."""
        return self.signature is None


def signing_input(record: Record) -> bytes:
    """What the signature unit signs (RFC 7515, section 5.1)."""
    return f"{HEADER}.{to_base64url(record_text(record).encode())}".encode()


def compact_text(receipt: Receipt) -> str:
    """The compact form."""
    return f"{signing_input(receipt.record).decode()}.{to_base64url(_signature(receipt))}"


def receipt_from_compact(text: str) -> Receipt | Unreadable:
    """Read a compact form; only what `compact_text` writes is read."""
    header, *parts = text.split(".")
    if header != HEADER or len(parts) != 2:
        return Unreadable("it is no compact JWS of ES256")
    payload, signature = from_base64url(parts[0]), from_base64url(parts[1])
    if payload is None or signature is None:
        return Unreadable("it is not in base64url")
    return _receipt(payload, signature)


def qr_text(receipt: Receipt) -> str:
    """The machine-readable code: what the QR code on the receipt holds."""
    return f"{record_text(receipt.record)}_{to_base64(_signature(receipt))}"


def receipt_from_qr(text: str) -> Receipt | Unreadable:
    """Read what a QR code holds."""
    payload, _, signature_text = text.rpartition("_")
    signature = from_base64(signature_text)
    if signature is None:
        return Unreadable("its signature is not in base64")
    return _receipt(payload.encode(), signature)


def ocr_text(receipt: Receipt) -> str:
    """The machine-readable code for a printer that cannot print a QR code."""
    return _recoded(qr_text(receipt), from_base64, to_base32) or ""


def receipt_from_ocr(text: str) -> Receipt | Unreadable:
    """Read an OCR text."""
    qr = _recoded(text, from_base32, to_base64)
    return Unreadable("it is no OCR text") if qr is None else receipt_from_qr(qr)


def _signature(receipt: Receipt) -> bytes:
    return _FAILURE if receipt.signature is None else receipt.signature


def _receipt(payload: bytes, signature: bytes) -> Receipt | Unreadable:
    if signature != _FAILURE and len(signature) != SIGNATURE_BYTES:
        return Unreadable(f"its signature has {len(signature)} bytes instead of {SIGNATURE_BYTES}")
    try:
        record = record_from(payload.decode())
    except UnicodeDecodeError:
        return Unreadable("it is not in UTF-8")
    if isinstance(record, Unreadable):
        return record
    return Receipt(record, None if signature == _FAILURE else signature)


def _recoded(text: str, decode: Callable[[str], bytes | None], encode: Callable[[bytes], str]) -> str | None:
    fields = text.split("_")
    if len(fields) != _QR_FIELDS:
        return None
    for place in (_COUNTER, _CHAIN, _SIGNATURE):
        raw = decode(fields[place])
        if raw is None:
            return None
        fields[place] = encode(raw)
    return "_".join(fields)
