"""What a promotion is: whom it is for, what a basket must hold, what it gives, and how it gets on with others."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec

from kiosk.domain.context import EVERYWHERE, Scope

Count = Annotated[int, msgspec.Meta(ge=1)]
Minor = Annotated[int, msgspec.Meta(ge=0)]
Share = Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
Code = Annotated[str, msgspec.Meta(min_length=1, max_length=40)]


class _Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every record refuses keys it does not know."""


class Goods(_Record, frozen=True, kw_only=True):
    """A choice of goods: those named by sku, department or tag (all goods where none is), without the excepted ones."""

    skus: tuple[str, ...] = ()
    departments: tuple[str, ...] = ()
    tags: tuple[str, ...] = ()
    except_skus: tuple[str, ...] = ()
    except_departments: tuple[str, ...] = ()
    except_tags: tuple[str, ...] = ()


ALL_GOODS = Goods()


class Need(_Record, frozen=True, kw_only=True):
    """What a basket must hold: so many `pieces` of some goods, or goods worth `value_minor` at their list price.

    A weighed good is one piece. `consumes`: one application uses these pieces up, so that neither this promotion nor
    another one that consumes takes them again; without it the basket must merely hold them. `all_of` wants a piece of
    every sku the goods name, `distinct` so many different skus.
    """

    goods: Goods = ALL_GOODS
    pieces: Annotated[int, msgspec.Meta(ge=0)] = 0
    value_minor: Minor = 0
    consumes: bool = False
    all_of: bool = False
    distinct: Annotated[int, msgspec.Meta(ge=0)] = 0


class _Reward(_Record, frozen=True, kw_only=True, tag_field="type"):
    """What is given on the pieces of `goods`.

    `pieces`: how many of them one application reaches (None: all that are there), the cheapest or the dearest first.
    `of`: all pieces of the goods; those which the application consumed (three for two: one of the three is free); or
    "others" which nothing has consumed yet, and which this then uses up (buy two, get a third one free).
    """

    goods: Goods = ALL_GOODS
    of: Literal["goods", "consumed", "others"] = "goods"
    pieces: Count | None = None
    pick: Literal["cheapest", "dearest"] = "cheapest"


class PercentOff(_Reward, frozen=True, kw_only=True, tag="percent_off"):
    """`percent_ppm` parts per million off each piece: 200,000 is 20 %, 1,000,000 is free."""

    percent_ppm: Share


class AmountOff(_Reward, frozen=True, kw_only=True, tag="amount_off"):
    """`amount_minor` off: each piece, each line, or all the pieces together, spread over them by value."""

    amount_minor: Minor
    per: Literal["piece", "line", "together"] = "together"


class FixedPrice(_Reward, frozen=True, kw_only=True, tag="fixed_price"):
    """Each piece (each kilogram of a weighed good) costs `price_minor`, where that is less."""

    price_minor: Minor


class SetPrice(_Reward, frozen=True, kw_only=True, tag="set_price"):
    """The pieces that an application consumed, and those of `goods` where `pieces` is set, cost `price_minor` together.

    Mix and match: any three of them for 10.00.
    """

    price_minor: Minor


Reward = PercentOff | AmountOff | FixedPrice | SetPrice


class Step(_Record, frozen=True, kw_only=True):
    """One step of a quantity break or a spend threshold: from so many pieces, or so much value, this reward."""

    from_pieces: Annotated[int, msgspec.Meta(ge=0)] = 0
    from_value_minor: Minor = 0
    reward: Reward


class CouponRule(_Record, frozen=True, kw_only=True):
    """Codes that bring a promotion; without `codes` any code that begins with `prefix`.

    `uses_max` counts all baskets ever (1: single use), `per_customer_max` those of one customer, who then must be
    known; `per_basket` how many codes of it one basket may use. How often a code was used comes with the basket.
    """

    codes: tuple[Code, ...] = ()
    prefix: str = ""
    uses_max: Count | None = None
    per_customer_max: Count | None = None
    per_basket: Count = 1


def asks_for(rule: CouponRule, code: str) -> bool:
    """Whether `code` is one of the codes of a rule."""
    return code in rule.codes or (not rule.codes and bool(rule.prefix) and code.startswith(rule.prefix))


class Caps(_Record, frozen=True, kw_only=True):
    """Limits: applications in one basket, minor units off one basket, and a campaign's budgets of money or of uses."""

    applications: Count | None = None
    discount_minor: Minor | None = None
    budget_minor: Minor | None = None
    budget_uses: Annotated[int, msgspec.Meta(ge=0)] | None = None
    budget_policy: Literal["refuse", "cut"] = "refuse"


class Promotion(_Record, frozen=True, kw_only=True):
    """One promotion. Its id is unique among those in force.

    All `needs` must be met. Give either `rewards` (all of them are given, once per application) or `steps` (the last
    step that the goods of its reward reach, by pieces or value). `level` "line": comes before all of level "order",
    which sees the prices that are left and is spread over the lines. Higher `priority` comes first, then the id.

    `group`: of promotions with the same one only the best (or first, by policy) is applied to a basket. `exclusive`:
    applies alone; the first or best exclusive one that gives anything drives out all others. `stacks` False: touches
    only pieces that no other promotion has reduced, and nothing is reduced after it. `repeats` False: applied once.
    """

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    name: str = ""
    level: Literal["line", "order"] = "line"
    priority: int = 0
    scope: Scope = EVERYWHERE
    needs: tuple[Need, ...] = ()
    rewards: tuple[Reward, ...] = ()
    steps: tuple[Step, ...] = ()
    coupon: CouponRule | None = None
    caps: Caps = Caps()
    group: str = ""
    exclusive: bool = False
    stacks: bool = True
    repeats: bool = True

    def __post_init__(self) -> None:
        """Refuse a promotion that gives nothing or gives two ways at once."""
        if bool(self.rewards) == bool(self.steps):
            raise ValueError(f"promotion {self.id!r} needs either `rewards` or `steps`")


class PriceEntry(_Record, frozen=True, kw_only=True):
    """A price of a good that replaces its list price while its scope holds: future-dated, flash, group, tier, employee.

    From `pieces` pieces of the good in the basket on. Of several that hold, the higher `priority` counts, then the
    lower price, then the id. `price_minor` is per piece or per kilogram, as the good is sold.
    """

    id: Annotated[str, msgspec.Meta(min_length=1, max_length=60)]
    sku: str
    price_minor: Minor
    pieces: Count = 1
    priority: int = 0
    scope: Scope = EVERYWHERE
