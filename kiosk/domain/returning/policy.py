"""The section `returns` of a signed policy: what comes back, until when, how much, and who has to agree."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Annotated

import msgspec

from kiosk.domain.returning.origin import Disposition

SECTION = "returns"

Minor = Annotated[int, msgspec.Meta(ge=0)]
Days = Annotated[int, msgspec.Meta(ge=1, le=3_660)]
IsoDate = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-\d\d-\d\d$")]


class _Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every record refuses keys it does not know."""


class Season(_Record, frozen=True, kw_only=True):
    """What was bought from `sold_from` to `sold_until` (both included) may come back until `until` at least."""

    sold_from: IsoDate
    sold_until: IsoDate
    until: IsoDate

    def __post_init__(self) -> None:
        """Refuse days that there are not, and a season that never is."""
        if not date.fromisoformat(self.sold_from) <= date.fromisoformat(self.sold_until):
            raise ValueError("`sold_until` comes before `sold_from`")
        date.fromisoformat(self.until)


class SelfService(_Record, frozen=True, kw_only=True):
    """Returns by a shopper alone: for these reasons, up to so much; the goods go into a drop box or to an attendant."""

    allowed: bool = False
    maximum_minor: Minor = 5_000
    reasons: tuple[str, ...] = ("unwanted", "wrong_item")


class WithoutReceipt(_Record, frozen=True, kw_only=True):
    """Returns without a receipt, for store credit only, at the lowest price of the last `lowest_price_days`.

    Limits are for one return, for a business day on this device, and for a customer within `customer_days`. `skus` and
    `departments` name the goods allowed; none named: all. Above `approve_above_minor` a second person agrees.
    """

    allowed: bool = False
    per_return_minor: Minor = 2_000
    per_day_minor: Minor = 20_000
    per_customer_minor: Minor = 5_000
    customer_days: Days = 90
    customer_wanted: bool = True
    lowest_price_days: Days = 90
    skus: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    approve_above_minor: Minor = 1_000


class ReturnRules(_Record, frozen=True, kw_only=True):
    """`days` is how long goods may come back, a day of 0 being the day of the sale; `seasons` make it longer.

    For `reasons_after` goods come back later too, with a second person. Goods returned for `reasons_not_resold` never
    go back onto the shelf. What came back elsewhere is known to headquarters only: without its answer, a receipt of
    another device is good for `offline_maximum_minor` at most (None: no limit).
    """

    days: Days = 30
    seasons: tuple[Season, ...] = ()
    reasons: tuple[str, ...] = ("unwanted", "wrong_item", "defective", "damaged_in_transit", "expired", "recall")
    reasons_after: tuple[str, ...] = ("defective", "recall")
    reasons_not_resold: tuple[str, ...] = ("defective", "damaged_in_transit", "expired", "recall")
    not_returnable: tuple[str, ...] = ()
    approve_above_minor: Minor | None = None
    offline_maximum_minor: Minor | None = 10_000
    self_service: SelfService = SelfService()
    without_receipt: WithoutReceipt = WithoutReceipt()


def return_until(business_day: str, rules: ReturnRules) -> str:
    """The last day on which what is sold on `business_day` may come back, both ISO dates."""
    until = (date.fromisoformat(business_day) + timedelta(days=rules.days)).isoformat()
    longer = (one.until for one in rules.seasons if one.sold_from <= business_day <= one.sold_until)
    return max((until, *longer))


def disposition_allowed(reason: str, disposition: Disposition, rules: ReturnRules) -> bool:
    """Whether goods returned for that reason may go that way."""
    return disposition is not Disposition.RESELL or reason not in rules.reasons_not_resold
