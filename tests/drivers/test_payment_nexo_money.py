"""Whatever goes wrong between lane and terminal: nobody pays twice, and what the lane says is what the books say."""

from __future__ import annotations

import multiprocessing
import tempfile
from multiprocessing.connection import Connection
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.control import ControlHandle
from drivers.payment.interface import Approved, Declined, PaymentOutcome, PaymentRequest, Reversed, Unknown
from drivers.payment.nexo import NexoSettings, NexoTerminal, wall_ms
from drivers.payment.simulated_nexo import SimulatedNexoTerminal
from drivers.simulation import Simulation
from tests.drivers.test_payment_nexo import SALE, table
from tests.drivers.witness import PATIENCE_S, short_folder

STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            (
                *("none", "none", "drop_before_charge", "drop_after_charge", "partial", "tip", "busy", "unplug"),
                *("garbage", "half", "wrong_key", "forged", "clear", "mixed_up", "error", "reject", "chunked"),
            )
        ),
        st.sampled_from(("approve", "approve", "decline")),
        st.booleans(),
        st.sampled_from(("nothing", "enquire", "restart", "again")),
    ),
    min_size=1,
    max_size=6,
)
AT_THE_TERMINAL = ("drop_before_charge", "drop_after_charge", "partial", "tip", "busy", "unplug")


class Shop:
    """A lane and a terminal, and what the lane was told of each payment last."""

    def __init__(self, folder: Path) -> None:
        self.terminal = SimulatedNexoTerminal("terminal", folder / "bench")
        self.terminal.start()
        self._folder = folder
        self._now_ms = wall_ms()
        self.told: dict[str, PaymentOutcome] = {}
        self.driver = self._open()

    def _open(self) -> NexoTerminal:
        made = msgspec.convert(table(self.terminal), NexoSettings)
        driver = NexoTerminal("terminal", made, lambda _: None, self._folder, clock_ms=lambda: self._now_ms)
        driver.open()
        return driver

    def restart(self) -> None:
        self.driver.close()
        self.driver = self._open()

    def pay(self, reference: str, fault: str, mode: str) -> None:
        self.terminal.control("auto", {"mode": mode})
        self._break(fault)
        self.told[reference] = self.driver.authorise(PaymentRequest(reference, 1234, "EUR"))
        self.terminal.control("busy", {"on": False})
        self.terminal.control("plug", {})

    def _break(self, fault: str) -> None:
        if fault in AT_THE_TERMINAL:
            self.terminal.control(fault, {})
        elif fault != "none":
            self.terminal.control("fail_next", {"fault": fault, "category": "Payment"})

    def enquire(self, reference: str) -> None:
        if isinstance(self.told[reference], Unknown):
            self.told[reference] = self.driver.enquire(PaymentRequest(reference, 1234, "EUR"), None)

    def charged(self) -> dict[str, list[tuple[object, object]]]:
        found = self.terminal.control("state", {})["charges"]
        assert isinstance(found, list)
        books: dict[str, list[tuple[object, object]]] = {}
        for charge in found:
            books.setdefault(charge["reference"], []).append((charge["amount_minor"], charge["state"]))
        return books

    def close(self) -> None:
        self.driver.close()
        self.terminal.stop()


@given(STEPS)
@settings(max_examples=25)
def test_the_lane_never_says_what_the_books_do_not(steps: list[tuple[str, str, bool, str]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        shop = Shop(Path(folder))
        try:
            for number, (fault, mode, ask_broken, after) in enumerate(steps):
                reference = f"sale-{number}"
                shop.pay(reference, fault, mode)
                if ask_broken:
                    shop.terminal.control("fail_next", {"fault": "half", "category": "TransactionStatus"})
                    shop.enquire(reference)
                _afterwards(shop, reference, after)
                _agrees(shop)
            shop.terminal.control("heal", {})
            for reference in shop.told:
                shop.enquire(reference)
            _agrees(shop)
            _all_is_settled(shop)
        finally:
            shop.close()


def _afterwards(shop: Shop, reference: str, after: str) -> None:
    if after == "enquire":
        shop.enquire(reference)
    elif after == "restart":
        shop.restart()
    elif after == "again":
        # A second try with the same reference must not charge, whatever became of the first (unless none was sent).
        outcome = shop.driver.authorise(PaymentRequest(reference, 1234, "EUR"))
        if not isinstance(outcome, Unknown):
            shop.told[reference] = outcome


def _agrees(shop: Shop) -> None:
    books = shop.charged()
    assert all(len(charges) == 1 for charges in books.values())
    for reference, outcome in shop.told.items():
        match outcome:
            case Approved():
                assert books[reference] == [(outcome.amount_minor, "charged")]
                assert outcome.amount_minor == 1234
            case Declined():
                assert reference not in books


def _all_is_settled(shop: Shop) -> None:
    """What is still unknown was charged with another amount, and can be taken back."""
    books = shop.charged()
    for reference, outcome in shop.told.items():
        if isinstance(outcome, Unknown):
            assert [amount for amount, _ in books[reference]] != [1234]
            assert isinstance(shop.driver.reverse(PaymentRequest(reference, 1234, "EUR"), 0), Reversed)


def host(folder: Path, ready: Connection) -> None:
    """Run a simulated terminal in this process until it is killed."""
    simulation = Simulation(folder, [SimulatedNexoTerminal("nexo_terminal", folder)])
    simulation.start()
    ready.send(simulation.where()["nexo_terminal"]["port"])
    ready.recv()


@pytest.mark.processes
def test_a_terminal_that_is_killed_after_the_charge_is_asked_when_it_is_back(tmp_path: Path) -> None:
    with short_folder() as bench:
        context = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe()
        process = context.Process(target=host, args=(bench, theirs), daemon=True)
        process.start()
        assert ours.poll(PATIENCE_S)
        back = SimulatedNexoTerminal("nexo_terminal", bench, port=ours.recv())
        driver = NexoTerminal("terminal", msgspec.convert(table(back), NexoSettings), lambda _: None, tmp_path)
        driver.open()
        control = ControlHandle(bench / "control.sock")
        control.do("nexo_terminal", "auto", mode="approve")
        control.do("nexo_terminal", "drop_after_charge")
        assert isinstance(driver.authorise(SALE), Unknown)
        process.kill()
        process.join(PATIENCE_S)
        assert isinstance(driver.enquire(SALE, None), Unknown)
        driver.close()
        back.start()
        driver.open()
        assert isinstance(driver.enquire(SALE, None), Approved)
        driver.close()
        back.stop()
        ours.close()
