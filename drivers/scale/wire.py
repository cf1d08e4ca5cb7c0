"""What a scale protocol needs of the shared driver, as a record: what is sent, how answers are cut, what to wait."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Literal, Protocol

import msgspec

from drivers.device import Category
from drivers.scale.reading import Framer, Reading, Unit


@dataclass(frozen=True, slots=True)
class ScaleWaits:
    """Waits of a protocol, in seconds.

    `spacing_s`: between two requests. `answer_s`: the longest an answer, or a step of one, may
    take; most scales need some 50 ms.
    `check_s` and `tries`: an idle scale is asked so often that one that was unplugged is missed within 2 s.
    `settle_s`: how late an answer may come that nobody waits for any more. `order_s`: how long the scale may take to
    answer a zero or tare; `effect_s`: how long until its readings show it. `bag_s`: between two looks at a bagging
    scale. `silence_s`: how long a scale that sends unasked may pause.
    """

    spacing_s: float = 0.2
    answer_s: float = 0.4
    check_s: float = 1.0
    tries: int = 2
    settle_s: float = 1.0
    order_s: float = 0.5
    effect_s: float = 2.0
    bag_s: float = 0.2
    silence_s: float = 1.5


@dataclass(frozen=True, slots=True)
class Probe:
    """Bytes that only this protocol answers so: `answer` comes to `question`, and `end` switches back to weighing."""

    question: bytes
    answer: bytes
    end: bytes


@dataclass(frozen=True, slots=True)
class Wire:
    """One scale protocol.

    `name` is what a person knows it by. `request` asks for the weight of now; b"" is a scale that sends unasked.
    `framer(unit)` cuts the answers; the unit is the one of the settings, None where they leave it to the scale.
    `zero`, `tare`, `clear_tare` are the commands, b"" where there is none that the scale confirms. `preset(grams,
    reading, unit)` is the command for a known tare (`reading`: what the scale shows now, for its unit and places;
    `unit`: the one of the settings), None where it cannot be said. `silent_at_rest`: no answer means that there is
    nothing new; such a scale is never asked while idle, nor known to be there before it was asked for a weight.
    `shows_net`: a reading tells whether a tare is taken off; else only the answer to the command proves it.
    `check` asks the idle scale whether it is there, where `request` would give a weight away that nobody waits for.
    `resume` is sent instead of `request` after an answer "in motion". `fatal` are the reasons of a `Refused` that no
    repetition mends, with what a person has to do.
    """

    name: str
    framer: Callable[[Unit | None], Framer]
    request: bytes = b""
    zero: bytes = b""
    tare: bytes = b""
    clear_tare: bytes = b""
    preset: Callable[[int, Reading, Unit | None], bytes | None] | None = None
    probe: Probe | None = None
    silent_at_rest: bool = False
    shows_net: bool = True
    check: bytes = b""
    resume: bytes = b""
    fatal: Mapping[str, str] = field(default_factory=dict)
    waits: ScaleWaits = field(default_factory=ScaleWaits)

    @property
    def streams(self) -> bool:
        """Whether the scale sends unasked."""
        return not self.request


ScaleUnit = Literal["kg", "g", "lb", "oz"]
Role = Literal["checkout", "bagging"]


class ScaleUse(Protocol):
    """What the settings of any scale say.

    `unit`: what the scale is set to; one that says another is FAILED. `role` "bagging" is a scale that watches the
    bags: it is not asked, but tells by itself. `zero_between`: what was weighed must have left the scale, or another
    weight have come, before the next weighing.
    """

    @property
    def unit(self) -> ScaleUnit | None:
        """The unit the scale is set to; None leaves it to the scale's answers."""
        ...

    @property
    def role(self) -> Role:
        """What it is there for."""
        ...

    @property
    def zero_between(self) -> bool:
        """Whether a good must have left it before the next one."""
        ...


class SerialScaleSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a scale on a serial port; see `ScaleUse`."""

    driver: str
    port: Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
    unit: ScaleUnit | None = None
    role: Role = "checkout"
    zero_between: bool = False
    baud: Literal[300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 57600, 115200] = 9600
    data_bits: Literal[7, 8] = 8
    parity: Literal["none", "even", "odd"] = "none"
    stop_bits: Literal[1, 2] = 1


def category_of(settings: ScaleUse) -> Category:
    """The category that a scale of these settings belongs to."""
    return Category.BAGGING_SCALE if settings.role == "bagging" else Category.SCALE
