"""Policies of a tenant, a region, a store and a device laid over each other: the most specific one wins, key by key."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TypeVar

import msgspec

from kiosk.domain.policy.envelope import PolicyDocument, moment
from kiosk.domain.policy.verification import Admitted, PolicyReason, PolicyRefused, Sections, Stamp

Section = TypeVar("Section", bound=msgspec.Struct)


@dataclass(frozen=True, slots=True)
class PolicyInForce:
    """What holds now. `origins` says of each "section.key" which policy set it, e.g. "acme//S1/ sequence 4"."""

    layers: tuple[PolicyDocument, ...] = ()
    sections: Mapping[str, msgspec.Struct] = field(default_factory=dict)
    origins: Mapping[str, str] = field(default_factory=dict)

    def section(self, name: str, record: type[Section]) -> Section:
        """One section, typed; its defaults where no policy speaks of it."""
        found = self.sections.get(name)
        return found if isinstance(found, record) else record()


@dataclass(frozen=True, slots=True)
class Shelf:
    """All policies a device has taken and may still need; those of the future wait here for their second."""

    policies: tuple[Admitted, ...] = ()

    def with_policy(self, policy: Admitted) -> Shelf:
        """The shelf with one more; the same one twice is one."""
        return self if policy in self.policies else Shelf((*self.policies, policy))

    def newest(self) -> dict[str, Stamp]:
        """The newest stamp of each scope, as `verification.Known` wants it."""
        return {
            policy.document.scope.name: policy.stamp
            for policy in sorted(self.policies, key=lambda one: one.stamp.sequence)
        }

    def layers(self, now: datetime) -> tuple[PolicyDocument, ...]:
        """What is in force at `now`, the least specific first; of each scope the highest sequence number.

        A policy with an end, such as one for a holiday, gives way to the one it stood before.
        """
        found: dict[str, PolicyDocument] = {}
        for policy in sorted(self.policies, key=lambda one: one.stamp.sequence):
            if policy.document.in_force(now):
                found[policy.document.scope.name] = policy.document
        return tuple(sorted(found.values(), key=lambda one: (one.scope.level, one.scope.region, one.scope.name)))

    def next_switch(self, now: datetime) -> datetime | None:
        """The next moment at which the layers may be others; None where they stay."""
        ends = (
            moment(text)
            for policy in self.policies
            for text in (policy.document.valid_from, policy.document.valid_until)
        )
        return min((end for end in ends if end > now), default=None)

    def lapsed(self, now: datetime) -> tuple[str, ...]:
        """Scopes that had a policy and have none any more: somebody forgot to publish the next one."""
        here = {layer.scope.name for layer in self.layers(now)}
        ended = {one.document.scope.name for one in self.policies if moment(one.document.valid_until) <= now}
        waiting = {one.document.scope.name for one in self.policies if moment(one.document.valid_from) > now}
        return tuple(sorted(ended - here - waiting))


def merge(layers: Iterable[PolicyDocument], sections: Sections) -> PolicyInForce | PolicyRefused:
    """Lay policies over each other, the last one on top: its keys of a section replace those below, whole.

    Values are never mixed: a list or table that a store sets is the store's alone. Keys that are good in each layer
    can still contradict each other together; then nothing changes.
    """
    stack = tuple(layers)
    raw: dict[str, dict[str, object]] = {}
    origins: dict[str, str] = {}
    for layer in stack:
        for name, keys in layer.sections.items():
            raw.setdefault(name, {}).update(keys)
            origins.update({f"{name}.{key}": f"{layer.scope.name} sequence {layer.sequence}" for key in keys})
    typed: dict[str, msgspec.Struct] = {}
    for name, keys in raw.items():
        try:
            typed[name] = msgspec.convert(keys, type=sections[name])
        except (msgspec.ValidationError, KeyError) as error:
            return PolicyRefused(
                PolicyReason.CONTRADICTION,
                f"Section `{name}` of the policies in force does not fit together: {error}.",
                "Publish a policy that sets these keys together.",
            )
    return PolicyInForce(stack, typed, origins)
