"""After a walk: everybody's books must tell the same story."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing

from kiosk.checkout.assembly import TILL
from kiosk.checkout.flow.sale import receipt_job
from kiosk.messages.contents import PaymentAttempt, Sale, TransactionCancelled
from kiosk.messages.entry import Entry, entry_from
from kiosk.messages.tenders import CardTender
from kiosk.store.ledger import LedgerReader
from kiosk.store.verify import Report, Row, verify
from tests.bench import STORE, WORKSTATION, Bench
from tests.walks.shopper import Want


def cards(sale: Sale) -> tuple[CardTender, ...]:
    """The card payments of a sale; at a lane without cash there is nothing else."""
    assert all(isinstance(tender, CardTender) for tender in sale.tenders)
    return tuple(tender for tender in sale.tenders if isinstance(tender, CardTender))


def must_agree(bench: Bench, bought: list[tuple[Want, ...]]) -> None:
    """Every visit is one sale, charged once, on paper once, in a ledger that is whole."""
    report = verified(bench)
    assert report.intact, report.problems
    sold = sales(bench)
    assert [_goods(sale) for sale in sold] == [_wanted(bench, wanted) for wanted in bought]
    _numbers_have_no_gap(bench)
    _every_tender_was_announced(bench)
    charged = [(tender.receipt_number, tender.amount_minor) for sale in sold for tender in cards(sale)]
    assert charges(bench) == charged
    assert [sale.total_minor for sale in sold] == [amount for _, amount in charged]
    _paper(bench, sold)


def entries(bench: Bench) -> list[Entry]:
    """All entries of the lane's ledger, in order."""
    with closing(LedgerReader(bench.data / TILL)) as reader:
        return [entry_from(row.sealed.body) for row in _rows(reader)]


def verified(bench: Bench) -> Report:
    """What the ledger's own verification says, signatures and ends of epochs included."""
    public_key = json.loads((bench.data / "device.json").read_text())["public_key"]
    with closing(LedgerReader(bench.data / TILL)) as reader:
        heads = {epoch: reader.head(epoch).position for epoch in reader.epochs()}
        return verify(_rows(reader), public_key, heads=heads)


def charges(bench: Bench) -> list[tuple[int, int]]:
    """The terminal's own books: receipt number and amount of what was charged and not taken back."""
    told = bench.do("terminal", "state")["charges"]
    assert isinstance(told, list)
    return [(one["receipt_number"], one["amount_minor"]) for one in told if one["state"] == "charged"]


def receipts(bench: Bench) -> list[str]:
    """Everything that came out of the printer, as text."""
    told = bench.do("printer", "receipts")["receipts"]
    assert isinstance(told, list)
    return [str(one["text"]) for one in told]


def printed(bench: Bench, job_id: str) -> str:
    """What the printer's journal says of a job, "" where it was never heard of."""
    with closing(sqlite3.connect(f"file:{bench.data}/printer-jobs.db?mode=ro", uri=True)) as journal:
        row = journal.execute("select state from jobs where job_id = ?", (job_id,)).fetchone()
    return str(row[0]) if row else ""


def sales(bench: Bench) -> list[Sale]:
    """All sales of the ledger, in order."""
    return [entry.content for entry in entries(bench) if isinstance(entry.content, Sale)]


def times_printed(bench: Bench, sequence_number: int) -> int:
    """How often the receipt of a sale is on paper, copies aside."""
    key = f"{STORE}/{WORKSTATION}/{sequence_number:06d}"
    return sum(key in text for text in receipts(bench) if "COPY" not in text)


def _rows(reader: LedgerReader) -> list[Row]:
    return [Row(epoch, sealed) for epoch in reader.epochs() for sealed in reader.entries(epoch, 0, 100_000)]


def _goods(sale: Sale) -> list[tuple[str, int, int]]:
    return sorted((line.sku, line.quantity, line.grams) for line in sale.lines)


def _wanted(bench: Bench, wanted: tuple[Want, ...]) -> list[tuple[str, int, int]]:
    return sorted((want.sku, 1, want.grams - bench.good(want.sku).tare_grams if want.grams else 0) for want in wanted)


def _numbers_have_no_gap(bench: Bench) -> None:
    used = [
        entry.content.sequence_number
        for entry in entries(bench)
        if isinstance(entry.content, Sale | TransactionCancelled)
    ]
    assert used == list(range(1, len(used) + 1))


def _every_tender_was_announced(bench: Bench) -> None:
    """An attempt stands in the ledger before the sale that it paid."""
    announced = set()
    for entry in entries(bench):
        match entry.content:
            case PaymentAttempt(attempt=attempt):
                announced.add(attempt)
            case Sale() as sale:
                assert {tender.attempt for tender in cards(sale)} <= announced


def _paper(bench: Bench, sold: list[Sale]) -> None:
    for sale in sold:
        state = printed(bench, receipt_job(f"{STORE}-{WORKSTATION}", sale.sequence_number))
        times = times_printed(bench, sale.sequence_number)
        assert (state, times) == ("confirmed", 1) or (state == "unknown" and times <= 1), (
            f"receipt {sale.sequence_number} is {state!r} and was printed {times} times"
        )
