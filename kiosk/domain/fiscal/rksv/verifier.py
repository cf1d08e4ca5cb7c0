"""Verifies the receipts of a cash box from its start receipt on: chain, signatures, turnover, failures, serials, dates.

RKSV section 17 and Detailspezifikation, "Prüfung"; what it accepts and refuses is tried against the runs of the
ministry's own tool. It cannot see that receipts are missing at the end: only a later receipt would tell.
"""

from __future__ import annotations

import enum
from collections.abc import Iterator
from datetime import datetime, timedelta

import msgspec

from kiosk.domain.fiscal.rksv.compact import Receipt, receipt_from_compact, signing_input
from kiosk.domain.fiscal.rksv.counter import chain_value, decrypt_turnover
from kiosk.domain.fiscal.rksv.dep import Dep, Group
from kiosk.domain.fiscal.rksv.keys import Keys
from kiosk.domain.fiscal.rksv.record import Marker, Record, Unreadable
from kiosk.domain.fiscal.rksv.signer import is_signed, serial_of

# Local time goes back by this much at the end of summer time.
_SUMMER_TIME = timedelta(hours=1)


class Fault(enum.StrEnum):
    """What can be wrong with a receipt."""

    EMPTY = "empty"
    UNREADABLE = "unreadable"
    OTHER_CASH_BOX = "other_cash_box"
    BROKEN_CHAIN = "broken_chain"
    UNKNOWN_UNIT = "unknown_unit"
    BAD_SIGNATURE = "bad_signature"
    NO_START_RECEIPT = "no_start_receipt"
    NO_RECOVERY_RECEIPT = "no_recovery_receipt"
    WRONG_TURNOVER = "wrong_turnover"
    NUMBER_USED_TWICE = "number_used_twice"
    TIME_GOES_BACK = "time_goes_back"
    WRONG_CERTIFICATE = "wrong_certificate"


_REMEDIES = {
    Fault.EMPTY: "Export the whole DEP; a cash box that is in use has at least its start receipt.",
    Fault.UNREADABLE: "Restore this receipt from the ledger or from headquarters' copy; it was damaged or changed.",
    Fault.OTHER_CASH_BOX: "Export each cash box by itself.",
    Fault.BROKEN_CHAIN: "A receipt before this one was changed, taken out, added or moved: compare with the ledger.",
    Fault.UNKNOWN_UNIT: "Add the certificate of that unit to the container of keys.",
    Fault.BAD_SIGNATURE: "This receipt was changed, or the container holds another unit's certificate.",
    Fault.NO_START_RECEIPT: "Export from the start receipt on.",
    Fault.NO_RECOVERY_RECEIPT: "Once a unit works again a signed zero receipt comes first; note why it did not.",
    Fault.WRONG_TURNOVER: "Amounts or counter were changed, or the AES key is another one: compare with the ledger.",
    Fault.NUMBER_USED_TWICE: "A receipt was copied, or two registers share a name: compare with the ledger.",
    Fault.TIME_GOES_BACK: "Check the clock of the device; note when and why it was set back.",
    Fault.WRONG_CERTIFICATE: "Put the certificate of the unit that signed these receipts into their group.",
}


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """What is wrong with which receipt: `position` counts from 1 over all groups; `number` is empty if unreadable."""

    position: int
    number: str
    fault: Fault
    meaning: str
    remedy: str


class Report(msgspec.Struct, frozen=True, kw_only=True):
    """How many receipts were looked at, how many of them had no signature, and what is wrong. Turnover in cents."""

    cash_box_id: str
    receipts: int
    unsigned: int
    turnover_minor: int
    problems: tuple[Problem, ...]

    @property
    def intact(self) -> bool:
        """Whether nothing is wrong."""
        return not self.problems


def verify(dep: Dep, keys: Keys) -> Report:
    """Verify all receipts of a cash box; never raises for what is in them."""
    walk = _Walk(keys)
    for group in dep.groups:
        walk.enter(group)
        for compact in group.receipts:
            walk.step(compact)
    return walk.report()


