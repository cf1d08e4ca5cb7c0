"""Shelf labels as ZPL: read back as they were meant, no name a command, no text wider than its label; the status."""

from __future__ import annotations

import json
from itertools import pairwise

import pytest
from hypothesis import assume, example, given
from hypothesis import strategies as st

from drivers.printer.images import EncodeError
from drivers.printer.label_conditions import conditions
from drivers.printer.label_interface import LabelBarcode, LabelCode, LabelJob, ShelfLabel
from drivers.printer.zpl_encode import encode
from drivers.printer.zpl_reader import Label, commands, labels
from drivers.printer.zpl_status import Framer, HostStatus, Identity, Noise, describe, redact
from drivers.printer.zpl_text import cut, width_of, wrapped

EAN = LabelBarcode("4006381333931")


def label_of(job: LabelJob, dpi: int = 203) -> Label:
    (label,) = labels(encode(job, dpi))
    return label


def job(name: str = "Milch 1 l", price: str = "1,29 €", **more: object) -> LabelJob:
    return LabelJob("j", ShelfLabel(name, price, **more))  # type: ignore[arg-type] # fields of a label


def test_a_label_comes_out_as_it_was_meant() -> None:
    meant = ShelfLabel("Käse «Gruyère»", "3,98 €", "19,90 €/kg", EAN, ("Art. 12-3", "Herkunft: CH"))
    label = label_of(LabelJob("j", meant, copies=12, width_mm=60, height_mm=40))
    assert (label.width, label.length, label.copies) == (480, 320, 12)
    assert label.texts == ["Käse «Gruyère»", "Art. 12-3", "Herkunft: CH", "19,90 €/kg", "3,98 €"]
    (code,) = [field for field in label.fields if field.kind == "ean13"]
    assert code.text == "400638133393"  # the printer adds the check digit
    prices = {field.text: field.height for field in label.fields}
    assert prices["3,98 €"] > 2 * prices["19,90 €/kg"]


@pytest.mark.parametrize(("dpi", "per_mm"), [(203, 8), (300, 12), (600, 24)])
def test_a_label_is_as_large_on_every_printer(dpi: int, per_mm: int) -> None:
    label = label_of(job(barcode=EAN), dpi)
    assert (label.width, label.length) == (60 * per_mm, 40 * per_mm)
    for field in label.fields:
        assert field.x < label.width
        assert field.y + field.height * field.block_lines <= label.length
    heights = [field.y for field in label_of(job(barcode=EAN)).fields]
    assert [field.y * 8 // per_mm for field in label.fields] == pytest.approx(heights, abs=8)


@pytest.mark.parametrize(
    ("symbology", "content", "kind", "read"),
    [
        (LabelCode.EAN13, "4006381333931", "ean13", "400638133393"),
        (LabelCode.EAN8, "96385074", "ean8", "9638507"),
        (LabelCode.UPCA, "036000291452", "upca", "03600029145"),
        (LabelCode.CODE128, "Ab^c~d>e_f", "code128", "Ab^c~d>e_f"),
        (LabelCode.CODE128, "123456", "code128", "123456"),
        (LabelCode.QR, "https://example.com/ü?a=^FS~JA", "qr", "https://example.com/ü?a=^FS~JA"),
    ],
)
def test_every_kind_of_bar_code(symbology: LabelCode, content: str, kind: str, read: str) -> None:
    label = label_of(job(barcode=LabelBarcode(content, symbology)))
    (code,) = [field for field in label.fields if field.kind != "text"]
    assert (code.kind, code.text) == (kind, read)


def test_the_bytes_are_those_of_the_manual() -> None:
    data = encode(job("A_B", barcode=EAN), 203).decode("ascii")
    assert data.startswith("^XA^CI28^LH0,0^PW480^LL320^FO16,16^A0N,40,40^FB448,1,0,L,0^FH^FDA_5FB^FS")
    assert "^BY3^BEN,80,Y,N^FH^FD400638133393^FS" in data
    assert data.endswith("^PQ1,0,0,N^XZ")
    assert "^FH^FD_3E:AB" in encode(job(barcode=LabelBarcode("AB", LabelCode.CODE128)), 203).decode("ascii")


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        (job(barcode=LabelBarcode("4006381333930")), "check digit"),
        (job(barcode=LabelBarcode("400638133393")), "13 digits"),
        (job(barcode=LabelBarcode("036000291453", LabelCode.UPCA)), "check digit"),
        (job(barcode=LabelBarcode("ä", LabelCode.CODE128)), "ASCII"),
        (job(barcode=LabelBarcode("x" * 60, LabelCode.CODE128)), "no room for the bar code"),
        (job(barcode=LabelBarcode("", LabelCode.QR)), "empty"),
        (job(price="9" * 80), "no room for the price"),
        (LabelJob("j", ShelfLabel("a", "1"), copies=0), "1 to 999"),
        (LabelJob("j", ShelfLabel("a", "1"), copies=1000), "1 to 999"),
        (LabelJob("j", ShelfLabel("a", "1"), width_mm=5), "10 to 200"),
        (LabelJob("j", ShelfLabel("a", "1"), dpi=300), "300 dpi"),
    ],
)
def test_what_cannot_be_put_on_a_label_is_refused(wrong: LabelJob, why: str) -> None:
    with pytest.raises(EncodeError, match=why) as caught:
        encode(wrong, 203)
    assert caught.value.remedy


