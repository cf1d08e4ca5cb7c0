"""NDEF messages and the three kinds of tag they are read from: known cases, damaged ones, and any bytes at all."""

from __future__ import annotations

import ast
import json
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from drivers.nfc import ndef_message, type2, type3, type4
from drivers.nfc.apdu import (
    GET_UID,
    NDEF_APPLICATION,
    RefusedCommandError,
    answer,
    carry,
    check,
    describe,
    mask,
    read_binary,
    read_block,
    redact,
    select_file,
    select_ndef,
)
from drivers.nfc.interface import NdefRecord, TagProblem
from drivers.nfc.simulated_tags import BlockTag, CardWithoutNdef, FileTag, MemoryTag

UID = bytes.fromhex("04A1B2C3D4E5F6")
SHORT = ndef_message.write(ndef_message.uri("https://example.com/a"))
LONG = ndef_message.write(ndef_message.text("x" * 700), ndef_message.uri("https://example.com/b"))

# Record classes of the cases by the type their payload stands for.
_TYPES = {
    "TestTextRecord": "urn:nfc:wkt:T",
    "TestUriRecord": "urn:nfc:wkt:U",
    "TestSmartposterRecord": "urn:nfc:wkt:Sp",
    "TestSignatureRecord": "urn:nfc:wkt:Sig",
    "TestDeviceInformationRecord": "urn:nfc:wkt:Di",
    "TestHandoverRequestRecord": "urn:nfc:wkt:Hr",
    "TestHandoverSelectRecord": "urn:nfc:wkt:Hs",
    "TestHandoverMediationRecord": "urn:nfc:wkt:Hm",
    "TestHandoverInitiateRecord": "urn:nfc:wkt:Hi",
}
_WITH_TEXT = ("urn:nfc:wkt:T", "urn:nfc:wkt:U", "urn:nfc:wkt:Sp")


