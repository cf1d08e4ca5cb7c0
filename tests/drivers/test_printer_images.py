"""Pictures, bar codes and models: what is sent for each, what stands on the paper, and what is refused."""

from __future__ import annotations

import io
import json
import zlib
from importlib import resources
from pathlib import Path

import pytest
from barcode.codex import Code128  # type: ignore[import-untyped] # python-barcode has no types
from barcode.ean import EAN8, EAN13  # type: ignore[import-untyped] # the same
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from drivers.printer import paper
from drivers.printer.encode import EncodeError, encode, start
from drivers.printer.images import picture_bytes
from drivers.printer.interface import Align, Barcode, Columns, Element, Picture, PrintJob, QrCode, Symbology, Text
from drivers.printer.profile import Images, PrinterProfile, Proof, Says, names, profile
from drivers.printer.render import to_png, to_text

U220 = profile("epson_tm_u220")
T88 = profile("epson_tm_t88")
REAL_TIME = (b"\x10\x04", b"\x10\x05", b"\x10\x14")


def png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


def logo(width: int = 200, height: int = 600) -> Image.Image:
    """A black frame with grey in it: grey becomes dots."""
    image = Image.new("L", (width, height), 0)
    image.paste(128, (10, 10, width - 10, height - 10))
    return image


def body(element: Element, model: PrinterProfile) -> bytes:
    return encode(PrintJob("job", (element,), cut=False), model)[len(start(model)) :]


