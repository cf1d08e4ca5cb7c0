"""Keys become codes on every layout, and a layout that does not fit is noticed."""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.device import Severity
from drivers.scanner.codes import MAX_LENGTH
from drivers.scanner.interface import BadRead, Scan
from drivers.scanner.key_decoder import DOWN, UP, KeyDecoder, Typing, describe
from drivers.scanner.keystrokes import Event, alt_digits, packed, tap, typed
from drivers.scanner.layout_check import LayoutCheck
from drivers.scanner.layouts import KEYPAD, NAMES, by_name, is_dead
from drivers.transport.input_events import EV_KEY, EV_SYN, SYN_DROPPED, EventFramer

ENTER, TAB, CAPS, NUM = 28, 15, 58, 69
CTRL, ALT, ALT_GR, SHIFT, SPACE = 29, 56, 100, 42, 57
RIGHT_BRACE = 27
BADGE = "0013748911"
PRINTABLE = "".join(map(chr, range(0x20, 0x7F)))


def decoder(name: str = "us", **how: object) -> KeyDecoder:
    return KeyDecoder("scanner", Typing(by_name(name), **how))  # type: ignore[arg-type] # a test's table holds what the types say


def read(keys: KeyDecoder, events: list[Event]) -> list[Scan | BadRead]:
    return [record for event in events if (record := keys.feed(*event))]


@pytest.mark.parametrize("name", NAMES)
def test_every_printable_character_comes_through(name: str) -> None:
    events = typed(by_name(name), PRINTABLE + "\x1d") + tap(ENTER)
    assert read(decoder(name), events) == [Scan("scanner", PRINTABLE + "\x1d")]


@pytest.mark.parametrize(
    ("name", "events", "text"),
    [
        # Digits are behind Shift on a French keyboard, and A and Q have traded places.
        ("fr", [event for code in (11, 11, 2, 4, 8, 5, 9, 10, 2, 2) for event in tap(code, SHIFT)], BADGE),
        ("fr", tap(16) + tap(30) + tap(16, SHIFT), "aqA"),
        ("fr", tap(11, ALT_GR) + tap(6, ALT_GR) + tap(12, ALT_GR), "@[]"),
        ("fr", tap(26) + tap(18) + tap(26) + tap(SPACE) + tap(26, SHIFT) + tap(18), "ê^ë"),
        ("fr", tap(3, ALT_GR) + tap(SPACE) + tap(8, ALT_GR) + tap(SPACE), "~`"),
        ("de", tap(41) + tap(18) + tap(13) + tap(30), "êá"),
        ("de", tap(21) + tap(44) + tap(26) + tap(9, ALT_GR), "zyü["),
        ("uk", tap(40, SHIFT) + tap(3, SHIFT) + tap(43) + tap(43, SHIFT) + tap(86), '@"#~\\'),
        ("es", tap(39) + tap(3, ALT_GR) + tap(41, ALT_GR) + tap(26) + tap(SPACE), "ñ@\\`"),
        ("it", tap(39, ALT_GR) + tap(40, ALT_GR) + tap(26, SHIFT, ALT_GR), "@#{"),
        ("ch", tap(21) + tap(44) + tap(3, ALT_GR) + tap(43, ALT_GR), "zy@}"),
        ("pl", tap(30, ALT_GR) + tap(38, SHIFT, ALT_GR), "ąŁ"),
        # Two dead keys: the first stands alone.
        ("de", tap(41) + tap(41), "^"),
    ],
)
def test_what_is_special_about_a_layout(name: str, events: list[Event], text: str) -> None:
    assert read(decoder(name), events + tap(ENTER)) == [Scan("scanner", text)]


@pytest.mark.parametrize("name", ["de", "fr", "es"])
def test_letters_of_the_country_come_through(name: str) -> None:
    text = {"de": "Größe äöü ÄÖÜ ß € § µ ²³ °", "fr": "éèàçù § µ € ² £ ê ï", "es": "ñÑ çÇ ¿¡ ª º · € á ü"}[name]
    assert read(decoder(name), typed_with_accents(name, text) + tap(ENTER)) == [Scan("scanner", text)]


def typed_with_accents(name: str, text: str) -> list[Event]:
    """What `typed` does by Alt and the keypad for a letter with an accent, by dead keys."""
    accents = {"ê": ((26,), 18), "ï": ((26, SHIFT), 23), "á": ((40,), 30), "ü": ((40, SHIFT), 22)}
    plain = {character for level in by_name(name).levels for character in level.values()}
    events: list[Event] = []
    for character in text:
        if character in accents and character not in plain:
            (dead, *held), letter = accents[character]
            events += tap(dead, *held) + tap(letter)
        else:
            events += typed(by_name(name), character)
    return events


