"""What all bench printers are, whatever they print: a plug, the faults of its cable, a mechanism and its files."""

from __future__ import annotations

import abc
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar, Generic, Protocol, TypeVar

from drivers.device import DeviceError
from drivers.printer.simulated_faults import Faults
from drivers.printer.simulated_plugs import Plug, SerialPlug, SocketPlug, UsbPlug
from drivers.simulation import flag_field, number_field, unknown_action

Fields = dict[str, object]
_FAULTS = ("silent", "garbage", "half", "fail_next", "fail_always")


class Machine(Protocol):
    """The inside of a bench printer: bytes in, replies out."""

    @property
    def sensors(self) -> object:
        """What a person does to it, each an attribute that may be set; `run` after it."""
        ...

    def feed(self, data: bytes) -> None:
        """Take bytes from the cable."""
        ...

    def run(self) -> None:
        """Print as far as sensors allow."""
        ...

    def replies(self) -> bytes:
        """Take what it has to say since the last call."""
        ...

    def power_cycle(self) -> None:
        """Lose what a printer loses when its plug is pulled."""
        ...


M = TypeVar("M", bound=Machine)


class Bench(abc.ABC, Generic[M]):
    """See `drivers.simulation.SimulatedDevice`. `PRINTS` names what comes out, and the action that lists it."""

    CATEGORY: ClassVar[str]
    CALLED: ClassVar[str]
    PRINTS: ClassVar[str]

    def __init__(self, name: str, folder: Path, mechanism: M, faults: Faults) -> None:
        self.name = name
        self._folder = folder
        self._mechanism = mechanism
        self._faults = faults
        self._printed: list[Fields] = []
        self._lock = threading.Lock()  # of mechanism, faults and what was printed
        self._speaking = threading.Lock()  # so that replies leave in their order
        self._plug: Plug | None = None

    def start(self) -> None:
        """Plug it in."""
        self._folder.mkdir(parents=True, exist_ok=True)
        plug = self._make_plug()
        try:
            plug.plug()
        except DeviceError:
            plug.close()
            raise
        self._plug = plug

    def stop(self) -> None:
        """Close everything; may be called twice."""
        plug, self._plug = self._plug, None
        if plug is not None:
            plug.close()

    def control(self, action: str, fields: Fields) -> Fields:
        """Do something to the printer; see README for the actions. Raises `DeviceError`."""
        actions = self._cable() | self._actions()
        doer = actions.get(action)
        if doer is None:
            raise unknown_action(self.CATEGORY, action, sorted(actions))
        plug = self._plugged()
        doer(fields)
        self._speak()
        with self._lock:
            if action == self.PRINTS:
                return {self.PRINTS: list(self._printed)}
            return {"plugged": plug.plugged, "connections": plug.connections, **self._state()}

    @abc.abstractmethod
    def _make_plug(self) -> Plug:
        """The plug, not plugged in yet."""

    @abc.abstractmethod
    def _actions(self) -> dict[str, Callable[[Fields], None]]:
        """What can be done to this kind of printer, beside its cable."""

    @abc.abstractmethod
    def _state(self) -> Fields:
        """How it is, for whoever has its lock."""

    @abc.abstractmethod
    def _save(self) -> None:
        """Save what came out of the mechanism, and list it in `_printed`."""

    def _dropped(self) -> None:
        """The plug was pulled and put back at once."""

    def _received(self, data: bytes) -> None:
        with self._lock:
            taken, pulled = self._faults.let_through(data)
            self._mechanism.feed(taken)
            self._save()
        self._speak()
        if pulled and self._plug is not None:
            self._plug.drop()
            self._dropped()

    def _speak(self) -> None:
        with self._speaking:
            with self._lock:
                said = self._mechanism.replies()
                data = self._faults.reply(said) if said else b""
                slow_ms, plug = self._faults.slow_ms, self._plug
            if not data or plug is None:
                return
            if slow_ms:
                late = threading.Timer(slow_ms / 1000, plug.send, (data,))
                late.daemon = True
                late.start()
            else:
                plug.send(data)

    def _cable(self) -> dict[str, Callable[[Fields], None]]:
        return {
            "unplug": self._unplug,
            "plug": lambda _: self._plugged().plug(),
            "slow": lambda fields: self._fault("slow_ms", number_field(fields, "ms")),
            "drop_after": lambda fields: self._fault("drop_after", count_field(fields, "bytes")),
            self.PRINTS: lambda _: None,
            "state": lambda _: None,
            **{name: self._flag(name) for name in _FAULTS},
        }

    def _flag(self, name: str) -> Callable[[Fields], None]:
        return lambda fields: self._fault(name, flag_field(fields, "on"))

    def _fault(self, name: str, value: int) -> None:
        with self._lock:
            setattr(self._faults, name, value)

    def _sense(self, **sensors: bool) -> None:
        with self._lock:
            for sensor, value in sensors.items():
                setattr(self._mechanism.sensors, sensor, value)
            self._mechanism.run()
            self._save()

    def _unplug(self, _: Fields) -> None:
        self._plugged().unplug()
        with self._lock:
            self._mechanism.power_cycle()

    def _plugged(self) -> Plug:
        if self._plug is None:
            raise DeviceError(f"The {self.CALLED} is not running.", "Start it first.")
        return self._plug


class OnNetwork(Bench[M]):
    """At a network port; `address` is known after `start` where its port is 0."""

    address: tuple[str, int]

    def _make_plug(self) -> Plug:
        return SocketPlug(self.name, self._listen, self._received)

    def _listen(self) -> socket.socket:
        try:
            listener = socket.create_server(self.address)
        except OSError as error:
            raise DeviceError(
                f"The {self.CALLED} cannot listen at {self.address[0]}:{self.address[1]} ({error.strerror}).",
                "See which program has that port, or give the bench printer another.",
            ) from error
        self.address = listener.getsockname()[:2]
        return listener


class OnSerial(Bench[M]):
    """At a serial port, under the link `folder/<name>-port`."""

    @property
    def port(self) -> Path:
        """The path a driver opens."""
        return self._folder / f"{self.name}-port"

    def _make_plug(self) -> Plug:
        return SerialPlug(self.port, self._received)


class OnUsb(Bench[M]):
    """On USB, with the ids of a maker: `port` is the sysfs tree that a driver finds it in (`sysfs`)."""

    IDS: ClassVar[tuple[str, str]]

    _serial: str

    @property
    def port(self) -> Path:
        """The `sysfs` of the driver's settings."""
        return self._usb / "sys"

    @property
    def _usb(self) -> Path:
        return self._folder / f"{self.name}-usb"

    def _make_plug(self) -> Plug:
        return UsbPlug(self._usb, self._serial, self._received, ids=self.IDS)


def count_field(fields: Fields, name: str) -> int:
    """The number `name`, at least 1; raises `DeviceError`."""
    value = number_field(fields, name)
    if value < 1:
        raise DeviceError(f"`{name}` must be 1 or more.", f'Say how many: "{name}": 10.')
    return value
