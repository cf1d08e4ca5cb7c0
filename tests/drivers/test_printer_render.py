"""What is printed can be read back: documents in every script, through ESC/POS and an independent reader."""

from __future__ import annotations

import io
import re
import unicodedata

import pytest
from arabic_reshaper import ArabicReshaper
from bidi.algorithm import get_display
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops

from drivers.device import DeviceError
from drivers.printer.bidi import figure, visual
from drivers.printer.interface import Align, Columns, Element, QrCode, Rule, Text
from drivers.printer.layout import cells, clean, doubles
from drivers.printer.paper import Cut, Line, Mark, Picture, Qr, read
from drivers.printer.profile import Cutter, Images, profile
from drivers.printer.raster import picture_of
from drivers.printer.render import profile_columns, profile_names, to_escpos, to_png, to_text

LTR, RTL, END = "\u2066", "\u2067", "\u2069"
HEBREW, ARABIC = "אבגדהוזחטיכךלמםנןסעפףצץקרשת", "ابتثجحخدذرزسشصضطظعغفقكلمنهويةى"
# Signs without a direction, none of which has a mirror image; each stands for an isolate while its line is ordered.
STANDINS = "☀☁☂☃☄★☆☎☏☐☑☒"


def oracle(line: str, *, rtl: bool) -> str:
    """The order on paper by python-bidi's own old algorithm, which shares no code with its new one.

    It knows no isolates, so each is put in order by itself and seen from outside as one neutral sign (UAX #9, X5c).
    """
    line = line.removeprefix("\u200f")
    inner: dict[str, str] = {}

    def isolated(match: re.Match[str]) -> str:
        sign = STANDINS[len(inner)]
        inner[sign] = get_display(match[2], base_dir="R" if match[1] == RTL else "L")
        return sign

    whole = re.sub(f"([{LTR}{RTL}])([^{LTR}{RTL}{END}]*)(?:{END}|$)", isolated, joined(line))
    shown = str(get_display(whole, base_dir="R" if rtl else "L"))
    return "".join(inner.get(sign, sign) for sign in shown).replace("\u200f", "")


def joined(text: str) -> str:
    shaper = ArabicReshaper({"delete_harakat": True, "support_zwj": False, "ARABIC LIGATURE ALLAH": False})
    return str(shaper.reshape(text))


def squeezed(text: str) -> str:
    return re.sub(" +", " ", text).strip(" ")


words = st.one_of(
    st.text("abcdefgXYZ", min_size=1, max_size=8),
    st.text(HEBREW, min_size=1, max_size=8),
    st.text(ARABIC, min_size=1, max_size=8),
    st.text("ąęłżźćńó", min_size=1, max_size=6),
    st.text("苹果茶", min_size=1, max_size=4),
    st.integers(0, 9999).map(str),
    st.sampled_from(["0.5", "7", "Up", "x", "&", "%", "-", "+", "1,5", "€", "₪", "…", "3/4"]),
)
names = st.lists(words, min_size=1, max_size=6).map(" ".join)
amounts = st.builds(
    lambda minor, sign: f"{minor // 100:,}.{minor % 100:02d}\xa0{sign}" if minor >= 0 else f"-{-minor}\xa0{sign}",
    st.integers(-(10**9), 10**11),
    st.sampled_from(["€", "₪", "zł", "ج.م."]),
)


def named(name: str) -> str:
    first = next((kind for kind in map(unicodedata.bidirectional, name) if kind in ("L", "R", "AL")), "L")
    return f"{LTR if first == 'L' else RTL}{name}{END}"


@st.composite
def documents(draw: st.DrawFn) -> tuple[Element, ...]:
    """Lines as receipts have them, all from left to right or all from right to left."""
    rtl = draw(st.booleans())
    name = names.map(named) if rtl else names
    figures = st.builds(
        lambda n, a: (f"{LTR}{n}{END}", f"{LTR}{a}{END}") if rtl else (n, a), st.integers(1, 99), amounts
    )
    detail = figures.map("  {0[0]} x {0[1]}".format)
    bold, double = draw(st.booleans()), draw(st.booleans())
    element = st.one_of(
        st.builds(Text, name | detail, st.sampled_from(Align), st.just(bold), st.just(double), st.just(rtl)),
        st.builds(Columns, name, amounts, st.just(bold), st.just(double), st.just(rtl)),
        st.just(Rule()),
        st.text("ABC123:/", min_size=1, max_size=30).map(QrCode),
    )
    return tuple(draw(st.lists(element, min_size=1, max_size=3)))


