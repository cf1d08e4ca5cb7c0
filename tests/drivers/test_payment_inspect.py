"""ZVT frames for a technician, a recording and a bug report: what they say, and what they never show."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.payment import zvt_commands as commands
from drivers.payment.simulated_answers import EXPIRY, TEST_CARD, carried_out, receipt_block, receipt_lines
from drivers.payment.simulated_books import Entry
from drivers.payment.zvt_blocks import pack
from drivers.payment.zvt_codec import Apdu, Framer, encode
from drivers.payment.zvt_inspect import describe, mask, redact
from drivers.payment.zvt_records import parse

RESULT = carried_out(Entry(7, 106, 1234), None)
CHIP = bytes.fromhex("4508") + b"41111111" + bytes.fromhex("4604") + b"1111" + bytes.fromhex("620411223344")
WITH_CHIP = encode(0x040F, bytes.fromhex("2700 06") + bytes((len(CHIP),)) + CHIP)


@pytest.mark.parametrize("framed", [False, True])
def test_a_result_says_what_it_is(framed: bool) -> None:
    described = describe(pack(RESULT) if framed else RESULT)
    assert described.pop("framing", "") == ("serial" if framed else "")
    assert described == {
        "message": "status information",
        "control": "040F",
        "result_code": "00",
        "result_text": "done",
        "amount_minor": 1234,
        "currency": "EUR",
        "trace_number": 106,
        "receipt_number": 7,
        "terminal_id": "52001234",
        "masked_pan": "•••• 1111",
        "card_name": "VISA TEST",
    }


@pytest.mark.parametrize(
    ("frame", "described"),
    [
        (commands.authorisation(1000, 978), {"message": "authorisation", "amount_minor": 1000, "currency": "EUR"}),
        (commands.refund("123456", 500), {"message": "refund", "amount_minor": 500}),
        (commands.reversal("123456", 42), {"message": "reversal", "receipt_number": 42}),
        (commands.acknowledge(), {"message": "acknowledgement"}),
        (bytes.fromhex("849c00"), {"message": "refusal", "result_text": "please wait: the terminal is busy"}),
        (bytes.fromhex("04ff010a"), {"status_code": "0A", "text": "Please insert or tap your card"}),
        (bytes.fromhex("061e016c"), {"message": "abort", "result_code": "6C"}),
        (bytes.fromhex("06d1060048616c6c6f"), {"message": "print line", "text": "Hallo"}),
        (bytes.fromhex("0f1000"), {"message": "0F10"}),
        (b"\x06", {"message": "ACK", "framing": "serial"}),
        (b"", {"error": "This is no whole ZVT message."}),
        (b"HTTP/1.1", {"error": "This is no whole ZVT message."}),
        (pack(RESULT)[:-1], {"framing": "serial", "error": "This is no whole block of a serial line."}),
        (RESULT + b"\x80", {"more": "Something follows this message."}),
    ],
)
def test_other_frames_say_what_they_are(frame: bytes, described: dict[str, object]) -> None:
    assert described.items() <= describe(frame).items()


def test_published_frames_are_described(shared_data: Path) -> None:
    cases = json.loads((shared_data / "payment" / "zvt_ecrterm.json").read_text())["cases"]
    frames = {case["test"]: case["hex"] for case in cases}
    block = describe(bytes.fromhex(frames["TestCaseDataEncoding.test_Initialisierung"][0]))
    assert block == {"message": "initialisation", "control": "0693", "framing": "serial"}
    for frame in frames["TestParsingMechanisms.PACKET_LIST"]:
        assert "error" not in describe(bytes.fromhex(frame))
    aborted = describe(bytes.fromhex(frames["TestParsingAbort.test_abort_by_external_command"][0]))
    assert aborted["text"] == "Abbruch durch externes Kommando!"
    assert aborted["result_code"] == "6C"


@pytest.mark.parametrize("framed", [False, True])
def test_a_recording_holds_no_card_and_reads_the_same(framed: bool) -> None:
    apdus = [RESULT, WITH_CHIP, *receipt_lines(f"Karte {TEST_CARD}"), *receipt_block(f"Karte {TEST_CARD}")]
    for apdu in apdus:
        kept = mask(pack(apdu) if framed else apdu)
        plain = mask(apdu)
        for secret in (TEST_CARD, TEST_CARD.encode().hex(), EXPIRY, "11223344", b"41111111".hex()):
            assert secret not in kept.hex()
        assert not framed or kept == pack(plain)
        assert len(plain) == len(apdu)
        before, after = (Framer().feed(data) for data in (apdu, plain))
        assert isinstance(before[0], Apdu)
        assert isinstance(after[0], Apdu)
        assert parse(before[0]) == parse(after[0])


def test_a_recording_holds_no_password() -> None:
    for command in (
        commands.registration("123456", 978),
        commands.end_of_day("123456"),
        commands.reversal("123456", 7),
        commands.status_enquiry("123456"),
    ):
        assert "123456" not in mask(command).hex()
        assert len(mask(command)) == len(command)


def test_what_is_no_whole_message_is_zero_in_a_recording() -> None:
    assert mask(RESULT[:40]) == bytes(40)
    assert mask(RESULT + RESULT[:10]) == mask(RESULT) + bytes(10)
    assert mask(TEST_CARD.encode()) == bytes(16)


def test_what_is_shown_has_no_content() -> None:
    assert redact(RESULT) == f"040F/{len(RESULT) - 3}"
    assert redact(b"\x06" + pack(RESULT) + b"\x15") == f"ACK [040F/{len(RESULT) - 3}] NAK"
    assert redact(pack(RESULT)[:-2] + b"\x00\x00") == "[bad checksum]"
    assert redact(bytes.fromhex("800000") + RESULT[:9]) == "8000/0 ?/9"


@given(st.binary(max_size=300) | st.builds(pack, st.binary(max_size=60)))
def test_any_bytes_are_taken_without_a_word(data: bytes) -> None:
    json.dumps(describe(data))
    assert isinstance(redact(data), str)
    assert isinstance(mask(data), bytes)


@given(st.binary(max_size=120), st.sampled_from([0x040F, 0x06D1, 0x06D3, 0x061E, 0x04FF]), st.booleans())
def test_no_long_number_gets_into_a_recording(noise: bytes, control: int, framed: bool) -> None:
    card = TEST_CARD.encode()
    data = encode(control, noise + card)
    kept = mask(pack(data) if framed else data)
    assert card not in kept


def test_containers_inside_containers_end_somewhere() -> None:
    nested = b""
    for _ in range(3000):
        size = len(nested)
        nested = b"\x24" + (bytes((size,)) if size < 0x80 else b"\x82" + size.to_bytes(2, "big")) + nested
    data = encode(0x040F, b"\x06\x82" + len(nested).to_bytes(2, "big") + nested)
    assert len(mask(data)) == len(data)
    json.dumps(describe(data))
