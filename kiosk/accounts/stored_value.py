"""Stored value taken without a network: what this device took, whether it may take more, and how it is settled."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import msgspec
from msgspec.structs import replace

from kiosk.domain.tender.kinds import Instrument
from kiosk.domain.tender.offline import BalanceSnapshot, InstrumentLimits, OfflineLimits
from kiosk.domain.tender.outcome import Reason, Refused
from kiosk.messages.contents import LaneOpened, Sale
from kiosk.messages.entry import Entry
from kiosk.messages.tills import StoredValueChanged

_LATER = "Pay another way, or come back when the network is up."


class Taken(msgspec.Struct, frozen=True, kw_only=True):
    """One offline change of an account: `value` > 0 was taken, < 0 given back. `ledger` is store/workstation/epoch."""

    request: str
    instrument: str
    account: str
    value: int
    day: str
    ledger: str
    position: int


class OfflineUse(msgspec.Struct, frozen=True, kw_only=True):
    """All that this device took offline, and the business day its lane is open for."""

    taken: tuple[Taken, ...] = ()
    day: str = ""


class Redemption(msgspec.Struct, frozen=True, kw_only=True):
    """What somebody wants to redeem. `value` is minor units, for points their number.

    `token_value` is what a verified `CL1C:` text says the account held when it was issued; None without one.
    """

    instrument: Instrument
    account: str
    value: int
    token_value: int | None = None


class Around(msgspec.Struct, frozen=True, kw_only=True):
    """What a decision depends on beside the ledger. `now` is aware, `today` the business day, an ISO date."""

    limits: OfflineLimits
    snapshot: BalanceSnapshot
    now: datetime
    today: str


class Allowed(msgspec.Struct, frozen=True, kw_only=True):
    """It may be taken: put the `StoredValueChanged` entry on disk first, then count it as paid.

    `balance` is what is left as far as is known.
    """

    value: int
    balance: int | None = None


def after(use: OfflineUse, entry: Entry) -> OfflineUse:
    """The use after an entry of this device's ledger. A request counts once, however often it is told."""
    content = entry.content
    match content:
        case LaneOpened(business_day=day) | Sale(business_day=day):
            return replace(use, day=day)
        case StoredValueChanged(offline=True, change="redeemed" | "reversed"):
            if any(one.request == content.request for one in use.taken):
                return use
            return replace(use, taken=(*use.taken, _taken(entry, content, use.day)))
    return use


def may_redeem_offline(use: OfflineUse, wanted: Redemption, around: Around) -> Allowed | Refused:
    """Whether so much may be taken from an account now, without asking headquarters.

    Each limit counts what headquarters has not booked yet: the position that the snapshot names says how much that is,
    not its date. What is refused says how much would be possible.
    """
    limits = around.limits.instruments.get(wanted.instrument)
    if limits is None:
        return _no(Reason.OFFLINE_OFF, "This can only be used while the network is up.")
    if wanted.value <= 0:
        return _no(Reason.EMPTY, "There is nothing to take.")
    balance = _balance(use, wanted, around)
    if isinstance(balance, Refused):
        return balance
    lefts = list(_limits_left(use, wanted, around, limits, known=balance is not None))
    possible = max(0, min([left for _, left in lefts] + ([] if balance is None else [balance])))
    if balance is not None and wanted.value > balance:
        return _too_little(use, wanted, balance, possible)
    for reason, left in lefts:
        if wanted.value > left:
            return _no(reason, "Without a network only smaller amounts can be taken from this.", possible)
    return Allowed(value=wanted.value, balance=None if balance is None else balance - wanted.value)


def _taken(entry: Entry, content: StoredValueChanged, day: str) -> Taken:
    return Taken(
        request=content.request,
        instrument=content.instrument,
        account=content.account,
        value=-content.change_minor,
        day=day or entry.at[:10],
        ledger=f"{entry.store_id}/{entry.workstation_id}/{entry.epoch}",
        position=entry.position,
    )


def _balance(use: OfflineUse, wanted: Redemption, around: Around) -> int | Refused | None:
    """What the account still holds as far as is known; None where nobody here knows the account."""
    known = around.snapshot.balances.get(wanted.account) if around.snapshot.as_of else None
    fresh = _fresh(around)
    if known and (known.instrument is not wanted.instrument):
        return _no(Reason.UNKNOWN_ACCOUNT, "This is not known here.")
    if known and known.blocked:
        return _no(Reason.BLOCKED, "This is blocked.")
    if known and known.valid_until and known.valid_until < around.today:
        return _no(Reason.EXPIRED, "This has expired.")
    of_account = [one for one in use.taken if one.account == wanted.account]
    bounds = []
    if wanted.token_value is not None:
        bounds.append(wanted.token_value - sum(one.value for one in of_account))
    if known:
        bounds.append(known.value - sum(one.value for one in of_account if _open(one, around)))
    if wanted.token_value is None and known and not fresh:
        return _no(Reason.SNAPSHOT_OLD, "The balance of this is not known at the moment.")
    return max(0, min(bounds)) if bounds else None


def _fresh(around: Around) -> bool:
    """Whether balances may be believed; a snapshot from the future means that one of the clocks is wrong."""
    if not around.snapshot.as_of:
        return False
    taken_at = datetime.strptime(around.snapshot.as_of, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
    age = around.now - taken_at
    return timedelta(minutes=-5) <= age <= timedelta(seconds=around.limits.snapshot_max_age_s)


def _limits_left(
    use: OfflineUse, wanted: Redemption, around: Around, limits: InstrumentLimits, *, known: bool
) -> Iterator[tuple[Reason, int]]:
    """Each limit with what is left of it."""
    still_open = [one for one in use.taken if _open(one, around)]
    mine = [one for one in still_open if one.instrument == wanted.instrument]
    card = [one for one in mine if one.account == wanted.account]
    if not known:
        yield Reason.UNKNOWN_ACCOUNT, limits.without_snapshot - _sum(card)
    yield Reason.CARD_LIMIT, limits.card - _sum(card)
    yield Reason.DEVICE_LIMIT, limits.device - _sum(mine)
    today = [one for one in use.taken if one.day == around.today]
    of_kind = [one for one in today if one.instrument == wanted.instrument]
    yield Reason.DAY_LIMIT, limits.card_day - _sum([one for one in of_kind if one.account == wanted.account])
    yield Reason.DAY_LIMIT, limits.device_day - _sum(of_kind)
    if wanted.instrument is not Instrument.POINTS:
        yield Reason.DAY_LIMIT, around.limits.day_minor - _sum([one for one in today if one.instrument != "points"])


def _open(one: Taken, around: Around) -> bool:
    """Whether the balances of the snapshot do not yet hold this change."""
    return one.position > around.snapshot.booked.get(one.ledger, 0)


def _sum(taken: list[Taken]) -> int:
    return sum(one.value for one in taken)


def _too_little(use: OfflineUse, wanted: Redemption, balance: int, possible: int) -> Refused:
    spent = any(one.account == wanted.account for one in use.taken)
    if balance == 0 and spent and wanted.token_value is not None:
        return _no(Reason.USED_ALREADY, "This has been used already.")
    if balance == 0:
        return _no(Reason.EMPTY, "There is nothing left on this.")
    return _no(Reason.TOO_MUCH, "There is less than that on this.", possible)


def _no(reason: Reason, sentence: str, limit: int | None = None) -> Refused:
    return Refused(reason=reason, sentence=sentence, remedy=_LATER, limit_minor=limit)
