"""Renders the pictures of the demo store anew: `python -m headquarters.demo_store.render_pictures`.

Needs the font Noto Color Emoji (Debian: fonts-noto-color-emoji) and Pillow with raqm, which joins emoji sequences.
"""

from __future__ import annotations

import argparse
import colorsys
import sys
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont, features

from headquarters.demo_store.drawing import DRAWINGS, bag
from headquarters.demo_store.recipes import ALL, BAGS, COMPOSED, PLAIN, Hues, Paint, Recipe

SIZE = 136
COLOURS = 128
FONT_SIZE = 109  # the one size in which this bitmap font comes
DEFAULT_FONT = Path("/usr/share/fonts/truetype/noto/NotoColorEmoji.ttf")
DEFAULT_FOLDER = Path(__file__).parent / "pictures"


def emoji_image(font: ImageFont.FreeTypeFont, emoji: str) -> Image.Image:
    """`emoji` in the middle of a square of `SIZE` pixels."""
    drawn = Image.new("RGBA", (SIZE * 2, SIZE * 2), (0, 0, 0, 0))
    ImageDraw.Draw(drawn).text((SIZE // 2, SIZE // 2), emoji, font=font, embedded_color=True)
    cut = drawn.crop(drawn.getbbox())
    image = Image.new("RGBA", (SIZE, SIZE), (0, 0, 0, 0))
    image.alpha_composite(cut, ((SIZE - cut.width) // 2, (SIZE - cut.height) // 2))
    return image


def painted(image: Image.Image, paint: Paint) -> Image.Image:
    """`image` with the hues that `paint` names turned to its own."""
    data = bytearray(image.tobytes())
    top = image.height * paint.below // 100 * image.width * 4
    for place in range(top, len(data), 4):
        red, green, blue, alpha = data[place : place + 4]
        if alpha:
            data[place : place + 3] = _repainted(red, green, blue, paint)
    return Image.frombytes("RGBA", image.size, bytes(data))


def _repainted(red: int, green: int, blue: int, paint: Paint) -> bytes:
    hue, saturation, value = colorsys.rgb_to_hsv(red / 255, green / 255, blue / 255)
    grey = saturation < 0.08 and paint.only != ALL
    if grey or not _within(round(hue * 360), paint.only):
        return bytes((red, green, blue))
    saturation = min(1.0, saturation * paint.saturation / 100)
    value = min(1.0, value * paint.brightness / 100)
    return bytes(round(part * 255) for part in colorsys.hsv_to_rgb(paint.hue / 360, saturation, value))


def _within(hue: int, hues: Hues) -> bool:
    low, high = hues
    return low <= hue <= high if low <= high else hue >= low or hue <= high


def three(image: Image.Image) -> Image.Image:
    """Three small ones of `image`: two in front, one behind."""
    small = image.resize((76, 76), Image.Resampling.LANCZOS)
    result = Image.new("RGBA", (SIZE, SIZE), (0, 0, 0, 0))
    for place in ((30, 2), (0, 56), (60, 56)):
        result.alpha_composite(small, place)
    return result


def composed(font: ImageFont.FreeTypeFont, recipe: Recipe) -> Image.Image:
    """The picture that `recipe` describes."""
    image = emoji_image(font, recipe.emoji)
    if recipe.paint:
        image = painted(image, recipe.paint)
    return three(image) if recipe.count == 3 else image


def all_pictures(font: ImageFont.FreeTypeFont) -> dict[str, Image.Image]:
    """Every picture of the store by its file stem."""
    pictures = {stem: emoji_image(font, emoji) for stem, emoji in PLAIN.items()}
    pictures |= {stem: composed(font, recipe) for stem, recipe in COMPOSED.items()}
    large = {stem: draw() for stem, draw in DRAWINGS.items()}
    large |= {stem: bag(recipe.colour, emoji_image(font, recipe.emoji)) for stem, recipe in BAGS.items()}
    pictures |= {stem: image.resize((SIZE, SIZE), Image.Resampling.LANCZOS) for stem, image in large.items()}
    return pictures


def save(pictures: dict[str, Image.Image], folder: Path) -> int:
    """Write `pictures` as PNG of few colours into `folder`; returns their bytes in total."""
    folder.mkdir(parents=True, exist_ok=True)
    total = 0
    for stem, image in sorted(pictures.items()):
        target = folder / f"{stem}.png"
        image.quantize(COLOURS, Image.Quantize.FASTOCTREE).save(target, optimize=True)
        total += target.stat().st_size
    return total


def main(argv: list[str] | None = None) -> int:
    """Render into the folder of the store, or the one named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--font", type=Path, default=DEFAULT_FONT)
    parser.add_argument("--folder", type=Path, default=DEFAULT_FOLDER)
    args = parser.parse_args(argv)
    if not args.font.is_file():
        sys.stderr.write(f"{args.font} is not there.\nInstall fonts-noto-color-emoji, or name the font with --font.\n")
        return 2
    if not features.check("raqm"):
        sys.stderr.write("Pillow comes without raqm.\nInstall Pillow's wheel from PyPI, which has it.\n")
        return 2
    pictures = all_pictures(ImageFont.truetype(args.font, FONT_SIZE))
    total = save(pictures, args.folder)
    sys.stdout.write(f"{len(pictures)} pictures, {total} bytes, in {args.folder}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
