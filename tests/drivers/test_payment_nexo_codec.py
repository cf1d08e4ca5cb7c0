"""nexo messages: keys and encryption against published vectors, amounts, HTTP in any pieces, nothing of a card kept."""

from __future__ import annotations

import base64
import json
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.payment import nexo_codec as codec
from drivers.payment import nexo_messages as nexo
from drivers.payment.interface import ReceiptKind
from drivers.payment.nexo_card import CardFacts, card_facts
from drivers.payment.nexo_crypto import NexoKey, Protected, Refusal, derive, protect, unprotect
from drivers.payment.nexo_http import AnswerReader, HttpAnswer, HttpBroken, post
from drivers.payment.nexo_money import exponent, to_decimal, to_minor
from drivers.payment.nexo_receipt import receipts
from drivers.payment.simulated_nexo_books import ENCODER, NexoBooks
from drivers.payment.simulated_nexo_terminal import EXPIRY, TEST_CARD, TRACK, NexoCardTerminal

KEY = derive("mysupersecretpassphrase", "bench", 1)
ENDS = codec.Ends("LANE-1", "V400m-324688179")
NONCE = bytes(range(16))
ASKED = codec.header(ENDS, "Payment", "ABCDEFGHIJ")

# An event notification that a P400Plus sent, protected by the passphrase "ncrpass" (MIT, a test of Adyen's library for
# Node: src/__tests__/cloudDeviceApi.spec.ts).
RECORDED = {
    "SaleToPOIRequest": {
        "SecurityTrailer": {
            "AdyenCryptoVersion": 1,
            "Nonce": "Be6rAx+vRju2aCHwPh6lrg==",
            "KeyIdentifier": "ncrkey",
            "Hmac": "LG8A9Re1M8xLMr7rDUk0NwsnvAOX+VLjHv9sPHWTl34=",
            "KeyVersion": 1,
        },
        "NexoBlob": (
            "x2DY8J2M9ZCyjOZ8Gt7JdLBA/6bT/KXvvAbJf9kzguqO8dWp1I1pPLQpLstpdIiAVqSwG3PR0PrP/lF82UmhmCnUJGCuEXilqvBNF1tF"
            "/yEgnFOklNc1myR2IPW/+2oZOWKFXlTo/gX89EbODXOOGUqaJfSdpDhlqjyMz7mGczobTPvPGqCVx2BDHU8VTxI9nicwQv+QV48GqVZz"
            "xnP8ZOdQOQ5cac+bcS0Y3l7SmWpIoQsoicnjahTY9ICosLJmN4DvDHsN4Kh2DAetFO5b9I9Lqgm/dvnXUVhb9tPbM7Pn+ratjYpaNbon"
            "bO5M+Tm8rDEIyKoUUuFXPWISymrCXtCDVKEb2B5S5pilUmokrXVa9Ldtsv3BKG7rbrglYEuql4WVs6kzr6ybgAKh1Q0LsAXEve3pydt7"
            "2ay4U3FOJSBxJ3gNqmnG8mVW2HCXQVo1RgVaZmP5TBWYuksCKXYypnMulu1PlRI++oeW/J2qjQU="
        ),
        "MessageHeader": {
            "ProtocolVersion": "3.0",
            "SaleID": "null",
            "MessageClass": "Event",
            "MessageCategory": "Event",
            "POIID": "P400Plus-275102806",
            "MessageType": "Notification",
            "DeviceID": "5",
        },
    }
}


def answer(body: dict[str, object], key: NexoKey = KEY, *, inner: dict[str, str] | None = None, **head: str) -> bytes:
    """A protected response; `head` changes both headers, `inner` the protected one only."""
    shown = {**header_of(ASKED), "MessageType": "Response", **head}
    plain = ENCODER.encode({"SaleToPOIResponse": {"MessageHeader": {**shown, **(inner or {})}, **body}})
    made = protect(plain, key, NONCE)
    trailer = {
        "AdyenCryptoVersion": 1,
        "KeyIdentifier": made.key_identifier,
        "KeyVersion": made.key_version,
        "Nonce": made.nonce,
        "Hmac": made.hmac,
    }
    return ENCODER.encode(
        {"SaleToPOIResponse": {"MessageHeader": shown, "NexoBlob": made.blob, "SecurityTrailer": trailer}}
    )


