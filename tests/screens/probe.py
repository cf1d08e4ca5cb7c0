"""Touches, keys and the clock tried inside one Kivy process; prints what happened as JSON for the tests to judge."""

from __future__ import annotations

import json
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from PIL import Image, ImageChops

from kiosk.config import Display
from kiosk.presenter.model import Item, Role, Screen
from kiosk.ui.setup import SetupError, prepare_environment
from tests.screens.sample_overlays import helped
from tests.screens.sample_screens import basket

DISPLAY = Display(width_px=1024, height_px=600, diagonal_mm=257, fullscreen=False)


class Probe:
    """A stage in a real window whose clock stands still until it is moved, and what was pressed on it."""

    def __init__(self) -> None:
        from kivy.base import EventLoop  # noqa: PLC0415 - Kivy opens its window when imported

        from kiosk.ui import kv  # noqa: PLC0415 - same
        from kiosk.ui.bench_hand import Hand  # noqa: PLC0415 - same
        from kiosk.ui.geometry import Geometry  # noqa: PLC0415 - same
        from kiosk.ui.stage import Stage  # noqa: PLC0415 - same
        from kiosk.ui.theme import Look  # noqa: PLC0415 - same

        EventLoop.ensure_window()
        self.now = 100.0
        self.pressed: list[str] = []
        self.folder = Path(tempfile.mkdtemp())
        look = Look(Geometry.of(DISPLAY), self.folder)
        kv.load(look)
        self.stage = Stage(look, lambda item: self.pressed.append(item.id), lambda: self.now)
        self.hand = Hand()
        EventLoop.window.add_widget(self.stage)
        EventLoop.window.size = (DISPLAY.width_px, DISPLAY.height_px)

    def show(self, screen: Screen) -> None:
        """Show a screen and let it settle."""
        from tests.screens.render import settle  # noqa: PLC0415 - Kivy opens its window when imported

        self.stage.size = (DISPLAY.width_px, DISPLAY.height_px)
        self.stage.show(screen)
        settle(self.stage)

    def centre(self, item_id: str) -> tuple[float, float]:
        """The middle of an item's widget."""
        widget = self.stage.find(item_id)
        return widget.center_x, widget.center_y

    def did(self, steps: Iterator[None]) -> list[str]:
        """Carry out a gesture; what was pressed by it."""
        self.pressed.clear()
        for _ in steps:
            pass
        return list(self.pressed)

    def tap(self, item_id: str) -> list[str]:
        """Tap an item."""
        return self.did(self.hand.tap(*self.centre(item_id)))


def touches() -> dict[str, Any]:
    """Everything a finger may do."""
    probe = Probe()
    probe.show(basket("en"))
    pay, lookup = probe.centre("pay"), probe.centre("lookup")
    found: dict[str, Any] = {"tap": probe.tap("pay"), "again_at_once": probe.tap("pay")}
    found["other_at_once"] = probe.tap("lookup")
    probe.now += 0.31
    found["again_later"] = probe.tap("lookup")
    found["slide_off"] = probe.did(probe.hand.drag(pay, lookup))
    found["slide_off_and_back"] = probe.did(_there_and_back(probe, pay, lookup))
    found["second_finger"] = _second_finger(probe, pay, lookup)
    found["lost_finger"] = _lost_finger(probe, pay)
    found["drag_in_list"] = probe.did(probe.hand.drag(probe.centre("line_3"), probe.centre("line_1")))
    probe.now += 1
    found["line"] = probe.tap("line_3")
    probe.show(basket("en", 3, 1))
    found["line_control"] = probe.tap("line_1_plus")
    probe.show(basket("en", 0))
    found["disabled"] = probe.tap("pay")
    probe.show(helped("en"))
    found["under_overlay"] = probe.did(probe.hand.tap(*lookup))
    found["overlay"] = probe.tap("cancel_help")
    return found


def _there_and_back(probe: Probe, pay: tuple[float, float], lookup: tuple[float, float]) -> Iterator[None]:
    out = probe.hand.drag(pay, lookup, steps=4)
    for _ in range(5):
        next(out)
    from kivy.base import EventLoop  # noqa: PLC0415 - Kivy opens its window when imported

    touch = EventLoop.touches[-1]
    window = EventLoop.window
    touch.move((pay[0] / (window.width - 1), pay[1] / (window.height - 1)))
    EventLoop.post_dispatch_input("update", touch)
    EventLoop.post_dispatch_input("end", touch)
    yield


def _second_finger(probe: Probe, pay: tuple[float, float], lookup: tuple[float, float]) -> list[str]:
    probe.now += 1
    first = probe.hand.tap(*pay)
    next(first)
    during = probe.did(probe.hand.tap(*lookup))
    return [*during, "then", *probe.did(first)]


def _lost_finger(probe: Probe, pay: tuple[float, float]) -> list[str]:
    probe.now += 1
    lost = probe.hand.tap(*pay)
    next(lost)
    probe.now += 5
    blocked = probe.tap("lookup")
    probe.now += 6
    return [*blocked, "later", *probe.tap("lookup")]


