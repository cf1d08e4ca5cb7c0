"""The bench drawer on a serial trigger of its own: opens at a byte, is closed and forced open by hand."""

from __future__ import annotations

import threading
from pathlib import Path

from drivers.simulated_device import PortDevice
from drivers.simulation import flag_field, number_field, unknown_action
from drivers.transport.pseudo_port import PseudoPort

_ACTIONS = ("close", "force", "jam", "fail_next", "unplug", "plug", "state")


class SimulatedDrawer(PortDevice[PseudoPort]):
    """Opens at any byte at the port `folder/name`; each byte is a pulse.

    Actions: `close` (a person closes it), `force` (opened with the key), `jam` (`on`: pulses do not open it),
    `fail_next` (`times`: so many pulses do not open it), `unplug`, `plug`, `state` (`open`, `pulses`).
    A drawer on a printer is simulated by the printer (`drawer_open`, `drawer_close`).
    """

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(name, folder, PseudoPort(folder / name, self._received))
        self._lock = threading.Lock()
        self._open = False
        self._pulses = 0
        self._jammed = False
        self._fail_next = 0

    def act(self, action: str, fields: dict[str, object]) -> None:
        """See the class."""
        match action:
            case "close" | "force":
                self._open = action == "force"
            case "jam":
                self._jammed = flag_field(fields, "on")
            case "fail_next":
                self._fail_next = number_field({"times": 1} | fields, "times")
            case _:
                raise unknown_action("cash drawer", action, _ACTIONS)

    def told(self) -> dict[str, object]:
        """See the class."""
        with self._lock:
            return {"open": self._open, "pulses": self._pulses, "jammed": self._jammed}

    def _received(self, data: bytes) -> None:
        with self._lock:
            for _ in data:
                self._pulses += 1
                stuck = self._jammed or self._fail_next > 0
                self._fail_next = max(0, self._fail_next - 1)
                self._open = self._open or not stuck
