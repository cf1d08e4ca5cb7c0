"""A simulated serial scanner: reads a code whenever it is told to, at a pseudo terminal."""

from __future__ import annotations

from pathlib import Path

from drivers.device import DeviceError
from drivers.simulation import text_field, unknown_action
from drivers.transport.pseudo_port import PseudoPort

_ACTIONS = ("scan", "garbage", "half", "unplug", "plug", "state")
_GARBAGE = b"\xff\x00\xfe\x01\r"


class SimulatedScanner:
    """Speaks prefix, AIM identifier, content, suffix, under the link `folder/name`.

    Actions: `scan` (`text`, optional `aim`), `garbage` (what a wrong baud rate looks like), `half` (`text`: the first
    half and no suffix, as when the cable is pulled), `unplug`, `plug`, `state`.
    """

    def __init__(self, name: str, folder: Path, *, prefix: str = "", suffix: str = "\r") -> None:
        self.name = name
        self._prefix = prefix
        self._suffix = suffix
        self._scans = 0
        self._port = PseudoPort(folder / name, lambda _: None)

    @property
    def port(self) -> Path:
        """The path a driver opens."""
        return self._port.link

    def start(self) -> None:
        """Plug it in."""
        self._port.plug()

    def stop(self) -> None:
        """Pull it out."""
        self._port.unplug()

    def control(self, action: str, fields: dict[str, object]) -> dict[str, object]:
        """See the class; `DeviceError` for any other action."""
        match action:
            case "scan":
                aim = text_field(fields, "aim") if "aim" in fields else ""
                self._send((self._prefix + aim + text_field(fields, "text") + self._suffix).encode())
                self._scans += 1
            case "garbage":
                self._send(_GARBAGE)
            case "half":
                content = text_field(fields, "text").encode()
                self._send(self._prefix.encode() + content[: max(1, len(content) // 2)])
            case "unplug":
                self._port.unplug()
            case "plug":
                self._port.plug()
            case "state":
                pass
            case _:
                raise unknown_action("scanner", action, _ACTIONS)
        return {"plugged": self._port.plugged, "scans": self._scans}

    def _send(self, data: bytes) -> None:
        if not self._port.plugged:
            raise DeviceError(f"The scanner {self.name} is unplugged.", "Plug it in first.")
        self._port.write(data)