def views() -> dict[str, Any]:
    """What a stage does and does not touch when it shows something."""
    probe = Probe()
    probe.show(basket("en", 200))
    first = probe.stage.find("pay")
    rows = [w for w in probe.stage.walk() if type(w).__name__ == "LineRow"]
    newest = probe.stage.walk()
    found: dict[str, Any] = {
        "rows": len(rows),
        "newest_in_view": any(getattr(getattr(w, "item", None), "id", "") == "line_199" for w in newest),
    }
    probe.stage.find("line_0")
    found["found_first"] = probe.stage.find("line_0").top <= probe.stage.top
    probe.show(basket("de", 200))
    found["same_widgets"] = probe.stage.find("pay") is first
    found["german"] = first.text
    extra = Item("surprise", Role.TEXT, "Something new")
    probe.show(replace(basket("en"), items=(*basket("en").items, extra)))
    found["surprise"] = any(getattr(w, "text", "") == "Something new" for w in probe.stage.walk())
    probe.show(Screen("never_drawn", "en", (Item("title", Role.TITLE, "Still readable"),)))
    found["never_drawn"] = any(getattr(w, "text", "") == "Still readable" for w in probe.stage.walk())
    return found | _pictures(probe)


def _pictures(probe: Probe) -> dict[str, Any]:
    from tests.screens.render import picture_of  # noqa: PLC0415 - Kivy opens its window when imported

    line = Item("line_0", Role.LINE, "Cherries", amount="1.00", picture="cherries", action="x")
    screen = Screen("basket", "en", (Item("title", Role.TITLE, "Basket"), line))

    def looks() -> list[bool]:
        colours = {colour for _, colour in picture_of(probe.stage).getcolors(1 << 16) or []}
        return [any(max(abs(a - b) for a, b in zip(c, (255, 0, 200), strict=True)) < 12 for c in colours)]

    probe.show(screen)
    missing = looks()
    Image.new("RGBA", (136, 136), (255, 0, 200, 255)).save(probe.folder / "cherries.png")
    (probe.folder / "broken.png").write_bytes(b"not a picture")
    probe.show(replace(screen, items=(replace(line, text="Cherries again"),)))
    there = looks()
    probe.show(replace(screen, items=(replace(line, picture="broken"),)))
    return {"picture_missing": missing, "picture_there": there, "picture_broken": looks()}


def keys() -> dict[str, Any]:
    """Esc and F1 on a running lane, and the configuration it runs with."""
    from kivy.app import App  # noqa: PLC0415 - Kivy reads its environment when it is imported
    from kivy.clock import Clock  # noqa: PLC0415 - same
    from kivy.config import Config  # noqa: PLC0415 - same

    from kiosk.ui import clock  # noqa: PLC0415 - same

    installed = clock.install()
    from kivy.core.window import Window  # noqa: PLC0415 - same

    from kiosk.ui.app import LaneApp  # noqa: PLC0415 - same

    found: dict[str, Any] = {}
    drains: list[int] = []
    frames: list[int] = []

    def drain() -> None:
        drains.append(threading.get_ident())
        if len(drains) == 1:
            app.wake()  # a wake-up during a drain is not lost
        elif len(drains) == 2:
            Clock.schedule_once(press_keys, 0)

    def press_keys(_dt: float) -> None:
        for key in (27, 282):
            Window.dispatch("on_key_down", key, key, None, [])
            Window.dispatch("on_keyboard", key, key, None, [])
            Window.dispatch("on_key_up", key, key)
        Clock.schedule_once(judge, 0)

    def judge(_dt: float) -> None:
        found["running"] = App.get_running_app() is app and bool(app.root.parent)
        found["children"] = [type(child).__name__ for child in Window.children]
        found["shown"] = app.shown.name if app.shown else ""
        app.stop()

    app = LaneApp(
        display=DISPLAY,
        pictures=None,
        on_action=lambda _action: None,
        drain=drain,
        on_frame=lambda: frames.append(1),
        clock=installed,
    )
    app.show(basket("en"))
    app.bind(on_start=lambda _app: threading.Thread(target=app.wake).start())
    app.run()
    found["drained_on_ui_thread"] = set(drains) == {threading.get_ident()}
    found["frames"] = bool(frames)
    found["config"] = {
        f"{section}.{key}": Config.get(section, key)
        for section, key in (
            ("kivy", "exit_on_escape"),
            ("graphics", "multisamples"),
            ("graphics", "maxfps"),
            ("graphics", "resizable"),
            ("graphics", "width"),
            ("graphics", "height"),
        )
    }
    found["inputs"] = [key for key, _ in Config.items("input")]
    try:
        prepare_environment(DISPLAY)
    except SetupError as error:
        found["too_late"] = error.remedy
    return found


