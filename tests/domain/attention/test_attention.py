"""Whatever needs someone is in one list; it is solved in any order, once, by who may."""

from __future__ import annotations

import datetime as dt
from dataclasses import fields, replace

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.attention.audit import audited, sample
from kiosk.domain.attention.matters import attention, blocking
from kiosk.domain.attention.policy import AttentionRules, Audit, Recall
from kiosk.domain.attention.records import Basket, Decision, Kind, Matter
from kiosk.domain.attention.solving import Answer, Solved, old_enough, solve
from kiosk.domain.attention.voids import Struck, may_cancel, may_void
from kiosk.domain.operator.outcome import Allowed, Refused
from kiosk.domain.operator.rights import Staff
from kiosk.domain.policy.self_checkout import SelfCheckoutRules
from kiosk.messages.contents import AttentionDecided
from tests.domain.attention.baskets import (
    RULES,
    any_basket,
    asked,
    basket,
    house,
    kinds,
    line,
    listed,
    no,
    solved,
    solver,
    why_not,
    yes,
)

AGE = (Kind.AGE, 0)


def test_age_is_asked_once_and_the_strictest_counts() -> None:
    beer, rum = line(1, "beer", minimum_age=16), line(2, "rum", tags=("spirits",))
    (matter,) = listed(basket(beer, rum, line(3)))
    assert (matter.name, matter.needed, matter.lines) == (AGE, "18", (1, 2))
    done = solved(basket(beer, rum), yes(Kind.AGE)).decision
    assert (done.value, done.operator, done.approved) == ("18", "ann", True)
    assert not listed(basket(beer, rum, line(4, minimum_age=18)), done)


def test_scanning_more_asks_again_only_where_it_is_stricter() -> None:
    beer = line(1, minimum_age=16)
    done = solved(basket(beer), yes(Kind.AGE)).decision
    assert not listed(basket(beer, line(2, minimum_age=16)), done)
    (matter,) = listed(basket(beer, line(2, minimum_age=18)), done)
    assert (matter.needed, matter.lines) == ("18", (2,))


def test_a_lower_age_lets_some_of_the_goods_through() -> None:
    goods = basket(line(1, minimum_age=16), line(2, minimum_age=18))
    done = solved(goods, yes(Kind.AGE, value="17")).decision
    (matter,) = listed(goods, done)
    assert (done.value, matter.lines) == ("17", (2,))
    assert why_not(goods, yes(Kind.AGE, value="1999-04-01")) == "value"
    assert solved(goods, yes(Kind.AGE, value="40")).decision.value == "18"


def test_who_is_too_young_is_not_asked_a_second_time() -> None:
    goods = basket(line(1, minimum_age=18), line(2))
    done = solved(goods, no(Kind.AGE))
    assert done.remove == (1,)
    (again,) = listed(basket(line(2), line(3, minimum_age=18)), done.decision)
    assert (again.final, again.lines) == (True, (3,))
    assert why_not(basket(line(3, minimum_age=18)), yes(Kind.AGE), done.decision) == "final"
    (younger,) = listed(basket(line(4, minimum_age=16)), done.decision)
    assert (younger.final, younger.needed) == (False, "16")


def test_a_no_takes_out_all_that_was_asked_about_and_settles_the_lowest_age() -> None:
    goods = basket(line(1, minimum_age=16), line(2, minimum_age=18), line(3))
    done = solved(goods, no(Kind.AGE))
    assert done.remove == (1, 2)
    assert done.decision.value == "16"
    (again,) = listed(basket(line(3), line(4, minimum_age=16)), done.decision)
    assert again.final


def test_of_many_decisions_about_age_the_highest_yes_counts() -> None:
    done = [Decision(Kind.AGE, "approved", value=str(age)) for age in range(1, 19)]
    goods = basket(line(1, minimum_age=18))
    assert not listed(goods, *done)
    assert not listed(goods, *done, Decision(Kind.AGE, "refused", value="16"))
    assert kinds(listed(goods, *done[:-1])) == [AGE]


