"""The driver of all scales that are asked for a weight, or send it all the time: one dialogue, any protocol."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from drivers.device import Category, Condition, Conditions, DeviceError, Finding, HealthLevel, Sink
from drivers.scale.exchange import Exchange
from drivers.scale.interface import (
    BagWeight,
    NoWeight,
    ScaleRefusal,
    ScaleRefused,
    TareDone,
    WeighProblem,
    Weight,
    ZeroDone,
)
from drivers.scale.judging import LastGood, conditions_of, is_empty, problem_of, refusal_of, sellable_grams
from drivers.scale.reading import Answer, Done, Reading, Refused, Unit, to_grams
from drivers.scale.wire import ScaleUse, SerialScaleSettings, Wire, category_of
from drivers.transport.interface import Transport
from drivers.transport.serial import Line
from drivers.transport.waiting import Deadline, wait_readable

# How long a person has to put something on the scale in an interactive check.
_PERSON_S = 45.0


class Watch(Protocol):
    """Tells what changes on a bagging scale, from its readings."""

    def feed(self, answer: Answer) -> BagWeight | None:
        """Take one reading in; return what there is to tell, if anything."""
        ...


def bag_watch(alias: str) -> Watch:
    """Return a fresh watch for the bagging scale `alias`."""
    from drivers.scale.bagging import BagWatch  # noqa: PLC0415 - only a bagging scale needs it

    return BagWatch(alias)


@dataclass(frozen=True, slots=True)
class Way:
    """The way to a scale: `where` it is, for messages, and what opens it."""

    where: str
    connect: Callable[[], Transport]


def serial_way(settings: SerialScaleSettings, open_port: Callable[[str, Line], Transport]) -> Way:
    """The way to a scale on a serial port; `open_port` opens it."""
    line = Line(settings.baud, settings.data_bits, settings.parity, settings.stop_bits)
    return Way(settings.port, lambda: open_port(settings.port, line))


class PolledScale:
    """One driver for every `Wire`; see `drivers.device.Driver` and `drivers.scale.interface.Scale`."""

    def __init__(self, alias: str, settings: ScaleUse, sink: Sink, *, wire: Wire, way: Way) -> None:
        self._alias = alias
        self._settings = settings
        self._sink = sink
        self._wire = wire
        self._waits = wire.waits
        self._way = way
        self._watch: Watch | None = None
        self._unit = None if settings.unit is None else Unit(settings.unit)
        self._exchange = Exchange(f"The scale {alias} at {way.where}", wire, self._unit, sink)
        self._cancelled = threading.Event()
        self._check = Deadline(0)
        self._answered = Deadline(0)
        self._conditions: tuple[Condition, ...] | None = None
        self._last = LastGood()

    @property
    def category(self) -> Category:
        """A scale, or by its role a bagging scale."""
        return category_of(self._settings)

    def open(self) -> None:
        """Open the way and ask for the weight: ready with any well-formed answer. Else `DeviceError`.

        A scale that is silent at rest cannot be asked so: it would give a weight away that nobody waits for. It is
        ready unheard.
        """
        self._conditions = None
        self._watch = bag_watch(self._alias) if self._settings.role == "bagging" else None
        self._exchange.attach(self._way.connect())
        self._exchange.prove()
        if self._wire.silent_at_rest:
            self._look_at(None, self._sink)
            return
        answer = self._ask(self._wire.check)
        if isinstance(answer, Refused):
            # It may have read our question together with what another program left on the line.
            answer = self._ask(self._wire.check)
        if isinstance(answer, Refused):
            message = f"The scale {self._alias} understands the question for its weight and refuses it."
            raise DeviceError(message, "Set it to weighing, and see that its protocol has this command.")
        self._look_at(answer, self._sink)

    def weigh(self, request: str, timeout_s: float) -> Weight | NoWeight:
        """See `Scale.weigh`. Ends at most one exchange after `timeout_s`; `DeviceError` when the scale falls silent."""
        try:
            found = self._await_weight(
                timeout_s, lambda problem: self._sink(NoWeight(self._alias, request, problem, final=False))
            )
        finally:
            self._cancelled.clear()
        if isinstance(found, WeighProblem):
            return NoWeight(self._alias, request, found, final=True)
        self._last.weighed(found)
        return Weight(self._alias, request, found)

    def cancel_weigh(self) -> None:
        """End a running `weigh` within one exchange. From any thread."""
        self._cancelled.set()

    def zero(self, request: str) -> ZeroDone | ScaleRefused:
        """See `Scale.zero`: done once the scale says so, or shows a stable zero that is no tare's."""
        done = self._order(self._wire.zero, lambda reading: is_empty(reading) and not reading.net)
        if isinstance(done, ScaleRefusal):
            return ScaleRefused(self._alias, request, done)
        return ZeroDone(self._alias, request)

    def tare(self, request: str, grams: int | None = None) -> TareDone | ScaleRefused:
        """See `Scale.tare`: done once the scale says so, or shows a net weight. It has to rest and hold no tare."""
        command = self._tare_command(grams)
        if isinstance(command, ScaleRefusal):
            return ScaleRefused(self._alias, request, command)
        done = self._order(command, lambda reading: reading.net)
        if isinstance(done, ScaleRefusal):
            return ScaleRefused(self._alias, request, done)
        if grams is None and isinstance(done, Done) and done.value is not None and done.unit is not None:
            grams = to_grams(done.value, done.unit)
        return TareDone(self._alias, request, grams)

    def clear_tare(self, request: str) -> TareDone | ScaleRefused:
        """See `Scale.clear_tare`: done once the scale says so, or shows a gross weight."""
        done = self._order(self._wire.clear_tare, lambda reading: self._wire.shows_net and not reading.net)
        if isinstance(done, ScaleRefusal):
            return ScaleRefused(self._alias, request, done)
        return TareDone(self._alias, request, 0)

    def listen(self, wake_fd: int, emit: Sink) -> None:
        """Look at the idle scale now and then, so that one that is gone is missed; see `drivers.device.Driver.listen`.

        A bagging scale is looked at all the time, and tells by `BagWeight`.
        """
        # A cancel that came after its weighing had ended must not end the next one.
        self._cancelled.clear()
        ready = wait_readable(self._check.left_s, wake_fd, self._exchange.port.fileno())
        if wake_fd in ready:
            return
        if ready:
            # From a scale that is asked, this is late or noise. Reading it also finds out about a port that is gone.
            readings = self._exchange.readings(0)
            for reading in readings if self._wire.streams else ():
                self._look_at(reading, emit)
        if not self._check.passed:
            return
        if self._wire.streams:
            raise self._exchange.mute()
        if self._wire.silent_at_rest:
            self._check = Deadline(self._waits.check_s)
        else:
            self._look_at(self._ask(self._wire.check), emit)

    def close(self) -> None:
        """Give the port back."""
        self._exchange.close()

    def check_health(self, level: HealthLevel) -> Finding:
        """INTERNAL: has it answered lately? EXTERNAL: ask it now. INTERACTIVE: a person puts something on it."""
        if level is HealthLevel.INTERNAL:
            fresh = self._wire.silent_at_rest or not self._answered.passed
            text = "The port is open and the scale answers." if fresh else "The scale has not answered lately."
            return Finding(fresh, text, "" if fresh else "Check its power and its cable.")
        if level is HealthLevel.INTERACTIVE:
            found = self._await_weight(_PERSON_S, lambda _: None)
            if isinstance(found, WeighProblem):
                return Finding(False, f"No weight was seen: {found}.", "Put something on the scale during the check.")
            return Finding(True, f"The scale shows {found} g.")
        self._exchange.settle()
        answer = self._ask(self._wire.check)
        told = conditions_of(answer)
        if told or isinstance(answer, Refused):
            return Finding(False, told[0].message if told else "It refuses to weigh.", told[0].remedy if told else "")
        return Finding(True, "The scale answers.")

    def _await_weight(self, timeout_s: float, tell: Callable[[WeighProblem], None]) -> int | WeighProblem:
        """Grams of a stable weight of now; else, after `timeout_s` or a cancel, the last problem. `tell` gets each."""
        deadline = Deadline(timeout_s)
        problem = WeighProblem.NOT_READY
        self._exchange.settle()
        while not (deadline.passed or self._cancelled.is_set()):
            answer = self._ask()
            grams = sellable_grams(answer)
            if grams > 0 and not (self._settings.zero_between and self._last.is_there(grams)):
                return grams
            now = WeighProblem.EMPTY if grams > 0 else problem_of(answer)
            if now is not problem:
                problem = now
                tell(problem)
        return problem

    def _ask(self, question: bytes = b"") -> Reading | Refused | None:
        answer = self._exchange.ask_again(question)
        self._heard(answer)
        return answer

    def _heard(self, answer: Reading | Refused | None) -> None:
        asked_s = self._waits.check_s if self._watch is None else self._waits.bag_s
        self._check = Deadline(self._waits.silence_s if self._wire.streams else asked_s)
        self._answered = Deadline(self._waits.check_s + self._waits.tries * self._waits.answer_s)
        self._last.see(answer)

    def _look_at(self, answer: Reading | Refused | None, emit: Sink) -> None:
        self._heard(answer)
        conditions = conditions_of(answer)
        if conditions != self._conditions:
            self._conditions = conditions
            emit(Conditions(conditions))
        told = self._watch.feed(answer) if self._watch is not None and isinstance(answer, Reading) else None
        if told is not None:
            emit(told)

    def _order(self, command: bytes, shows: Callable[[Reading], bool]) -> Reading | Done | ScaleRefusal:
        """Give a command; what proves that it was done, or why it was not."""
        if not command:
            return ScaleRefusal.NOT_SUPPORTED
        self._exchange.settle()
        answer: Reading | Refused | Done | None = self._exchange.order(command, give_up=self._cancelled.is_set)
        deadline = Deadline(self._waits.effect_s)
        while True:
            if isinstance(answer, Done) or (isinstance(answer, Reading) and shows(answer)):
                return answer
            if isinstance(answer, Refused) or deadline.passed or self._cancelled.is_set():
                return refusal_of(answer)
            answer = self._ask()

    def _tare_command(self, grams: int | None) -> bytes | ScaleRefusal:
        """The command, once the scale is seen to rest without a tare; else why there is none."""
        if not self._wire.tare or (grams is not None and self._wire.preset is None):
            return ScaleRefusal.NOT_SUPPORTED
        self._exchange.settle()
        before = self._ask()
        if not isinstance(before, Reading) or before.in_motion or before.under_zero or before.over_capacity:
            return refusal_of(before)
        if before.net:
            return ScaleRefusal.TARED
        if grams is None or self._wire.preset is None:
            return self._wire.tare
        return (self._wire.preset(grams, before, self._unit) if grams > 0 else None) or ScaleRefusal.OUT_OF_RANGE