def test_recorded_events_of_an_ean_code() -> None:
    """4006381333931 as a scanner with the delivery layout types it: key code 2 is "1", ... 11 is "0"."""
    codes = [5, 11, 11, 7, 4, 9, 2, 4, 4, 4, 10, 4, 2]
    events = [event for code in codes for event in tap(code)] + tap(ENTER)
    assert read(decoder(), events) == [Scan("scanner", "4006381333931")]


@pytest.mark.parametrize("name", NAMES)
def test_the_keypad_gives_digits_whatever_num_lock_says(name: str) -> None:
    places = {character: code for code, character in KEYPAD.items()}
    events = tap(NUM) + [event for digit in "4006381" for event in tap(places[digit])] + tap(96)
    assert read(decoder(name), events) == [Scan("scanner", "4006381")]


@pytest.mark.parametrize(
    ("digits", "character"),
    [("065", "A"), ("0228", "ä"), ("132", "ä"), ("29", "\x1d"), ("029", "\x1d"), ("0029", "\x1d")],
)
def test_alt_and_digits_on_the_keypad_give_a_character(digits: str, character: str) -> None:
    places = {character: code for code, character in KEYPAD.items()}
    alt = [(EV_KEY, ALT, DOWN), *(event for digit in digits for event in tap(places[digit])), (EV_KEY, ALT, UP)]
    events = tap(30) + alt + tap(ENTER)
    assert read(decoder(), events) == [Scan("scanner", "a" + character)]


@pytest.mark.parametrize("name", NAMES)
def test_a_group_separator_comes_by_the_key_right_of_p_on_every_layout(name: str) -> None:
    for how in ("character", "position"):
        events = typed(by_name(name), "a") + tap(RIGHT_BRACE, CTRL) + typed(by_name(name), "b") + tap(ENTER)
        assert read(decoder(name, control_keys=how), events) == [Scan("scanner", "a\x1db")]


def test_control_letters_go_by_what_is_written_on_the_key_or_by_its_place() -> None:
    """EOT is Ctrl and D. Ctrl and the key right of Tab is Ctrl+A on a French keyboard, which no code holds."""
    events = tap(30, CTRL) + tap(32, CTRL) + tap(ENTER)
    assert read(decoder("fr"), tap(2, SHIFT) + tap(32, CTRL) + tap(ENTER)) == [Scan("scanner", "1\x04")]
    assert read(decoder("fr"), events) == [BadRead("scanner", "control_characters")]
    assert read(decoder("us"), tap(2) + tap(7, CTRL) + tap(ENTER)) == [Scan("scanner", "1\x1e")]
    assert read(decoder("fr", control_keys="position"), tap(2, SHIFT) + tap(7, CTRL) + tap(ENTER)) == [
        Scan("scanner", "1\x1e")
    ]
    # Ctrl+Q is XON, written on the key that an American scanner presses for Ctrl+A: told apart by the setting.
    at_a = decoder("fr", control_keys="position")
    assert at_a._control(30) == "\x01"
    assert decoder("fr")._control(30) == "\x11"


def test_caps_lock_trades_letters_and_leaves_digits() -> None:
    events = tap(CAPS) + typed(by_name("us"), "aB1!") + tap(CAPS) + typed(by_name("us"), "c") + tap(ENTER)
    assert read(decoder(), events) == [Scan("scanner", "Ab1!c")]


@pytest.mark.parametrize(
    ("name", "how", "text"), [("fr", "layout", "1A2é"), ("fr", "letters", "&AÉ2"), ("us", "all", "!Q@2")]
)
def test_caps_lock_is_a_shift_lock_where_it_is_one(name: str, how: str, text: str) -> None:
    events = tap(CAPS) + tap(2) + tap(16) + tap(3) + tap(3, SHIFT) + tap(ENTER)
    assert read(decoder(name, caps_lock=how), events) == [Scan("scanner", text)]


def test_a_key_held_down_counts_once() -> None:
    events = [(EV_KEY, 2, DOWN), (EV_KEY, 2, 2), (EV_KEY, 2, 2), (EV_KEY, 2, UP), *tap(ENTER)]
    assert read(decoder(), events) == [Scan("scanner", "1")]


def test_tab_or_the_end_of_the_keys_ends_a_code_where_it_is_set() -> None:
    us = by_name("us")
    assert read(decoder(terminator="tab"), typed(us, "]E0123") + tap(TAB)) == [Scan("scanner", "123", "]E0")]
    silent = decoder(terminator="none")
    assert read(silent, typed(us, "]E0123")) == []
    assert silent.break_off() == Scan("scanner", "123", "]E0")
    assert silent.break_off() is None


