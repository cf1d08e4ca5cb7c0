"""ZVT bytes against published frames, and against any bytes at all."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.payment import zvt_codec as codec
from drivers.payment import zvt_commands as commands
from drivers.payment.interface import CardTotal
from drivers.payment.zvt_codec import Apdu, Framer, OutOfStep
from drivers.payment.zvt_records import (
    Abort,
    Ack,
    Completion,
    DayTotals,
    IntermediateStatus,
    Nack,
    StatusInformation,
    parse,
)


def whole(frame: str) -> Apdu:
    """The one APDU in a frame given as hex."""
    items = Framer().feed(bytes.fromhex(frame))
    assert len(items) == 1
    assert isinstance(items[0], Apdu)
    return items[0]


def status(frame: str) -> StatusInformation:
    record = parse(whole(frame))
    assert isinstance(record, StatusInformation)
    return record


def portalum(folder: Path, test: str) -> list[str]:
    cases: list[dict[str, Any]] = json.loads((folder / "payment" / "zvt_portalum.json").read_text())["cases"]
    return next(case["bytes_hex"] for case in cases if case["test"] == test)


def ecrterm(folder: Path, test: str) -> list[str]:
    cases: list[dict[str, Any]] = json.loads((folder / "payment" / "zvt_ecrterm.json").read_text())["cases"]
    return next(case["hex"] for case in cases if case["test"] == test)


def test_commands_are_the_bytes_of_the_manual() -> None:
    assert commands.registration("000000", 978) == bytes.fromhex("0600060000001e0978")
    assert commands.authorisation(1000) == bytes.fromhex("06010704000000001000")
    assert commands.authorisation(1000, 978) == bytes.fromhex("06010a04000000001000490978")
    assert commands.reversal("123456", 42) == bytes.fromhex("063006123456870042")
    assert commands.repeat_receipt("000000") == bytes.fromhex("0620050000000303")
    assert commands.status_enquiry("000000") == bytes.fromhex("050103000000")
    assert commands.abort_request() == bytes.fromhex("06b000")
    assert commands.log_off() == bytes.fromhex("060200")
    assert commands.refund("000000", 1000, 978) == bytes.fromhex("06310d00000004000000001000490978")
    assert commands.end_of_day("000000") == bytes.fromhex("065003000000")
    assert commands.diagnosis() == bytes.fromhex("067000")
    assert commands.reprint("000000") == bytes.fromhex("062003000000")
    with_receipts = commands.registration("000000", 978, 0x9E, commands.WITH_TLV)
    assert with_receipts == bytes.fromhex("06000e0000009e0978060626040a0206d3")
    assert commands.acknowledge() == bytes.fromhex("800000")


def test_an_amount_that_does_not_fit_is_never_cut() -> None:
    with pytest.raises(ValueError, match="does not fit"):
        commands.authorisation(codec.HIGHEST_AMOUNT_MINOR + 1)
    with pytest.raises(ValueError, match="does not fit"):
        commands.authorisation(-1)


def test_published_lengths_and_framing(shared_data: Path) -> None:
    assert whole(portalum(shared_data, "GetApduInfo_DefaultLengthField_Successful")[0]) == Apdu(0x040F, b"\x6c")
    longest = portalum(shared_data, "GetApduInfo_ExtendedLengthFieldMaxLength_Successful")[0]
    assert Framer().feed(bytes.fromhex(longest)) == []
    assert whole(longest + "00" * 65534) == Apdu(0x040F, b"\x6c" + bytes(65534))
    for test, length in (("GetDataLengthLL_ValidData1_Successful", 18), ("GetDataLengthLL_ValidData2_Successful", 10)):
        assert codec.decimal_length(bytes.fromhex(portalum(shared_data, test)[0]), 2) == (2, length)


def test_published_receipts_cut_off_wait_for_their_rest(shared_data: Path) -> None:
    cut_off = portalum(shared_data, "Parse_CorruptReceipt_Failure")[0]
    assert Framer().feed(bytes.fromhex(cut_off)) == []


def test_a_published_reversal(shared_data: Path) -> None:
    assert status(portalum(shared_data, "Parse_ReversalGood1_Successful")[0]) == StatusInformation(
        result_code=0,
        amount_minor=100,
        receipt_number=607,
        trace_number=607,
        original_trace=606,
        currency=978,
        terminal_id="28004869",
        masked_pan="•••• 4771",
        card_name="Debit Mastercard",
        authorisation_code="715691",
    )


def test_published_results(shared_data: Path) -> None:
    error = status(portalum(shared_data, "Parse_SystemError_Successful")[0])
    assert (error.result_code, error.terminal_id) == (0xFF, "28004869")
    first = status(portalum(shared_data, "Parse_TlvInfos1_Successful")[0])
    assert (first.result_code, first.card_name, first.terminal_id) == (0, "MASTERCARD", "00000006")
    assert (first.amount_minor, first.receipt_number) == (None, 8)
    second = status(portalum(shared_data, "Parse_TlvInfos2_Successful")[0])
    assert (second.amount_minor, second.receipt_number, second.masked_pan) == (2040, 5, "•••• 4771")


def test_published_tags(shared_data: Path) -> None:
    for number, tag in ((1, 0x1F07), (3, 0x1F8000), (4, 0x07)):
        case = portalum(shared_data, f"GetTagFieldInfo_UniversalClassPrimitive{number}_Successful")
        assert codec.tlv_tag(bytes.fromhex(case[0])) == tag


def test_published_dialogue_of_a_delayed_failure(shared_data: Path) -> None:
    request, *answers = portalum(shared_data, "PaymentAsync_IssueOfGoods_DelayedFailure_Successful")
    assert whole(request).control == codec.AUTHORISATION
    assert [parse(whole(frame)) for frame in answers] == [
        Ack(),
        StatusInformation(result_code=0),
        Nack(0x9C),
        Nack(0x66),
        Abort(0x05),
    ]


def test_published_ends(shared_data: Path) -> None:
    done = portalum(shared_data, "EndOfDayAsync_CommandCompletionReceivedWithCompletionReceived_Successful")
    assert [parse(whole(frame)) for frame in done] == [Ack(), Completion()]
    aborted = portalum(shared_data, "EndOfDayAsync_CommandCompletionReceivedWithAbortReceived1_Successful")
    assert [parse(whole(frame)) for frame in aborted] == [Ack(), Abort(None)]
    by_register = ecrterm(shared_data, "TestParsingAbort.test_abort_by_external_command")
    assert parse(whole(by_register[0])) == Abort(0x6C, by_register[1], "Abbruch durch externes Kommando!")


def test_published_packets(shared_data: Path) -> None:
    frames = ecrterm(shared_data, "TestParsingMechanisms.PACKET_LIST")
    for frame in frames:
        apdu = whole(frame)
        assert codec.encode(apdu.control, apdu.data).hex() == frame
    assert status(frames[1]) == StatusInformation(
        result_code=0,
        amount_minor=4000,
        receipt_number=175,
        trace_number=613995,
        currency=978,
        terminal_id="60099914",
        masked_pan="•••• 6666",
    )
    assert parse(whole(frames[3])) == Completion("52001233", 0)
    assert parse(whole(frames[5])) == IntermediateStatus(0x0A, 60, "Bitte Karte einstecken")
    for frame, amount in zip(frames[6:8], (1, 1000), strict=True):
        charged = status(frame)
        assert (charged.amount_minor, charged.masked_pan, charged.card_name) == (amount, "•••• 7743", "VISA")
        assert charged.authorisation_code == "889150"
    enquiry = ecrterm(shared_data, "TestAPDUBitmaps.test_create_open_reservations_enquiry_packet")
    assert codec.bitmaps(whole(enquiry[0]).data)[0x87] == b"\xff\xff"
    assert codec.from_bcd(b"\xff\xff") is None


def test_published_texts_of_a_display(shared_data: Path) -> None:
    portalums = portalum(shared_data, "GetMessage_TlvData_Failure")[0]
    told = parse(Apdu(codec.INTERMEDIATE_STATUS, bytes.fromhex(portalums)))
    assert told == IntermediateStatus(0xFF, 600, "EUR 1.23 Bitte warten")
    ecrterms = ecrterm(shared_data, "TestParsingMechanisms.test_text_encoding_tlv")[0]
    assert parse(whole(ecrterms)) == IntermediateStatus(0x0A, 60, "Test ä ö ü ß")


def test_totals_of_an_end_of_day() -> None:
    groups = "01000000001000 00000000000000 02000000000250 00000000000000".replace(" ", "")
    frame = codec.encode(0x040F, bytes.fromhex("27000400000000125060f0f3f2" + "00010003" + groups))
    assert status(frame.hex()).totals == DayTotals(
        1, 3, (CardTotal("girocard", 1, 1000), CardTotal("Mastercard", 2, 250))
    )


def test_a_whole_card_number_expiry_date_and_track_end_in_the_codec() -> None:
    data = bytes.fromhex("2700 0e3012 22f0f84111111111111111 23f1f94111111111111111d30122010000000000000f 3a1234")
    apdu = Apdu(codec.STATUS_INFORMATION, data)
    record = parse(apdu)
    assert record == StatusInformation(result_code=0, masked_pan="•••• 1111")
    assert "4111" not in repr(record)
    assert "4111" not in repr(apdu)
    assert set(codec.bitmaps(data)) == {0x27, 0x22}
    assert codec.bitmaps(data)[0x22].decode() == "•••• 1111"


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        ("4748 43ee eeee 7743", "•••• 7743"),
        ("eeee eeee eeee eeee", "•••• ••••"),
        ("5966 6666 66d2 0021 2201 00", "•••• 6666"),
        ("6712 3456 7890 123f", "•••• 0123"),
        ("1234", ""),
        ("", ""),
    ],
)
def test_a_card_number_shows_four_digits_at_most(number: str, shown: str) -> None:
    assert codec.masked_pan(bytes.fromhex(number)) == shown


def test_a_number_in_a_card_name_is_no_name() -> None:
    name = b"VISA 4111111111111111\x00"
    assert status(codec.encode(0x040F, b"\x8b\xf2\xf2" + name).hex()).card_name == "VISA •"


def test_what_is_no_zvt_ends_the_stream_once() -> None:
    framer = Framer()
    assert framer.feed(bytes.fromhex("800000") + b"HTTP/1.1 400") == [Apdu(0x8000, b""), OutOfStep(ord("H"))]
    assert framer.feed(bytes.fromhex("800000")) == []


@given(st.binary(max_size=600), st.lists(st.integers(1, 40), max_size=40))
def test_however_bytes_arrive_the_messages_are_the_same(stream: bytes, cuts: list[int]) -> None:
    at_once = Framer().feed(stream)
    framer = Framer()
    byte_by_byte = [item for byte in stream for item in framer.feed(bytes((byte,)))]
    framer = Framer()
    in_pieces = []
    for cut in [*cuts, len(stream)]:
        in_pieces += framer.feed(stream[:cut])
        stream = stream[cut:]
    assert at_once == byte_by_byte == in_pieces


@given(
    st.sampled_from([0x040F, 0x04FF, 0x060F, 0x061E, 0x06D1, 0x06D3, 0x8000, 0x84A0, 0x0401]), st.binary(max_size=300)
)
def test_any_data_gives_a_record_and_survives_framing(control: int, data: bytes) -> None:
    apdus = Framer().feed(codec.encode(control, data))
    assert apdus == [Apdu(control, data)]
    record = parse(Apdu(control, data))
    if isinstance(record, StatusInformation):
        assert sum(letter.isdigit() for letter in record.masked_pan) <= 4


@given(st.binary(max_size=200))
def test_any_bytes_are_read_as_tlv_without_a_word(data: bytes) -> None:
    for value in codec.tlv_objects(data).values():
        assert value in data


@given(st.integers(0, codec.HIGHEST_AMOUNT_MINOR))
def test_amounts_survive_bcd(amount: int) -> None:
    assert codec.from_bcd(codec.to_bcd(amount, 6)) == amount
