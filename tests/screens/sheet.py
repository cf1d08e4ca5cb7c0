"""The contact sheet: all screens on one picture, so that a person can look at them together."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from PIL import Image, ImageDraw

_HEIGHT = {"tall": 480, "wide": 240, "compact": 400, "wide7": 240}
_GAP = 14
_PER_ROW = {"tall": 10, "wide": 7, "compact": 12, "wide7": 7}


def write(pictures: Mapping[str, Path], path: Path) -> None:
    """Write the sheet of these pictures, whose names begin with their panel."""
    bands = [_band(panel, [p for stem, p in pictures.items() if stem.startswith(f"{panel}_")]) for panel in _HEIGHT]
    bands = [band for band in bands if band.height > 1]
    width = max(band.width for band in bands)
    sheet = Image.new("RGB", (width, sum(band.height for band in bands)), (120, 120, 120))
    top = 0
    for band in bands:
        sheet.paste(band, (0, top))
        top += band.height
    sheet.save(path, compress_level=3)


def _band(panel: str, paths: list[Path]) -> Image.Image:
    if not paths:
        return Image.new("RGB", (1, 1))
    with Image.open(paths[0]) as first:
        width = round(first.width * _HEIGHT[panel] / first.height)
    height, per_row = _HEIGHT[panel], _PER_ROW[panel]
    rows = -(-len(paths) // per_row)
    band = Image.new("RGB", (per_row * (width + _GAP) + _GAP, rows * (height + _GAP + 12) + _GAP), (120, 120, 120))
    draw = ImageDraw.Draw(band)
    for n, path in enumerate(paths):
        left = _GAP + (n % per_row) * (width + _GAP)
        top = _GAP + (n // per_row) * (height + _GAP + 12)
        with Image.open(path) as picture:
            band.paste(picture.resize((width, height), Image.Resampling.LANCZOS), (left, top))
        draw.text((left, top + height + 1), path.stem, fill=(255, 255, 255))
    return band