@pytest.mark.parametrize(
    ("events", "reason"),
    [
        ([*tap(2), (EV_SYN, SYN_DROPPED, 0), *tap(3)], "events_lost"),
        ([*tap(2), *tap(59), *tap(3)], "unknown_key"),
        (tap(2) * (MAX_LENGTH + 5), "too_long"),
        (alt_digits("\x01"), "control_characters"),
    ],
)
def test_a_code_with_a_hole_is_a_bad_read_and_the_next_one_is_read(events: list[Event], reason: str) -> None:
    keys = decoder()
    assert read(keys, events + tap(ENTER)) == [BadRead("scanner", reason)]
    assert read(keys, typed(by_name("us"), "next") + tap(ENTER)) == [Scan("scanner", "next")]


def test_keys_that_stop_are_a_bad_read_and_the_next_code_is_read() -> None:
    keys = decoder()
    assert read(keys, typed(by_name("us"), "400")) == []
    assert keys.break_off() == BadRead("scanner", "broken_off")
    assert keys.break_off() is None
    assert read(keys, typed(by_name("us"), "next") + tap(ENTER)) == [Scan("scanner", "next")]


def test_a_long_number_on_the_keypad_with_alt_ends() -> None:
    places = {character: code for code, character in KEYPAD.items()}
    alt = [(EV_KEY, ALT, DOWN), *(tap(places["9"]) * 20_000), (EV_KEY, ALT, UP)]
    assert read(decoder(), alt + tap(ENTER)) == [BadRead("scanner", "unknown_key")]


# Mostly keys that type, many of them dead; and whatever else a kernel might send.
HELD = st.sampled_from([(), (), (SHIFT,), (ALT_GR,), (CTRL,), (ALT,), (SHIFT, ALT_GR)])
TAPS = st.builds(
    lambda code, held: tap(code, *held), st.sampled_from([*range(2, 90), *[12, 13, 26, 27, 40, 41] * 8]), HELD
)
ANY_EVENT = st.tuples(st.integers(0, 5), st.integers(0, 260), st.integers(0, 3)).map(lambda event: [event])
ANY_EVENTS = st.lists(st.one_of(TAPS, TAPS, ANY_EVENT), max_size=40).map(
    lambda parts: [e for part in parts for e in part]
)


@given(ANY_EVENTS, st.sampled_from(NAMES))
def test_no_events_break_the_decoder(events: list[Event], name: str) -> None:
    keys, check = decoder(name), LayoutCheck(by_name(name))
    for event in events:
        if keys.feed(*event):
            check.take(keys.last_presses, unknown_key=False)
    keys.break_off()
    assert not keys.pending


@given(ANY_EVENTS, st.lists(st.integers(1, 100), max_size=30))
def test_events_are_the_same_however_their_bytes_are_cut(events: list[Event], cuts: list[int]) -> None:
    data = packed(events)
    framer = EventFramer()
    seen: list[Event] = []
    for cut in cuts:
        seen += framer.feed(data[:cut])
        data = data[cut:]
    assert [*seen, *framer.feed(data)] == events


@given(st.binary(max_size=200))
def test_no_bytes_break_the_events(data: bytes) -> None:
    assert len(list(EventFramer().feed(data))) == len(data) // len(packed([(0, 0, 0)]))


def test_a_technician_sees_how_many_keys_and_not_which() -> None:
    frame = packed(typed(by_name("us"), "aB1") + tap(ENTER))
    assert describe(frame + b"x") == {
        "events": 20,
        "keys_pressed": 4,
        "ends": 1,
        "events_lost": False,
        "bytes_left_over": 1,
    }


def condition(set_to: str, scanner: str, *texts: str) -> tuple[str, str] | None:
    """What is said after a scanner set to one layout typed `texts` to a driver set to another."""
    keys, check = decoder(set_to), LayoutCheck(by_name(set_to))
    for text in texts:
        for event in typed(by_name(scanner), text) + tap(ENTER):
            record = keys.feed(*event)
            if record is not None:
                unknown = isinstance(record, BadRead) and record.reason == "unknown_key"
                check.take(keys.last_presses, unknown_key=unknown)
    found = check.condition
    assert found is None or found.severity is Severity.WARNING
    return None if found is None else (found.code, found.remedy)


