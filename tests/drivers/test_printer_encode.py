"""From a document to bytes: golden ESC/POS with its sources, code pages, wrapping, and what cannot be encoded."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from drivers.printer.encode import EncodeError, _Writer, ask_process_id, encode, start
from drivers.printer.interface import Align, Columns, Element, PrintJob, QrCode, Rule, Text
from drivers.printer.layout import cells, clean, columns, plain, wrap
from drivers.printer.paper import Cut, Line, Picture, Qr, read
from drivers.printer.profile import profile

T88 = profile("epson_tm_t88")
SMALL = profile("generic_58mm")

_QR_SETTINGS = "1d286b040031413200 1d286b0300314306 1d286b0300314531"


def body(*elements: Element, name: str = "epson_tm_t88") -> bytes:
    data = encode(PrintJob("job", elements, cut=False), profile(name))
    beginning = start(profile(name))
    assert data.startswith(beginning)
    return data[len(beginning) :]


def lines(data: bytes) -> list[str]:
    return [mark.text for mark in read(data) if isinstance(mark, Line)]


def test_a_job_starts_with_reset_no_kanji_and_automatic_status() -> None:
    # Epson ESC/POS: ESC @; FS . (cancel Kanji mode); GS a 15 (bits 0 drawer, 1 online, 2 error, 3 paper)
    assert start(T88).hex(" ") == "1b 40 1c 2e 1d 61 0f"


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        (Text("Milk"), "4d696c6b 0a"),
        # ESC t 19 selects PC858, where the euro sign is 0xD5 and a-umlaut 0x84 (escpos-printer-db, TM-T88V)
        (Text("Kä 1 €"), "1b7413 4b84203120d5 0a"),
        # the en dash is only in WPC1252, ESC t 16; the whole line goes there
        (Text("Größe – S"), "1b7410 4772f6df6520962053 0a"),
        # PC852, ESC t 18, as receipt-printer-encoder 4.0.1 has it: "gęślą jaźń" 67 a9 98 6c a5 20 6a 61 ab e4
        (Text("gęślą jaźń"), "1b7412 67a9986ca5206a61abe4 0a"),
        # PC866, ESC t 17
        (Text("Чек"), "1b7411 97a5aa 0a"),
        # ESC a 1, GS ! 0x11 double both ways, ESC E 1 (Epson ESC/POS)
        (Text("Hi", Align.CENTRE, bold=True, double=True), "1b6101 1d2111 1b4501 4869 0a"),
        (Text("Hi", Align.RIGHT), "20" * 40 + "4869 0a"),
        (Columns("Tea", "1.00"), "546561" + "20" * 35 + "312e3030 0a"),
        (Rule(), "1b7413" + "c4" * 42 + "0a"),
        # GS ( k, functions 165, 167, 169, 180, 181, as in escpos-php EscposTest::testQRCode* and the receipt above
        (
            QrCode("Testing 123"),
            f"1b6101 {_QR_SETTINGS} 1d286b0e0031503054657374696e6720313233 1d286b0300315130",
        ),
    ],
)
def test_golden_bytes(element: Element, expected: str) -> None:
    assert body(element).hex() == expected.replace(" ", "")


def test_golden_endings() -> None:
    # GS V 66 0: feed to the cutting position and cut but for one point (Epson ESC/POS, GS V function B)
    assert encode(PrintJob("job", ()), T88) == start(T88) + bytes.fromhex("1d564200")
    # no cutter: feed six lines, over the tear bar
    assert encode(PrintJob("job", ()), SMALL) == start(SMALL) + bytes.fromhex("1b6406")
    # GS ( H, function 48 (Epson ESC/POS): transmit process id
    assert ask_process_id(b"1234").hex() == "1d28480600303031323334"


def test_modes_are_sent_only_where_they_change_and_do_not_leak() -> None:
    data = body(Text("A", bold=True), Text("B", bold=True), Text("C"))
    assert data == b"\x1bE\x01A\nB\n\x1bE\x00C\n"


def test_a_line_of_two_scripts_changes_the_code_page_within() -> None:
    data = body(Text("ł Ж"))
    assert data == b"\x1bt\x12\x88 \x1bt\x11\x86\n"
    assert lines(data) == ["ł Ж"]


@pytest.mark.parametrize("text", ["苹果", "✓ bezahlt", "مرحبا", "שלום ✓", "Ω ≠ ♥"])
def test_what_no_code_page_holds_is_printed_as_a_picture_and_never_as_a_question_mark(text: str) -> None:
    marks = read(body(Text(text)))
    assert len(marks) == 1
    (picture,) = marks
    assert isinstance(picture, Picture)
    assert any(picture.rows)
    assert body(Text(text)).startswith(b"\x1dv0\x00")


def test_two_unknown_letters_do_not_look_alike() -> None:
    assert body(Text("苹")) != body(Text("果"))


def test_a_picture_holds_no_real_time_command() -> None:
    # DLE EOT, DLE ENQ and DLE DC4 are obeyed wherever they stand in the stream
    data = body(*(Text(f"✓ {chr(0x2190 + n)} {n}", bold=n % 2 == 0) for n in range(200)), name="generic_58mm")
    assert len(data) > 100_000
    # one byte is eight dots across: 0x10 0x04 is a row with two of sixteen dots black
    dangerous = b"\x10\x04\x10\x05\x10\x14\x10\x10\x04\x04\x10\x00"
    picture = Image.frombytes("1", (96, 1), bytes(~byte & 0xFF for byte in dangerous))
    writer = _Writer(SMALL)
    writer._picture(picture)
    assert writer.out[8:] == bytes.fromhex("10061007101610100604 1000")
    for command in (b"\x10\x04", b"\x10\x05", b"\x10\x14"):
        assert command not in data
        assert command not in writer.out


def test_a_printer_without_qr_gets_its_picture() -> None:
    marks = read(body(QrCode("https://example.com/r/0"), name="generic_58mm"))
    assert [type(mark) for mark in marks] == [Picture]


@pytest.mark.parametrize("content", ["", "a\nb", "\x1b@", "x" * 5000])
def test_a_qr_code_that_cannot_be_printed_says_why(content: str) -> None:
    with pytest.raises(EncodeError) as caught:
        body(QrCode(content))
    assert caught.value.remedy


def test_a_long_qr_code_still_fits_the_paper() -> None:
    # 300 bytes at level M: version 13, 69 modules, and 4 empty ones on each side
    (code,) = read(body(QrCode("x" * 300)))
    assert isinstance(code, Qr)
    assert code.module == 512 // (69 + 8)
    pictures = read(body(QrCode("x" * 300), name="generic_58mm"))
    assert [(mark.stride, mark.height) for mark in pictures if isinstance(mark, Picture)] == [(48, 255), (48, 21)]


def test_a_name_cannot_smuggle_commands_to_the_printer() -> None:
    data = body(Text("Tea\x1bp\x00\x19\x19\x10\x14\x01\x00\x01"), Columns("\x1dV\x00", "\x1b@1.00"))
    assert b"\x1b" not in data
    assert b"\x1d" not in data
    assert b"\x10" not in data
    assert not any(isinstance(mark, Cut) for mark in read(data))


def test_long_names_are_wrapped_beside_the_amount() -> None:
    data = body(Columns("Käsekrainer süß extra scharf mit Senf und Kren", "7,98 €"))
    assert lines(data) == ["Käsekrainer süß extra scharf mit", "Senf und Kren" + " " * 23 + "7,98 €"]


def test_double_width_takes_two_columns() -> None:
    data = body(Columns("SUMME", "1 234,50 €", double=True))
    assert lines(data) == ["SUMME      1 234,50 €"]
    assert lines(body(Text("Vielen Dank für Ihren Einkauf", double=True))) == ["Vielen Dank für Ihren", "Einkauf"]


def test_an_amount_as_wide_as_the_paper_gets_its_own_line() -> None:
    rows = columns("Item", "1" * 40, 42)
    assert [row.joined(42) for row in rows] == ["Item", "  " + "1" * 40]


@settings(deadline=None)  # this machine may be busy
@given(st.text(), st.integers(2, 64))
def test_wrapped_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    wrapped = wrap(text, width)
    assert all(cells(line) <= width for line in wrapped)
    kept = plain(clean(text))
    assert "".join("".join(wrapped).split(" ")) == "".join(kept.split(" "))


amounts = st.text(st.characters(codec="cp858", exclude_categories=("Cc", "Cf")), max_size=20)


@settings(deadline=None)  # this machine may be busy
@given(st.text(st.characters(codec="cp858", exclude_categories=("Cc", "Cf")), max_size=120), amounts, st.booleans())
def test_what_was_encoded_reads_back(left: str, right: str, double: bool) -> None:
    data = body(Columns(left, right, double=double))
    width = 21 if double else 42
    printed = lines(data)
    assert all(len(line) <= width for line in printed)
    expected = plain(clean(left)) + plain(clean(right))
    assert "".join("".join(printed).split()) == "".join(expected.split())


@settings(deadline=None)  # letters without a code page are drawn
@given(st.lists(st.one_of(st.builds(Text, st.text(max_size=40)), st.just(Rule())), max_size=4))
def test_no_text_makes_the_encoder_fail(elements: list[Element]) -> None:
    assert read(body(*elements)) or not elements


def test_every_profile_is_sound() -> None:
    for name in ("epson_tm_t88", "epson_tm_t20", "epson_tm_m30", "generic_80mm", "generic_58mm"):
        model = profile(name)
        assert model.name == name
        assert model.dots % 8 == 0
        assert model.columns * 12 <= model.dots
        for page in model.code_pages:
            assert bytes(range(0x20, 0x7F)).decode(page.codec).isascii()
    assert profile("generic_80mm", 42).columns == 42
    with pytest.raises(ValueError, match="at most 42"):
        profile("epson_tm_t88", 48)


# In a process of its own: importing python-escpos' printer configures the root logger.
_PYTHON_ESCPOS = """
import json
from escpos.printer import Dummy
from PIL import Image
def said(act):
    printer = Dummy(profile="TM-T88V")
    act(printer)
    return printer.output.hex()
