"""Goods that need someone: found before payment, solved by an attendant or the shopper, never asked for twice."""

from __future__ import annotations

from dataclasses import replace

import pytest

from drivers.scanner.interface import Scan
from kiosk.checkout import events
from kiosk.checkout.flow.sheet import matter_actions
from kiosk.checkout.state import Asking, Attention, Basket, Declined, UnknownCode, decode, encode
from kiosk.config import Policy
from kiosk.domain.attention.policy import AgeRule, AttentionRules, Audit, Ban, Goods, Recall
from kiosk.domain.attention.records import Kind
from kiosk.domain.context import Scope
from kiosk.domain.item import Item
from kiosk.domain.operator.rights import Right
from kiosk.domain.policy.self_checkout import SelfCheckoutRules
from kiosk.messages.contents import AgeApproved, AttentionDecided, LineVoided, PaymentAttempt
from tests.checkout.lane import (
    BADGE,
    BENS_BADGE,
    COLA_CODE,
    MILK_CARTON_CODE,
    MILK_CODE,
    PHONE_CODE,
    TABLETS_CODE,
    TECHNICIANS_BADGE,
    WINE_CODE,
    FlowLane,
    SmallCatalog,
    open_lane,
)

NIGHT = "2026-11-21T22:30:00.000Z"


def scan(text: str, aim: str = "") -> Scan:
    return Scan("scanner", text, aim)


def press(action: str) -> events.AttendantActed:
    return events.AttendantActed(action)


def lane_with(rules: AttentionRules | None = None, *scans: str) -> FlowLane:
    lane = open_lane()
    lane.rules = rules or AttentionRules()
    lane.feed(*map(scan, scans))
    return lane


def kinds(lane: FlowLane) -> list[Kind]:
    return [matter.kind for matter in lane.state.now.matters]


def skus(lane: FlowLane) -> list[str]:
    assert lane.state.transaction is not None
    return [line.sku for line in lane.state.transaction.lines]


def decided(lane: FlowLane) -> list[tuple[str, str, int, str, str]]:
    return [
        (one.matter, one.decision, one.line, one.operator, one.value)
        for one in lane.entries()
        if isinstance(one, AttentionDecided)
    ]


def asked_for_money(lane: FlowLane) -> bool:
    return any(isinstance(entry, PaymentAttempt) for entry in lane.entries())


def test_everything_is_found_in_one_list_before_payment_and_solved_in_one_visit() -> None:
    lane = lane_with(AttentionRules(amount_max_minor=2_000), WINE_CODE, *3 * [TABLETS_CODE], *2 * [MILK_CODE])
    lane.feed(events.PayPressed())
    assert isinstance(lane.state.stage, Attention)
    assert lane.state.help_called
    assert kinds(lane) == [Kind.AGE, Kind.VALUE, Kind.QUANTITY]
    lane.feed(scan(BADGE), press("approve_age"), press("approve_value"))
    assert lane.state.attendant == "aoife", "whoever looks at the list stays signed on until it is empty"
    lane.feed(press("approve_quantity_2"))
    assert isinstance(lane.state.stage, Basket)
    assert not lane.state.attendant
    assert not lane.state.help_called
    assert AgeApproved(sequence_number=41, minimum_age=18, operator="aoife") in lane.entries()
    assert decided(lane) == [
        ("value", "approved", 0, "aoife", "2247"),
        ("quantity", "approved", 2, "aoife", "3"),
    ]
    assert not asked_for_money(lane)
    lane.feed(events.PayPressed())
    assert isinstance(lane.state.stage, Asking)


def test_the_attendant_takes_the_points_in_any_order() -> None:
    lane = lane_with(None, WINE_CODE, *3 * [TABLETS_CODE])
    lane.feed(events.PayPressed(), scan(BADGE))
    assert [one.name for one in matter_actions(lane.state)] == ["approve_age", "refuse_age"]
    lane.feed(press("next_matter"))
    assert [one.name for one in matter_actions(lane.state)] == ["approve_quantity_2", "refuse_quantity_2"]
    lane.feed(press("approve_age"))
    assert kinds(lane) == [Kind.AGE, Kind.QUANTITY], "only the point in sight is decided"
    lane.feed(press("approve_quantity_2"), press("approve_age"))
    assert kinds(lane) == []


