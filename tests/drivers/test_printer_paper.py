"""Reading paper: receipts of other encoders decode to their known text, and the picture looks like them."""

from __future__ import annotations

import html
import json
import re
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from drivers.printer.commands import Splitter
from drivers.printer.interface import Align, Text
from drivers.printer.paper import Barcode, Cut, Line, Paper, Picture, Pulse, Qr, Style, read, text_of
from drivers.printer.picture import draw
from drivers.printer.raster import Pen, picture_of


def test_receipts_of_receipt_printer_encoder_give_their_text_back(shared_data: Path) -> None:
    folder = shared_data / "escpos" / "rpe"
    files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    for case in (case for case in files if case["language"] == "esc-pos"):
        marks = read((folder / case["file"]).read_bytes())
        texts = [mark.text.strip() for mark in marks if isinstance(mark, Line)]
        assert texts[:4] == ["KIOSK MARKET", *case["lines"]]
        assert [re.sub(" +", " ", text) for text in texts[5:7]] == ["Item A 1.00", "Item B 23.45"]
        assert [mark.content for mark in marks if isinstance(mark, Barcode)] == [case["barcode"]["value"]]
        assert [mark.symbology for mark in marks if isinstance(mark, Barcode)] == ["EAN13"]
        assert [mark.content.decode() for mark in marks if isinstance(mark, Qr)] == [case["qr"]]
        assert [type(mark) for mark in marks if isinstance(mark, Pulse | Cut)] == [Pulse, Cut]
        first = marks[0]
        assert isinstance(first, Line)
        assert [span.style.bold for span in first.spans if span.text.strip()] == [True]


@pytest.mark.parametrize("number", [1, 2])
def test_receipts_of_thermal_give_the_words_of_their_rendering(shared_data: Path, number: int) -> None:
    file = shared_data / "escpos" / f"thermal_test_receipt_{number}.bin"
    rendering = re.sub(
        r"<style.*?</style>|<[^>]+>", " ", file.with_suffix(".bin.html").read_text(encoding="utf-8"), flags=re.DOTALL
    )
    known = set(html.unescape(rendering).split())
    words = set(text_of(mark for mark in read(file.read_bytes()) if isinstance(mark, Line)).split())
    assert len(words) > 20
    # The rendering sets some words letter by letter or joined; nearly all must be there.
    missing = {word for word in words if word not in known and word not in "".join(sorted(known))}
    joined = "".join(html.unescape(rendering).split())
    assert not {word for word in missing if word not in joined}


def test_a_receipt_with_a_logo_has_its_picture_amounts_and_cut(shared_data: Path) -> None:
    marks = read((shared_data / "escpos" / "escposphp_receipt-with-logo.bin").read_bytes())
    logo = marks[0]
    assert isinstance(logo, Picture)
    assert (logo.stride * 8, logo.height, logo.align) == (304, 236, 1)
    text = text_of(marks)
    for line in ("Example item #1                             4.00", "Total            $ 14.25"):
        assert line in text.splitlines()
    assert isinstance(marks[-1], Pulse | Cut)


def test_all_qr_codes_of_the_sample_are_read(shared_data: Path) -> None:
    marks = read((shared_data / "escpos" / "escposphp_qr-code.bin").read_bytes())
    codes = [mark for mark in marks if isinstance(mark, Qr)]
    assert {code.content for code in codes} >= {b"Testing 123", b"\0" * 40}
    assert {code.module for code in codes} == {1, 2, 3, 4, 5, 10, 16}
    assert [code.align for code in codes[:2]] == [0, 1]


def test_text_sizes_of_the_sample_are_read(shared_data: Path) -> None:
    marks = read((shared_data / "escpos" / "escposphp_text-size.bin").read_bytes())
    digits = [mark for mark in marks if isinstance(mark, Line) and mark.text == "12345678"]
    assert [[(span.style.width, span.style.height) for span in line.spans] for line in digits] == [
        [(n, n) for n in range(1, 9)],
        [(n, 4) for n in range(1, 9)],
        [(4, n) for n in range(1, 9)],
    ]