@settings(max_examples=60)
@given(documents(), st.sampled_from([name for name in profile_names() if profile(name).images is Images.RASTER]))
def test_what_was_printed_reads_back_as_the_text_in_the_order_of_its_script(
    elements: tuple[Element, ...], name: str
) -> None:
    model = profile(name)
    marks = [mark for mark in read(to_escpos(elements, name)) if not isinstance(mark, Cut)]
    if model.cutter is Cutter.NONE:
        assert [mark.text for mark in marks[-6:] if isinstance(mark, Line)] == [""] * 6  # fed to the tear bar
        marks = marks[:-6]
    for element in elements:
        for line in to_text([element], model.columns).splitlines() if not isinstance(element, QrCode) else ["qr"]:
            compare(marks.pop(0), element, line, name)
            if line == "qr" and not model.native_qr:
                marks = marks[1:] if marks and isinstance(marks[0], Picture) and marks[0].height < 24 else marks
    assert marks == []


def compare(mark: Mark, element: Element, line: str, name: str) -> None:
    """One mark on the paper against one line of text; also that it fits."""
    model = profile(name)
    if isinstance(element, QrCode):
        assert isinstance(mark, Qr | Picture)
        assert not isinstance(mark, Qr) or mark.content.decode() == element.content
        return
    if isinstance(mark, Line):
        assert sum(cells(span.text) * span.style.width for span in mark.spans) <= model.columns
        expected = "─" * model.columns if isinstance(element, Rule) else on_paper(element, line)
        assert squeezed(mark.text) == squeezed(expected)
        return
    assert isinstance(mark, Picture)
    assert mark.stride * 8 <= model.dots
    assert isinstance(element, Text | Columns)
    assert same_ink(mark, element, line, model.columns * 12)


def on_paper(element: Element, line: str) -> str:
    """A line of text as it stands on paper, by the oracle; an amount is a thing of its own beside the words."""
    if isinstance(element, Columns):
        left, amount = divided(element, line)
        sides = (oracle(left, rtl=element.rtl), figure_by_oracle(amount))
        return " ".join(reversed(sides) if element.rtl else sides)
    assert isinstance(element, Text)
    return oracle(line, rtl=element.rtl)


def divided(element: Columns, line: str) -> tuple[str, str]:
    """Words and amount of a line; the amount stands on the last one only, and whole."""
    amount = squeezed(clean(element.right).replace("\xa0", " "))
    end = f"{LTR}{amount}{END}" if element.rtl else amount
    return (line.removesuffix(end), amount) if line.endswith(end) else (line, "")


def figure_by_oracle(amount: str) -> str:
    strong = [kind for kind in map(unicodedata.bidirectional, amount) if kind in ("L", "R", "AL")]
    return oracle(amount + "\u200f" if strong[-1:] not in ([], ["L"]) else amount, rtl=False)


