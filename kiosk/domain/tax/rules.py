"""What a tax is: the record of a rule, and how its amounts are rounded."""

from __future__ import annotations

import enum
from typing import Annotated

import msgspec

from kiosk.domain.context import EVERYWHERE, Scope
from kiosk.domain.money import Rounding

Ppm = Annotated[int, msgspec.Meta(ge=-1_000_000, le=10_000_000)]


class TaxKind(enum.StrEnum):
    """How a tax is reckoned.

    PERCENT: `rate_ppm` of the base. OF_PRICE: `rate_ppm` of the price with this tax in it (as in Brazil). PER_UNIT:
    `amount_minor` for each piece, or for each kilogram of a weighed good (an excise).
    """

    PERCENT = "percent"
    OF_PRICE = "of_price"
    PER_UNIT = "per_unit"


class TaxRule(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One tax and the lines it falls on.

    A rule falls on a line whose `tax_code` it names (every line, where it names none) while its `scope` holds, except
    for a customer who is exempt from it. Several rules on a line are reckoned by `sequence`, then code. `included`: the
    price contains it. `compounds`: rules after it take its amount into their base; one that is not `affected` keeps the
    base without. `group` sums several rules up in the tax table; "" is the rule's own code.
    """

    code: Annotated[str, msgspec.Meta(min_length=1, max_length=20)]
    name: str = ""
    kind: TaxKind = TaxKind.PERCENT
    rate_ppm: Ppm = 0
    amount_minor: int = 0
    included: bool = True
    compounds: bool = False
    affected: bool = True
    sequence: int = 0
    tax_codes: tuple[str, ...] = ()
    group: str = ""
    scope: Scope = EVERYWHERE

    @property
    def key(self) -> str:
        """What tells a rule from the one that follows it on a later day: code, and from when on it is in force."""
        begins = self.scope.valid_from
        return f"{self.code} from {begins.isoformat()}" if begins else self.code


class TaxPer(enum.StrEnum):
    """What is rounded: the tax of each piece, of each line, or of all lines of a rule together."""

    UNIT = "unit"
    LINE = "line"
    DOCUMENT = "document"


class MixedNet(enum.StrEnum):
    """What is net on a line that has taxes in its price and others on top of it.

    REST: the price minus the taxes in it, so the shelf price stands. ROUNDED: the net is rounded by itself, as each tax
    is, and the shelf price may be a cent off (as Odoo does where it rounds per document).
    """

    REST = "rest"
    ROUNDED = "rounded"


class TaxPolicy(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How taxes are rounded.

    `step_minor` is the smallest amount of the currency, in minor units. `round_groups`: the taxes of a group are
    rounded as one amount, which is then shared out to them, as US sellers may do with state and local taxes
    (Streamlined Sales and Use Tax Agreement, section 324).
    """

    rounding: Rounding = Rounding.HALF_UP
    per: TaxPer = TaxPer.DOCUMENT
    step_minor: Annotated[int, msgspec.Meta(ge=1)] = 1
    mixed_net: MixedNet = MixedNet.REST
    round_groups: bool = False
