"""A shopper alone before the lane: scans, weighs, changes their mind, pays and leaves."""

from __future__ import annotations

import pytest

from kiosk.messages.contents import LineVoided, TransactionCancelled
from tests.bench import Bench
from tests.brokers import until
from tests.walks.books import entries, must_agree, receipts, sales, times_printed
from tests.walks.shopper import BANANAS, CHEESE, MILK, Shopper

pytestmark = pytest.mark.processes

THIRTEEN = "9520390103019"  # milk


def test_a_shopper_scans_weighs_pays_and_leaves(shopper: Shopper) -> None:
    bench, lane = shopper.bench, shopper.bench.lane
    milk, bananas = bench.good(MILK.sku), bench.good(BANANAS.sku)
    lane.sees("attract", "Scan your first item to begin.")
    bench.scan(THIRTEEN)
    assert lane.sees("basket", milk.name).lines == ((milk.name, "", "€1.29"),)
    lane.press("lookup")
    lane.sees("lookup", bananas.name)
    lane.press(f"tile_{bananas.sku}")
    lane.sees("weighing", "Place it on the scale.")
    assert lane.screen.says("€1.69 per kg")
    bench.do("scale", "load", grams=457)
    assert lane.sees("basket", bananas.name).lines[1] == (bananas.name, "0.457 kg × €1.69/kg", "€0.77")
    lane.press("pay")
    lane.sees("tender_asking", "€2.06")
    waiting = bench.do("terminal", "wait_for_authorisation", timeout_s=10)
    assert waiting["amount_minor"] == 206
    bench.do("terminal", "tap")
    lane.sees("receipt", "Please take your receipt.")
    assert lane.screen.says("You have paid")
    lane.press("done")
    lane.sees("thanks", "Thank you")
    lane.time_passes(3600)
    lane.sees("attract")
    (paper,) = receipts(bench)
    for words in ("Harbour Market", milk.name, bananas.name, "0.457 kg", "€2.06", "1111"):
        assert words in paper
    assert "4111111111111111" not in paper
    must_agree(bench, [(MILK, BANANAS)])


def test_a_bottle_brings_its_deposit(shopper: Shopper) -> None:
    bench, lane = shopper.bench, shopper.bench.lane
    cola = next(item for item in bench.catalog.items if item.deposit_sku and not item.minimum_age)
    bench.scan(bench.code(cola.sku))
    names = [name for name, _, _ in lane.sees("basket", cola.name).lines]
    assert names == [cola.name, bench.good(cola.deposit_sku).name]


def test_a_shopper_reads_german(shopper: Shopper) -> None:
    bench, lane = shopper.bench, shopper.bench.lane
    lane.press("language_de")
    lane.sees("attract", "Willkommen")
    shopper.bench.scan(THIRTEEN)
    lane.sees("basket", "Bezahlen")
    assert lane.screen.lines[0][2] == "1,29\N{NO-BREAK SPACE}€"
    lane.kill()
    lane = bench.start_lane()
    assert lane.screen.says("Bezahlen")
    until(lambda: lane.works("terminal", "printer"), "terminal and printer")
    lane.press("pay")
    bench.do("terminal", "wait_for_authorisation", timeout_s=10)
    bench.do("terminal", "tap")
    lane.sees("receipt", "Sie haben bezahlt")
    until(lambda: times_printed(bench, 1) == 1, "a receipt")
    assert "Danke für Ihren Einkauf" in receipts(bench)[0]
    lane.press("done")
    lane.sees("thanks", "Vielen Dank")
    lane.time_passes(3600)
    lane.sees("attract", "Welcome")


def test_a_second_pack_is_scanned_or_counted_and_one_is_put_back(shopper: Shopper) -> None:
    bench, lane = shopper.bench, shopper.bench.lane
    bench.scan(THIRTEEN)
    lane.sees("basket", "1 item")
    lane.time_passes(2)
    bench.scan(THIRTEEN)
    assert lane.sees("basket", "2 items").lines[0][1:] == ("2 × €1.29", "€2.58")
    lane.press("line_1")
    lane.until(lambda screen: screen.find("line_1_plus") is not None, "the controls of the line")
    lane.press("line_1_plus")
    lane.sees("basket", "3 items")
    lane.press("line_1_remove")
    lane.sees("basket", "was removed")
    assert lane.screen.lines == ()
    (voided,) = [entry.content for entry in entries(bench) if isinstance(entry.content, LineVoided)]
    assert (voided.line.sku, voided.line.quantity, voided.operator) == (MILK.sku, 3, "")


def test_one_pull_of_the_trigger_counts_once(shopper: Shopper) -> None:
    bench, lane = shopper.bench, shopper.bench.lane
    bench.scan(THIRTEEN)
    bench.scan(THIRTEEN)
    lane.sees("basket", "Counted once. Scan again for a second one.")
    assert lane.screen.says("1 item")


def test_a_shopper_gives_up_and_the_next_one_pays(shopper: Shopper) -> None:
    bench, lane = shopper.bench, shopper.bench.lane
    bench.scan(THIRTEEN)
    lane.sees("basket", "1 item")
    lane.press("cancel")
    lane.sees("confirm_cancel", "Cancel everything?")
    lane.press("no")
    lane.sees("basket", "1 item")
    lane.press("cancel")
    lane.sees("confirm_cancel")
    lane.press("yes")
    lane.sees("attract")
    shopper.buys(CHEESE)
    must_agree(bench, [(CHEESE,)])
    assert sales(bench)[0].sequence_number == 2


def test_a_shopper_who_walked_away_is_warned_and_then_forgotten(shopper: Shopper) -> None:
    bench, lane = shopper.bench, shopper.bench.lane
    bench.scan(THIRTEEN)
    lane.sees("basket", "1 item")
    lane.time_passes(61)
    lane.sees("idle_warning", "Are you still there?")
    lane.press("continue")
    lane.sees("basket", "1 item")
    lane.time_passes(61)
    lane.sees("idle_warning", "Are you still there?")
    lane.time_passes(21)
    lane.sees("attract")
    (gone,) = [entry.content for entry in entries(bench) if isinstance(entry.content, TransactionCancelled)]
    assert (gone.reason, [line.sku for line in gone.lines]) == ("idle", [MILK.sku])


def test_nobody_is_timed_out_while_the_card_is_asked_for(shopper: Shopper) -> None:
    bench, lane = shopper.bench, shopper.bench.lane
    shopper.buys_until_asked(MILK)
    lane.sees("tender_asking", "€1.29")
    for _ in range(3):
        lane.time_passes(600)
    assert lane.sees("tender_asking").overlay is None
    bench.do("terminal", "tap")
    lane.sees("receipt", "You have paid")


def test_three_shoppers_one_after_the_other(shopper: Shopper) -> None:
    shopper.buys(MILK)
    shopper.buys(MILK, BANANAS)
    shopper.buys(CHEESE, MILK)
    must_agree(shopper.bench, shopper.bought)


def test_nothing_of_a_card_is_kept_and_nothing_scanned_is_logged(bench: Bench) -> None:
    bench.open_lane()
    Shopper(bench).buys(MILK)
    bench.lane.kill()
    log = bench.log("lanes")
    assert "device.ready device=terminal" in log
    for secret in ("411111111111", THIRTEEN):
        assert secret not in log
    for file in (path for path in bench.data.iterdir() if path.is_file()):
        assert b"411111111111" not in file.read_bytes(), file.name
