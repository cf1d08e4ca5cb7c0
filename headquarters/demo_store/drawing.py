"""Pictures that no emoji fits, drawn simply: large, then scaled down so that edges are smooth."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from PIL import Image, ImageDraw

SCALE = 4
CANVAS = 136 * SCALE
Colour = tuple[int, int, int]


def _blank() -> Image.Image:
    return Image.new("RGBA", (CANVAS, CANVAS), (0, 0, 0, 0))


def bag(colour: Colour, badge: Image.Image) -> Image.Image:
    """A carrier bag in `colour` with `badge` on its front."""
    image = _blank()
    pen = ImageDraw.Draw(image)
    dark, light = _shade(colour, 72), _shade(colour, 116)
    pen.arc((180, 24, 364, 268), 180, 360, fill=dark, width=24)
    pen.polygon([(100, 150), (444, 150), (476, 516), (68, 516)], fill=colour)
    pen.polygon([(100, 150), (164, 150), (146, 516), (68, 516)], fill=light)
    pen.polygon([(100, 150), (444, 150), (447, 186), (97, 186)], fill=dark)
    small = badge.resize((220, 220), Image.Resampling.LANCZOS)
    image.alpha_composite(small, (172, 242))
    return image


def _shade(colour: Colour, percent: int) -> Colour:
    red, green, blue = (min(255, part * percent // 100) for part in colour)
    return red, green, blue


def courgette() -> Image.Image:
    """A courgette, lying aslant: dark green with light streaks and a pale, cut stem."""
    image = _blank()
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((20, 200, 470, 344), 72, fill=(62, 116, 44))
    pen.rounded_rectangle((20, 206, 470, 290), 42, fill=(78, 138, 54))
    for top, left, right in ((226, 70, 420), (258, 50, 450), (290, 60, 440), (318, 90, 410)):
        pen.rounded_rectangle((left, top, right, top + 7), 3, fill=(134, 178, 84))
    pen.polygon([(450, 214), (520, 240), (520, 304), (450, 330)], fill=(150, 182, 92))
    pen.ellipse((504, 238, 536, 306), fill=(222, 230, 178))
    pen.ellipse((14, 250, 42, 294), fill=(196, 190, 120))
    return image.rotate(38, Image.Resampling.BICUBIC)


def beetroot() -> Image.Image:
    """A beetroot: round, dark red, with its tail and young leaves."""
    image = _blank()
    pen = ImageDraw.Draw(image)
    for root, tip in (((262, 220), (150, 60)), ((272, 220), (276, 40)), ((284, 220), (396, 66))):
        pen.line([root, tip], fill=(178, 32, 92), width=22)
    for box in ((84, 12, 224, 150), (208, 0, 344, 134), (328, 20, 466, 156)):
        pen.ellipse(box, fill=(76, 146, 60))
    for root, tip in (((214, 150), (150, 62)), ((275, 140), (276, 44)), ((338, 150), (398, 72))):
        pen.line([root, tip], fill=(178, 32, 92), width=10)
    pen.polygon([(216, 440), (328, 440), (280, 540), (268, 540)], fill=(112, 18, 60))
    pen.ellipse((106, 172, 438, 490), fill=(132, 22, 72))
    pen.ellipse((128, 184, 396, 420), fill=(154, 34, 88))
    pen.ellipse((172, 218, 252, 282), fill=(196, 84, 134))
    for top in (372, 414):
        pen.arc((150, top - 120, 394, top + 40), 40, 140, fill=(106, 14, 56), width=7)
    return image


def red_cabbage() -> Image.Image:
    """A red cabbage: a purple head with pale ribs and overlapping leaves."""
    image = _blank()
    pen = ImageDraw.Draw(image)
    pen.ellipse((26, 40, 518, 520), fill=(92, 44, 110))
    pen.chord((26, 40, 440, 520), 60, 300, fill=(112, 56, 132))
    pen.pieslice((120, 70, 518, 520), 270, 90, fill=(126, 66, 146))
    pen.ellipse((130, 76, 416, 512), fill=(146, 84, 166))
    rib = (224, 196, 230)
    pen.line([(272, 512), (272, 110)], fill=rib, width=16)
    for y, reach in ((430, 96), (340, 116), (250, 106), (170, 70)):
        pen.line([(272, y), (272 - reach, y - 70)], fill=rib, width=9)
        pen.line([(272, y), (272 + reach, y - 70)], fill=rib, width=9)
    pen.arc((26, 60, 400, 500), 110, 250, fill=rib, width=8)
    pen.arc((150, 60, 510, 500), 290, 70, fill=rib, width=8)
    pen.ellipse((230, 488, 314, 532), fill=(234, 220, 226))
    return image


def cauliflower() -> Image.Image:
    """A cauliflower: a white head of many curds between green leaves."""
    image = _blank()
    pen = ImageDraw.Draw(image)
    for box, colour in (((14, 150, 230, 500), (92, 152, 62)), ((314, 150, 530, 500), (82, 140, 56))):
        pen.ellipse(box, fill=colour)
    pen.ellipse((92, 70, 452, 430), fill=(214, 202, 162))
    puffs = ((272, 96), (186, 128), (358, 128), (124, 208), (420, 208), (230, 190), (316, 190), (170, 284), (374, 284))
    for x, y in (*puffs, (272, 280)):
        pen.ellipse((x - 62, y - 58, x + 62, y + 62), fill=(226, 216, 180))
        pen.ellipse((x - 56, y - 58, x + 52, y + 46), fill=(250, 246, 226))
        pen.arc((x - 34, y - 36, x + 22, y + 18), 190, 300, fill=(232, 222, 190), width=6)
    pen.chord((40, 210, 300, 540), 40, 210, fill=(124, 182, 78))
    pen.chord((244, 210, 504, 540), 330, 140, fill=(112, 170, 70))
    pen.ellipse((166, 352, 378, 640), fill=(140, 194, 88))
    for end in ((110, 380), (272, 350), (434, 380)):
        pen.line([(272, 500), end], fill=(206, 226, 160), width=10)
    pen.rectangle((0, 530, CANVAS, CANVAS), fill=(0, 0, 0, 0))
    return image


def bread_roll() -> Image.Image:
    """A bread roll: a golden dome with a cut across the top."""
    image = _blank()
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((30, 130, 514, 470), 165, fill=(176, 104, 38))
    pen.rounded_rectangle((30, 122, 514, 440), 158, fill=(214, 142, 62))
    pen.ellipse((84, 136, 460, 330), fill=(230, 166, 86))
    pen.polygon([(120, 300), (272, 196), (430, 190), (290, 262)], fill=(252, 228, 178))
    pen.arc((96, 168, 448, 420), 200, 320, fill=(190, 118, 48), width=8)
    for x, y in ((170, 380), (250, 400), (340, 384), (410, 340), (120, 340)):
        pen.ellipse((x, y, x + 14, y + 10), fill=(248, 226, 186))
    return image


DRAWINGS: Mapping[str, Callable[[], Image.Image]] = {
    "beetroot": beetroot,
    "cabbage_red": red_cabbage,
    "cauliflower": cauliflower,
    "courgette": courgette,
    "roll": bread_roll,
}
