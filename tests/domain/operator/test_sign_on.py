"""Sign-on in a person's words: badges, PINs, lock-outs, lists that ran out, badges taken away."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.operator.attempts import (
    Attempt,
    BadgeRemoved,
    BadgeShown,
    Left,
    Method,
    NfcShown,
    Outcome,
    PinEntered,
    PinWanted,
    Refusal,
    SignedOff,
    SignedOn,
    SignOnRules,
    SignOnState,
    Tick,
    Touched,
)
from kiosk.domain.operator.sign_on import with_trusted_time
from tests.domain.operator.people import BADGES, BEGIN, NFC, PINS, Door

ANN = BadgeShown(BADGES["ann"])
BEN = BadgeShown(BADGES["ben"])
EVE = BadgeShown(BADGES["eve"])
WRONG = PinEntered("0000", "ann")
RIGHT = PinEntered(PINS["ann"], "ann")


def refusal(outcomes: tuple[Outcome, ...]) -> Refusal:
    (one,) = outcomes
    assert isinstance(one, Refusal), one
    assert one.sentence.endswith(".")
    assert one.remedy.endswith(".")
    return one


@pytest.mark.parametrize(
    ("attempt", "method"), [(ANN, Method.BADGE), (NfcShown(NFC["ann"]), Method.NFC), (RIGHT, Method.PIN)]
)
def test_ann_signs_on_in_three_ways(attempt: Attempt, method: Method) -> None:
    door = Door(offline=True)
    assert door.tries(attempt) == (SignedOn("ann", ("attendant",), method, offline=True),)
    assert door.state.operator == "ann"


def test_a_badge_that_wants_its_pin_asks_for_it() -> None:
    door = Door()
    assert door.tries(BEN) == (PinWanted("ben"),)
    assert door.state.operator == ""
    assert door.tries(PinEntered(PINS["ben"])) == (
        SignedOn("ben", ("attendant",), Method.BADGE_AND_PIN, offline=False),
    )


def test_such_a_badge_is_no_good_without_its_pin_nor_the_pin_without_it() -> None:
    door = Door()
    assert refusal(door.tries(PinEntered(PINS["ben"], "ben"))).reason == "pin"
    door.tries(BEN)
    assert refusal(door.tries(PinEntered(PINS["ben"]), later_s=30)).reason == "unknown"
    door.tries(BEN)
    assert refusal(door.tries(PinEntered(PINS["ann"]))).reason == "pin"
    assert door.tries(RIGHT)[0] == SignedOn("ann", ("attendant",), Method.PIN, offline=False)


def test_an_unknown_badge_or_operator_is_refused() -> None:
    door = Door()
    assert refusal(door.tries(BadgeShown("4006381333931"))).reason == "unknown"
    assert refusal(door.tries(NfcShown(b"\x01\x02\x03\x04"))).reason == "unknown"
    assert refusal(door.tries(BadgeShown(""))).reason == "unknown"
    stranger = refusal(door.tries(PinEntered("0000", "stranger")))
    assert (stranger.reason, stranger.operator) == ("pin", "")
    assert stranger.sentence == refusal(door.tries(WRONG)).sentence


def test_a_blocked_operator_stays_out() -> None:
    assert refusal(Door().tries(BadgeShown("BADGE-ZOE"))).reason == "locked_out"


def test_pins_alone_can_be_switched_off() -> None:
    assert refusal(Door(rules=SignOnRules(pin_alone=False)).tries(RIGHT)).reason == "pin"


def test_wrong_pins_lock_out_for_longer_and_longer_and_the_right_one_does_not_help() -> None:
    door = Door(rules=SignOnRules(failures=3, first_wait_s=30, longest_wait_s=100, device_failures=100))
    waits = [refusal(door.tries(WRONG)).wait_s for _ in range(3)]
    assert waits == [0, 0, 30]
    assert refusal(door.tries(RIGHT, later_s=29)).wait_s == 1
    assert refusal(door.tries(WRONG)).wait_s == 60
    assert refusal(door.tries(WRONG, later_s=60)).wait_s == 100
    assert isinstance(door.tries(RIGHT, later_s=100)[0], SignedOn)
    door.tries(Left())
    assert refusal(door.tries(WRONG)).wait_s == 0


def test_a_lock_out_outlives_a_restart() -> None:
    door = Door()
    for _ in range(3):
        door.tries(WRONG)
    door.state = msgspec.json.decode(msgspec.json.encode(door.state), type=SignOnState)
    assert refusal(door.tries(RIGHT)).reason == "locked_out"


def test_a_clock_that_was_set_back_does_not_make_a_lock_out_longer() -> None:
    door = Door(rules=SignOnRules(first_wait_s=30, longest_wait_s=60))
    for _ in range(3):
        door.tries(WRONG)
    assert refusal(door.tries(RIGHT, later_s=-10_000_000)).wait_s == 60


def test_one_pin_tried_on_everybody_locks_pins_but_no_badge() -> None:
    door = Door(rules=SignOnRules(device_failures=4))
    for number in range(4):
        door.tries(PinEntered("0000", f"operator {number}"))
    assert refusal(door.tries(RIGHT)).reason == "locked_out"
    assert isinstance(door.tries(ANN)[0], SignedOn)
    assert set(door.state.failures) == {""}


def test_wrong_pins_of_a_shown_badge_lock_that_operator_only() -> None:
    door = Door()
    for _ in range(3):
        door.tries(BEN)
        last = door.tries(PinEntered("0000"))
    assert refusal(last).reason == "locked_out"
    assert refusal(door.tries(BEN)).reason == "locked_out"
    assert isinstance(door.tries(RIGHT)[0], SignedOn)


def test_the_next_operator_takes_over_with_one_badge() -> None:
    door = Door()
    door.tries(ANN)
    assert door.tries(EVE) == (
        SignedOff("ann", "switched"),
        SignedOn("eve", ("supervisor",), Method.BADGE, offline=False),
    )
    assert [type(one) for one in door.tries(EVE)] == [SignedOn]


def test_who_does_nothing_is_signed_off_and_whoever_works_is_not() -> None:
    door = Door(rules=SignOnRules(idle_s=60))
    door.tries(ANN)
    for _ in range(5):
        assert door.tries(Touched(), later_s=59) == ()
    assert door.tries(Tick(), later_s=60) == (SignedOff("ann", "idle"),)
    assert door.tries(Touched()) == ()
    assert door.state.operator == ""


def test_a_clock_that_was_set_back_keeps_nobody_signed_on() -> None:
    door = Door(rules=SignOnRules(idle_s=60))
    door.tries(ANN)
    assert door.tries(Tick(), later_s=-1_000_000) == ()
    assert door.tries(Tick(), later_s=60) == (SignedOff("ann", "idle"),)


def test_a_badge_that_is_taken_away_signs_off() -> None:
    door = Door()
    door.tries(NfcShown(NFC["ann"]))
    assert door.tries(BadgeRemoved()) == (SignedOff("ann", "badge_removed"),)
    assert door.tries(BadgeRemoved()) == ()
    door.tries(RIGHT)
    assert door.tries(BadgeRemoved()) == ()
    door.tries(BEN)
    door.tries(BadgeRemoved())
    assert refusal(door.tries(PinEntered(PINS["ben"]))).reason == "unknown"


def test_once_the_list_ran_out_only_those_go_on_who_signed_on_here_lately() -> None:
    door = Door(rules=SignOnRules(grace_s=3_600, idle_s=100_000), valid_until_s=BEGIN + 1_000)
    door.tries(ANN, later_s=500)
    assert refusal(door.tries(EVE, later_s=600)).reason == "expired"
    assert door.state.operator == "ann"
    assert isinstance(door.tries(ANN, later_s=1_000)[0], SignedOn)
    # Signing on again after it ran out earns no further time.
    assert door.tries(Tick(), later_s=2_000) == (SignedOff("ann", "expired"),)
    assert refusal(door.tries(ANN)).reason == "expired"


def test_setting_the_clock_back_brings_no_list_back_to_life() -> None:
    door = Door(rules=SignOnRules(grace_s=0), valid_until_s=BEGIN + 1_000)
    door.tries(Tick(), later_s=2_000)
    assert refusal(door.tries(ANN, later_s=-1_900)).reason == "expired"


def test_trusted_time_forgets_a_clock_that_ran_ahead() -> None:
    door = Door(valid_until_s=BEGIN + 1_000)
    for _ in range(3):
        door.tries(WRONG)
    door.tries(Tick(), later_s=1_000_000_000)
    door.now_s = BEGIN + 10
    assert refusal(door.tries(ANN)).reason == "expired"
    door.state = with_trusted_time(door.state, door.now_s)
    assert isinstance(door.tries(ANN)[0], SignedOn)


def test_an_operator_who_is_no_longer_on_the_list_is_signed_off() -> None:
    door = Door()
    door.state = SignOnState(operator="gone", roles=("manager",), method="badge", active_s=BEGIN)
    assert door.tries(Touched()) == (SignedOff("gone", "expired"),)


def test_nothing_secret_is_ever_shown() -> None:
    door = Door()
    attempts: list[Attempt] = [ANN, BEN, RIGHT, WRONG, NfcShown(NFC["ann"])]
    shown = repr([(attempt, door.tries(attempt), door.state) for attempt in attempts])
    for secret in (*BADGES.values(), *PINS.values(), "0000", NFC["ann"].hex(), repr(NFC["ann"])):
        assert secret not in shown


ATTEMPT = st.one_of(
    st.sampled_from([ANN, BEN, EVE, RIGHT, WRONG, BadgeRemoved(), Left(), Touched(), Tick()]),
    st.sampled_from([PinEntered(PINS["ben"]), PinEntered("0000"), PinEntered(PINS["ben"], "ann"), BadgeShown("x")]),
)


@given(st.lists(st.tuples(ATTEMPT, st.integers(-50, 120)), max_size=40))
def test_whatever_happens_only_the_right_secret_signs_on(steps: list[tuple[Attempt, int]]) -> None:
    door = Door(rules=SignOnRules(idle_s=300, first_wait_s=10, longest_wait_s=100))
    secrets: dict[str, set[Attempt]] = {"ann": {ANN, RIGHT}, "ben": {PinEntered(PINS["ben"])}, "eve": {EVE}}
    on = ""
    wrong = 0
    for attempt, later_s in steps:
        asked, failures = door.state.asked, door.state.failures
        for outcome in door.tries(attempt, later_s):
            match outcome:
                case SignedOn(operator=operator):
                    assert attempt in secrets[operator]
                    assert operator != "ben" or asked == "ben"
                    locked = operator if isinstance(attempt, PinEntered) else "nobody"
                    assert locked not in failures or failures[locked].locked_until_s <= door.now_s
                    on = operator
                case SignedOff(operator=operator):
                    assert operator == on
                    on = ""
                case Refusal(operator="ann", reason="pin"):
                    wrong += 1
                    assert wrong <= 2
                case _:
                    pass
        wrong = door.state.failures["ann"].count if "ann" in door.state.failures else 0
        assert door.state.operator == on
