"""StarPRNT and Star Line Mode: what the encoder sends is read back, files of another encoder too, and the status."""

from __future__ import annotations

import io
import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from PIL import Image

from drivers.printer.commands import Command
from drivers.printer.delivery import slices
from drivers.printer.images import EncodeError
from drivers.printer.interface import Align, Barcode, Columns, Picture, PrintJob, QrCode, Rule, Symbology, Text
from drivers.printer.paper import Barcode as BarcodeMark
from drivers.printer.paper import Cut, Line, Qr, text_of
from drivers.printer.paper import Picture as PictureMark
from drivers.printer.star_commands import Splitter
from drivers.printer.star_encode import MODES, START, encode
from drivers.printer.star_paper import read
from drivers.printer.star_profile import Dialect, profile
from drivers.printer.star_pulse import in_stream, real_time
from drivers.printer.star_status import Asb, Framer, Noise, describe, redact

MODEL = profile("star_mc_print3")
DIALECTS: tuple[Dialect, ...] = ("star_prnt", "star_line")


def coded(*elements: object, dialect: Dialect = "star_prnt") -> bytes:
    return encode(PrintJob("j", elements), MODEL, dialect)  # type: ignore[arg-type] # elements of every kind


def lines(data: bytes) -> list[str]:
    return [mark.text for mark in read(data) if isinstance(mark, Line)]


@pytest.mark.parametrize("lang", ["de", "pl", "en"])
def test_files_of_another_encoder_are_read(shared_data: Path, lang: str) -> None:
    folder = shared_data / "escpos" / "rpe"
    files = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))["files"]
    (meant,) = [file for file in files if file["lang"] == lang and file["language"] == "star-prnt"]
    marks = read((folder / meant["file"]).read_bytes())
    printed = [mark.text for mark in marks if isinstance(mark, Line)]
    assert [line for line in meant["lines"] if line not in printed] == []
    (heading,) = [mark for mark in marks if isinstance(mark, Line) and "KIOSK" in mark.text]
    assert heading.spans[-1].style.bold
    assert [mark.content for mark in marks if isinstance(mark, BarcodeMark)] == [meant["barcode"]["value"]]
    assert [mark.content.decode() for mark in marks if isinstance(mark, Qr)] == [meant["qr"]]
    assert sum(isinstance(mark, Cut) for mark in marks) == 1


def test_a_receipt_comes_out_as_it_was_meant() -> None:
    data = coded(
        Text("KIOSK MARKET", Align.CENTRE, bold=True, double=True),
        Rule(),
        Columns("Käsekrainer süß", "7,98 €"),
        Text("Żółć gęślą jaźń"),
        Text("Привет"),
        Text("right", Align.RIGHT),
        Barcode("4006381333931", Symbology.EAN13),
        Barcode("A%{B", Symbology.CODE128),
        QrCode("https://example.com/r/ü"),
    )
    marks = read(data)
    head = marks[0]
    assert isinstance(head, Line)
    assert (head.align, head.spans[0].style.bold, head.spans[0].style.width, head.spans[0].style.height) == (
        1,
        True,
        2,
        2,
    )
    printed = lines(data)
    assert printed[0] == "KIOSK MARKET"
    assert printed[1] == "─" * 48
    assert printed[2] == "Käsekrainer süß" + " " * 27 + "7,98 €"
    assert printed[3:5] == ["Żółć gęślą jaźń", "Привет"]
    assert printed[5] == " " * 43 + "right"
    assert [(mark.symbology, mark.content) for mark in marks if isinstance(mark, BarcodeMark)] == [
        ("EAN13", "4006381333931"),
        ("CODE128", "A%{B"),
    ]
    (qr,) = [mark for mark in marks if isinstance(mark, Qr)]
    assert (qr.content.decode(), qr.module, qr.align) == ("https://example.com/r/ü", 6, 1)
    assert isinstance(marks[-1], Cut)


def test_the_bytes_are_those_of_the_manual() -> None:
    assert coded(Text("a")) == START + b"a\n\x1bd\x03"
    assert b"\x1bE" + b"b\n" in coded(Text("b", bold=True))
    assert b"\x1bi\x01\x01" + b"c\n" in coded(Text("c", double=True))
    assert b"\x1b\x1dt\x04\xd5\n" in coded(Text("€"))
    assert b"\x1bb\x03\x02\x02\x504006381333931\x1e" in coded(Barcode("4006381333931", Symbology.EAN13))
    assert b"\x1b\x1dyD1\x00\x02\x00hi\x1b\x1dyP" in coded(QrCode("hi"))
    assert in_stream(0, 100, 200) == b"\x1b\x07\x0a\x14\x07"
    assert in_stream(1, 100, 200) == b"\x1a"
    assert (real_time(0), real_time(1)) == (b"\x1c", b"\x19")
    # Neither may be in a job: both begin the count of ETB anew, and CAN empties the buffer.
    assert b"\x1b@" not in MODES
    assert b"\x18" not in MODES


