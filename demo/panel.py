"""`python -m demo.panel --devices DIR --network DIR`: a bench panel beside the lane, for a person to try it with.

It acts on the simulated devices through their control handles only, from a process of its own.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from demo.panel_goods import Shelf
from demo.panel_model import DEVICES
from demo.panel_presenter import Page, Panel
from demo.panel_worker import Handle, Worker
from demo.waiting import DemoError
from drivers.control import ControlHandle
from drivers.simulation import CONTROL_SOCKET
from headquarters.demo_store import load
from kiosk.config import Display
from kiosk.ui.setup import SetupError, prepare_environment

if TYPE_CHECKING:
    from demo.panel_app import PanelApp  # importing it opens Kivy, which must be set up first

CANNOT_START = 2
HANDLE_S = 3.0
# Below this, pages would run over the tabs (pixels).
LEAST_SIZE = (520, 760)
# The size of a panel that is 560 x 900 pixels matters to nobody: nothing on it is laid out in millimetres.
DIAGONAL_MM = 280


def main(argv: Sequence[str] | None = None) -> int:
    """Show the panel until its window is closed. Exit code 2, with a message and a remedy, where it cannot start."""
    arguments = _parser().parse_args(argv)
    try:
        handles = connect(arguments.devices, arguments.network)
        with tempfile.TemporaryDirectory(prefix="checklane-bench-") as home:
            prepare_window(arguments.size, (arguments.left, arguments.top), Path(home))
            run(handles, badge=arguments.badge, page=Page(arguments.page), screenshot=arguments.screenshot)
    except (DemoError, SetupError) as error:
        sys.stderr.write(f"{error.message} {error.remedy}\n")
        return CANNOT_START
    return 0


def connect(devices: Path, network: Path) -> dict[str, Handle]:
    """A control handle for each device; `DemoError` where a folder holds no simulation."""
    for folder in (devices, network):
        if not (folder / CONTROL_SOCKET).exists():
            raise DemoError(
                f"There is no simulation in {folder}.",
                "Start `python -m drivers simulate --run DIR` and `python -m demo.network --run DIR` first.",
            )
    folders = dict.fromkeys(DEVICES, devices) | {"network": network}
    return {name: ControlHandle(folder / CONTROL_SOCKET, HANDLE_S) for name, folder in folders.items()}


def prepare_window(size: tuple[int, int], place: tuple[int, int], home: Path) -> None:
    """Set Kivy up for a window of this size (pixels) with its upper left corner at this place."""
    width, height = size
    prepare_environment(Display(width_px=width, height_px=height, diagonal_mm=DIAGONAL_MM, fullscreen=False), home)
    logging.getLogger("kivy").addFilter(_without_cutbuffer)
    from kivy.config import Config  # noqa: PLC0415 - Kivy reads its environment when it is imported

    left, top = place
    # All is laid out to stretch, so a person may make the window fit the screen.
    least_width, least_height = LEAST_SIZE
    values = {"resizable": 1, "minimum_width": least_width, "minimum_height": least_height}
    for key, value in {**values, "position": "custom", "left": left, "top": top}.items():
        Config.set("graphics", key, str(value))


def _without_cutbuffer(record: logging.LogRecord) -> bool:
    """Kivy complains with a traceback that it found no program for pasting by the middle button."""
    return "utbuffer" not in record.getMessage()


def run(
    handles: dict[str, Handle],
    *,
    badge: str = "",
    page: Page = Page.GOODS,
    screenshot: Path | None = None,
    on_shown: Callable[[PanelApp], None] | None = None,
) -> None:
    """Open the window and stay in Kivy's loop until it ends. `prepare_window` comes first.

    `screenshot` is a file to write a picture of the window to as soon as all devices were asked; the panel then ends.
    """
    from kiosk.ui import clock  # noqa: PLC0415 - Kivy reads its environment when it is imported

    select_clock = clock.install()
    from kivy.clock import Clock  # noqa: PLC0415 - same

    from demo.panel_app import PanelApp  # noqa: PLC0415 - same

    def photograph(app: PanelApp) -> None:
        if app.panel.bench.heard:
            # A moment later all is where it belongs.
            Clock.schedule_once(lambda _dt: (app.root.export_to_png(str(screenshot)), app.stop()), 0.2)

    worker = Worker(handles)
    panel = Panel(Shelf(load()), worker.post, badge=badge, page=page)
    app = PanelApp(panel, select_clock, photograph if screenshot else on_shown)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: Clock.schedule_once(lambda _dt: app.stop(), 0))
    app.bind(on_start=lambda _app: worker.start(app.heard, app.done))
    try:
        app.run()
    finally:
        worker.stop()


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m demo.panel", description="Try a lane by hand.")
    parser.add_argument("--devices", type=Path, required=True, metavar="DIR", help="folder of the simulated devices")
    parser.add_argument("--network", type=Path, required=True, metavar="DIR", help="folder of the network")
    parser.add_argument("--badge", default="", metavar="TEXT", help="what the attendant's badge says")
    parser.add_argument("--page", choices=[page.value for page in Page], default=Page.GOODS.value)
    parser.add_argument("--left", type=int, default=1060, metavar="PX", help="the window's place on the screen")
    parser.add_argument("--top", type=int, default=60, metavar="PX")
    parser.add_argument("--size", type=_size, default=(560, 900), metavar="WxH", help="the window's size in pixels")
    parser.add_argument("--screenshot", type=Path, metavar="FILE", help="write a picture of the window and end")
    return parser


def _size(text: str) -> tuple[int, int]:
    width, cross, height = text.partition("x")
    if cross and width.isdecimal() and height.isdecimal():
        size = int(width), int(height)
        if size[0] >= LEAST_SIZE[0] and size[1] >= LEAST_SIZE[1]:
            return size
    least = "x".join(map(str, LEAST_SIZE))
    raise argparse.ArgumentTypeError(f"that is no size such as 560x900, of {least} pixels or more")


if __name__ == "__main__":
    sys.exit(main())
