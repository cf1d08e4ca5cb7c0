"""The network between a lane and its broker, as something that can be cut: a TCP forwarder with a control handle.

`python -m demo.network --run DIR --broker HOST:PORT` writes DIR/devices.json, as a simulation does, with one device,
`network`: actions `cut` (connections reset, new ones refused), `mend`, `state`.
"""

from __future__ import annotations

import argparse
import contextlib
import selectors
import signal
import socket
import struct
import sys
import threading
from pathlib import Path

from drivers.device import DeviceError
from drivers.simulation import Simulation

CHUNK = 65536
# SO_LINGER with a time of 0: close() resets the connection, as a pulled cable with a dead peer would end.
RESET = struct.pack("ii", 1, 0)


class CuttableNetwork:
    """Forwards TCP to the broker until it is cut."""

    name = "network"

    def __init__(self, broker: tuple[str, int]) -> None:
        self._broker = broker
        self._lock = threading.Lock()
        self._listener: socket.socket | None = None
        self._links: list[socket.socket] = []
        self.address = ("127.0.0.1", 0)

    def start(self) -> None:
        """Listen on a loopback port; the same one again after a cut."""
        listener = socket.create_server(self.address, reuse_port=False)
        self.address = listener.getsockname()[:2]
        with self._lock:
            self._listener = listener
        threading.Thread(target=self._accept, args=(listener,), name="network", daemon=True).start()

    def stop(self) -> None:
        """Reset every connection and refuse new ones."""
        with self._lock:
            listener, self._listener = self._listener, None
            links, self._links = self._links, []
        if listener is not None:
            with contextlib.suppress(OSError):
                listener.shutdown(socket.SHUT_RDWR)
            listener.close()
        for link in links:
            _reset(link)

    def control(self, action: str, _fields: dict[str, object]) -> dict[str, object]:
        """`cut`, `mend` or `state`."""
        if action == "cut":
            self.stop()
        elif action == "mend":
            if self._listener is None:
                self.start()
        elif action != "state":
            raise DeviceError(f"The network has no action {action!r}.", "Use cut, mend or state.")
        return {"connected": self._listener is not None}

    def _accept(self, listener: socket.socket) -> None:
        while True:
            try:
                near, _ = listener.accept()
            except OSError:
                return
            try:
                far = socket.create_connection(self._broker, timeout=2)
            except OSError:
                _reset(near)
                continue
            far.settimeout(None)
            with self._lock:
                cut = self._listener is not listener
                if not cut:
                    self._links += [near, far]
            if cut:
                _reset(near)
                _reset(far)
                return
            threading.Thread(target=_forward, args=(near, far), daemon=True).start()


def _forward(near: socket.socket, far: socket.socket) -> None:
    other = {near: far, far: near}
    with selectors.DefaultSelector() as selector, contextlib.suppress(OSError, ValueError):
        for side in other:
            selector.register(side, selectors.EVENT_READ, side)
        ended = False
        while not ended:
            for key, _ in selector.select():
                side = key.data
                data = side.recv(CHUNK)
                ended = ended or not data
                other[side].sendall(data)
    near.close()
    far.close()


def _reset(link: socket.socket) -> None:
    with contextlib.suppress(OSError):
        link.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        # A thread may be waiting on it: shutdown wakes that thread, close alone would not.
        link.shutdown(socket.SHUT_RDWR)
    link.close()


def main() -> int:
    """Run until SIGTERM or Ctrl-C."""
    parser = argparse.ArgumentParser(prog="python -m demo.network")
    parser.add_argument("--run", type=Path, required=True)
    parser.add_argument("--broker", required=True, metavar="HOST:PORT")
    arguments = parser.parse_args()
    host, _, port = arguments.broker.rpartition(":")
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    network = CuttableNetwork((host, int(port)))
    simulation = Simulation(arguments.run, [network])
    simulation.start()
    ended.wait()
    simulation.stop()
    return 0


if __name__ == "__main__":
    sys.exit(main())