def test_what_is_refused_leaves_the_basket_with_its_deposit_and_is_in_the_ledger() -> None:
    lane = open_lane()
    lane.rules = AttentionRules(ages=(AgeRule(goods=Goods(skus=("cola",)), minimum_age=16),))
    lane.feed(scan(MILK_CODE), scan(COLA_CODE), events.PayPressed(), scan(BADGE), press("refuse_age"))
    assert skus(lane) == ["milk"]
    assert decided(lane) == [("age", "refused", 0, "aoife", "16")]
    (voided,) = [entry for entry in lane.entries() if isinstance(entry, LineVoided)]
    assert (voided.line.sku, voided.operator) == ("cola", "aoife")
    assert isinstance(lane.state.stage, Basket)
    assert lane.state.now.notice is not None
    assert lane.state.now.notice.code == "taken_out"
    assert lane.state.transaction is not None
    assert lane.state.transaction.total_minor == 149


def test_an_age_that_was_refused_is_not_tried_again() -> None:
    lane = lane_with(None, WINE_CODE, MILK_CODE)
    lane.feed(events.PayPressed(), scan(BADGE), press("refuse_age"), scan(WINE_CODE), events.PayPressed())
    assert kinds(lane) == [Kind.AGE]
    lane.feed(scan(BADGE), press("approve_age"))
    assert kinds(lane) == [Kind.AGE], "nobody approves it any more"
    lane.feed(press("refuse_age"), events.PayPressed())
    assert isinstance(lane.state.stage, Asking)


def test_only_what_is_stricter_is_asked_for_again() -> None:
    stricter = (AgeRule(goods=Goods(skus=("tablets",)), minimum_age=21),)
    lane = lane_with(AttentionRules(ages=stricter, pieces_max=2), WINE_CODE, *2 * [MILK_CODE])
    lane.feed(events.PayPressed(), scan(BADGE), press("approve_age"), press("approve_quantity"))
    lane.feed(scan(WINE_CODE), events.LineRemoved(2), events.PayPressed())
    assert isinstance(lane.state.stage, Asking), "no more pieces and no higher age than were approved"
    lane = lane_with(AttentionRules(ages=stricter, pieces_max=2), WINE_CODE, *2 * [MILK_CODE])
    lane.feed(events.PayPressed(), scan(BADGE), press("approve_age"), press("approve_quantity"))
    lane.feed(scan(TABLETS_CODE), events.PayPressed())
    assert [(one.kind, one.needed) for one in lane.state.now.matters] == [(Kind.AGE, "21"), (Kind.QUANTITY, "4")]


def test_a_basket_beyond_the_limit_goes_back_to_the_shopper_where_it_is_refused() -> None:
    lane = lane_with(AttentionRules(amount_max_minor=200), *2 * [MILK_CODE])
    lane.feed(events.PayPressed(), scan(BADGE), press("refuse_value"))
    assert isinstance(lane.state.stage, Basket)
    assert (lane.state.attendant, lane.state.help_called) == ("", False)
    assert skus(lane) == ["milk"]
    assert lane.state.now.notice is not None
    assert lane.state.now.notice.code == "take_something_out"
    lane.feed(events.PayPressed())
    assert isinstance(lane.state.stage, Attention)
    lane.feed(events.BackPressed(), events.QuantityChanged(1, -1), events.PayPressed())
    assert isinstance(lane.state.stage, Asking)


def test_scanning_goes_on_while_the_attendant_is_on_the_way() -> None:
    lane = lane_with(None, WINE_CODE)
    lane.feed(events.PayPressed(), scan(MILK_CODE))
    assert skus(lane) == ["wine", "milk"]
    assert lane.state.help_called
    lane.feed(scan(BADGE), press("approve_age"), events.PayPressed())
    assert isinstance(lane.state.stage, Asking)


