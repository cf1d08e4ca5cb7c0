"""What any scale's answer comes to, whatever its protocol: one record for all codecs."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol


class Unit(enum.StrEnum):
    """Units that scales show."""

    KILOGRAM = "kg"
    GRAM = "g"
    POUND = "lb"
    OUNCE = "oz"


GRAMS_PER_UNIT = {
    Unit.KILOGRAM: Decimal(1000),
    Unit.GRAM: Decimal(1),
    Unit.POUND: Decimal("453.59237"),
    Unit.OUNCE: Decimal("28.349523125"),
}


@dataclass(frozen=True, slots=True)
class Reading:
    """One well-formed answer. `value` is what the scale shows, in `unit`, None where it gave its status only.

    `stable` is True only where the protocol says so (an answer that by its protocol is given for a stable weight
    counts). A flag that a protocol does not know stays False. `nothing_new`: it gives no weight, for nothing has
    moved since the last; `too_light`: it gives none for what lies on it, if anything does. Where a protocol does not
    tell below zero from over capacity, both are set. `fault` names what the scale says is broken ("ram").
    """

    value: Decimal | None
    unit: Unit | None
    stable: bool
    net: bool = False
    in_motion: bool = False
    under_zero: bool = False
    over_capacity: bool = False
    at_zero: bool = False
    needs_zero: bool = False
    busy: bool = False
    nothing_new: bool = False
    too_light: bool = False
    fault: str = ""


@dataclass(frozen=True, slots=True)
class Refused:
    """The scale understood that something was asked and would not do it; `reason` is a word of the protocol's codec."""

    reason: str


@dataclass(frozen=True, slots=True)
class Malformed:
    """Bytes that are no answer of the protocol: "checksum", "frame", "digits", "unit"."""

    reason: str


@dataclass(frozen=True, slots=True)
class Done:
    """The scale has done what it was told ("zero", "tare", "clear_tare"), in a protocol that says so in an answer.

    `value` and `unit` are of a tare that it names, else None.
    """

    what: str
    value: Decimal | None = None
    unit: Unit | None = None


Answer = Reading | Refused | Malformed
Said = Answer | Done


@dataclass(frozen=True, slots=True)
class Prompt:
    """A step of a dialogue: the scale is to be sent `send` now. `answer`: what it has said with it, if anything."""

    send: bytes
    answer: Said | None = None


Framed = Said | Prompt


class Framer(Protocol):
    """Cuts what comes in into answers. Never raises, and takes time linear in what it is fed."""

    @property
    def noise(self) -> bool:
        """Whether anything has come in since `reset` that was no whole answer."""
        ...

    def reset(self) -> None:
        """Forget an answer that has begun; what still comes of it is skipped, up to where the next one begins."""
        ...

    def feed(self, data: bytes) -> Sequence[Framed]:
        """Take bytes in (a HID scale: one report); return the answers that ended with them."""
        ...


def describe(answer: Framed) -> dict[str, object]:
    """One answer in words for a technician, JSON-able; flags that are not so are left out but `stable` and `net`."""
    if isinstance(answer, Prompt):
        return {"step": "the scale waits for the host"} if answer.answer is None else describe(answer.answer)
    match answer:
        case Malformed(reason) | Refused(reason):
            return {"error": reason}
        case Done(what, value, unit):
            named: dict[str, object] = {"weight": str(value), "unit": str(unit or "")}
            return {"done": what} | (named if value is not None else {})
    told: dict[str, object] = {
        "weight": None if answer.value is None else str(answer.value),
        "unit": None if answer.unit is None else str(answer.unit),
        "stable": answer.stable,
        "net": answer.net,
    }
    conditions = ("in_motion", "under_zero", "over_capacity", "at_zero", "needs_zero")
    flags = (*conditions, "busy", "nothing_new", "too_light")
    told |= {flag: True for flag in flags if getattr(answer, flag)}
    return told | ({"fault": answer.fault} if answer.fault else {})


def describe_last(framer: Framer, frame: bytes) -> dict[str, object]:
    """Describe the last answer in `frame`, or {"error": "frame"} where there is none."""
    answers = framer.feed(frame)
    return describe(answers[-1]) if answers else {"error": "frame"}


def redact(data: bytes) -> str:
    """What of a scale's bytes may be shown and kept: all, in hexadecimal, for weights are no secret."""
    return data.hex(" ")


def to_grams(value: Decimal, unit: Unit) -> int:
    """Convert to whole grams, half a gram away from zero."""
    grams = value * GRAMS_PER_UNIT[unit]
    return int((abs(grams) + Decimal("0.5")) // 1) * (1 if grams >= 0 else -1)