def test_a_long_name_is_wrapped_made_smaller_and_cut_off_at_last() -> None:
    short = label_of(job("Milch")).fields[0]
    longer = label_of(job("Bergkäse gereift am Stück 250 g Packung")).fields[0]
    assert longer.block_lines == 2
    assert longer.text.split() == ["Bergkäse", "gereift", "am", "Stück", "250", "g", "Packung"]
    endless = label_of(job("Wort " * 60)).fields[0]
    assert endless.text.endswith("…")
    assert endless.block_lines == 2
    assert endless.height < short.height
    assert label_of(job("B" * 200)).fields[0].text.endswith("…")


def test_letters_that_the_printer_has_not_are_drawn() -> None:
    label = label_of(job("Хлеб", price="45 ₽"))
    assert [field.kind for field in label.fields] == ["picture", "picture"]
    assert label.texts == []


TEXTS = st.text(max_size=40) | st.text(alphabet="^~_\\&>FDXSJAHC0123,", max_size=40)


@given(TEXTS, TEXTS, TEXTS)
@example("^XZ^XA^FDfree^FS^XZ", "~JA", "a\\&b")
@example("_5E", "\\", "_")
@example("^\x1b~\n", "\r", "\x03")
def test_no_text_is_a_command(name: str, unit: str, line: str) -> None:
    """Whatever is in a name, the commands are those of a label, and what can be read is the name."""
    made = job(name, "1,00", unit_price=unit, lines=(line,), barcode=EAN)
    data = encode(made, 203)
    assert data.isascii()
    plain = encode(job("a", "1,00", unit_price="a" if unit else "", lines=("a",), barcode=EAN), 203)
    found = [command.name for command in commands(data)]
    text = {"^FO", "^A0", "^A", "^FB", "^FH", "^FD", "^FS", "^GF"}
    assert [name for name in found if name not in text] == [c.name for c in commands(plain) if c.name not in text]
    assert len(labels(data)) == 1
    assert b"~" not in data


@given(st.text(alphabet="abcXYZ^~_\\&> äöüß€0123", min_size=1, max_size=20))
@example("\\&")
@example("a\\\\&b_5C")
def test_a_short_name_is_read_back_as_it_was(name: str) -> None:
    assume(name.strip())
    fields = label_of(LabelJob("j", ShelfLabel(name, "1"), width_mm=100, height_mm=40)).fields
    assert fields[0].text.replace("\n", " ").split() == name.split()


@given(st.text(min_size=1, max_size=12).filter(lambda text: text.isascii() and text.isprintable()))
@example(">>^~_\\")
def test_any_code_128_is_read_back(content: str) -> None:
    label = label_of(
        LabelJob("j", ShelfLabel("a", "1", barcode=LabelBarcode(content, LabelCode.CODE128)), width_mm=120)
    )
    (code,) = [field for field in label.fields if field.kind == "code128"]
    assert code.text == content


@given(st.text(max_size=80), st.integers(20, 120), st.integers(200, 900))
def test_no_line_is_wider_than_its_label(text: str, height: int, width: int) -> None:
    lines = wrapped(text, height, width)
    assert all(width_of(line, height) <= width for line in lines)
    kept = cut(text, height, width)
    assert width_of(kept, height) <= width


COMMANDS = ["^XA", "^XZ", "^PW", "^LL", "^PQ", "^CI28", "^FO", "^FD", "^FS", "^FH", "^FB", "^A0", "^BC", "^BQ", "^GF"]
PIECES = st.sampled_from(
    [*COMMANDS, "~HS", "_5", "_5E", "_", "\\&", "\\", ">", ">0", ",", "1", "9" * 30, "x", "²", "é"]
)