def whole(data: bytes) -> Image.Image:
    """All picture slices of `data` below one another, black is 255."""
    marks = [mark for mark in paper.read(data) if isinstance(mark, paper.Picture)]
    strides = {mark.stride for mark in marks}
    assert len(strides) == 1
    rows = b"".join(mark.rows for mark in marks)
    stride = strides.pop()
    return Image.frombytes("1", (stride * 8, len(rows) // stride), rows).convert("L")


@pytest.mark.parametrize(
    ("case", "dots"),
    [("testBitImageWhite", [(1, 1, [])]), ("testBitImageBoth", [(2, 2, [(0, 0), (1, 0)])])],
)
def test_a_picture_is_sent_as_escpos_php_sends_it(
    shared_data: Path, case: str, dots: list[tuple[int, int, list[tuple[int, int]]]]
) -> None:
    cases = json.loads((shared_data / "escpos" / "escpos_php_calls.json").read_text(encoding="utf-8"))["cases"]
    expected = next(bytes.fromhex(one["expected_hex"]) for one in cases if one["test"] == case)
    ((width, height, black),) = dots
    image = Image.new("1", (width, height), 1)
    for place in black:
        image.putpixel(place, 0)
    assert b"\x1b@" + picture_bytes(image, T88) == expected


def test_a_logo_comes_in_slices_and_whole() -> None:
    data = body(Picture(png(logo())), T88)
    marks = [mark for mark in paper.read(data) if isinstance(mark, paper.Picture)]
    assert [mark.height for mark in marks] == [255, 255, 90]
    image = whole(data)
    assert image.size == (512, 600)
    assert image.getbbox() == ((512 - 200) // 2, 0, (512 + 200) // 2, 600)
    inside = image.crop((200, 100, 300, 200)).histogram()[255] / 10_000
    assert 0.4 < inside < 0.6  # half of the dots for a middle grey


@pytest.mark.parametrize(("align", "left"), [(Align.LEFT, 0), (Align.CENTRE, 156), (Align.RIGHT, 312)])
def test_a_picture_stands_where_it_shall(align: Align, left: int) -> None:
    box = whole(body(Picture(png(logo()), align=align), T88)).getbbox()
    assert box is not None
    assert (box[0], box[2]) == (left, left + 200)


@pytest.mark.parametrize(("width", "dots"), [(100, 512), (50, 256), (0, 8), (1000, 512)])
def test_a_picture_is_never_wider_than_the_paper(width: int, dots: int) -> None:
    box = whole(body(Picture(png(Image.new("L", (2000, 400))), width=width), T88)).getbbox()
    assert box is not None
    assert box[2] - box[0] == dots
    assert box[3] == max(1, 400 * dots // 2000)


def test_what_is_transparent_is_not_printed() -> None:
    clear = Image.new("RGBA", (100, 50), (0, 0, 0, 0))
    assert whole(body(Picture(png(clear)), T88)).getbbox() is None


def test_no_picture_holds_a_command_that_the_printer_would_obey_in_passing() -> None:
    rows = bytes((0x10, 0x14, 0x10, 0x05, 0x10, 0x04)) * 50
    image = Image.frombytes("1", (48, 50), bytes(byte ^ 0xFF for byte in rows))
    data = picture_bytes(image, T88)
    assert not any(command in data for command in REAL_TIME)


def bomb(side: int) -> bytes:
    """A PNG that says in its head that it is `side` dots wide and high."""
    small = png(Image.new("1", (8, 8)))
    head = b"IHDR" + side.to_bytes(4, "big") * 2 + small[24:29]
    return small[:12] + head + zlib.crc32(head).to_bytes(4, "big") + small[33:]


@pytest.mark.parametrize(
    "wrong",
    [
        bomb(2001),
        bomb(10_000),
        bomb(60_000),
        b"",
        b"no picture",
        png(Image.new("L", (8, 8)))[:-30],
        bytes(1_000_001),
        png(Image.new("1", (2001, 2000))),
    ],
)
def test_what_is_no_picture_is_refused_before_a_byte_is_sent(wrong: bytes) -> None:
    with pytest.raises(EncodeError) as caught:
        encode(PrintJob("job", (Picture(wrong),)), T88)
    assert "PNG" in caught.value.remedy


@settings(max_examples=50)
@given(st.binary(max_size=200))
def test_no_bytes_make_a_picture_crash(data: bytes) -> None:
    for junk in (data, png(Image.new("L", (4, 4)))[:40] + data):
        with pytest.raises(EncodeError):
            encode(PrintJob("job", (Picture(junk),)), T88)


def test_a_needle_printer_gets_columns_of_dots_that_are_not_square() -> None:
    image = Image.new("L", (160, 160), 255)
    image.paste(0, (0, 0, 160, 80))  # an inch square, its upper half black
    data = body(Picture(png(image), align=Align.LEFT), U220)
    assert data.startswith(b"\x1b3\x10\x1b*\x01\x90\x01")  # 16/144 inch, double density, 400 columns
    assert data.endswith(b"\n\x1b2")
    marks = paper.read(data)
    assert [type(mark) for mark in marks] == [paper.Picture] * 9  # 72 rows, and no blank line between the strips
    assert whole(data).getbbox() == (0, 0, 160, 36)


def test_a_needle_printer_gets_one_command_for_size_and_weight() -> None:
    data = body(Text("SUMME", bold=True, double=True), U220) + body(Text("x"), U220)
    assert data == b"\x1b!\x39SUMME\n" + b"x\n"
    assert start(U220).endswith(b"\x1b!\x01")
    assert b"\x1d!" not in encode(PrintJob("job", (Text("a", bold=True), Columns("b", "1.00", double=True))), U220)


@pytest.mark.parametrize("model", [U220, profile("zj_58"), profile("bixolon_srp_350")], ids=lambda model: model.name)
def test_a_model_without_qr_codes_draws_them(model: PrinterProfile) -> None:
    data = body(QrCode("https://example.com/r/0"), model)
    assert b"\x1d(k" not in data
    assert whole(data).getbbox() is not None


@pytest.mark.parametrize(
    ("element", "expected"),
    [
        # GS h 80, GS w 3, GS H 2, GS k 67/68/73 n (Epson ESC/POS, GS k function B)
        (Barcode("4006381333931", Symbology.EAN13), "1d6850 1d7703 1d4802 1d6b430d 34303036333831333333393331"),
        (Barcode("40170725", Symbology.EAN8), "1d6850 1d7703 1d4802 1d6b4408 3430313730373235"),
        (Barcode("R-1"), "1d6850 1d7703 1d4802 1d6b4905 7b42 522d31"),
        (Barcode("{1"), "1d6850 1d7703 1d4802 1d6b4905 7b42 7b7b31"),
        (Barcode("123456"), "1d6850 1d7703 1d4802 1d6b4905 7b43 0c2238"),
        # as set C "1620" would be DLE DC4, which kicks the drawer
        (Barcode("1620010001"), "1d6850 1d7703 1d4802 1d6b490c 7b42 31363230303130303031"),
    ],
)
def test_bar_codes_are_the_printer_s_own(element: Barcode, expected: str) -> None:
    assert body(element, T88).hex() == "1b6101" + expected.replace(" ", "")
    (mark,) = paper.read(body(element, T88))
    assert isinstance(mark, paper.Barcode)
    assert mark.align == 1


@pytest.mark.parametrize(
    ("element", "made"),
    [
        (Barcode("4006381333931", Symbology.EAN13), EAN13("4006381333931")),
        (Barcode("40170725", Symbology.EAN8), EAN8("40170725")),
        (Barcode("R-2026-0001"), Code128("R-2026-0001")),
    ],
)
def test_a_model_without_bar_codes_draws_the_right_bars(element: Barcode, made: EAN13) -> None:
    image = whole(body(element, profile("zj_58")))
    pattern = made.build()[0]
    box = image.crop((0, 0, image.width, 80)).getbbox()
    assert box is not None
    width = (box[2] - box[0]) // len(pattern)
    assert width == 3 if len(pattern) < 100 else 2
    for row in (0, 40, 79):
        dots = [image.getpixel((box[0] + place * width + width // 2, row)) for place in range(len(pattern))]
        assert "".join("1" if dot else "0" for dot in dots) == pattern


@pytest.mark.parametrize(
    "wrong",
    [
        Barcode("4006381333932", Symbology.EAN13),
        Barcode("400638133393", Symbology.EAN13),
        Barcode("٤٠١٧٠٧٢٥", Symbology.EAN8),
        Barcode("40170726", Symbology.EAN8),
        Barcode(""),
        Barcode("Käse"),
        Barcode("A\x10\x14\x01"),
        Barcode("x" * 60),
        Barcode("x" * 101),
    ],
)
def test_a_bar_code_that_would_be_wrong_is_refused(wrong: Barcode) -> None:
    for name in ("epson_tm_t88", "zj_58"):
        with pytest.raises(EncodeError) as caught:
            encode(PrintJob("job", (wrong,)), profile(name))
        assert caught.value.remedy


@given(st.text(st.characters(min_codepoint=0x20, max_codepoint=0x7E), min_size=1, max_size=12))
def test_no_bar_code_holds_a_real_time_command(content: str) -> None:
    data = body(Barcode(content), T88)
    assert not any(command in data for command in REAL_TIME)
    (mark,) = paper.read(data)
    assert isinstance(mark, paper.Barcode)


@settings(max_examples=30)
@given(st.lists(st.integers(0, 99), min_size=1, max_size=8))
def test_no_number_as_a_bar_code_holds_one_either(pairs: list[int]) -> None:
    data = body(Barcode("".join(f"{pair:02d}" for pair in (16, 4, *pairs, 16, 20, 1))[:26]), T88)
    assert not any(command in data for command in REAL_TIME)


def test_pictures_and_codes_as_text() -> None:
    elements = (Picture(b"", "KIOSK MARKET"), Picture(b""), Barcode("40170725", Symbology.EAN8))
    assert to_text(elements, 24) == "     [KIOSK MARKET]\n[EAN8 40170725]\n"


def test_pictures_and_codes_on_the_paper() -> None:
    plain = Image.open(io.BytesIO(to_png((Text("x"),), "epson_tm_t88")))
    full = Image.open(io.BytesIO(to_png((Picture(png(logo())), Barcode("R-1"), Text("x")), "epson_tm_t88")))
    assert full.height > plain.height + 600 + 80


def test_every_model_prints_every_element() -> None:
    elements = (Text("Käse 蘋", bold=True, double=True), QrCode("x"), Barcode("R-1"), Picture(png(logo(90, 30))))
    for name in names():
        model = profile(name)
        data = encode(PrintJob("job", elements), model)
        for mark in paper.read(data):
            assert not isinstance(mark, paper.Picture) or mark.stride * 8 <= model.dots
        assert (b"\x1da" in data) == (model.says is Says.AUTOMATIC)
        assert (b"\x1dv0" in data) == (model.images is Images.RASTER)


def test_models_agree_with_the_printer_database() -> None:
    """Against capabilities.json of python-escpos (escpos-printer-db): widths, columns and numbers of code pages."""
    file = resources.files("escpos") / "capabilities.json"
    known = json.loads(file.read_text(encoding="utf-8"))["profiles"]
    pairs = {
        "epson_tm_t88": "TM-T88V",
        "epson_tm_t20": "TM-T20II",
        "epson_tm_m30": "TM-T20II",
        "citizen_ct_s": "CT-S651",
        "zj_58": "ZJ-5870",
    }
    for name, theirs in pairs.items():
        model, entry = profile(name), known[theirs]
        assert model.columns == entry["fonts"]["0"]["columns"]
        assert model.dots <= entry["media"]["width"]["pixels"]
        pages = {int(number): page.lower() for number, page in entry["codePages"].items()}
        assert {page.number: page.codec for page in model.code_pages}.items() <= pages.items()
        assert model.native_qr <= entry["features"]["qrCode"]
        assert model.native_barcode <= entry["features"]["barcodeB"]
    assert known["TM-U220"]["media"]["width"]["pixels"] == U220.dots
    assert not known["TM-U220"]["features"]["bitImageRaster"]


def test_a_model_that_says_nothing_proves_nothing() -> None:
    for name in names():
        model = profile(name)
        assert (model.says is Says.NOTHING) == (model.proof is Proof.NONE)
        assert model.columns * model.dots_per_column <= model.dots
        assert model.dots % 8 == 0
