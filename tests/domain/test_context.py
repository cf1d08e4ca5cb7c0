"""A scope holds where, when and for whom it says, by the store's own clock."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.context import EVERYWHERE, Context, Customer, Misfit, Scope, Weekday, misfit

SUNDAY_NOON = "2026-11-22T12:00:00+01:00"


def context(at: str = SUNDAY_NOON, **changes: Any) -> Context:
    known = {"store_id": "S1", "currency": "EUR", "time_zone": "Europe/Vienna", "region": "AT", "at": at}
    return msgspec.convert(known | changes, Context)


def scope(**limits: Any) -> Scope:
    return msgspec.convert(limits, Scope)


def test_nothing_said_is_everywhere() -> None:
    assert misfit(EVERYWHERE, context()) is None
    assert misfit(Scope(), context()) is None


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        ({"stores": ["S2", "S3"]}, Misfit.STORE),
        ({"regions": ["DE"]}, Misfit.REGION),
        ({"channels": ["web"]}, Misfit.CHANNEL),
        ({"fulfilments": ["eat_in", "take_away"]}, Misfit.FULFILMENT),
        ({"groups": ["staff"]}, Misfit.GROUP),
        ({"tiers": ["gold"]}, Misfit.TIER),
        ({"weekdays": ["mon", "sat"]}, Misfit.WEEKDAY),
        ({"hours": [["12:00:01", "14:00"]]}, Misfit.HOUR),
        ({"valid_from": "2026-11-22T12:00:01+01:00"}, Misfit.NOT_YET),
        ({"valid_until": "2026-11-22T11:00:00Z"}, Misfit.OVER),
    ],
)
def test_each_limit_has_its_reason(limits: dict[str, Any], reason: Misfit) -> None:
    assert misfit(scope(**limits), context()) is reason


@pytest.mark.parametrize(
    "limits",
    [
        {"stores": ["S2", "S1"]},
        {"regions": ["AT"]},
        {"channels": ["kiosk"]},
        {"fulfilments": ["carry_out"]},
        {"groups": ["staff", "club"]},
        {"tiers": ["gold", "silver"]},
        {"weekdays": ["sun"]},
        {"hours": [["08:00", "09:00"], ["12:00", "12:00:01"]]},
        {"valid_from": "2026-11-22T11:00:00Z"},
        {"valid_until": "2026-11-22T12:00:01+01:00"},
    ],
)
def test_each_limit_holds_within_it(limits: dict[str, Any]) -> None:
    customer = Customer(groups=("club",), tier="silver")
    assert misfit(scope(**limits), context(customer=customer)) is None


def test_a_day_without_an_offset_begins_by_the_stores_clock() -> None:
    january = scope(valid_from="2027-01-01T00:00:00")
    assert misfit(january, context("2026-12-31T22:59:59Z")) is Misfit.NOT_YET
    assert misfit(january, context("2026-12-31T23:00:00Z")) is None
    assert misfit(january, context("2026-12-31T23:00:00Z", time_zone="Europe/London")) is Misfit.NOT_YET


def test_the_hour_is_that_of_the_store_in_summer_and_in_winter() -> None:
    lunch = scope(hours=[["12:00", "13:00"]])
    assert misfit(lunch, context("2026-07-01T10:00:00Z")) is None
    assert misfit(lunch, context("2026-12-01T10:00:00Z")) is Misfit.HOUR
    assert misfit(lunch, context("2026-12-01T11:00:00Z")) is None


@pytest.mark.parametrize(
    ("at", "reason"),
    [
        ("2026-11-20T21:59:59+01:00", Misfit.HOUR),
        ("2026-11-20T22:00:00+01:00", None),
        ("2026-11-21T03:59:59+01:00", None),
        ("2026-11-21T04:00:00+01:00", Misfit.HOUR),
        ("2026-11-21T23:00:00+01:00", Misfit.WEEKDAY),
        ("2026-11-20T02:00:00+01:00", Misfit.WEEKDAY),
    ],
)
def test_a_night_belongs_to_the_day_on_which_it_began(at: str, reason: Misfit | None) -> None:
    friday_night = scope(weekdays=["fri"], hours=[["22:00", "04:00"]])
    assert misfit(friday_night, context(at)) is reason


def test_a_whole_day_ends_at_24() -> None:
    evening = scope(hours=[["18:00", "24:00"]])
    assert misfit(evening, context("2026-11-22T23:59:59+01:00")) is None
    assert misfit(evening, context("2026-11-23T00:00:00+01:00")) is Misfit.HOUR


@given(st.integers(0, 7 * 86_400 - 1), st.integers(0, 23), st.integers(0, 23))
def test_hours_and_their_opposite_share_the_week_between_them(second: int, begin: int, end: int) -> None:
    at = datetime(2026, 11, 16, tzinfo=UTC) + timedelta(seconds=second)
    now = Context(store_id="S1", currency="EUR", at=at)
    hours, others = (scope(hours=[[f"{one:02}:00", f"{other:02}:00"]]) for one, other in ((begin, end), (end, begin)))
    if begin == end:  # runs backwards by a whole day: always
        assert misfit(hours, now) is None
    else:
        assert (misfit(hours, now) is None) != (misfit(others, now) is None)


@given(st.integers(0, 7 * 86_400 - 1), st.sets(st.sampled_from(Weekday), min_size=1))
def test_weekdays_are_those_of_the_calendar(second: int, days: set[Weekday]) -> None:
    at = datetime(2026, 11, 16, tzinfo=UTC) + timedelta(seconds=second)  # a Monday
    now = Context(store_id="S1", currency="EUR", at=at)
    assert (misfit(Scope(weekdays=tuple(days)), now) is None) == (tuple(Weekday)[second // 86_400] in days)


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"at": "2026-11-22T12:00:00"}, "offset"),
        ({"time_zone": "Europe/Atlantis"}, "Europe/Vienna"),
        ({"time_zone": "../etc/passwd"}, "IANA"),
        ({"currency": "eur"}, "currency"),
        ({"colour": "red"}, "colour"),
    ],
)
def test_a_context_that_cannot_be_is_refused_and_says_why(wrong: dict[str, Any], said: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=said):
        context(**wrong)


@pytest.mark.parametrize("hours", [["24:00:01", "25:00"], ["8:00", "9:00"], ["08:00", "08:60"]])
def test_an_hour_that_no_clock_shows_is_refused(hours: list[str]) -> None:
    with pytest.raises(msgspec.ValidationError, match="hours"):
        scope(hours=[hours])
