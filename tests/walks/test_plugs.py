"""Any plug pulled between the lane and headquarters: selling goes on, and every sale is booked exactly once."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.bench import Bench
from tests.brokers import DEADLINE_S, Broker, until
from tests.walks.books import entries, must_agree, sales
from tests.walks.shopper import BANANAS, CHEESE, MILK, Shopper

pytestmark = pytest.mark.processes


@pytest.fixture
def broker(bench: Bench) -> Iterator[Broker]:
    """A mosquitto, known to the workstation and to headquarters."""
    with Broker(bench.folder) as running:
        bench.office.connect(running.port)
        yield running


@pytest.fixture
def shop(bench: Bench, broker: Broker) -> Shopper:
    """A shopper before an open lane whose goods have come down from headquarters."""
    bench.office.start_headquarters(broker)
    bench.office.start_agent()
    until(bench.office.has_catalog, "the catalog from headquarters")
    bench.open_lane()
    return Shopper(bench)


def all_is_booked(shopper: Shopper) -> None:
    """Wait until nothing is unsent, on the screen too; then headquarters' books are the lane's, once each."""
    bench = shopper.bench
    until(lambda: bench.office.unsent() == 0, f"everything acknowledged; {bench.log('agent')[-2000:]}", 2 * DEADLINE_S)
    lane = bench.lane
    lane.until(
        lambda screen: not screen.says("to send") and not screen.says("Working offline"), "a lane that is online"
    )
    must_agree(bench, shopper.bought)
    sold = sales(bench)
    booked = bench.office.booked()
    assert booked["sales_booked"] == len(sold)
    assert booked["quarantined"] == 0
    assert booked["entries"] == len(entries(bench))
    days = booked["days"]
    assert isinstance(days, list)
    assert sum(day["total_minor"] for day in days) == sum(sale.total_minor for sale in sold)
    audit = bench.office.audited()
    assert (audit.findings, audit.remarks, audit.sales) == ((), (), len(sold))


def test_a_sale_reaches_headquarters(shop: Shopper) -> None:
    shop.buys(MILK, CHEESE, BANANAS)
    all_is_booked(shop)


def test_the_broker_is_killed_and_comes_back(shop: Shopper, broker: Broker) -> None:
    shop.buys(MILK)
    broker.kill()
    shop.bench.lane.until(lambda screen: screen.says("Working offline"), "a word about the network")
    shop.buys(CHEESE)
    shop.buys(MILK, BANANAS)
    shop.bench.lane.until(lambda screen: screen.says("to send"), "how much is unsent")
    broker.start()
    all_is_booked(shop)


def test_the_broker_is_not_there_when_the_lane_starts(bench: Bench, broker: Broker) -> None:
    """Sold before anybody could be told; the goods are known from earlier days."""
    bench.office.start_headquarters(broker)
    bench.office.start_agent()
    until(bench.office.has_catalog, "the catalog from headquarters")
    bench.office.kill_agent()
    broker.kill()
    bench.office.start_agent()
    until(lambda: "headquarters.unreached" in bench.log("agent"), "an agent that says so")
    bench.open_lane()
    shopper = Shopper(bench)
    shopper.buys(MILK)
    broker.start()
    all_is_booked(shopper)


def test_headquarters_dies_between_its_commit_and_its_answer(bench: Bench, broker: Broker) -> None:
    """The second sale is booked and nobody hears of it: it is sent again, and not booked again."""
    bench.office.start_headquarters(broker, dies_at_sale=2)
    bench.office.start_agent()
    until(bench.office.has_catalog, "the catalog from headquarters")
    bench.open_lane()
    shopper = Shopper(bench)
    shopper.buys(MILK)
    shopper.buys(CHEESE)
    assert bench.office.headquarters is not None
    assert bench.office.headquarters.wait(DEADLINE_S) < 0, "it was to kill itself"
    assert bench.office.booked()["sales_booked"] == 2
    assert bench.office.unsent() > 0
    shopper.buys(MILK)
    bench.office.start_headquarters(broker)
    all_is_booked(shopper)
    assert int(str(bench.office.booked()["duplicates_refused"])) > 0


def test_the_agent_is_killed_again_and_again(shop: Shopper) -> None:
    for want in (MILK, CHEESE, BANANAS):
        shop.buys(MILK, want) if want is not MILK else shop.buys(MILK)
        shop.bench.office.kill_agent()
        shop.buys(CHEESE)
        shop.bench.office.start_agent()
    all_is_booked(shop)


def test_everything_dies_at_once_and_is_started_again(shop: Shopper, broker: Broker) -> None:
    """A power cut in the store, with a basket open and sales unsent."""
    bench = shop.bench
    shop.buys(MILK)
    bench.scan(bench.code(CHEESE.sku))
    basket = bench.lane.sees("basket", bench.good(CHEESE.sku).name).lines
    broker.kill()
    bench.office.kill_headquarters()
    bench.office.kill_agent()
    bench.lane.kill()
    lane = bench.start_lane()
    assert lane.sees("basket").lines == basket
    broker.start()
    bench.office.start_agent()
    bench.office.start_headquarters(broker)
    shop.finishes(CHEESE)
    shop.bought.append((CHEESE,))
    all_is_booked(shop)
