"""nexo messages to bytes and back, protected or in clear, and what of them may be shown. Pure; never raises on input.

Sources: Adyen, Terminal API fundamentals and reference (docs.adyen.com/point-of-sale/design-your-integration).
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final, TypeVar

import msgspec

from drivers.payment import nexo_messages as nexo
from drivers.payment.nexo_card import harmless
from drivers.payment.nexo_crypto import NexoKey, Protected, Refusal, protect, unprotect

# Larger than any answer with two receipts in it, and small enough to be read at once.
LONGEST_MESSAGE: Final = 1_000_000
_ALPHABET: Final = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
# All that may stand in a protected message: names and short values, and one blob.
_WIRE: Final = re.compile(rb'"[A-Za-z0-9+/=._ -]*"|[0-9]{1,9}')
_BLOB: Final = re.compile(rb'("(?:NexoBlob|Hmac|Nonce)" *: *")([A-Za-z0-9+/=]*)(")')
_ENCODER: Final = msgspec.json.Encoder(decimal_format="number")
_WRONG: Final = (msgspec.MsgspecError, UnicodeError, RecursionError, ArithmeticError)

_BODIES: Final = tuple(
    field.name
    for field in msgspec.structs.fields(nexo.Message)
    if field.name.endswith(("_request", "_response", "_notification"))
)


@dataclass(frozen=True, slots=True)
class Ends:
    """Whose messages these are: the sale system's id and the terminal's ("V400m-324688179")."""

    sale_id: str
    poi_id: str


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Bytes that are no message we may believe, and why, without quoting them."""

    reason: str
    checksum: bool = False


