"""Every screen on every reference panel in both languages: complete, legible, in reach, and as it was."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from tests.screens.golden import GOLDENS, UPDATE, compare, reduced, store
from tests.screens.render import shots

ROOT = Path(__file__).parents[2]


@pytest.mark.timeout(300)
def test_every_screen_is_complete_and_looks_as_it_did(tmp_path: Path) -> None:
    """One process draws them all, so one test judges them all; it names each screen that is wrong."""
    command = [sys.executable, "-m", "tests.screens.render", "--folder", str(tmp_path), "--plain"]
    environment = {**os.environ, "SDL_VIDEODRIVER": "offscreen", "LP_NUM_THREADS": "2"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=280, check=False)
    assert done.returncode == 0, done.stderr
    wrong = [
        f"{stem}: {finding}"
        for stem, findings in json.loads((tmp_path / "audit.json").read_text(encoding="utf-8")).items()
        for finding in findings
    ]
    for shot in shots():
        with Image.open(tmp_path / f"{shot.stem}.png") as picture:
            small = reduced(picture.convert("RGB"), shot.panel)
        if os.environ.get(UPDATE) == "1":
            store(small, shot.stem)
        else:
            wrong += compare(small, shot.stem, ROOT / "build" / "screens" / "differences")
    assert not wrong, "\n".join(wrong)


def test_no_golden_is_left_over_and_together_they_stay_small() -> None:
    stored = {path.stem: path.stat().st_size for path in GOLDENS.glob("*.png")}
    assert set(stored) == {shot.stem for shot in shots()}
    assert sum(stored.values()) < 1_500_000


def test_a_golden_notices_a_button_that_moved(tmp_path: Path) -> None:
    stem = "tall_en_basket"
    with Image.open(GOLDENS / f"{stem}.png") as golden:
        same = golden.convert("RGB")
    assert compare(same, stem, tmp_path) == []
    moved = same.copy()
    strip = same.crop((0, same.height - 60, same.width, same.height))
    moved.paste(strip, (0, same.height - 63))
    assert compare(moved, stem, tmp_path) != []
    assert (tmp_path / f"{stem}.png").is_file(), "a picture of the difference"
