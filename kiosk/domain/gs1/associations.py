"""Which elements must, and which may not, stand together on one good."""

from __future__ import annotations

from kiosk.domain.gs1.elements import Element, Elements
from kiosk.domain.gs1.faults import Problem
from kiosk.domain.gs1.identifiers import Identifier

# Keys whose serial part is optional, but not under a digital signature (GS1 GenSpecs 4.14, AI 8030).
_SERIAL_WHEN_SIGNED = frozenset({"253", "255", "8003"})


def contradiction(elements: Elements) -> Problem | None:
    """Elements that cannot both be true: mutually exclusive ones, or one identifier with two values."""
    return _exclusive(elements) or _repeated(elements) or _unsigned(elements)


def missing_partner(elements: Elements) -> Problem | None:
    """An element without one that it needs; that one may still stand in another bar code on the same good."""
    for element in elements:
        others = [other.ai for other in elements if other.ai != element.ai]
        for groups in element.identifier.needs:
            if not any(all(_any_matches(pattern, others) for pattern in group) for group in groups):
                wanted = " or ".join(" with ".join(f"({pattern})" for pattern in group) for group in groups)
                return Problem("partner_missing", f"AI ({element.ai}) needs {wanted}.", ai=element.ai)
    return None


def _exclusive(elements: Elements) -> Problem | None:
    for element in elements:
        for other in elements:
            if other.ai != element.ai and _any_matches_one(element.identifier, other.ai):
                return Problem("exclusive", f"AI ({element.ai}) may not stand with AI ({other.ai}).", ai=element.ai)
    return None


def _repeated(elements: Elements) -> Problem | None:
    values: dict[str, str] = {}
    for element in elements:
        if values.setdefault(element.ai, element.value) != element.value:
            return Problem("repeated", f"AI ({element.ai}) is there with two values.", ai=element.ai)
    return None


def _unsigned(elements: Elements) -> Problem | None:
    if not any(element.ai == "8030" for element in elements):
        return None
    bare = next((element for element in elements if _without_serial(element)), None)
    if bare is None:
        return None
    return Problem("serial_missing", f"AI ({bare.ai}) needs its serial part beside AI (8030).", ai=bare.ai)


def _without_serial(element: Element) -> bool:
    return element.ai in _SERIAL_WHEN_SIGNED and len(element.value) == element.identifier.shortest


def _any_matches_one(identifier: Identifier, ai: str) -> bool:
    return any(_matches(pattern, ai) for pattern in identifier.excludes)


def _any_matches(pattern: str, ais: list[str]) -> bool:
    return any(_matches(pattern, ai) for ai in ais)


def _matches(pattern: str, ai: str) -> bool:
    return len(pattern) == len(ai) and ai.startswith(pattern.rstrip("n"))
