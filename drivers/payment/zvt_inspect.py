"""ZVT frames for people: what a frame says, what may be kept of it in a recording, what may be shown of it. Pure.

All three take messages as they go over TCP and blocks as they go over a serial line, take any bytes, and never raise.
"""

from __future__ import annotations

from typing import Final

from drivers.payment import zvt_codec as codec
from drivers.payment.zvt_blocks import BadBlock, Block, BlockReader, Sign, pack
from drivers.payment.zvt_codec import Apdu, Framer, OutOfStep, encode
from drivers.payment.zvt_privacy import mask_data
from drivers.payment.zvt_receipts import PrintBlock, PrintLine
from drivers.payment.zvt_records import Abort, Ack, Completion, IntermediateStatus, Nack, StatusInformation, parse
from drivers.payment.zvt_settings import CURRENCIES
from drivers.payment.zvt_texts import result_text, status_text

_NAMES: Final = {
    codec.REGISTRATION: "registration",
    codec.AUTHORISATION: "authorisation",
    codec.LOG_OFF: "log off",
    codec.REPEAT_RECEIPT: "repeat receipt",
    codec.REVERSAL: "reversal",
    codec.REFUND: "refund",
    codec.END_OF_DAY: "end of day",
    codec.DIAGNOSIS: "diagnosis",
    codec.INITIALISATION: "initialisation",
    codec.STATUS_ENQUIRY: "status enquiry",
    codec.ABORT_REQUEST: "abort request",
    codec.STATUS_INFORMATION: "status information",
    codec.INTERMEDIATE_STATUS: "intermediate status",
    codec.COMPLETION: "completion",
    codec.ABORT: "abort",
    codec.PRINT_LINE: "print line",
    codec.PRINT_TEXT_BLOCK: "print text block",
    codec.ACKNOWLEDGE: "acknowledgement",
}
_LETTERS: Final = {number: letters for letters, number in CURRENCIES.items()}
# Bytes before the first bitmap of a command: the password, and for a registration config byte and currency too.
_BITMAPS_AT: Final = {codec.REGISTRATION: 6, codec.AUTHORISATION: 0, codec.REVERSAL: 3, codec.REFUND: 3}


def describe(frame: bytes) -> dict[str, object]:
    """One frame as a record of what is in it; a card number with four digits at most. `error` where it is none."""
    try_blocks = _blocks(frame)
    if try_blocks is not None:
        return _describe_block(try_blocks)
    items = Framer().feed(frame)
    if not items or isinstance(items[0], OutOfStep):
        return {"error": "This is no whole ZVT message."}
    described = _describe_apdu(items[0])
    if len(items) > 1 or len(encode(items[0].control, items[0].data)) != len(frame):
        described["more"] = "Something follows this message."
    return described


def redact(data: bytes) -> str:
    """What may be shown of any bytes of a ZVT connection: the messages' control fields and lengths, and no content."""
    blocks = _blocks(data)
    if blocks is None:
        return " ".join(_redacted(data)) or "nothing"
    shown = []
    for item in blocks:
        match item:
            case Block(apdu):
                shown += [f"[{' '.join(_redacted(apdu))}]"]
            case BadBlock(flaw):
                shown += [f"[bad {flaw}]"]
            case Sign():
                shown += [item.name]
    return " ".join(shown)


def mask(data: bytes) -> bytes:
    """`data` for a recording: the same messages without card numbers, expiry dates, tracks, EMV data and passwords.

    What is not known to be harmless is zero. So is what is no whole message: a recording that is to be played back has
    to hand in whole ones.
    """
    blocks = _blocks(data)
    if blocks is None:
        return _mask_plain(data)
    masked = bytearray()
    for item in blocks:
        match item:
            case Block(apdu):
                masked += pack(_mask_plain(apdu))
            case Sign():
                masked.append(item.value)
            case BadBlock():
                pass
    return bytes(masked)


