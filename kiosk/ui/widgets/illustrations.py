"""The pictures a lane explains itself with, drawn so that they need no file and are sharp on any panel."""

from __future__ import annotations

from collections.abc import Callable

from kiosk.ui.theme import Colour, Palette
from kiosk.ui.widgets.pen import Pen

_BARS = ((0, 3), (5, 1.5), (8.5, 4), (15, 1.5), (18, 2.5), (23, 4.5), (29.5, 1.5), (33, 3), (38, 1.5))


def _ground(pen: Pen, paint: Colour | None = None) -> None:
    pen.disc(50, 50, 48, paint or pen.palette.accent_soft)


def _bars(pen: Pen, x: float, y: float, height: float, scale: float = 1.0) -> None:
    for left, width in _BARS:
        pen.box((x + left * scale, y, width * scale, height), pen.palette.ink, 0.3)


def scan(pen: Pen) -> None:
    """A pack with a bar code under the scanner's beam."""
    p = pen.palette
    _ground(pen)
    pen.triangle((50, 88, 90, 36, 10, 36), (*p.card[:3], 0.75))
    pen.box((27, 14, 46, 44), p.card, 4)
    pen.quad((27, 56, 73, 56, 64, 70, 36, 70), p.accent_mid)
    pen.box((36, 66, 28, 8), p.accent, 2.5)
    pen.box((27, 52, 46, 5), p.accent_mid, 0)
    _bars(pen, 30.3, 20, 25)
    pen.line((11, 36, 89, 36), p.danger, 1.8)
    pen.box((35, 82, 30, 13), p.ink, 5)
    pen.box((41, 79.5, 18, 5), p.ink_soft, 2)


def card(pen: Pen) -> None:
    """A card held to a payment terminal."""
    p = pen.palette
    _ground(pen)
    pen.box((22, 12, 38, 62), p.ink, 6)
    pen.box((27, 50, 28, 18), p.accent_mid, 2.5)
    for row in range(3):
        for column in range(3):
            pen.box((27.5 + column * 9.6, 38 - row * 9, 7.4, 5.6), p.outline, 1.6)
    for radius in (9, 16, 23):
        pen.arc((58, 66, radius), (20, 70), p.accent, 2.6)
    pen.quad((56, 40, 88, 56, 96, 38, 64, 22), p.accent)
    pen.quad((58.5, 34.8, 90.3, 50.8, 92.7, 45.4, 60.9, 29.4), p.accent_deep)


def receipt(pen: Pen) -> None:
    """A receipt coming out of the printer."""
    p = pen.palette
    _ground(pen)
    pen.box((14, 14, 72, 34), p.ink, 7)
    pen.box((24, 40, 52, 4), p.ink_soft, 2)
    pen.box((29, 41, 42, 48), p.card, 2.5)
    pen.box((35, 77, 20, 4), p.accent, 2)
    for y, width in ((68, 30), (61, 24), (54, 30)):
        pen.box((35, y, width, 2.8), p.outline, 1.4)
    pen.box((35, 46, 30, 3.6), p.ink_soft, 1.8)
    pen.disc(76, 24, 3, p.accent_mid)


def scale(pen: Pen) -> None:
    """An apple on a scale."""
    p = pen.palette
    _ground(pen)
    pen.disc(43, 64, 14, p.danger)
    pen.disc(57, 64, 14, p.danger)
    pen.disc(50, 61.5, 14.5, p.danger)
    pen.arc((40, 66, 8), (-80, -20), (*p.card[:3], 0.55), 2.4)
    pen.line((50, 76, 53, 87), p.caution, 3)
    pen.disc(60, 83, 4.6, p.accent)
    pen.disc(64, 85, 3.4, p.accent)
    pen.box((16, 38, 68, 6), p.ink, 3)
    pen.quad((30, 39, 70, 39, 78, 16, 22, 16), p.card)
    pen.box((20, 12, 60, 7), p.ink_soft, 3)
    pen.box((37, 22, 26, 11), p.accent_deep, 2.5)
    pen.line((42, 27.5, 58, 27.5), p.accent_mid, 2.4)


def check(pen: Pen) -> None:
    """Done, and all is well."""
    p = pen.palette
    _ground(pen)
    pen.disc(50, 50, 34, p.accent)
    pen.line((34, 50, 46, 38, 68, 62), p.on_accent, 6.5)


def _figure(pen: Pen, x: float, y: float, size: float, coat: Colour) -> None:
    pen.disc(x, y + 38 * size, 15 * size, pen.palette.caution_mid)
    pen.box((x - 26 * size, y - 18 * size, 52 * size, 40 * size), coat, 18 * size)
    pen.box((x - 26 * size, y - 18 * size, 52 * size, 20 * size), coat, 3 * size)


