"""Rights: what one may do alone, with a second person, or not at all; and discounts by hand."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kiosk.domain.operator.discount import DiscountRules, HandDiscount, guard
from kiosk.domain.operator.outcome import Allowed, Refused
from kiosk.domain.operator.rights import Grant, Request, Right, Role, Staff, ask, by_name, default_roles, holds

ANN, BEN = Staff("ann", ("attendant",)), Staff("ben", ("attendant",))
EVE, MAX = Staff("eve", ("supervisor",)), Staff("max", ("manager",))
ROLES = by_name(default_roles())
ODD = [Staff("tim", ("technician",)), Staff("zed", ()), Staff("yan", ("gone",)), Staff("ann", ("manager",))]
PEOPLE = st.sampled_from([ANN, BEN, EVE, MAX, *ODD])


def reason(request: Request, operator: Staff, approver: Staff | None = None) -> str:
    found = ask(request, operator, ROLES, approver)
    return found.reason if isinstance(found, Refused) else found.approved_by or "alone"


def test_up_to_a_limit_alone_then_with_a_second_person_then_not_at_all() -> None:
    assert reason(Request(Right.REFUND, 2_000), ANN) == "alone"
    assert reason(Request(Right.REFUND, 2_001), ANN) == "needs_second_person"
    assert reason(Request(Right.REFUND, 2_001), ANN, EVE) == "eve"
    assert reason(Request(Right.REFUND, 20_000), ANN, EVE) == "eve"
    assert reason(Request(Right.REFUND, 20_001), ANN, MAX) == "beyond_limit"
    assert reason(Request(Right.REFUND, 10**9), MAX) == "alone"


def test_a_share_of_the_price_is_a_limit_too() -> None:
    assert reason(Request(Right.DISCOUNT, 100, 1_000), ANN) == "alone"
    assert reason(Request(Right.DISCOUNT, 101, 1_000), ANN) == "needs_second_person"
    assert reason(Request(Right.DISCOUNT, 501, 1_000), ANN, MAX) == "beyond_limit"


def test_a_second_person_lends_no_right() -> None:
    assert reason(Request(Right.Z_REPORT), ANN, MAX) == "no_right"


def test_a_second_person_is_somebody_else_and_may_do_it_alone() -> None:
    request = Request(Right.REFUND, 5_000)
    assert reason(request, ANN, ANN) == "self_approval"
    assert reason(request, ANN, Staff("ann", ("manager",))) == "self_approval"
    assert reason(request, ANN, BEN) == "may_not_approve"
    assert reason(Request(Right.REFUND, 50_000), EVE, Staff("eva", ("supervisor",))) == "may_not_approve"
    assert reason(Request(Right.REFUND, 50_000), EVE, MAX) == "max"


def test_who_holds_two_roles_may_do_what_either_allows() -> None:
    both = Staff("ann", ("attendant", "supervisor"))
    assert reason(Request(Right.REFUND, 20_000), both) == "alone"
    assert holds(both, Right.Z_REPORT, ROLES)


def test_an_upper_limit_without_a_lower_one_holds_for_one_person_too() -> None:
    roles = by_name([Role(name="r", grants=(Grant(right=Right.VOID, most_minor=10),))])
    assert isinstance(ask(Request(Right.VOID, 10), Staff("a", ("r",)), roles), Allowed)
    assert isinstance(ask(Request(Right.VOID, 11), Staff("a", ("r",)), roles), Refused)


def test_a_technician_sells_nothing_and_a_manager_services_nothing() -> None:
    assert not holds(Staff("tim", ("technician",)), Right.REFUND, ROLES)
    assert not holds(MAX, Right.SERVICE, ROLES)


def test_a_role_with_an_unknown_right_or_key_is_refused_when_read() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"name": "r", "grants": [{"right": "fly"}]}, type=Role)
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"name": "r", "grants": [{"right": "void", "limit": 5}]}, type=Role)


LIMITED = st.sampled_from([Right.REFUND, Right.OVERRIDE, Right.PAID_OUT, Right.Z_REPORT])


@example(Right.REFUND, 5_000, 0, ANN, Staff("ann", ("manager",)))
@given(LIMITED, st.integers(0, 30_000), st.integers(0, 30_000), PEOPLE, st.none() | PEOPLE)
def test_nobody_is_the_own_second_person_and_less_is_never_harder(
    right: Right, amount: int, less: int, operator: Staff, approver: Staff | None
) -> None:
    found = ask(Request(right, amount), operator, ROLES, approver)
    if isinstance(found, Allowed):
        assert found.approved_by != operator.operator
        assert not found.approved_by or (approver is not None and holds(approver, Right.APPROVE, ROLES))
        assert holds(operator, right, ROLES)
        assert isinstance(ask(Request(right, min(less, amount)), operator, ROLES, approver), Allowed)


RULES = DiscountRules()


def discount(**fields: object) -> str:
    wanted = HandDiscount(**{"amount_minor": 100, "of_minor": 1_000, "reason": "damaged", **fields})  # type: ignore[arg-type]  # drawn from keywords
    found = guard(wanted, ANN, ROLES, RULES)
    return found.reason if isinstance(found, Refused) else "allowed"


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "allowed"),
        ({"amount_minor": 0}, "amount"),
        ({"amount_minor": 1_001}, "amount"),
        ({"reason": ""}, "reason"),
        ({"reason": "friend"}, "reason"),
        ({"line_discounted": True}, "twice"),
        ({"given": 3}, "too_many"),
        ({"given": 2}, "allowed"),
        ({"amount_minor": 101}, "needs_second_person"),
        ({"right": Right.OVERRIDE}, "needs_second_person"),
    ],
)
def test_a_discount_by_hand_is_guarded(fields: dict[str, object], expected: str) -> None:
    assert discount(**fields) == expected


def test_a_large_discount_passes_with_a_supervisor_and_not_with_oneself() -> None:
    wanted = HandDiscount(amount_minor=400, of_minor=1_000, reason="damaged")
    assert guard(wanted, ANN, ROLES, RULES, EVE) == Allowed("eve")
    own = guard(wanted, ANN, ROLES, RULES, ANN)
    assert isinstance(own, Refused)
    assert own.reason == "self_approval"