def _blocks(data: bytes) -> list[Block | BadBlock | Sign] | None:
    """The blocks and signs in `data`; None where it is none of a serial line.

    A plain message may begin with the byte of a sign, or hold what looks like the begin of a block: only a block with
    the right check sum, or nothing but signs, shows a serial line. No plain message begins with 10.
    """
    items = BlockReader().feed(data)
    signs_only = bool(items) and all(isinstance(item, Sign) for item in items) and len(items) == len(data)
    if signs_only or any(isinstance(item, Block) for item in items):
        return items
    return [item for item in items if isinstance(item, BadBlock)] if data[:1] == b"\x10" else None


def _redacted(data: bytes) -> list[str]:
    shown: list[str] = []
    rest = len(data)
    for item in Framer().feed(data):
        if isinstance(item, OutOfStep):
            break
        rest -= len(encode(item.control, item.data))
        shown.append(f"{item.control:04X}/{len(item.data)}")
    return [*shown, f"?/{rest}"] if rest > 0 else shown


def _mask_plain(data: bytes) -> bytes:
    masked = bytearray()
    for item in Framer().feed(data):
        if isinstance(item, OutOfStep):
            break
        masked += encode(item.control, mask_data(item.control, item.data))
    return bytes(masked) + bytes(max(0, len(data) - len(masked)))


def _describe_block(items: list[Block | BadBlock | Sign]) -> dict[str, object]:
    for item in items:
        if isinstance(item, Block):
            return {**describe(item.apdu), "framing": "serial"}
    if items and isinstance(items[0], Sign):
        return {"message": items[0].name, "framing": "serial"}
    flaw = f" ({items[0].flaw})" if items and isinstance(items[0], BadBlock) else ""
    return {"error": f"This is no whole block of a serial line{flaw}.", "framing": "serial"}


def _describe_apdu(apdu: Apdu) -> dict[str, object]:
    control = f"{apdu.control:04X}"
    described: dict[str, object] = {"message": _NAMES.get(apdu.control, control), "control": control}
    match parse(apdu):
        case StatusInformation() as status:
            described |= _result(status.result_code)
            described |= _money(status.amount_minor, status.currency)
            described |= {
                "trace_number": status.trace_number,
                "receipt_number": status.receipt_number,
                "original_trace": status.original_trace,
                "terminal_id": status.terminal_id,
                "masked_pan": status.masked_pan,
                "card_name": status.card_name,
            }
        case IntermediateStatus(code, _, text):
            described |= {"status_code": f"{code:02X}", "text": text or status_text(code, "en")}
        case Completion(terminal_id, status_bits):
            described |= {"terminal_id": terminal_id, "status_bits": status_bits}
        case Abort(code, extended, text):
            described |= {**_result(code), "extended": extended, "text": text}
        case Nack(code):
            described |= {"message": "refusal", **_result(code)}
        case Ack():
            described["message"] = "acknowledgement"
        case PrintLine(lines) | PrintBlock(lines):
            described["text"] = "\n".join(lines)
        case _:
            described |= _command(apdu)
    return {key: value for key, value in described.items() if value not in (None, "")}


def _command(apdu: Apdu) -> dict[str, object]:
    at = _BITMAPS_AT.get(apdu.control)
    if at is None:
        return {}
    found = codec.bitmaps(apdu.data[at:])
    amount, currency, number = (codec.from_bcd(found.get(bitmap, b"")) for bitmap in (0x04, 0x49, 0x87))
    return {**_money(amount, currency), "receipt_number": number}


def _result(code: int | None) -> dict[str, object]:
    return {} if code is None else {"result_code": f"{code:02X}", "result_text": result_text(code)}


def _money(amount_minor: int | None, currency: int | None) -> dict[str, object]:
    name = None if currency is None else _LETTERS.get(currency, f"{currency:03d}")
    return {"amount_minor": amount_minor, "currency": name}