def header_of(head: nexo.MessageHeader) -> dict[str, str]:
    found: dict[str, str] = json.loads(ENCODER.encode(head))
    return found


def test_the_key_of_a_passphrase() -> None:
    assert KEY.hmac_key.hex() == "633651f2a778f91ef37ca2eae92d2f8e58073b766d26899967dc1202c1444742"
    assert KEY.cipher_key.hex() == "89b3399a5c77fc0c38762ba1529488d19b4daf8360a2ef3f7a0b06d23c89b12a"
    assert KEY.iv.hex() == "17be85c2e52ba327bdce1910f4c2c7de"
    assert repr(KEY) == "NexoKey(identifier='bench', version=1)"


def test_what_a_real_terminal_sent_is_read() -> None:
    found = codec.decode(json.dumps(RECORDED).encode())
    assert isinstance(found, nexo.Envelope)
    assert found.request is not None
    assert found.request.security_trailer is not None
    opened = codec._opened(found.request, found.request.security_trailer, derive("ncrpass", "ncrkey", 1))
    assert isinstance(opened, nexo.Message)
    event = opened.event_notification
    assert event == nexo.EventNotification("SaleWakeUp", "reference_id=9876", "2020-11-13T09:02:35.697Z")
    wrong = codec._opened(found.request, found.request.security_trailer, derive("ncrpas", "ncrkey", 1))
    assert isinstance(wrong, codec.Unreadable)


@given(st.binary(max_size=400), st.binary(min_size=16, max_size=16))
def test_what_is_protected_is_read_again(plain: bytes, nonce: bytes) -> None:
    assert unprotect(protect(plain, KEY, nonce), KEY) == plain


@given(st.binary(max_size=200), st.sampled_from(["blob", "nonce", "hmac"]), st.integers(0, 7), st.data())
def test_one_bit_changed_anywhere_is_refused(plain: bytes, part: str, bit: int, data: st.DataObject) -> None:
    made = protect(plain, KEY, NONCE)
    raw = bytearray(base64.b64decode(getattr(made, part)))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= 1 << bit
    changed = {name: getattr(made, name) for name in Protected.__slots__}
    changed[part] = base64.b64encode(raw).decode()
    assert unprotect(Protected(**changed), KEY) is Refusal.NOT_AUTHENTIC


@given(st.text(max_size=80), st.text(max_size=40), st.text(max_size=60))
def test_no_text_makes_it_raise(blob: str, nonce: str, mac: str) -> None:
    assert isinstance(unprotect(Protected(blob, nonce, mac, "bench", 1), KEY), Refusal)


def test_another_key_and_another_way_are_said_so() -> None:
    made = protect(b"{}", KEY, NONCE)
    assert unprotect(made, derive("mysupersecretpassphrase", "bench", 2)) is Refusal.OTHER_KEY
    assert unprotect(made, derive("another", "bench", 1)) is Refusal.NOT_AUTHENTIC
    other = Protected(made.blob, made.nonce, made.hmac, "bench", 1, crypto_version=2)
    assert unprotect(other, KEY) is Refusal.OTHER_VERSION
    assert unprotect(Protected(made.blob + "\n", made.nonce, made.hmac, "bench", 1), KEY) is Refusal.NO_BASE64
    assert unprotect(Protected(made.blob, made.nonce, made.hmac[:20], "bench", 1), KEY) is Refusal.WRONG_SIZE
    with pytest.raises(ValueError, match="16 bytes"):
        protect(b"{}", KEY, b"short")


