"""Stored pictures of the screens: made small, compared with tolerance, and a picture of what differs."""

from __future__ import annotations

from pathlib import Path

from PIL import Image, ImageChops

GOLDENS = Path(__file__).parent / "golden"
UPDATE = "CHECKLANE_UPDATE_GOLDEN"
_SHRINK = {"tall": 3, "wide": 2, "compact": 2, "wide7": 3}
_COLOURS = 40
# A stored picture has few colours: that much a pixel may be off, and this share of pixels by more than that
# (edges of letters, which another version of the renderer draws a little differently).
_OFF_BY = 28
_SHARE = 0.0015


def reduced(picture: Image.Image, panel: str) -> Image.Image:
    """A picture at the size it is stored in."""
    return picture.reduce(_SHRINK[panel])


def store(small: Image.Image, stem: str) -> None:
    """Keep this picture as what the screen looks like from now on."""
    GOLDENS.mkdir(exist_ok=True)
    few = small.quantize(_COLOURS, method=Image.Quantize.MAXCOVERAGE, dither=Image.Dither.NONE)
    few.save(GOLDENS / f"{stem}.png", optimize=True)


def compare(small: Image.Image, stem: str, differences: Path) -> list[str]:
    """What is wrong, in words; empty where the picture is as stored. A difference is drawn into `differences`."""
    path = GOLDENS / f"{stem}.png"
    remedy = f"Look at it, and renew with {UPDATE}=1 where the change is meant."
    if not path.is_file():
        return [f"{stem}: there is no stored picture. {remedy}"]
    with Image.open(path) as stored:
        golden = stored.convert("RGB")
    if golden.size != small.size:
        return [f"{stem}: is {small.size}, was {golden.size}. {remedy}"]
    bands = ImageChops.difference(golden, small).split()
    worst = ImageChops.lighter(ImageChops.lighter(bands[0], bands[1]), bands[2])
    mask = worst.point(lambda value: 255 if value > _OFF_BY else 0)
    off = mask.histogram()[255]
    if off <= _SHARE * golden.width * golden.height:
        return []
    differences.mkdir(parents=True, exist_ok=True)
    _draw(golden, small, mask).save(differences / f"{stem}.png")
    return [f"{stem}: {off} pixels differ; see {differences / stem}.png (was, is, differs). {remedy}"]


def _draw(golden: Image.Image, small: Image.Image, mask: Image.Image) -> Image.Image:
    drawn = Image.new("RGB", (3 * golden.width + 20, golden.height), (90, 90, 90))
    drawn.paste(golden, (0, 0))
    drawn.paste(small, (golden.width + 10, 0))
    marked = small.copy()
    marked.paste((255, 0, 160), mask=mask)
    drawn.paste(marked, (2 * golden.width + 20, 0))
    return drawn
