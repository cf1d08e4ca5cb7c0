"""What pricing costs: 100 lines with 1,000 promotions in force beside django-oscar, and one line more in a lane."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec

from kiosk.domain.basket import BasketLine, Policies
from kiosk.domain.context import Context
from kiosk.domain.money import Rounding
from kiosk.domain.pricing.document import Document, Result
from kiosk.domain.pricing.engine import Pricing, price
from kiosk.domain.promotion.offers import AmountOff, Goods, Need, PercentOff, Promotion, Reward, SetPrice
from kiosk.ui.bench_client import BenchError
from tests.benchmarks.figures import Figure, Run, figure
from tests.benchmarks.pricing_shop import LINES, OFFERS, Kind, Offer, basket, offers

# The peer prices a basket with a query for each line and offer; a slow machine takes minutes.
STOP_S = 10.0
_ALL = 1_000_000


def measure(runs: int, samples: int) -> Iterator[Figure]:
    """The figures. `BenchError` where django-oscar is not installed, or the two do not come to the same total."""
    document = shop_document()
    with oscar() as ask:
        stock, kept = _beside(document, ask, runs)
    what = f"price {LINES} lines, {OFFERS:,} promotions"
    yield figure(what, "ms", "django-oscar as it is: Applicator.apply, SQLite in memory", stock, note=_NOTE)
    yield figure(f"{what}, goods in memory", "ms", "django-oscar with its offers and ranges in memory", kept)
    yield figure(
        f"one line added to {LINES - 1} lines",
        "ms",
        "the same engine from scratch: offers compiled, then priced",
        [_one_more(document, samples) for _ in range(runs)],
        note=f"Ours is what a lane does at each scan: offers were compiled before, all {LINES} lines are priced again.",
    )


_NOTE = "Both from parsed input to totals; ours compiles all offers each time. The same total is checked in every run."


def shop_document() -> Document:
    """The basket and offers of the shop, for our engine."""
    return Document(
        context=Context(store_id="1", currency="EUR", at=datetime(2026, 11, 20, tzinfo=UTC)),
        lines=tuple(
            BasketLine(line=number, sku=good.sku, quantity=pieces, unit_price_minor=good.price_minor)
            for number, (good, pieces) in enumerate(basket(), 1)
        ),
        promotions=tuple(map(_promotion, offers())),
        policies=Policies(rounding=Rounding.DOWN),
    )


def _promotion(offer: Offer) -> Promotion:
    goods = Goods(skus=tuple(good.sku for good in offer.goods))
    consumes = offer.kind in {"cheapest_free", "set_price"}
    rewards: dict[Kind, Reward] = {
        "percent": PercentOff(goods=goods, percent_ppm=offer.value * 10_000),
        "off_each": AmountOff(goods=goods, amount_minor=offer.value, per="piece"),
        "cheapest_free": PercentOff(percent_ppm=_ALL, of="consumed", pieces=1),
        "set_price": SetPrice(price_minor=offer.value),
        "off_together": AmountOff(goods=goods, amount_minor=offer.value),
    }
    return Promotion(
        id=f"offer {offer.number:04d}",
        needs=(Need(goods=goods, pieces=offer.pieces, consumes=consumes),),
        rewards=(rewards[offer.kind],),
        repeats=consumes,
    )


@contextmanager
def oscar() -> Iterator[Callable[[], dict[str, Any]]]:
    """django-oscar in a process of its own; call to have it price its basket once."""
    if importlib.util.find_spec("oscar") is None:
        raise BenchError("django-oscar is not installed.", "Run `uv sync --group bench`.")
    command = [sys.executable, "-m", "tests.benchmarks.pricing_oscar"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as peer:
        try:
            _answer(peer)  # it is ready
            yield lambda: _asked(peer)
        finally:
            peer.terminate()
            peer.wait(STOP_S)


def _asked(peer: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert peer.stdin
    peer.stdin.write(b"\n")
    peer.stdin.flush()
    return _answer(peer)


def _answer(peer: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert peer.stdout
    line = peer.stdout.readline()
    if not line:
        raise BenchError("django-oscar has ended.", "Run python -m tests.benchmarks.pricing_oscar to see why.")
    return msgspec.json.decode(line, type=dict[str, Any])


def _beside(document: Document, ask: Callable[[], dict[str, Any]], runs: int) -> tuple[list[Run], list[Run]]:
    stock, kept = [], []
    for _ in range(runs):
        theirs = ask()
        ours = [_timed(lambda: price(document)) for _ in range(9)]
        for result, _ms in ours:
            _same(result, theirs)
        times = [ms for _result, ms in ours]
        stock.append(Run(times, [theirs["as_it_is_ms"]]))
        kept.append(Run(times, theirs["in_memory_ms"]))
    return stock, kept


def _same(result: Result, theirs: dict[str, Any]) -> None:
    applied = sum(one.applied for one in result.promotions)
    mine = (result.totals.total_minor, applied)
    if mine != (theirs["total_minor"], theirs["applied"]) or not theirs["same"]:
        raise BenchError(f"We come to {mine}, django-oscar to {theirs}.", "Correct the offers of pricing_shop.py.")


def _one_more(document: Document, samples: int) -> Run:
    """A lane has priced 99 lines, and one more is scanned; the same from scratch, by turns."""
    pricing = Pricing.prepared(document.promotions, document.prices, document.taxes, document.policies)
    pricing.price(document.context, document.lines[:-1])
    pairs = [
        (
            _timed(lambda: pricing.price(document.context, document.lines))[1],
            _timed(lambda: price(document))[1],
        )
        for _ in range(samples)
    ]
    return Run([ours for ours, _ in pairs], [scratch for _, scratch in pairs])


def _timed(pricing: Callable[[], Result]) -> tuple[Result, float]:
    began = time.perf_counter()
    result = pricing()
    return result, (time.perf_counter() - began) * 1000
