"""The codecs of payment terminals under fuzzing."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Sequence
from typing import Any

from tests.drivers.fuzz.shared import folder, hex_in, of
from tests.drivers.fuzz.target import (
    Again,
    BrokenPromiseError,
    Check,
    Target,
    calling,
    describing,
    masking,
    redacting,
    stream,
    whole,
)

# A test card's number: redacted lines hold no part of it, however it stands in a frame.
CARD = "4761739001010119"
# PA00P015: acknowledgement, registration, payment, statuses, completion, abort, receipts, refusal.
ZVT = tuple(
    bytes.fromhex(hexed)
    for hexed in (
        "800000",
        "06000699999908 0978",
        "06010A04000000001000490978",
        "04FF010A",
        "04FF0B0A010604240207004869",
        "040F272700040000000010000B00004222F8476173900101011929123456784909788700178BF55649534100",
        "060F00",
        "060F0B19002912345678490978",
        "061E016C",
        "06D1114034373631373339303031303130313139",
        "06D3160614 1F0701 01 250D 0704 48656C6C 0705 4C6F6E6764",
        "8483 00",
        "06D1FF0000",
    )
)


def _zvt() -> Target:
    parse, charsets = of("payment.zvt_records", "parse"), of("payment.zvt_records", "CHARSETS")
    receipts, framer = of("payment.zvt_receipts", "receipts"), of("payment.zvt_codec", "Framer")

    def read(frame: bytes) -> None:
        pieces = []
        for apdu in framer().feed(frame):
            if hasattr(apdu, "control"):
                for charset in charsets:
                    record = parse(apdu, charset)
                    if CARD in repr(record):
                        raise BrokenPromiseError("a card number leaves the codec")
                    pieces += [record] if hasattr(record, "lines") else []
        receipts(pieces)

    return Target(
        (*ZVT, *hex_in("payment/zvt_portalum.json"), *hex_in("payment/zvt_ecrterm.json")), _shown(framer, read)
    )


def _shown(make: Callable[[], Any], *reads: Callable[[bytes], object], again: Again | None = None) -> Check:
    inspect = "payment.zvt_inspect"
    looks = (describing(of(inspect, "describe")), redacting(of(inspect, "redact"), CARD), calling(*reads))
    return stream(make, *looks, masking(of(inspect, "mask"), keeps_length=False), again=again)


def _zvt_serial() -> Target:
    reader, pack = of("payment.zvt_blocks", "BlockReader"), of("payment.zvt_blocks", "pack")
    # A damaged block is said again, for it was refused.
    again = Again(pack(ZVT[3]) * 2)
    blocks = [pack(apdu) for apdu in (*ZVT, bytes.fromhex("040F021010"))]
    return Target(
        (*blocks, b"\x06" + blocks[0], b"\x15", *hex_in("payment/zvt_ecrterm.json")), _shown(reader, again=again)
    )


def _zvt_fields() -> Target:
    codec = "payment.zvt_codec"
    names = ("bitmaps", "spans", "tlv_objects", "tlv_list", "tlv_tag", "masked_pan")
    from_bcd = of(codec, "from_bcd")
    texts = (of("payment.zvt_masking", "mask_numbers"), of("payment.zvt_privacy", "mask_data"))

    def masked(frame: bytes) -> None:
        text = frame.decode("cp437")
        if len(texts[0](text)) != len(text):
            raise BrokenPromiseError("the mask is of another length")
        for control in (0x040F, 0x06D3, 0x06D1, 0x061E, 0x04FF, 0x0600):
            if len(texts[1](control, frame)) != len(frame):
                raise BrokenPromiseError("the mask is of another length")

    def numbers(frame: bytes) -> None:
        # No bitmap is longer than LLL can say.
        from_bcd(frame[:999])

    seeds = (*(apdu[3:] for apdu in ZVT), f"Card {CARD[:4]} {CARD[4:8]} {CARD[8:12]} {CARD[12:]}".encode())
    return Target(seeds, whole(calling(*(of(codec, name) for name in names), masked, numbers)))


KEY_ID = ("bench", 1)
HEADER = {
    "ProtocolVersion": "3.0",
    "MessageClass": "Service",
    "MessageCategory": "Payment",
    "MessageType": "Response",
    "ServiceID": "ABCDEFGHIJ",
    "SaleID": "LANE-1",
    "POIID": "V400m-324688179",
}


def _nexo_messages() -> tuple[bytes, ...]:
    card = {"CardData": {"MaskedPan": "476173 **** 0119", "PaymentBrand": "visa"}, "PaymentInstrumentType": "Card"}
    result = {"PaymentInstrumentData": card, "AmountsResp": {"Currency": "EUR", "AuthorizedAmount": 10.0}}
    receipt = {
        "DocumentQualifier": "CustomerReceipt",
        "OutputContent": {"OutputFormat": "Text", "OutputText": [{"Text": f"key=pan&name=Card&value={CARD}"}]},
    }
    more = base64.b64encode(json.dumps({"additionalData": {"authCode": "123456", "cardSummary": "0119"}}).encode())
    paid = {
        "Response": {"Result": "Success", "AdditionalResponse": more.decode()},
        "PaymentResult": result,
        "PaymentReceipt": [receipt],
        "POIData": {"POITransactionID": {"TransactionID": "x.1", "TimeStamp": "2026-01-01T00:00:00Z"}},
        "SaleData": {"SaleTransactionID": {"TransactionID": "s1", "TimeStamp": "2026-01-01T00:00:00Z"}},
    }
    event = {"EventToNotify": "Reject", "EventDetails": "message=x", "TimeStamp": "2026-01-01T00:00:00Z"}
    bodies: tuple[dict[str, object], ...] = ({"PaymentResponse": paid}, {"EventNotification": event})
    made = [json.dumps({"SaleToPOIResponse": {"MessageHeader": HEADER, **body}}).encode() for body in bodies]
    at = folder()
    files = sorted((at / "payment/nexo_adyen/terminal-api").glob("*.json")) if at else []
    return (*made, *(file.read_bytes() for file in files))


class _Nexo:
    """A key, a question, and answers to it."""

    def __init__(self) -> None:
        codec = "payment.nexo_codec"
        self.key: Any = of("payment.nexo_crypto", "derive")("mysupersecretpassphrase", *KEY_ID)
        self._protect, self._decode_answer = of("payment.nexo_crypto", "protect"), of(codec, "decode_answer")
        self._asked = of(codec, "header")(of(codec, "Ends")("LANE-1", "V400m-324688179"), "Payment", "ABCDEFGHIJ")
        self._facts, self._receipts = of("payment.nexo_card", "card_facts"), of("payment.nexo_receipt", "receipts")

    def sealed(self, plain: bytes) -> bytes:
        """A protected answer that holds `plain`."""
        made = self._protect(plain, self.key, bytes(range(16)))
        trailer = {
            "AdyenCryptoVersion": 1,
            "KeyIdentifier": made.key_identifier,
            "KeyVersion": made.key_version,
            "Nonce": made.nonce,
            "Hmac": made.hmac,
        }
        return json.dumps(
            {"SaleToPOIResponse": {"MessageHeader": HEADER, "NexoBlob": made.blob, "SecurityTrailer": trailer}}
        ).encode()

    def read(self, data: bytes) -> None:
        """Read an answer as the driver does, with all that is taken out of it."""
        found = self._decode_answer(data, self.key, self._asked)
        paid = getattr(found, "payment_response", None)
        if paid is not None:
            shown = repr((self._facts(paid), self._receipts(paid)))
            if CARD in shown:
                raise BrokenPromiseError("a card number leaves the codec")


def _nexo_plain() -> Target:
    codec, bench = "payment.nexo_codec", _Nexo()
    looks = (describing(of(codec, "describe")), redacting(of(codec, "redact"), CARD), masking(of(codec, "mask")))
    messages = _nexo_messages()
    return Target((*messages, bench.sealed(messages[0])), whole(calling(of(codec, "decode"), bench.read), *looks))


def _nexo_sealed() -> Target:
    """A terminal with the right key that says anything at all."""
    bench = _Nexo()
    return Target(_nexo_messages(), whole(calling(lambda frame: bench.read(bench.sealed(frame)))))


def _nexo_http() -> Target:
    reader = of("payment.nexo_http", "AnswerReader")

    def check(frame: bytes, pieces: Sequence[bytes]) -> None:
        results = []
        for parts in ([frame], pieces):
            answer = reader()
            for part in parts:
                answer.feed(part)
            results.append(answer.ended())
        if results[0] != results[1]:
            raise BrokenPromiseError("other pieces give other records")

    head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
    seeds = (
        head + b'Content-Length: 15\r\n\r\n{"hello": "you"}',
        head + b'Transfer-Encoding: chunked\r\n\r\n5\r\n{"a":\r\n3;x=y\r\n 1}\r\n0\r\nX: y\r\n\r\n',
        head + b"Connection: close\r\n\r\nto the end",
        b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.0 204 No Content\r\n\r\n",
    )
    return Target(seeds, check)


CODECS: dict[str, Callable[[], Target]] = {
    "zvt": _zvt,
    "zvt_serial": _zvt_serial,
    "zvt_fields": _zvt_fields,
    "nexo_plain": _nexo_plain,
    "nexo_sealed": _nexo_sealed,
    "nexo_http": _nexo_http,
}
