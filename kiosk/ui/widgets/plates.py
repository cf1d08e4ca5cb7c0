"""Cards and buttons as nine-patch textures made once: a round corner or a soft shadow costs no more than a rectangle.

Filling pixels is what a frame is made of where no graphics processor draws (measured: a shadow and a smooth rounded
rectangle drawn afresh were half of it), so each plate is one opaque body with baked corners.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from kivy.base import EventLoop
from kivy.graphics import Rectangle
from kivy.graphics.texture import Texture
from PIL import Image, ImageChops, ImageDraw, ImageFilter

from kiosk.ui.theme import Colour, Look

# Corners are drawn this many times larger and made small again, for smooth edges.
_OVERSAMPLING = 8
_SIGMA_OF_BLUR = 0.36


def at_its_size(texture: Any) -> None:  # noqa: ANN401 - Kivy ships no types
    """Have a texture drawn pixel for pixel; blending its neighbours in costs time and changes nothing at this size."""
    if texture is not None:
        texture.mag_filter = texture.min_filter = "nearest"


def cheapen_plain_fills() -> None:
    """Kivy fills every plain shape from one white texture: read one pixel of it instead of blending four alike."""
    EventLoop.ensure_window()  # a texture before there is a window ends the process
    at_its_size(Rectangle().texture)


def plate(fill: Sequence[float], line: Sequence[float], corner: float, hair: int) -> Any:  # noqa: ANN401 - Kivy's
    """The texture of a plate with an outline `hair` pixels wide; draw it with `plate_border(corner)`."""
    return _plate(_colour(fill), _colour(line), round(corner), hair)


def plate_border(corner: float) -> list[int]:
    """The `border` of a Kivy `BorderImage` for a plate."""
    return [round(corner) + 1] * 4


def card(look: Look) -> Any:  # noqa: ANN401 - Kivy ships no types
    """The texture of a white card in its soft shadow; draw it `card_margin` pixels wider on all sides."""
    p = look.palette
    return _card(p.card, p.shadow, look.radius(), (look.unit(3), look.unit(0.5), look.unit(0.6)))


def card_margin(look: Look) -> int:
    """How many pixels the shadow reaches beyond a card."""
    return look.unit(3) + look.unit(0.5)


def card_border(look: Look) -> list[int]:
    """The `border` of a Kivy `BorderImage` for a card."""
    return [card_margin(look) + _card_corner(look.radius(), look.unit(3))] * 4


def _card_corner(radius: int, blur: int) -> int:
    return radius + blur


def _colour(values: Sequence[float]) -> Colour:
    red, green, blue, alpha = values
    return (red, green, blue, alpha)


@lru_cache(maxsize=256)
def _plate(fill: Colour, line: Colour, corner: int, hair: int) -> Any:  # noqa: ANN401 - Kivy ships no types
    side = 2 * (corner + 1) + 1
    picture = _flat(line, _round_mask(side, 0, corner))
    if fill != line:
        picture.alpha_composite(_flat(fill, _round_mask(side, hair, max(corner - hair, 1))))
    return _texture(picture)


@lru_cache(maxsize=8)
def _card(fill: Colour, shade: Colour, radius: int, cast_by: tuple[int, int, int]) -> Any:  # noqa: ANN401 - Kivy's
    blur, drop, shrink = cast_by
    margin = blur + drop
    side = 2 * (margin + _card_corner(radius, blur)) + 1
    cast = ImageChops.offset(_round_mask(side, margin + shrink, radius), 0, drop)
    cast = cast.filter(ImageFilter.GaussianBlur(blur * _SIGMA_OF_BLUR))
    picture = _flat(shade, cast.point(lambda value: round(value * shade[3])))
    picture.alpha_composite(_flat(fill, _round_mask(side, margin, radius)))
    return _texture(picture)


def _flat(paint: Colour, mask: Image.Image) -> Image.Image:
    picture = Image.new("RGBA", mask.size, tuple(round(part * 255) for part in paint[:3]))
    picture.putalpha(mask)
    return picture


def _round_mask(side: int, inset: int, radius: int) -> Image.Image:
    """A rounded square `inset` pixels from the edges of a square of `side` pixels."""
    large = Image.new("L", (side * _OVERSAMPLING,) * 2)
    first, last = inset * _OVERSAMPLING, (side - inset) * _OVERSAMPLING - 1
    ImageDraw.Draw(large).rounded_rectangle((first, first, last, last), radius * _OVERSAMPLING, fill=255)
    return large.reduce(_OVERSAMPLING)


def _texture(picture: Image.Image) -> Any:  # noqa: ANN401 - Kivy ships no types
    texture = Texture.create(size=picture.size, colorfmt="rgba")
    upright = picture.transpose(Image.Transpose.FLIP_TOP_BOTTOM)
    texture.blit_buffer(upright.tobytes(), colorfmt="rgba", bufferfmt="ubyte")
    at_its_size(texture)
    return texture
