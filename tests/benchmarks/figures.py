"""A measured figure: ours beside a named peer, run by run, and how it is printed and kept."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import msgspec


@dataclass(frozen=True, slots=True)
class Run:
    """The samples of one run, in the figure's unit; those of `ours` and `peer` were taken by turns."""

    ours: Sequence[float]
    peer: Sequence[float]

    @property
    def ratio(self) -> float:
        """Median of ours to median of the peer's."""
        return statistics.median(self.ours) / statistics.median(self.peer)


class Figure(msgspec.Struct, frozen=True, kw_only=True):
    """One line of the table, one entry of `figures` in bench.json.

    `ours` and `peer` hold p50 (median over the runs of each run's median) and p99 (over the samples of all runs).
    `ratio` is the median of the runs' ratios ours/peer. `parts` are further numbers, named with their unit.
    """

    name: str
    unit: str
    ours: dict[str, float]
    peer: dict[str, str | float]
    ratio: float
    runs: list[dict[str, float]]
    note: str = ""
    parts: dict[str, float] = {}


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """The whole of build/bench.json."""

    machine: dict[str, str | float]
    runs: int
    figures: list[Figure]


def quantile(samples: Sequence[float], share: float) -> float:
    """The smallest sample that at least this share of all samples does not exceed."""
    ordered = sorted(samples)
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)]


def figure(
    name: str, unit: str, peer: str, runs: Sequence[Run], *, note: str = "", parts: dict[str, float] | None = None
) -> Figure:
    """Sum up the runs."""
    return Figure(
        name=name,
        unit=unit,
        ours=_numbers([run.ours for run in runs]),
        peer={"name": peer, **_numbers([run.peer for run in runs])},
        ratio=_short(statistics.median(run.ratio for run in runs)),
        runs=[_kept(run) for run in runs],
        note=note,
        parts={key: _short(value) for key, value in (parts or {}).items()},
    )


def table(figures: Sequence[Figure]) -> str:
    """The figures for a person: a row each, its parts and its note below."""
    heads = ("figure", "unit", "ours p50", "p99", "peer p50", "p99", "ratio", "peer")
    rows = [heads, *(_row(one) for one in figures)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(heads))]
    lines = []
    for row, one in zip(rows, [None, *figures], strict=True):
        cells = [cell.rjust(w) if 2 <= n <= 6 else cell.ljust(w) for n, (cell, w) in enumerate(zip(row, widths))]  # noqa: B905 - one width per head, by construction
        lines.append("  ".join(cells).rstrip())
        if one and one.parts:
            lines.append("    " + "; ".join(f"{key} {_shown(value)}" for key, value in one.parts.items()))
        if one and one.note:
            lines.append(f"    {one.note}")
    return "\n".join(lines)


def _numbers(runs: Sequence[Sequence[float]]) -> dict[str, float]:
    everything = [sample for samples in runs for sample in samples]
    return {
        "p50": _short(statistics.median(statistics.median(samples) for samples in runs)),
        "p99": _short(quantile(everything, 0.99)),
        "samples": len(everything),
    }


def _kept(run: Run) -> dict[str, float]:
    kept: dict[str, float] = {}
    sides: tuple[tuple[str, Sequence[float]], ...] = (("ours", run.ours), ("peer", run.peer))
    measures: tuple[tuple[str, Callable[[Sequence[float]], float]], ...] = (
        ("p50", statistics.median),
        ("p99", lambda samples: quantile(samples, 0.99)),
    )
    for side, samples in sides:
        for measure, of in measures:
            kept[f"{side}_{measure}"] = _short(of(samples))
    return {**kept, "ratio": _short(run.ratio), "samples": len(run.ours)}


def _row(one: Figure) -> tuple[str, ...]:
    numbers = (one.ours["p50"], one.ours["p99"], one.peer["p50"], one.peer["p99"], one.ratio)
    return (one.name, one.unit, *(_shown(float(number)) for number in numbers), str(one.peer["name"]))


def _short(value: float) -> float:
    """Four figures that mean something."""
    return float(f"{value:.4g}")


def _shown(value: float) -> str:
    return f"{value:.0f}" if value >= 100 else f"{value:.3g}"
