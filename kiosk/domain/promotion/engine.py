"""The promotion engine: lines in, what came off each of them out, with a reason for every promotion that did not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from kiosk.domain.basket import BasketLine, Coupon, Policies, Usage
from kiosk.domain.context import Context, misfit
from kiosk.domain.promotion.applying import Effect, Scene
from kiosk.domain.promotion.conflict import Contest, rank
from kiosk.domain.promotion.coupons import Admission, CouponBook, coupon_outcomes
from kiosk.domain.promotion.goods import Choice, Shelf
from kiosk.domain.promotion.needs import Refusal
from kiosk.domain.promotion.offers import Goods, PriceEntry, Promotion
from kiosk.domain.promotion.outcome import CouponOutcome, LineDiscount, OrderDiscount, PromotionOutcome
from kiosk.domain.promotion.pieces import positions_of
from kiosk.domain.promotion.prices import PriceEntries
from kiosk.domain.promotion.ready import Ready
from kiosk.domain.promotion.reasons import Reason, of_misfit
from kiosk.domain.promotion.reporting import line_discounts, order_discounts, outcome_of


@dataclass(frozen=True, slots=True)
class AppliedLine:
    """A line after promotions: `amount_minor` at `unit_price_minor` (from `price_id`), less `discounts`, is due."""

    line: BasketLine
    unit_price_minor: int
    price_id: str
    amount_minor: int
    discounts: tuple[LineDiscount, ...]
    due_minor: int


@dataclass(frozen=True, slots=True)
class Applied:
    """A basket after promotions; lines and coupons in the order given, promotions in the order of promotions."""

    lines: tuple[AppliedLine, ...]
    order_discounts: tuple[OrderDiscount, ...]
    promotions: tuple[PromotionOutcome, ...]
    coupons: tuple[CouponOutcome, ...]


class Offers:
    """Prices and promotions of a catalog, ready for baskets. Scopes are looked at for each basket: prices switch."""

    def __init__(self, promotions: Sequence[Promotion], prices: Sequence[PriceEntry]) -> None:
        self._promotions = sorted(promotions, key=rank)
        known: dict[Goods, Choice] = {}
        self._ready = [Ready.of(index, promotion, known) for index, promotion in enumerate(self._promotions)]
        self._prices = PriceEntries(prices)
        self._coupons = CouponBook(self._promotions)
        self._always: list[int] = []
        self._by_key: dict[tuple[str, str], list[int]] = {}
        for ready in self._ready:
            self._file(ready)
        self._absent = [
            outcome_of(p, Refusal(Reason.COUPON_MISSING if p.coupon else Reason.NO_GOODS)) for p in self._promotions
        ]

    @staticmethod
    def prepared(promotions: Sequence[Promotion], prices: Sequence[PriceEntry]) -> Offers:
        """Offers made ready once, when a catalog comes in. Raises ValueError where two have the same id."""
        for kind, offers in (("promotions", promotions), ("prices", prices)):
            ids: set[str] = set()
            for offer in offers:
                if offer.id in ids:
                    raise ValueError(f"two {kind} have the id {offer.id!r}: give each one its own")
                ids.add(offer.id)
        return Offers(promotions, prices)

    def apply(
        self,
        lines: Sequence[BasketLine],
        context: Context,
        coupons: Sequence[Coupon],
        usage: Sequence[Usage],
        policies: Policies,
    ) -> Applied:
        """Price the lines and apply the promotions that are in force; the same input gives the same cents."""
        priced = self._prices.priced(lines, context, policies.weight_rounding)
        positions = positions_of(priced, policies.weight_rounding)
        shelf = Shelf(positions)
        admission = self._coupons.admitted(coupons, context, policies)
        candidates, findings = self._in_force(shelf, admission, context)
        scene = Scene(shelf, policies, {each.promotion: each for each in usage}, admission.codes)
        trial = Contest(candidates, positions, scene).settled()
        findings.update(trial.findings)
        after = line_discounts(priced, trial.pieces, self._promotions)
        return Applied(
            tuple(
                AppliedLine(p.line, p.unit_price_minor, p.price_id, p.amount_minor, off, p.amount_minor - _sum(off))
                for p, off in zip(priced, after, strict=True)
            ),
            order_discounts(lines, after),
            self._outcomes(findings),
            coupon_outcomes(coupons, admission, self._promotions, findings),
        )

    def _file(self, ready: Ready) -> None:
        goods = list(ready.reduced_goods())
        if any(choice.everything for choice in goods):
            self._always.append(ready.index)
            return
        for key in {key for choice in goods for key in choice.names}:
            self._by_key.setdefault(key, []).append(ready.index)

    def _in_force(
        self, shelf: Shelf, admission: Admission, context: Context
    ) -> tuple[list[Ready], dict[int, Effect | Refusal]]:
        """Promotions that may reduce something and are in force, and those of which more than that can be said."""
        findings: dict[int, Effect | Refusal] = {i: Refusal(reason) for i, reason in admission.refused.items()}
        findings.update({index: Refusal(Reason.NO_GOODS) for index in admission.codes})
        found = {*self._always, *(index for key in shelf.names() for index in self._by_key.get(key, ()))}
        candidates = []
        for ready in (self._ready[index] for index in sorted(found)):
            if ready.promotion.coupon and ready.index not in admission.codes:
                continue
            unfit = misfit(ready.promotion.scope, context)
            if unfit is None:
                candidates.append(ready)
            else:
                findings[ready.index] = Refusal(of_misfit(unfit))
        return candidates, findings

    def _outcomes(self, findings: dict[int, Effect | Refusal]) -> tuple[PromotionOutcome, ...]:
        outcomes = list(self._absent)
        for index, finding in findings.items():
            outcomes[index] = outcome_of(self._promotions[index], finding)
        return tuple(outcomes)


def _sum(discounts: Sequence[LineDiscount]) -> int:
    return sum(discount.amount_minor for discount in discounts)