def test_no_record_of_attention_has_a_place_for_a_date_of_birth() -> None:
    kept = {field.name for kind in (Decision, Answer, Matter) for field in fields(kind)}
    assert not {name for name in kept if "birth" in name or "born" in name}
    done = solved(basket(line(1, minimum_age=18)), yes(Kind.AGE)).decision
    entry = AttentionDecided(sequence_number=1, **{field.name: getattr(done, field.name) for field in fields(done)})
    assert msgspec.json.decode(msgspec.json.encode(entry), type=AttentionDecided).value == "18"


@pytest.mark.parametrize(
    ("born", "today", "age", "enough"),
    [
        ("2008-11-22", "2026-11-22", 18, True),
        ("2008-11-23", "2026-11-22", 18, False),
        ("2008-02-29", "2026-02-28", 18, False),
        ("2008-02-29", "2026-03-01", 18, True),
        ("2027-01-01", "2026-03-01", 0, False),
    ],
)
def test_a_birthday_counts_from_its_day_on(born: str, today: str, age: int, *, enough: bool) -> None:
    assert old_enough(dt.date.fromisoformat(born), dt.date.fromisoformat(today), age) is enough


def test_quantities_and_baskets_have_limits_of_item_and_policy() -> None:
    goods = basket(line(1, quantity=10), line(2, quantity=3, maximum=2))
    assert kinds(listed(goods)) == [(Kind.QUANTITY, 2)]
    many = basket(line(1, quantity=10), line(2, quantity=10), line(3, quantity=10), line(4, amount_minor=49_701))
    assert kinds(listed(many)) == [(Kind.QUANTITY, 0), (Kind.VALUE, 0)]
    done = [solved(many, yes(kind)).decision for kind in (Kind.QUANTITY, Kind.VALUE)]
    assert not listed(many, *done)
    assert kinds(listed(basket(*many.lines, line(5, amount_minor=0)), *done)) == [(Kind.QUANTITY, 0)]
    assert not solved(many, no(Kind.VALUE)).remove
    assert solved(goods, no(Kind.QUANTITY, 2)).remove == (2,)


def test_more_pieces_than_were_approved_are_asked_about_again() -> None:
    done = solved(basket(line(1, quantity=12)), yes(Kind.QUANTITY, 1)).decision
    assert not listed(basket(line(1, quantity=12)), done)
    assert not listed(basket(line(1, quantity=11)), done)
    assert kinds(listed(basket(line(1, quantity=13)), done)) == [(Kind.QUANTITY, 1)]
    assert kinds(listed(basket(line(2, quantity=12)), done)) == [(Kind.QUANTITY, 2)]


def test_deposits_are_no_pieces() -> None:
    bottles = [line(number, quantity=10) for number in (1, 2, 3)]
    assert not listed(basket(*bottles, line(4, quantity=30, linked_to=1)))


def test_alcohol_is_not_sold_at_night_in_this_region_only() -> None:
    goods = basket(line(1, "rum", tags=("beer",)))
    night = "2026-11-22T23:00:00+01:00"
    (matter,) = listed(goods, at=house(night))
    assert (matter.kind, matter.final, matter.sentence) == (Kind.NOT_FOR_SALE, True, "Rum: No alcohol at night.")
    assert not listed(goods, at=house(night, region="AT"))
    assert not listed(goods, at=house("2026-11-22T21:59:59+01:00"))
    assert kinds(listed(goods, at=house("2026-11-22T22:00:00+01:00"))) == [(Kind.NOT_FOR_SALE, 1)]
    assert not listed(goods, at=house("2026-11-22T07:00:00+01:00"))


def test_goods_for_a_staffed_till_and_goods_not_for_sale_go_out() -> None:
    lane = replace(house(), lane=SelfCheckoutRules(forbidden_tags=("knife",), pieces_max=3))
    goods = basket(line(1, tags=("knife",)), line(2, sellable=False), line(3, quantity=2))
    assert kinds(listed(goods, at=lane)) == [(Kind.NOT_FOR_SALE, 1), (Kind.NOT_FOR_SALE, 2), (Kind.QUANTITY, 0)]


