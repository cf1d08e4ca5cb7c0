"""SSI packets become codes; a damaged one is asked for again, a repeated one counts once."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scanner import ssi_codec as ssi
from drivers.scanner.codes import MAX_LENGTH
from drivers.scanner.interface import BadRead, Scan
from drivers.scanner.ssi_codec import Damaged, Decodes, Packet, PacketFramer

CODE = ssi.encode(ssi.DECODE_DATA, b"\x0b4006381333931", source=ssi.DECODER)


def decode(data: bytes, *, status: int = 0) -> Packet:
    return Packet(ssi.DECODE_DATA, ssi.DECODER, status, data)


@pytest.mark.parametrize(
    ("opcode", "data", "packet"),
    [
        # Checksums as in the programmer's guide: START_DECODE, STOP_DECODE, CMD_ACK, SCAN_ENABLE, SCAN_DISABLE.
        (ssi.START_DECODE, b"", "04 E4 04 00 FF 14"),
        (ssi.STOP_DECODE, b"", "04 E5 04 00 FF 13"),
        (ssi.CMD_ACK, b"", "04 D0 04 00 FF 28"),
        (ssi.SCAN_ENABLE, b"", "04 E9 04 00 FF 0F"),
        (ssi.SCAN_DISABLE, b"", "04 EA 04 00 FF 0E"),
        (ssi.BEEP, b"\x00", "05 E6 04 00 00 FF 11"),
    ],
)
def test_packets_of_the_guide(opcode: int, data: bytes, packet: str) -> None:
    assert ssi.encode(opcode, data) == bytes.fromhex(packet)


def test_a_stream_is_cut_into_packets_after_whatever_woke_the_line() -> None:
    framer = PacketFramer()
    assert framer.feed(b"\0\0" + CODE + CODE) == [decode(b"\x0b4006381333931")] * 2
    assert not framer.pending


def test_a_wrong_checksum_is_told_and_the_next_packet_is_read() -> None:
    framer = PacketFramer()
    assert framer.feed(CODE[:-1] + b"\xaa") == [Damaged("checksum")]
    assert framer.feed(CODE) == [decode(b"\x0b4006381333931")]
    assert framer.feed(CODE[:9]) == []
    assert framer.break_off() == [Damaged("frame")]
    assert framer.break_off() == []


def test_a_code_over_several_packets_is_one_code() -> None:
    decodes = Decodes("scanner")
    assert decodes.feed(decode(b"\x1c]Q1first ", status=2)) is None
    assert decodes.pending
    assert decodes.feed(decode(b"\x1csecond\r")) == Scan("scanner", "first second", "]Q1")


def test_a_packet_that_is_repeated_since_our_answer_was_lost_counts_once() -> None:
    decodes, packet = Decodes("scanner"), decode(b"\x0b400")
    assert decodes.feed(packet) == Scan("scanner", "400")
    assert decodes.feed(decode(b"\x0b400", status=1)) is None
    assert decodes.feed(packet) == Scan("scanner", "400"), "shown once more by a person"
    decodes.forget()
    assert decodes.feed(decode(b"\x0b400", status=1)) == Scan("scanner", "400"), "asked for again: it came damaged"


def test_a_code_that_never_ends_or_breaks_off_is_a_bad_read() -> None:
    decodes = Decodes("scanner")
    records = [
        decodes.feed(decode(b"\x1c" + bytes([48 + n % 10]) * 240, status=2)) for n in range(MAX_LENGTH // 240 + 1)
    ]
    assert records[-1] == BadRead("scanner", "too_long")
    decodes.feed(decode(b"\x1cfirst", status=2))
    assert decodes.break_off() == [BadRead("scanner", "broken_off")]
    assert decodes.feed(decode(b"\x1cnext")) == Scan("scanner", "next")


def test_a_technician_sees_what_a_packet_is_and_not_what_is_in_it() -> None:
    assert ssi.describe(CODE) == {
        "opcode": "F3",
        "from": "scanner",
        "data_bytes": 14,
        "repeated": False,
        "continued": False,
        "code_type": "0B",
    }
    assert ssi.describe(CODE[:-1] + b"\xaa")["error"] == "checksum"
    assert ssi.redact(CODE) == "12 F3 00 00 <16>"


PACKETS = st.builds(ssi.encode, st.just(ssi.DECODE_DATA), st.binary(max_size=20), source=st.integers(0, 4))


@given(
    st.lists(st.one_of(PACKETS, st.binary(max_size=30)), max_size=12).map(b"".join),
    st.lists(st.integers(1, 50), max_size=20),
)
def test_any_bytes_give_the_same_packets_however_they_are_cut(data: bytes, cuts: list[int]) -> None:
    whole, pieces = PacketFramer(), PacketFramer()
    expected, found = whole.feed(data), []
    rest = data
    for cut in cuts:
        found += pieces.feed(rest[:cut])
        rest = rest[cut:]
    assert [*found, *pieces.feed(rest)] == expected
    decodes = Decodes("scanner")
    for packet in expected:
        if isinstance(packet, Packet):
            decodes.feed(packet)
    for framer in (whole, pieces):
        framer.break_off()
        assert framer.feed(CODE) == [decode(b"\x0b4006381333931")]


@given(st.integers(0, 255), st.binary(max_size=251), st.integers(0, 255))
def test_every_packet_is_read_back(opcode: int, data: bytes, status: int) -> None:
    packet = ssi.encode(opcode, data, source=ssi.DECODER, status=status)
    assert PacketFramer().feed(packet) == [Packet(opcode, ssi.DECODER, status, data)]
