"""The lamps and the line displays follow the lane, are told each thing once, and again after they were away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest

from drivers.device import Category, DeviceChanged, Lifecycle
from drivers.devices import Devices
from drivers.scanner.interface import Scan
from drivers.signal.interface import Lamps
from kiosk.checkout import events
from kiosk.presenter.language import Language
from kiosk.presenter.outside import Lines, lamps, lines
from kiosk.ui.outside import Outside
from tests.checkout.lane import MILK_CODE, open_lane
from tests.presenter.test_present import view_in


@dataclass
class FakeDriver:
    """A light and a display in one; notes what it is shown."""

    columns: int = 20
    seen: list[object] = field(default_factory=list)

    def show(self, *what: object) -> None:
        self.seen.append(what[0] if isinstance(what[0], Lamps) else Lines(*map(str, what[1:])))


@dataclass
class FakeSupervisor:
    """Runs what is asked at once, as long as the device is there."""

    name: str
    driver: FakeDriver = field(default_factory=FakeDriver)
    lifecycle: Lifecycle = Lifecycle.READY
    refuses: bool = False

    def submit(
        self, call: Callable[[FakeDriver], object], *, lost: object, to: Callable[[object], None], **_: object
    ) -> None:
        call(self.driver)
        if self.refuses:
            to(lost)


def outside_of_a_lane() -> tuple[Outside, FakeSupervisor, FakeSupervisor]:
    light, display = FakeSupervisor("light"), FakeSupervisor("display")
    devices = Devices(light=cast("Any", light), displays=cast("Any", (display,)))
    view = view_in(Language("en", "IE", "EUR"))
    return Outside(devices, lambda state, columns: lines(state, view, columns)), light, display


def test_each_is_told_what_is_new_and_nothing_twice() -> None:
    lane = open_lane()
    outside, light, display = outside_of_a_lane()
    outside.show(lane.state)
    outside.show(lane.state)
    assert light.driver.seen == [lamps(lane.state)]
    assert display.driver.seen == [Lines("Harbour Market", "")]
    lane.feed(Scan("scanner", MILK_CODE), events.HelpPressed())
    outside.show(lane.state)
    assert len(light.driver.seen) == len(display.driver.seen) == 2


def test_a_device_that_was_away_is_told_again_when_it_is_back() -> None:
    lane = open_lane()
    outside, light, display = outside_of_a_lane()
    outside.show(lane.state)
    for device, category in ((light, Category.LANE_LIGHT), (display, Category.LINE_DISPLAY)):
        device.lifecycle = Lifecycle.LOST
        lane.feed(DeviceChanged(device.name, category, Lifecycle.LOST))
    outside.show(lane.state)
    assert len(light.driver.seen) == len(display.driver.seen) == 1
    for device, category in ((light, Category.LANE_LIGHT), (display, Category.LINE_DISPLAY)):
        device.lifecycle = Lifecycle.READY
        lane.feed(DeviceChanged(device.name, category, Lifecycle.READY))
    outside.show(lane.state)
    assert light.driver.seen == [lamps(lane.state)] * 2
    assert display.driver.seen == [Lines("Harbour Market", "")] * 2


def test_lines_that_were_not_shown_are_told_again_and_a_light_that_refuses_is_in_the_log(
    caplog: pytest.LogCaptureFixture,
) -> None:
    lane = open_lane()
    outside, light, display = outside_of_a_lane()
    light.refuses = display.refuses = True
    outside.show(lane.state)
    light.refuses = display.refuses = False
    outside.show(lane.state)
    outside.show(lane.state)
    assert len(display.driver.seen) == 2
    assert len(light.driver.seen) == 1
    assert [record.getMessage().split()[0] for record in caplog.records] == ["outside.lamps_not_set"]
