"""The section `stored_value` of a signed policy, and the snapshot of balances: what may be taken without a network."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import msgspec

from kiosk.domain.tender.kinds import Instrument

SECTION = "stored_value"

Value = Annotated[int, msgspec.Meta(ge=0)]


class _Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every record refuses keys it does not know."""


class InstrumentLimits(_Record, frozen=True, kw_only=True):
    """How much of one instrument may be taken offline, each until headquarters has seen it; points in points.

    `card`: from one account. `card_day`: from one account on one business day. `device`: by this device. `device_day`:
    by this device on one business day. `without_snapshot`: from an account that no snapshot and no signed token knows.
    """

    card: Value = 0
    card_day: Value = 0
    device: Value = 0
    device_day: Value = 0
    without_snapshot: Value = 0


class OfflineLimits(_Record, frozen=True, kw_only=True):
    """An instrument that is not named is not taken offline; nothing is, unless a policy says so.

    `day_minor` is the most this device may take on one business day of all instruments but points together. Balances
    older than `snapshot_max_age_s` are not believed. `owner` is the role that settles what was overdrawn.
    """

    instruments: dict[Instrument, InstrumentLimits] = {}
    day_minor: Value = 0
    snapshot_max_age_s: Annotated[int, msgspec.Meta(ge=60)] = 86_400
    owner: str = "finance"


class SnapshotBalance(_Record, frozen=True, kw_only=True):
    """One account; `value` is never more than the snapshot's cap, and 0 where it is blocked."""

    instrument: Instrument
    value: Value
    valid_until: str = ""
    blocked: bool = False


class BalanceSnapshot(_Record, frozen=True, kw_only=True):
    """Balances as headquarters had them at `as_of` (UTC, e.g. 2026-11-22T06:00:00Z), by the hash of the account.

    `booked` says how far each device's ledger is in these balances: "store/workstation/epoch" -> position. What a
    device took after that position is not, even if it was taken before `as_of`.
    """

    as_of: str = ""
    currency: str = ""
    cap: Value = 0
    balances: dict[str, SnapshotBalance] = {}
    booked: dict[str, int] = {}


def snapshot(
    as_of: str, currency: str, cap: int, balances: Mapping[str, SnapshotBalance], booked: Mapping[str, int]
) -> BalanceSnapshot:
    """The snapshot to send: no balance above the cap leaves headquarters, so that a lost device tells little."""
    capped = {
        account: msgspec.structs.replace(one, value=0 if one.blocked else max(0, min(one.value, cap)))
        for account, one in balances.items()
    }
    return BalanceSnapshot(as_of=as_of, currency=currency, cap=cap, balances=capped, booked=dict(booked))