def service_id(*parts: str) -> str:
    """Ten characters that stand for `parts` for ever: the same after a crash, and different for other parts."""
    number = int.from_bytes(hashlib.sha256("\x1f".join(parts).encode()).digest(), "big")
    return "".join(_ALPHABET[number // 36**place % 36] for place in range(10))


def header(ends: Ends, category: str, service: str) -> nexo.MessageHeader:
    """Head of a request of ours. Display and print are messages to a device; their pair has a device id, too."""
    device = category in ("Display", "Print")
    return nexo.MessageHeader(
        message_class="Device" if device else "Service",
        message_category=category,
        message_type="Request",
        sale_id=ends.sale_id,
        poi_id=ends.poi_id,
        service_id=service,
        device_id=service if device else "",
        protocol_version=nexo.PROTOCOL_VERSION,
    )


def message(head: nexo.MessageHeader, body: nexo.Body) -> nexo.Message:
    """Put a head on a body."""
    match body:
        case nexo.PaymentRequest():
            return nexo.Message(head, payment_request=body)
        case nexo.ReversalRequest():
            return nexo.Message(head, reversal_request=body)
        case nexo.TransactionStatusRequest():
            return nexo.Message(head, transaction_status_request=body)
        case nexo.AbortRequest():
            return nexo.Message(head, abort_request=body)
        case nexo.DiagnosisRequest():
            return nexo.Message(head, diagnosis_request=body)
        case nexo.DisplayRequest():
            return nexo.Message(head, display_request=body)
        case nexo.PrintRequest():
            return nexo.Message(head, print_request=body)


def encode(request: nexo.Message) -> bytes:
    """JSON of a request, in clear."""
    return _ENCODER.encode(nexo.Envelope(request=request))


def encode_protected(request: nexo.Message, key: NexoKey, nonce: bytes) -> bytes:
    """JSON of a request as it goes over the wire."""
    made = protect(encode(request), key, nonce)
    trailer = nexo.SecurityTrailer(
        made.crypto_version, made.key_identifier, made.key_version, nonce=made.nonce, hmac=made.hmac
    )
    return _ENCODER.encode(
        nexo.Envelope(request=nexo.Message(request.message_header, nexo_blob=made.blob, security_trailer=trailer))
    )


def decode(data: bytes) -> nexo.Envelope | Unreadable:
    """Read a message, protected or not, without opening it."""
    if len(data) > LONGEST_MESSAGE:
        return Unreadable("The message is too long.")
    try:
        envelope = msgspec.json.decode(data, type=nexo.Envelope)
    except _WRONG:
        return Unreadable("It is no nexo message.")
    if (envelope.request is None) == (envelope.response is None):
        return Unreadable("It is neither a request nor a response.")
    return envelope


P = TypeVar("P", bound=msgspec.Struct)


def decode_part(data: bytes, kind: type[P]) -> P | Unreadable:
    """Read a part of a message, as documents and logs quote them: a header, a body, a message without its envelope."""
    try:
        return msgspec.json.decode(data, type=kind)
    except _WRONG:
        return Unreadable(f"It is no {kind.__name__}.")


def decode_answer(data: bytes, key: NexoKey, asked: nexo.MessageHeader) -> nexo.Message | Unreadable:
    """Read the answer to `asked`: protected by our key and made for this very request, or a Reject in clear.

    A terminal that could not even read our message says so in clear, in an event notification.
    """
    outer = decode(data)
    if isinstance(outer, Unreadable):
        return outer
    found = outer.request or outer.response
    if found is None or found.security_trailer is None:
        if found is not None and is_reject(found):
            return found
        return Unreadable("The answer is not protected.", checksum=True)
    inner = _opened(found, found.security_trailer, key)
    return inner if isinstance(inner, Unreadable) or is_reject(inner) else _fitting(inner, outer, asked)


def is_reject(found: nexo.Message) -> bool:
    """Whether a message says that the terminal did not take ours."""
    return found.event_notification is not None and found.event_notification.event_to_notify == "Reject"


def _opened(outer: nexo.Message, trailer: nexo.SecurityTrailer, key: NexoKey) -> nexo.Message | Unreadable:
    sealed = Protected(
        blob=outer.nexo_blob,
        nonce=trailer.nonce,
        hmac=trailer.hmac,
        key_identifier=trailer.key_identifier,
        key_version=trailer.key_version,
        crypto_version=trailer.adyen_crypto_version,
    )
    plain = unprotect(sealed, key)
    if isinstance(plain, Refusal):
        return Unreadable(f"The message is not believed: {plain}.", checksum=True)
    envelope = decode(plain)
    if isinstance(envelope, Unreadable):
        return envelope
    inner = envelope.request or envelope.response
    if inner is None or inner.message_header != outer.message_header:
        return Unreadable("The header in clear is not the one that is protected.", checksum=True)
    return inner


def _fitting(inner: nexo.Message, outer: nexo.Envelope, asked: nexo.MessageHeader) -> nexo.Message | Unreadable:
    head = inner.message_header
    theirs = (head.message_category, head.service_id, head.sale_id, head.poi_id)
    ours = (asked.message_category, asked.service_id, asked.sale_id, asked.poi_id)
    if outer.response is None or head.message_type != "Response" or theirs != ours:
        return Unreadable("The answer belongs to another question.")
    return inner


def payment_request(reference: str, amount: Decimal, currency: str, time_stamp: str) -> nexo.PaymentRequest:
    """Charge `amount` in the major unit; `reference` is ours (Adyen: merchant reference)."""
    return nexo.PaymentRequest(
        nexo.SaleData(nexo.TransactionIdentification(reference, time_stamp)),
        nexo.PaymentTransaction(nexo.AmountsReq(currency, amount)),
    )


def reversal_request(reference: str, transaction_id: str, time_stamp: str) -> nexo.ReversalRequest:
    """Take the whole charge back that the terminal knows by `transaction_id`, of `time_stamp`."""
    original = nexo.PoiData(nexo.TransactionIdentification(transaction_id, time_stamp))
    sale = nexo.SaleData(nexo.TransactionIdentification(reference, time_stamp))
    return nexo.ReversalRequest(original, sale, "MerchantCancel")


def reference_to(ends: Ends, category: str, service: str) -> nexo.MessageReference:
    """Which earlier request of ours is meant."""
    return nexo.MessageReference(category, service, sale_id=ends.sale_id, poi_id=ends.poi_id)


def text_output(lines: Sequence[str]) -> nexo.OutputContent:
    """Lines of plain text."""
    return nexo.OutputContent("Text", [nexo.OutputText(line, end_of_line_flag=True) for line in lines])


def describe(frame: bytes) -> dict[str, object]:
    """One message as a record for a technician: `kind`, the header's fields, `result`, `error_condition`, `amount`.

    A protected one shows its header and its key's name only. Nothing of a card, a receipt or a text is shown.
    """
    envelope = decode(frame)
    if isinstance(envelope, Unreadable):
        found: nexo.Message | Unreadable | None = decode_part(frame[:LONGEST_MESSAGE], nexo.Message)
    else:
        found = envelope.request or envelope.response
    if not isinstance(found, nexo.Message):
        return {"error": "It is no nexo message."}
    shown: dict[str, object] = {"kind": _kind(found), **_shown_header(found.message_header)}
    if found.security_trailer is not None:
        shown["protected"] = True
        shown["key"] = f"{found.security_trailer.key_identifier} version {found.security_trailer.key_version}"
    return {**shown, **_shown_body(found)}


def redact(data: bytes) -> str:
    """What the ring of last frames may show: length, kind and outcome; never a value that someone typed or paid."""
    body = data.partition(b"\r\n\r\n")[2] if data.startswith((b"POST ", b"HTTP/")) else data
    shown = describe(body)
    what = shown.get("kind") or "no whole message"
    first = data[:12].decode("ascii", "replace") if data.startswith(b"HTTP/") else ""
    return " ".join(part for part in (f"{len(data)} bytes:", first, str(what), str(shown.get("result", ""))) if part)


def mask(data: bytes) -> bytes:
    """`data` for a recording, as long as it was: a whole protected message without its content, of all else zeros.

    Who has the passphrase could open a recorded blob; what is in clear may be anything.
    """
    at = data.find(b"\r\n\r\n") + 4 if data.startswith((b"POST ", b"HTTP/")) else 0
    head, body = data[:at], data[at:]
    envelope = decode(body)
    found = None if isinstance(envelope, Unreadable) else envelope.request or envelope.response
    known = set(_WIRE.sub(b"", body)) <= set(b"{}:, \n") if found is not None and found.security_trailer else False
    kept = head + _BLOB.sub(lambda one: one[1] + b"A" * len(one[2]) + one[3], body)
    return kept if known and not re.search(rb"[0-9]{12}", kept) else bytes(len(data))


def _kind(found: nexo.Message) -> str:
    head = found.message_header
    return harmless(f"{head.message_category} {head.message_type}", 40)


def _shown_header(head: nexo.MessageHeader) -> dict[str, object]:
    fields = {
        "service_id": head.service_id,
        "device_id": head.device_id,
        "sale_id": head.sale_id,
        "poi_id": head.poi_id,
    }
    # A terminal's serial number has nine digits; what is as long as a card number is not shown.
    return {name: value for name, value in fields.items() if value and not re.search(r"\d{12}", value)}


def _amount(amount: Decimal | None, currency: str) -> str:
    text = f"{amount} {currency}"
    return text if len(text) <= 24 and text.isprintable() and not re.search(r"\d{10}", text) else ""


def _shown_body(found: nexo.Message) -> dict[str, object]:
    shown: dict[str, object] = {}
    for name in _BODIES:
        body = getattr(found, name)
        if body is None:
            continue
        shown["body"] = name
        response = getattr(body, "response", None)
        if isinstance(response, nexo.Response):
            shown["result"] = harmless(response.result, 20)
            shown["error_condition"] = harmless(response.error_condition, 40)
        if isinstance(body, nexo.PaymentRequest):
            asked = body.payment_transaction.amounts_req
            shown["amount"] = _amount(asked.requested_amount, asked.currency)
        if isinstance(body, nexo.PaymentResponse) and body.payment_result and body.payment_result.amounts_resp:
            paid = body.payment_result.amounts_resp
            shown["amount"] = _amount(paid.authorized_amount, paid.currency)
        if isinstance(body, nexo.EventNotification):
            shown["event"] = harmless(body.event_to_notify, 40)
    return shown
