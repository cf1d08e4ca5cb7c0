"""Promotions among each other: their order, exclusive ones, and groups of which only one is applied."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from kiosk.domain.promotion.applying import Effect, Scene, apply
from kiosk.domain.promotion.needs import Refusal
from kiosk.domain.promotion.offers import Promotion
from kiosk.domain.promotion.pieces import Pieces, Position
from kiosk.domain.promotion.ready import Ready
from kiosk.domain.promotion.reasons import Reason

# Combinations of group members that are tried out whole; beyond it groups are decided one after the other.
COMBINATIONS_MAX = 32


def rank(promotion: Promotion) -> tuple[bool, int, str]:
    """The order of promotions: level "line" first, then the higher priority, then the id."""
    return (promotion.level == "order", -promotion.priority, promotion.id)


@dataclass(frozen=True, slots=True)
class Trial:
    """Promotions applied to a basket one after the other: the pieces after it, and what became of each promotion."""

    pieces: Pieces
    findings: dict[int, Effect | Refusal]

    @property
    def discount_minor(self) -> int:
        """All that came off."""
        return sum(finding.discount_minor for finding in self.findings.values() if isinstance(finding, Effect))


@dataclass(frozen=True, slots=True)
class Contest:
    """The promotions that are in force for a basket, in their order."""

    candidates: Sequence[Ready]
    positions: Sequence[Position]
    scene: Scene

    def settled(self) -> Trial:
        """The outcome that counts: an exclusive promotion alone, or all others with one of each group."""
        exclusive = [ready for ready in self.candidates if ready.promotion.exclusive]
        alone = {ready.index: self._trial([ready]) for ready in exclusive}
        givers = [ready for ready in exclusive if alone[ready.index].discount_minor]
        if givers:
            winner = max(givers, key=lambda ready: alone[ready.index].discount_minor) if self._best else givers[0]
            return self._driven_out(winner, alone)
        trial = self._grouped([ready for ready in self.candidates if not ready.promotion.exclusive])
        for index, other in alone.items():
            trial.findings[index] = other.findings[index]
        return trial

    @property
    def _best(self) -> bool:
        return self.scene.policies.conflict == "best"

    def _trial(self, sequence: Sequence[Ready]) -> Trial:
        """Apply promotions in their order; of a group the first one that gives anything."""
        pieces = Pieces.laid_out(self.positions)
        findings: dict[int, Effect | Refusal] = {}
        winners: dict[str, str] = {}
        for ready in sequence:
            group = ready.promotion.group
            if group in winners:
                findings[ready.index] = Refusal(Reason.BEATEN_IN_GROUP, by=winners[group])
                continue
            finding = findings[ready.index] = apply(ready, pieces, self.scene)
            if group and isinstance(finding, Effect):
                winners[group] = ready.promotion.id
        return Trial(pieces, findings)

    def _driven_out(self, winner: Ready, alone: Mapping[int, Trial]) -> Trial:
        trial = alone[winner.index]
        for ready in self.candidates:
            if ready is not winner:
                own = alone[ready.index].findings[ready.index] if ready.index in alone else None
                out = Refusal(Reason.DRIVEN_OUT_BY_EXCLUSIVE, by=winner.promotion.id)
                trial.findings[ready.index] = own if isinstance(own, Refusal) else out
        return trial

    def _grouped(self, sequence: Sequence[Ready]) -> Trial:
        if not self._best:
            return self._trial(sequence)
        groups, findings = self._rivals(sequence)
        barred = {ready.index for rivals in groups for ready in rivals} | findings.keys()
        free = [ready for ready in sequence if ready.index not in barred]
        chosen, trial = self._chosen(free, groups)
        trial.findings.update(findings)
        for winner, rivals in zip(chosen, groups, strict=True):
            beaten = Refusal(Reason.BEATEN_IN_GROUP, by=winner.promotion.id)
            trial.findings.update({ready.index: beaten for ready in rivals if ready is not winner})
        return trial

    def _rivals(self, sequence: Sequence[Ready]) -> tuple[list[list[Ready]], dict[int, Effect | Refusal]]:
        """The members of each group that would give something alone, and why the others would not."""
        members: dict[str, list[Ready]] = {}
        for ready in sequence:
            if ready.promotion.group:
                members.setdefault(ready.promotion.group, []).append(ready)
        findings: dict[int, Effect | Refusal] = {}
        groups = []
        for group in members.values():
            if len(group) < 2:
                continue
            alone = [(ready, self._trial([ready]).findings[ready.index]) for ready in group]
            findings.update({ready.index: found for ready, found in alone if isinstance(found, Refusal)})
            rivals = [ready for ready, found in alone if isinstance(found, Effect)]
            groups += [rivals] if rivals else []
        return groups, findings

    def _chosen(self, free: Sequence[Ready], groups: Sequence[Sequence[Ready]]) -> tuple[tuple[Ready, ...], Trial]:
        """One of each group, so that most comes off the basket; of equals the first in order."""
        combinations = 1
        for rivals in groups:
            combinations *= len(rivals)
        if combinations <= COMBINATIONS_MAX:
            return self._best_of(free, itertools.product(*groups))
        chosen: tuple[Ready, ...] = ()
        trial = self._trial(free)
        for rivals in groups:
            chosen, trial = self._best_of(free, ((*chosen, ready) for ready in rivals))
        return chosen, trial

    def _best_of(self, free: Sequence[Ready], choices: Iterable[tuple[Ready, ...]]) -> tuple[tuple[Ready, ...], Trial]:
        trials = [(choice, self._trial(sorted((*free, *choice), key=lambda ready: ready.index))) for choice in choices]
        return max(trials, key=lambda each: each[1].discount_minor)