@pytest.fixture(scope="module")
def cases(shared_data: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads((shared_data / "nfc" / "ndeflib.json").read_text())["cases"]
    return found


def _type(case: dict[str, Any]) -> str:
    return _TYPES.get(case["test"].split("::")[1], "")


def test_payloads_of_known_records_are_read_as_their_makers_say(cases: list[dict[str, Any]]) -> None:
    read = 0
    for case in cases:
        if "args" not in case or not _type(case) or "relax" in case["test"]:
            continue
        payload = bytes.fromhex(case["payload"])
        records = ndef_message.read(ndef_message.write(NdefRecord(_type(case), "", payload)))
        assert isinstance(records, tuple), case
        assert (records[0].type, records[0].data) == (_type(case), payload), case
        if _type(case) in _WITH_TEXT:
            assert records[0].text == case["args"][0], case
            read += 1
    assert read == 18


def test_malformed_payloads_are_unreadable(cases: list[dict[str, Any]]) -> None:
    wrong = [case for case in cases if "errstr" in case and _type(case)]
    assert len(wrong) == 7
    for case in wrong:
        record = NdefRecord(_type(case), "", bytes.fromhex(case["payload"]))
        assert ndef_message.read(ndef_message.write(record)) is TagProblem.UNREADABLE, case


def test_whole_messages_are_read_or_unreadable(cases: list[dict[str, Any]]) -> None:
    good = [case for case in cases if "message" in case]
    assert len(good) == 11
    for case in good:
        records = ndef_message.read(bytes.fromhex(case["encoded"]))
        assert isinstance(records, tuple), case
        assert len(records) == len(case["message"]), case
        # Messages are given as the calls that make them; where one names its type, that is its first argument.
        for record, made in zip(records, case["message"], strict=True):
            call = ast.parse(made, mode="eval").body
            if made.startswith("ndef.record.Record"):
                assert isinstance(call, ast.Call)
                assert record.type == ast.literal_eval(call.args[0])
    damaged = [case for case in cases if "errmsg" in case]
    assert len(damaged) == 5
    for case in damaged:
        assert ndef_message.read(bytes.fromhex(case["encoded"])) is TagProblem.UNREADABLE, case


def test_a_message_in_chunks_is_put_together() -> None:
    chunks = bytes.fromhex("B1 01 06 55 04 65 78 61 6D 70 36 00 05 6C 65 2E 63 6F 56 00 01 6D")
    assert ndef_message.read(chunks) == (NdefRecord("urn:nfc:wkt:U", "https://example.com", b"\x04example.com"),)


@pytest.mark.parametrize("message", [b"", bytes.fromhex("D00000")])
def test_a_tag_that_says_nothing_is_not_formatted(message: bytes) -> None:
    assert ndef_message.read(message) is TagProblem.NOT_FORMATTED


def test_text_that_is_no_ndef_text_has_its_text_too() -> None:
    note = NdefRecord("text/plain", "grüezi", "grüezi".encode())
    assert ndef_message.read(ndef_message.write(note)) == (note,)
    data = NdefRecord("application/json", "", b"{}")
    assert ndef_message.read(ndef_message.write(data)) == (data,)


@given(st.binary(max_size=300))
def test_any_bytes_are_a_message_or_a_problem(data: bytes) -> None:
    assert isinstance(ndef_message.read(data), tuple | TagProblem)


@given(st.sampled_from([b"U", b"T", b"Sp", b"Hs", b"Sig", b"Di", b"Hr"]), st.binary(max_size=60))
@example(b"T", bytes.fromhex("03d100100202"))  # what ndeflib has no error of its own for
def test_any_payload_of_a_known_record_is_a_message_or_a_problem(name: bytes, payload: bytes) -> None:
    data = bytes((0xD1, len(name), len(payload))) + name + payload
    assert isinstance(ndef_message.read(data), tuple | TagProblem)


def pages(memory: bytes) -> Callable[[int], bytes]:
    return lambda page: memory[page * 4 : page * 4 + 16] if page * 4 < len(memory) else b""


def type2_memory(data: bytes, *, container: bytes = b"\xe1\x10\x40\x00") -> bytes:
    return (bytes(12) + container + data).ljust(16 + 512, b"\0")


@pytest.mark.parametrize("message", [SHORT, LONG])
def test_a_type_2_tag_is_read(message: bytes) -> None:
    tag = MemoryTag(UID, message)
    assert carry(type2.read(), tag.page) == message


def test_a_type_2_tag_is_read_no_further_than_its_message() -> None:
    asked: list[int] = []
    tag = MemoryTag(UID, SHORT)

    def ask(page: int) -> bytes:
        asked.append(page)
        return tag.page(page)

    assert carry(type2.read(), ask) == SHORT
    assert asked == [0, 4, 8]


def test_bytes_of_locks_in_the_middle_of_a_message_are_left_out() -> None:
    """Lock control TLV: position byte 2 * 16 + 8 = 40, 16 bits = 2 bytes; memory control: 3 bytes at 2 * 16 + 12."""
    locks, reserved = bytes.fromhex("01 03 28 10 34"), bytes.fromhex("02 03 2C 03 04")
    plain = locks + reserved + bytes((3, len(SHORT))) + SHORT + b"\xfe"
    laid = bytearray()
    for byte in plain:
        while 16 + len(laid) in (40, 41, 44, 45, 46):
            laid.append(0xBD)
        laid.append(byte)
    assert len(laid) == len(plain) + 5
    assert carry(type2.read(), pages(type2_memory(bytes(laid)))) == SHORT


@pytest.mark.parametrize(
    ("memory", "problem"),
    [
        (type2_memory(b"", container=bytes(4)), TagProblem.NOT_FORMATTED),
        (type2_memory(b"\xfe"), TagProblem.NOT_FORMATTED),
        (type2_memory(b""), TagProblem.NOT_FORMATTED),
        (type2_memory(b"\x03\x05abcde", container=b"\xe1\x20\x40\x00"), TagProblem.UNREADABLE),
        (type2_memory(b"\x03\x05abcde", container=b"\xe1\x10\x40\xf0"), TagProblem.UNREADABLE),
        (type2_memory(b"\x03\xff\x02\x01" + bytes(600)), TagProblem.UNREADABLE),
        (type2_memory(b"\x03\xfe" + bytes(8), container=b"\xe1\x10\x02\x00"), TagProblem.UNREADABLE),
        (b"", TagProblem.UNREADABLE),
        (type2_memory(SHORT)[:32], TagProblem.UNREADABLE),
    ],
)
def test_a_type_2_tag_that_is_blank_locked_or_cut_off_says_so(memory: bytes, problem: TagProblem) -> None:
    assert carry(type2.read(), pages(memory)) is problem


@given(st.binary(max_size=40), st.integers(0, 0xFFFF), st.integers(0, 255), st.booleans())
@example(b"", 1500, 255, True)
def test_any_type_2_memory_gives_a_message_or_a_problem_in_at_most_64_blocks(
    start: bytes, length: int, size: int, large: bool
) -> None:
    asked: list[int] = []
    data = start + b"\x03\xff" + length.to_bytes(2, "big") + bytes(2100 if large else 30)

    def ask(page: int) -> bytes:
        asked.append(page)
        return pages(bytes(12) + bytes((0xE1, 0x10, size, 0)) + data)(page)

    assert isinstance(carry(type2.read(), ask), bytes | TagProblem)
    assert len(asked) <= 64
    assert len(set(asked)) == len(asked)


@pytest.mark.parametrize("message", [SHORT, LONG])
def test_a_type_3_tag_is_read_in_groups_of_blocks(message: bytes) -> None:
    tag = BlockTag(UID + b"\0", message)
    asked: list[tuple[int, ...]] = []

    def ask(numbers: tuple[int, ...]) -> bytes:
        asked.append(numbers)
        return b"".join(tag.block(number) for number in numbers)

    assert carry(type3.read(), ask) == message
    assert asked[0] == (0,)
    assert max(map(len, asked)) <= 4


def attributes(**changed: int) -> bytes:
    fields = {"version": 0x10, "at_once": 4, "blocks": 8, "writing": 0, "length": len(SHORT), "check": 0} | changed
    head = bytes((fields["version"], fields["at_once"], 1)) + fields["blocks"].to_bytes(2, "big") + bytes(4)
    head += bytes((fields["writing"], 1)) + fields["length"].to_bytes(3, "big")
    return head + (sum(head) + fields["check"]).to_bytes(2, "big")


@pytest.mark.parametrize(
    ("block", "problem"),
    [
        (b"", TagProblem.NOT_FORMATTED),
        (attributes(length=0), TagProblem.NOT_FORMATTED),
        (attributes(check=1), TagProblem.UNREADABLE),
        (attributes(version=0x20), TagProblem.UNREADABLE),
        (attributes(at_once=0), TagProblem.UNREADABLE),
        (attributes(writing=0x0F), TagProblem.UNREADABLE),
        (attributes(length=129), TagProblem.UNREADABLE),
        (attributes(), TagProblem.UNREADABLE),
    ],
)
def test_a_type_3_tag_with_a_wrong_attribute_block_says_so(block: bytes, problem: TagProblem) -> None:
    assert carry(type3.read(), lambda numbers: block if numbers == (0,) else b"") is problem


@given(st.integers(0, 20), st.integers(0, 9), st.integers(0, 160), st.binary(max_size=64))
def test_any_type_3_blocks_give_a_message_or_a_problem(at_once: int, blocks: int, length: int, data: bytes) -> None:
    block = attributes(at_once=at_once, blocks=blocks, length=length)
    found = carry(type3.read(), lambda numbers: block if numbers == (0,) else data[: 16 * len(numbers)])
    assert isinstance(found, bytes | TagProblem)


@pytest.mark.parametrize("message", [SHORT, LONG])
def test_a_type_4_tag_is_read_in_pieces(message: bytes) -> None:
    tag = FileTag(UID, message)
    sent: list[bytes] = []

    def exchange(command: bytes) -> bytes:
        sent.append(check(command))
        return tag.answer(command)

    assert carry(type4.read(), exchange) == message
    assert sent[:4] == [select_ndef(), select_file(bytes.fromhex("E103")), read_binary(0, 15), select_file(b"\xe1\x04")]
    assert sum(command[1] == 0xB0 for command in sent) == 2 + -(-len(message) // 59)


def test_a_card_without_ndef_has_no_application() -> None:
    card = CardWithoutNdef(UID)
    assert carry(type4.read(), card.answer) == type4.NoApplication()
    assert card.asked == [NDEF_APPLICATION]


_CONTAINER = bytes.fromhex("000F20003B003B0406E104080000009000")


@pytest.mark.parametrize(
    ("answers", "problem"),
    [
        (["9000", "6A82"], TagProblem.NOT_FORMATTED),
        (["9000", "9000", "6982"], TagProblem.UNREADABLE),
        (["9000", "9000", "000F10003B003B0406E10408000000" + "9000"], TagProblem.UNREADABLE),
        (["9000", "9000", "000F20000000000406E10408000000" + "9000"], TagProblem.UNREADABLE),
        (["9000", "9000", "000F20003B003B0406E10408008000" + "9000"], TagProblem.UNREADABLE),
        (["9000", "9000", "000F20003B003B0506E10408000000" + "9000"], TagProblem.UNREADABLE),
        (["9000", "9000", "000F20003B9000"], TagProblem.UNREADABLE),
        (["9000", "9000", _CONTAINER.hex(), "6A82"], TagProblem.UNREADABLE),
        (["9000", "9000", _CONTAINER.hex(), "9000", "6982"], TagProblem.UNREADABLE),
        (["9000", "9000", _CONTAINER.hex(), "9000", "00009000"], TagProblem.NOT_FORMATTED),
        (["9000", "9000", _CONTAINER.hex(), "9000", "FFFF9000"], TagProblem.UNREADABLE),
        (["9000", "9000", _CONTAINER.hex(), "9000", "00049000", "D0009000", "9000"], TagProblem.UNREADABLE),
        (["9000", "9000", _CONTAINER.hex(), "9000", "00019000", "D0D09000"], TagProblem.UNREADABLE),
        (["9000", "9000", _CONTAINER.hex(), "9000", "00019000", ""], TagProblem.UNREADABLE),
    ],
)
def test_a_type_4_tag_that_is_blank_locked_or_damaged_says_so(answers: list[str], problem: TagProblem) -> None:
    given_answers = iter(answers)
    assert carry(type4.read(), lambda _: bytes.fromhex(next(given_answers))) is problem


@given(st.lists(st.binary(max_size=20), max_size=12), st.sampled_from([b"", b"\x90\x00"]))
def test_any_answers_of_a_type_4_tag_give_a_message_or_a_problem(answers: list[bytes], status: bytes) -> None:
    given_answers = iter(answers)
    found = carry(type4.read(), lambda _: next(given_answers, b"") + status)
    assert isinstance(found, bytes | TagProblem | type4.NoApplication)


def test_a_reading_that_is_broken_off_is_closed() -> None:
    ended: list[bool] = []

    def reading() -> Generator[int, bytes, bytes]:
        try:
            yield 0
            return b""
        finally:
            ended.append(True)

    def gone(_: int) -> bytes:
        raise ConnectionResetError

    with pytest.raises(ConnectionResetError):
        carry(reading(), gone)
    assert ended == [True]


PAYMENT = [
    bytes.fromhex("00A4040007A000000003101000"),
    bytes.fromhex("00A4040007A000000004101000"),
    b"\x00\xa4\x04\x00\x0e2PAY.SYS.DDF01\x00",
    b"\x00\xa4\x04\x00\x0e1PAY.SYS.DDF01\x00",
]


@pytest.mark.parametrize(
    "command",
    [
        *PAYMENT,
        bytes.fromhex("00B2010C00"),
        bytes.fromhex("80A8000002830000"),
        bytes.fromhex("80CA9F1700"),
        bytes.fromhex("00D60000020000"),
        bytes.fromhex("FFD600040400000000"),
        bytes.fromhex("00A4040007D276000085010000"),
        bytes.fromhex("00A40400051122334455"),
        bytes.fromhex("00A4000C03E10400"),
        b"",
        b"\x00",
    ],
)
def test_what_could_open_a_payment_card_or_change_a_card_is_never_sent(command: bytes) -> None:
    with pytest.raises(RefusedCommandError):
        check(command)


@given(st.binary(max_size=40))
def test_a_select_by_name_passes_for_ndef_only(data: bytes) -> None:
    command = b"\x00\xa4\x04" + data
    if command == select_ndef():
        return
    with pytest.raises(RefusedCommandError):
        check(command)


def test_what_reading_needs_passes() -> None:
    for command in (GET_UID, read_block(4), select_ndef(), select_file(b"\xe1\x03"), read_binary(0, 15)):
        assert check(command) == command


def test_a_frame_is_described_and_redacted_without_its_content() -> None:
    assert describe(select_ndef()) == {"frame": "command", "class": "00", "instruction": "SELECT", "bytes": 13}
    assert describe(UID + b"\x90\x00") == {"frame": "answer", "data_bytes": 7, "status": "9000"}
    assert "error" in describe(b"\x01")
    assert redact(UID + b"\x90\x00") == "answer 7 9000"
    assert redact(GET_UID) == "command FF GET UID 5"
    assert redact(UID) == "7 bytes"
    assert mask(UID + b"\x90\x00") == bytes(7) + b"\x90\x00"
    assert mask(GET_UID) == GET_UID
    assert mask(UID) == bytes(7)


@given(st.binary(max_size=64))
def test_any_frame_is_described_as_json_and_masked_to_its_length(frame: bytes) -> None:
    json.dumps(describe(frame))
    assert isinstance(redact(frame), str)
    assert len(mask(frame)) == len(frame)
    assert answer(frame).data + answer(frame).status in (frame, b"")
