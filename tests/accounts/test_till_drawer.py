"""A drawer's sensor: what we opened is fine, what was forced or left open is not."""

from __future__ import annotations

from kiosk.accounts.till_drawer import Alarm, DrawerTimes, DrawerWatch, asked_to_open, sensed, started

TIMES = DrawerTimes(answer_ms=1_000, open_ms=5_000)


def play(watch: DrawerWatch, *steps: tuple[bool, int]) -> list[Alarm | None]:
    alarms = []
    for is_open, now_ms in steps:
        watch, alarm = sensed(watch, is_open, now_ms, TIMES)
        alarms.append(alarm)
    return alarms


def test_a_drawer_that_we_opened_is_no_alarm() -> None:
    assert play(asked_to_open(started(is_open=False, now_ms=0), 10), (False, 50), (True, 1_010), (False, 2_000)) == [
        None,
        None,
        None,
    ]


def test_a_drawer_that_nobody_asked_for_was_forced() -> None:
    assert play(started(is_open=False, now_ms=0), (True, 100)) == [Alarm.FORCED]
    assert play(asked_to_open(DrawerWatch(), 0), (True, 1_001)) == [Alarm.FORCED]


def test_one_pulse_excuses_one_opening() -> None:
    assert play(asked_to_open(DrawerWatch(), 0), (True, 100), (False, 200), (True, 300)) == [None, None, Alarm.FORCED]


def test_a_drawer_left_open_is_told_once() -> None:
    watch = started(is_open=True, now_ms=0)
    assert play(watch, (True, 4_999), (True, 5_000), (True, 9_000)) == [None, Alarm.LEFT_OPEN, None]
    assert play(watch, (True, 5_000), (False, 6_000), (True, 6_500)) == [Alarm.LEFT_OPEN, None, Alarm.FORCED]
