"""Draws every sample screen on every reference panel in one process: pictures, a contact sheet, and an audit.

`python -m tests.screens.render [--folder F] [--only NAME] [--panel tall] [--pictures P] [--plain]`
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from kiosk.config import Display
from kiosk.ui.geometry import Geometry
from kiosk.ui.setup import prepare_environment
from tests.screens.samples import LANGUAGES, SAMPLES

# The reference panels: name -> (width px, height px, diagonal mm).
PANELS = {
    "tall": (1080, 1920, 546),
    "wide": (1024, 600, 257),
    "compact": (360, 720, 152),
    "wide7": (1024, 600, 178),
}
PICTURES = Path("headquarters/demo_store/pictures")


@dataclass(frozen=True, slots=True)
class Shot:
    """One picture to make."""

    name: str
    panel: str
    language: str

    @property
    def stem(self) -> str:
        """The file name without its ending."""
        return f"{self.panel}_{self.language}_{self.name}"


def shots(only: str = "", panel: str = "") -> list[Shot]:
    """Every sample on every panel in every language, or a part of them; the longest language does for `wide7`."""
    return [
        Shot(name, p, language)
        for p in PANELS
        if panel in {"", p}
        for language in (LANGUAGES if p != "wide7" else ("de",))
        for name in SAMPLES
        if only in {"", name}
    ]


def open_window() -> None:
    """Prepare Kivy for drawing without any display."""
    os.environ.setdefault("SDL_VIDEODRIVER", "offscreen")
    os.environ.setdefault("LP_NUM_THREADS", "2")
    prepare_environment(Display(width_px=320, height_px=240, diagonal_mm=200, fullscreen=False))
    from kivy.base import EventLoop  # noqa: PLC0415 - Kivy opens its window when imported

    EventLoop.ensure_window()


def stages(wanted: list[Shot], pictures: Path | None) -> Iterator[tuple[Shot, Any]]:
    """Each shot with a stage that shows it, settled; one stage per panel, as on a lane."""
    from kivy.clock import Clock  # noqa: PLC0415 - Kivy opens its window when imported

    from kiosk.ui import kv  # noqa: PLC0415 - same
    from kiosk.ui.stage import Stage  # noqa: PLC0415 - same
    from kiosk.ui.theme import Look  # noqa: PLC0415 - same

    Clock.max_iteration = 40
    stage: Any = None
    panel = ""
    for shot in wanted:
        width, height, diagonal = PANELS[shot.panel]
        if shot.panel != panel:
            panel = shot.panel
            look = Look(Geometry(width, height, diagonal), pictures)
            kv.load(look)
            stage = Stage(look, lambda _item: None, lambda: 0.0)
            stage.size = (width, height)
        stage.show(SAMPLES[shot.name](shot.language))
        settle(stage)
        yield shot, stage


def settle(stage: Any) -> None:
    """Run Kivy's layout until nothing moves any more."""
    from kivy.clock import Clock  # noqa: PLC0415 - Kivy opens its window when imported
    from kivy.lang import Builder  # noqa: PLC0415 - same

    before: list[Any] = []
    for _ in range(12):
        Clock.tick()
        Builder.sync()
        Clock.tick_draw()
        Builder.sync()
        now = [(tuple(w.pos), tuple(w.size)) for w in stage.walk(restrict=True)]
        if now == before:
            return
        before = now
    raise AssertionError(f"{stage.shown.name} does not settle")


def picture_of(stage: Any) -> Any:
    """The stage as a Pillow picture."""
    from PIL import Image  # noqa: PLC0415 - only here

    core = stage.export_as_image()
    texture = core.texture
    picture = Image.frombytes("RGBA", texture.size, texture.pixels)
    ground = Image.new("RGBA", picture.size, (246, 243, 236, 255))
    ground.alpha_composite(picture)
    return ground.convert("RGB")


def main() -> None:
    """Draw and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("build/screens"))
    parser.add_argument("--only", default="")
    parser.add_argument("--panel", default="")
    parser.add_argument("--pictures", type=Path, default=PICTURES)
    parser.add_argument("--plain", action="store_true", help="no pictures of goods and no sheet: for the goldens")
    wanted = parser.parse_args()
    open_window()
    from tests.screens import sheet  # noqa: PLC0415 - Kivy opens its window when imported
    from tests.screens.audit import audit  # noqa: PLC0415 - same

    wanted.folder.mkdir(parents=True, exist_ok=True)
    findings: dict[str, list[str]] = {}
    made: dict[str, Path] = {}
    pictures = wanted.pictures if wanted.pictures.is_dir() and not wanted.plain else None
    for shot, stage in stages(shots(wanted.only, wanted.panel), pictures):
        picture = picture_of(stage)
        made[shot.stem] = wanted.folder / f"{shot.stem}.png"
        picture.save(made[shot.stem], compress_level=1)
        findings[shot.stem] = audit(stage, picture)
    (wanted.folder / "audit.json").write_text(json.dumps(findings, indent=1, ensure_ascii=False), encoding="utf-8")
    if not wanted.plain:
        sheet.write(made, wanted.folder / "sheet.png")
    wrong = sum(1 for found in findings.values() if found)
    sys.stdout.write(f"{len(made)} screens and sheet.png in {wanted.folder}; the audit finds fault with {wrong}\n")


if __name__ == "__main__":
    main()
