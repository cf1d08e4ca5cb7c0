"""The bench line display at a pseudo terminal: its two lines can be read by whoever holds the handle."""

from __future__ import annotations

import threading
from pathlib import Path

from drivers.display.cells import CodePage
from drivers.display.commands import ModelName
from drivers.display.screen import Screen
from drivers.simulated_device import PortDevice
from drivers.simulation import unknown_action
from drivers.transport.pseudo_port import PseudoPort

_ACTIONS = ("unplug", "plug", "power", "state")


class SimulatedDisplay(PortDevice[PseudoPort]):
    """Shows what comes to the port `folder/name`. It never answers, so it can neither be slow nor send nonsense.

    Actions: `state` (`upper`, `lower`, `brightness`, `leaked`: control bytes that were no command, `to_printer`: what
    passed through), `power` (off and on: its lines are empty, the line stays open), `unplug`, `plug`.
    """

    def __init__(  # noqa: PLR0913 # all after the folder are what a display is set to
        self,
        name: str,
        folder: Path,
        *,
        model: ModelName = "cd5220",
        columns: int = 20,
        code_page: CodePage = "cp437",
        behind_printer: bool = False,
    ) -> None:
        super().__init__(name, folder, PseudoPort(folder / name, self._received))
        self._code_page: CodePage = code_page
        self._screen = Screen(model, columns, selected=not behind_printer)
        self._lock = threading.Lock()

    def act(self, action: str, fields: dict[str, object]) -> None:
        """See the class."""
        del fields
        if action != "power":
            raise unknown_action("line display", action, _ACTIONS)
        self._power_cycle()

    def told(self) -> dict[str, object]:
        """See the class."""
        with self._lock:
            screen = self._screen
            upper, lower = screen.lines(self._code_page)
            return {
                "upper": upper,
                "lower": lower,
                "brightness": screen.brightness,
                "leaked": screen.leaked,
                "to_printer": bytes(screen.to_printer).hex(),
            }

    def unplug(self) -> None:
        """Pull it out; its lines are empty then."""
        super().unplug()
        self._power_cycle()

    def _power_cycle(self) -> None:
        with self._lock:
            self._screen.reset()

    def _received(self, data: bytes) -> None:
        with self._lock:
            self._screen.feed(data)
