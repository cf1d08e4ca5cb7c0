"""What the bench panel knows and says: commands, their outcomes, the devices' answers, and keys to press. No Kivy."""

from __future__ import annotations

import enum
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

DEVICES = ("scanner", "scale", "terminal", "printer", "network")


class Tone(enum.StrEnum):
    """How a key or a line of text is meant."""

    PLAIN = "plain"
    PRIMARY = "primary"
    CAUTION = "caution"


@dataclass(frozen=True, slots=True)
class Command:
    """`action` with `fields` at the simulated `device`; `said` is shown once it is done, "" shows nothing.

    A `passing` command may be left out where the next one follows at once, as the steps of a dragged slide do.
    """

    device: str
    action: str
    fields: Mapping[str, object] = field(default_factory=dict)
    said: str = ""
    passing: bool = False


Send = Callable[[Command], None]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command: `trouble` is "" where it was done, else what happened and what to do about it."""

    command: Command
    trouble: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """A device's state as it told it; `trouble` where it did not. Neither: it has not been asked yet."""

    fields: Mapping[str, object] = field(default_factory=dict)
    trouble: str = ""

    @property
    def heard(self) -> bool:
        """Whether it told its state."""
        return bool(self.fields)

    def flag(self, name: str) -> bool:
        """Whether the device told a true `name`."""
        return self.fields.get(name) is True

    def number(self, name: str) -> int:
        """A whole number the device told; 0 where it told none."""
        value = self.fields.get(name)
        return value if isinstance(value, int) else 0

    def rows(self, name: str) -> list[Mapping[str, object]]:
        """A list of records the device told."""
        value = self.fields.get(name)
        return [row for row in value if isinstance(row, dict)] if isinstance(value, list) else []


@dataclass(frozen=True, slots=True)
class Bench:
    """The state of all devices at one moment; `receipt` is the path of the last receipt's picture, "" for none."""

    answers: Mapping[str, Answer] = field(default_factory=dict)
    receipt: str = ""

    def of(self, device: str) -> Answer:
        """The answer of a device."""
        return self.answers.get(device, Answer())

    @property
    def heard(self) -> bool:
        """Whether every device was asked at least once."""
        return all(self.of(name).heard or self.of(name).trouble for name in DEVICES)


@dataclass(frozen=True, slots=True)
class Notice:
    """The line at the bottom: what was done last, or what went wrong."""

    text: str = ""
    tone: Tone = Tone.PLAIN


@dataclass(frozen=True, slots=True)
class Key:
    """Something to press: `act` does it. `detail` is a second, smaller line; `on` shows a switch that is on."""

    id: str
    text: str
    act: Callable[[], None] = field(compare=False)
    detail: str = ""
    tone: Tone = Tone.PLAIN
    on: bool = False
    enabled: bool = True


def money(minor: int, currency: str) -> str:
    """An amount in minor units, as people write it."""
    sign = "€" if currency == "EUR" else f"{currency} "
    return f"{sign}{minor // 100}.{minor % 100:02d}"


def weight(grams: int) -> str:
    """A weight, as a scale shows it."""
    sign = "−" if grams < 0 else ""
    return f"{sign}{abs(grams) // 1000}.{abs(grams) % 1000:03d} kg"
