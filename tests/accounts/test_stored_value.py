"""Offline redemptions stay within the signed limits however they come, and headquarters settles what was overdrawn."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from msgspec.structs import replace

from kiosk.accounts.stored_value import (
    Allowed,
    Around,
    OfflineUse,
    Redemption,
    after,
    may_redeem_offline,
)
from kiosk.accounts.stored_value_settling import TrueBalance, settle_offline
from kiosk.domain.tender.kinds import Instrument
from kiosk.domain.tender.offline import BalanceSnapshot, InstrumentLimits, OfflineLimits, SnapshotBalance
from kiosk.domain.tender.outcome import Reason, Refused
from kiosk.messages.contents import Content, LaneOpened
from kiosk.messages.entry import NO_HASH, Entry
from kiosk.messages.tills import StoredValueChanged

NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)
LEDGER = "S1/07/e1"
LIMITS = OfflineLimits(
    instruments={
        Instrument.GIFT_CARD: InstrumentLimits(
            card=500, card_day=300, device=2000, device_day=1500, without_snapshot=50
        ),
        Instrument.STORE_CREDIT: InstrumentLimits(card=900, card_day=900, device=900, device_day=900),
        Instrument.POINTS: InstrumentLimits(card=200, card_day=200, device=900, device_day=900),
    },
    day_minor=1600,
)
SNAPSHOT = BalanceSnapshot(
    as_of="2026-11-22T06:00:00Z",
    currency="EUR",
    cap=1000,
    balances={
        "a": SnapshotBalance(instrument=Instrument.GIFT_CARD, value=400),
        "blocked": SnapshotBalance(instrument=Instrument.GIFT_CARD, value=0, blocked=True),
        "old": SnapshotBalance(instrument=Instrument.GIFT_CARD, value=400, valid_until="2026-11-21"),
        **{f"g{number}": SnapshotBalance(instrument=Instrument.GIFT_CARD, value=1000) for number in range(9)},
    },
)
AROUND = Around(limits=LIMITS, snapshot=SNAPSHOT, now=NOON, today="2026-11-22")


def entry(content: Content, position: int = 1, workstation: str = "07", at: str = "2026-11-22T11:00:00.000Z") -> Entry:
    return Entry(
        store_id="S1",
        workstation_id=workstation,
        epoch="e1",
        position=position,
        at=at,
        previous=NO_HASH,
        content=content,
    )


def change(
    request: str, value: int, account: str = "a", what: str = "redeemed", instrument: str = "gift_card"
) -> StoredValueChanged:
    """`value` > 0 was taken."""
    return StoredValueChanged(
        request=request, instrument=instrument, account=account, change=what, change_minor=-value, offline=True
    )


def used(*taken: tuple[str, int]) -> OfflineUse:
    """What was taken from which account, from position 1 on."""
    use = after(OfflineUse(), entry(LaneOpened(operator="ann", business_day="2026-11-22")))
    for number, (account, value) in enumerate(taken, start=1):
        use = after(use, entry(change(f"r{number}", value, account), number))
    return use


def wanted(account: str, value: int, instrument: Instrument = Instrument.GIFT_CARD) -> Redemption:
    return Redemption(instrument=instrument, account=account, value=value)


def why(use: OfflineUse, redemption: Redemption, around: Around = AROUND) -> tuple[Reason, int | None]:
    refused = may_redeem_offline(use, redemption, around)
    assert isinstance(refused, Refused), refused
    assert refused.sentence
    assert refused.remedy
    return refused.reason, refused.limit_minor


def test_within_the_limits_a_card_is_taken() -> None:
    assert may_redeem_offline(OfflineUse(), wanted("a", 300), AROUND) == Allowed(value=300, balance=100)


def test_each_limit_refuses_politely_and_says_what_would_be_possible() -> None:
    assert why(OfflineUse(), wanted("a", 401)) == (Reason.TOO_MUCH, 300)
    assert why(OfflineUse(), wanted("g1", 301)) == (Reason.DAY_LIMIT, 300)
    assert why(used(("g1", 200)), wanted("g1", 101)) == (Reason.DAY_LIMIT, 100)
    assert why(used(*[(f"g{number}", 290) for number in range(5)]), wanted("g6", 100)) == (Reason.DAY_LIMIT, 50)
    tomorrow = msgspec.structs.replace(AROUND, today="2026-11-23")
    assert why(used(("g1", 300)), wanted("g1", 201), tomorrow) == (Reason.CARD_LIMIT, 200)
    many = used(*[(f"g{number}", 300) for number in range(6)])
    assert why(many, wanted("g7", 201), tomorrow) == (Reason.DEVICE_LIMIT, 200)
    assert why(OfflineUse(), wanted("nobody", 51)) == (Reason.UNKNOWN_ACCOUNT, 50)
    assert may_redeem_offline(OfflineUse(), wanted("nobody", 50), AROUND) == Allowed(value=50)
    assert why(OfflineUse(), wanted("v", 1, Instrument.VOUCHER))[0] is Reason.OFFLINE_OFF
    assert why(OfflineUse(), wanted("a", 0))[0] is Reason.EMPTY
    assert why(OfflineUse(), wanted("blocked", 1))[0] is Reason.BLOCKED
    assert why(OfflineUse(), wanted("old", 1))[0] is Reason.EXPIRED
    assert why(OfflineUse(), wanted("a", 1, Instrument.POINTS))[0] is Reason.UNKNOWN_ACCOUNT
    assert why(used(("a", 200), ("a", 200)), wanted("a", 1))[0] is Reason.EMPTY


def test_the_day_counts_all_instruments_but_points_together() -> None:
    use = used(*[(f"g{number}", 250) for number in range(6)])
    credit = Redemption(instrument=Instrument.STORE_CREDIT, account="c", value=101, token_value=500)
    assert why(use, credit) == (Reason.DAY_LIMIT, 100)
    points = msgspec.structs.replace(SNAPSHOT, balances={"m": SnapshotBalance(instrument=Instrument.POINTS, value=900)})
    around = msgspec.structs.replace(AROUND, snapshot=points)
    assert isinstance(may_redeem_offline(use, wanted("m", 200, Instrument.POINTS), around), Allowed)


@pytest.mark.parametrize("hours", [-1, 25])
def test_old_balances_and_those_of_the_future_are_not_believed(hours: int) -> None:
    later = msgspec.structs.replace(AROUND, now=NOON.replace(hour=6) + timedelta(hours=hours))
    assert why(OfflineUse(), wanted("a", 1), later)[0] is Reason.SNAPSHOT_OLD


def test_a_signed_credit_is_taken_once_without_any_snapshot() -> None:
    bare = msgspec.structs.replace(AROUND, snapshot=BalanceSnapshot())
    credit = Redemption(instrument=Instrument.STORE_CREDIT, account="c", value=500, token_value=500)
    assert may_redeem_offline(OfflineUse(), credit, bare) == Allowed(value=500, balance=0)
    taken = after(OfflineUse(), entry(change("r", 500, "c", instrument="store_credit")))
    assert why(taken, credit, bare)[0] is Reason.USED_ALREADY
    seen = msgspec.structs.replace(SNAPSHOT, booked={LEDGER: 99})
    assert why(taken, credit, msgspec.structs.replace(AROUND, snapshot=seen))[0] is Reason.USED_ALREADY
    elsewhere = msgspec.structs.replace(
        SNAPSHOT, balances={"c": SnapshotBalance(instrument=Instrument.STORE_CREDIT, value=0)}
    )
    assert why(OfflineUse(), credit, msgspec.structs.replace(AROUND, snapshot=elsewhere))[0] is Reason.EMPTY


def test_what_headquarters_has_booked_is_in_the_balance_and_counts_no_more() -> None:
    use = used(("a", 100), ("a", 100))
    tomorrow = msgspec.structs.replace(AROUND, today="2026-11-23")
    assert why(use, wanted("a", 201), tomorrow) == (Reason.TOO_MUCH, 200)
    half = msgspec.structs.replace(tomorrow, snapshot=msgspec.structs.replace(SNAPSHOT, booked={LEDGER: 1}))
    assert why(use, wanted("a", 301), half) == (Reason.TOO_MUCH, 300)
    other = msgspec.structs.replace(tomorrow, snapshot=msgspec.structs.replace(SNAPSHOT, booked={"S1/08/e1": 9}))
    assert why(use, wanted("a", 201), other) == (Reason.TOO_MUCH, 200)


def test_what_was_booked_today_still_counts_for_the_day() -> None:
    use = used(("g1", 250), ("g2", 1000))
    booked = msgspec.structs.replace(AROUND, snapshot=msgspec.structs.replace(SNAPSHOT, booked={LEDGER: 2}))
    assert why(use, wanted("g1", 51), booked) == (Reason.DAY_LIMIT, 50)
    assert why(use, wanted("g3", 260), booked) == (Reason.DAY_LIMIT, 250)
    tomorrow = msgspec.structs.replace(booked, today="2026-11-23")
    assert may_redeem_offline(use, wanted("g1", 300), tomorrow) == Allowed(value=300, balance=700)


def test_the_fold_counts_a_request_once_and_only_what_was_taken_offline() -> None:
    use = used(("a", 100))
    assert after(use, entry(change("r1", 100))) == use
    assert after(use, entry(replace(change("x", 100), offline=False))) == use
    assert after(use, entry(change("x", -100, what="issued"))) == use
    back = after(use, entry(change("x", -100, what="reversed"), 2))
    assert may_redeem_offline(back, wanted("a", 300), AROUND) == Allowed(value=300, balance=100)
    assert after(OfflineUse(), entry(change("y", 1))).taken[0].day == "2026-11-22"


def test_headquarters_books_all_and_names_an_owner_for_what_was_overdrawn() -> None:
    entries = [
        entry(change("07-1", 300), 1, at="2026-11-22T11:00:00.000Z"),
        entry(change("08-1", 300), 1, "08", at="2026-11-22T10:00:00.000Z"),
        entry(change("07-1", 300), 1, at="2026-11-22T11:00:00.000Z"),
        entry(change("07-2", 40, "blocked"), 2),
        entry(change("07-3", 40, "old"), 3),
        entry(change("07-4", 40, "nobody"), 4),
        entry(LaneOpened(operator="ann", business_day="2026-11-22"), 5),
    ]
    balances = {
        "a": TrueBalance(value=400),
        "blocked": TrueBalance(value=100, blocked=True),
        "old": TrueBalance(value=100, valid_until="2026-11-21"),
    }
    settled = settle_offline(entries, balances)
    assert [one.request for one in settled.booked] == ["08-1", "07-1", "07-2", "07-3", "07-4"]
    assert settled.balances["a"] == TrueBalance(value=0, overdrawn=200)
    assert [(one.code, one.owner) for one in settled.exceptions] == [
        ("stored_value.overdrawn", "finance"),
        ("stored_value.blocked", "finance"),
        ("stored_value.expired", "finance"),
        ("stored_value.unknown_account", "finance"),
    ]
    assert "200 more taken" in settled.exceptions[0].detail
    assert "S1/07" in settled.exceptions[0].detail
    again = settle_offline(entries, settled.balances, settled.requests)
    assert (again.booked, again.exceptions, again.balances) == ((), (), settled.balances)


def test_a_credit_whose_issue_arrives_late_is_cleared() -> None:
    spent = settle_offline([entry(change("07-1", 500, "c", instrument="store_credit"))], {})
    assert [one.code for one in spent.exceptions] == ["stored_value.unknown_account"]
    issue = entry(replace(change("08-1", -500, "c", "issued"), valid_until="2027-01-01"), 1, "08")
    cleared = settle_offline([issue], spent.balances, spent.requests)
    assert cleared.balances["c"] == TrueBalance(value=0, valid_until="2027-01-01", known=True)
    assert (cleared.cleared, cleared.exceptions) == (("c",), ())
