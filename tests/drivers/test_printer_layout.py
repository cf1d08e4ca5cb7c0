"""Text on paper: nothing is lost, nothing is wider than the paper, and an indentation stays."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from drivers.printer.layout import cells, wrap


def test_an_indentation_is_kept_on_every_line() -> None:
    assert wrap("  2 x €1.80", 20) == ["  2 x €1.80"]
    assert wrap("  Terminal 52001234  no. 8  auth. A1", 20) == ["  Terminal 52001234", "  no. 8  auth. A1"]


def test_an_indentation_never_eats_the_paper() -> None:
    assert wrap(" " * 40 + "word", 10) == ["word"]


@given(st.text(max_size=200), st.integers(4, 48))
def test_no_line_is_wider_than_the_paper_and_no_word_is_lost(text: str, width: int) -> None:
    lines = wrap(text, width)
    assert all(cells(line) <= width or len(line) <= 2 for line in lines)
    once = "".join("".join(lines).split())
    assert once == "".join("".join(wrap(text, 10_000)).split())