def test_a_recalled_lot_goes_out_and_an_unknown_one_is_read() -> None:
    assert kinds(listed(basket(line(1, "milk", lot="L1")))) == [(Kind.RECALLED, 1)]
    assert not listed(basket(line(1, "milk", lot="L9")))
    assert kinds(listed(basket(line(1, "toy")))) == [(Kind.RECALLED, 1)]
    unknown = basket(line(1, "milk"))
    assert kinds(listed(unknown)) == [(Kind.LOT, 1)]
    assert why_not(unknown, yes(Kind.LOT, 1)) == "value"
    assert not listed(unknown, solved(unknown, yes(Kind.LOT, 1, "L3")).decision)
    assert kinds(listed(unknown, solved(unknown, yes(Kind.LOT, 1, "L2")).decision)) == [(Kind.RECALLED, 1)]
    assert why_not(basket(line(1, "toy")), yes(Kind.RECALLED, 1)) == "final"
    strict = AttentionRules(recalls=(Recall(sku="milk", lots=("L1",), lot_unknown="block"),))
    assert kinds(listed(unknown, at=house(rules=strict))) == [(Kind.RECALLED, 1)]


def test_a_recalled_serial_number_goes_out_once_it_is_known() -> None:
    rules = AttentionRules(recalls=(Recall(sku="drill", serial_numbers=("SN7",)),))
    drill = basket(line(1, "drill", serial_wanted=True))
    done = Decision(Kind.SERIAL_NUMBER, "approved", 1, value="SN7")
    assert kinds(listed(drill, at=house(rules=rules))) == [(Kind.SERIAL_NUMBER, 1)]
    assert kinds(listed(drill, done, at=house(rules=rules))) == [(Kind.RECALLED, 1)]


def test_an_expiry_date_is_the_last_day_and_a_best_before_date_may_pass() -> None:
    today = dt.date(2026, 11, 22)
    late = today - dt.timedelta(1)
    assert not listed(basket(line(1, expiry=today, best_before=today)))
    (expired,) = listed(basket(line(1, expiry=late)))
    assert (expired.kind, expired.final) == (Kind.EXPIRED, True)
    stale = basket(line(1, best_before=late))
    assert kinds(listed(stale)) == [(Kind.BEST_BEFORE, 1)]
    assert not listed(stale, solved(stale, yes(Kind.BEST_BEFORE, 1)).decision)
    assert not listed(stale, at=house(rules=AttentionRules()))


def test_every_piece_has_a_serial_number_of_its_own() -> None:
    assert not listed(basket(line(1, serial_wanted=True, serial_number="A")))
    two = basket(line(1, serial_wanted=True, quantity=2))
    for text in ("", "A", "A,A", "A,", "A,B,C"):
        assert why_not(two, yes(Kind.SERIAL_NUMBER, 1, text)) == "value"
    done = solved(two, yes(Kind.SERIAL_NUMBER, 1, "A, B")).decision
    assert done.value == "A,B"
    assert not listed(two, done)


def test_a_price_by_hand_wants_a_reason_and_somebody_else() -> None:
    goods = basket(line(1, price=asked()))
    ben, eve = solver("ben", "manager"), solver("eve", "supervisor")
    assert why_not(goods, yes(Kind.PRICE, 1), by=ben) == "self_approval"
    assert why_not(goods, yes(Kind.PRICE, 1), by=solver("kim", "attendant")) == "may_not_approve"
    done = solved(goods, yes(Kind.PRICE, 1), by=eve)
    assert done.price == asked()
    assert (done.decision.operator, done.decision.reason, done.decision.value) == ("eve", "damaged", "100>50:50")
    assert not listed(goods, done.decision)
    assert kinds(listed(basket(line(1, quantity=2, price=asked(100))), done.decision)) == [(Kind.PRICE, 1)]
    nothing = basket(line(1, price=asked(reason="because")))
    assert why_not(nothing, yes(Kind.PRICE, 1), by=eve) == "reason"
    much = basket(line(1, price=asked(60_000, of_minor=100_000)))
    assert why_not(much, yes(Kind.PRICE, 1), by=eve) == "may_not_approve"
    left = solved(goods, no(Kind.PRICE, 1), by=eve)
    assert not left.remove
    assert not listed(goods, left.decision)


