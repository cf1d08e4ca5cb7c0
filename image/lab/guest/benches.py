"""What every bench has in common: a device to plug in and pull out, its double, and how it is used and begun."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar

from image.lab.guest.gadget import Gadget, Model, until
from image.lab.guest.operator import Operator, Record
from image.lab.plan import LabError


class End(Protocol):
    """The device's side of a gadget."""

    def close(self) -> None:
        """Close every file of the gadget."""
        ...


log = logging.getLogger(__name__)

_PLUGS = 3
_NODE_S = 15.0

E = TypeVar("E", bound=End)


class Bench(ABC, Generic[E]):
    """One device that can be plugged in, and its double: the same model, with another serial number or with the same.

    `place` says where the host's nodes of it hang below its USB interface, in /sys.
    """

    kind: str
    place: str
    model: Model

    def __init__(self, controller: int) -> None:
        self._controller = controller
        self._gadget = Gadget(self.kind, controller, self.model)
        self._gadget.make()
        self._end: E | None = None
        self._uses = 0

    @property
    @abstractmethod
    def settings(self) -> dict[str, Any]:
        """The table of a settings file that names this device."""

    @abstractmethod
    def use(self, operator: Operator) -> None:
        """Do once what the device is for; `LabError` where the driver did not tell it rightly."""

    @abstractmethod
    def begin(self, operator: Operator) -> None:
        """Begin to do it, and stop in the middle of a frame."""

    def outcome(self, operator: Operator) -> Record:
        """What became of the job that `begin` began."""
        del operator
        raise LabError(f"{self.kind} is given no jobs")

    @abstractmethod
    def _open_end(self, gadget: Gadget) -> E: ...

    @property
    def end(self) -> E:
        """The device's side while it is plugged in."""
        if self._end is None:
            raise LabError(f"{self.kind} is not plugged in")
        return self._end

    @property
    def plugged(self) -> bool:
        """Whether it is plugged in."""
        return self._end is not None

    def plug(self) -> None:
        """Plug it in, and return when the host has a node for it and udev is done with that.

        Once in a hundred plugs the emulated host reads a HID report descriptor wrongly and gives no node ("unbalanced
        collection", error -22), as a bad contact does: it is then plugged in again.
        """
        for number in range(_PLUGS):
            if self._end is not None:
                return
            self._gadget.plug()
            try:
                self.node()
                self._end = self._open_end(self._gadget)
            except (LabError, OSError) as error:
                self._gadget.unplug()
                if number == _PLUGS - 1:
                    raise
                log.warning("plugged again: %s", error)
                until(f"{self.kind} gone", lambda: not self._gadget.on_host() or None)

    def unplug(self) -> None:
        """Pull it out, and return when the host knows."""
        end, self._end = self._end, None
        if end is not None:
            end.close()
            self._gadget.unplug()
            until(f"{self.kind} gone", lambda: not self._gadget.on_host() or None)

    def node(self) -> Path:
        """The host's node of it."""
        return until(f"a node for {self.kind}", lambda: next(iter(self._gadget.host_nodes(self.place)), None), _NODE_S)

    def double(self, serial: str) -> Gadget:
        """A second device of the same model, plugged in; the caller removes it."""
        model = Model(**{**_fields(self.model), "serial": serial})
        gadget = Gadget(f"{self.kind}_double", self._controller + 1, model)
        gadget.make()
        gadget.plug()
        until(f"a node for the double of {self.kind}", lambda: gadget.host_nodes(self.place) or None)
        return gadget

    def remove(self) -> None:
        """Take it out of the kernel."""
        self.unplug()
        self._gadget.remove()

    def _next_code(self) -> str:
        self._uses += 1
        return f"{4006381000000 + self._uses}"

    def _usb_settings(self, driver: str) -> dict[str, Any]:
        model = self.model
        return {"driver": driver, "vendor": model.vendor, "product": model.product, "serial": model.serial}

    def _link(self) -> str:
        model = self.model
        return f"/dev/serial/by-id/usb-Checklane_Lab_{model.name}_{model.serial}-if00"


def _fields(model: Model) -> dict[str, Any]:
    return {name: getattr(model, name) for name in ("vendor", "product", "serial", "name", "function", "attributes")}
