"""A lane that is killed at every point of its work and started again: the same basket, nothing lost, nothing twice."""

from __future__ import annotations

import itertools
import sqlite3
from collections.abc import Callable
from contextlib import closing

import pytest

from kiosk.checkout.assembly import TILL
from kiosk.messages.contents import PaymentAttempt, PaymentResult
from tests.bench import Bench
from tests.brokers import until
from tests.walks.books import entries, must_agree, sales
from tests.walks.lane import LaneEnded
from tests.walks.shopper import BANANAS, CHEESE, MILK, Shopper
from tests.walks.telling import Screen

pytestmark = pytest.mark.processes

# Kinds of points, and how many of them a whole sale passes at least.
KINDS = {"before commit": 13, "after commit": 13, "before effect": 3, "after effect": 3}


@pytest.mark.parametrize("kind", KINDS)
def test_killed_at_every_point_of_a_sale(shopper: Shopper, kind: str) -> None:
    """One sale a point, all on the same data: the lane dies at the first point, the second... until none is left."""
    for number in itertools.count(1):
        shopper.bench.lane.crash(kind, number)
        shopper.buys(MILK, CHEESE, BANANAS)
        must_agree(shopper.bench, shopper.bought)
        if len(shopper.comebacks) < number:
            break
    assert len(shopper.comebacks) >= KINDS[kind], shopper.comebacks


@pytest.mark.parametrize("kind", ["after commit", "after effect"])
def test_killed_at_every_point_of_a_visit_full_of_trouble(shopper: Shopper, kind: str) -> None:
    """The shopper leaves the scale and comes back, cancels a payment, has a card declined, and one left in doubt."""
    for number in itertools.count(1):
        shopper.hesitates = True
        shopper.cards = ["cancel_at_the_lane", "decline"] + ["lose_answer"] * (kind == "after effect")
        shopper.bench.lane.crash(kind, number)
        shopper.buys(MILK, BANANAS)
        must_agree(shopper.bench, shopper.bought)
        if len(shopper.comebacks) < number:
            break
    died_at = " ".join(shopper.comebacks)
    if kind == "after effect":
        for effect in ("Weigh", "CancelWeigh", "RequestPayment", "AbortPayment", "EnquirePayment"):
            assert f": {effect}" in died_at
    assert len(shopper.comebacks) >= {"after commit": 18, "after effect": 7}[kind], died_at


def test_what_a_device_is_asked_for_is_on_disk_before(shopper: Shopper) -> None:
    """Every effect comes after the commit of the step that wanted it, and its commit is never a later one."""
    shopper.bench.lane.crash("never", 1)  # from here on, its trace is kept
    shopper.buys(MILK, BANANAS)
    trace = shopper.bench.lane.trace
    for effect, commit in (("Weigh", "save_lane"), ("RequestPayment", "begin_tender"), ("PrintReceipt", "book")):
        asked = trace.index(f"before effect: {effect}")
        assert trace[asked - 1] == f"after commit: {commit}", trace
    assert trace.count("after commit: begin_tender") == trace.count("after commit: book") == 1


@pytest.mark.parametrize("card", ["tap", "lose_answer"])
def test_killed_while_the_card_is_awaited_and_the_card_is_charged_all_the_same(shopper: Shopper, card: str) -> None:
    """The terminal cannot know that the lane is dead: it charges. That charge pays for the basket, no other does."""
    shopper.buys_until_asked(MILK)
    shopper.bench.lane.kill()
    shopper.bench.do("terminal", card)
    _comes_back_and_finishes(shopper)


def test_killed_after_the_charge_and_before_the_answer(shopper: Shopper) -> None:
    shopper.buys_until_asked(MILK)
    shopper.bench.do("terminal", "lose_answer")
    shopper.bench.lane.kill()
    _comes_back_and_finishes(shopper)


def test_killed_while_the_terminal_is_still_busy_with_the_charge(shopper: Shopper) -> None:
    """It can tell nothing until it is done: the lane asks again, calls for help, and never charges anew."""
    shopper.buys_until_asked(MILK)
    shopper.bench.do("terminal", "answer_late")
    shopper.bench.lane.kill()
    lane = shopper.bench.start_lane()
    lane.sees("tender_in_doubt", "Please do not pay again")
    shopper.bench.do("terminal", "answer")
    shopper.bought.append((MILK,))
    shopper.finishes(MILK)
    must_agree(shopper.bench, shopper.bought)


def test_killed_while_the_card_is_awaited_and_nobody_pays_yet(shopper: Shopper) -> None:
    """The terminal says that nothing was charged; only then is the card asked for again."""
    shopper.buys_until_asked(MILK)
    shopper.bench.lane.kill()
    lane = shopper.bench.start_lane()
    assert lane.screen.name == "tender_in_doubt"
    lane.sees("tender_declined", "you were not charged")
    shopper.bought.append((MILK,))
    shopper.finishes(MILK)
    must_agree(shopper.bench, shopper.bought)
    outcomes = [one.content.outcome for one in entries(shopper.bench) if isinstance(one.content, PaymentResult)]
    assert outcomes == ["not_charged", "approved"]