def test_hands_are_needed_for_tags_coupons_weights_and_papers() -> None:
    goods = basket(
        line(1, security_tag=True), line(2, weight_doubt="500 g missing"), line(3, warranty="data"), coupons=("a",)
    )
    found = listed(goods)
    assert kinds(found) == [(Kind.COUPON, 0), (Kind.SECURITY_TAG, 1), (Kind.WEIGHT, 2), (Kind.WARRANTY, 3)]
    answers = (yes(Kind.COUPON), yes(Kind.SECURITY_TAG, 1), yes(Kind.WEIGHT, 2), yes(Kind.WARRANTY, 3, "C-77"))
    done = [solved(goods, answer).decision for answer in answers]
    assert not listed(goods, *done)
    more = basket(line(1, security_tag=True, quantity=2), line(2, weight_doubt="80 g too much"), coupons=("a", "b"))
    assert kinds(listed(more, *done)) == [(Kind.COUPON, 0), (Kind.SECURITY_TAG, 1), (Kind.WEIGHT, 2)]


def test_an_offer_of_a_warranty_never_holds_up_payment() -> None:
    goods = basket(line(1, warranty="offer"))
    assert kinds(listed(goods)) == [(Kind.WARRANTY, 1)]
    assert not blocking(listed(goods))
    left = solved(goods, no(Kind.WARRANTY, 1))
    assert not left.remove
    assert not listed(goods, left.decision)


def test_only_what_policy_allows_is_solved_from_afar() -> None:
    goods = basket(line(1, minimum_age=18))
    afar = solver(remote=True)
    assert why_not(goods, yes(Kind.AGE), by=afar) == "not_remote"
    rules = AttentionRules(remote=(Kind.AGE,))
    found = attention(goods, house(rules=rules), ())
    assert isinstance(solve(found, yes(Kind.AGE), afar, rules), Solved)


def test_a_second_person_stands_by_where_policy_says_so() -> None:
    goods, rules = basket(line(1, minimum_age=18)), AttentionRules(second_person=(Kind.AGE,))
    found = attention(goods, house(rules=rules), ())
    ben, kim, ann = (
        Staff(name, (role,)) for name, role in (("ben", "manager"), ("kim", "attendant"), ("ann", "manager"))
    )
    reasons = []
    for approver in (None, kim, ann):
        refused = solve(found, yes(Kind.AGE), solver(approver=approver), rules)
        assert isinstance(refused, Refused)
        reasons.append((refused.reason, refused.second_person))
    assert reasons == [("needs_second_person", True), ("may_not_approve", True), ("self_approval", True)]
    assert isinstance(solve(found, yes(Kind.AGE), solver(approver=ben), rules), Solved)
    assert isinstance(solve(found, no(Kind.AGE), solver(), rules), Solved), "a no needs nobody else"
    with pytest.raises(msgspec.ValidationError, match="read, not approved"):
        msgspec.convert({"second_person": ["serial_number"]}, type=AttentionRules)


def test_who_has_no_right_solves_nothing() -> None:
    goods = basket(line(1, minimum_age=18))
    assert why_not(goods, yes(Kind.AGE), by=solver("kim", "technician")) == "no_right"
    assert why_not(goods, yes(Kind.WEIGHT, 1)) == "solved"


@given(any_basket(), st.data())
def test_the_order_of_solving_does_not_matter(start: Basket, data: st.DataObject) -> None:
    """Each matter has its answer, whenever its turn comes; what stays in the basket is the same."""
    verdicts: dict[tuple[Kind, int], bool] = {}

    def verdict(name: tuple[Kind, int]) -> bool:
        if name not in verdicts:
            verdicts[name] = data.draw(st.booleans(), label=str(name))
        return verdicts[name]

    one = worked_off(start, verdict, lambda found: found[0])
    other = worked_off(start, verdict, lambda found: data.draw(st.sampled_from(found)))
    assert one == other


def worked_off(left: Basket, verdict: object, pick: object) -> tuple[tuple[int, ...], set[tuple[Kind, int]]]:
    """The lines left, and what nobody can solve but the shopper: limits of the basket that were refused."""
    decisions: list[Decision] = []
    given_up: set[tuple[Kind, int]] = set()
    for _ in range(200):
        found = tuple(one for one in listed(left, *decisions) if one.name not in given_up)
        if not found:
            return tuple(one.line for one in left.lines), given_up & set(kinds(listed(left, *decisions)))
        matter = pick(found)  # type: ignore[operator]  # a function handed in
        approved = not matter.final and verdict(matter.name)  # type: ignore[operator]  # same
        entered = ",".join(f"N{at}" for at in range(int(matter.needed))) if matter.kind is Kind.SERIAL_NUMBER else "L9"
        value = "" if matter.kind is Kind.AGE else entered
        done = solve(found, Answer(matter.kind, matter.line, approved, value), solver(), RULES)
        assert isinstance(done, Solved), done
        decisions.append(done.decision)
        left = replace(left, lines=tuple(one for one in left.lines if one.line not in done.remove))
        if not approved and not done.remove:
            given_up.add(matter.name)
    raise AssertionError("the list never ends")


