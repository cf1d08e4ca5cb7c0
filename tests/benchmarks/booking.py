"""Booking a sale durably, beside a bare SQLite commit of the same bytes on the same file system."""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

from kiosk.checkout.state import LaneState, Receipt, encode
from kiosk.messages.contents import PaymentAttempt, PaymentResult, Sale, SaleLine, TaxTotal
from kiosk.messages.entry import SealedEntry
from kiosk.messages.tenders import CardTender, attempt_of
from kiosk.store.ledger import Till
from tests.benchmarks.figures import Figure, Run, figure
from tests.benchmarks.workplace import BUSINESS_DAY, new_till

PEER = "raw SQLite commit, WAL+FULL, same bytes"
LINES = 10
WARM_UP = 20
# The ledger moves its log into the file every 200 commits, and a sale is two of them (attempt, booking).
SALES_PER_CHECKPOINT = 100


def measure(folder: Path, *, runs: int, samples: int) -> Iterator[Figure]:
    """One figure: `samples` sales a run, each side of a sale by turns."""
    found = [_run(folder / f"booking-{number}", samples) for number in range(runs)]
    note = "ours: payment result and sale as canonical JSON, SHA-256 chain, Ed25519 signatures, the lane's state"
    yield figure("durable booking of a 10-line sale", "ms", PEER, found, note=note)


def _run(folder: Path, samples: int) -> Run:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    ours, peer = [], []
    with closing(new_till(folder)) as till, closing(Raw(folder / "raw.db")) as raw:
        for number in range(1, WARM_UP + samples + 1):
            took_ms, entries, lane = _book(till, number)
            raw_ms = raw.commit(entries, lane)
            if number > WARM_UP:
                ours.append(took_ms)
                peer.append(raw_ms)
    shutil.rmtree(folder)
    return Run(ours, peer)


def _book(till: Till, number: int) -> tuple[float, Sequence[SealedEntry], bytes]:
    """Book a sale as the lane does, its payment attempt being on disk already."""
    sale = sale_of(number)
    attempt = PaymentAttempt(
        attempt=attempt_of(sale.tenders[0]), sequence_number=number, amount_minor=sale.total_minor, currency="EUR"
    )
    till.begin_tender(attempt, (), encode(LaneState()))
    approved = PaymentResult(attempt=attempt.attempt, outcome="approved")
    stage = Receipt(sequence_number=number, total_minor=sale.total_minor, job_id=f"receipt-0101-07-{number:06d}")
    lane = encode(LaneState(stage=stage, business_day=BUSINESS_DAY, language="en", last_sale=number))
    began = time.perf_counter_ns()
    entries = till.book(sale, (approved,), lane)
    return (time.perf_counter_ns() - began) / 1e6, entries, lane


class Raw:
    """The least that makes the same bytes durable: two rows and one replaced value, no index, no check."""

    def __init__(self, path: Path) -> None:
        self._connection = sqlite3.connect(path, isolation_level=None)
        for pragma in ("journal_mode = wal", "synchronous = full", "wal_autocheckpoint = 0"):
            self._connection.execute(f"pragma {pragma}").fetchall()
        self._connection.execute("create table entries (body text, hash text, signature text)")
        self._connection.execute("create table lane (id integer primary key, state blob)")
        self._commits = 0

    def commit(self, entries: Sequence[SealedEntry], lane: bytes) -> float:
        """Make it durable; milliseconds it took."""
        rows = [(entry.body, entry.hash, entry.signature) for entry in entries]
        began = time.perf_counter_ns()
        self._connection.execute("begin immediate")
        self._connection.executemany("insert into entries values (?, ?, ?)", rows)
        self._connection.execute("insert or replace into lane values (1, ?)", (lane,))
        self._connection.execute("commit")
        self._commits += 1
        if self._commits % SALES_PER_CHECKPOINT == 0:
            self._connection.execute("pragma wal_checkpoint(passive)").fetchall()
        return (time.perf_counter_ns() - began) / 1e6

    def close(self) -> None:
        """Close the file."""
        self._connection.close()


def sale_of(number: int) -> Sale:
    """A sale of ten goods, paid by card."""
    lines = tuple(
        SaleLine(
            line=line,
            sku=f"{number:06d}{line:02d}",
            name=f"Organic Coffee 250 g No {line}",
            quantity=1 + line % 3,
            unit_price_minor=199 + line,
            amount_minor=(199 + line) * (1 + line % 3),
            tax_code="S",
            tax_rate_ppm=230_000,
            code=f"539000000{line:04d}",
        )
        for line in range(1, LINES + 1)
    )
    total = sum(line.amount_minor for line in lines)
    tax = total * 2300 // 12300
    return Sale(
        sequence_number=number,
        business_day=BUSINESS_DAY,
        started_at="2026-03-02T10:00:00.000Z",
        currency="EUR",
        language="en",
        lines=lines,
        taxes=(TaxTotal(tax_code="S", tax_rate_ppm=230_000, gross_minor=total, net_minor=total - tax, tax_minor=tax),),
        tenders=(
            CardTender(
                attempt=f"0101-07-{number}",
                amount_minor=total,
                terminal_id="52500041",
                receipt_number=number % 9999,
                trace_number=number,
                masked_pan="4111",
                card_name="Girocard",
            ),
        ),
        total_minor=total,
        catalog_version=1,
    )