def test_a_second_badge_is_wanted_where_the_rules_say_so() -> None:
    lane = lane_with(AttentionRules(amount_max_minor=1_000, second_person=(Kind.VALUE,)), *8 * [MILK_CODE])
    lane.feed(events.PayPressed(), scan(BENS_BADGE), press("approve_value"))
    assert lane.state.duty.asked == "approve_value"
    assert not decided(lane)
    lane.feed(scan(TECHNICIANS_BADGE))
    assert lane.state.now.notice is not None
    assert lane.state.now.notice.code == "right_may_not_approve"
    assert kinds(lane) == [Kind.VALUE]
    lane.feed(press("approve_value"), scan(BADGE))
    assert decided(lane) == [("second_person", "approved", 0, "aoife", ""), ("value", "approved", 0, "ben", "1192")]
    assert isinstance(lane.state.stage, Basket)
    lane = lane_with(AttentionRules(amount_max_minor=1_000, second_person=(Kind.VALUE,)), *8 * [MILK_CODE])
    lane.feed(events.PayPressed(), scan(BADGE), press("approve_value"), scan(BADGE))
    assert lane.state.now.notice is not None
    assert lane.state.now.notice.code == "right_self_approval"
    assert not decided(lane)


def test_a_second_person_is_not_wanted_for_a_no() -> None:
    lane = lane_with(AttentionRules(amount_max_minor=100, second_person=(Kind.VALUE,)), MILK_CODE)
    lane.feed(events.PayPressed(), scan(BENS_BADGE), press("refuse_value"))
    assert decided(lane) == [("value", "refused", 0, "ben", "149")]


def test_who_may_not_assist_decides_nothing() -> None:
    lane = lane_with(None, WINE_CODE)
    lane.feed(events.PayPressed(), scan(TECHNICIANS_BADGE))
    assert Right.ASSIST not in lane.state.duty.rights
    assert matter_actions(lane.state) == ()
    lane.feed(press("approve_age"))
    assert kinds(lane) == [Kind.AGE]
    assert not decided(lane)


def test_decisions_survive_a_power_cut_and_the_list_comes_back() -> None:
    lane = lane_with(None, WINE_CODE, *3 * [TABLETS_CODE])
    lane.feed(events.PayPressed(), scan(BADGE), press("approve_age"))
    again = replace(open_lane(), state=decode(encode(lane.state)))
    again.feed(events.Resumed())
    assert isinstance(again.state.stage, Attention)
    assert again.state.attendant == ""
    assert kinds(again) == [Kind.QUANTITY]
    again.feed(scan(BADGE), press("approve_quantity_2"), events.PayPressed())
    assert again.state.transaction is not None
    assert again.state.transaction.decisions[0].matter is Kind.AGE
    assert not any(isinstance(entry, AgeApproved) for entry in again.entries()), "it is not asked for a second time"


def test_a_decision_ends_with_its_transaction() -> None:
    lane = lane_with(None, WINE_CODE)
    lane.feed(events.PayPressed(), scan(BADGE), press("approve_age"), events.CancelAnswered(yes=True))
    lane.feed(scan(WINE_CODE), events.PayPressed())
    assert kinds(lane) == [Kind.AGE]


def test_nothing_is_asked_of_a_payment_that_was_declined_without_looking_again() -> None:
    ban = Ban(goods=Goods(departments=("Wine",)), scope=Scope(hours=(("22:00", "10:00"),)))
    lane = lane_with(AttentionRules(bans=(ban,)), WINE_CODE)
    lane.feed(events.PayPressed(), scan(BADGE), press("approve_age"))
    lane.state = lane.state.__class__(
        stage=Declined("declined"), transaction=lane.state.transaction, business_day="2026-11-21", now=lane.state.now
    )
    lane.now = NIGHT
    lane.feed(events.PayPressed())
    assert isinstance(lane.state.stage, Attention)
    assert kinds(lane) == [Kind.NOT_FOR_SALE]
    assert not asked_for_money(lane)


