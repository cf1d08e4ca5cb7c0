"""What all simulated scales have in common: a plate, its actions, the faults, and a thread where they send unasked."""

from __future__ import annotations

import threading
from abc import abstractmethod
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

from drivers.scale.simulated_faults import FAULTS, Faults
from drivers.scale.simulated_plate import Plate
from drivers.scale.simulated_voices import damaged
from drivers.simulated_device import PortDevice, PortT
from drivers.simulation import flag_field, number_field, unknown_action

_INTERVAL_S = 0.05


class SimulatedScaleBase(PortDevice[PortT]):
    """The actions of every simulated scale; a model says what goes over its wire.

    Actions: `load` (`grams`; below 0 is under zero, above the capacity over it), `motion`, `over`, `under` (each `on`,
    true where left out), `zero` and `tare` (`grams`; the keys on the scale), as far as the model has them in `keys`,
    the faults of `Faults`, `unplug`, `plug`, `state`. A load that follows `over` or `under` ends it.
    """

    keys: ClassVar[tuple[str, ...]] = ("load", "motion", "over", "under", "zero")

    def __init__(
        self, name: str, folder: Path, port: PortT, plate: Plate, *, damage: Callable[[bytes], bytes] = damaged
    ) -> None:
        super().__init__(name, folder, port)
        self._plate = plate
        self._faults = Faults(self._write, damage)
        self._lock = threading.Lock()
        self._ended = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Plug it in; it sends from now on, where it does so unasked."""
        super().start()
        if self._streams():
            self._thread = threading.Thread(target=self._send, name=f"scale {self.name}", daemon=True)
            self._thread.start()

    def stop(self) -> None:
        """Pull it out; nothing comes any more, not even what is late."""
        self._ended.set()
        if self._thread is not None:
            self._thread.join()
        self._faults.end()
        super().stop()

    def act(self, action: str, fields: dict[str, object]) -> None:
        """See the class."""
        if action in FAULTS:
            self._faults.control(action, fields)
        elif action in self.keys:
            with self._lock:
                self._press(action, fields)
        else:
            raise unknown_action("scale", action, (*self.keys, *FAULTS, "unplug", "plug", "state"))

    def told(self) -> dict[str, object]:
        """See the class."""
        with self._lock:
            return self._shown()

    @abstractmethod
    def _streams(self) -> bool:
        """Whether it sends its weight all the time, unasked."""

    @abstractmethod
    def _unasked(self) -> bytes:
        """What it sends so, now."""

    @abstractmethod
    def _write(self, data: bytes) -> None:
        """Write to the driver, where one is there."""

    def _shown(self) -> dict[str, object]:
        plate = self._plate
        told = {"grams": plate.grams, "motion": plate.motion, "over": plate.over, "under": plate.under}
        return {**told, **self._faults.state()}

    def _press(self, action: str, fields: dict[str, object]) -> None:
        match action:
            case "load":
                self._plate.load(number_field(fields, "grams"))
            case "zero":
                self._plate.zero()
            case "tare":
                self._plate.tare_grams = number_field(fields, "grams")
            case _:
                setattr(self._plate, action, flag_field(fields, "on"))

    def _send(self) -> None:
        while not self._ended.wait(_INTERVAL_S):
            with self._lock:
                answer = self._unasked()
            self._faults.send(answer)
