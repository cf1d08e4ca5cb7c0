"""Mettler-Toledo 8217: a scale that answers `W` with a weight when it is stable, and with its status when it is not."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Literal

import msgspec

from drivers.device import Category, Condition, Conditions, DeviceError, Severity, Sink
from drivers.scale.codec_8217 import Answer, AnswerFramer, Malformed, Net, Status, Unit, WrongUnit
from drivers.scale.interface import NoWeight, WeighProblem, Weight
from drivers.transport.serial import Line, SerialTransport, open_serial
from drivers.transport.waiting import Deadline, wait_readable

REQUEST = b"W"


@dataclass(frozen=True, slots=True)
class ScaleWaits:
    """Waits of the protocol, in seconds.

    `spacing_s`: between two requests, from the manual. `answer_s`: a scale answers in some 50 ms. `check_s` and
    `tries`: an idle scale is asked so often that one that was unplugged is missed within 2 s. `settle_s`: how late an
    answer may come that nobody waits for any more.
    """

    spacing_s: float = 0.2
    answer_s: float = 0.4
    check_s: float = 1.0
    tries: int = 2
    settle_s: float = 1.0


class Mettler8217Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of an 8217 scale. `unit` is the one the scale is set to: its answers do not name it."""

    driver: str
    port: Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
    unit: Literal["kg", "lb"]
    baud: Literal[1200, 2400, 9600, 19200] = 9600
    data_bits: Literal[7, 8] = 7
    parity: Literal["none", "even", "odd"] = "even"
    stop_bits: Literal[1, 2] = 1


