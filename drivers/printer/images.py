"""Pictures for the paper: a PNG made into dots, and dots into the bytes that a model prints pictures from."""

from __future__ import annotations

import io

from PIL import Image

from drivers.device import DeviceError
from drivers.printer.interface import Align, Picture
from drivers.printer.profile import Images, PrinterProfile

_MOST_BYTES, _MOST_DOTS = 1_000_000, 4_000_000  # of a PNG: a logo takes a hundredth of it
_SLICE_ROWS = 255  # of a picture: more and yH of GS v 0 is no longer 0, which cheap printers insist on
_STRIP_ROWS = 8
# TM-U220: lines of 16/144 inch, so that strips of 8 needles (72 dpi) touch; then the usual distance again.
_STRIP_SPACING, _USUAL_SPACING = b"\x1b3\x10", b"\x1b2"
_DOUBLE_DENSITY = 1
# A picture must not hold a real-time command: the printer would obey it in passing (DLE EOT, DLE ENQ, DLE DC4).
# Changing the second byte blackens one dot more.
_DEFUSED = ((b"\x10\x04", b"\x10\x06"), (b"\x10\x05", b"\x10\x07"), (b"\x10\x14", b"\x10\x16"))


class EncodeError(DeviceError):
    """A job that cannot be put on paper; nothing of it was sent."""


def dots_of(picture: Picture, profile: PrinterProfile) -> Image.Image:
    """The picture as wide as the paper, black is 0, dithered. `EncodeError` where it is no PNG or far too large."""
    image = _opened(picture.png)
    widest = max(8, profile.dots * min(100, max(1, picture.width)) // 100)
    if image.width > widest:
        image = image.resize((widest, max(1, image.height * widest // image.width)), Image.Resampling.LANCZOS)
    room = profile.dots - image.width
    left = {Align.LEFT: 0, Align.CENTRE: room // 2, Align.RIGHT: room}[picture.align]
    paper = Image.new("L", (profile.dots, image.height), 255)
    paper.paste(image, (left, 0))
    return paper.convert("1")  # Floyd and Steinberg; what is black and white already stays as it is


def centred(image: Image.Image, dots: int) -> Image.Image:
    """`image` in the middle of paper `dots` wide."""
    paper = Image.new("1", (dots, image.height), 1)
    paper.paste(image, ((dots - image.width) // 2, 0))
    return paper


def picture_bytes(image: Image.Image, profile: PrinterProfile) -> bytes:
    """`image` (mode "1", black is 0) in the way of that model; it holds its own alignment."""
    if profile.images is Images.COLUMNS:
        return _in_columns(image, profile)
    return b"".join(_raster(image.crop((0, top, image.width, bottom))) for top, bottom in _slices(image, _SLICE_ROWS))


def _raster(part: Image.Image) -> bytes:
    """`GS v 0 m xL xH yL yH`, rows from the left, a 1 is black."""
    stride = (part.width + 7) // 8
    paper = Image.new("1", (stride * 8, part.height), 1)
    paper.paste(part, (0, 0))
    rows = bytes(byte ^ 0xFF for byte in paper.tobytes())
    size = stride.to_bytes(2, "little") + part.height.to_bytes(2, "little")
    return b"\x1dv0\x00" + size + defused(rows)


def _in_columns(image: Image.Image, profile: PrinterProfile) -> bytes:
    """`ESC * m nL nH`, columns from the left, the top needle as the highest bit; dots are higher than they are wide."""
    height = max(1, image.height * profile.row_dpi // profile.dpi)
    squeezed = image.convert("L").resize((image.width, height), Image.Resampling.BOX).point(_darkened).convert("1")
    out = bytearray(_STRIP_SPACING)
    for top, _ in _slices(squeezed, _STRIP_ROWS):
        # Turned by a quarter and mirrored, a column is a row of one byte. Beyond the image, crop gives black.
        strip = Image.new("1", (squeezed.width, _STRIP_ROWS), 1)
        strip.paste(squeezed.crop((0, top, squeezed.width, min(top + _STRIP_ROWS, height))), (0, 0))
        columns = bytes(byte ^ 0xFF for byte in strip.transpose(Image.Transpose.TRANSPOSE).tobytes())
        out += b"\x1b*" + bytes((_DOUBLE_DENSITY,)) + len(columns).to_bytes(2, "little") + defused(columns) + b"\n"
    return bytes(out) + _USUAL_SPACING


def _darkened(level: int) -> int:
    """Two rows become one: a dot stays where nearly half of it was black, or thin lines would vanish."""
    return 0 if level < 160 else 255


def _slices(image: Image.Image, rows: int) -> list[tuple[int, int]]:
    return [(top, min(top + rows, image.height)) for top in range(0, image.height, rows)]


def defused(data: bytes) -> bytes:
    """`data` of a picture without real-time commands in it."""
    for command, harmless in _DEFUSED:
        data = data.replace(command, harmless)
    return data


def _opened(png: bytes) -> Image.Image:
    """The PNG in shades of grey, on white where it is transparent."""
    # Its size stands in the first chunk of a PNG (IHDR): looked at before anything is unpacked.
    width, height = int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")
    if len(png) > _MOST_BYTES or width * height > _MOST_DOTS:
        raise _unusable("is too large")
    try:
        with Image.open(io.BytesIO(png), formats=["PNG"]) as image:
            coloured = image.convert("RGBA")
    except (OSError, ValueError, SyntaxError) as error:
        raise _unusable("is no PNG that can be read") from error
    white = Image.new("RGBA", coloured.size, (255, 255, 255, 255))
    return Image.alpha_composite(white, coloured).convert("L")


def _unusable(why: str) -> EncodeError:
    return EncodeError(
        f"A picture of this document {why}.", "Use a PNG file of 1 MB and 4 million dots at most, as wide as the paper."
    )
