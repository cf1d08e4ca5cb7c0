"""A lane light on lines of a GPIO chip: one line a lamp."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated

import msgspec

from drivers.device import DeviceError, Sink
from drivers.signal.base import BaseLight
from drivers.signal.interface import Colour
from drivers.transport.gpio_lines import Lines, OpenLines, Wanted, open_lines

LineName = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class GpioLightSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a light on GPIO lines. `chip` is the label that `gpiodetect` shows; `lamps`: colour -> line.

    A line is named as `gpioinfo` shows it ("GPIO17") or by its offset ("17"). `active_low`: a lamp burns at 0 V.
    """

    driver: str
    chip: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
    lamps: Annotated[dict[Colour, LineName], msgspec.Meta(min_length=1)]
    active_low: bool = False

    def __post_init__(self) -> None:
        """Refuse two lamps on one line."""
        if len(set(self.lamps.values())) < len(self.lamps):
            raise ValueError("two lamps cannot be on one line")


class GpioLight(BaseLight):
    """Driver of a light on GPIO lines; see `BaseLight`. `take` requests the lines for this program alone.

    After a crash the kernel takes the lines back; what they are at then is up to the chip. A resistor that holds each
    lamp off is what makes sure.
    """

    def __init__(  # noqa: PLR0913 # all after the sink have their values on a device
        self,
        alias: str,
        settings: GpioLightSettings,
        sink: Sink,
        *,
        take: OpenLines = open_lines,
        clock_ms: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000,
        pause: Callable[[float], None] = time.sleep,
    ) -> None:
        super().__init__(alias, sink, clock_ms=clock_ms, pause=pause)
        self._settings = settings
        self._take = take
        self._lines: Lines | None = None

    def wired(self) -> tuple[Colour, ...]:
        """See `BaseLight.wired`."""
        return tuple(self._settings.lamps)

    def connect(self) -> None:
        """Take the lines, all lamps off."""
        settings = self._settings
        outputs = {str(colour): line for colour, line in settings.lamps.items()}
        self._lines = self._take(
            Wanted(settings.chip, f"checklane {self._alias}", outputs=outputs, active_low=settings.active_low)
        )

    def switch(self, on: frozenset[Colour]) -> None:
        """See `BaseLight.switch`."""
        self._opened().set({str(colour): colour in on for colour in self._settings.lamps})

    def look(self) -> None:
        """See `BaseLight.look`: reads a line back."""
        self._opened().get(str(self.wired()[0]))

    def disconnect(self) -> None:
        """See `BaseLight.disconnect`."""
        lines, self._lines = self._lines, None
        if lines is not None:
            lines.close()

    def _opened(self) -> Lines:
        if self._lines is None:
            raise DeviceError("The lane light is not connected.", "Check its cable.")
        return self._lines
