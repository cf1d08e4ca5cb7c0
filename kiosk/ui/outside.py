"""Keeps the lamps on the pole and the line displays in step with the lane's state, each told only what is new."""

from __future__ import annotations

import logging
from collections.abc import Callable

from drivers.device import Lifecycle
from drivers.devices import Devices, DisplayDriver
from drivers.display.interface import NotShown
from drivers.signal.interface import Lamps, LampsNotSet
from drivers.supervisor import Supervisor
from kiosk.checkout.state import LaneState
from kiosk.presenter.outside import Lines, lamps

log = logging.getLogger(__name__)


class Outside:
    """`lines(state, columns)` says what a display of that width shows. For the UI thread only."""

    def __init__(self, devices: Devices, lines: Callable[[LaneState, int], Lines]) -> None:
        self._devices = devices
        self._lines = lines
        self._told: dict[str, Lamps | Lines] = {}

    def show(self, state: LaneState) -> None:
        """Tell the devices what has changed. One that was away is told again once it is back."""
        for status in state.now.devices:
            if status.lifecycle is not Lifecycle.READY:
                self._told.pop(status.alias, None)
        self._light(lamps(state))
        for display in self._devices.displays:
            self._display(display, self._lines(state, display.driver.columns))

    def _light(self, wanted: Lamps) -> None:
        light = self._devices.light
        if light is None or light.lifecycle is not Lifecycle.READY or self._told.get(light.name) == wanted:
            return
        self._told[light.name] = wanted
        away = LampsNotSet(light.name, "The lane light is not connected.", "Check its cable.")
        light.submit(lambda driver: driver.show(wanted), not_ready=away, lost=away, to=self._heard)

    def _display(self, display: Supervisor[DisplayDriver], wanted: Lines) -> None:
        name = display.name
        if display.lifecycle is not Lifecycle.READY or self._told.get(name) == wanted:
            return
        self._told[name] = wanted
        away = NotShown(name, name, "The line display is not connected.", "Check its cable.")
        display.submit(lambda driver: driver.show(name, *wanted), not_ready=away, lost=away, to=self._heard)

    def _heard(self, outcome: object) -> None:
        """Lines that were not shown (their printer was busy) are told again at the next change. From any thread.

        Lamps are not: a light that is gone is LOST and told when back; one without a colour would refuse it again.
        """
        if isinstance(outcome, NotShown):
            self._told.pop(outcome.device, None)
        elif isinstance(outcome, LampsNotSet):
            log.warning(
                "outside.lamps_not_set device=%s reason=%r remedy=%r", outcome.device, outcome.message, outcome.remedy
            )