@pytest.mark.parametrize("pin", [-1, 2])
def test_a_drawer_that_there_is_not_is_refused(pin: int) -> None:
    with pytest.raises(ValueError, match="pins 0 and 1"):
        in_stream(pin, 100, 200)


@pytest.mark.parametrize("dialect", DIALECTS)
def test_a_picture_has_its_dots(dialect: Dialect) -> None:
    image = Image.new("1", (16, 50), 1)
    for y in range(50):
        image.putpixel((y % 16, y), 0)
    file = io.BytesIO()
    image.save(file, "PNG")
    data = coded(Picture(file.getvalue(), align=Align.LEFT), dialect=dialect)
    pictures = [mark for mark in read(data) if isinstance(mark, PictureMark)]
    rows = b"".join(mark.rows for mark in pictures)
    stride = MODEL.dots // 8
    assert {mark.stride for mark in pictures} == {stride}
    for y in range(50):
        assert int.from_bytes(rows[y * stride : (y + 1) * stride], "big") == 1 << (MODEL.dots - 1 - y % 16)
    assert not any(rows[50 * stride :])
    assert (b"\x1b\x1dS\x01" in data) is (dialect == "star_prnt")
    assert (b"\x1bk" in data) is (dialect == "star_line")


@pytest.mark.parametrize("dialect", DIALECTS)
def test_what_no_table_has_is_printed_as_a_picture(dialect: Dialect) -> None:
    (picture, *_), text = read(coded(Text("ⵣ" * 3), dialect=dialect)), text_of(read(coded(Text("a"))))
    assert isinstance(picture, PictureMark)
    assert any(picture.rows)
    assert "a" in text


def test_what_cannot_be_printed_is_refused() -> None:
    for wrong in (Barcode("4006381333930", Symbology.EAN13), Barcode("ü"), QrCode(""), Picture(b"no picture")):
        with pytest.raises(EncodeError):
            coded(wrong)


@given(st.text(max_size=60), st.booleans())
@example("\x1bd\x03\x07\x1c\x19\x17", False)
@example("ß\x18", True)
def test_no_text_is_a_command(text: str, bold: bool) -> None:
    """Of a job of one text only text, line ends, styles, pages and pictures go out."""
    known = {b"", b"\n", b"\x1b\x1dt", b"\x1bE", b"\x1b\x1dS", b"\x1bd"}
    data = coded(Text(text, bold=bold))
    assert data.startswith(START)
    commands = Splitter().feed(data[len(START) :])
    assert {command.name for command in commands} <= known
    assert [command.name for command in commands].count(b"\x1bd") == 1
    assert b"".join(command.raw for command in commands) == data[len(START) :]


# Commands begun and not ended, and what might be their rest.
BEGUN = [
    b"\x1b\x1dS",
    b"\x1bX",
    b"\x1bk",
    b"\x1bb",
    b"\x1b*r",
    b"\x1b\x1dy",
    b"\x1b\x1dx",
    b"\x1bD",
    b"\x1b#",
    b"\x1bi",
]
RESTS = [b"\x1b", b"\x1b\x1d", b"\x01\x00", b"\x01", b"\x00", b"\x1e", b"P", b"D1\x00", b"S2", b"D", b"\n", b"abc"]
STAR_PIECES = st.sampled_from([*BEGUN, *RESTS, b"\x1bd", b"\x1b\x1dt"])


@given(
    st.binary(max_size=300) | st.lists(STAR_PIECES, max_size=40).map(b"".join),
    st.lists(st.integers(0, 300), max_size=6),
)
@example(b"\x1b\x1dS\x01\x01", [])
@example(b"\x1b\x1dyS2\x06abc\n", [4])
def test_any_bytes_are_cut_and_read_in_any_pieces(data: bytes, cuts: list[int]) -> None:
    whole = Splitter()
    commands = whole.feed(data)
    assert b"".join(command.raw for command in commands) + whole.pending == data
    for places in (sorted(min(cut, len(data)) for cut in cuts), range(len(data))):
        splitter, found = Splitter(), []
        for start, end in pairwise([0, *places, len(data)]):
            found += splitter.feed(data[start:end])
        assert b"".join(command.raw for command in found) + splitter.pending == data
        assert whole_runs(found) == whole_runs(commands)
    read(data)


def whole_runs(commands: list[Command]) -> list[bytes]:
    """Commands as bytes, with text that was taken in pieces put together."""
    runs: list[bytes] = []
    after_text = False
    for command in commands:
        if after_text and not command.name:
            runs[-1] += command.raw
        else:
            runs.append(command.raw)
        after_text = not command.name
    return runs


def test_a_job_goes_out_in_whole_commands() -> None:
    data = coded(*(Text(f"line {n}", bold=bool(n % 2)) for n in range(300)), QrCode("x" * 1500))
    pieces = list(slices(data, Splitter()))
    assert b"".join(pieces) == data
    assert len(pieces) > 3
    for piece in pieces:
        splitter = Splitter()
        splitter.feed(piece)
        assert splitter.pending == b""


