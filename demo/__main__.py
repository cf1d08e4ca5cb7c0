"""`make demo`: the lane with a bench panel beside it on a display, a scripted shopper where there is none."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from demo.outcome import faults, summary
from demo.setting_up import BADGE, PANELS, RunFolder
from demo.shopper import Shopper
from demo.stage import Stage, running
from demo.visit import play
from demo.waiting import DemoError
from drivers.device import DeviceError
from kiosk.ui.bench_client import BenchClient, BenchError

OUT = Path("build/demo")
OFFSCREEN = {"SDL_VIDEODRIVER": "offscreen"}


def main() -> int:
    """Exit code 0 only where headquarters booked exactly the sales made."""
    parser = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    parser.add_argument("--scripted", action="store_true", help="play the scripted shopper even with a display")
    parser.add_argument("--panel", choices=sorted(PANELS), default="", help="which display the lane has")
    parser.add_argument("--run", type=Path, default=OUT / "run", help="folder for databases, sockets and logs")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, _interrupted)
    folder = RunFolder(arguments.run.resolve())
    display = bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))
    try:
        if display and not arguments.scripted:
            return by_hand(folder, arguments.panel or "wide")
        return scripted(folder, arguments.panel or "tall")
    except (DemoError, DeviceError, BenchError) as error:
        sys.stderr.write(f"{error.message} {error.remedy}\nLogs: {folder.logs}\n")
        return 1
    except KeyboardInterrupt:
        sys.stderr.write("Stopped.\n")
        return 130


def by_hand(folder: RunFolder, panel: str) -> int:
    """The lane's window, and a bench panel beside it, until one of them is closed."""
    say("Starting broker, headquarters, agent, lane and simulated devices...")
    with running(folder, PANELS[panel]) as stage:
        BenchClient(folder.touch).close()
        stage.processes.python(
            "panel",
            *("demo.panel", "--devices", str(folder.devices), "--network", str(folder.network), "--badge", BADGE),
        )
        say("The lane is closed: scan the attendant's badge on the bench panel to open it. Close a window to end.")
        while stage.processes.alive("lane") and stage.processes.alive("panel"):
            time.sleep(0.2)
    return 0


def scripted(folder: RunFolder, panel: str) -> int:
    """No display: a scripted shopper, and everything worth looking at in build/demo."""
    began = time.monotonic()
    for name in ("screens", "receipts"):
        shutil.rmtree(OUT / name, ignore_errors=True)
        (OUT / name).mkdir(parents=True)
    say("No display: a scripted shopper drives the lane offscreen.")
    with running(folder, PANELS[panel], lane_environment=OFFSCREEN) as stage:
        result = _visit(stage)
    text = json.dumps(result, indent=2)
    (OUT / "summary.json").write_text(text + "\n", encoding="utf-8")
    wrong = faults(result)
    say(text)
    say(f"{result['sales']} sales, {result['booked']} booked, in {time.monotonic() - began:.0f} s. See {OUT}.")
    for fault in wrong:
        sys.stderr.write(f"FAILED: {fault}.\n")
    return 1 if wrong else 0


def _visit(stage: Stage) -> dict[str, object]:
    with BenchClient(stage.folder.touch) as client:
        shopper = Shopper(stage, client, OUT / "screens")
        play(shopper)
        return summary(shopper, OUT)


def say(text: str) -> None:
    """Tell the person at the terminal."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def _interrupted(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
