"""Text as a picture of dots, for what a printer's character tables do not hold and for the bench printer's paper."""

from __future__ import annotations

import importlib.util
import logging
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from drivers.printer.bidi import turned

log = logging.getLogger(__name__)

_LINE_DOTS = 24  # height of a line in font A
_LETTER_PX = 20  # at this size a monospace letter is 12 dots wide, as a printer's font A is
_BLANK = " "


def font_files() -> tuple[Path, ...]:
    """Fonts of this machine, best first: the two that come with Kivy, then DejaVu and CJK fonts of the system."""
    found: list[Path] = []
    # find_spec does not import the package: drivers know nothing of screens, they only borrow the font file.
    spec = importlib.util.find_spec("kivy")
    if spec is not None and spec.origin is not None:
        folder = Path(spec.origin).parent / "data" / "fonts"
        found += [folder / "RobotoMono-Regular.ttf", folder / "DejaVuSans.ttf"]
    system = Path("/usr/share/fonts")
    found += [system / "truetype/dejavu/DejaVuSansMono.ttf", *sorted(system.glob("**/*CJK*-Regular.*"))]
    return tuple(path for path in found if path.is_file())


class Pen:
    """Draws text with the first font that has each letter. `px` is the letter size; not for sharing by threads."""

    def __init__(self, px: int = _LETTER_PX, files: tuple[Path, ...] | None = None) -> None:
        paths = font_files() if files is None else files
        self._fonts = [ImageFont.truetype(str(path), px) for path in paths]
        # Text comes in the order of the paper; where libfribidi is installed, Pillow would turn it around once more.
        self._as_given = [ImageFont.truetype(str(path), px, layout_engine=ImageFont.Layout.BASIC) for path in paths]
        if not self._fonts:
            fallback = ImageFont.load_default(px)
            if not isinstance(fallback, ImageFont.FreeTypeFont):
                raise RuntimeError("Pillow was built without FreeType: install a Pillow wheel from PyPI.")
            self._fonts = self._as_given = [fallback]
        self._px = px
        self._voids = [bytes(font.getmask("\uffff")) for font in self._fonts]
        self._known: dict[str, int | None] = {_BLANK: 0}

    def width(self, text: str) -> int:
        """How many dots wide `text` is drawn."""
        return round(sum(font.getlength(run) for font, run in self._runs(text)))

    def draw(self, canvas: ImageDraw.ImageDraw, at: tuple[int, int], text: str, fill: int, *, bold: bool) -> None:
        """Draw `text` with its left end at x and its baseline below y by the letter size."""
        x, y = at
        for font, run in self._runs(text):
            canvas.text((x, y + self._px), run, fill=fill, font=font, anchor="ls", stroke_width=0.4 if bold else 0)
            x += round(font.getlength(run))

    def spelled(self, text: str) -> str:
        """`text` with its number in brackets for each letter that no font has: it must not vanish from a receipt."""
        missing = {letter for letter in text if self._font_of(letter) is None}
        for letter in sorted(missing):
            log.warning("printer.no_glyph code_point=%04x", ord(letter))
            text = text.replace(letter, f"[{ord(letter):04X}]")
        return text

    def _runs(self, text: str) -> Iterator[tuple[ImageFont.FreeTypeFont, str]]:
        for font, letters in groupby(text, lambda letter: self._font_of(letter) or 0):
            run = "".join(letters)
            yield (self._as_given if turned(run) else self._fonts)[font], run

    def _font_of(self, character: str) -> int | None:
        if character not in self._known:
            self._known[character] = next(
                (
                    number
                    for number, font in enumerate(self._fonts)
                    if bytes(font.getmask(character)) != self._voids[number]
                ),
                None,
            )
        return self._known[character]


def picture_of(left: str, right: str, dots: int, *, bold: bool = False, double: bool = False) -> Image.Image:
    """One line of print as a 1-bit picture `dots` wide (black is 0): `left` at the left end, `right` at the right.

    Letters are made smaller where the line would be wider than the paper.
    """
    scale = 2 if double else 1
    px = _LETTER_PX * scale
    pen = Pen(px)
    left, right = pen.spelled(left), pen.spelled(right)
    wide = pen.width(left) + pen.width(right)
    if wide > dots:
        pen = Pen(max(_LETTER_PX // 2, px * dots // wide))
    image = Image.new("L", (dots, _LINE_DOTS * scale + 4), 255)
    canvas = ImageDraw.Draw(image)
    pen.draw(canvas, (0, 0), left, 0, bold=bold)
    pen.draw(canvas, (dots - pen.width(right), 0), right, 0, bold=bold)
    return image.point(lambda level: 255 if level > 140 else 0).convert("1", dither=Image.Dither.NONE)