def test_an_answer_is_believed_only_where_all_of_it_fits() -> None:
    body: dict[str, object] = {"PaymentResponse": {"Response": {"Result": "Success"}}}
    found = codec.decode_answer(answer(body), KEY, ASKED)
    assert isinstance(found, nexo.Message)
    assert found.payment_response is not None
    refused = {
        "other key": answer(body, derive("another", "bench", 1)),
        "protected header changed": answer(body, inner={"POIID": "V400m-000000000"}),
        "header in clear changed": answer(body, inner={"POIID": ENDS.poi_id}, POIID="V400m-000000000"),
        "other question": answer(body, ServiceID="ZZZZZZZZZZ"),
        "other lane": answer(body, SaleID="LANE-2"),
        "other terminal": answer(body, POIID="V400m-000000000"),
        "other category": answer(body, MessageCategory="Reversal"),
        "a request": answer(body, MessageType="Request"),
        "in clear": ENCODER.encode({"SaleToPOIResponse": {"MessageHeader": header_of(ASKED), **body}}),
        "not JSON": b"<html>",
        "nothing": b"{}",
        "deep": b'{"SaleToPOIResponse":{"x":' + b"[" * 100_000,
    }
    for why, data in refused.items():
        assert isinstance(codec.decode_answer(data, KEY, ASKED), codec.Unreadable), why


@given(st.binary(max_size=300))
def test_no_bytes_make_the_codec_raise(data: bytes) -> None:
    assert isinstance(codec.decode_answer(data, KEY, ASKED), codec.Unreadable)
    assert isinstance(codec.describe(data), dict)
    assert isinstance(codec.redact(data), str)


JSON_LIKE = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                (
                    *("SaleToPOIResponse", "MessageHeader", "PaymentResponse", "Response", "Result", "PaymentResult"),
                    *("AmountsResp", "AuthorizedAmount", "NexoBlob", "SecurityTrailer", "EventNotification"),
                )
            ),
            inner,
            max_size=4,
        )
    ),
    max_leaves=12,
)


@given(JSON_LIKE)
def test_no_json_makes_the_codec_raise(found: object) -> None:
    data = json.dumps({"SaleToPOIResponse": found}).encode()
    codec.decode_answer(data, KEY, ASKED)
    json.dumps(codec.describe(data))


def test_documented_messages_are_read(shared_data: Path) -> None:
    folder = shared_data / "payment" / "nexo_adyen" / "terminal-api"

    def part(name: str) -> bytes:
        return (folder / name).read_bytes()

    paid = codec.decode(part("payment-sync-success.json"))
    assert isinstance(paid, nexo.Envelope)
    assert paid.response is not None
    response = paid.response.payment_response
    assert response is not None
    assert response.payment_result is not None
    assert response.payment_result.amounts_resp == nexo.AmountsResp(Decimal(1), "EUR")
    assert card_facts(response) == CardFacts("•••• 1111", "mc", "123456")
    merchant, customer = receipts(response)
    assert (merchant.kind, customer.kind) == (ReceiptKind.MERCHANT, ReceiptKind.CUSTOMER)
    assert {"Card  •••• 3511", "AID  A0000000041010", "Date  29/04/19", "TOTAL  € 1.00"} <= set(customer.lines)
    rejected = codec.decode(part("payment-sync-error-empty.json"))
    assert isinstance(rejected, nexo.Envelope)
    assert rejected.request is not None
    assert codec.is_reject(rejected.request)
    head = codec.decode_part(part("message-header.json"), nexo.MessageHeader)
    assert isinstance(head, nexo.MessageHeader)
    assert (head.service_id, head.sale_id, head.poi_id) == ("service-id", "sale-id", "poi-id")
    abort = codec.decode_part(part("abort-request.json"), nexo.AbortRequest)
    assert isinstance(abort, nexo.AbortRequest)
    assert abort.message_reference.service_id == "service-id"
    shown = codec.decode_part(part("display-request.json"), nexo.DisplayRequest)
    assert isinstance(shown, nexo.DisplayRequest)
    assert shown.display_output[0].output_content.output_text[0].text == "Please present card"
    event = codec.decode_part(part("event-notification.json"), nexo.EventNotification)
    assert isinstance(event, nexo.EventNotification)
    assert event.event_to_notify == "BeginMaintenance"
    diagnosis = codec.decode_part(part("sale-to-poi-response-diagnosis.json"), nexo.Message)
    assert isinstance(diagnosis, nexo.Message)
    assert diagnosis.diagnosis_response is not None
    assert diagnosis.diagnosis_response.poi_status == nexo.PoiStatus("OK")
    for name in folder.iterdir():
        assert json.dumps(codec.describe(name.read_bytes()))
        assert "411111" not in codec.redact(name.read_bytes())


