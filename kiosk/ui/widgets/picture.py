"""A picture: an illustration, a photo of goods, or a calm letter where there is none."""

from __future__ import annotations

import logging
import zlib
from functools import lru_cache
from pathlib import Path
from typing import Any

from kivy.graphics import BorderImage, Color, InstructionGroup, Rectangle, SmoothRoundedRectangle
from kivy.graphics.texture import Texture
from kivy.properties import BooleanProperty
from PIL import Image as PilImage

from kiosk.presenter.model import Item
from kiosk.ui.theme import Colour, Look
from kiosk.ui.widgets.illustrations import ILLUSTRATIONS, goods_ground
from kiosk.ui.widgets.pen import Pen
from kiosk.ui.widgets.plates import at_its_size, plate, plate_border
from kiosk.ui.widgets.slots import Single
from kiosk.ui.widgets.text import label_options, text_texture

log = logging.getLogger(__name__)


def load_picture(path: Path) -> Any:  # noqa: ANN401 - Kivy ships no types
    """The texture of a picture file, loaded once; None where there is none (yet) or it cannot be read."""
    return _load(path, path.stat().st_mtime_ns) if path.is_file() else None


@lru_cache(maxsize=256)
def _load(path: Path, _changed_ns: int) -> Any:  # noqa: ANN401 - Kivy ships no types
    try:
        with PilImage.open(path) as opened:
            picture = opened.convert("RGBA")
    except (OSError, SyntaxError, ValueError) as error:  # what Pillow raises for a broken file
        log.warning("picture.unreadable name=%s reason=%s", path.name, error)
        return None
    texture = Texture.create(size=picture.size, colorfmt="rgba", mipmap=True)
    texture.blit_buffer(picture.tobytes(), colorfmt="rgba", bufferfmt="ubyte")
    texture.flip_vertical()
    return texture


class Picture(Single):
    """Shows `item.picture` in the largest square that fits: an illustration's name, or the stem of goods' picture."""

    # Goods on a wide round ground, for a screen of their own: their files are small.
    large = BooleanProperty(False)

    def __init__(self, **kwargs: Any) -> None:  # noqa: ANN401 - Kivy's own keyword arguments
        self._look: Look | None = None
        self._group = InstructionGroup()
        super().__init__(**kwargs)
        self.canvas.add(self._group)
        self.bind(pos=self._draw, size=self._draw)

    def fill(self, item: Item, look: Look) -> None:
        """Show the picture of an item."""
        del item  # kept as `self.item`, for drawing again when the size changes
        self._look = look
        self._draw()

    def _draw(self, *_: object) -> None:
        self._group.clear()
        side = min(self.width, self.height)
        if self._look is None or self.item is None or side < 2:
            return
        place = (self.center_x - side / 2, self.center_y - side / 2, side)
        drawing = ILLUSTRATIONS.get(self.item.picture)
        if drawing is not None:
            drawing(Pen(self._group, self._look.palette, place))
        else:
            self._draw_goods(self._look, place)

    def _draw_goods(self, look: Look, place: tuple[float, float, float]) -> None:
        x, y, side = place
        name = self.item.picture or self.item.text
        texture = load_picture(look.pictures / f"{name}.png") if look.pictures and self.item.picture else None
        self._draw_ground(goods_ground(look.palette, zlib.crc32(name.encode())), place)
        if texture is None:
            self._draw_letter(look, place)
            return
        inset = side * (0.25 if self.large else 0.12)
        self._group.add(Color(1, 1, 1, 1))
        size = (side - 2 * inset, side - 2 * inset)
        self._group.add(Rectangle(texture=texture, pos=(x + inset, y + inset), size=size))

    def _draw_ground(self, paint: Colour, place: tuple[float, float, float]) -> None:
        x, y, side = place
        if self.large:
            self._group.add(Color(*paint))
            disc = {"radius": [side / 2], "segments": 64}
            self._group.add(SmoothRoundedRectangle(pos=(x, y), size=(side, side), **disc))
            return
        corner = round(side * 0.2)
        ground = {"texture": plate(paint, paint, corner, 1), "border": plate_border(corner), "auto_scale": "both_lower"}
        self._group.add(Color(1, 1, 1, 1))
        self._group.add(BorderImage(pos=(round(x), round(y)), size=(round(side), round(side)), **ground))

    def _draw_letter(self, look: Look, place: tuple[float, float, float]) -> None:
        x, y, side = place
        letter = next((sign for sign in self.item.text if sign.isalnum()), "").upper()
        if not letter:
            return
        texture = text_texture(letter, **label_options(max(round(side * 0.46), 1), bold=True))
        at_its_size(texture)
        width, height = texture.size
        self._group.add(Color(*look.palette.ink_soft))
        pos = (round(x + (side - width) / 2), round(y + (side - height) / 2))
        self._group.add(Rectangle(texture=texture, pos=pos, size=texture.size))
