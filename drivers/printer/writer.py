"""The elements of a job laid out in lines and letters; how each is said to a printer, its own writer knows."""

from __future__ import annotations

import abc
import unicodedata
from itertools import groupby

from PIL import Image

from drivers.printer.bidi import figure, visual
from drivers.printer.images import centred
from drivers.printer.interface import Align, Barcode, Columns, Element, Picture, QrCode, Rule, Text
from drivers.printer.layout import Row, columns, doubles, wrap
from drivers.printer.profile import CodePage, PrinterProfile
from drivers.printer.raster import picture_of


class Writer(abc.ABC):
    """Collects bytes and remembers the printer's modes, so that a mode is sent only where it changes.

    `modes`: what the start of a job leaves behind.
    """

    def __init__(self, profile: PrinterProfile, modes: dict[str, bytes]) -> None:
        self.out = bytearray()
        self._profile = profile
        self._modes = modes
        self._page: CodePage | None = None

    def add(self, element: Element) -> None:
        """Put `element` below what is there; raises as `drivers.printer.encode.encode`."""
        width = self._profile.columns
        match element:
            case Text(text, align, bold, double, rtl):
                for line in wrap(text, width // 2 if double else width, rtl=rtl):
                    self._row(text_row(visual(line, rtl=rtl), align, rtl=rtl), align, bold=bold, double=double)
            case Columns(left, right, bold, double, rtl):
                large = double and doubles(right, width)
                for row in columns(left, right, width // 2 if large else width, rtl=rtl):
                    self._row(columns_row(row, rtl=rtl), Align.LEFT, bold=bold, double=large)
            case Rule():
                self._row(Row("─" * width if self._pages_for("─") else "-" * width), Align.LEFT)
            case QrCode() | Barcode() | Picture():
                self._graphic(element)

    @abc.abstractmethod
    def _graphic(self, element: QrCode | Barcode | Picture) -> None:
        """Put a code or a picture below what is there."""

    @abc.abstractmethod
    def _align(self, *, centre: bool) -> None:
        """Have all that follows stand at the left or in the middle."""

    @abc.abstractmethod
    def _look(self, *, bold: bool, double: bool) -> None:
        """Have the letters that follow look so."""

    @abc.abstractmethod
    def _choose(self, page: CodePage) -> bytes:
        """The command that makes `page` the one in use."""

    @abc.abstractmethod
    def _dots(self, image: Image.Image) -> bytes:
        """The command that prints `image`."""

    def _row(self, row: Row, align: Align, *, bold: bool = False, double: bool = False) -> None:
        text = row.joined(self._profile.columns // 2 if double else self._profile.columns)
        if not all(self._pages_for(character) for character in set(text)):
            self._picture(self._drawn(row, align, bold=bold, double=double))
            return
        self._align(centre=align is Align.CENTRE)
        self._look(bold=bold, double=double)
        # A page that holds the whole line saves changing back and forth within it.
        whole = next((page for page in self._candidates() if encodable(text, page)), None)
        for page, run in groupby(text, lambda character: whole or self._pages_for(character)[0]):
            self._in_page("".join(run), page)
        self.out += b"\n"

    def _in_page(self, text: str, page: CodePage) -> None:
        if page != self._page and not text.isascii():
            self.out += self._choose(page)
            self._page = page
        self.out += text.encode(page.codec)

    def _candidates(self) -> tuple[CodePage, ...]:
        return (*((self._page,) if self._page else ()), *self._profile.code_pages)

    def _pages_for(self, character: str) -> list[CodePage]:
        return [page for page in self._candidates() if encodable(character, page)]

    def _mode(self, name: str, command: bytes) -> None:
        if self._modes[name] != command:
            self._modes[name] = command
            self.out += command

    def _drawn(self, row: Row, align: Align, *, bold: bool, double: bool) -> Image.Image:
        dots = self._profile.columns * self._profile.dots_per_column
        image = picture_of(row.left, row.right, dots, bold=bold, double=double)
        box = image.point(lambda level: 255 - level).getbbox()
        if align is Align.CENTRE and box is not None:
            return centred(image.crop((0, 0, box[2], image.height)), self._profile.dots)
        return image

    def _picture(self, image: Image.Image) -> None:
        """`image` holds its own alignment."""
        self._align(centre=False)
        self.out += self._dots(image)

    def _native(self, command: bytes) -> None:
        self._align(centre=True)
        self.out += command


def text_row(line: str, align: Align, *, rtl: bool) -> Row:
    """Flush right by spaces: a printer's own right would miss the column of the amounts where dots are left over."""
    if align is Align.CENTRE:
        return Row(line.strip(" "))
    flush_right = (align is Align.RIGHT) != rtl
    return Row("", line.lstrip(" ")) if flush_right else Row(line)


def columns_row(row: Row, *, rtl: bool) -> Row:
    """The columns as they are printed, from left to right; with `rtl` they change sides."""
    words, amount = visual(row.left, rtl=rtl), figure(row.right)
    return Row(amount, words) if rtl else Row(words, amount)


def encodable(text: str, page: CodePage) -> bool:
    """Whether `page` holds every letter of `text`."""
    if any(unicodedata.combining(character) for character in text):
        return False  # a printer gives a mark a cell of its own, beside its letter
    try:
        text.encode(page.codec)
    except UnicodeEncodeError:
        return False
    return True
