"""What is wrong outside of the lane is said where somebody can act on it, and costs no sale."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from headquarters.__main__ import main as headquarters
from tests.bench import Bench
from tests.brokers import until
from tests.walks.books import sales
from tests.walks.shopper import MILK, Shopper

pytestmark = pytest.mark.processes


def test_a_printer_at_a_closed_port_does_not_keep_the_lane_from_selling(bench: Bench) -> None:
    """From the start: the screen says that there is no paper, the log says why and what to check."""
    bench.do("printer", "unplug")
    lane = bench.start_lane()
    until(lambda: lane.works("scanner", "terminal"), "scanner and terminal")
    bench.attendant("open")
    lane.sees("attract", "No paper receipts at the moment")
    shopper = Shopper(bench)
    shopper.buys_until_asked(MILK)
    bench.do("terminal", "tap")
    lane.sees("receipt", "The printer needs attention.")
    assert len(sales(bench)) == 1
    (gone,) = [line for line in bench.log("lanes").splitlines() if "device.lost device=printer" in line]
    assert "remedy='" in gone
    bench.do("printer", "plug")
    lane.sees("receipt", "Please take your receipt.")


def test_a_terminal_that_is_not_there_keeps_the_lane_from_beginning(bench: Bench) -> None:
    bench.do("terminal", "unplug")
    lane = bench.start_lane()
    until(lambda: lane.works("scanner"), "the scanner")
    bench.attendant("open")
    lane.sees("out_of_order", "The payment terminal is not connected.")
    bench.do("terminal", "plug")
    lane.sees("attract", "Scan your first item to begin.")


def test_a_catalog_row_without_a_price_is_refused_with_a_remedy_and_the_rest_is_taken(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    goods = tmp_path / "goods.csv"
    goods.write_text("sku,name,department,price,tax_code\n1,Milk,Dairy,1.29,Z\n2,Bread,Bakery,,Z\n", encoding="utf-8")
    report = tmp_path / "report.json"
    database = str(tmp_path / "headquarters.db")
    command = ["import", "--database", database, str(goods), "--format", "csv", "--report", str(report)]
    assert headquarters(command) == 1, "some rows were refused"
    told = json.loads(report.read_text())
    assert (told["rows"], told["accepted"], told["refused"]) == (2, 1, 1)
    (example,) = told["examples"]
    assert (example["row"], example["message"]) == (2, "the good has no price")
    assert "Give it a price" in example["remedy"]
    assert "1 items" in capsys.readouterr().out
