"""Offline limits and headquarters' books, whatever comes in whatever order."""

from __future__ import annotations

from dataclasses import dataclass, field

import msgspec
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kiosk.accounts.stored_value import Allowed, Around, OfflineUse, after, may_redeem_offline
from kiosk.accounts.stored_value_settling import TrueBalance, settle_offline
from kiosk.domain.tender.kinds import Instrument
from kiosk.domain.tender.offline import BalanceSnapshot, InstrumentLimits, OfflineLimits, SnapshotBalance
from kiosk.messages.contents import LaneOpened
from kiosk.messages.entry import Entry
from kiosk.messages.tills import StoredValueChanged
from tests.accounts.test_stored_value import LEDGER, NOON, SNAPSHOT, change, entry, wanted

LIMIT = st.integers(90, 600)
SOME_LIMITS = st.builds(
    InstrumentLimits, card=LIMIT, card_day=LIMIT, device=LIMIT, device_day=LIMIT, without_snapshot=LIMIT
)
# Large ones too, so that each limit is the narrow one now and then.
NARROW = st.tuples(
    SOME_LIMITS, st.sampled_from(("card", "card_day", "device", "device_day", "without_snapshot", "day_minor"))
)
BALANCES = st.sampled_from(({"a": 9_000, "b": 9_000}, {"a": 500, "b": 9_000}, {"a": 150}))


@dataclass
class Lane:
    """A device with its ledger, and headquarters with the true balances; sums are taken here a second time."""

    limits: InstrumentLimits
    day_minor: int
    balances: dict[str, int]
    entries: list[Entry] = field(default_factory=list)
    booked: int = 0
    day: int = 22
    snapshot: BalanceSnapshot = SNAPSHOT

    def __post_init__(self) -> None:
        self.synchronise()

    @property
    def position(self) -> int:
        return len(self.entries) + 1

    def synchronise(self) -> None:
        """Headquarters books all there is, and sends its balances."""
        for one in self.moves()[1]:
            if one.account in self.balances:
                self.balances[one.account] += one.change_minor
        self.booked = len(self.entries)
        held = {
            account: SnapshotBalance(instrument=Instrument.GIFT_CARD, value=value)
            for account, value in self.balances.items()
        }
        self.snapshot = replace(SNAPSHOT, balances=held, booked={LEDGER: self.booked})

    def next_day(self) -> None:
        self.day += 1
        self.entries.append(entry(LaneOpened(operator="ann", business_day=f"2026-11-{self.day}"), self.position))

    def give_back(self, data: st.DataObject) -> None:
        everything = [one.content for one in self.entries if isinstance(one.content, StoredValueChanged)]
        undone = {one.request.removeprefix("back-") for one in everything if one.change == "reversed"}
        left = [one for one in everything if one.change == "redeemed" and one.request not in undone]
        if left:
            one = data.draw(st.sampled_from(left))
            content = change(f"back-{one.request}", one.change_minor, one.account, "reversed")
            self.entries.append(entry(content, self.position))

    def take(self, account: str, value: int) -> None:
        use = OfflineUse(day="2026-11-22")
        for one in self.entries:
            use = after(use, one)
        use = msgspec.json.decode(msgspec.json.encode(use), type=OfflineUse)
        policy = OfflineLimits(instruments={Instrument.GIFT_CARD: self.limits}, day_minor=self.day_minor)
        around = Around(limits=policy, snapshot=self.snapshot, now=NOON, today=f"2026-11-{self.day}")
        outcome = may_redeem_offline(use, wanted(account, value), around)
        if not isinstance(outcome, Allowed):
            if outcome.limit_minor:
                possible = wanted(account, outcome.limit_minor)
                assert outcome.limit_minor < value
                assert isinstance(may_redeem_offline(use, possible, around), Allowed), "what was said to be possible is"
            return
        self.entries.append(entry(change(f"q{self.position}", value, account), self.position))
        self.check(account)

    def moves(self) -> tuple[list[StoredValueChanged], list[StoredValueChanged]]:
        """(today's, those that headquarters has not booked)."""
        today, unbooked, day = [], [], 22
        for one in self.entries:
            if isinstance(one.content, LaneOpened):
                day = int(one.content.business_day[-2:])
            if isinstance(one.content, StoredValueChanged):
                today += [one.content] if day == self.day else []
                unbooked += [one.content] if one.position > self.booked else []
        return today, unbooked

    def check(self, account: str) -> None:
        today, unbooked = self.moves()
        assert taken(unbooked, account) <= self.limits.card
        assert taken(unbooked) <= self.limits.device
        assert taken(today, account) <= self.limits.card_day
        assert taken(today) <= min(self.limits.device_day, self.day_minor)
        assert taken(unbooked, account) <= self.balances.get(account, self.limits.without_snapshot)


def taken(moves: list[StoredValueChanged], account: str = "") -> int:
    return -sum(one.change_minor for one in moves if account in ("", one.account))


@given(NARROW, LIMIT, BALANCES, st.data())
def test_limits_hold_whatever_the_interleaving(
    narrow: tuple[InstrumentLimits, str], day_minor: int, balances: dict[str, int], data: st.DataObject
) -> None:
    """Redemptions, reversals, restarts, days and snapshots in any order; one limit is narrow, the others are wide."""
    limits, only = narrow
    wide = {name: 10_000 for name in limits.__struct_fields__ if name != only}
    lane = Lane(replace(limits, **wide), day_minor if only == "day_minor" else 10_000, dict(balances))
    for _ in range(data.draw(st.integers(4, 15), "steps")):
        match data.draw(st.sampled_from(("take", "take", "take", "take", "back", "day", "snapshot")), "verb"):
            case "take":
                lane.take(data.draw(st.sampled_from("aab")), data.draw(st.sampled_from((1, 90, 250, 400))))
            case "back":
                lane.give_back(data)
            case "day":
                lane.next_day()
            case "snapshot":
                lane.synchronise()


MOVES = st.lists(
    st.tuples(st.sampled_from("ab"), st.integers(-400, 400).filter(bool), st.integers(0, 9), st.sampled_from("78")),
    max_size=12,
)


@given(MOVES, st.integers(0, 500), st.randoms())
def test_no_value_is_lost_or_made_however_entries_arrive(
    moves: list[tuple[str, int, int, str]], value: int, random: object
) -> None:
    entries = [
        entry(
            change(f"q{number}", taken, account, "redeemed" if taken > 0 else "reversed"),
            number,
            workstation,
            at=f"2026-11-22T11:0{minute}:00.000Z",
        )
        for number, (account, taken, minute, workstation) in enumerate(moves, start=1)
    ]
    start = {"a": TrueBalance(value=value)}
    at_once = settle_offline(entries, start)
    mixed = [*entries, *entries[:3]]
    random.shuffle(mixed)  # type: ignore[attr-defined]  # hypothesis hands a Random, typed as an object here
    balances, requests = at_once.balances, at_once.requests
    assert settle_offline(mixed, start) == at_once
    assert settle_offline(mixed, balances, requests).booked == ()
    for account in "ab":
        before = start.get(account, TrueBalance(value=0)).value
        now = balances.get(account, TrueBalance(value=before))
        taken_all = sum(taken for name, taken, _, _ in moves if name == account)
        assert now.value - now.overdrawn == before - taken_all
        assert min(now.value, now.overdrawn) == 0
        if now.overdrawn:
            assert any(account == one.detail.split(" ")[-5].rstrip(",") for one in at_once.exceptions)
