"""Writes to the ledger of a lane that does not run, as its one writer: what the rules allow, and who did it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
from msgspec.structs import replace

from kiosk.accounts.report import Asked, x_report, z_report
from kiosk.accounts.till import Shift, open_shifts, shift_at
from kiosk.accounts.till_commands import Command
from kiosk.accounts.till_decide import decide
from kiosk.accounts.till_policy import By
from kiosk.accounts.till_sign_on import entries_of
from kiosk.checkout.accounts_register import LedgerAccounts
from kiosk.checkout.assembly import BELL, KEY, TILL, Clocks
from kiosk.checkout.staffing import Staffing, staffing_of
from kiosk.checkout.state import LaneState, decode, encode
from kiosk.config import Settings
from kiosk.domain.operator.attempts import BadgeShown, Gate, Refusal
from kiosk.domain.operator.outcome import Refused
from kiosk.domain.operator.rights import Staff
from kiosk.domain.operator.sign_on import sign_on
from kiosk.messages.contents import Content
from kiosk.messages.tills import SignedOff
from kiosk.store.bell import ring
from kiosk.store.database import StoreError
from kiosk.store.ledger import Till
from kiosk.store.ledger_reader import LedgerReader
from kiosk.store.signing import DeviceKey

Outcome = tuple[Content, ...] | Refused


@contextmanager
def till_desk(settings: Settings, clocks: Clocks) -> Iterator[TillDesk]:
    """A desk at a lane's ledger; `StoreError` while the lane runs, where there is none, or without the device's key."""
    path, place = settings.data / TILL, settings.workstation
    if not path.exists():
        raise StoreError(f"There is no ledger {path}.", "Check data_folder in the settings, or start the lane once.")
    key = DeviceKey.load(settings.data / KEY)
    with (
        closing(Till(path, place.store_id, place.workstation_id, key, clocks.now)) as till,
        closing(LedgerReader(path)) as reader,
    ):
        yield TillDesk(settings, till, LedgerAccounts(reader), staffing_of(settings), clocks)


@dataclass(frozen=True, slots=True)
class TillDesk:
    """Where a person opens, counts and settles shifts and takes reports while the lane stands still."""

    settings: Settings
    till: Till
    accounts: LedgerAccounts
    staffing: Staffing
    clocks: Clocks

    @property
    def now(self) -> datetime:
        """The time in the store."""
        return self.clocks.now().astimezone(ZoneInfo(self.settings.store.time_zone))

    @property
    def business_day(self) -> str:
        """Of the lane where it is open, else today's."""
        return self._lane().business_day or self.now.date().isoformat()

    def shift(self) -> Shift | None:
        """The shift that is open on this lane's till."""
        return shift_at(self.accounts.tills(), self.staffing.till)

    def known(self, badge: str) -> Staff | Refused:
        """Whose badge it is; a strange one is written down."""
        gate = Gate(self.staffing.credentials, self.staffing.sign_on, offline=True)
        state = replace(self._lane().duty.sign_on, operator="", roles=(), method="")
        after, outcomes = sign_on(state, BadgeShown(badge), gate, int(self.now.timestamp()))
        refusal = next((one for one in outcomes if isinstance(one, Refusal)), None)
        if refusal is None:
            return Staff(after.operator, after.roles)
        self._record(entries_of((refusal,)))
        return Refused(refusal.reason, refusal.sentence, refusal.remedy)

    def does(self, command: Command, by: By) -> Outcome:
        """Decide a command and write down what was done."""
        decision = decide(self.accounts.tills(), command, by, self.staffing.tills)
        return decision if isinstance(decision, Refused) else self._record(decision)

    def reports(self, kind: str, by: Staff) -> Outcome:
        """Take an X or a Z report; it follows on the last entry of the ledger."""
        if self._lane().transaction is not None:
            return Refused("basket", "A basket is open at this lane.", "Start the lane and finish or cancel it first.")
        asked = Asked(by, self.business_day, open_shifts(self.accounts.tills()))
        books, roles = self.accounts.books(), self.staffing.tills.roles
        taken = x_report(books, asked, roles) if kind == "x" else z_report(books, asked, self.staffing.reports, roles)
        return taken if isinstance(taken, Refused) else self._record((taken,))

    def _record(self, contents: Sequence[Content]) -> tuple[Content, ...]:
        self.till.record(contents, encode(self._lane()))
        ring(self.settings.data / BELL)
        return tuple(contents)

    def leaves_nobody(self) -> None:
        """Whoever was signed on when the lane stopped is signed off before somebody else writes."""
        lane = self._lane()
        operator = lane.duty.sign_on.operator
        if operator:
            nobody = replace(lane.duty.sign_on, operator="", roles=(), method="", active_s=0)
            lane = replace(lane, attendant="", duty=replace(lane.duty, sign_on=nobody, rights=(), asked=""))
            self.till.record((SignedOff(operator=operator, reason="restart"),), encode(lane))

    def _lane(self) -> LaneState:
        """The lane's state is kept as it is: the next start takes it up."""
        kept = self.till.lane
        if not kept:
            return LaneState()
        try:
            return decode(kept)
        except msgspec.DecodeError as error:
            raise StoreError(
                f"The lane's state cannot be read: {error}.", "Start the lane once: it begins anew."
            ) from error
