"""Bringing the bytes of one job to the printer, and waiting for its proof that it has worked through them."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator

from drivers.device import DeviceError
from drivers.printer.commands import Splitter
from drivers.printer.conditions import conditions
from drivers.printer.link import PrinterLink, SilentError, Waits
from drivers.transport.waiting import Deadline

LOOK = "Look whether the receipt came out. If not, have a copy printed: it will be marked as a copy."
_SLICE = 1024  # small enough that an error is noticed early, large enough for a line of picture


class NotConfirmedError(DeviceError):
    """The job was sent, the connection stands, and the proof did not come in time."""


class Delivery:
    """One job on its way. `patience_s`: how long it may take in all, with a person who has to put in paper.

    `show` is called whenever the printer may have changed, `stopping` says whether to give up now.
    """

    def __init__(
        self,
        link: PrinterLink,
        waits: Waits,
        patience_s: float,
        *,
        show: Callable[[], None],
        stopping: Callable[[], bool],
    ) -> None:
        self._link = link
        self._waits = waits
        self._patience = Deadline(patience_s + waits.confirm_s)
        self._show = show
        self._stopping = stopping

    def send(self, data: bytes) -> None:
        """Send in slices, listening between them: a printer without paper stops taking data and says why.

        A slice ends where a command ends, so that what follows a job that was given up is not taken for its rest.
        Raises `NotConfirmedError` where it does not take them in time, `DeviceError` where the connection is lost.
        """
        for piece in slices(data, self._link.splitter()):
            for start in range(0, len(piece), _SLICE):
                while not self._link.has_room():
                    self._listen(0)
                    if self._patience.passed or self._stopping():
                        raise self._cut_off() if start else self._given_up()
                self._link.send(piece[start : start + _SLICE])
            self._listen(0)

    def await_proof(self, confirmed: Callable[[], bool]) -> None:
        """Wait `confirm_s` while the printer is well, and longer while a person has to tend it.

        Raises `NotConfirmedError` where the proof does not come, `DeviceError` where the connection is lost.
        """
        proof, check = Deadline(self._waits.confirm_s), Deadline(self._waits.busy_check_s)
        while not confirmed():
            if not self._link.status.can_print:
                proof = Deadline(self._waits.confirm_s)
            if proof.passed:
                self._link.give_up_in_stream()
            if proof.passed or self._patience.passed or self._stopping():
                raise self._given_up()
            self._listen(min(proof.left_s, self._patience.left_s, check.left_s, self._waits.step_s))
            if check.passed and not confirmed():
                # A printer that is silent now may still confirm: only the proof's own deadline counts.
                with contextlib.suppress(SilentError):
                    self._link.ask_status()
                check = Deadline(self._waits.busy_check_s)
                self._show()

    def _listen(self, timeout_s: float) -> None:
        self._link.listen(timeout_s)
        self._show()

    def _given_up(self) -> NotConfirmedError:
        if self._stopping():
            return NotConfirmedError("The lane stopped before the printer had confirmed the receipt.", LOOK)
        found = conditions(self._link.status)
        if self._link.status.can_print or not found:
            return NotConfirmedError("The printer took the receipt and did not confirm it.", LOOK)
        return NotConfirmedError(f"{found[0].message} A receipt was being printed.", f"{found[0].remedy} {LOOK}")

    def _cut_off(self) -> DeviceError:
        """In the middle of a picture: the connection is of no more use, since anything sent would become its dots."""
        given_up = self._given_up()
        return DeviceError(given_up.message, given_up.remedy)


def slices(data: bytes, splitter: Splitter) -> Iterator[bytes]:
    """`data` in pieces of whole commands, each as long as `_SLICE` allows; a longer command is a piece of its own."""
    piece = bytearray()
    for command in splitter.feed(data):
        if piece and len(piece) + len(command.raw) > _SLICE:
            yield bytes(piece)
            piece.clear()
        piece += command.raw
    piece += splitter.pending
    if piece:
        yield bytes(piece)
