"""`python -m kiosk.ui --settings FILE`: a lane with its screens and devices, put together and run.

The only place that knows which drivers there are.
"""

from __future__ import annotations

import argparse
import logging
import signal
import sys
import threading
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfoNotFoundError

from drivers.device import DeviceError
from drivers.devices import Devices
from drivers.hotplug import Hotplug
from drivers.inventory import log_inventory
from drivers.payment.interface import Attendance
from drivers.registry import assemble
from kiosk.checkout.assembly import KEY, TILL, Clocks, Face, Lane
from kiosk.checkout.state import LaneState
from kiosk.config import Settings, SettingsError, read_settings
from kiosk.domain.receipt import Voice
from kiosk.presenter.language import available
from kiosk.presenter.receipt_voice import voice_of
from kiosk.presenter.shop import Presenter
from kiosk.store.database import StoreError
from kiosk.store.ledger import Till
from kiosk.store.signing import DeviceKey
from kiosk.ui.outside import Outside
from kiosk.ui.setup import SetupError, prepare_environment

if TYPE_CHECKING:
    from kiosk.ui.app import LaneApp  # importing it opens Kivy, which must be set up first

CANNOT_START = 2


def main(argv: list[str] | None = None) -> int:
    """Run the lane until it is told to end. Exit code 2, with a message and a remedy, where it cannot start."""
    parser = argparse.ArgumentParser(prog="python -m kiosk.ui", description="The lane: screens, checkout and devices.")
    parser.add_argument("--settings", type=Path, required=True, help="the workstation's settings file (TOML)")
    arguments = parser.parse_args(argv)
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        run(checked(read_settings(arguments.settings)))
    except (SettingsError, StoreError, DeviceError, SetupError) as error:
        sys.stderr.write(f"{error.message} {error.remedy}\n")
        return CANNOT_START
    return 0


def checked(settings: Settings) -> Settings:
    """What a type cannot say of the settings: languages that exist, a broker for nobody here to use."""
    missing = [code for code in settings.store.languages if code not in available()]
    if missing:
        raise SettingsError(
            f"store.languages names {', '.join(missing)}, for which there are no texts.",
            f"Choose from {', '.join(available())}, or add a file to kiosk/presenter/languages.",
        )
    return settings


def fit_for_shoppers(devices: Devices) -> Devices:
    """Nobody stands at this lane: a terminal that needs an attendant beside it is refused."""
    if devices.terminal and devices.terminal.driver.attendance is Attendance.ATTENDED:
        raise SettingsError(
            f"devices.{devices.terminal.name} is a payment terminal for attended lanes.",
            "A shopper pays alone here: use an unattended or semi-attended one.",
        )
    return devices


def run(settings: Settings) -> None:
    """Put the lane together and stay in Kivy's loop until it ends."""
    prepare_environment(settings.display)
    from kiosk.ui import clock  # noqa: PLC0415 - Kivy reads its environment when it is imported

    select_clock = clock.install()
    from kivy.clock import Clock  # noqa: PLC0415 - same

    from kiosk.ui.app import LaneApp  # noqa: PLC0415 - same
    from kiosk.ui.bench_socket import BenchSocket  # noqa: PLC0415 - same

    workstation = settings.workstation
    key = DeviceKey.load(settings.data / KEY)
    till = Till(settings.data / TILL, workstation.store_id, workstation.workstation_id, key, lambda: datetime.now(UTC))
    parts = _Parts(settings, till)
    devices = fit_for_shoppers(assemble(settings.devices, parts.lane.post, settings.data))
    pictures = Path(settings.pictures_folder) if settings.pictures_folder else None
    app = LaneApp(
        display=settings.display,
        pictures=pictures,
        on_action=parts.lane.post,
        drain=parts.lane.session.drain,
        clock=select_clock,
    )
    parts.app = app
    parts.outside = Outside(devices, parts.presenter.lines)
    signal.signal(signal.SIGTERM, lambda *_: Clock.schedule_once(lambda _dt: app.stop(), 0))

    def begin(_app: object) -> None:
        parts.lane.start(devices)
        hotplug.start()
        # On a thread of its own: sysfs asks some devices, and one that is slow to answer must not hold up the screen.
        threading.Thread(target=log_inventory, args=(settings.devices,), name="inventory", daemon=True).start()
        if bench:
            bench.start()

    app.bind(on_start=begin)
    Clock.schedule_interval(lambda _dt: parts.lane.tick(), 1.0)
    hotplug = Hotplug(devices.hint)
    bench = BenchSocket(Path(settings.bench.socket), app) if settings.bench else None
    try:
        app.run()
    finally:
        hotplug.stop()
        devices.stop()
        if bench:
            bench.stop()
        parts.lane.close()


class _Parts:
    """The lane and its screens, which each need the other."""

    def __init__(self, settings: Settings, till: Till) -> None:
        self.app: LaneApp | None = None
        self.outside: Outside | None = None
        clocks = Clocks()
        face = Face(self._wake, self._show, self._voice)
        try:
            self.lane = Lane(settings, till, face, clocks)
        except (ZoneInfoNotFoundError, ValueError) as error:
            raise SettingsError(
                f"store.time_zone {settings.store.time_zone!r} is unknown.", "Use a name such as Europe/Dublin."
            ) from error
        self.presenter = Presenter(settings, self.lane.catalog)

    def _wake(self) -> None:
        if self.app:
            self.app.wake()

    def _show(self, state: LaneState) -> None:
        if self.app:
            self.app.show(self.presenter.screen(state))
        if self.outside:
            self.outside.show(state)

    def _voice(self, language: str) -> Voice:
        words = self.presenter.languages.get(language) or next(iter(self.presenter.languages.values()))
        return voice_of(words)


if __name__ == "__main__":
    sys.exit(main())
