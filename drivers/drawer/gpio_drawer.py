"""A cash drawer on a line of a GPIO chip: one pulse to its driver stage, and its sensor on another line."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated

import msgspec

from drivers.device import DeviceError, Sink
from drivers.drawer.base import BaseDrawer, DrawerWaits, PulseMs
from drivers.drawer.sensor import Wiring
from drivers.transport.gpio_lines import Lines, OpenLines, Wanted, open_lines

_PULSE, _SENSOR = "pulse", "sensor"

LineName = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class GpioDrawerSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a drawer on GPIO lines. `chip` is the label that `gpiodetect` shows, a line its name or offset.

    `active_low`: the driver stage pulses when the line is at 0 V. `sensor_line` "": no sensor.
    """

    driver: str
    chip: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    line: LineName
    active_low: bool = False
    pulse_ms: PulseMs = 100
    sensor_line: Annotated[str, msgspec.Meta(max_length=64)] = ""
    sensor: Wiring = "learn"


class GpioDrawer(BaseDrawer):
    """Driver of a drawer on GPIO lines; see `BaseDrawer`. `take` requests the lines for this program alone."""

    def __init__(  # noqa: PLR0913 # all after the sink have their values on a device
        self,
        alias: str,
        settings: GpioDrawerSettings,
        sink: Sink,
        *,
        take: OpenLines = open_lines,
        waits: DrawerWaits | None = None,
        clock: Callable[[], float] = time.monotonic,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(alias, sink, settings.sensor if settings.sensor_line else "none", waits=waits, clock=clock)
        self._settings = settings
        self._take = take
        self._pause = pause
        self._lines: Lines | None = None

    def connect(self) -> None:
        """Take the lines, the pulse off."""
        settings = self._settings
        self._lines = self._take(
            Wanted(
                chip=settings.chip,
                consumer=f"checklane {self._alias}",
                outputs={_PULSE: settings.line},
                inputs={_SENSOR: settings.sensor_line} if settings.sensor_line else {},
                active_low=settings.active_low,
            )
        )

    def pulse(self) -> None:
        """See `BaseDrawer.pulse`. The line goes off again whatever happens: a solenoid left on burns."""
        lines = self._opened()
        lines.set({_PULSE: True})
        try:
            self._pause(self._settings.pulse_ms / 1000)
        finally:
            lines.set({_PULSE: False})

    def level(self) -> bool | None:
        """See `BaseDrawer.level`."""
        return self._opened().get(_SENSOR) if self._settings.sensor_line else None

    def disconnect(self) -> None:
        """See `BaseDrawer.disconnect`."""
        lines, self._lines = self._lines, None
        if lines is not None:
            lines.close()

    def _opened(self) -> Lines:
        if self._lines is None:
            raise DeviceError("The drawer's lines are not taken.", "Wait until they are.")
        return self._lines