@given(any_basket(), st.data())
def test_a_list_is_the_same_whatever_the_order_of_decisions_and_names_each_matter_once(
    of: Basket, data: st.DataObject
) -> None:
    found = listed(of)
    assert len(set(kinds(found))) == len(found)
    one_time = [Decision(one.kind, "approved", one.line, value=one.needed) for one in found if not one.final]
    done = data.draw(st.permutations(one_time))
    assert listed(of, *done) == listed(of, *one_time)
    assert all(one in found for one in listed(of, *one_time) if one.kind is not Kind.RECALLED)


@given(any_basket(), any_basket())
def test_taking_something_out_never_asks_for_more(of: Basket, other: Basket) -> None:
    whole = Basket(of.key, (*of.lines, *(replace(one, line=one.line + 100) for one in other.lines)), of.coupons)
    part = Basket(of.key, of.lines, of.coupons)
    assert set(kinds(listed(part))) <= set(kinds(listed(whole)))


def test_a_replay_draws_the_same_transactions_and_lines() -> None:
    audit = Audit(share_ppm=100_000, lines=2, seed="spring")
    drawn = [key for key in map(str, range(5_000)) if audited(key, 100, audit)]
    assert 400 < len(drawn) < 600
    assert drawn == [key for key in map(str, range(5_000)) if audited(key, 100, audit)]
    more = Audit(share_ppm=200_000, seed="spring")
    assert all(audited(key, 100, more) for key in drawn)
    assert not all(audited(key, 100, Audit(share_ppm=100_000, seed="autumn")) for key in drawn)
    assert not audited(drawn[0], 99, Audit(share_ppm=1_000_000, least_minor=100))
    assert sample("1", (3, 1, 2, 9), audit) == sample("1", (9, 2, 1, 3), audit)
    assert sample("1", (4,), audit) == (4,)


def test_a_drawn_basket_is_checked_before_payment() -> None:
    rules = AttentionRules(audit=Audit(share_ppm=1_000_000, lines=1))
    goods = basket(line(1), line(2), paying=True)
    (matter,) = attention(goods, house(rules=rules), ())
    assert (matter.kind, len(matter.lines), matter.blocks) == (Kind.AUDIT, 1, True)
    differs = solve((matter,), no(Kind.AUDIT), solver(), rules)
    assert isinstance(differs, Solved)
    assert not differs.remove
    assert attention(goods, house(rules=rules), (differs.decision,)) == (matter,)
    fine = solve((matter,), yes(Kind.AUDIT), solver(), rules)
    assert isinstance(fine, Solved)
    assert not attention(goods, house(rules=rules), (differs.decision, fine.decision))
    assert not attention(replace(goods, paying=False), house(rules=rules), ())


def test_a_shopper_strikes_lines_as_far_as_policy_goes() -> None:
    assert isinstance(may_void(RULES, Struck(99, 10**9), 1, last=False), Allowed)
    last = AttentionRules(shopper_voids="last", voids_max=2, voids_value_max_minor=1_000)
    assert isinstance(may_void(last, Struck(1, 500), 500, last=True), Allowed)
    for struck, value, is_last in ((Struck(), 1, False), (Struck(2, 0), 1, True), (Struck(1, 500), 501, True)):
        assert isinstance(may_void(last, struck, value, last=is_last), Refused)
    assert isinstance(may_void(AttentionRules(shopper_voids="none"), Struck(), 1, last=True), Refused)
    assert isinstance(may_cancel(tendered=False, weighed=False), Allowed)
    assert isinstance(may_cancel(tendered=True, weighed=False), Refused)
    assert isinstance(may_cancel(tendered=False, weighed=True), Refused)
