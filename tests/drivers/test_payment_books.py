"""Whatever goes wrong in whatever order: no reference is charged twice, and what the driver says equals the books."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from drivers.device import DeviceError, HealthLevel
from drivers.payment.interface import (
    Approved,
    Declined,
    NotRefunded,
    PaymentOutcome,
    PaymentRequest,
    Refunded,
    Reversed,
    TerminalInfo,
)
from drivers.payment.simulated import BenchTerminal, SimulatedZvtTerminal
from drivers.payment.simulated_serial import SimulatedZvtSerialTerminal
from drivers.payment.zvt_block_line import BlockWaits
from drivers.payment.zvt_driver import ZvtDriver
from drivers.payment.zvt_serial import ZvtSerialSettings, ZvtSerialTerminal
from tests.drivers.zvt_bench import Lane, charges, lanes_at, received, simulated_terminal, unopened, until

# All of one amount, so that nothing but the receipt number can tell them apart.
AMOUNT = 1234
HASTY = {"answer_timeout_s": 0.25, "card_timeout_s": 0.1, "payment_limit_s": 2.0, "health_interval_s": 300.0}
REFERENCES = ("a", "b", "c")

CARDS = (
    "tap",
    "decline",
    "lose_answer",
    "drop_before_charge",
    "wrong_amount",
    "half tap",
    "garbage tap",
    "silent tap",
    "duplicate tap",
    "nobody",
    "late",
    "unplug",
)
STEPS = st.one_of(
    st.tuples(st.just("authorise"), st.sampled_from(REFERENCES), st.sampled_from(CARDS)),
    st.tuples(st.just("enquire"), st.sampled_from(REFERENCES), st.just("")),
    st.tuples(st.just("refund"), st.sampled_from(REFERENCES), st.sampled_from(("tap", "lose_answer", "half tap"))),
    st.tuples(st.just("reverse"), st.sampled_from(REFERENCES), st.sampled_from(("", "lose_answer"))),
    st.tuples(st.just("health"), st.just(""), st.sampled_from(list(HealthLevel))),
    st.tuples(st.just("open"), st.just(""), st.just("")),
)


class Shop:
    """A lane and a terminal, and by whom each charge in the terminal's books was made."""

    def __init__(self, lane: Lane, terminal: BenchTerminal) -> None:
        self.lane = lane
        self.terminal = terminal
        self.owners: list[str] = []
        self.before: dict[str, int | None] = {}
        # Whose payment the terminal shows: it may go on asking for a card long after the lane has gone.
        self.shown = "nobody"

    def take(self, step: str, reference: str, how: str) -> None:
        request = PaymentRequest(reference, AMOUNT, "EUR")
        match step:
            case "authorise":
                infos = self.lane.all(TerminalInfo)
                self.before.setdefault(reference, infos[-1].last_receipt_number if infos else None)
                self.judge(request, self.at_terminal(lambda driver: driver.authorise(request), reference, how))
            case "enquire":
                before = self.before.get(reference)
                self.judge(request, self.lane.do(lambda driver: driver.enquire(request, before)))
            case "refund":
                refunded = self.at_terminal(lambda driver: driver.refund(request), f"refund {reference}", how)
                assert not isinstance(refunded, Refunded | NotRefunded) or self.refunds() <= len(REFERENCES)
            case "reverse":
                self.reverse(request, how)
            case "health":
                self.check(HealthLevel(how))
            case _:
                self.open()
        self.terminal.control("silent", {"on": False})
        self.terminal.control("duplicate", {"on": False})
        self.terminal.control("plug", {})
        self.note()
        assert len(self.owners) == len(set(self.owners)), "a reference was charged twice"
        assert self.refunds() <= len(REFERENCES)

    def at_terminal(self, call: Callable[[ZvtDriver], object], reference: str, how: str) -> object:
        asked = received(self.terminal, "0601") + received(self.terminal, "0631")
        outcome = self.lane.go(call)
        while not outcome.done() and received(self.terminal, "0601") + received(self.terminal, "0631") == asked:
            pass
        if received(self.terminal, "0601") + received(self.terminal, "0631") > asked:
            self.shown = reference
        self.act(outcome, how)
        self.note()
        told = outcome.result(60)
        if how == "late":
            # The card is tapped after the lane has given up, if the terminal still asks for it.
            self.try_to("tap")
            self.note()
        return told

    def act(self, outcome: Future[object], how: str) -> None:
        *first, last = how.split()
        for action in first:
            self.try_to(action)
        if last == "late":
            self.try_to("silent")
            outcome.result(60)
            self.terminal.control("silent", {"on": False})
        elif last != "nobody":
            self.try_to(last)

    def try_to(self, action: str) -> None:
        try:
            self.terminal.control(action, {})
        except DeviceError:
            assert action in ("tap", "decline"), action

    def note(self) -> None:
        """Whoever the terminal shows made the charges that are new in its books."""
        new = charges(self.terminal)[len(self.owners) :]
        self.owners += [self.shown] * len(new)

    def judge(self, request: PaymentRequest, outcome: object) -> None:
        self.note()
        book = charges(self.terminal)
        mine = [at for at, owner in enumerate(self.owners) if owner == request.reference]
        if isinstance(outcome, Approved):
            assert [book[at] for at in mine] == [(AMOUNT, "charged")], (outcome, self.owners, book)
            assert outcome.card.receipt_number
        if isinstance(outcome, Declined):
            assert not mine, (outcome, self.owners, book)

    def reverse(self, request: PaymentRequest, how: str) -> None:
        mine = [at for at, owner in enumerate(self.owners) if owner == request.reference]
        found = self.terminal.control("state", {})["charges"]
        assert isinstance(found, list)
        number = found[mine[0]]["receipt_number"] if mine else 9999
        if how:
            self.terminal.control(how, {})
        outcome = self.lane.do(lambda driver: driver.reverse(request, number))
        if isinstance(outcome, Reversed):
            assert charges(self.terminal)[mine[0]][1] == "reversed"

    def check(self, level: HealthLevel) -> None:
        books = charges(self.terminal)
        asked = received(self.terminal, "0601")
        with suppress(DeviceError):
            self.lane.do(lambda driver: driver.check_health(level))
        assert charges(self.terminal) == books
        assert received(self.terminal, "0601") == asked

    def open(self) -> None:
        with suppress(DeviceError):
            self.lane.do(lambda driver: driver.open())

    def open_at_last(self) -> None:
        """A busy machine may miss the short deadlines of this test, which are for what comes after."""
        until(self.opened)

    def opened(self) -> bool:
        self.open()
        return bool(self.lane.all(TerminalInfo))

    def refunds(self) -> int:
        found = self.terminal.control("state", {})["refunds"]
        assert isinstance(found, list)
        return len(found)