def test_what_is_not_sold_at_night_is_refused_at_the_scan_and_in_a_basket_from_the_day() -> None:
    ban = Ban(goods=Goods(departments=("Wine",)), scope=Scope(hours=(("22:00", "10:00"),)))
    lane = lane_with(AttentionRules(bans=(ban,)), WINE_CODE, MILK_CODE)
    lane.now = NIGHT
    lane.feed(scan(WINE_CODE))
    assert lane.state.stage == UnknownCode("not_now")
    lane.feed(events.ContinuePressed(), events.PayPressed())
    assert kinds(lane) == [Kind.NOT_FOR_SALE, Kind.AGE]
    lane.feed(scan(BADGE))
    assert [one.name for one in matter_actions(lane.state)] == ["refuse_not_for_sale_1"]
    lane.feed(press("approve_not_for_sale_1"))
    assert skus(lane) == ["wine", "milk"]
    lane.feed(press("refuse_not_for_sale_1"))
    assert skus(lane) == ["milk"]
    assert isinstance(lane.state.stage, Basket)


def test_a_list_that_empties_by_itself_lets_the_shopper_go_on() -> None:
    ban = Ban(goods=Goods(departments=("Dairy",)), scope=Scope(hours=(("22:00", "10:00"),)))
    lane = lane_with(AttentionRules(bans=(ban,)), MILK_CODE)
    lane.now = NIGHT
    lane.feed(events.PayPressed())
    assert isinstance(lane.state.stage, Attention)
    lane.now = "2026-11-22T10:00:00.000Z"
    lane.feed(events.Tick())
    assert isinstance(lane.state.stage, Basket)
    assert not lane.state.help_called


def test_goods_for_a_staffed_till_and_large_baskets_are_held_up_at_self_checkout() -> None:
    lane = lane_with(None)
    lane.self_checkout = SelfCheckoutRules(forbidden_tags=("medicine",), pieces_max=2)
    lane.feed(scan(TABLETS_CODE))
    assert lane.state.stage == UnknownCode("not_for_sale")
    lane.feed(*3 * [scan(MILK_CODE)], events.PayPressed())
    assert kinds(lane) == [Kind.QUANTITY]


def test_goods_that_the_catalog_has_taken_back_are_held_up() -> None:
    class Changed(SmallCatalog):
        def by_sku(self, sku: str) -> Item | None:
            item = super().by_sku(sku)
            return replace(item, sellable=False) if item and sku == "bread" else item

    lane = lane_with(None, "5390000000021")
    lane.catalog = Changed()
    lane.feed(events.PayPressed())
    assert kinds(lane) == [Kind.NOT_FOR_SALE]


def test_a_deposit_needs_nobody() -> None:
    class Unsold(SmallCatalog):
        def by_sku(self, sku: str) -> Item | None:
            item = super().by_sku(sku)
            return replace(item, sellable=False) if item and sku == "deposit15" else item

    lane = open_lane(Unsold())
    lane.feed(scan(COLA_CODE), events.PayPressed())
    assert skus(lane) == ["cola", "deposit15"]
    assert isinstance(lane.state.stage, Asking)


def test_a_recalled_lot_is_refused_at_the_scan_and_that_is_in_the_ledger() -> None:
    lane = lane_with(AttentionRules(recalls=(Recall(sku="milk", lots=("LOT7",)),)))
    code = f"01{MILK_CODE.zfill(14)}10"
    lane.feed(scan(f"{code}LOT7", "]d2"))
    assert lane.state.stage == UnknownCode("recalled")
    assert decided(lane) == [("recalled", "refused", 0, "", "milk LOT7")]
    lane.feed(scan(f"{code}LOT8", "]d2"), events.PayPressed())
    assert isinstance(lane.state.stage, Asking)


