"""Sharing a discount out over runs of pieces, to the cent, so that none goes below its floor."""

from __future__ import annotations

from collections.abc import Sequence

from kiosk.domain.basket import Policies
from kiosk.domain.money import Rounding, Spreading, spread
from kiosk.domain.promotion.pieces import Parts


def spread_within(
    total_minor: int,
    weights: Sequence[int],
    rooms: Sequence[int],
    how: Spreading = Spreading.LARGEST_REMAINDER,
    rounding: Rounding = Rounding.DOWN,
) -> list[int]:
    """Shares of `total_minor` in proportion to `weights`, none above its room; what does not fit goes to the others.

    The shares add up to the total, or to all the room there is where that is less.
    """
    total_minor = min(total_minor, sum(rooms))
    if len(rooms) == 1:
        return [total_minor]
    shares = [min(max(s, 0), room) for s, room in zip(spread(total_minor, weights, how, rounding), rooms, strict=True)]
    rest = total_minor - sum(shares)
    while rest > 0:
        open_weights = [(w or 1) if s < room else 0 for s, w, room in zip(shares, weights, rooms, strict=True)]
        more = spread(rest, open_weights)
        shares = [min(s + m, room) for s, m, room in zip(shares, more, rooms, strict=True)]
        rest = total_minor - sum(shares)
    for place in reversed(range(len(shares))):
        back = min(shares[place], -rest) if rest < 0 else 0
        shares[place] -= back
        rest += back
    return shares


def share_out(total_minor: int, parts: Parts, policies: Policies, weights: Sequence[int] | None = None) -> list[int]:
    """A share of `total_minor` for each part, first over the positions and then within each, by `weights` or value."""
    if len(parts) == 1:
        return [min(total_minor, parts[0][0].room * parts[0][1])]
    values = list(weights) if weights is not None else [run.left * per for run, per in parts]
    rooms = [run.room * per for run, per in parts]
    by_place: dict[int, list[int]] = {}
    for number, (run, _) in enumerate(parts):
        by_place.setdefault(run.place, []).append(number)
    places = sorted(by_place)
    of_places = spread_within(
        total_minor,
        [sum(values[n] for n in by_place[place]) for place in places],
        [sum(rooms[n] for n in by_place[place]) for place in places],
        policies.spreading,
        policies.rounding,
    )
    shares = [0] * len(parts)
    for place, share in zip(places, of_places, strict=True):
        numbers = by_place[place]
        if len(numbers) == 1:
            shares[numbers[0]] = share
            continue
        within = spread_within(share, [values[n] for n in numbers], [rooms[n] for n in numbers])
        for number, part in zip(numbers, within, strict=True):
            shares[number] = part
    return shares