def test_character_tables_of_the_sample_are_python_s(shared_data: Path) -> None:
    text = text_of(read((shared_data / "escpos" / "escposphp_character-tables.bin").read_bytes()))
    assert "8 ÇüéâäàåçêëèïîìÄÅÉæÆôöòûùÿÖÜ¢£¥₧ƒ" in text
    assert "Table 18: CP852" in text
    assert "A áíóúĄąŽžĘę¬źČş«»░▒▓│┤ÁÂĚŞ╣║╗╝Żż┐" in text
    assert "Table 17: CP866" in text
    assert "8 АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ" in text


# What each call of escpos-php puts on the paper; calls that only set a mode put nothing there.
ON_PAPER: dict[str, list[object]] = {
    "testTextChinese": ["示例文本打印机!"],
    "testTextRaw": ["Γé¼"],  # UTF-8 in a printer that has CP437
    "testFeed3Lines": ["", "", ""],
    "testBarcodeCode39Text": [Barcode("CODE39", "ABC 012", 162, 0)],
    "testBarcodeCodabarNumeric": [Barcode("CODABAR", "A012345A", 162, 0)],
    "testBarcodeCodabarSpecialChars": [Barcode("CODABAR", "A012$+-./:A", 162, 0)],
    "testBarcodeCode128ValidC": [Barcode("CODE128", "{C\x15 +", 162, 0)],
    "testBitImageWhite": [Picture(1, b"\x00", 0)],
    "testBitImageBoth": [Picture(1, b"\xc0\x00", 0)],
    "testBitImageColumnFormatWhite": [Picture(1, bytes(24), 0)],
    "testGraphicsWhite": [Picture(1, b"\x00", 0)],
    "testPdf417CodeChangeErrorCorrection": [Barcode("PDF417", "1234", 162, 0)],
    "testQRCodeDefaults": [Qr(b"1234", 3, 0)],
}


def test_the_calls_of_escpos_php_are_read_for_what_they_are(shared_data: Path) -> None:
    file = shared_data / "escpos" / "escpos_php_calls.json"
    cases = [case for case in json.loads(file.read_text(encoding="utf-8"))["cases"] if "expected_hex" in case]
    assert {case["test"] for case in cases} >= set(ON_PAPER)
    for case in cases:
        data = bytes.fromhex(case["expected_hex"])
        splitter = Splitter()
        assert b"".join(command.raw for command in splitter.feed(data)) == data, case["test"]
        assert not splitter.pending
        marks = [mark.text if isinstance(mark, Line) else mark for mark in read(data)]
        assert marks == ON_PAPER.get(case["test"], []), case["test"]


@pytest.mark.parametrize(
    ("calls", "style"),
    [
        ("setEmphasis", Style(bold=True)),
        ("setUnderline", Style(underline=True)),
        ("setReverseColors", Style(inverse=True)),
    ],
)
def test_modes_of_escpos_php_change_the_letters_that_follow(shared_data: Path, calls: str, style: Style) -> None:
    file = shared_data / "escpos" / "escpos_php_calls.json"
    cases = json.loads(file.read_text(encoding="utf-8"))["cases"]
    case = next(case for case in cases if [call[0] for call in case["calls"]] == [calls] and "expected_hex" in case)
    (line,) = read(bytes.fromhex(case["expected_hex"]) + b"x\n")
    assert isinstance(line, Line)
    assert [span.style for span in line.spans] == [style]


def test_slices_of_a_picture_are_one_in_the_text() -> None:
    slice_ = b"\x1dv0\x00\x01\x00\x02\x00\xff\xff"
    assert text_of(read(slice_ * 3 + b"x\n" + slice_)) == "[picture 8 x 6]\nx\n[picture 8 x 2]\n"


def test_a_strip_of_dots_and_its_line_feed_are_one_thing() -> None:
    strip = b"\x1b*\x00\x01\x00\xff\n"
    assert read(strip + strip + b"\n") == [Picture(1, b"\x80" * 8, 0)] * 2 + [Line((), 0)]


