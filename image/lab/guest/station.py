"""The side of the drivers: real supervisors and drivers from the registry, run as the service user, told what to do.

Runs as `python3 -m image.lab.guest.station FD...`: one process for each socket, which carries lines of JSON. A line
{"do": "start", "device": ..., "settings": {...}} starts a device; whatever a device hands over comes back as
{"record": "Scan", "device": ..., ...}, and every line is answered by {"answer": ...}.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import sys
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from drivers import registry
from drivers.device import DeviceError
from drivers.devices import Devices
from drivers.hotplug import Hotplug, HotplugWaits
from drivers.printer.interface import Columns, PrintJob, PrintJobChanged, PrintState, Rule, Text
from drivers.scale.interface import NoWeight, WeighProblem

Fields = dict[str, Any]

_WEIGH_S = 20.0
_STOP_S = 10.0
# Five devices that are plugged all the time never settle, which no lane has to bear.
_HOTPLUG = HotplugWaits(settle_s=0.1, flood_s=0.5)


@dataclass(frozen=True, slots=True)
class _Running:
    """A workstation with one device, as a lane has it: supervised, and told of plugs."""

    devices: Devices
    hotplug: Hotplug


class Station:
    """The devices of one socket."""

    def __init__(self, link: socket.socket, data_folder: Path) -> None:
        self._link = link
        self._data_folder = data_folder
        self._lock = threading.Lock()
        self._running: dict[str, _Running] = {}

    def run(self) -> None:
        """Do what is told until the other side closes."""
        self._data_folder.mkdir(parents=True, exist_ok=True)
        with self._link.makefile("rb") as lines:
            for line in lines:
                command = json.loads(line)
                try:
                    self._send({"answer": self._actions()[command.pop("do")](command)})
                except DeviceError as error:
                    self._send({"refused": str(error)})
        for alias in tuple(self._running):
            self._stop({"device": alias})

    def _actions(self) -> dict[str, Callable[[Fields], object]]:
        return {
            "start": self._start,
            "stop": self._stop,
            "weigh": self._weigh,
            "print": self._print,
            "count": lambda _: {"fds": len(list(Path("/proc/self/fd").iterdir())), "threads": threading.active_count()},
        }

    def _start(self, fields: Fields) -> None:
        alias = fields["device"]
        devices = registry.assemble({alias: fields["settings"]}, self._told, self._data_folder)
        hotplug = Hotplug(devices.hint, waits=_HOTPLUG)
        self._running[alias] = _Running(devices, hotplug)
        hotplug.start()
        devices.start()

    def _stop(self, fields: Fields) -> None:
        running = self._running.pop(fields["device"])
        running.hotplug.stop(_STOP_S)
        running.devices.stop(_STOP_S)

    def _weigh(self, fields: Fields) -> None:
        alias, request = fields["device"], fields["request"]
        scale = self._running[alias].devices.scale
        nothing = NoWeight(alias, request, WeighProblem.NOT_READY, final=True)
        if scale is not None:
            scale.submit(lambda driver: driver.weigh(request, _WEIGH_S), not_ready=nothing, lost=nothing)

    def _print(self, fields: Fields) -> None:
        alias, job_id = fields["device"], fields["job"]
        lines = tuple(Columns(f"Item {number}", f"{number}.00") for number in range(fields["lines"]))
        job = PrintJob(job_id, (Text("CHECKLANE LAB"), Rule(), *lines))
        printer = self._running[alias].devices.printer
        if printer is not None:
            printer.submit(
                lambda driver: driver.print(job),
                not_ready=PrintJobChanged(alias, job_id, PrintState.FAILED, "The printer is not ready."),
                lost=PrintJobChanged(alias, job_id, PrintState.UNKNOWN, "The printer was lost."),
            )

    def _told(self, record: object) -> None:
        self._send({"record": type(record).__name__, **msgspec.to_builtins(record)})

    def _send(self, message: Fields) -> None:
        with self._lock:
            self._link.sendall(json.dumps(message).encode() + b"\n")


def main(numbers: list[str]) -> int:
    """Serve each socket in a process of its own; what they share is loaded once, before they part."""
    logging.basicConfig(level=logging.WARNING, format="station %(message)s")
    children = []
    for number in numbers:
        child = os.fork()
        if child == 0:
            others = [int(other) for other in numbers if other != number]
            for fd in others:
                os.close(fd)
            Station(socket.socket(fileno=int(number)), Path("/tmp/station", number)).run()  # noqa: S108 # the lab's own machine
            return 0
        children.append(child)
    for number in numbers:
        os.close(int(number))
    return max(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
