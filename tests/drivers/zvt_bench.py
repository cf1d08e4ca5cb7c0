"""What the tests of the ZVT driver share: a lane on a thread of its own, and a simulated terminal to pay at."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from typing import TypeVar

import msgspec

from drivers.payment.interface import PaymentRequest, TerminalInfo
from drivers.payment.simulated import BenchTerminal, SimulatedZvtTerminal
from drivers.payment.zvt import ZvtSettings, ZvtTerminal
from drivers.payment.zvt_driver import ZvtDriver
from drivers.transport.waiting import Deadline

T = TypeVar("T")

SALE = PaymentRequest("sale-1", 1234, "EUR")
OTHER = PaymentRequest("sale-2", 1234, "EUR")
# An hour and more of patience where the test ends the wait itself; a blink where the end of patience is the test.
PATIENT = {"answer_timeout_s": 20.0, "card_timeout_s": 60.0, "health_interval_s": 300.0}
HASTY = {"answer_timeout_s": 1.0, "card_timeout_s": 0.3, "health_interval_s": 300.0}


class Lane:
    """A driver on a thread of its own, as under a supervisor, and everything it said."""

    def __init__(self, make: Callable[[Callable[[object], None]], ZvtDriver]) -> None:
        self.heard: list[object] = []
        self.driver = make(self.heard.append)
        self._thread = ThreadPoolExecutor(1)

    def go(self, call: Callable[[ZvtDriver], T]) -> Future[T]:
        return self._thread.submit(call, self.driver)

    def do(self, call: Callable[[ZvtDriver], T]) -> T:
        return self.go(call).result(60)

    def close(self) -> None:
        self.driver.abort()
        self.do(lambda driver: driver.close())
        self._thread.shutdown()

    def all(self, kind: type[T]) -> list[T]:
        return [record for record in self.heard if isinstance(record, kind)]

    @property
    def last_receipt_number(self) -> int | None:
        return self.all(TerminalInfo)[-1].last_receipt_number


# Makes an open lane with these settings.
Lanes = Callable[..., Lane]


def unopened(address: tuple[str, int], **settings: object) -> Lane:
    """A lane of a terminal on the network, not open yet."""
    host, port = address
    table = {"driver": "zvt", "host": host, "port": port, **PATIENT, **settings}
    return Lane(lambda sink: ZvtTerminal("terminal", msgspec.convert(table, ZvtSettings), sink))


@contextmanager
def simulated_terminal() -> Iterator[SimulatedZvtTerminal]:
    """A terminal from start to stop."""
    simulated = SimulatedZvtTerminal("terminal")
    simulated.start()
    try:
        yield simulated
    finally:
        simulated.stop()


@contextmanager
def lanes_at(terminal: SimulatedZvtTerminal) -> Iterator[Lanes]:
    """What makes open lanes at `terminal`; all are closed at the end."""
    made: list[Lane] = []

    def make(**settings: object) -> Lane:
        lane = unopened(terminal.address, **settings)
        made.append(lane)
        lane.do(lambda driver: driver.open())
        return lane

    try:
        yield make
    finally:
        for lane in made:
            lane.close()


def asked(terminal: BenchTerminal) -> dict[str, object]:
    """Wait until the terminal asks for a card."""
    return terminal.control("wait_for_authorisation", {"timeout_s": 20})


def charges(terminal: BenchTerminal) -> list[tuple[object, object]]:
    """The charges in the terminal's own books: amount and state."""
    found = terminal.control("state", {})["charges"]
    assert isinstance(found, list)
    return [(charge["amount_minor"], charge["state"]) for charge in found]


def pay(lane: Lane, terminal: BenchTerminal, action: str, request: PaymentRequest = SALE) -> object:
    """Authorise, and do `action` at the terminal once it asks for a card."""
    outcome = lane.go(lambda driver: driver.authorise(request))
    asked(terminal)
    terminal.control(action, {})
    return outcome.result(60)


def received(terminal: BenchTerminal, control: str) -> int:
    """How many messages with this control field the terminal got."""
    counts = terminal.control("state", {})["received"]
    assert isinstance(counts, dict)
    return int(counts.get(control, 0))


def until(condition: Callable[[], bool]) -> None:
    """Ask until it is so; each question is a round trip to the terminal's thread."""
    deadline = Deadline(20)
    while not condition():
        assert not deadline.passed
