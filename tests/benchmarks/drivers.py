"""From the bytes of a scanner to the record in the sink, beside a thread that does nothing but read the same bytes."""

from __future__ import annotations

import contextlib
import os
import queue
import select
import socket
import threading
import time
import tty
from collections.abc import Callable, Iterator
from pathlib import Path

from drivers.scanner.interface import Scan
from drivers.scanner.simulated import SimulatedScanner
from drivers.scanner.simulated_usb import SimulatedHidScanner, SimulatedWedgeScanner
from drivers.transport.packet_port import PacketPort
from drivers.transport.pseudo_port import PseudoPort
from tests.benchmarks.figures import Figure, Run, figure, quantile
from tests.drivers.scanner_rig import supervised
from tests.drivers.witness import Witness

CODE, AIM = "4006381333931", "]E0"
PATIENCE_S = 10.0
WARM_UP = 20
# A lane sleeps between two codes.
PAUSE_S = 0.002
Benched = SimulatedScanner | SimulatedHidScanner | SimulatedWedgeScanner

SCANNERS: dict[str, Callable[[str, Path], Benched]] = {
    "serial": SimulatedScanner,
    "hid": SimulatedHidScanner,
    "wedge": SimulatedWedgeScanner,
}
NAMES = {"serial": "serial, pty", "hid": "HID POS, packets", "wedge": "keyboard wedge, packets"}


def measure(folder: Path, *, runs: int, samples: int) -> Iterator[Figure]:
    """A figure for each kind of scanner: one code at a time, both sides by turns, in one process."""
    folder.mkdir(parents=True, exist_ok=True)
    for kind, make in SCANNERS.items():
        found = [_run(kind, make("ours", folder), folder, samples) for _ in range(runs)]
        p95 = {
            "ours p95": quantile([one for run in found for one in run.ours], 0.95),
            "peer p95": quantile([one for run in found for one in run.peer], 0.95),
        }
        note = "ours: tap-less transport, framer, decoder, record, supervisor's sink; both threads in this process"
        yield figure(
            f"scan to event, {NAMES[kind]}",
            "us",
            "bare read loop on the same kind of node",
            found,
            note=note,
            parts=p95,
        )


def _run(kind: str, device: Benched, folder: Path, samples: int) -> Run:
    arrived: queue.SimpleQueue[int] = queue.SimpleQueue()
    told = Told(arrived)
    device.start()
    ours, peer = [], []
    pieces = device.pieces(CODE, AIM)
    try:
        with supervised(kind, device.port, told), _bare(kind, folder / "bare", arrived, len(b"".join(pieces))) as write:
            told.until(lambda records: any(getattr(record, "lifecycle", "") == "ready" for record in records))
            for number in range(WARM_UP + samples):
                taken = [_timed(send, pieces, arrived) for send in (device._send, write)]
                if number >= WARM_UP:
                    ours.append(taken[0])
                    peer.append(taken[1])
    finally:
        device.stop()
    return Run(ours, peer)


class Told(Witness):
    """A sink that notes when a scan came in, before anything else."""

    def __init__(self, arrived: queue.SimpleQueue[int]) -> None:
        super().__init__()
        self._arrived = arrived

    def __call__(self, record: object) -> None:
        now = time.perf_counter_ns()
        if isinstance(record, Scan):
            self._arrived.put(now)
        else:
            super().__call__(record)


def _timed(send: Callable[[list[bytes]], None], pieces: list[bytes], arrived: queue.SimpleQueue[int]) -> float:
    time.sleep(PAUSE_S)
    began = time.perf_counter_ns()
    send(pieces)
    return (arrived.get(timeout=PATIENCE_S) - began) / 1000


@contextlib.contextmanager
def _bare(kind: str, path: Path, arrived: queue.SimpleQueue[int], size: int) -> Iterator[Callable[[list[bytes]], None]]:
    """A thread that waits for `size` bytes, read by read; yields what writes to it."""
    port = PseudoPort(path, lambda _: None) if kind == "serial" else PacketPort(path, lambda _: None)
    port.plug()
    ending, end = os.pipe()
    fd = _opened(kind, path)

    def loop() -> None:
        poll, got = select.poll(), 0
        poll.register(fd, select.POLLIN)
        poll.register(ending, select.POLLIN)
        while all(ready != ending for ready, _ in poll.poll()):
            got += len(os.read(fd, 4096))
            if got >= size:
                arrived.put(time.perf_counter_ns())
                got = 0

    def write(pieces: list[bytes]) -> None:
        for piece in pieces:
            port.write(piece)

    thread = threading.Thread(target=loop, daemon=True)
    thread.start()
    try:
        yield write
    finally:
        os.write(end, b"x")
        thread.join()
        for one in (fd, ending, end):
            os.close(one)
        port.unplug()


def _opened(kind: str, path: Path) -> int:
    if kind == "serial":
        fd = os.open(path, os.O_RDWR | os.O_NOCTTY)
        tty.setraw(fd)
        return fd
    node = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    node.connect(str(path))
    return node.detach()