GOOD = bytes.fromhex("2306000000000000 00".replace(" ", ""))


@pytest.mark.parametrize(
    ("data", "so"),
    [
        ("230600000000000000", set()),
        ("230628000000000000", {"offline", "cover_open"}),
        ("230648000000000000", {"offline"}),
        ("230608000008000000", {"offline", "paper_out"}),
        ("230600000004000000", {"paper_low"}),
        ("230600000002000000", {"paper_low"}),
        ("230608080000000000", {"offline", "cutter_error"}),
        ("230608040000000000", {"offline", "mechanical_error"}),
        ("230608000400000000", {"offline", "mechanical_error"}),
        ("230608200000000000", {"offline", "unrecoverable"}),
        ("230608400000000000", {"offline", "head_hot"}),
        ("230604000000000000", {"drawer_high"}),
        ("0f020400000000", {"drawer_high"}),
    ],
)
def test_the_bits_of_a_status(data: str, so: set[str]) -> None:
    (asb,) = Framer().feed(bytes.fromhex(data))
    assert isinstance(asb, Asb)
    status = asb.status
    assert {name for name in type(status).__slots__ if getattr(status, name)} == so
    assert status.can_print is not bool(so - {"paper_low", "drawer_high"})


def test_the_count_of_etb() -> None:
    for count in range(32):
        byte = (count & 7) << 1 | (count & 0x18) << 2
        (asb,) = Framer().feed(bytes((0x23, 0x06, 0x02, 0, 0, 0, 0, byte, 0)))
        assert isinstance(asb, Asb)
        assert (asb.etb_count, asb.etb_executed) == (count, True)
    (short,) = Framer().feed(bytes.fromhex("0f020000000000"))
    assert isinstance(short, Asb)
    assert short.etb_count is None


def test_what_a_network_interface_adds_is_taken_with_its_status() -> None:
    added = b"01:B\x00\x01\x12;"
    data = bytes.fromhex("238600000000000000") + bytes((0, len(added))) + added
    assert Framer().feed(data) == [Asb(data[:9], added)]
    assert Framer().feed(bytes.fromhex("2386000000000000000000") + GOOD)[1:] == [Asb(GOOD)]
    assert [type(found) for found in Framer().feed(bytes.fromhex("238600000000000000ffff") + GOOD)] == [Asb, Noise, Asb]


def test_flow_control_between_the_bytes_is_no_part() -> None:
    mixed = b"".join(bytes((byte,)) + (b"\x13" if n % 2 else b"\x11") for n, byte in enumerate(GOOD))
    assert Framer().feed(mixed) == [Asb(GOOD)]


# Heads of every length, and what may follow them.
ASB_BYTES = st.lists(
    st.sampled_from([0x01, 0x03, 0x05, 0x09, 0x0D, 0x0F, 0x21, 0x23, 0x6F, 0, 2, 6, 0x86, 0x11, 0xFF]), max_size=60
).map(bytes)


@given(st.binary(max_size=120) | ASB_BYTES, st.lists(st.integers(0, 120), max_size=6))
@example(b"\x05\x00\x09\x00\x00\x00", [])
@example(b"\x23\x06\x00\x23\x06", [])
@example(b"\x23\x86\x00\x00\x00\x00\x00\x00\x00\x02\x00", [3])
def test_any_replies_in_any_pieces_give_the_same_and_never_raise(data: bytes, cuts: list[int]) -> None:
    found = Framer().feed(data)
    for places in (sorted(min(cut, len(data)) for cut in cuts), range(len(data))):
        framer = Framer()
        pieces = [framer.feed(data[start:end]) for start, end in pairwise([0, *places, len(data)])]
        assert [reply for piece in pieces for reply in piece] == found
    for reply in found:
        if isinstance(reply, Asb):
            assert reply.status is not None
            assert (reply.etb_count is None) is (len(reply.data) < 8)
    json.dumps(describe(data))
    redact(data)


@given(st.binary(max_size=40) | ASB_BYTES)
@example(b"\x23\x06\x00")
@example(b"\x23")
def test_after_garbage_the_next_statuses_are_read(garbage: bytes) -> None:
    """None is lost, but where the garbage announced that bytes will follow which are none: those are bounded."""
    framer = Framer()
    framer.feed(garbage)
    if framer.pending[1:2] >= b"\x80":
        assert framer.feed(GOOD * 70)[-1] == Asb(GOOD)
    else:
        assert [found for found in framer.feed(GOOD * 3) if isinstance(found, Asb)] == [Asb(GOOD)] * 3


def test_a_technician_reads_a_status() -> None:
    described = describe(bytes.fromhex("230628000008000200 ff 2306".replace(" ", "")))
    replies = described["replies"]
    assert isinstance(replies, list)
    status, noise = replies
    assert status["conditions"] == ["cover_open", "paper_out"]
    assert status["etb_count"] == 1
    assert noise == {"kind": "noise", "value": "ff"}
    assert described["rest"] == "23 06"
    assert redact(b"x" * 100).startswith("100 bytes: 78 78")
