"""Lines of a GPIO chip (lamps, a drawer's pulse, a sensor), by libgpiod 2; the chip is known by its label.

`gpiod` is an optional extra: a device without such lines needs no libgpiod.
"""

from __future__ import annotations

import contextlib
import errno
import importlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

from drivers.device import AbsentError, DeviceError

_NO_SUCH = (errno.ENOENT, errno.ENODEV, errno.ENXIO)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Lines to take: name -> offset or line name. All of `outputs` are off until set. `consumer` is shown by gpioinfo.

    `chip` is the label that `gpiodetect` shows in brackets (never gpiochip0: numbers change). `active_low`: on is 0 V.
    """

    chip: str
    consumer: str
    outputs: Mapping[str, int | str] = field(default_factory=dict)
    inputs: Mapping[str, int | str] = field(default_factory=dict)
    active_low: bool = False
    inputs_active_low: bool = False


class Lines(Protocol):
    """Lines taken for this program alone, by the names they were asked for. Raises `OSError` where the chip is gone."""

    def set(self, values: Mapping[str, bool]) -> None:
        """Switch outputs, all at the same moment."""
        ...

    def get(self, name: str) -> bool:
        """Whether a line is active."""
        ...

    def close(self) -> None:
        """Switch all outputs off and give the lines back. Never raises; may be called twice."""
        ...


OpenLines = Callable[[Wanted], Lines]


def open_lines(wanted: Wanted, *, folder: Path = Path("/dev")) -> Lines:
    """Take the lines for this program alone.

    Raises `AbsentError` where there is no such chip, and a permanent `DeviceError` without libgpiod or permission,
    where a line is taken by something else, where there is no line of that name, and where two chips have the label.
    """
    try:
        gpiod = importlib.import_module("gpiod")
    except ImportError as error:
        remedy = "Install it: pip install 'checklane[gpio]'."
        raise DeviceError("The library for GPIO lines is not installed.", remedy, permanent=True) from error
    try:
        return _request(gpiod, _find(gpiod, wanted.chip, folder), wanted)
    except ValueError as error:
        remedy = "Correct the lines in the settings: `gpioinfo` shows them."
        raise DeviceError(f"The chip {wanted.chip} has no such line.", remedy, permanent=True) from error
    except OSError as error:
        raise explained(error, wanted.chip) from error


def explained(error: OSError, chip: str) -> DeviceError:
    """Say why lines could not be taken."""
    if error.errno in {errno.EACCES, errno.EPERM}:
        remedy = "Let the user of this program into the group of /dev/gpiochip* (gpio)."
        return DeviceError(f"No permission for the lines of {chip}.", remedy, permanent=True)
    if error.errno == errno.EBUSY:
        remedy = "See by `gpioinfo` who has them: another program, or a driver in the device tree."
        return DeviceError(f"Something else holds lines of {chip}.", remedy, permanent=True)
    if error.errno in _NO_SUCH:
        return AbsentError(f"The chip {chip} is gone.", "Plug it in.")
    return DeviceError(f"The lines of {chip} cannot be used ({error.strerror}).", "See `gpioinfo`.")


class GpioLines:
    """Lines requested of libgpiod; see `Lines`. Made by `open_lines`."""

    def __init__(self, request: Any, values: Any, offsets: Mapping[str, int], outputs: frozenset[str]) -> None:  # noqa: ANN401 # gpiod is optional, so are its types
        self._request = request
        self._values = values
        self._offsets = offsets
        self._outputs = outputs

    def set(self, values: Mapping[str, bool]) -> None:
        """See `Lines`."""
        on, off = self._values.ACTIVE, self._values.INACTIVE
        self._open().set_values({self._offsets[name]: on if value else off for name, value in values.items()})

    def get(self, name: str) -> bool:
        """See `Lines`."""
        return bool(self._open().get_value(self._offsets[name]) == self._values.ACTIVE)

    def close(self) -> None:
        """See `Lines`."""
        request = self._request
        if request is None:
            return
        with contextlib.suppress(OSError):
            if self._outputs:
                self.set(dict.fromkeys(self._outputs, False))
        self._request = None
        with contextlib.suppress(OSError):
            request.release()

    def _open(self) -> Any:  # noqa: ANN401 # gpiod is optional, so are its types
        if self._request is None:
            raise DeviceError("The lines were given back.", "Open the device again.")
        return self._request


def _find(gpiod: Any, label: str, folder: Path) -> str:  # noqa: ANN401 # gpiod is optional, so are its types
    fitting = []
    for path in sorted(map(str, folder.glob("gpiochip*"))):
        if not gpiod.is_gpiochip_device(path):
            continue
        with gpiod.Chip(path) as chip:
            if chip.get_info().label == label:
                fitting.append(path)
    if not fitting:
        remedy = "See by `gpiodetect` which chips there are, and correct `chip` in the settings."
        raise AbsentError(f"There is no GPIO chip {label!r}.", remedy)
    if len(fitting) > 1:
        remedy = "Take one of them off; labels must differ."
        raise DeviceError(f"{len(fitting)} GPIO chips are called {label!r}.", remedy, permanent=True)
    return fitting[0]


def _request(gpiod: Any, path: str, wanted: Wanted) -> GpioLines:  # noqa: ANN401 # gpiod is optional, so are its types
    line = gpiod.line
    output = gpiod.LineSettings(
        direction=line.Direction.OUTPUT, active_low=wanted.active_low, output_value=line.Value.INACTIVE
    )
    sensing = gpiod.LineSettings(direction=line.Direction.INPUT, active_low=wanted.inputs_active_low)
    with gpiod.Chip(path) as chip:
        offsets = {name: _offset(chip, place) for name, place in {**wanted.outputs, **wanted.inputs}.items()}
        config = {offset: output if name in wanted.outputs else sensing for name, offset in offsets.items()}
        request = chip.request_lines(config=config, consumer=wanted.consumer)
    return GpioLines(request, line.Value, offsets, frozenset(wanted.outputs))


def _offset(chip: Any, place: int | str) -> int:  # noqa: ANN401 # gpiod is optional, so are its types
    """Return the offset of a line by its name or offset; `ValueError` where there is none."""
    try:
        return int(chip.line_offset_from_id(place))
    except OSError as error:
        if error.errno != errno.ENOENT:
            raise
        raise ValueError(place) from error
