"""What headquarters does with stored value that was taken offline: it books all of it, and says what was overdrawn."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import msgspec
from msgspec.structs import replace

from kiosk.messages.contents import ExceptionRaised
from kiosk.messages.entry import Entry
from kiosk.messages.tills import StoredValueChanged


class TrueBalance(msgspec.Struct, frozen=True, kw_only=True):
    """An account as headquarters has it: `value` is there, `overdrawn` was taken beyond it; never both above 0."""

    value: int
    overdrawn: int = 0
    valid_until: str = ""
    blocked: bool = False
    known: bool = True


@dataclass(frozen=True, slots=True)
class Settled:
    """The books afterwards. `booked` are the requests counted now, `requests` all that were ever counted.

    `cleared` are accounts whose overdraft is gone, such as a store credit whose issue arrived after it was spent.
    """

    booked: tuple[StoredValueChanged, ...]
    balances: Mapping[str, TrueBalance]
    exceptions: tuple[ExceptionRaised, ...]
    requests: frozenset[str]
    cleared: tuple[str, ...] = ()


def settle_offline(
    entries: Iterable[Entry],
    balances: Mapping[str, TrueBalance],
    requests: frozenset[str] = frozenset(),
    owner: str = "finance",
) -> Settled:
    """Book changes of stored value from any number of devices; each request once, however often it comes.

    Goods that are gone are booked whatever the account holds: what it does not hold becomes an exception with an
    owner. An amount is never lost or made: value - overdrawn changes by exactly what was booked.
    """
    books, seen = dict(balances), set(requests)
    booked: list[StoredValueChanged] = []
    raised: list[ExceptionRaised] = []
    was_overdrawn = {account for account, one in balances.items() if one.overdrawn}
    for entry in sorted(entries, key=_when):
        change = entry.content
        if not isinstance(change, StoredValueChanged) or change.request in seen:
            continue
        seen.add(change.request)
        before = books.get(change.account)
        now = _changed(before or TrueBalance(value=0, known=False), change)
        books[change.account] = now
        booked.append(change)
        if change.change == "redeemed":
            trouble = _trouble(before, now, change, entry)
            raised += [_exception(*trouble, change, entry, owner)] if trouble else []
        if now.overdrawn:
            was_overdrawn.add(change.account)
    cleared = tuple(sorted(account for account in was_overdrawn if not books[account].overdrawn))
    return Settled(tuple(booked), books, tuple(raised), frozenset(seen), cleared)


def _when(entry: Entry) -> tuple[str, str, str, str, int]:
    return entry.at, entry.store_id, entry.workstation_id, entry.epoch, entry.position


def _changed(before: TrueBalance, change: StoredValueChanged) -> TrueBalance:
    net = before.value - before.overdrawn + change.change_minor
    return replace(
        before,
        value=max(0, net),
        overdrawn=max(0, -net),
        known=before.known or change.change == "issued",
        valid_until=change.valid_until or before.valid_until,
    )


def _trouble(
    before: TrueBalance | None, now: TrueBalance, change: StoredValueChanged, entry: Entry
) -> tuple[str, str] | None:
    """(code, what happened) of a redemption that should not have been; the gravest one where there are several."""
    over = now.overdrawn - (before.overdrawn if before else 0)
    if before is None or not before.known:
        return "stored_value.unknown_account", f"{-change.change_minor} taken from an account that is not known"
    if before.blocked:
        return "stored_value.blocked", f"{-change.change_minor} taken from a blocked account"
    if over > 0:
        return "stored_value.overdrawn", f"{over} more taken than the account held"
    if before.valid_until and before.valid_until < entry.at[:10]:
        return "stored_value.expired", f"{-change.change_minor} taken after {before.valid_until}"
    return None


def _exception(code: str, what: str, change: StoredValueChanged, entry: Entry, owner: str) -> ExceptionRaised:
    """The account is named by the beginning of its hash: enough to find it, nothing to spend it with."""
    where = f"{entry.store_id}/{entry.workstation_id}"
    detail = f"{what}: {change.instrument} {change.account[:12]}, request {change.request}, at {where}"
    return ExceptionRaised(code=code, owner=owner, detail=detail, sequence_number=change.sequence_number)
