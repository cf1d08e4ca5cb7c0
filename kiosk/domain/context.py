"""Where, when and to whom something is sold, and the scope in which a price, a promotion or a tax rule is in force."""

from __future__ import annotations

import enum
from datetime import datetime
from functools import cached_property
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

HourOfDay = Annotated[str, msgspec.Meta(pattern=r"^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9])?$|^24:00$")]


class Weekday(enum.StrEnum):
    """A day of the week, in the store's zone."""

    MONDAY = "mon"
    TUESDAY = "tue"
    WEDNESDAY = "wed"
    THURSDAY = "thu"
    FRIDAY = "fri"
    SATURDAY = "sat"
    SUNDAY = "sun"


class Misfit(enum.StrEnum):
    """Why something is not in force in a context."""

    NOT_YET = "not_yet"
    OVER = "over"
    WEEKDAY = "weekday"
    HOUR = "hour"
    STORE = "store"
    REGION = "region"
    CHANNEL = "channel"
    FULFILMENT = "fulfilment"
    GROUP = "customer_group"
    TIER = "customer_tier"


class Customer(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Who buys, as far as prices and taxes care. `tax_exempt` are codes of tax rules, or "*" for all of them.

    `exemption_id` is the number of the certificate; it is printed and audited. No name ever.
    """

    customer_id: str = ""
    groups: tuple[str, ...] = ()
    tier: str = ""
    tax_exempt: tuple[str, ...] = ()
    exemption_id: str = ""


class Context(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True, dict=True):
    """The circumstances of a transaction.

    `at` is RFC 3339 with an offset; `time_zone` the store's IANA zone, in which weekdays, hours and local times count.
    `region` is where the goods go for tax: a country or a state, such as "AT" or "US-NY". `fulfilment`: "carry_out",
    "eat_in", "take_away", "ship_to", or a word of the retailer's own.
    """

    store_id: str
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
    at: datetime
    time_zone: str = "UTC"
    region: str = ""
    channel: str = "kiosk"
    fulfilment: str = "carry_out"
    customer: Customer = Customer()

    def __post_init__(self) -> None:
        """Refuse what cannot be a moment; msgspec turns the ValueError into one that names the path."""
        if self.at.tzinfo is None:
            raise ValueError("`at` needs an offset, such as 2026-11-22T10:15:00+01:00")
        try:
            _ = self.local
        except (ZoneInfoNotFoundError, ValueError, OSError) as error:
            raise ValueError(f"`time_zone` {self.time_zone!r} is no IANA zone, such as Europe/Vienna") from error

    @cached_property
    def local(self) -> datetime:
        """The moment in the store's zone, without an offset."""
        return self.at.astimezone(ZoneInfo(self.time_zone)).replace(tzinfo=None)


class Scope(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When, where and for whom something is in force; an empty list does not restrict.

    `valid_from` is the first moment, `valid_until` the first moment no more; one without an offset counts in the
    store's zone. `hours` are pairs of local times, the second one exclusive; a pair that runs backwards goes past
    midnight, and then `weekdays` names the day on which it began.
    """

    valid_from: datetime | None = None
    valid_until: datetime | None = None
    weekdays: tuple[Weekday, ...] = ()
    hours: tuple[tuple[HourOfDay, HourOfDay], ...] = ()
    stores: tuple[str, ...] = ()
    regions: tuple[str, ...] = ()
    channels: tuple[str, ...] = ()
    fulfilments: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    tiers: tuple[str, ...] = ()


EVERYWHERE = Scope()


def misfit(scope: Scope, context: Context) -> Misfit | None:
    """Why `scope` does not hold in `context`; None where it does."""
    if scope is EVERYWHERE:
        return None
    if scope.valid_from and _before(context, scope.valid_from):
        return Misfit.NOT_YET
    if scope.valid_until and not _before(context, scope.valid_until):
        return Misfit.OVER
    return _elsewhere(scope, context) or _for_others(scope, context) or _at_another_time(scope, context.local)


def _before(context: Context, moment: datetime) -> bool:
    return context.local < moment if moment.tzinfo is None else context.at < moment


def _elsewhere(scope: Scope, context: Context) -> Misfit | None:
    for allowed, value, reason in (
        (scope.stores, context.store_id, Misfit.STORE),
        (scope.regions, context.region, Misfit.REGION),
        (scope.channels, context.channel, Misfit.CHANNEL),
        (scope.fulfilments, context.fulfilment, Misfit.FULFILMENT),
    ):
        if allowed and value not in allowed:
            return reason
    return None


def _for_others(scope: Scope, context: Context) -> Misfit | None:
    if scope.groups and set(scope.groups).isdisjoint(context.customer.groups):
        return Misfit.GROUP
    if scope.tiers and context.customer.tier not in scope.tiers:
        return Misfit.TIER
    return None


def _at_another_time(scope: Scope, local: datetime) -> Misfit | None:
    days = scope.weekdays or tuple(Weekday)
    today = tuple(Weekday)[local.weekday()]
    if not scope.hours:
        return None if today in days else Misfit.WEEKDAY
    begun = [day for pair in scope.hours for day in _begun(pair, local)]
    if not begun:
        return Misfit.HOUR
    return None if set(begun) & set(days) else Misfit.WEEKDAY


def _begun(hours: tuple[str, str], local: datetime) -> list[Weekday]:
    """The days on which the stretch of hours began that `local` lies in; none where it lies outside."""
    begin, end = (_seconds(text) for text in hours)
    now = local.hour * 3600 + local.minute * 60 + local.second
    today, yesterday = (tuple(Weekday)[local.weekday() - back] for back in (0, 1))
    if begin < end:
        return [today] if begin <= now < end else []
    return [today] * (now >= begin) + [yesterday] * (now < end)


def _seconds(text: str) -> int:
    hour, minute, *second = (int(part) for part in text.split(":"))
    return hour * 3600 + minute * 60 + sum(second)