print(json.dumps({
    "qr": said(lambda p: p.qr("https://example.com/r/0", native=True, size=6, ec=1)),
    "size": said(lambda p: p.set(custom_size=True, width=2, height=2)),
    "bold": said(lambda p: p.set(bold=True)),
}))
"""


def test_python_escpos_says_the_same_where_it_is_right() -> None:
    done = subprocess.run([sys.executable, "-c", _PYTHON_ESCPOS], capture_output=True, check=True, timeout=60)
    peer = {name: bytes.fromhex(value) for name, value in json.loads(done.stdout).items()}
    assert body(QrCode("https://example.com/r/0")) == b"\x1ba\x01" + peer["qr"]
    assert body(Text("x", bold=True, double=True)) == peer["size"] + peer["bold"] + b"x\n"


@pytest.mark.parametrize(
    ("test", "ours"),
    [
        ("testSetEmphasisOn", body(Text("x", bold=True))[:3]),
        ("testFeed3Lines", b"\x1bd\x03"),
        ("testSetJustificationLeft", body(Text("x", Align.CENTRE), Text("y"))[-5:-2]),
    ],
)
def test_escpos_php_says_the_same(shared_data: Path, test: str, ours: bytes) -> None:
    cases = json.loads((shared_data / "escpos" / "escpos_php_calls.json").read_text(encoding="utf-8"))["cases"]
    (case,) = [case for case in cases if case["test"] == test]
    assert bytes.fromhex(case["expected_hex"]) == b"\x1b@" + ours
