"""The day at a lane is ended: reports on paper and in the ledger, training beside them, and a crash in between."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from kiosk.accounts.report import report_of
from kiosk.accounts.report_figures import Section
from kiosk.messages.contents import PaymentAttempt, Sale
from kiosk.messages.tills import ReportTaken, SignedOff, SignedOn
from tests.bench import Bench, set_up
from tests.brokers import until
from tests.walks.books import charges, entries, receipts, sales, verified
from tests.walks.lane import LaneEnded
from tests.walks.shopper import CHEESE, MILK, Shopper

pytestmark = pytest.mark.processes


@pytest.fixture
def shopper() -> Iterator[Shopper]:
    """A shopper before an open lane of a store that may end several periods a day."""
    with set_up() as bench:
        text = bench.settings.read_text(encoding="utf-8")
        bench.settings.write_text(f"{text}\n[reports]\nseveral_a_day = true\n", encoding="utf-8")
        bench.open_lane()
        yield Shopper(bench)


def next_shopper(bench: Bench) -> None:
    """Nobody stands at the lane any more."""
    bench.lane.time_passes(3600)
    bench.lane.sees("attract")


def takes(bench: Bench, what: str) -> None:
    """An attendant opens the reports and presses one."""
    bench.attendant("reports")
    bench.lane.until(lambda screen: screen.top.find(f"action_{what}") is not None, "the reports")
    bench.lane.press(f"action_{what}")
    bench.lane.sees("attract")


def acts(bench: Bench, action: str) -> None:
    """An attendant does something and the sheet is gone."""
    bench.attendant(action)
    bench.lane.sees("attract")


def takes_until_it_dies(bench: Bench) -> None:
    """Press, and look on until the lane is gone."""
    bench.lane.press("action_z_report")
    bench.lane.sees("closed")


def reports(bench: Bench, kind: str) -> list[ReportTaken]:
    found = [entry.content for entry in entries(bench)]
    return [one for one in found if isinstance(one, ReportTaken) and one.report_kind == kind]


def papers(bench: Bench, title: str) -> list[str]:
    return [text for text in receipts(bench) if title in text]


def euros(minor: int) -> str:
    return f"{minor // 100}.{minor % 100:02d}"


def test_z_reports_say_what_was_sold_and_are_numbered_and_copied(shopper: Shopper) -> None:
    bench = shopper.bench
    shopper.buys(MILK, CHEESE)
    next_shopper(bench)
    shopper.buys(MILK)
    next_shopper(bench)
    total = sum(sale.total_minor for sale in sales(bench))
    takes(bench, "x_report")
    until(lambda: len(papers(bench, "X report")) == 1, "the X report on paper")
    assert euros(total) in papers(bench, "X report")[0]
    takes(bench, "z_report")
    until(lambda: len(papers(bench, "Z report 1")) == 1, "the Z report on paper")
    (first,) = papers(bench, "Z report 1")
    for words in ("Harbour Market", "0101/07", "aoife", "2 x Card", euros(total), "1 - 2"):
        assert words in first
    assert "COPY" not in first
    report = report_of(reports(bench, "z")[0])
    assert report.sum(Section.TENDERS, "card").amount_minor == total == sum(amount for _, amount in charges(bench))
    takes(bench, "z_copy")
    until(lambda: len(papers(bench, "Z report 1")) == 2, "the copy on paper")
    copy = papers(bench, "Z report 1")[1]
    assert copy.count("*** COPY *** 1") == 2
    assert [line for line in copy.splitlines() if "COPY" not in line] == first.splitlines()
    shopper.buys(CHEESE)
    next_shopper(bench)
    takes(bench, "z_report")
    until(lambda: len(papers(bench, "Z report 2")) == 1, "the next Z report on paper")
    assert "1 x Card" in papers(bench, "Z report 2")[0]
    last = report_of(reports(bench, "z")[1])
    assert last.grand_after.net_minor == sum(sale.total_minor for sale in sales(bench))
    assert last.grand_before == report.grand_after
    assert verified(bench).intact


def test_a_power_cut_after_the_z_report_loses_paper_at_most(shopper: Shopper) -> None:
    bench = shopper.bench
    shopper.buys(MILK)
    next_shopper(bench)
    bench.attendant("reports")
    bench.lane.until(lambda screen: screen.top.find("action_z_report") is not None, "the reports")
    bench.lane.crash("before effect", 1)
    with pytest.raises(LaneEnded):
        takes_until_it_dies(bench)
    bench.start_lane().sees("attract")
    until(lambda: bench.lane.works("scanner", "scale", "printer", "terminal"), "all devices")
    assert [one.number for one in reports(bench, "z")] == [1]
    assert papers(bench, "Z report") == []
    takes(bench, "z_copy")
    until(lambda: len(papers(bench, "Z report 1")) == 1, "the copy on paper")
    takes(bench, "z_report")
    until(lambda: len(reports(bench, "z")) == 2, "the next Z report")
    assert [one.number for one in reports(bench, "z")] == [1, 2]
    kept = [one.content for one in entries(bench) if isinstance(one.content, SignedOn | SignedOff)]
    assert [type(one) for one in kept] == [SignedOn, SignedOff] * (len(kept) // 2)


def test_training_charges_nothing_says_so_and_is_in_no_total(shopper: Shopper) -> None:
    bench, lane = shopper.bench, shopper.bench.lane
    shopper.buys(MILK)
    next_shopper(bench)
    acts(bench, "start_training")
    lane.sees("attract", "TRAINING: nothing is sold")
    bench.scan(bench.code(CHEESE.sku))
    lane.sees("basket", "TRAINING: nothing is sold")
    lane.kill()
    lane = bench.start_lane()
    lane.sees("basket", "TRAINING: nothing is sold")
    until(lambda: lane.works("scanner", "scale", "printer", "terminal"), "all devices")
    lane.press("pay")
    lane.sees("receipt", "TRAINING: nothing is sold")
    assert not bench.terminal_waits()
    until(lambda: any("TRAINING" in text for text in receipts(bench)), "the receipt of the training sale")
    lane.sees("receipt", "Please take your receipt.")
    lane.press("done")
    next_shopper(bench)
    acts(bench, "end_training")
    lane.until(lambda screen: screen.top.name == "attract" and not screen.says("TRAINING"), "the end of the training")
    takes(bench, "z_report")
    until(lambda: len(papers(bench, "Z report 1")) == 1, "the Z report on paper")
    real, practised = sales(bench)
    assert (real.training, practised.training, practised.sequence_number) == (False, True, 2)
    report = report_of(reports(bench, "z")[0])
    assert report.total(Section.TRANSACTIONS).amount_minor == real.total_minor
    assert report.total(Section.TENDERS).amount_minor == real.total_minor
    assert report.sum(Section.TRAINING, "sale").amount_minor == practised.total_minor
    assert [amount for _, amount in charges(bench)] == [real.total_minor]
    attempts = [one.content for one in entries(bench) if isinstance(one.content, PaymentAttempt)]
    assert [one.sequence_number for one in attempts] == [1]
    assert [one.content.sequence_number for one in entries(bench) if isinstance(one.content, Sale)] == [1, 2]
