"""The section `tenders` of a signed policy: which kinds a lane takes, within which limits, and how cash is rounded."""

from __future__ import annotations

import enum
from typing import Annotated, Literal

import msgspec

from kiosk.domain.money import PPM, Rounding, divide, to_step
from kiosk.domain.tender.kinds import TenderKind

SECTION = "tenders"

Minor = Annotated[int, msgspec.Meta(ge=0)]
Count = Annotated[int, msgspec.Meta(ge=1)]


class Over(enum.StrEnum):
    """What becomes of value beyond what is due. Only cash gives change, only single-use value is lost or exchanged."""

    REFUSE = "refuse"
    CHANGE = "change"
    FORFEIT = "forfeit"
    STORE_CREDIT = "store_credit"


class _Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every record refuses keys it does not know."""


class KindRules(_Record, frozen=True, kw_only=True):
    """The rules of one kind.

    `minimum_minor` is the least one tender may be, `maximum_minor` the most all tenders of this kind may come to in a
    transaction, `count_max` how many of them there may be. `attended_only` kinds need staff at the lane, `online_only`
    ones a network. A `single_use` value is used up whole, and `over` says what becomes of the rest. `refundable` False:
    a refund of it becomes store credit.
    """

    minimum_minor: Minor = 0
    maximum_minor: Minor | None = None
    count_max: Count | None = None
    attended_only: bool = False
    online_only: bool = False
    over: Over = Over.REFUSE
    single_use: bool = False
    refundable: bool = True


class ForeignCash(_Record, frozen=True, kw_only=True):
    """A currency taken in cash. One minor unit of it is worth `rate_ppm` millionths of a minor unit of ours.

    Both exponents are in the rate: with euros at home, 1 JPY (no minor unit) = 0.0061 EUR is 610,000.
    """

    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
    rate_ppm: Count


class PointsRules(_Record, frozen=True, kw_only=True):
    """`step_points` are worth `step_minor`; redeemed in whole steps, `minimum_points` or more at a time.

    Earned: `earn_points` for every full `earn_per_minor` paid.
    """

    step_points: Count = 100
    step_minor: Count = 100
    minimum_points: Minor = 0
    earn_points: Minor = 1
    earn_per_minor: Count = 100


class EligibleGoods(_Record, frozen=True, kw_only=True):
    """Goods a restricted kind may pay: those with one of `tags` or of one of `departments`, without `except_tags`.

    `linked`: a deposit or service counts as the good it belongs to.
    """

    tags: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    except_tags: tuple[str, ...] = ()
    linked: bool = True


def _usual_kinds() -> dict[TenderKind, KindRules]:
    return {TenderKind.CARD: KindRules(), TenderKind.CASH: KindRules(attended_only=True, over=Over.CHANGE)}


class TenderPolicy(_Record, frozen=True, kw_only=True):
    """All of it. A kind that is not in `kinds` is not taken.

    `cash_last`: once cash is in the drawer, only cash may follow. `cash_step_minor` is the smallest coin; only what
    cash settles is rounded. `partial`: an approval of less than was asked is kept, or taken back. `eligible` restricts
    a kind to some goods. Refunds go to the kinds in `refund_order`, the rest after them; `refund_cash_max_minor` is the
    most a refund may give in cash, `refund_offline_max_minor` the most it may give to anything but store credit while
    there is no network. A credit issued is good for `credit_valid_days` (0: for ever).
    """

    kinds: dict[TenderKind, KindRules] = msgspec.field(default_factory=_usual_kinds)
    tenders_max: Count = 10
    cash_last: bool = True
    cash_step_minor: Count = 1
    cash_rounding: Rounding = Rounding.HALF_UP
    foreign: tuple[ForeignCash, ...] = ()
    partial: Literal["keep", "reverse"] = "keep"
    points: PointsRules = PointsRules()
    eligible: dict[TenderKind, EligibleGoods] = {}
    refund_order: tuple[TenderKind, ...] = (TenderKind.CARD, TenderKind.WALLET, TenderKind.PAY_LATER)
    refund_cash_max_minor: Minor | None = None
    refund_offline_max_minor: Minor | None = None
    credit_valid_days: Annotated[int, msgspec.Meta(ge=0, le=36_500)] = 1095

    def __post_init__(self) -> None:
        """Refuse what would give change on a card; msgspec turns the ValueError into one that names the path."""
        for kind, rules in self.kinds.items():
            if rules.over is Over.CHANGE and kind is not TenderKind.CASH:
                raise ValueError(f"{kind} cannot give change: only cash can")
            if kind is TenderKind.CASH and rules.over not in (Over.CHANGE, Over.REFUSE):
                raise ValueError("cash gives change or is refused; it is never lost or exchanged")
            if rules.over in (Over.FORFEIT, Over.STORE_CREDIT) and not rules.single_use:
                raise ValueError(f"{kind} keeps its balance: only a `single_use` kind can lose or exchange the rest")
        single = {kind for kind, rules in self.kinds.items() if rules.single_use}
        if not single <= _MAY_BE_SINGLE_USE:
            raise ValueError("only gift cards, store credit and vouchers can be `single_use`")

    def rules(self, kind: TenderKind) -> KindRules | None:
        """The rules of a kind; None where it is not taken."""
        return self.kinds.get(kind)

    def cash_due(self, amount_minor: int) -> int:
        """What settles `amount_minor` in cash: a multiple of the smallest coin."""
        return to_step(amount_minor, self.cash_step_minor, self.cash_rounding)

    def worth(self, currency: str, foreign_minor: int) -> tuple[int, int] | None:
        """(worth in our minor units, rate) of foreign cash, down to our smallest coin; None where it is not taken.

        Down, so that the change is a sum that our coins can pay.
        """
        rate = next((one.rate_ppm for one in self.foreign if one.currency == currency), None)
        if rate is None:
            return None
        worth = divide(foreign_minor * rate, PPM, Rounding.DOWN)
        return to_step(worth, self.cash_step_minor, Rounding.DOWN), rate


_MAY_BE_SINGLE_USE = frozenset({TenderKind.GIFT_CARD, TenderKind.STORE_CREDIT, TenderKind.VOUCHER})