def test_a_pack_that_does_not_say_its_lot_is_looked_at_and_its_lot_scanned() -> None:
    lane = lane_with(AttentionRules(recalls=(Recall(sku="milk", lots=("LOT7",)),)), MILK_CODE)
    lane.feed(events.PayPressed(), scan(BADGE))
    assert kinds(lane) == [Kind.LOT]
    lane.feed(press("read_lot_1"), scan("LOT8"))
    assert decided(lane) == [("lot", "approved", 1, "aoife", "LOT8")]
    assert isinstance(lane.state.stage, Basket)
    lane = lane_with(AttentionRules(recalls=(Recall(sku="milk", lots=("LOT7",)),)), MILK_CODE)
    lane.feed(events.PayPressed(), scan(BADGE), press("read_lot_1"), scan("LOT7"))
    assert kinds(lane) == [Kind.RECALLED]
    lane.feed(press("refuse_recalled_1"))
    assert skus(lane) == []


def test_a_pack_past_its_best_is_asked_about_where_the_rules_say_so_and_packs_of_other_days_stay_apart() -> None:
    code = f"01{MILK_CODE.zfill(14)}15"
    lane = lane_with(AttentionRules(best_before="ask"))
    lane.feed(scan(f"{code}261120", "]d2"), scan(f"{code}261121", "]d2"), scan(f"{code}261121", "]d2"))
    assert lane.state.transaction is not None
    assert [line.quantity for line in lane.state.transaction.lines] == [1, 2]
    lane.feed(events.PayPressed())
    assert [(one.kind, one.line, one.needed) for one in lane.state.now.matters] == [(Kind.BEST_BEFORE, 1, "2026-11-20")]
    lane.feed(scan(BADGE), press("approve_best_before_1"), events.PayPressed())
    assert isinstance(lane.state.stage, Asking)


def test_a_pack_that_expires_while_the_basket_is_open_is_taken_out() -> None:
    lane = lane_with()
    lane.feed(scan(f"01{MILK_CODE.zfill(14)}17261121", "]d2"))
    assert skus(lane) == ["milk"]
    lane.now = "2026-11-22T00:00:01.000Z"
    lane.feed(events.PayPressed())
    assert kinds(lane) == [Kind.EXPIRED]


def test_the_shopper_scans_the_number_of_a_piece_alone() -> None:
    lane = lane_with(None, PHONE_CODE)
    lane.feed(events.PayPressed())
    assert kinds(lane) == [Kind.SERIAL_NUMBER]
    assert not lane.state.help_called, "there is nothing that only an attendant can do"
    lane.feed(events.NumberPressed(1), scan(PHONE_CODE))
    assert lane.state.stage == Attention(reading=1)
    assert lane.state.now.notice is not None
    assert lane.state.now.notice.code == "number_wanted"
    lane.feed(scan("35-209900-176148-1"))
    assert isinstance(lane.state.stage, Basket)
    assert lane.state.transaction is not None
    assert [line.serial_number for line in lane.state.transaction.lines] == ["35-209900-176148-1"]
    lane.feed(events.PayPressed())
    assert isinstance(lane.state.stage, Asking)


def test_a_number_read_twice_by_one_pull_of_the_trigger_counts_once() -> None:
    lane = lane_with(None, PHONE_CODE)
    lane.feed(events.PayPressed(), events.NumberPressed(1), scan("SN1"))
    lane.now_ms -= 900
    lane.feed(scan("SN1"))
    assert isinstance(lane.state.stage, Basket)
    assert skus(lane) == ["phone"]


def test_without_being_asked_for_a_number_a_scan_is_a_scan() -> None:
    lane = lane_with(None, PHONE_CODE)
    lane.feed(events.PayPressed(), scan("SN1"))
    assert isinstance(lane.state.stage, UnknownCode)
    lane.feed(events.ContinuePressed(), events.PayPressed(), events.NumberPressed(9), scan(MILK_CODE))
    assert skus(lane) == ["phone", "milk"]


def test_every_piece_has_a_line_and_a_number_of_its_own() -> None:
    lane = lane_with(None, PHONE_CODE, PHONE_CODE)
    lane.feed(events.QuantityChanged(1, 1), events.PayPressed())
    assert [(one.kind, one.line) for one in lane.state.now.matters] == [
        (Kind.SERIAL_NUMBER, 1),
        (Kind.SERIAL_NUMBER, 2),
    ]
    lane.feed(events.NumberPressed(1), scan("SN1"), events.NumberPressed(2), scan("SN1"))
    assert lane.state.now.notice is not None
    assert lane.state.now.notice.code == "number_twice"
    lane.feed(scan("SN2"), events.PayPressed())
    assert isinstance(lane.state.stage, Asking)


