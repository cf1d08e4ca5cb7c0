"""Terminal and lane in processes of their own, one of them killed at the worst moment; and under the supervisor."""

from __future__ import annotations

import multiprocessing
import queue
from collections.abc import Callable, Iterator
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import msgspec
import pytest

from drivers.device import DeviceChanged, Lifecycle
from drivers.payment.interface import Approved, Declined, DeclineReason, PaymentRequest, TerminalInfo, Unknown
from drivers.payment.simulated import SimulatedZvtTerminal
from drivers.payment.zvt import ZvtSettings, ZvtTerminal
from drivers.supervisor import Supervisor, Waits

SALE = PaymentRequest("sale-1", 1234, "EUR")
WAIT_S = 30


def settings(address: tuple[str, int]) -> ZvtSettings:
    table = {"driver": "zvt", "host": address[0], "port": address[1], "answer_timeout_s": 20, "card_timeout_s": 60}
    return msgspec.convert(table, ZvtSettings)


def host_terminal(pipe: Connection, port: int, books: Path) -> None:
    """Run a simulated terminal until killed: (action, fields) in, state out."""
    terminal = SimulatedZvtTerminal("terminal", port=port, books=books)
    terminal.start()
    pipe.send(terminal.address)
    while True:
        pipe.send(terminal.control(*pipe.recv()))


def pay_until_killed(pipe: Connection, address: tuple[str, int]) -> None:
    """Run a lane that asks for a card and is killed before one comes."""
    driver = ZvtTerminal("terminal", settings(address), lambda _: None)
    driver.open()
    pipe.send(driver.authorise(SALE))


class Elsewhere:
    """A simulated terminal in another process."""

    def __init__(self, books: Path, port: int = 0) -> None:
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=host_terminal, args=(theirs, port, books), daemon=True)
        self._process.start()
        self.address: tuple[str, int] = self._told()

    def control(self, action: str, **fields: object) -> dict[str, object]:
        self._pipe.send((action, fields))
        told: dict[str, object] = self._told()
        return told

    def kill(self) -> None:
        self._process.kill()
        self._process.join(WAIT_S)
        self._pipe.close()

    def _told(self) -> Any:
        assert self._pipe.poll(WAIT_S)
        return self._pipe.recv()


@pytest.fixture
def terminals(tmp_path: Path) -> Iterator[Callable[..., Elsewhere]]:
    made: list[Elsewhere] = []

    def make(port: int = 0) -> Elsewhere:
        made.append(Elsewhere(tmp_path / "books.json", port))
        return made[-1]

    yield make
    for terminal in made:
        terminal.kill()


class Watched:
    """A driver under its supervisor, and what it said."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._heard: queue.SimpleQueue[object] = queue.SimpleQueue()
        self.supervisor: Supervisor[ZvtTerminal] = Supervisor(
            "terminal",
            lambda sink: ZvtTerminal("terminal", settings(address), sink),
            self._heard.put,
            waits=Waits(backoff_s=(0.05,), jitter=0),
        )
        self.supervisor.start()

    def submit(self, call: Callable[[ZvtTerminal], object]) -> None:
        self.supervisor.submit(call, not_ready="not ready", lost="lost")

    def wait_for(self, *kinds: type[object]) -> object:
        while not isinstance(record := self._heard.get(timeout=WAIT_S), kinds):
            pass
        return record

    def wait_until_ready(self) -> None:
        while True:
            record = self.wait_for(DeviceChanged)
            if isinstance(record, DeviceChanged) and record.lifecycle is Lifecycle.READY:
                return


@pytest.fixture
def watch() -> Iterator[Callable[[tuple[str, int]], Watched]]:
    made: list[Watched] = []

    def make(address: tuple[str, int]) -> Watched:
        made.append(Watched(address))
        return made[-1]

    yield make
    for watched in made:
        watched.supervisor.stop()


@pytest.mark.processes
def test_a_terminal_without_power_after_the_charge_is_asked_when_it_is_back(
    terminals: Callable[..., Elsewhere], watch: Callable[[tuple[str, int]], Watched]
) -> None:
    terminal = terminals()
    terminal.control("charge", amount_minor=1234)
    lane = watch(terminal.address)
    lane.wait_until_ready()
    lane.submit(lambda driver: driver.authorise(SALE))
    terminal.control("wait_for_authorisation", timeout_s=25)
    terminal.control("answer_late")
    terminal.kill()
    assert isinstance(lane.wait_for(Approved, Declined, Unknown, str), Unknown)

    back = terminals(terminal.address[1])
    lane.wait_until_ready()
    lane.submit(lambda driver: driver.enquire(SALE, 1))
    outcome = lane.wait_for(Approved, Declined, Unknown, str)
    assert isinstance(outcome, Approved)
    assert outcome.card.receipt_number == 2
    assert back.control("state")["authorisations"] == 0


@pytest.mark.processes
def test_a_lane_without_power_while_the_card_is_awaited_charges_nothing(
    terminals: Callable[..., Elsewhere], watch: Callable[[tuple[str, int]], Watched]
) -> None:
    terminal = terminals()
    terminal.control("charge", amount_minor=1234)
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    killed = context.Process(target=pay_until_killed, args=(theirs, terminal.address), daemon=True)
    killed.start()
    terminal.control("wait_for_authorisation", timeout_s=25)
    killed.kill()
    killed.join(WAIT_S)
    assert not ours.poll()

    lane = watch(terminal.address)
    info = lane.wait_for(TerminalInfo)
    assert isinstance(info, TerminalInfo)
    assert info.last_receipt_number == 1
    lane.submit(lambda driver: driver.enquire(SALE, 1))
    outcome = lane.wait_for(Approved, Declined, Unknown, str)
    assert outcome == Declined("terminal", "sale-1", DeclineReason.NOT_CHARGED)
    assert terminal.control("state")["authorisations"] == 1


@pytest.mark.processes
def test_the_supervisor_reopens_after_a_payment_in_doubt(
    terminals: Callable[..., Elsewhere], watch: Callable[[tuple[str, int]], Watched]
) -> None:
    terminal = terminals()
    lane = watch(terminal.address)
    lane.wait_until_ready()
    lane.submit(lambda driver: driver.authorise(SALE))
    terminal.control("wait_for_authorisation", timeout_s=25)
    terminal.control("drop_before_charge")
    assert isinstance(lane.wait_for(Approved, Declined, Unknown, str), Unknown)
    lane.wait_until_ready()
    lane.submit(lambda driver: driver.enquire(SALE, None))
    assert lane.wait_for(Approved, Declined, Unknown, str) == Declined("terminal", "sale-1", DeclineReason.NOT_CHARGED)
    lane.submit(lambda driver: driver.authorise(PaymentRequest("sale-2", 1234, "EUR")))
    terminal.control("wait_for_authorisation", timeout_s=25)
    lane.supervisor.interrupt(lambda driver: driver.abort())
    assert lane.wait_for(Approved, Declined, Unknown, str) == Declined(
        "terminal", "sale-2", DeclineReason.CANCELLED, "6C"
    )
