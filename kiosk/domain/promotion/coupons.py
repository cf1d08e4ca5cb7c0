"""Coupons: which promotion a code brings, whether its limits still allow it, and what became of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from kiosk.domain.basket import Coupon, Policies
from kiosk.domain.context import Context
from kiosk.domain.promotion.applying import Effect
from kiosk.domain.promotion.needs import Refusal
from kiosk.domain.promotion.offers import CouponRule, Promotion
from kiosk.domain.promotion.outcome import CouponOutcome
from kiosk.domain.promotion.reasons import Reason


@dataclass(frozen=True, slots=True)
class _Admitted:
    """A coupon for one promotion: taken as its `rank`th, or refused with a reason."""

    index: int
    rank: int = 0
    reason: Reason | None = None
    provisional: bool = False


@dataclass(slots=True)
class Admission:
    """Coupons of one basket. `codes`: by index of a promotion, how many it may use; `refused`: why it may use none."""

    codes: dict[int, int] = field(default_factory=dict)
    refused: dict[int, Reason] = field(default_factory=dict)
    by_code: dict[str, list[_Admitted]] = field(default_factory=dict)

    def add(self, code: str, admitted: _Admitted) -> None:
        """Note what one promotion says to a code."""
        self.by_code[code].append(admitted)
        if admitted.reason is None:
            self.codes[admitted.index] = admitted.rank
        else:
            self.refused.setdefault(admitted.index, admitted.reason)


class CouponBook:
    """The codes of all promotions."""

    def __init__(self, promotions: Sequence[Promotion]) -> None:
        self._rules: dict[int, CouponRule] = {}
        self._by_code: dict[str, list[int]] = {}
        self._prefixed: list[int] = []
        for index, promotion in enumerate(promotions):
            if promotion.coupon:
                self._rules[index] = promotion.coupon
                for code in promotion.coupon.codes:
                    self._by_code.setdefault(code, []).append(index)
                if not promotion.coupon.codes:
                    self._prefixed.append(index)

    def admitted(self, coupons: Sequence[Coupon], context: Context, policies: Policies) -> Admission:
        """What the promotions say to the coupons, in the order of their codes, so that scanning does not matter."""
        admission = Admission()
        for coupon in sorted(coupons, key=lambda coupon: (coupon.code, not coupon.known)):
            if coupon.code not in admission.by_code:
                admission.by_code[coupon.code] = []
                for index in self._brought_by(coupon.code):
                    rank = admission.codes.get(index, 0) + 1
                    admission.add(coupon.code, self._judged(index, rank, coupon, context, policies))
        return admission

    def _brought_by(self, code: str) -> list[int]:
        prefixed = [index for index in self._prefixed if code.startswith(self._rules[index].prefix)]
        return sorted({*self._by_code.get(code, ()), *prefixed})

    def _judged(self, index: int, rank: int, coupon: Coupon, context: Context, policies: Policies) -> _Admitted:
        rule = self._rules[index]
        limited = rule.uses_max is not None or rule.per_customer_max is not None
        unchecked = limited and not coupon.known
        reason = None
        if rule.per_customer_max is not None and not context.customer.customer_id:
            reason = Reason.CUSTOMER_UNKNOWN
        elif unchecked and policies.offline_coupons == "refuse":
            reason = Reason.COUPON_NOT_CHECKED
        elif rule.uses_max is not None and coupon.uses >= rule.uses_max:
            reason = Reason.COUPON_USED_UP
        elif rule.per_customer_max is not None and coupon.uses_by_customer >= rule.per_customer_max:
            reason = Reason.COUPON_PER_CUSTOMER
        elif rank > rule.per_basket:
            reason = Reason.COUPON_ONE_TOO_MANY
        return _Admitted(index, rank, reason, unchecked)


def coupon_outcomes(
    coupons: Sequence[Coupon],
    admission: Admission,
    promotions: Sequence[Promotion],
    findings: Mapping[int, Effect | Refusal],
) -> tuple[CouponOutcome, ...]:
    """What became of each coupon, in the order given; one given twice is used once."""
    outcomes = []
    seen: set[str] = set()
    for coupon in coupons:
        twice = coupon.code in seen
        seen.add(coupon.code)
        admitted = admission.by_code[coupon.code]
        outcomes.append(
            CouponOutcome(code=coupon.code, used=False, reason=Reason.COUPON_GIVEN_TWICE)
            if twice
            else _outcome(coupon.code, admitted, promotions, findings)
        )
    return tuple(outcomes)


def _outcome(
    code: str, admitted: list[_Admitted], promotions: Sequence[Promotion], findings: Mapping[int, Effect | Refusal]
) -> CouponOutcome:
    reasons: list[tuple[Reason, str]] = []
    for one in admitted:
        promotion, finding = promotions[one.index], findings.get(one.index, Refusal(Reason.NO_GOODS))
        several = promotion.coupon is not None and promotion.coupon.per_basket > 1
        if one.reason is not None:
            reasons.append((one.reason, promotion.id))
        elif isinstance(finding, Refusal):
            reasons.append((finding.reason, promotion.id))
        elif several and one.rank > finding.applications:
            reasons.append((Reason.NOTHING_LEFT, promotion.id))
        else:
            return CouponOutcome(code=code, used=True, promotion=promotion.id, provisional=one.provisional)
    reason, brought = reasons[0] if reasons else (Reason.COUPON_UNKNOWN, "")
    return CouponOutcome(code=code, used=False, promotion=brought, reason=reason)