@pytest.mark.parametrize(
    ("data", "lengths"),
    [
        ("1b40", [2]),
        ("1b450141", [3, 1]),
        ("1d5600", [3]),
        ("1d564203", [4]),
        ("1d6b0234303030", []),  # function A: ends with NUL
        ("1d6b023430303000", [8]),
        ("1d6b4903414243", [7]),  # function B: says its length
        ("1d763000020002 00ffffffff", [12]),
        ("1d286b0300315130", [8]),
        ("1b2a21010000ff", []),  # three bytes a column
        ("1b2a21010000ffff 41", [8, 1]),
        ("100401", [3]),
        ("10140100 05", [5]),
        ("1d28480600303031323334", [11]),
        ("0a0d", [1, 1]),
    ],
)
def test_commands_are_as_long_as_the_manual_says(data: str, lengths: list[int]) -> None:
    assert [len(command.raw) for command in Splitter().feed(bytes.fromhex(data))] == lengths


@settings(deadline=None)  # this machine may be busy
@given(st.binary(max_size=300))
def test_the_splitter_loses_nothing_and_the_paper_never_fails(data: bytes) -> None:
    splitter, paper = Splitter(), Paper()
    commands = splitter.feed(data)
    assert b"".join(command.raw for command in commands) == data[: len(data) - len(splitter._rest)]
    for command in commands:
        paper.execute(command)


escpos_like = st.lists(
    st.one_of(
        st.binary(max_size=3),
        st.sampled_from(
            [b"\x1b@", b"\x1d(k", b"\x1dv0", b"\x1bt\x13", b"Tea \xd5", b"\n", b"\x1dk\x49\x03{A1", b"\x1d(L"]
        ),
    )
).map(b"".join)


@settings(deadline=None)  # this machine may be busy
@given(escpos_like)
def test_byte_by_byte_gives_the_same_commands(data: bytes) -> None:
    slow = Splitter()
    pieces = [command for byte in data for command in slow.feed(bytes((byte,)))]
    whole = Splitter().feed(data)
    assert [c.raw for c in pieces if c.name] == [c.raw for c in whole if c.name]
    assert b"".join(c.raw for c in pieces) == b"".join(c.raw for c in whole)


def dark(image: Image.Image) -> int:
    return sum(image.histogram()[:100])


def test_the_picture_shows_what_was_printed() -> None:
    empty, line, bold, double = (
        dark(draw(read(data))) for data in (b"\n", b"SUMME\n", b"\x1bE\x01SUMME\n", b"\x1d!\x11SUMME\n")
    )
    assert empty < line < bold < double
    qr = draw(read(b"\x1d(k\x03\x001C\x06\x1d(k\x07\x001P0Test\x1d(k\x03\x001Q0"))
    assert dark(qr) > 6 * 6 * 100
    assert draw(read(b"\x1d!\x11A\n")).height > draw(read(b"A\n")).height


def test_every_sample_can_be_drawn(shared_data: Path) -> None:
    for file in sorted((shared_data / "escpos").glob("*.bin")):
        image = draw(read(file.read_bytes()))
        assert image.width == 576 + 64
        assert dark(image) > 1000


def test_a_letter_without_any_font_is_spelled_out(caplog: pytest.LogCaptureFixture) -> None:
    assert Pen().spelled("a\ue123b") == "a[E123]b"
    assert "printer.no_glyph code_point=e123" in caplog.text


def test_a_line_too_wide_for_the_paper_is_drawn_smaller() -> None:
    image = picture_of("✓" * 40, "✓" * 10, 384)
    assert image.width == 384
    ink = image.point(lambda level: 255 - level).getbbox()
    assert ink is not None
    assert ink[2] > 300


def test_alignment_of_the_text_form() -> None:
    assert Text("x").align is Align.LEFT
    marks = read(b"\x1ba\x01ab\n\x1ba\x02ab\n")
    assert text_of(marks, 10) == "    ab\n        ab\n"