@pytest.mark.parametrize(
    ("set_to", "scanner", "text"),
    [
        ("us", "fr", BADGE),
        ("fr", "us", BADGE),
        ("de", "us", "]C10104006381333931"),
        ("us", "de", "]C10104006381333931"),
        ("es", "uk", "]d20104006381333931"),
    ],
)
def test_a_layout_that_does_not_fit_is_said_with_the_likely_one(set_to: str, scanner: str, text: str) -> None:
    assert condition(set_to, scanner, text) is None, "one odd code is no setting"
    found = condition(set_to, scanner, text, text)
    assert found is not None
    assert found[0] == "layout_unknown"
    assert scanner in found[1].rpartition("Likely: ")[2]
    for digit in BADGE, "4006381333931":
        assert digit not in str(found)


@pytest.mark.parametrize("name", NAMES)
def test_a_layout_that_fits_is_never_doubted(name: str) -> None:
    texts = [BADGE, "ABC-123", "https://example.com/?a=1&b=[2]", "]Q3https://id.gs1.org/01/04006381333931", "!!!!!!"]
    assert condition(name, name, *texts, *texts) is None


def test_a_code_that_makes_sense_ends_the_doubt() -> None:
    assert condition("us", "fr", BADGE, BADGE) is not None
    keys, check = decoder("us"), LayoutCheck(by_name("us"))
    for scanner, doubted in (("fr", False), ("fr", True), ("us", False)):
        for event in typed(by_name(scanner), BADGE) + tap(ENTER):
            if keys.feed(*event):
                check.take(keys.last_presses, unknown_key=False)
        assert (check.condition is not None) is doubted


XKB_NAMES = {"uk": "gb"}
# What differs from xkeyboard-config on purpose; the source is in `layouts.py`. (level, key code).
AS_WINDOWS = {
    "us": {(0, 86), (1, 86)},
    "uk": set[tuple[int, int]](),
    "fr": {(2, 3), (2, 8)},
    "es": {(2, 5)},
    "ch": {(2, 2)},
    "pl": {(0, 86), (1, 86), (1, 41)},
}


@pytest.mark.parametrize("name", NAMES)
def test_the_tables_are_those_of_the_system(name: str) -> None:
    """Plain and Shift of every key, and what AltGr gives of ASCII, as libxkbcommon has them."""
    library = ctypes.util.find_library("xkbcommon")
    if library is None:
        pytest.skip("no libxkbcommon to compare with")
    layout, differ = by_name(name), AS_WINDOWS.get(name, set())
    system = dict(system_keys(ctypes.CDLL(library), XKB_NAMES.get(name, name)))
    if not system:
        pytest.skip("no xkeyboard-config to compare with")
    for (level, code), character in system.items():
        if (level, code) not in differ and (level < 2 or character in layout.levels[level].values()):
            mine = layout.levels[level].get(code, "")
            assert mine == character or (level == 2 and (mine, is_dead(character)) == ("", True)), (level, code)


def system_keys(xkb: ctypes.CDLL, name: str) -> Iterator[tuple[tuple[int, int], str]]:
    names = (ctypes.c_char_p * 5)(b"evdev", b"pc105", name.encode(), b"", b"")
    xkb.xkb_context_new.restype = xkb.xkb_keymap_new_from_names.restype = ctypes.c_void_p
    xkb.xkb_keymap_new_from_names.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_int]
    symbols = ctypes.POINTER(ctypes.c_uint32)()
    xkb.xkb_keymap_key_get_syms_by_level.argtypes = [
        *(ctypes.c_void_p, ctypes.c_uint32, ctypes.c_uint32, ctypes.c_uint32),
        ctypes.POINTER(ctypes.POINTER(ctypes.c_uint32)),
    ]
    keymap = xkb.xkb_keymap_new_from_names(ctypes.c_void_p(xkb.xkb_context_new(0)), names, 0)
    if not keymap:
        return
    for code in (*range(2, 14), *range(16, 28), *range(30, 42), 43, 86, *range(44, 54)):
        for level in range(3):
            # Key codes of X begin at 8.
            if xkb.xkb_keymap_key_get_syms_by_level(keymap, code + 8, 0, level, ctypes.byref(symbols)):
                character = symbol_character(xkb, symbols[0])
                if character and (level < 2 or character.isascii()):
                    yield (level, code), character


def symbol_character(xkb: ctypes.CDLL, symbol: int) -> str:
    # XK_dead_grave .. XK_dead_diaeresis of keysymdef.h.
    dead = {0xFE50: "\u0300", 0xFE51: "\u0301", 0xFE52: "\u0302", 0xFE53: "\u0303", 0xFE57: "\u0308"}
    return dead.get(symbol) or chr(xkb.xkb_keysym_to_utf32(ctypes.c_uint32(symbol))).strip("\0")
