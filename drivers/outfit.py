"""What a driver is handed besides its settings: a folder for its data, its tap, and the device it hangs on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from drivers.device import DeviceError
from drivers.supervisor import Supervisor
from drivers.transport.tap import Tap


@dataclass(frozen=True, slots=True)
class Outfit:
    """`data_folder` is the lane's and may be shared: files in it begin with the alias. `tap` is this device's own."""

    data_folder: Path
    tap: Tap = field(default_factory=Tap)
    rack: Mapping[str, Supervisor[Any]] = field(default_factory=dict)

    def device(self, alias: str) -> Supervisor[Any]:
        """Return another device of this workstation, for one that hangs on it (a drawer on a printer).

        To be called from `open` on: while drivers are being made, not all are there. Permanent `DeviceError` for an
        alias that there is not.
        """
        found = self.rack.get(alias)
        if found is None:
            known = ", ".join(self.rack) or "none"
            raise DeviceError(f"There is no device {alias!r}.", f"There are: {known}.", permanent=True)
        return found