def clipping() -> dict[str, Any]:
    """A list scrolled by half a line, clipped by scissors and, on a turned panel, by a stencil."""
    from kivy.base import EventLoop  # noqa: PLC0415 - Kivy opens its window when imported

    EventLoop.ensure_window()
    from kiosk.ui.widgets.listing import ItemList  # noqa: PLC0415 - same
    from tests.screens.render import picture_of, settle  # noqa: PLC0415 - same

    pictures = {}
    clips = {}
    outside: list[bool] = []
    for degrees in (0, 90):
        EventLoop.window.rotation = degrees
        probe = Probe()
        probe.show(basket("en", count=60, notice=False))
        listing = next(w for w in probe.stage.walk(restrict=True) if isinstance(w, ItemList))
        listing.offset = listing.limit / 2 + min(cell.height for cell in listing._live.values()) / 2
        settle(probe.stage)
        outside.append(any(cell.top > listing.top for cell in listing._live.values()))
        pictures[degrees] = picture_of(probe.stage)
        clips[degrees] = [type(one).__name__ for one in listing.canvas.before.children if "Push" in type(one).__name__]
        EventLoop.window.remove_widget(probe.stage)
    EventLoop.window.rotation = 0
    off = ImageChops.difference(pictures[0], pictures[90]).convert("L").getextrema()
    return {"clips": [clips[0], clips[90]], "outside": outside, "off_by": off[1]}


def leftovers() -> dict[str, Any]:
    """How much a screen shown after others differs from the same one on a fresh stage."""
    from kivy.base import EventLoop  # noqa: PLC0415 - Kivy opens its window when imported

    pictures = []
    for before in ((), (basket("de", count=60, selected=58, offline=True), basket("en", count=1, selected=0))):
        probe = Probe()
        from tests.screens.render import picture_of  # noqa: PLC0415 - Kivy opens its window when imported

        for screen in (*before, basket("en", count=1)):
            probe.show(screen)
            picture = picture_of(probe.stage)  # only what was once drawn can be left over
        pictures.append(picture)
        EventLoop.window.remove_widget(probe.stage)
    return {"off_by": ImageChops.difference(*pictures).convert("L").getextrema()[1]}


def descriptors() -> dict[str, Any]:
    """Which descriptors of a process a person's input comes in on, as they come and go."""
    from kiosk.ui.clock import InputDescriptors  # noqa: PLC0415 - Kivy reads its environment when it is imported

    with tempfile.TemporaryDirectory() as folder:
        fds = Path(folder)
        (fds / "3").symlink_to("/dev/input/event7")
        (fds / "4").symlink_to("/dev/null")
        carrying = InputDescriptors(folder)
        found = {"first": sorted(carrying()), "again": sorted(carrying())}
        (fds / "3").unlink()
        (fds / "4").unlink()
        (fds / "3").symlink_to("/dev/null")
        (fds / "4").symlink_to("/dev/input/event8")
        found["changed"] = sorted(carrying())
    return found


def sleeping() -> dict[str, Any]:
    """The clock: it sleeps, another thread wakes it, and it falls back where Kivy is not as expected."""
    from kivy.clock import Clock  # noqa: PLC0415 - Kivy reads its environment when it is imported

    from kiosk.ui import clock  # noqa: PLC0415 - same

    def broken() -> clock.SelectClock:
        raise AttributeError("no such thing in this Kivy")

    default = object.__getattribute__(Clock, "_obj")
    found: dict[str, Any] = {"fallback": clock.install(broken) is None, "fallback_fps": Clock._max_fps}
    found["default_kept"] = object.__getattribute__(Clock, "_obj") is default
    Clock._max_fps = 60
    clock.LONGEST_SLEEP_S = 3600.0
    clock.AWAKE_S = 0.0
    installed = clock.install(lambda: clock.SelectClock(descriptors=set))
    assert installed is not None
    found["in_place"] = object.__getattribute__(Clock, "_obj") is installed
    happened: list[str] = []
    Clock.schedule_once(lambda _dt: happened.append("timer"), 0.05)
    while not happened:
        Clock.tick()
    asleep = threading.Event()
    sleep = installed._sleep

    def tell(longest_s: float) -> None:
        asleep.set()
        sleep(longest_s)

    installed._sleep = tell  # type: ignore[method-assign]  # to know when it sleeps

    def poke() -> None:
        asleep.wait(30)
        Clock.schedule_once(lambda _dt: happened.append("thread"), 0)

    threading.Thread(target=poke).start()
    while "thread" not in happened:
        Clock.tick()
    found["happened"] = happened
    found["slept"] = installed.sleeps > 0
    return found


PROBES: dict[str, Callable[[], dict[str, Any]]] = {
    "touches": touches,
    "views": views,
    "keys": keys,
    "sleeping": sleeping,
    "clipping": clipping,
    "descriptors": descriptors,
    "leftovers": leftovers,
}


def main() -> None:
    """Run the probe named on the command line."""
    prepare_environment(DISPLAY)
    sys.stdout.write(json.dumps(PROBES[sys.argv[1]]()))


if __name__ == "__main__":
    main()
