"""What simulated devices on a cable have in common: a port of their own that is plugged in and pulled out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Generic, Protocol, TypeVar


class Port(Protocol):
    """The far end of a device's cable: `PseudoPort`, `PacketPort`."""

    @property
    def plugged(self) -> bool:
        """Whether it is plugged in."""
        ...

    def plug(self) -> None:
        """Plug it in; does nothing where it is."""
        ...

    def unplug(self) -> None:
        """Pull it out; does nothing where it is out."""
        ...


PortT = TypeVar("PortT", bound=Port)


class PortDevice(ABC, Generic[PortT]):
    """A `drivers.simulation.SimulatedDevice` at the port `folder/name`; a model says what it does.

    Actions of each: `unplug`, `plug`, `state`. A model adds its own in `act`, and what there is to tell in `told`.
    """

    def __init__(self, name: str, folder: Path, port: PortT) -> None:
        self.name = name
        self._path = folder / name
        self._port = port

    @property
    def port(self) -> Path:
        """The path a driver opens."""
        return self._path

    def start(self) -> None:
        """Make it reachable."""
        self.plug()

    def stop(self) -> None:
        """Make it go away."""
        self.unplug()

    def control(self, action: str, fields: dict[str, object]) -> dict[str, object]:
        """See the class; `DeviceError` for any other action."""
        match action:
            case "unplug":
                self.unplug()
            case "plug":
                self.plug()
            case "state":
                pass
            case _:
                self.act(action, fields)
        return {"plugged": self._port.plugged, **self.told()}

    def plug(self) -> None:
        """Plug it in."""
        self._port.plug()

    def unplug(self) -> None:
        """Pull it out."""
        self._port.unplug()

    @abstractmethod
    def act(self, action: str, fields: dict[str, object]) -> None:
        """Do one of its own actions; `DeviceError` for one it does not know."""

    @abstractmethod
    def told(self) -> dict[str, object]:
        """What there is to tell of it, apart from whether it is plugged in."""
