"""Bytes and keys become codes, whatever comes in between."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scanner.codes import MAX_LENGTH
from drivers.scanner.interface import BadRead, Scan
from drivers.scanner.key_decoder import DOWN, EV_KEY, EV_SYN, SYN_DROPPED, UP, KeyDecoder
from drivers.scanner.layouts import KEYPAD, Layout, de, us
from drivers.scanner.serial_scanner import ScanFramer, SerialScannerSettings

ENTER, TAB, CAPS, NUM = 28, 15, 58, 69
CTRL, ALT, ALT_GR, SHIFT, SPACE = 29, 56, 100, 42, 57


def framer(**settings: object) -> ScanFramer:
    return ScanFramer("scanner", SerialScannerSettings("serial_scanner", "/dev/x", **settings))  # type: ignore[arg-type] # msgspec would check them


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


def tap(code: int, *held: int) -> list[tuple[int, int, int]]:
    """Events of one key with others held, each followed by the report that ends it, as the kernel sends them."""
    keys = [(key, DOWN) for key in held] + [(code, DOWN), (code, UP)] + [(key, UP) for key in reversed(held)]
    return [event for key, value in keys for event in ((EV_KEY, key, value), (EV_SYN, 0, 0))]


def typed(layout: Layout, text: str) -> list[tuple[int, int, int]]:
    """Events with which a scanner of that layout types `text`."""
    places = {
        character: (code, held)
        for level, held in enumerate([(), (SHIFT,), (ALT_GR,), (SHIFT, ALT_GR)])
        for code, character in layout.levels[level].items()
    }
    events = []
    for character in text:
        if character == "\x1d":
            events += tap(27, CTRL)
            continue
        code, held = places[character]
        events += tap(code, *held)
        if character in layout.dead:
            events += tap(SPACE)
    return events


def read(decoder: KeyDecoder, events: list[tuple[int, int, int]]) -> list[Scan | BadRead]:
    return [record for event in events if (record := decoder.feed(*event))]


PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))


@pytest.mark.parametrize("layout", [us(), de()], ids=["us", "de"])
def test_every_printable_character_comes_through(layout: Layout) -> None:
    events = typed(layout, PRINTABLE + "\x1d") + tap(ENTER)
    assert read(KeyDecoder("scanner", layout), events) == [Scan("scanner", PRINTABLE + "\x1d")]


def test_german_letters_and_signs_come_through() -> None:
    text = "Größe äöü ÄÖÜ ß € § µ ²³ °"
    assert read(KeyDecoder("scanner", de()), typed(de(), text) + tap(ENTER)) == [Scan("scanner", text)]


def test_recorded_events_of_an_ean_code() -> None:
    """4006381333931 as a scanner with the delivery layout types it: key code 2 is "1", ... 11 is "0"."""
    codes = [5, 11, 11, 7, 4, 9, 2, 4, 4, 4, 10, 4, 2]
    events = [event for code in codes for event in tap(code)] + tap(ENTER)
    assert read(KeyDecoder("scanner", us()), events) == [Scan("scanner", "4006381333931")]


def test_the_keypad_gives_digits_whatever_num_lock_says() -> None:
    places = {character: code for code, character in KEYPAD.items()}
    events = tap(NUM) + [event for digit in "4006381" for event in tap(places[digit])] + tap(96)
    assert read(KeyDecoder("scanner", us()), events) == [Scan("scanner", "4006381")]


@pytest.mark.parametrize(("digits", "character"), [("065", "A"), ("0228", "ä"), ("132", "ä"), ("29", "\x1d")])
def test_alt_and_digits_on_the_keypad_give_a_character(digits: str, character: str) -> None:
    places = {character: code for code, character in KEYPAD.items()}
    alt = [(EV_KEY, ALT, DOWN), *(event for digit in digits for event in tap(places[digit])), (EV_KEY, ALT, UP)]
    events = tap(30) + alt + tap(ENTER)
    assert read(KeyDecoder("scanner", us()), events) == [Scan("scanner", "a" + character)]


def test_caps_lock_trades_letters_and_leaves_digits() -> None:
    events = tap(CAPS) + typed(us(), "aB1!") + tap(CAPS) + typed(us(), "c") + tap(ENTER)
    assert read(KeyDecoder("scanner", us()), events) == [Scan("scanner", "Ab1!c")]


def test_a_dead_key_and_a_letter_are_one_character() -> None:
    events = tap(41) + tap(18) + tap(13) + tap(30) + tap(ENTER)
    assert read(KeyDecoder("scanner", de()), events) == [Scan("scanner", "êá")]


def test_a_key_held_down_counts_once() -> None:
    events = [(EV_KEY, 2, DOWN), (EV_KEY, 2, 2), (EV_KEY, 2, 2), (EV_KEY, 2, UP), *tap(ENTER)]
    assert read(KeyDecoder("scanner", us()), events) == [Scan("scanner", "1")]


def test_tab_ends_a_code_where_it_is_set() -> None:
    decoder = KeyDecoder("scanner", us(), terminator="tab")
    assert read(decoder, typed(us(), "]E0123") + tap(TAB)) == [Scan("scanner", "123", "]E0")]


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([*tap(2), (EV_SYN, SYN_DROPPED, 0), *tap(3)], "events_lost"),
        ([*tap(2), *tap(59), *tap(3)], "unknown_key"),
        (tap(2) * (MAX_LENGTH + 5), "too_long"),
    ],
)
def test_a_code_with_a_hole_is_a_bad_read_and_the_next_one_is_read(
    events: list[tuple[int, int, int]], reason: str
) -> None:
    decoder = KeyDecoder("scanner", us())
    assert read(decoder, events + tap(ENTER)) == [BadRead("scanner", reason)]
    assert read(decoder, typed(us(), "next") + tap(ENTER)) == [Scan("scanner", "next")]


def test_keys_that_stop_are_a_bad_read_and_the_next_code_is_read() -> None:
    decoder = KeyDecoder("scanner", us())
    assert read(decoder, typed(us(), "400")) == []
    assert decoder.break_off() == BadRead("scanner", "broken_off")
    assert decoder.break_off() is None
    assert read(decoder, typed(us(), "next") + tap(ENTER)) == [Scan("scanner", "next")]


@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 260), st.integers(0, 3)), max_size=200))
def test_no_events_break_the_decoder(events: list[tuple[int, int, int]]) -> None:
    for layout in (us(), de()):
        decoder = KeyDecoder("scanner", layout)
        read(decoder, events)
        decoder.break_off()
        assert not decoder.pending