def test_our_requests_are_written_as_documented() -> None:
    body = codec.payment_request("sale-1", Decimal("12.30"), "EUR", "2026-11-22T10:00:00.000+00:00")
    found = json.loads(codec.encode(codec.message(ASKED, body)), parse_float=Decimal)
    assert found == {
        "SaleToPOIRequest": {
            "MessageHeader": {
                "ProtocolVersion": "3.0",
                "MessageClass": "Service",
                "MessageCategory": "Payment",
                "MessageType": "Request",
                "ServiceID": "ABCDEFGHIJ",
                "SaleID": "LANE-1",
                "POIID": "V400m-324688179",
            },
            "PaymentRequest": {
                "SaleData": {
                    "SaleTransactionID": {"TransactionID": "sale-1", "TimeStamp": "2026-11-22T10:00:00.000+00:00"}
                },
                "PaymentTransaction": {"AmountsReq": {"Currency": "EUR", "RequestedAmount": Decimal("12.30")}},
            },
        }
    }
    assert b'"RequestedAmount":12.30' in codec.encode(codec.message(ASKED, body))
    sealed = codec.encode_protected(codec.message(ASKED, body), KEY, NONCE)
    assert b"sale-1" not in sealed
    assert set(json.loads(sealed)["SaleToPOIRequest"]) == {"MessageHeader", "NexoBlob", "SecurityTrailer"}
    status = codec.message(
        codec.header(ENDS, "TransactionStatus", "S"),
        nexo.TransactionStatusRequest(codec.reference_to(ENDS, "Payment", "ABCDEFGHIJ")),
    )
    reference = json.loads(codec.encode(status))["SaleToPOIRequest"]["TransactionStatusRequest"]["MessageReference"]
    assert reference["ServiceID"] == "ABCDEFGHIJ"
    assert reference["MessageCategory"] == "Payment"
    back = json.loads(codec.encode(codec.message(ASKED, codec.reversal_request("sale-1", "T.1", "when"))))
    assert back["SaleToPOIRequest"]["ReversalRequest"] == {
        "OriginalPOITransaction": {"POITransactionID": {"TransactionID": "T.1", "TimeStamp": "when"}},
        "SaleData": {"SaleTransactionID": {"TransactionID": "sale-1", "TimeStamp": "when"}},
        "ReversalReason": "MerchantCancel",
    }


@given(st.text(min_size=1, max_size=60), st.text(min_size=1, max_size=60))
def test_a_service_id_is_always_the_same_and_fits(one: str, other: str) -> None:
    assert codec.service_id(one) == codec.service_id(one)
    assert len(codec.service_id(one)) == 10
    assert codec.service_id(one).isalnum()
    assert (codec.service_id(one) == codec.service_id(other)) == (one == other)


@given(st.integers(1, 99_999_999), st.sampled_from(["EUR", "JPY", "KWD", "CLF", "USD"]))
def test_amounts_go_there_and_back_exactly(amount_minor: int, currency: str) -> None:
    sent = to_decimal(amount_minor, currency)
    assert sent is not None
    assert to_minor(sent, currency) == amount_minor
    assert to_minor(Decimal(f"{sent:f}"), currency) == amount_minor


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("12.34", "EUR", 1234),
        ("1", "EUR", 100),
        ("1E+2", "EUR", 10_000),
        ("0.1", "EUR", 10),
        ("1234", "JPY", 1234),
        ("1.234", "KWD", 1234),
        ("0", "EUR", 0),
        ("12.345", "EUR", None),
        ("0.5", "JPY", None),
        ("-1", "EUR", None),
        ("NaN", "EUR", None),
        ("Infinity", "EUR", None),
        ("1E+999999", "EUR", None),
        ("1E-999999", "EUR", None),
        ("100000000", "EUR", None),
        ("1", "XXX", None),
        ("1", "AED ALL", None),
        ("1", "", None),
    ],
)
def test_an_amount_is_exact_or_none(amount: str, currency: str, minor: int | None) -> None:
    assert to_minor(Decimal(amount), currency) == minor


