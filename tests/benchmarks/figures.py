"""A measured figure: ours beside a named peer, run by run, and how it is printed and kept."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import msgspec

ENOUGH_FOR_A_TAIL = 20


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

    `ours` and `peer` hold p50 (median over the runs of each run's median) and p99 (over the samples of all runs; with
    fewer than 20 of them there is only a `max`).
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
        sized = zip(heads, row, widths, strict=True)
        cells = [
            cell.ljust(wide) if head in {"figure", "unit", "peer"} else cell.rjust(wide) for head, cell, wide in sized
        ]
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
        **_tail(everything),
        "samples": len(everything),
    }


def _tail(samples: Sequence[float]) -> dict[str, float]:
    if len(samples) < ENOUGH_FOR_A_TAIL:
        return {"max": _short(max(samples))}
    return {"p99": _short(quantile(samples, 0.99))}


def _kept(run: Run) -> dict[str, float]:
    kept: dict[str, float] = {}
    for side, samples in (("ours", run.ours), ("peer", run.peer)):
        numbers = {"p50": _short(statistics.median(samples)), **_tail(samples)}
        kept |= {f"{side}_{name}": value for name, value in numbers.items()}
    return {**kept, "ratio": _short(run.ratio), "samples": len(run.ours)}


def _row(one: Figure) -> tuple[str, ...]:
    sides: tuple[Mapping[str, str | float], ...] = (one.ours, one.peer)
    shown = [_shown(side.get(name)) for side in sides for name in ("p50", "p99")]
    return (one.name, one.unit, *shown, _shown(one.ratio), str(one.peer["name"]))


def _short(value: float) -> float:
    """Four figures that mean something."""
    return float(f"{value:.4g}")


def _shown(value: str | float | None) -> str:
    if value is None:
        return "-"
    number = float(value)
    return f"{number:.0f}" if number >= 100 else f"{number:.3g}"