def test_a_pack_that_says_its_number_is_not_asked_for_it() -> None:
    lane = lane_with(None)
    lane.feed(scan(f"01{PHONE_CODE.zfill(14)}21SN9", "]d2"), events.PayPressed())
    assert isinstance(lane.state.stage, Asking)
    assert lane.state.transaction is not None
    assert lane.state.transaction.lines[0].serial_number == "SN9"


@pytest.mark.parametrize(("text", "aim"), [("SN1", ""), (f"01{PHONE_CODE.zfill(14)}21SN1", "]d2")])
def test_an_attendant_scans_the_number(text: str, aim: str) -> None:
    lane = lane_with(None, PHONE_CODE)
    lane.feed(events.PayPressed(), scan(BADGE), press("read_serial_number_1"), scan(text, aim))
    assert decided(lane) == [("serial_number", "approved", 1, "aoife", "SN1")]
    assert lane.state.transaction is not None
    assert lane.state.transaction.lines[0].serial_number == "SN1"
    assert isinstance(lane.state.stage, Basket)


def test_the_number_of_another_good_is_none_of_this_one() -> None:
    lane = lane_with(None, PHONE_CODE)
    lane.feed(events.PayPressed(), scan(BADGE), press("read_serial_number_1"))
    lane.feed(scan(f"01{MILK_CODE.zfill(14)}21SN1", "]d2"), scan("a,b"), scan("x" * 41))
    assert not decided(lane)
    assert skus(lane) == ["phone"]
    lane.feed(press("back"), scan(MILK_CODE))
    assert skus(lane) == ["phone", "milk"], "whoever goes back scans goods again"


def test_a_carton_wants_the_number_of_every_piece_in_it() -> None:
    class Cartons(SmallCatalog):
        def by_code(self, code: str) -> tuple[Item, int] | None:
            phone = self.by_sku("phone")
            return (phone, 2) if phone and code == MILK_CARTON_CODE.zfill(14) else super().by_code(code)

    lane = open_lane(Cartons())
    lane.feed(scan(MILK_CARTON_CODE), events.PayPressed(), scan(BADGE), press("read_serial_number_1"))
    lane.feed(scan("SN1"), scan("SN1"))
    assert not decided(lane)
    lane.feed(scan("SN2"))
    assert decided(lane) == [("serial_number", "approved", 1, "aoife", "SN1,SN2")]


def test_another_badge_while_a_number_is_waited_for_signs_on_and_approves_nothing() -> None:
    lane = lane_with(None, PHONE_CODE)
    lane.feed(events.PayPressed(), scan(BENS_BADGE), press("read_serial_number_1"), scan(BADGE))
    assert lane.state.attendant == "aoife"
    assert not decided(lane)


def test_a_basket_that_is_drawn_for_a_check_is_checked_once() -> None:
    lane = lane_with(AttentionRules(audit=Audit(share_ppm=1_000_000)), MILK_CODE, COLA_CODE)
    lane.feed(scan(BADGE))
    assert kinds(lane) == [], "it is drawn when the shopper wants to pay"
    lane.feed(press("leave"), events.PayPressed(), scan(BADGE))
    assert kinds(lane) == [Kind.AUDIT]
    lane.feed(press("approve_audit"), events.PayPressed())
    assert isinstance(lane.state.stage, Asking)


def test_what_policy_allows_at_most_still_holds_at_the_scan() -> None:
    lane = lane_with(AttentionRules(quantity_max=2))
    lane.policy = Policy(maximum_quantity=3)
    lane.feed(*4 * [scan(MILK_CODE)])
    assert lane.state.transaction is not None
    assert lane.state.transaction.pieces == 3
    lane.feed(events.PayPressed())
    assert kinds(lane) == [Kind.QUANTITY]
