"""A picture of printed paper, as a thermal printer would leave it; for the bench panel and for people in tests."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import qrcode
import qrcode.exceptions
from PIL import Image, ImageDraw

from drivers.printer.paper import Barcode, Cut, Line, Mark, Picture, Pulse, Qr, Span
from drivers.printer.raster import Pen

_PAPER, _INK = 250, 28  # thermal paper is never white, its print never black
_MARGIN = 32
_CELL, _LINE = 12, 30
_CELL_B, _LINE_B = 9, 22
_TOOTH = 6


def draw(marks: Iterable[Mark], dots: int = 576) -> Image.Image:
    """`marks` on paper `dots` wide plus margins; greyscale. A cut shows as a serrated edge."""
    pieces = [_piece(mark, dots) for mark in marks]
    height = sum(piece.height for piece in pieces) + 2 * _MARGIN
    paper = Image.new("L", (dots + 2 * _MARGIN, height), _PAPER)
    top = _MARGIN
    for piece in pieces:
        paper.paste(piece, ((paper.width - piece.width) // 2, top))
        top += piece.height
    _serrate(paper)
    return paper


def _piece(mark: Mark, dots: int) -> Image.Image:
    match mark:
        case Line():
            return _line(mark, dots)
        case Picture(_, _, align):
            return _aligned(_dots(mark), dots, align)
        case Qr(content, module, align):
            return _aligned(_qr(content, module), dots, align)
        case Barcode(_, content, height, align):
            return _aligned(_barcode(content, height), dots, align)
        case Cut() | Pulse():
            return Image.new("L", (dots, 0), _PAPER)


def _line(line: Line, dots: int) -> Image.Image:
    height = max((_size(span)[1] for span in line.spans), default=_LINE)
    image = Image.new("L", (dots, height), _PAPER)
    width = sum(len(span.text) * _size(span)[0] for span in line.spans)
    x = max(0, (dots - width) * line.align // 2)
    for span in line.spans:
        letters = _letters(span)
        image.paste(letters, (x, height - letters.height))
        x += letters.width
    return image


def _size(span: Span) -> tuple[int, int]:
    cell, line = (_CELL_B, _LINE_B) if span.style.font_b else (_CELL, _LINE)
    return cell * span.style.width, line * span.style.height


def _letters(span: Span) -> Image.Image:
    """Letters at normal size, each in its cell, then stretched as the printer stretches them."""
    cell, line = (_CELL_B, _LINE_B) if span.style.font_b else (_CELL, _LINE)
    image = Image.new("L", (max(1, len(span.text) * cell) * 2, line * 2), _PAPER)
    canvas = ImageDraw.Draw(image)
    pen = Pen(2 * cell * 5 // 3)  # drawn twice as large and shrunk: soft edges, like heat on paper
    for place, letter in enumerate(span.text):
        x = 2 * place * cell
        if letter == "─":
            canvas.rectangle((x, line - 1, x + 2 * cell, line + 1), fill=_INK)
        elif letter.strip():
            image.paste(_letter(pen, letter, (2 * cell, 2 * line), bold=span.style.bold), (x, 0))
    if span.style.underline:
        canvas.rectangle((0, 2 * line - 5, image.width, 2 * line - 3), fill=_INK)
    if span.style.inverse:
        image = image.point(lambda level: _PAPER + _INK - level)
    width, height = _size(span)
    return image.resize((max(1, len(span.text) * width), height), Image.Resampling.BILINEAR)


def _letter(pen: Pen, letter: str, size: tuple[int, int], *, bold: bool) -> Image.Image:
    """One letter in its cell: in the middle where its font makes it narrower, squeezed where wider."""
    width, height = size
    wide = max(width, pen.width(letter))
    tile = Image.new("L", (wide, height), _PAPER)
    pen.draw(ImageDraw.Draw(tile), ((wide - pen.width(letter)) // 2, height // 10), letter, _INK, bold=bold)
    return tile if wide == width else tile.resize(size, Image.Resampling.BILINEAR)


def _dots(picture: Picture) -> Image.Image:
    if not picture.stride or not picture.height:
        return Image.new("L", (1, 1), _PAPER)
    size = (picture.stride * 8, picture.height)
    image = Image.frombytes("1", size, picture.rows[: picture.stride * picture.height])
    return image.convert("L").point(lambda level: _INK if level else _PAPER)


def _qr(content: bytes, module: int) -> Image.Image:
    code = qrcode.QRCode(error_correction=qrcode.ERROR_CORRECT_M, border=2)
    code.add_data(content or b" ", optimize=0)
    try:
        matrix: Sequence[Sequence[bool]] = code.get_matrix()
    except (qrcode.exceptions.DataOverflowError, ValueError):  # a real printer leaves the place empty
        return Image.new("L", (1, 1), _PAPER)
    image = Image.new("L", (len(matrix), len(matrix)), _PAPER)
    image.putdata([_INK if dark else _PAPER for row in matrix for dark in row])
    return image.resize((len(matrix) * module,) * 2, Image.Resampling.NEAREST)


def _barcode(content: str, height: int) -> Image.Image:
    """Bars that stand for a bar code (each byte's bits), with its digits below: to be looked at, not to be scanned."""
    bits = "".join(f"{ord(letter) & 0xFF:08b}" for letter in content)
    image = Image.new("L", (max(1, 2 * len(bits)), height + _LINE), _PAPER)
    canvas = ImageDraw.Draw(image)
    for place, bit in enumerate(bits):
        if bit == "1":
            canvas.rectangle((2 * place, 0, 2 * place + 1, height), fill=_INK)
    pen = Pen()
    pen.draw(canvas, ((image.width - pen.width(content)) // 2, height), content, _INK, bold=False)
    return image


def _aligned(image: Image.Image, dots: int, align: int) -> Image.Image:
    paper = Image.new("L", (dots, image.height), _PAPER)
    paper.paste(image, (max(0, (dots - image.width) * align // 2), 0))
    return paper


def _serrate(paper: Image.Image) -> None:
    """Teeth at both ends, cut out of the paper against a darker table."""
    canvas = ImageDraw.Draw(paper)
    for x in range(0, paper.width, 2 * _TOOTH):
        canvas.polygon([(x, 0), (x + 2 * _TOOTH, 0), (x + _TOOTH, _TOOTH)], fill=200)
        bottom = paper.height - 1
        canvas.polygon([(x, bottom), (x + 2 * _TOOTH, bottom), (x + _TOOTH, bottom - _TOOTH)], fill=200)