@given(st.binary(max_size=400) | st.lists(PIECES, max_size=40).map(lambda found: "".join(found).encode("latin-1")))
@example("^XA^PW²^PQ^FO^FS^XZ".encode("latin-1"))
def test_any_zpl_is_read_without_a_fault(data: bytes) -> None:
    labels(data)
    assert b"".join((c.name + c.data).encode("latin-1") for c in commands(data)) == data


WELL = b"\x02030,0,0,0320,000,0,0,0,000,0,0,0\x03\r\n\x02001,0,0,0,0,2,4,0,00000000,1,000\x03\r\n\x021234,0\x03\r\n"


def answer(first: dict[int, str] | None = None, second: dict[int, str] | None = None) -> HostStatus:
    lines = [line.strip(b"\x02\x03").decode().split(",") for line in WELL.split(b"\r\n")[:3]]
    for number, changes in enumerate((first or {}, second or {})):
        for place, value in changes.items():
            lines[number][place] = value
    (status,) = Framer().feed(b"".join(b"\x02%s\x03\r\n" % ",".join(line).encode() for line in lines))
    assert isinstance(status, HostStatus)
    return status


@pytest.mark.parametrize(
    ("status", "code", "prints"),
    [
        (answer(), None, True),
        (answer({1: "1"}), "media_out", False),
        (answer({2: "1"}), "paused", False),
        (answer({5: "1"}), "buffer_full", False),
        (answer({9: "1"}), "settings_lost", True),
        (answer({10: "1"}), "head_cold", True),
        (answer({11: "1"}), "head_hot", False),
        (answer(None, {2: "1"}), "head_open", False),
        (answer(None, {3: "1"}), "ribbon_out", False),
        (answer(None, {7: "1"}), "label_waiting", True),
    ],
)
def test_the_fields_of_a_status(status: HostStatus, code: str | None, prints: bool) -> None:
    assert [condition.code for condition in conditions(status)] == ([code] if code else [])
    assert all(condition.remedy and condition.message for condition in conditions(status))
    assert status.can_print is prints
    assert status.idle


def test_what_is_left_to_print() -> None:
    assert answer({4: "003"}).formats == 3
    assert answer(None, {8: "00000012"}).remaining == 12
    assert not any(status.idle for status in (answer({4: "1"}), answer({7: "1"}), answer(None, {8: "1"})))


def test_an_identity() -> None:
    framer = Framer()
    assert framer.feed(b"\x02ZD421-203dpi,V93.21.07Z,8,8176KB\x03\r\n" + WELL) == [
        Identity("ZD421-203dpi", "V93.21.07Z", 203),
        answer(),
    ]
    assert framer.feed(b"\x02X,V1,99,1KB\x03") == [Identity("X", "V1", 0)]


@given(st.binary(max_size=200) | st.text(alphabet="\x02\x030,1\r\n", max_size=200).map(str.encode))
@example(WELL[:-9] + WELL)
@example(b"\x02\xb2,1\x03")
def test_any_answers_in_any_pieces_never_raise(data: bytes) -> None:
    whole = Framer().feed(data)
    for cuts in ([1], [7, 8], range(len(data))):
        framer, found = Framer(), []
        for start, end in pairwise([0, *(min(cut_at, len(data)) for cut_at in cuts), len(data)]):
            found += framer.feed(data[start:end])
        assert found == whole
    json.dumps(describe(data))
    redact(data)


@given(st.binary(max_size=100) | st.text(alphabet="\x02\x030,1", max_size=20).map(str.encode))
@example(b"\x02030,")
def test_after_garbage_the_next_status_is_read(garbage: bytes) -> None:
    """What the garbage began is ended by the next STX."""
    assert Framer().feed(garbage + WELL)[-1] == answer()


def test_a_line_without_end_is_given_up() -> None:
    framer = Framer()
    (noise, *_) = framer.feed(b"\x02" + b"1" * 300)
    assert isinstance(noise, Noise)
    assert framer.feed(WELL)[-1] == answer()


def test_a_technician_reads_a_status() -> None:
    replies = describe(WELL.replace(b"030,0", b"030,1") + b"\xff\x0212")["replies"]
    assert isinstance(replies, list)
    status, noise = replies
    assert (status["kind"], status["media_out"], status["can_print"]) == ("status", True, False)
    assert noise == {"kind": "noise", "value": "ff"}
    assert describe(b"\x0212")["rest"] == "02 31 32"
    assert "4006381333931" not in redact(encode(job(barcode=EAN), 203))