class _Walk:
    """What is known of the receipts before the next one. After a problem it goes on from what the receipt says."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._problems: list[Problem] = []
        self._position = 0
        self._unsigned = 0
        self._number = ""
        self._numbers: set[str] = set()
        self._cash_box_id = ""
        self._before = ""
        self._failed = False
        self._turnover_minor = 0
        self._at: datetime | None = None
        self._group_serial = ""

    def report(self) -> Report:
        if not self._position:
            self._say(Fault.EMPTY, "there is no receipt")
        return Report(
            cash_box_id=self._cash_box_id,
            receipts=self._position,
            unsigned=self._unsigned,
            turnover_minor=self._turnover_minor,
            problems=tuple(self._problems),
        )

    def enter(self, group: Group) -> None:
        """Take the certificate of a group, where it has one."""
        self._group_serial = ""
        if not group.certificate:
            return
        der = group.certificate_der or b""
        self._group_serial = serial_of(der) or "none"
        # In a closed system receipts name the company's key id, so the certificate is looked for, not its serial.
        named = [serial for serial, known in self._keys.certificates.items() if known == der]
        if named:
            self._group_serial = named[0]
        else:
            self._number = ""
            self._say(Fault.WRONG_CERTIFICATE, "the certificate of its group is not among the known ones")

    def step(self, compact: str) -> None:
        self._position += 1
        self._number = ""
        receipt = receipt_from_compact(compact)
        if isinstance(receipt, Unreadable):
            self._say(Fault.UNREADABLE, receipt.reason)
            if self._position == 1:
                self._say(Fault.NO_START_RECEIPT, "the first receipt cannot be read")
        else:
            self._number = receipt.record.number
            self._cash_box_id = self._cash_box_id or receipt.record.cash_box_id
            for fault, meaning in self._faults(receipt):
                self._say(fault, meaning)
            self._numbers.add(self._number)
            self._failed = receipt.failed
            self._unsigned += receipt.failed
        self._before = compact

    def _faults(self, receipt: Receipt) -> Iterator[tuple[Fault, str]]:
        record = receipt.record
        if record.cash_box_id != self._cash_box_id:
            yield Fault.OTHER_CASH_BOX, f"it is of cash box {record.cash_box_id}, not {self._cash_box_id}"
        if record.chain != chain_value(self._before or record.cash_box_id):
            yield Fault.BROKEN_CHAIN, "its chaining value is not that of the receipt before it"
        if record.number in self._numbers:
            yield Fault.NUMBER_USED_TWICE, "another receipt has the same number"
        yield from self._signature_faults(receipt)
        yield from self._order_faults(receipt)
        yield from self._turnover_faults(record)
        yield from self._time_faults(record)

    def _signature_faults(self, receipt: Receipt) -> Iterator[tuple[Fault, str]]:
        record = receipt.record
        key = self._keys.units.get(record.serial)
        if key is None:
            yield Fault.UNKNOWN_UNIT, f"there is no certificate for its unit {record.serial}"
        elif receipt.signature is not None and not is_signed(key, signing_input(record), receipt.signature):
            yield Fault.BAD_SIGNATURE, f"its signature is not that of unit {record.serial}"
        if self._group_serial and not receipt.failed and record.serial != self._group_serial:
            yield Fault.WRONG_CERTIFICATE, f"its unit {record.serial} is not that of its group"

    def _order_faults(self, receipt: Receipt) -> Iterator[tuple[Fault, str]]:
        signed_zero = receipt.record.is_zero and not receipt.failed
        if self._position == 1 and not signed_zero:
            yield Fault.NO_START_RECEIPT, "the first receipt is no signed zero receipt"
        if self._failed and not receipt.failed and not signed_zero:
            yield Fault.NO_RECOVERY_RECEIPT, "it is signed after a failure, and no zero receipt is between"

    def _turnover_faults(self, record: Record) -> Iterator[tuple[Fault, str]]:
        if record.marker is Marker.TRAINING:
            return
        self._turnover_minor += record.amounts.total_minor
        if record.marker is Marker.VOID:
            return
        said = decrypt_turnover(self._keys.aes_key, record.cash_box_id, record.number, record.counter)
        if said != self._turnover_minor:
            yield Fault.WRONG_TURNOVER, f"its counter says {said} cents, the receipts add up to {self._turnover_minor}"
            self._turnover_minor = said

    def _time_faults(self, record: Record) -> Iterator[tuple[Fault, str]]:
        at = datetime.fromisoformat(record.at)
        if self._at is not None and at < self._at - _SUMMER_TIME:
            yield Fault.TIME_GOES_BACK, f"its time {record.at} is before that of the receipt before it"
        self._at = at

    def _say(self, fault: Fault, meaning: str) -> None:
        self._problems.append(
            Problem(position=self._position, number=self._number, fault=fault, meaning=meaning, remedy=_REMEDIES[fault])
        )
