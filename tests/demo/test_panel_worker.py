"""The thread between the bench panel and the devices: it never stops for one that refuses or is gone."""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable, Iterator

import pytest

from demo.panel_desks import load
from demo.panel_model import DEVICES, Bench, Command, Outcome
from demo.panel_worker import Handle, Worker
from drivers.device import DeviceError

WAIT_S = 20


class Device:
    """A device that answers as it is told to."""

    def __init__(self) -> None:
        self.state: dict[str, object] = {"plugged": True, "requests": 0}
        self.receipts: list[dict[str, object]] = []
        self.done: list[tuple[str, str, dict[str, object]]] = []
        self.gate = threading.Event()
        self.gate.set()

    def do(self, device: str, action: str, **fields: object) -> dict[str, object]:
        assert self.gate.wait(WAIT_S)
        if action == "refuse":
            raise DeviceError("It is unplugged.", "Plug it in first.")
        if action == "receipts":
            return {"receipts": self.receipts}
        if action != "state":
            self.done.append((device, action, fields))
        return dict(self.state)


class Ear:
    """A worker with what it told."""

    def __init__(self, handles: dict[str, Handle]) -> None:
        self.benches: queue.Queue[Bench] = queue.Queue()
        self.outcomes: queue.Queue[Outcome] = queue.Queue()
        self.worker = Worker(handles, period_s=0.01)
        self.worker.start(self.benches.put, self.outcomes.put)

    def until(self, holds: Callable[[Bench], bool]) -> Bench:
        while not holds(bench := self.benches.get(timeout=WAIT_S)):
            pass
        return bench

    def outcome(self) -> Outcome:
        return self.outcomes.get(timeout=WAIT_S)


@pytest.fixture
def device() -> Device:
    return Device()


@pytest.fixture
def ear(device: Device) -> Iterator[Ear]:
    ear = Ear(dict.fromkeys(DEVICES, device))
    yield ear
    device.gate.set()
    ear.worker.stop()


def test_the_state_of_every_device_is_told(ear: Ear) -> None:
    assert ear.until(lambda bench: bench.heard).of("scale").flag("plugged")


def test_a_change_is_told_and_a_counter_alone_is_none(ear: Ear, device: Device) -> None:
    ear.until(lambda bench: bench.heard)
    device.state = {"plugged": True, "requests": 99}
    device.state = {"plugged": False, "requests": 100}
    bench = ear.until(lambda bench: not bench.of("scale").flag("plugged"))
    assert "requests" not in bench.of("scale").fields


def test_a_command_is_done_with_its_fields(ear: Ear, device: Device) -> None:
    ear.worker.post(Command("scanner", "scan", {"text": "4011"}, "Scanned."))
    assert ear.outcome().trouble == ""
    assert device.done == [("scanner", "scan", {"text": "4011"})]


def test_a_refusal_is_told_with_its_remedy_and_the_next_command_is_done(ear: Ear) -> None:
    ear.worker.post(Command("scanner", "refuse"))
    ear.worker.post(Command("scanner", "scan", {"text": "4011"}))
    assert ear.outcome().trouble == "It is unplugged. Plug it in first."
    assert ear.outcome().trouble == ""


def test_weights_of_a_dragged_slide_are_left_out_but_for_the_last(ear: Ear, device: Device) -> None:
    ear.until(lambda bench: bench.heard)
    device.gate.clear()
    ear.worker.post(Command("scanner", "scan", {"text": "4011"}))
    for grams in (100, 200, 300):
        ear.worker.post(load(grams, passing=True))
    ear.worker.post(load(400))
    device.gate.set()
    told = [ear.outcome().command for _ in range(2)]
    # The worker may have taken the scan, and one of the weights with it, before the gate closed.
    while told[-1].passing:
        told.append(ear.outcome().command)
    assert told[-1].fields == {"grams": 400}
    assert len(device.done) < 5


def test_a_new_receipt_brings_its_picture(ear: Ear, device: Device) -> None:
    ear.until(lambda bench: bench.heard)
    device.receipts = [{"n": 1, "text": "", "files": {"png": "/bench/1.png"}}]
    device.state = {"plugged": True, "receipts": 1}
    assert ear.until(lambda bench: bool(bench.receipt)).receipt == "/bench/1.png"


def test_a_device_that_is_not_on_the_bench_is_said_to_be_missing(device: Device) -> None:
    ear = Ear({"scale": device})
    bench = ear.until(lambda bench: bench.heard)
    ear.worker.post(Command("terminal", "tap"))
    assert bench.of("terminal").trouble == ear.outcome().trouble == "There is no terminal on this bench."
    ear.worker.stop()


def test_a_worker_that_was_never_started_can_be_stopped() -> None:
    Worker({}).stop()
