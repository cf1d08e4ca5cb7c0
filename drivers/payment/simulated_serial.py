"""A payment terminal on the bench at a serial port: the same terminal, behind blocks and a pseudo terminal."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Final

from drivers.device import DeviceError
from drivers.payment.simulated import BenchTerminal
from drivers.payment.simulated_blocks import BlockWire
from drivers.payment.simulated_line import Line
from drivers.transport.pseudo_port import PseudoPort

_FAULTS: Final = ("lose_block", "lose_ack", "bad_checksum", "repeat")

Fields = dict[str, object]


class SimulatedZvtSerialTerminal(BenchTerminal):
    """A terminal at the port `folder/name`; the actions of `SimulatedZvtTerminal`, and those of `BlockWire`."""

    def __init__(self, name: str, folder: Path, *, books: Path | None = None) -> None:
        super().__init__(name, Line(BlockWire), books)
        self._port = PseudoPort(folder / name, self._came)
        self._inlet: socket.socket | None = None

    @property
    def port(self) -> Path:
        """The path a driver opens."""
        return self._port.link

    @property
    def plugged(self) -> bool:
        """Whether the port is there."""
        return self._port.plugged

    def _actions(self, fields: Fields) -> dict[str, Callable[[], None]]:
        def arm(fault: str) -> Callable[[], None]:
            return lambda: setattr(self._line.wire, "fault", fault)

        return {**super()._actions(fields), **{fault: arm(fault) for fault in _FAULTS}}

    def _came(self, data: bytes) -> None:
        # On the port's own thread: all else happens on the terminal's.
        inlet = self._inlet
        with contextlib.suppress(OSError):
            if inlet is not None:
                inlet.sendall(data)

    def _plug(self) -> None:
        if self._port.plugged:
            return
        self._inlet, outlet = socket.socketpair()
        self._line.open(_PortChannel(outlet, self._port))
        self._terminal.connected()
        self._port.plug()

    def _unplug(self) -> None:
        self._port.unplug()
        self._line.close()
        inlet, self._inlet = self._inlet, None
        if inlet is not None:
            inlet.close()


class _PortChannel:
    """What came over the port, as something to wait on; what is sent goes to the port."""

    def __init__(self, outlet: socket.socket, port: PseudoPort) -> None:
        self._outlet = outlet
        self._port = port

    def fileno(self) -> int:
        return self._outlet.fileno()

    def recv(self, size: int, /) -> bytes:
        return self._outlet.recv(size)

    def sendall(self, data: bytes, /) -> None:
        with contextlib.suppress(DeviceError):
            self._port.write(data)

    def close(self) -> None:
        self._outlet.close()