class Mettler8217:
    """Driver of an 8217 scale; see `drivers.device.Driver` and `drivers.scale.interface.Scale`."""

    def __init__(
        self,
        alias: str,
        settings: Mettler8217Settings,
        sink: Sink,
        *,
        open_port: Callable[[str, Line], SerialTransport] = open_serial,
        waits: ScaleWaits | None = None,
    ) -> None:
        self._alias = alias
        self._settings = settings
        self._sink = sink
        self._open_port = open_port
        self._waits = waits or ScaleWaits()
        self._framer = AnswerFramer(Unit(settings.unit))
        self._port: SerialTransport | None = None
        self._cancelled = threading.Event()
        self._spacing = Deadline(0)
        self._check = Deadline(0)
        # How many answers to older requests may still be on their way.
        self._owed = 0

    @property
    def category(self) -> Category:
        """A scale."""
        return Category.SCALE

    def open(self) -> None:
        """Open the port and ask for the weight: ready with any well-formed answer. Else `DeviceError`."""
        settings = self._settings
        line = Line(settings.baud, settings.data_bits, settings.parity, settings.stop_bits)
        self._port = self._open_port(settings.port, line)
        self._emit_conditions(self._ask_again(), self._sink)

    def weigh(self, request: str, timeout_s: float) -> Weight | NoWeight:
        """See `Scale.weigh`. Ends at most one exchange after `timeout_s`; `DeviceError` when the scale falls silent."""
        deadline = Deadline(timeout_s)
        problem = WeighProblem.NOT_READY
        try:
            self._settle()
            while not (deadline.passed or self._cancelled.is_set()):
                answer = self._ask_again()
                if isinstance(answer, Net) and answer.grams > 0:
                    return Weight(self._alias, request, answer.grams)
                now = problem_of(answer)
                if now is not problem:
                    problem = now
                    self._sink(NoWeight(self._alias, request, problem, final=False))
            return NoWeight(self._alias, request, problem, final=True)
        finally:
            self._cancelled.clear()

    def cancel_weigh(self) -> None:
        """End a running `weigh` within one exchange. From any thread."""
        self._cancelled.set()

    def listen(self, wake_fd: int, emit: Sink) -> None:
        """Ask the idle scale now and then, so that one that is gone is missed; see `drivers.device.Driver.listen`."""
        # A cancel that came after its weighing had ended must not end the next one.
        self._cancelled.clear()
        port = self._opened()
        ready = wait_readable(self._check.left_s, wake_fd, port.fileno())
        if wake_fd in ready:
            return
        if ready:
            # Nobody asked: a late answer or noise. Reading it also finds out about a port that is gone.
            self._take(0)
        elif self._check.passed:
            self._emit_conditions(self._ask_again(), emit)

    def close(self) -> None:
        """Give the port back."""
        port, self._port = self._port, None
        if port is not None:
            port.close()

    def _ask_again(self) -> Answer:
        """Return a well-formed answer to a request of now; `DeviceError` when `tries` requests brought none."""
        malformed = False
        for _ in range(self._waits.tries):
            answer = self._ask()
            if isinstance(answer, WrongUnit):
                raise DeviceError(
                    f"The scale {self._alias} does not answer in {self._settings.unit}.",
                    "Set `unit` in the settings to what the scale shows.",
                    permanent=True,
                )
            if isinstance(answer, Net | Status):
                return answer
            malformed = malformed or answer is not None
        raise self._mute(malformed=malformed)

    def _ask(self) -> Answer | Malformed | WrongUnit | None:
        """Send one request and return what was answered; None where nothing was."""
        port = self._opened()
        wait_readable(self._spacing.left_s)
        self._take(0)
        self._framer.reset()
        port.write_all(REQUEST, self._waits.answer_s)
        self._owed += 1
        self._spacing = Deadline(self._waits.spacing_s)
        self._check = Deadline(self._waits.check_s)
        deadline = Deadline(self._waits.answer_s)
        while not deadline.passed:
            answers = self._take(deadline.left_s)
            if answers:
                return answers[-1]
        return Malformed() if self._framer.noise else None

    def _take(self, timeout_s: float) -> list[Answer | Malformed | WrongUnit]:
        answers = self._framer.feed(self._opened().read(timeout_s))
        self._owed = max(0, self._owed - len(answers))
        return answers

    def _settle(self) -> None:
        """Let answers to older requests pass: they hold a weight of before this moment."""
        deadline = Deadline(self._waits.settle_s)
        while self._owed and not deadline.passed:
            self._take(deadline.left_s)
        self._owed = 0

    def _emit_conditions(self, answer: Answer, emit: Sink) -> None:
        emit(Conditions(conditions_of(answer)))

    def _opened(self) -> SerialTransport:
        if self._port is None:
            raise DeviceError(f"The scale {self._alias} is not open.", "Open it first.")
        return self._port

    def _mute(self, *, malformed: bool) -> DeviceError:
        where = f"The scale {self._alias} at {self._settings.port}"
        if malformed:
            remedy = "Check the baud rate, the data bits and the parity, and that the scale is set to protocol 8217."
            return DeviceError(f"{where} answers what is no 8217 protocol.", remedy)
        remedy = "Check its power, its cable, and that it is set to protocol 8217."
        return DeviceError(f"{where} does not answer.", remedy)


def problem_of(answer: Answer) -> WeighProblem:
    """Why `answer` gives no weight that can be sold by. Over capacity comes first: it lasts whatever else is so."""
    if isinstance(answer, Net):
        return WeighProblem.EMPTY
    if answer.over_capacity:
        return WeighProblem.OVER_CAPACITY
    if answer.in_motion:
        return WeighProblem.IN_MOTION
    if answer.under_zero:
        return WeighProblem.UNDER_ZERO
    return WeighProblem.EMPTY if answer.centre_of_zero else WeighProblem.NOT_READY


def conditions_of(answer: Answer) -> tuple[Condition, ...]:
    """What a person has to do about the idle scale; motion passes by itself."""
    if isinstance(answer, Net):
        return ()
    if answer.over_capacity:
        message, remedy = "There is too much on the scale.", "Take the load off the scale."
        return (Condition("over_capacity", Severity.FAULT, message, remedy),)
    if answer.under_zero and not answer.in_motion:
        message, remedy = "The scale stands below zero.", "Clear the scale, see that its plate lies well, and zero it."
        return (Condition("under_zero", Severity.FAULT, message, remedy),)
    return ()
