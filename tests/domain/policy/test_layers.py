"""Tenant, region, store, device: the most specific one wins, and a dated one switches at its second."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kiosk.domain.policy.envelope import PolicyDocument
from kiosk.domain.policy.layers import PolicyInForce, Shelf, merge
from kiosk.domain.policy.self_checkout import (
    LockReason,
    SelfCheckoutRules,
    basket_lock,
    good_lock,
    lane_lock,
)
from kiosk.domain.policy.verification import Admitted, PolicyReason, PolicyRefused, admit
from kiosk.domain.tender.rules import TenderPolicy
from tests.domain.policy.signers import (
    ACME,
    DEVICE,
    DOCUMENT,
    KNOWN,
    NOON,
    SECTIONS,
    SOUTH,
    STORE,
    TENANT,
    document,
)


def shelf(*documents: PolicyDocument) -> Shelf:
    made = Shelf()
    for one in documents:
        admitted = admit(ACME.policy(one), KNOWN, datetime(2026, 1, 1, tzinfo=UTC))
        assert isinstance(admitted, Admitted), admitted
        made = made.with_policy(admitted)
    return made


def rules(made: Shelf, now: datetime = NOON) -> SelfCheckoutRules:
    in_force = merge(made.layers(now), SECTIONS)
    assert isinstance(in_force, PolicyInForce), in_force
    return in_force.section("self_checkout", SelfCheckoutRules)


def test_the_most_specific_one_wins_key_by_key() -> None:
    made = shelf(
        document(DEVICE, pieces_max=5),
        document(TENANT, pieces_max=30, lanes_per_attendant=8, signs=["camera"]),
        document(STORE, lanes_per_attendant=6, signs=[]),
        document(SOUTH, lanes_per_attendant=4, forbidden_tags=["fireworks"]),
    )
    assert rules(made) == SelfCheckoutRules(pieces_max=5, lanes_per_attendant=6, forbidden_tags=("fireworks",))
    in_force = merge(made.layers(NOON), SECTIONS)
    assert isinstance(in_force, PolicyInForce)
    assert in_force.origins["self_checkout.lanes_per_attendant"] == "acme//S1/ sequence 4"
    assert in_force.origins["self_checkout.pieces_max"] == "acme//S1/07 sequence 4"
    assert in_force.section("tenders", TenderPolicy) == TenderPolicy()


def test_a_policy_sent_ahead_switches_at_its_second_and_a_holiday_gives_way_again() -> None:
    made = shelf(
        document(sequence=4, pieces_max=15),
        replace(
            document(sequence=6, pieces_max=1),
            valid_from="2026-11-24T00:00:00Z",
            valid_until="2026-11-25T00:00:00Z",
        ),
        replace(document(sequence=5, pieces_max=20), valid_from="2026-11-23T08:00:00Z"),
    )
    switch = datetime(2026, 11, 23, 8, 0, 0, tzinfo=UTC)
    tick = timedelta(microseconds=1)
    assert [rules(made, at).pieces_max for at in (NOON, switch - tick, switch)] == [15, 15, 20]
    holiday = datetime(2026, 11, 24, tzinfo=UTC)
    after = holiday + timedelta(days=1)
    assert [rules(made, at).pieces_max for at in (holiday, after - tick, after)] == [1, 1, 20]
    assert made.next_switch(NOON) == switch
    assert made.next_switch(switch) == holiday
    assert made.next_switch(datetime(2026, 12, 1, 6, tzinfo=UTC)) is None
    assert made.newest()[STORE.name].sequence == 6


def test_a_scope_that_nobody_renewed_is_named() -> None:
    end = datetime(2026, 12, 1, 6, 0, 0, tzinfo=UTC)
    made = shelf(document(TENANT), document(STORE), replace(document(STORE, 5), valid_until="2027-01-01T00:00:00Z"))
    assert made.lapsed(end - timedelta(seconds=1)) == ()
    assert made.lapsed(end) == (TENANT.name,)
    waiting = shelf(
        document(TENANT),
        replace(document(TENANT, 5), valid_from="2026-12-05T00:00:00Z", valid_until="2027-01-01T00:00:00Z"),
    )
    assert waiting.lapsed(end) == ()
    assert made.with_policy(made.policies[0]) == made


def test_layers_that_contradict_each_other_change_nothing() -> None:
    below = replace(DOCUMENT, scope=TENANT, sections={"pair": {"low": 3}})
    above = replace(DOCUMENT, sections={"pair": {"high": 2}})
    refused = merge((below, above), {"pair": Pair})
    assert isinstance(refused, PolicyRefused)
    assert refused.reason is PolicyReason.CONTRADICTION
    assert isinstance(merge((below,), {"pair": Pair}), PolicyInForce)
    assert isinstance(merge((below,), {}), PolicyRefused)


class Pair(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Two keys that have to fit together."""

    low: int = 0
    high: int = 9

    def __post_init__(self) -> None:
        if self.low > self.high:
            raise ValueError("low is above high")


LAYERS = st.lists(
    st.tuples(
        st.sampled_from((TENANT, SOUTH, STORE, DEVICE)),
        st.dictionaries(st.sampled_from(("pieces_max", "lanes_per_attendant")), st.integers(1, 9)),
    ),
    max_size=4,
    unique_by=lambda one: one[0].name,
)


@given(LAYERS, st.randoms())
def test_the_order_in_which_policies_arrive_never_matters(
    layers: list[tuple[object, dict[str, object]]], random: object
) -> None:
    documents = [replace(DOCUMENT, scope=scope, sections={"self_checkout": keys}) for scope, keys in layers]
    expected: dict[str, object] = {}
    for _, keys in sorted(layers, key=lambda one: one[0].level):  # type: ignore[attr-defined]  # scopes, drawn above
        expected |= keys
    random.shuffle(documents)  # type: ignore[attr-defined]  # hypothesis hands a Random, typed as an object here
    assert rules(shelf(*documents)) == msgspec.convert(expected, type=SelfCheckoutRules)


def test_a_lane_locks_with_a_reason() -> None:
    strict = SelfCheckoutRules(pieces_max=15, lanes_per_attendant=4, forbidden_tags=("fireworks",))
    assert lane_lock(strict, 8, 2) is None
    locked = lane_lock(strict, 9, 2)
    assert locked
    assert locked.reason is LockReason.TOO_FEW_STAFF
    closed = lane_lock(SelfCheckoutRules(allowed=False), 1, 1)
    assert closed
    assert closed.reason is LockReason.NOT_ALLOWED
    assert lane_lock(SelfCheckoutRules(), 99, 0) is None


@pytest.mark.parametrize(("pieces", "locked"), [(15, False), (16, True)])
def test_too_many_pieces_are_for_a_staffed_till(pieces: int, *, locked: bool) -> None:
    assert (basket_lock(SelfCheckoutRules(pieces_max=15), pieces) is not None) is locked


def test_forbidden_goods_are_for_a_staffed_till() -> None:
    strict = SelfCheckoutRules(forbidden_tags=("fireworks",), forbidden_departments=("pharmacy",))
    assert good_lock(strict, "toys", ()) is None
    assert good_lock(strict, "toys", ("fireworks",))
    assert good_lock(strict, "pharmacy", ())
    assert basket_lock(strict, 1000) is None