def test_killed_at_every_point_of_the_recovery_too(shopper: Shopper) -> None:
    """Charged, killed, started, killed again on the way up: at the first point, the second... until it gets through."""
    bench = shopper.bench
    for kind in ("after commit", "after effect"):
        for number in itertools.count(1):
            shopper.buys_until_asked(MILK)
            bench.do("terminal", "lose_answer")
            bench.lane.kill()
            bench.start_lane((kind, number))
            died = _dies_on_the_way_up(bench, lambda: _rests(bench.lane.screen))
            if died:
                bench.start_lane()
            shopper.bought.append((MILK,))
            shopper.finishes(MILK)
            must_agree(bench, shopper.bought)
            if not died:
                assert number > 1
                break


@pytest.mark.parametrize("kind", ["before commit", "after commit", "before effect", "after effect"])
def test_a_charge_without_its_basket_is_taken_back_whenever_the_lane_dies(shopper: Shopper, kind: str) -> None:
    """The lane's state is lost, its ledger is not: what was charged goes back, once, and the lane sells on."""
    bench = shopper.bench
    for number in itertools.count(1):
        shopper.buys_until_asked(MILK)
        bench.do("terminal", "lose_answer")
        bench.lane.kill()
        _lose_the_state(bench)
        bench.start_lane((kind, number))
        died = _dies_on_the_way_up(bench, _taken_back(bench, number))
        if died:
            bench.start_lane()
        until(_taken_back(bench, number), "the charge taken back")
        assert _charges_reversed(bench) == number
        bench.reopen()
        shopper.buys(CHEESE)
        must_agree(bench, shopper.bought)
        if not died:
            assert number > 1
            break


def test_a_basket_left_on_a_dead_lane_is_there_when_it_starts(shopper: Shopper) -> None:
    """Each screen of an open basket, killed from outside."""
    bench = shopper.bench
    bench.scan(bench.code(MILK.sku))
    basket = bench.lane.sees("basket", bench.good(MILK.sku).name).lines
    for leads_to in ((), ("lookup",), ("lookup", f"tile_{BANANAS.sku}")):
        for item in leads_to:
            bench.lane.press(item)
            bench.lane.until(lambda screen, item=item: screen.find(item) is None, f"what {item} leads to")  # type: ignore[misc]  # mypy cannot type a default of a lambda
        bench.lane.kill()
        shown = bench.start_lane()
        shown.until(lambda screen: screen.overlay is None, "a lane that sells")
        if shown.screen.name == "lookup":
            shown.press("back")
        assert shown.sees("basket").lines == basket
        assert sales(bench) == []


def _comes_back_and_finishes(shopper: Shopper) -> None:
    lane = shopper.bench.start_lane()
    assert lane.screen.name == "tender_in_doubt"
    assert lane.screen.says("Please do not pay again")
    shopper.bought.append((MILK,))
    shopper.finishes(MILK)
    must_agree(shopper.bench, shopper.bought)
    attempts = [one for one in entries(shopper.bench) if isinstance(one.content, PaymentAttempt)]
    assert len(attempts) == 1


def _dies_on_the_way_up(bench: Bench, up: Callable[[], bool]) -> str:
    """Where it died; "" where it got through."""

    def is_up() -> bool:
        bench.lane.looks()
        return up()

    try:
        until(is_up, "a lane that is up, or dead")
        bench.lane.crash("never", 1)
    except LaneEnded as end:
        return end.point
    return ""


def _rests(screen: Screen) -> bool:
    """Whether the screen waits for a person."""
    return screen.says("Please take your receipt") or screen.says("may not have printed")


def _lose_the_state(bench: Bench) -> None:
    """What a worn card does to one page, or a faulty version of ours."""
    with closing(sqlite3.connect(bench.data / TILL, isolation_level=None)) as till:
        till.execute("update lane set state = x'7b'")


def _taken_back(bench: Bench, times: int) -> Callable[[], bool]:
    """Whether so many attempts have ended with a reversal, as far as the ledger knows."""

    def is_so() -> bool:
        results = [entry.content for entry in entries(bench) if isinstance(entry.content, PaymentResult)]
        last = {result.attempt: result.outcome for result in results}
        return list(last.values()).count("reversed") == times

    return is_so


def _charges_reversed(bench: Bench) -> int:
    charges = bench.do("terminal", "state")["charges"]
    assert isinstance(charges, list)
    return sum(charge["state"] == "reversed" for charge in charges)
