"""A lane light on the relays of an LCUS USB board: one relay a lamp."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated

import msgspec

from drivers.device import DeviceError, Sink, Slip
from drivers.signal import codec_lcus
from drivers.signal.base import BaseLight
from drivers.signal.interface import Colour
from drivers.transport.interface import Transport
from drivers.transport.serial import Line, open_serial
from drivers.transport.waiting import Deadline

Channel = Annotated[int, msgspec.Meta(ge=1, le=16)]

_WRITE_S = 1.0
# A board answers in some 50 ms at 9600 baud; a busy USB hub takes a moment.
_ANSWER_S = 1.0
_LAST_S = 0.1


class SerialLightSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a light on an LCUS board. `lamps`: colour -> relay, as they are wired.

    `answers`: the board says what its relays are at (boards with several do), so that READY means it has answered.
    """

    driver: str
    port: Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
    lamps: Annotated[dict[Colour, Channel], msgspec.Meta(min_length=1)]
    answers: bool = False

    def __post_init__(self) -> None:
        """Refuse two lamps on one relay."""
        if len(set(self.lamps.values())) < len(self.lamps):
            raise ValueError("two lamps cannot be on one relay")


class SerialLight(BaseLight):
    """Driver of a light on an LCUS board; see `BaseLight`.

    A relay stays as it is when the program crashes: whatever starts it again opens the light, which switches all off.
    """

    def __init__(  # noqa: PLR0913 # all after the sink have their values on a device
        self,
        alias: str,
        settings: SerialLightSettings,
        sink: Sink,
        *,
        open_port: Callable[[str, Line], Transport] = open_serial,
        clock_ms: Callable[[], int] = lambda: time.monotonic_ns() // 1_000_000,
        pause: Callable[[float], None] = time.sleep,
        answer_s: float = _ANSWER_S,
    ) -> None:
        super().__init__(alias, sink, clock_ms=clock_ms, pause=pause)
        self._settings = settings
        self._open_port = open_port
        self._answer_s = answer_s
        self._port: Transport | None = None

    def wired(self) -> tuple[Colour, ...]:
        """See `BaseLight.wired`."""
        return tuple(self._settings.lamps)

    def watched(self) -> tuple[int, ...]:
        """See `BaseLight.watched`."""
        return () if self._port is None else (self._port.fileno(),)

    def connect(self) -> None:
        """Open the port; with `answers` the board has to say what its relays are at."""
        self._port = self._open_port(self._settings.port, Line(baud=9600))
        if self._settings.answers:
            self._ask()

    def switch(self, on: frozenset[Colour]) -> None:
        """See `BaseLight.switch`: all relays, each with its own command."""
        channels = self._settings.lamps
        data = b"".join(codec_lcus.switch(channel, on=colour in on) for colour, channel in channels.items())
        self._opened().write_all(data, _WRITE_S)

    def look(self) -> None:
        """See `BaseLight.look`: a port that is gone is noticed by reading it."""
        self._opened().read(0)

    def disconnect(self) -> None:
        """See `BaseLight.disconnect`."""
        port, self._port = self._port, None
        if port is None:
            return
        channels = self._settings.lamps.values()
        try:
            port.write_all(b"".join(codec_lcus.switch(channel, on=False) for channel in channels), _LAST_S)
        except (DeviceError, OSError):
            pass  # it is gone, and took its power along
        finally:
            port.close()

    def _ask(self) -> dict[int, bool]:
        """Return what the relays are at; `DeviceError` where the board does not say it of all that are wired."""
        port, deadline, received = self._opened(), Deadline(self._answer_s), b""
        wanted = {str(colour): channel for colour, channel in self._settings.lamps.items()}
        port.write_all(codec_lcus.ASK, _WRITE_S)
        while not codec_lcus.answered(received, wanted):
            if deadline.passed:
                self._sink(Slip.BAD_FRAME if received else Slip.TIMEOUT)
                message = "The relay board does not say what its relays are at."
                raise DeviceError(message, 'Check its cable; a board with one relay needs "answers = false".')
            received = (received + port.read(deadline.left_s))[-codec_lcus.LONGEST :]
        return codec_lcus.states(received)

    def _opened(self) -> Transport:
        if self._port is None:
            raise DeviceError("The lane light is not connected.", "Check its cable.")
        return self._port