def attendant(pen: Pen) -> None:
    """A person in the shop's apron who comes to help."""
    p = pen.palette
    _ground(pen)
    _figure(pen, 50, 32, 1.0, p.accent)
    pen.box((38, 14, 24, 26), p.accent_deep, 3)
    pen.line((40, 40, 43, 53), p.accent_deep, 3)
    pen.line((60, 40, 57, 53), p.accent_deep, 3)
    pen.box((43, 24, 14, 6), p.on_accent, 1.5)


def question(pen: Pen) -> None:
    """A code nobody knows."""
    p = pen.palette
    _ground(pen, p.caution_soft)
    pen.box((20, 26, 60, 44), p.card, 5)
    _bars(pen, 29.5, 34, 28)
    pen.disc(74, 70, 17, p.caution)
    pen.arc((74, 74, 6.2), (-90, 120), p.on_accent, 3.2)
    pen.line((78.6, 70.6, 74, 67, 74, 64), p.on_accent, 3.2)
    pen.disc(74, 58.4, 2.1, p.on_accent)


def closed(pen: Pen) -> None:
    """The sign at a lane that is not open."""
    p = pen.palette
    _ground(pen, p.hairline)
    pen.line((50, 84, 24, 58), p.ink_soft, 2.4)
    pen.line((50, 84, 76, 58), p.ink_soft, 2.4)
    pen.disc(50, 85, 3.6, p.ink)
    pen.box((14, 26, 72, 34), p.ink, 6)
    pen.box((17, 29, 66, 28), p.ink_soft, 4)
    pen.box((18.4, 30.4, 63.2, 25.2), p.ink, 3.2)
    pen.line((40, 43, 60, 43), p.paper, 6)


def wait(pen: Pen) -> None:
    """Something is being asked; an answer will come."""
    p = pen.palette
    _ground(pen, p.caution_soft)
    pen.disc(50, 50, 33, p.card)
    pen.arc((50, 50, 33), (0, 360), p.caution, 4)
    pen.line((50, 70, 50, 50, 64, 42), p.caution, 4.5)
    pen.disc(50, 50, 3.6, p.caution)


def declined(pen: Pen) -> None:
    """A card that was not accepted."""
    p = pen.palette
    _ground(pen, p.danger_soft)
    pen.box((16, 30, 62, 42), p.ink, 6)
    pen.box((16, 56, 62, 8), p.ink_soft, 0)
    pen.box((23, 38, 22, 5), p.outline, 2)
    pen.disc(75, 32, 16, p.danger)
    pen.line((69, 26, 81, 38), p.on_accent, 4)
    pen.line((69, 38, 81, 26), p.on_accent, 4)


def age(pen: Pen) -> None:
    """A bottle that is for grown-ups."""
    p = pen.palette
    _ground(pen, p.caution_soft)
    pen.box((30, 12, 26, 46), p.accent, 6)
    pen.quad((33, 55, 53, 55, 48, 68, 38, 68), p.accent)
    pen.box((38, 64, 10, 20), p.accent, 2)
    pen.box((37, 80, 12, 8), p.accent_deep, 2)
    pen.box((30, 22, 26, 20), p.paper, 1)
    pen.box((60, 22, 30, 22), p.card, 4)
    pen.disc(69, 35.5, 4, p.caution)
    pen.box((63, 25, 12, 6.5), p.caution, 3)
    pen.line((79, 37, 86, 37), p.outline, 2.4)
    pen.line((79, 31, 86, 31), p.outline, 2.4)


def basket(pen: Pen) -> None:
    """An empty basket."""
    p = pen.palette
    _ground(pen)
    pen.line((28, 54, 42, 80), p.ink, 4)
    pen.line((72, 54, 58, 80), p.ink, 4)
    pen.quad((22, 52, 78, 52, 70, 20, 30, 20), p.accent)
    pen.box((16, 49, 68, 9), p.accent_deep, 4)
    for x in (38, 50, 62):
        pen.line((x, 42, 50 + (x - 50) * 0.8, 27), p.accent_mid, 3)


def receipt_trouble(pen: Pen) -> None:
    """A receipt that may not have come out."""
    p = pen.palette
    receipt(pen)
    pen.disc(76, 74, 16, p.caution)
    pen.line((76, 82, 76, 72), p.on_accent, 4.4)
    pen.disc(76, 65.5, 2.6, p.on_accent)


ILLUSTRATIONS: dict[str, Callable[[Pen], None]] = {
    "scan": scan,
    "card": card,
    "receipt": receipt,
    "receipt_trouble": receipt_trouble,
    "scale": scale,
    "check": check,
    "attendant": attendant,
    "unknown_code": question,
    "closed": closed,
    "wait": wait,
    "doubt": wait,
    "declined": declined,
    "age": age,
    "basket": basket,
}


def goods_ground(palette: Palette, number: int) -> Colour:
    """A calm ground for the picture of goods, steady for one article."""
    return palette.goods[number % len(palette.goods)]
