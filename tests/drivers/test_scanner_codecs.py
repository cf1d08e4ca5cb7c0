"""Bytes of a serial line become codes, whatever comes in between; repeats are told; no code is shown."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scanner import key_decoder, serial_codec, ssi_codec
from drivers.scanner.codes import MAX_LENGTH, Repeats
from drivers.scanner.interface import BadRead, Scan
from drivers.scanner.serial_codec import ScanFramer


def framer(**settings: object) -> ScanFramer:
    return ScanFramer("scanner", **settings)  # type: ignore[arg-type] # a test's table holds what the types say


@pytest.mark.parametrize(
    ("settings", "data", "records"),
    [
        ({}, b"4006381333931\r", [Scan("scanner", "4006381333931")]),
        ({}, b"4006381333931\r\n", [Scan("scanner", "4006381333931")]),
        ({}, b"one\rtwo\r", [Scan("scanner", "one"), Scan("scanner", "two")]),
        ({"suffix": "crlf"}, b"one\r\ntwo\r\n", [Scan("scanner", "one"), Scan("scanner", "two")]),
        ({"suffix": "lf"}, b"one\r\ntwo\n", [Scan("scanner", "one"), Scan("scanner", "two")]),
        ({"suffix": "tab"}, b"one\ttwo\t", [Scan("scanner", "one"), Scan("scanner", "two")]),
        ({"prefix": "#"}, b"#one\rtwo\r", [Scan("scanner", "one"), BadRead("scanner", "no_prefix")]),
        ({}, b"]E04006381333931\r", [Scan("scanner", "4006381333931", "]E0")]),
        ({"aim_ids": False}, b"]E0400\r", [Scan("scanner", "]E0400")]),
        ({}, b"]d20104006381333931\x1d10A1\r", [Scan("scanner", "0104006381333931\x1d10A1", "]d2")]),
        ({}, b"\r\r\n", []),
        ({}, b"\xff\xfe\r", [BadRead("scanner", "undecodable")]),
        ({}, b"12\x0034\r", [BadRead("scanner", "control_characters")]),
        ({}, "Größe €\r".encode(), [Scan("scanner", "Größe €")]),
        ({"encoding": "latin-1"}, "Größe\r".encode("latin-1"), [Scan("scanner", "Größe")]),
    ],
)
def test_serial_bytes_become_codes(settings: dict[str, object], data: bytes, records: list[Scan | BadRead]) -> None:
    assert framer(**settings).feed(data) == records
    slow = framer(**settings)
    assert [record for byte in data for record in slow.feed(bytes([byte]))] == records


def test_a_code_that_is_too_long_is_dropped_whole_and_the_next_one_is_read() -> None:
    stream = framer()
    assert stream.feed(b"9" * (3 * MAX_LENGTH)) == []
    assert stream.feed(b"99\rnext\r") == [BadRead("scanner", "too_long"), Scan("scanner", "next")]


def test_the_longest_code_is_read() -> None:
    assert framer().feed(b"9" * MAX_LENGTH + b"\r") == [Scan("scanner", "9" * MAX_LENGTH)]


def test_a_code_that_breaks_off_is_a_bad_read_and_the_next_one_is_read() -> None:
    stream = framer()
    assert stream.feed(b"40063") == []
    assert stream.pending
    assert stream.break_off() == [BadRead("scanner", "broken_off")]
    assert stream.break_off() == []
    assert stream.feed(b"next\r") == [Scan("scanner", "next")]


def test_the_line_feed_after_a_code_is_nothing_that_broke_off() -> None:
    stream = framer()
    stream.feed(b"one\r\n")
    assert not stream.pending
    assert stream.break_off() == []


@given(st.binary(max_size=300), st.integers(0, 300), st.sampled_from(["cr", "lf", "crlf", "tab"]))
def test_any_bytes_give_the_same_codes_however_they_are_cut(data: bytes, cut: int, suffix: str) -> None:
    whole, cut_up, slow = framer(suffix=suffix), framer(suffix=suffix), framer(suffix=suffix)
    records = whole.feed(data)
    assert cut_up.feed(data[:cut]) + cut_up.feed(data[cut:]) == records
    assert [record for byte in data for record in slow.feed(bytes([byte]))] == records
    for stream in (whole, cut_up, slow):
        stream.break_off()
        end = {"cr": b"\r", "lf": b"\n", "crlf": b"\r\n", "tab": b"\t"}[suffix]
        assert stream.feed(b"4006381333931" + end) == [Scan("scanner", "4006381333931")]


@pytest.mark.parametrize(
    ("aim", "symbology"),
    [("]E0", "ean_upc"), ("]C1", "code_128"), ("]e0", "databar"), ("]Q3", "qr"), ("]X0", "other"), ("", "")],
)
def test_an_aim_identifier_names_the_symbology(aim: str, symbology: str) -> None:
    assert Scan("scanner", "1", aim).symbology == symbology


def test_the_same_code_within_the_window_is_one_code_as_long_as_it_lies_there() -> None:
    repeats, code = Repeats(500), Scan("scanner", "4006381333931", "]E0")
    assert [repeats.drops(code, now) for now in (10.0, 10.4, 10.8, 11.4)] == [False, True, True, False]


def test_another_code_or_symbology_passes_and_two_codes_by_turns_are_two() -> None:
    repeats = Repeats(500)
    milk, bread, other = Scan("s", "1", "]E0"), Scan("s", "2", "]E0"), Scan("s", "2", "]Q1")
    shown = [(milk, 1.0), (bread, 1.1), (other, 1.2), (milk, 1.3), (bread, 1.4), (milk, 1.6)]
    assert [repeats.drops(code, now) for code, now in shown] == [False, False, False, True, True, True]
    assert not repeats.drops(other, 1.8)
    assert repeats.drops(milk, 1.9)
    repeats.reset()
    assert not repeats.drops(milk, 1.9)


def test_no_window_drops_nothing() -> None:
    repeats = Repeats(0)
    assert not any(repeats.drops(Scan("s", "1"), 1.0) for _ in range(3))


def test_a_technician_sees_how_a_frame_is_made_and_not_what_is_in_it() -> None:
    assert serial_codec.describe(b"]E04006381333931\r\n") == {
        "bytes": 18,
        "ending": "0d0a",
        "aim": "]E0",
        "symbology": "ean_upc",
        "characters": 13,
    }
    assert serial_codec.describe(b"\xff\xfe\r")["error"] == "undecodable"
    assert serial_codec.describe(b"")["error"] == "empty"
    assert serial_codec.redact(b"\x02]E0400638\x1d1\r") == "02 <9> 1D <1> 0D"


@given(st.binary(max_size=100))
def test_no_bytes_break_what_a_technician_sees_and_no_content_shows(data: bytes) -> None:
    for codec in (serial_codec, ssi_codec, key_decoder):
        codec.describe(data)
        assert len(codec.redact(data)) < 60 + 6 * len(data)
    badge = b"0013748911"
    for codec in (serial_codec, ssi_codec, key_decoder):
        assert "0013748911" not in codec.redact(data + badge)
        assert "0013748911" not in str(codec.describe(data + badge))


@given(st.text(st.sampled_from("0123456789ABCdef-/]"), min_size=1, max_size=60), st.randoms(use_true_random=False))
def test_what_is_kept_of_bytes_is_the_same_for_every_code_of_a_length(code: str, dice: Random) -> None:
    other = "".join(dice.choice("0123456789XYZ") for _ in code)
    for codec in (serial_codec, ssi_codec, key_decoder):
        shown = [codec.redact(b"\x02" + text.encode() + b"\x1d1\r") for text in (code, other)]
        assert shown[0] == shown[1]
    packets = [ssi_codec.encode(ssi_codec.DECODE_DATA, text.encode()) for text in (code, other)]
    assert ssi_codec.redact(packets[0]) == ssi_codec.redact(packets[1])