@contextmanager
def hasty(terminal: SimulatedZvtTerminal) -> Iterator[Shop]:
    """A shop at `terminal`, open, with a lane of little patience."""
    lane = unopened(terminal.address, **HASTY)
    shop = Shop(lane, terminal)
    shop.open_at_last()
    try:
        yield shop
    finally:
        lane.close()


MANY = settings(max_examples=30, suppress_health_check=list(HealthCheck), deadline=None)
FEW = settings(max_examples=10, suppress_health_check=list(HealthCheck), deadline=None)


@MANY
@given(st.lists(STEPS, min_size=1, max_size=7))
def test_over_the_network(steps: list[tuple[str, str, str]]) -> None:
    with simulated_terminal() as terminal, hasty(terminal) as shop:
        for step in steps:
            shop.take(*step)


@FEW
@given(st.lists(STEPS, min_size=1, max_size=4))
def test_over_a_serial_line(steps: list[tuple[str, str, str]]) -> None:
    with TemporaryDirectory(prefix="zvt-") as folder:
        terminal = SimulatedZvtSerialTerminal("terminal", Path(folder))
        terminal.start()
        made = ZvtSerialSettings(driver="zvt_serial", port=str(terminal.port), **HASTY)  # type: ignore[arg-type] # one table of several types
        waits = BlockWaits(between_bytes_s=0.1, answer_s=0.2)
        lane = Lane(lambda sink: ZvtSerialTerminal("terminal", made, sink, waits=waits))
        try:
            shop = Shop(lane, terminal)
            shop.open_at_last()
            for step in steps:
                shop.take(*step)
        finally:
            lane.close()
            terminal.stop()


def test_a_charge_in_doubt_is_not_taken_for_the_next_one() -> None:
    with simulated_terminal() as terminal, hasty(terminal) as shop:
        for step in (
            ("authorise", "a", "tap"),
            ("authorise", "b", "drop_before_charge"),
            ("open", "", ""),
            ("authorise", "c", "tap"),
            ("enquire", "b", ""),
            ("enquire", "c", ""),
            ("enquire", "a", ""),
        ):
            shop.take(*step)
        assert shop.owners == ["a", "c"]


@pytest.mark.parametrize("how", CARDS)
def test_a_reference_is_never_sent_twice(how: str) -> None:
    with simulated_terminal() as terminal, hasty(terminal) as shop:
        shop.take("authorise", "a", how)
        shop.take("open", "", "")
        shop.take("authorise", "a", "tap")
        assert received(terminal, "0601") == 1


def test_a_driver_that_never_opened_says_so_and_sends_nothing() -> None:
    with simulated_terminal() as terminal:
        lane = unopened(terminal.address)
        outcome: PaymentOutcome = lane.do(lambda driver: driver.authorise(PaymentRequest("a", AMOUNT, "EUR")))
        assert isinstance(outcome, Declined)
        with pytest.raises(DeviceError):
            lane.do(lambda driver: driver.check_health(HealthLevel.INTERNAL))
        lane.close()


def test_no_health_check_starts_a_payment() -> None:
    with simulated_terminal() as terminal, lanes_at(terminal) as lanes:
        lane = lanes()
        sent: dict[HealthLevel, set[str]] = {}
        for level in HealthLevel:
            before = terminal.control("state", {})["received"]
            assert lane.do(lambda driver, level=level: driver.check_health(level)).passed  # type: ignore[misc] # bound now
            after = terminal.control("state", {})["received"]
            assert isinstance(before, dict)
            assert isinstance(after, dict)
            sent[level] = {key for key in after if after[key] != before.get(key) and key != "8000"}
        assert sent == {
            HealthLevel.INTERNAL: set(),
            HealthLevel.EXTERNAL: {"0501"},
            HealthLevel.INTERACTIVE: {"0501", "0670"},
        }
        assert charges(terminal) == []
        assert isinstance(terminal, SimulatedZvtTerminal)
