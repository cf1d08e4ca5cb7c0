"""A finger, a key, a wake-up and the bench, each tried on a real Kivy window in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from kiosk.ui.bench_client import BenchClient, BenchError

ROOT = Path(__file__).parents[2]
OFFSCREEN = {"SDL_VIDEODRIVER": "offscreen", "LP_NUM_THREADS": "1"}


def _probe(name: str) -> dict[str, Any]:
    command = [sys.executable, "-m", "tests.screens.probe", name]
    done = subprocess.run(
        command, cwd=ROOT, env=os.environ | OFFSCREEN, capture_output=True, text=True, timeout=100, check=False
    )
    assert done.returncode == 0, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_a_finger_presses_exactly_what_it_means() -> None:
    found = _probe("touches")
    assert found["tap"] == ["pay"]
    assert found["again_at_once"] == [], "a trembling finger pays once"
    assert found["other_at_once"] == ["lookup"]
    assert found["again_later"] == ["lookup"]
    assert found["slide_off"] == found["slide_off_and_back"] == []
    assert found["second_finger"] == ["then", "pay"], "only the first finger counts"
    assert found["lost_finger"] == ["later", "lookup"], "a finger that never came up does not lock the lane"
    assert found["drag_in_list"] == []
    assert found["line"] == ["line_3"]
    assert found["line_control"] == ["line_1_plus"]
    assert found["disabled"] == found["under_overlay"] == []
    assert found["overlay"] == ["cancel_help"]


def test_a_stage_changes_what_differs_and_shows_what_it_does_not_know() -> None:
    found = _probe("views")
    assert found["rows"] < 20, "of 200 lines only the visible ones have widgets"
    assert found["newest_in_view"]
    assert found["found_first"]
    assert found["same_widgets"]
    assert found["german"] == "Mit Karte bezahlen"
    assert found["surprise"]
    assert found["never_drawn"]
    assert found["picture_missing"] == found["picture_broken"] == [False]
    assert found["picture_there"] == [True], "a picture that arrives later is shown"


def test_keys_of_a_scanner_cannot_end_or_unlock_the_lane() -> None:
    found = _probe("keys")
    assert found["running"]
    assert found["shown"] == "basket"
    assert found["children"] == ["Stage"], "F1 has opened something"
    assert found["drained_on_ui_thread"]
    assert found["frames"]
    assert found["inputs"] == ["mouse"], "a second provider would double every touch"
    assert found["config"] == {
        "kivy.exit_on_escape": "0",
        "graphics.multisamples": "0",
        "graphics.maxfps": "60",
        "graphics.resizable": "0",
        "graphics.width": "1024",
        "graphics.height": "600",
    }
    assert "prepare_environment" in found["too_late"]


def test_the_clock_sleeps_until_a_timer_or_a_thread_wakes_it() -> None:
    found = _probe("sleeping")
    assert found["fallback"]
    assert found["fallback_fps"] == 20
    assert found["default_kept"]
    assert found["in_place"]
    assert found["happened"] == ["timer", "thread"]
    assert found["slept"]


def test_the_clock_watches_input_devices_as_they_come_and_go() -> None:
    found = _probe("descriptors")
    assert found == {"first": [3], "again": [3], "changed": [4]}


def test_a_list_is_clipped_alike_on_an_upright_and_on_a_turned_panel() -> None:
    found = _probe("clipping")
    assert found["outside"] == [True, True], "nothing to clip"
    assert found["clips"] == [["ScissorPush"], ["StencilPush"]]
    assert found["off_by"] <= 2


def test_nothing_is_left_of_a_screen_that_was_shown_before() -> None:
    assert _probe("leftovers")["off_by"] <= 2


@pytest.fixture
def lane(tmp_path: Path) -> Iterator[BenchClient]:
    """A lane that would sleep for ever if nothing woke it, driven through its bench socket."""
    command = [sys.executable, "-m", "tests.screens.lane", str(tmp_path / "bench"), "--forever-asleep"]
    with (
        (tmp_path / "log").open("w") as log,
        subprocess.Popen(command, cwd=ROOT, env=os.environ | OFFSCREEN, stderr=log) as process,
    ):
        try:
            with BenchClient(tmp_path / "bench", connect_s=60) as client:
                yield client
        finally:
            process.terminate()
            process.wait(30)


def test_the_bench_drives_a_lane_by_real_touches(lane: BenchClient, tmp_path: Path) -> None:
    assert (tmp_path / "bench").stat().st_mode & 0o777 == 0o600
    assert lane.screen()["name"] == "attract"
    lane.press("start")
    lane.wait("basket", item="notice", text="start")
    lane.press("lookup")
    lane.wait("lookup")
    lane.press("tile_bagel")
    lane.wait("lookup", item="notice", text="start,lookup,bagel")
    lane.press("back")
    lane.wait("basket", item="line_199")
    lane.press("line_3")
    lane.press("line_3")
    lane.wait(item="notice", text="select 3,select 3")
    lane.press("help")
    shown = lane.wait("help")
    assert shown["name"] == "basket"
    assert shown["overlay"]["name"] == "help"
    with pytest.raises(BenchError, match="no 'pay' to press"):
        lane.press("pay")
    lane.press("cancel_help")
    lane.wait(item="empty")
    with pytest.raises(BenchError, match="cannot be pressed now"):
        lane.press("pay")


def test_the_bench_says_what_it_saw_instead(lane: BenchClient, tmp_path: Path) -> None:
    with pytest.raises(BenchError, match=r"Waited in vain for .*nowhere.*'attract'"):
        lane.wait("nowhere", timeout_s=0.1)
    assert not lane.ask({"do": "dance"})["ok"]
    assert not lane.ask({"do": "touch", "x": 1})["ok"]
    with pytest.raises(BenchError, match="no folder"):
        lane.screenshot(tmp_path / "nowhere" / "shot.png")
    lane.screenshot(tmp_path / "shot.png")
    with Image.open(tmp_path / "shot.png") as picture:
        assert picture.size == (1024, 600)
        assert len(picture.getcolors(1 << 16) or []) > 20
    lane.touch(2, 2)
    lane.drag((300, 300), (310, 120))
    assert lane.screen()["name"] == "attract"


def test_nobody_listens(tmp_path: Path) -> None:
    with pytest.raises(BenchError, match="No lane listens"):
        BenchClient(tmp_path / "nothing", connect_s=0)


@pytest.mark.skipif(not (shutil.which("Xvfb") and shutil.which("xdotool")), reason="needs Xvfb and xdotool")
def test_a_click_wakes_a_sleeping_lane_under_x11(tmp_path: Path) -> None:
    with _display() as display, (tmp_path / "log").open("w") as log:
        environment = {**os.environ, "DISPLAY": display, "SDL_VIDEODRIVER": "x11", "LP_NUM_THREADS": "1"}
        command = [sys.executable, "-m", "tests.screens.lane", str(tmp_path / "bench"), "--forever-asleep"]
        with subprocess.Popen(command, cwd=ROOT, env=environment, stderr=log) as process:
            try:
                with BenchClient(tmp_path / "bench", connect_s=60) as client:
                    client.wait("attract", item="start")
                    click = ["xdotool", "mousemove", "820", "360", "click", "1"]
                    subprocess.run(click, env=environment, check=True, timeout=30, capture_output=True)
                    client.wait("basket", item="notice", text="start", timeout_s=20)
            finally:
                process.terminate()
                process.wait(30)


class _display:  # noqa: N801 - reads as a phrase where it is used
    """An X server of its own, on a display number the server picks."""

    def __enter__(self) -> str:
        ours, theirs = os.pipe()
        command = ["Xvfb", "-displayfd", str(theirs), "-screen", "0", "1024x600x24", "-nolisten", "tcp"]
        self._server = subprocess.Popen(command, pass_fds=(theirs,), stderr=subprocess.DEVNULL)
        os.close(theirs)
        with os.fdopen(ours) as number:
            return f":{number.readline().strip()}"

    def __exit__(self, *_: object) -> None:
        self._server.terminate()
        self._server.wait(30)