@given(st.decimals(allow_nan=True, allow_infinity=True))
def test_no_number_makes_an_amount_raise_or_round(amount: Decimal) -> None:
    minor = to_minor(amount, "EUR")
    assert minor is None or Decimal(minor).scaleb(-2) == amount


def test_what_cannot_be_asked_for_is_not() -> None:
    assert [to_decimal(amount, "EUR") for amount in (0, -1, 10**10)] == [None, None, None]
    assert to_decimal(1, "XYZ") is None
    assert (exponent("EUR"), exponent("JPY"), exponent("KWD"), exponent("eur"), exponent("EU")) == (2, 0, 3, None, None)


HTTP = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n2;x=y\r\nlo\r\n0\r\nA: b\r\n\r\n"
CONTINUED = b"HTTP/1.1 100 Continue\r\n\r\n" + HTTP


@pytest.mark.parametrize("whole", [HTTP, CHUNKED, CONTINUED, HTTP + b"more"])
def test_an_answer_is_the_same_in_any_pieces(whole: bytes) -> None:
    for size in (1, 2, 7, len(whole)):
        reader = AnswerReader()
        for at in range(0, len(whole), size):
            reader.feed(whole[at : at + size])
        assert reader.result == HttpAnswer(200, b"hello")
    cut = AnswerReader()
    assert cut.feed(HTTP[:-1]) is None
    assert cut.ended() == HttpBroken("The answer is cut off.")


def test_an_answer_without_a_length_ends_with_the_connection() -> None:
    reader = AnswerReader()
    assert reader.feed(b"HTTP/1.0 200 OK\r\n\r\nhel") is None
    assert reader.feed(b"lo") is None
    assert reader.ended() == HttpAnswer(200, b"hello")


@pytest.mark.parametrize(
    "wrong",
    [
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 99999999\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"0" * 400,
        b"x" * 40_000,
    ],
)
def test_what_is_no_answer_is_said_so(wrong: bytes) -> None:
    assert isinstance(AnswerReader().feed(wrong), HttpBroken)


@given(st.lists(st.binary(max_size=60) | st.sampled_from([HTTP, CHUNKED, b"\r\n\r\n", b"HTTP/1.1 200 OK\r\n"])))
def test_no_bytes_make_the_reader_raise(pieces: list[bytes]) -> None:
    by_piece, at_once = AnswerReader(), AnswerReader()
    for piece in pieces:
        by_piece.feed(piece)
    at_once.feed(b"".join(pieces))
    assert by_piece.ended() == at_once.ended()


def test_a_request_says_its_length() -> None:
    assert post("/nexo", "10.0.0.1:8443", b"{}").endswith(b"Content-Length: 2\r\nConnection: close\r\n\r\n{}")


def charged_answer() -> dict[str, object]:
    """A whole answer of the bench terminal to a payment, card number, expiry and track included."""
    terminal = NexoCardTerminal(ENDS.poi_id, NexoBooks())
    terminal.auto = "approve"
    body = codec.payment_request("sale-1", Decimal("12.34"), "EUR", "now")
    found = json.loads(codec.encode(codec.message(ASKED, body)), parse_float=Decimal)
    paid = terminal.hear(found["SaleToPOIRequest"])
    assert paid is not None
    return paid


