"""The dialogue with a scale over an open transport: one request, one answer, and none taken for that of another."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from drivers.device import DeviceError, Sink, Slip
from drivers.scale.reading import Done, Framed, Malformed, Prompt, Reading, Refused, Said, Unit
from drivers.scale.wire import Wire
from drivers.transport.interface import Transport
from drivers.transport.waiting import Deadline, wait_readable

# More waits nowhere (64 reports in the kernel's ring of a HID device); bounds the draining of a scale that never rests.
_MOST_BUFFERED = 256


class Exchange:
    """Asks a scale and listens to it. `where` names it in messages; what is to be counted goes to `tell` as `Slip`."""

    def __init__(self, where: str, wire: Wire, unit: Unit | None, tell: Sink) -> None:
        self._where = where
        self._wire = wire
        self._unit = unit
        self._waits = wire.waits
        self._tell = tell
        self._framer = wire.framer(unit)
        self._port: Transport | None = None
        self._spacing = Deadline(0)
        # How many answers to older requests may still be on their way.
        self._owed = 0
        # The scale is being asked for a weight that it has not finished.
        self._unfinished = False
        # How many steps of a dialogue have come of what was read last.
        self._steps = 0
        # The first reading of a stream may have been taken before anybody listened.
        self._skip = 0

    @property
    def port(self) -> Transport:
        """The open transport; `DeviceError` where there is none."""
        if self._port is None:
            raise DeviceError(f"{self._where} is not open.", "Open it first.")
        return self._port

    def attach(self, port: Transport) -> None:
        """Talk over `port` from now on."""
        self._port = port
        self._framer.reset()
        self._owed = self._skip = 0
        self._unfinished = False

    def close(self) -> None:
        """Give the transport back; may be called twice."""
        port, self._port = self._port, None
        if port is not None:
            port.close()

    def prove(self) -> None:
        """Send the protocol's probe; `DeviceError` where it is not answered as only this protocol does."""
        probe = self._wire.probe
        if probe is None:
            return
        self._send(probe.question)
        came = b""
        deadline = Deadline(self._waits.answer_s)
        while probe.answer not in came:
            if deadline.passed:
                raise self._mute(malformed=bool(came))
            came = (came + self.port.read(deadline.left_s))[-4096:]
        self._send(probe.end)
        self._owed = 0

    def ask_again(self, question: bytes = b"") -> Reading | Refused | None:
        """Return a well-formed answer of now; `DeviceError` when `tries` requests brought none.

        `question` is sent in place of the request. None only from a scale that is silent at rest. The unit of the
        settings stands where the answer names none.
        """
        malformed, wrong_units = False, 0
        for _ in range(self._waits.tries):
            answer = self._ask(question)
            if isinstance(answer, Refused) and answer.reason in self._wire.fatal:
                raise self._refused(answer.reason)
            if isinstance(answer, Reading) and self._fits(answer):
                return self._with_unit(answer)
            if isinstance(answer, Refused) or (answer is None and self._wire.silent_at_rest):
                return answer
            wrong_units += isinstance(answer, Reading) or answer == Malformed("unit")
            if wrong_units and self._wire.silent_at_rest:
                # It will not say it a second time.
                break
            malformed = malformed or answer is not None
        if wrong_units and (wrong_units == self._waits.tries or self._wire.silent_at_rest):
            raise self._wrong_unit()
        raise self._mute(malformed=malformed)

    def order(self, data: bytes, *, give_up: Callable[[], bool]) -> Reading | Refused | Done | None:
        """Send a command and return what the scale says to it within `order_s`; None for nothing or nothing of use."""
        self._send(data)
        deadline = Deadline(self._waits.order_s)
        while not (deadline.passed or give_up()):
            for answer in self.take(min(deadline.left_s, 0.1)):
                if isinstance(answer, Reading) and self._fits(answer):
                    return self._with_unit(answer)
                if isinstance(answer, Refused | Done):
                    return answer
        return None

    def settle(self) -> None:
        """Let pass what was on its way before this moment: it holds an older weight."""
        if self._wire.streams:
            for _ in range(_MOST_BUFFERED):
                if not self.port.read(0):
                    break
            self._framer.reset()
            self._skip = 1
            return
        self._unfinished = False
        deadline = Deadline(self._waits.settle_s)
        while self._owed and not deadline.passed:
            self.take(deadline.left_s)
        self.take(0, lead=False)
        self._framer.reset()
        self._owed = 0

    def take(self, timeout_s: float, *, lead: bool = True) -> Sequence[Said]:
        """Return the answers that end with what comes in next, by `timeout_s`; what is no answer is counted.

        In a dialogue of several steps, the next one is sent, but without `lead`.
        """
        answers = self._go_on(self._framer.feed(self.port.read(timeout_s)), lead=lead)
        self._owed = max(0, self._owed - len(answers))
        for answer in answers:
            if isinstance(answer, Malformed) and answer.reason != "unit":
                self._tell(Slip.CHECKSUM if answer.reason == "checksum" else Slip.BAD_FRAME)
        return answers

    def readings(self, timeout_s: float) -> list[Reading]:
        """Return the readings among what comes in next; `DeviceError` for one in another unit than the settings say."""
        answers = self.take(timeout_s, lead=self._wire.streams)
        found = [answer for answer in answers if isinstance(answer, Reading)]
        if Malformed("unit") in answers or not all(map(self._fits, found)):
            raise self._wrong_unit()
        return [self._with_unit(answer) for answer in found]

    def mute(self) -> DeviceError:
        """The error of a scale that has fallen silent."""
        return self._mute(malformed=self._framer.noise)

    def _ask(self, question: bytes) -> Said | None:
        """Send one request and return what was answered; None where nothing was."""
        if self._wire.silent_at_rest:
            # It says everything only once: what came late, but after `settle`, counts.
            wait_readable(self._spacing.left_s)
            late = self.take(0)
            if late:
                return late[-1]
        if not self._wire.streams:
            self._send(question or (self._wire.resume if self._unfinished else self._wire.request))
        answer = self._answer()
        self._unfinished = bool(self._wire.resume) and isinstance(answer, Reading) and answer.in_motion
        return answer

    def _answer(self) -> Said | None:
        deadline = Deadline(self._waits.silence_s if self._wire.streams else self._waits.answer_s)
        while not deadline.passed:
            self._steps = 0
            answers = self.take(deadline.left_s)
            dropped, self._skip = min(self._skip, len(answers)), max(0, self._skip - len(answers))
            if answers[dropped:]:
                return answers[-1]
            if self._steps:
                deadline = Deadline(self._waits.answer_s)
        if self._framer.noise:
            self._tell(Slip.BAD_FRAME)
            return Malformed("frame")
        if not self._wire.silent_at_rest:
            self._tell(Slip.TIMEOUT)
        return None

    def _send(self, data: bytes) -> None:
        wait_readable(self._spacing.left_s)
        # What has come in unasked is older than this request.
        self.take(0, lead=False)
        self._framer.reset()
        self.port.write_all(data, self._waits.answer_s)
        self._owed += 1
        self._spacing = Deadline(self._waits.spacing_s)

    def _go_on(self, framed: Sequence[Framed], *, lead: bool) -> list[Said]:
        said: list[Said] = []
        for one in framed:
            if not isinstance(one, Prompt):
                said.append(one)
                continue
            self._steps += 1
            if lead:
                self.port.write_all(one.send, self._waits.answer_s)
            if one.answer is not None:
                said.append(one.answer)
        return said

    def _fits(self, reading: Reading) -> bool:
        return self._unit is None or reading.unit in (None, self._unit)

    def _with_unit(self, reading: Reading) -> Reading:
        if reading.value is None or reading.unit is not None:
            return reading
        return replace(reading, unit=self._unit)

    def _wrong_unit(self) -> DeviceError:
        return DeviceError(
            f"{self._where} does not answer in {self._unit or 'a unit that is known here'}.",
            "Set `unit` in the settings to what the scale shows, or the scale to that unit.",
            permanent=True,
        )

    def _refused(self, reason: str) -> DeviceError:
        message = f"{self._where} refuses to weigh ({reason})."
        return DeviceError(message, self._wire.fatal[reason], permanent=True)

    def _mute(self, *, malformed: bool) -> DeviceError:
        name = self._wire.name
        if malformed:
            remedy = f"Check the baud rate, the data bits and the parity, and that the scale is set to protocol {name}."
            return DeviceError(f"{self._where} answers what is no {name} protocol.", remedy)
        remedy = f"Check its power, its cable, and that it is set to protocol {name}."
        return DeviceError(f"{self._where} does not answer.", remedy)
