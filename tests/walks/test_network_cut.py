"""The network goes in the middle of a sale: the shopper notices nothing but a word, and headquarters hears later."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from demo.network import CuttableNetwork
from tests.bench import Bench
from tests.brokers import Broker, password_file, until
from tests.walks.books import entries
from tests.walks.shopper import CHEESE, MILK, Shopper
from tests.walks.test_plugs import all_is_booked

pytestmark = pytest.mark.processes


@pytest.fixture
def network(bench: Bench) -> Iterator[CuttableNetwork]:
    """A broker with headquarters behind it, and a cable to it that can be cut."""
    with ExitStack() as stack:
        broker = stack.enter_context(Broker(bench.folder))
        cable = CuttableNetwork(("127.0.0.1", broker.port))
        cable.start()
        stack.callback(cable.stop)
        bench.office.connect(cable.address[1])
        bench.office.start_headquarters(broker)
        yield cable


def test_a_cable_cut_in_the_middle_of_a_sale(bench: Bench, network: CuttableNetwork) -> None:
    bench.office.start_agent()
    until(bench.office.has_catalog, "the catalog from headquarters")
    lane = bench.open_lane()
    shopper = Shopper(bench)
    bench.scan(bench.code(MILK.sku))
    lane.sees("basket", bench.good(MILK.sku).name)
    lane.until(lambda screen: not screen.says("Working offline"), "a lane that is online")
    network.control("cut", {})
    lane.sees("basket", "Working offline")
    shopper.finishes(MILK, CHEESE)
    shopper.bought.append((MILK, CHEESE))
    assert bench.office.unsent() > 0
    network.control("mend", {})
    all_is_booked(shopper)


def test_a_broker_that_refuses_is_said_to_staff_and_the_lane_sells_on(bench: Bench) -> None:
    """Wrong credentials: the reason and the remedy are in the agent's log and status, sales wait in the ledger."""
    secret = bench.folder / "password"
    secret.touch(mode=0o600)
    secret.write_text("wrong\n")
    users = password_file(bench.folder, {"0101-07": "right"})
    options = ("allow_anonymous false", f"password_file {users}")
    with Broker(bench.folder, options) as broker:
        bench.office.connect(broker.port, f'username = "0101-07"\npassword_file = "{secret}"\n', keep_catalog=True)
        bench.office.start_agent()
        until(lambda: "not authorised" in bench.office.link().reason, "the reason on the lane's side")
        assert "password" in bench.office.link().remedy
        lane = bench.open_lane()
        lane.until(lambda screen: screen.says("Working offline"), "a word about it")
        Shopper(bench).buys(MILK)
        assert bench.office.unsent() == len(entries(bench))
        assert "wrong" not in bench.log("agent")