def test_nothing_of_a_card_leaves_the_codec() -> None:
    body = charged_answer()
    wire = ENCODER.encode({"SaleToPOIResponse": {"MessageHeader": header_of(ASKED), **body}})
    assert TEST_CARD.encode() in wire
    assert TRACK.encode() in wire
    found = codec.decode_answer(answer(body), KEY, ASKED)
    assert isinstance(found, nexo.Message)
    assert found.payment_response is not None
    told = (
        repr(found)
        + repr(card_facts(found.payment_response))
        + repr(receipts(found.payment_response))
        + json.dumps(codec.describe(wire))
        + json.dumps(codec.describe(answer(body)))
        + codec.redact(b"HTTP/1.1 200 OK\r\n\r\n" + wire)
    )
    for secret in (TEST_CARD, TEST_CARD[:6], TEST_CARD[-8:], EXPIRY, "SHOPPER"):
        assert secret not in told
    assert card_facts(found.payment_response) == CardFacts("•••• 1111", "visa", "715691")


@given(st.from_regex(r"[0-9]{12,19}", fullmatch=True), st.text(alphabet="abc =&:", max_size=10))
def test_a_card_number_in_a_receipt_is_masked_wherever_it_stands(number: str, before: str) -> None:
    content = nexo.OutputContent(
        "Text", [nexo.OutputText(f"{before}{number}"), nexo.OutputText(f"name={number}&key=x")]
    )
    paid = nexo.PaymentResponse(nexo.Response("Success"), payment_receipt=[nexo.PaymentReceipt("", content)])
    assert number not in repr(receipts(paid))
    assert number[:-4] not in repr(receipts(paid))


@given(st.binary(max_size=300))
def test_a_recording_is_as_long_and_holds_no_content(noise: bytes) -> None:
    sealed = answer(charged_answer())
    whole = b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n" + sealed
    for data in (sealed, whole):
        masked = codec.mask(data)
        assert len(masked) == len(data)
        envelope = codec.decode(masked[len(data) - len(sealed) :])
        assert isinstance(envelope, nexo.Envelope)
        assert envelope.response is not None
        assert set(envelope.response.nexo_blob) == {"A"}
        assert envelope.response.message_header.service_id == "ABCDEFGHIJ"
    in_clear = ENCODER.encode({"SaleToPOIResponse": {"MessageHeader": header_of(ASKED), **charged_answer()}})
    for data in (noise, in_clear, whole[:-1], whole + TRACK.encode()):
        assert codec.mask(data) == bytes(len(data))


def test_a_technician_sees_what_a_message_is() -> None:
    body = charged_answer()
    wire = ENCODER.encode({"SaleToPOIResponse": {"MessageHeader": header_of(ASKED), **body}})
    shown = codec.describe(wire)
    assert (shown["body"], shown["result"], shown["amount"]) == ("payment_response", "Success", "12.34 EUR")
    sealed = codec.describe(answer(body))
    assert sealed["protected"] is True
    assert sealed["key"] == "bench version 1"
    assert sealed["service_id"] == "ABCDEFGHIJ"
    assert "amount" not in sealed
    assert codec.describe(b"\xff") == {"error": "It is no nexo message."}
    assert codec.redact(wire) == f"{len(wire)} bytes: Payment Request Success"


@pytest.mark.parametrize(
    "additional",
    [
        "cardSummary=1111&paymentMethod=visa&authCode=715691",
        base64.b64encode(
            b'{"additionalData":{"cardSummary":"1111","paymentMethod":"visa","authCode":"715691"}}'
        ).decode(),
        base64.b64encode(b'{"cardSummary":"1111","paymentMethod":"visa","authCode":"715691","x":{"y":1}}').decode(),
    ],
)
def test_additional_responses_of_both_kinds_are_read(additional: str) -> None:
    paid = nexo.PaymentResponse(nexo.Response("Success", additional_response=additional))
    assert card_facts(paid) == CardFacts("•••• 1111", "visa", "715691")


@given(st.text(max_size=100))
def test_no_additional_response_makes_it_raise(text: str) -> None:
    facts = card_facts(nexo.PaymentResponse(nexo.Response("Success", additional_response=text)))
    assert len(facts.masked_pan) <= 9
