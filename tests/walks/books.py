"""After a walk: everybody's books must tell the same story."""

from __future__ import annotations

from kiosk.checkout.flow.sale import receipt_job
from kiosk.messages.contents import PaymentAttempt, Sale, TransactionCancelled
from tests.bench import STORE, WORKSTATION, Bench
from tests.walks.shopper import Want


def must_agree(bench: Bench, bought: list[tuple[Want, ...]]) -> None:
    """Every visit is one sale, charged once, on paper once, in a ledger that is whole."""
    verified = bench.verified()
    assert verified.intact, verified.problems
    sold = sales(bench)
    assert [_goods(sale) for sale in sold] == [_wanted(bench, wanted) for wanted in bought]
    _numbers_have_no_gap(bench)
    _every_tender_was_announced(bench)
    charged = [(tender.receipt_number, tender.amount_minor) for sale in sold for tender in sale.tenders]
    assert bench.charges() == charged
    assert [sale.total_minor for sale in sold] == [amount for _, amount in charged]
    _paper(bench, sold)


def sales(bench: Bench) -> list[Sale]:
    """All sales of the ledger, in order."""
    return [entry.content for entry in bench.entries() if isinstance(entry.content, Sale)]


def times_printed(bench: Bench, sequence_number: int) -> int:
    """How often the receipt of a sale is on paper, copies aside."""
    key = f"{STORE}/{WORKSTATION}/{sequence_number:06d}"
    return sum(key in text for text in bench.receipts() if "COPY" not in text)


def _goods(sale: Sale) -> list[tuple[str, int, int]]:
    return sorted((line.sku, line.quantity, line.grams) for line in sale.lines)


def _wanted(bench: Bench, wanted: tuple[Want, ...]) -> list[tuple[str, int, int]]:
    return sorted(
        (want.sku, 1, want.grams - bench.good(want.sku).tare_grams if want.grams else 0) for want in wanted
    )


def _numbers_have_no_gap(bench: Bench) -> None:
    used = [
        entry.content.sequence_number
        for entry in bench.entries()
        if isinstance(entry.content, Sale | TransactionCancelled)
    ]
    assert used == list(range(1, len(used) + 1))


def _every_tender_was_announced(bench: Bench) -> None:
    """An attempt stands in the ledger before the sale that it paid."""
    announced = set()
    for entry in bench.entries():
        match entry.content:
            case PaymentAttempt(attempt=attempt):
                announced.add(attempt)
            case Sale(tenders=tenders):
                assert {tender.attempt for tender in tenders} <= announced


def _paper(bench: Bench, sold: list[Sale]) -> None:
    for sale in sold:
        state = bench.printed(receipt_job(f"{STORE}-{WORKSTATION}", sale.sequence_number))
        printed = times_printed(bench, sale.sequence_number)
        assert (state, printed) == ("confirmed", 1) or (state == "unknown" and printed <= 1), (
            f"receipt {sale.sequence_number} is {state!r} and was printed {printed} times"
        )