def same_ink(picture: Picture, element: Text | Columns, line: str, dots: int) -> bool:
    """Whether the picture shows what drawing the expected line gives, wherever on the paper it stands."""
    large = element.double and (isinstance(element, Text) or doubles(element.right, dots // 12))
    if isinstance(element, Columns):
        words_, amount = divided(element, line)
        sides = (oracle(words_.rstrip(" "), rtl=element.rtl), figure_by_oracle(amount))
        left, right = reversed(sides) if element.rtl else sides
    else:
        shown = oracle(line, rtl=element.rtl)
        left, right = (shown if element.align is Align.LEFT else shown.strip(" ")), ""
    expected = picture_of(left, right, dots, bold=element.bold, double=large).convert("L")
    found = Image.frombytes("1", (picture.stride * 8, picture.height), picture.rows).convert("L")
    found, expected = inked(found), inked(ImageChops.invert(expected))
    if found.size != expected.size:
        return False
    # A few dots are blackened on purpose where a picture would hold a real-time command.
    return sum(ImageChops.difference(found, expected).histogram()[128:]) <= 16


def inked(image: Image.Image) -> Image.Image:
    box = image.getbbox()
    return image.crop(box) if box is not None else image.crop((0, 0, 1, 1))


@given(names, st.booleans())
def test_the_order_on_paper_is_that_of_unicode(name: str, rtl: bool) -> None:
    assert visual(name, rtl=rtl) == oracle(name, rtl=rtl)


@pytest.mark.parametrize(
    ("text", "rtl", "shown"),
    [
        ("שלום", True, "םולש"),
        ("שלום", False, "םולש"),
        ("מחיר 12.50", True, "12.50 ריחמ"),
        (f"{LTR}7 Up{END} קר", True, "רק 7 Up"),
        ("(אב) [x]", True, "[x] (בא)"),
        (f"{LTR}1.80 ₪{END}/ק״ג", True, "ג״ק/1.80 ₪"),
        ("سلام", True, "ﻡﻼﺳ"),
        ("שָׁלוֹם", True, "םולש"),
        ("a\u202eb", False, "a\u202eb"),
        ("א\u202eb", True, "bא"),
        (f"{RTL}אב 12", True, "12 בא"),
    ],
)
def test_the_order_of_known_lines(text: str, shown: str, *, rtl: bool) -> None:
    assert visual(text, rtl=rtl) == shown


def test_the_full_stop_of_a_currency_stays_with_it() -> None:
    assert figure("-1.80 €") == "-1.80 €"
    assert figure("5.00 ج.م.") == joined("5.00 ") + "." + "ﻡ.ﺝ"


def test_an_amount_that_cannot_be_doubled_is_printed_plainly_and_whole() -> None:
    total = Columns("Total", "123.00 €", bold=True, double=True)
    (line,) = [mark for mark in read(to_escpos((total,), "generic_58mm")) if isinstance(mark, Line) and mark.text]
    assert squeezed(line.text) == "Total 123.00 €"
    assert {span.style.width for span in line.spans} == {2}
    longer = Columns("Total", "1,123,456,789.00 €", bold=True, double=True)
    (line,) = [mark for mark in read(to_escpos((longer,), "generic_58mm")) if isinstance(mark, Line) and mark.text]
    assert line.text == "Total         1,123,456,789.00 €"
    assert {span.style.width for span in line.spans} == {1}


def test_a_word_is_not_broken_to_make_room_for_an_amount() -> None:
    assert to_text([Columns("Sicherheitsschuhe", "11,234,567.00 €")], 32).splitlines() == [
        "Sicherheitsschuhe",
        "                 11,234,567.00 €",
    ]


def test_text_from_right_to_left_says_so_to_whoever_shows_it() -> None:
    elements = (Text("תודה", rtl=True), Columns("סה״כ", "1.00", rtl=True), Text("Thanks"), Rule())
    assert to_text(elements, 12).splitlines() == ["\u200fתודה", f"\u200fסה״כ    {LTR}1.00{END}", "Thanks", "-" * 12]


def test_a_picture_of_the_paper() -> None:
    for name in profile_names():
        data = to_png((Text("Tea"), Columns("שלום", "1.00 ₪", rtl=True), QrCode("x")), name)
        image = Image.open(io.BytesIO(data))
        assert image.format == "PNG"
        assert image.width == profile(name).dots + 64


def test_who_asks_for_what_there_is_not_is_told_what_there_is() -> None:
    with pytest.raises(DeviceError) as caught:
        to_escpos((Text("x"),), "laser")
    assert "generic_58mm" in caught.value.remedy
    with pytest.raises(DeviceError):
        to_escpos((QrCode(""),), "generic_80mm")
    with pytest.raises(ValueError, match="8 columns"):
        to_text((Text("x"),), 7)
    assert profile_columns("generic_58mm") == 32
