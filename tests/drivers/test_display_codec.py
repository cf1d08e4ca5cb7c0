"""Any text shows on a line display as itself, cut, or as what stands for it; no control byte gets through."""

from __future__ import annotations

import unicodedata
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.display.cells import CodePage, cells
from drivers.display.commands import ModelName, Panel, brightness, clear, describe, redact, show, start
from drivers.display.screen import Screen

MODELS: tuple[ModelName, ...] = get_args(ModelName)
PAGES: tuple[CodePage, ...] = get_args(CodePage)

texts = st.text(max_size=60) | st.text(alphabet="\x1bQA=\x01\x02\r\x0c\x1f$ aé€жß\u0301\u202e中", max_size=60)
panels = st.builds(
    Panel,
    st.sampled_from(MODELS),
    columns=st.sampled_from((16, 20)),
    code_page=st.sampled_from(PAGES),
    brightness=st.integers(1, 4),
    behind_printer=st.booleans(),
)


def screen_of(panel: Panel) -> Screen:
    return Screen(panel.model, panel.columns, selected=not panel.behind_printer)


@given(panel=panels, upper=texts, lower=texts, again=texts)
def test_what_is_shown_is_the_cut_text_and_nothing_leaks(panel: Panel, upper: str, lower: str, again: str) -> None:
    screen = screen_of(panel)
    screen.feed(start(panel))
    assert screen.brightness == panel.brightness
    for first, second in ((upper, lower), (again, upper)):
        screen.feed(show(panel, first, second))
        wanted = tuple(cells(text, panel.columns, panel.code_page).decode(panel.code_page) for text in (first, second))
        assert screen.lines(panel.code_page) == wanted
    assert (screen.leaked, screen.ignored, bytes(screen.to_printer)) == (0, 0, b"")
    screen.feed(brightness(panel, 2) + show(panel, lower, again) + clear(panel))
    assert screen.brightness == 2
    assert screen.lines() == (" " * panel.columns,) * 2


@given(panel=panels, upper=texts, lower=texts, cuts=st.lists(st.integers(0, 200), max_size=8))
def test_bytes_in_any_pieces_show_the_same(panel: Panel, upper: str, lower: str, cuts: list[int]) -> None:
    data = start(panel) + show(panel, upper, lower)
    whole, piecewise = screen_of(panel), screen_of(panel)
    whole.feed(data)
    for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(data)], strict=True):
        piecewise.feed(data[begin:end])
    assert whole.lines(panel.code_page) == piecewise.lines(panel.code_page)


@given(panel=panels, upper=texts, receipt=st.binary(max_size=40).map(lambda data: bytes(b % 95 + 32 for b in data)))
def test_a_receipt_after_it_goes_to_the_printer_behind(panel: Panel, upper: str, receipt: bytes) -> None:
    panel = Panel(panel.model, panel.columns, panel.code_page, behind_printer=True)
    screen = screen_of(panel)
    screen.feed(start(panel) + show(panel, upper, "") + receipt + clear(panel) + receipt)
    assert bytes(screen.to_printer) == receipt * 2


@given(text=texts, columns=st.sampled_from((16, 20)), page=st.sampled_from(PAGES))
def test_a_line_is_as_long_as_the_display_and_holds_no_control_byte(text: str, columns: int, page: CodePage) -> None:
    line = cells(text, columns, page)
    assert len(line) == columns
    assert all(byte >= 0x20 and byte != 0x7F for byte in line)


@given(text=st.text(alphabet=[chr(code) for code in range(32, 127)], max_size=20), page=st.sampled_from(PAGES))
def test_plain_text_is_shown_as_it_is(text: str, page: CodePage) -> None:
    assert cells(text, 20, page) == text.encode("ascii").ljust(20)


@pytest.mark.parametrize(
    ("text", "page", "wanted"),
    [
        ("Käse 2,99 €", "cp437", "Käse 2,99 EUR"),
        ("Käse 2,99 €", "cp858", "Käse 2,99 €"),
        ("Żółty ser", "cp437", "Zólty ser"),
        ("Żółty ser", "cp852", "Żółty ser"),
        ("Straße", "cp866", "Strasse"),
        ("Молоко", "cp866", "Молоко"),
        ("Борщ Юля", "cp437", "Borshch Yulya"),
        ("牛乳 1", "cp437", "?? 1"),
        ("cre\u0301me", "cp437", "créme"),
        ("a\u200d\u202eb\u0007c\nd", "cp437", "ab c d"),
        ("«x» – ‘y’…", "cp866", "\"x\" - 'y'..."),
    ],
)
def test_what_a_display_has_not_is_written_otherwise(text: str, page: CodePage, wanted: str) -> None:
    assert cells(text, 20, page).decode(page).rstrip() == wanted


def test_what_is_replaced_by_several_letters_takes_their_cells_and_is_cut() -> None:
    assert cells("ß" * 30, 20, "cp866") == b"s" * 20
    assert cells("a" * 19 + "€", 20, "cp437") == b"a" * 19 + b"E"


def test_the_bytes_of_the_manuals() -> None:
    assert show(Panel("cd5220"), "A", "B") == b"\x1bQA" + b"A".ljust(20) + b"\r\x1bQB" + b"B".ljust(20) + b"\r"
    assert show(Panel("epson_dmd"), "A", "B") == b"\x1f$\x01\x01" + b"A".ljust(20) + b"\x1f$\x01\x02" + b"B".ljust(20)
    behind = show(Panel("cd5220", behind_printer=True), "A", "B")
    assert behind == b"\x1b=\x02\x1bl\x01\x01" + b"A".ljust(20) + b"\x1bl\x01\x02" + b"B".ljust(20) + b"\x1b=\x01"
    assert start(Panel("epson_dmd", code_page="cp858")).count(b"\x1bt\x13") == 1
    assert start(Panel("cd5220", code_page="cp866")).count(b"\x1bcR") == 1
    assert start(Panel("cd5220", brightness=3))[:3] == b"\x0c\x1b@"


def test_a_cd5220_in_its_string_mode_obeys_nothing_but_clear() -> None:
    screen = Screen("cd5220")
    screen.feed(b"\x1bQAhello\r\x1b*\x01\x1b=\x01")
    assert (screen.brightness, screen.ignored, screen.lines()[0].rstrip()) == (4, 2, "hello")
    screen.feed(b"\x0c\x1b*\x01")
    assert (screen.brightness, screen.lines()[0].strip()) == (1, "")


@given(st.binary(max_size=200), st.sampled_from(MODELS))
def test_a_screen_takes_any_bytes(data: bytes, model: ModelName) -> None:
    screen = Screen(model)
    screen.feed(data + b"\r\r" + bytes(4) + b"\x0c")
    assert all(len(line) == 20 for line in screen.lines())
    assert describe(data)
    assert redact(data) == data.hex(" ")


def test_describe_names_the_commands() -> None:
    assert describe(b"\x1bQAab\r") == {"command": "upper line", "rest": "61 62 0d"}
    assert describe(b"abc") == {"command": "text", "length": 3}
    assert describe(b"") == {"error": "nothing"}


@given(st.characters())
def test_one_character_is_never_lost_without_a_sign(character: str) -> None:
    category = unicodedata.category(unicodedata.normalize("NFC", character)[0])
    line = cells(character, 16, "cp437")
    if category in {"Lo", "So", "Sm", "Po"}:
        assert line.strip() or character in "ьъ"
