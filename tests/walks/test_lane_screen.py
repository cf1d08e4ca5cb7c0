"""The lane as it is shipped, window and all: killed with an open basket, it comes back to the same basket."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest

from kiosk.ui.bench_client import BenchClient
from tests.bench import BADGE, Bench
from tests.brokers import until
from tests.walks.books import must_agree
from tests.walks.children import kill, start
from tests.walks.shopper import CHEESE, MILK

pytestmark = pytest.mark.processes
START_S = 60.0


@contextmanager
def lane(bench: Bench) -> Iterator[tuple[subprocess.Popen[bytes], BenchClient]]:
    """`python -m kiosk.ui` without a display, and a hand for its screen."""
    with ExitStack() as stack:
        command = ("kiosk.ui", "--settings", str(bench.settings))
        process = start(stack, bench.folder, "ui", *command, SDL_VIDEODRIVER="offscreen")
        until(lambda: _socket(bench).exists() or process.poll() is not None, "the lane's window", START_S)
        assert process.poll() is None, bench.log("ui")
        yield process, stack.enter_context(BenchClient(_socket(bench), START_S))


def lines(screen: dict[str, Any]) -> list[tuple[str, str]]:
    """Name and price of the lines of a basket."""
    return [(item["text"], item["amount"]) for item in screen["items"] if item["role"] == "line"]


def test_killed_with_a_basket_on_the_screen(bench: Bench) -> None:
    with bench.settings.open("a") as file:
        file.write(f'\n[bench]\nsocket = "{_socket(bench)}"\n')
    with lane(bench) as (process, screen):
        _scan(bench, screen, BADGE, "attendant")
        screen.press("action_open")
        screen.wait("attract")
        _scan(bench, screen, bench.code(MILK.sku), "basket", bench.good(MILK.sku).name)
        _scan(bench, screen, bench.code(CHEESE.sku), "basket", bench.good(CHEESE.sku).name)
        shown = screen.screen()
        assert lines(shown) == [(bench.good(MILK.sku).name, "€1.29"), (bench.good(CHEESE.sku).name, "€2.35")]
        kill(process)
    with lane(bench) as (_, screen):
        again = screen.wait("basket", timeout_s=START_S)
        assert lines(again) == lines(shown)
        _pays(bench, screen)
    must_agree(bench, [(MILK, CHEESE)])


def _pays(bench: Bench, screen: BenchClient) -> None:
    def asked() -> bool:
        """Press Pay, and again while the terminal is still coming up."""
        button = {"basket": "pay", "tender_declined": "retry"}.get(screen.screen()["name"])
        if button:
            screen.press(button)
        return bench.terminal_waits()

    until(asked, "a terminal that asks for the card")
    bench.do("terminal", "tap")
    screen.wait("receipt", text="Please take your receipt", timeout_s=START_S)
    screen.press("done")
    screen.wait("thanks")


def _scan(bench: Bench, screen: BenchClient, text: str, name: str, words: str | None = None) -> None:
    bench.scan(text)
    screen.wait(name, text=words, timeout_s=START_S)


def _socket(bench: Bench) -> Path:
    return bench.folder / "touch.sock"
