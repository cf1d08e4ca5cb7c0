"""One command and all that the terminal says to it: a pure state machine that only knows what was really said."""

from __future__ import annotations

from dataclasses import dataclass, field

from drivers.payment.zvt_receipts import PrintBlock, PrintLine
from drivers.payment.zvt_records import Abort, Ack, Completion, Nack, Record, StatusInformation


@dataclass(slots=True)
class Dialogue:
    """What has been said so far.

    `begun`: the command was acknowledged. `refused`: it was not, with this code; nothing was begun. `statuses`: the
    results reported since. `printed`: what it sent to be printed. `ended`: its last word. `abort_open`: an abort
    request of ours waits for its answer. `timed_out`: it was we who lost patience. `contradicted`: it went on with
    something else after its last word, which is then worth nothing. `broken`: why there will be no last word ("" while
    there may be).
    """

    ends_with_ack: bool = False
    begun: bool = False
    refused: int | None = None
    statuses: list[StatusInformation] = field(default_factory=list)
    printed: list[PrintLine | PrintBlock] = field(default_factory=list)
    ended: Completion | Abort | None = None
    abort_open: bool = False
    timed_out: bool = False
    contradicted: bool = False
    broken: str = ""

    @property
    def settled(self) -> bool:
        """Whether nothing more is to come that belongs to this command."""
        if self.broken or self.refused is not None:
            return True
        over = self.ended is not None or (self.ends_with_ack and self.begun)
        return over and not self.abort_open

    @property
    def clean(self) -> bool:
        """Whether the next command can follow on the same connection without meeting leftovers of this one."""
        ours = self.begun or self.refused is not None
        return self.settled and ours and not self.broken and not self.contradicted

    @property
    def refusal(self) -> int | None:
        """The code the terminal refused or aborted the command with, None where it did neither."""
        if self.refused is not None:
            return self.refused
        return self.ended.code if isinstance(self.ended, Abort) else None

    def take(self, record: Record) -> None:
        """Note what the terminal said. What is said before the acknowledgement belongs to an earlier command."""
        if self._contradicts(record):
            self.contradicted = True
        match record:
            case Ack():
                self._take_ack()
            case Nack(code):
                self._take_nack(code)
            case Abort():
                self.ended = record
            case StatusInformation() if self.begun:
                self.statuses.append(record)
            case Completion() if self.begun:
                self.ended = record
            case PrintLine() | PrintBlock() if self.begun:
                self.printed.append(record)
            case _:
                pass

    def _contradicts(self, record: Record) -> bool:
        if self.refused is not None:
            return isinstance(record, Ack | StatusInformation | Completion | Abort)
        if self.ended is None:
            return False
        if isinstance(record, Completion | Abort):
            return record != self.ended
        return isinstance(record, StatusInformation) and record not in self.statuses

    def _take_ack(self) -> None:
        if self.begun:
            self.abort_open = False
        self.begun = True

    def _take_nack(self, code: int) -> None:
        if not self.begun:
            self.refused = code
        elif self.abort_open:
            self.abort_open = False
        else:
            self.broken = f"The terminal refused in the middle of the dialogue (code {code:02X})."
