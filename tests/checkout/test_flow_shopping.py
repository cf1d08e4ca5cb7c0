"""A shopper fills a basket: what is scanned, weighed, changed and struck."""

from __future__ import annotations

import pytest

from drivers.device import Category, DeviceChanged, Lifecycle
from drivers.scale.interface import NoWeight, WeighProblem, Weight
from drivers.scanner.interface import BadRead, Scan
from kiosk.checkout import events
from kiosk.checkout.effects import Append, CancelWeigh, Weigh
from kiosk.checkout.flow.over import blocking
from kiosk.checkout.state import Attention, Attract, Basket, Closed, Lookup, UnknownCode, Weighing
from kiosk.config import Policy
from kiosk.domain.gtin import check_digit
from kiosk.messages.contents import (
    AgeApproved,
    AttentionDecided,
    ExceptionRaised,
    LaneClosed,
    LaneOpened,
    LineVoided,
    TransactionCancelled,
)
from tests.checkout.lane import (
    ALL_READY,
    BADGE,
    BANANA_CODE,
    BREAD_CODE,
    COLA_CODE,
    MILK_CARTON_CODE,
    MILK_CODE,
    SHELL_CODE,
    UNKNOWN_CODE,
    WINE_CODE,
    FlowLane,
    open_lane,
)


def scan(text: str) -> Scan:
    return Scan("scanner", text)


def label(prefix: str, item: str, value: int) -> str:
    digits = f"{prefix}{item}{value:05d}"
    return f"{digits}{check_digit(digits)}"


def test_a_lane_boots_closed_and_an_attendant_opens_it() -> None:
    lane = FlowLane()
    lane.feed(events.Resumed(), *ALL_READY, scan(MILK_CODE))
    assert isinstance(lane.state.stage, Closed)
    assert lane.state.now.notice is not None
    lane.feed(scan(BADGE), events.AttendantActed("open"))
    assert isinstance(lane.state.stage, Attract)
    assert lane.entries()[1] == LaneOpened(operator="aoife", business_day="2026-11-21")
    lane.feed(scan(BADGE), events.AttendantActed("close"))
    assert isinstance(lane.state.stage, Closed)
    assert lane.entries()[-2] == LaneClosed(operator="aoife")


def test_an_action_without_a_badge_does_nothing() -> None:
    lane = FlowLane()
    lane.feed(events.Resumed(), *ALL_READY, events.AttendantActed("open"))
    assert isinstance(lane.state.stage, Closed)


def test_the_first_scan_begins_a_basket() -> None:
    lane = open_lane()
    lane.feed(scan(MILK_CODE))
    assert isinstance(lane.state.stage, Basket)
    transaction = lane.state.transaction
    assert transaction is not None
    assert (transaction.sequence_number, transaction.total_minor, transaction.pieces) == (41, 149, 1)


def test_equal_goods_one_after_another_count_up_and_others_make_lines() -> None:
    lane = open_lane()
    lane.feed(scan(MILK_CODE), scan(MILK_CODE), scan(BREAD_CODE), scan(MILK_CODE), scan(MILK_CARTON_CODE))
    transaction = lane.state.transaction
    assert transaction is not None
    assert [(line.sku, line.quantity) for line in transaction.lines] == [("milk", 2), ("bread", 1), ("milk", 7)]
    assert transaction.total_minor == 9 * 149 + 325


def test_one_pull_of_the_trigger_counts_once() -> None:
    lane = open_lane()
    lane.feed(scan(MILK_CODE))
    lane.now_ms -= 600
    lane.feed(scan(MILK_CODE))
    assert lane.state.transaction is not None
    assert lane.state.transaction.pieces == 1
    assert lane.state.now.notice is not None
    assert lane.state.now.notice.code == "scanned_once"


def test_a_bottle_brings_its_deposit_and_takes_it_away() -> None:
    lane = open_lane()
    lane.feed(scan(COLA_CODE), scan(COLA_CODE))
    assert lane.state.transaction is not None
    assert lane.state.transaction.total_minor == 2 * 180 + 2 * 15
    assert lane.state.transaction.pieces == 2
    effects = lane.feed(events.LineRemoved(1))
    assert lane.state.transaction.lines == ()
    assert isinstance(effects[0], Append)
    assert isinstance(effects[0].content, LineVoided)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (UNKNOWN_CODE, "unknown"),
        ("5390000000019", "check_digit"),
        ("https://example.org", "other"),
        (SHELL_CODE, "not_for_sale"),
    ],
)
def test_a_code_that_sells_nothing_is_never_silent(text: str, reason: str) -> None:
    lane = open_lane()
    lane.feed(scan(text))
    assert lane.state.stage == UnknownCode(reason)
    lane.feed(events.ContinuePressed())
    assert isinstance(lane.state.stage, Basket)
    lane.feed(scan(UNKNOWN_CODE), scan(MILK_CODE))
    assert isinstance(lane.state.stage, Basket)


def test_a_bad_read_is_said() -> None:
    lane = open_lane()
    lane.feed(BadRead("scanner", "too long"))
    assert lane.state.now.notice is not None
    assert lane.state.now.notice.code == "bad_read"


def test_a_price_label_sells_at_its_price_and_says_its_weight() -> None:
    lane = open_lane()
    lane.feed(scan(label("21", "00042", 477)))
    transaction = lane.state.transaction
    assert transaction is not None
    assert (transaction.lines[0].amount_minor, transaction.lines[0].grams) == (477, 300)
    lane.feed(scan(label("22", "00042", 250)))
    assert lane.state.transaction is not None
    assert lane.state.transaction.lines[1].amount_minor == 398  # 0.250 kg at 15.90, half up from 397.5


def test_a_label_of_an_unknown_item_or_without_a_price_sells_nothing() -> None:
    for text in (label("21", "99999", 477), label("21", "00042", 0)):
        lane = open_lane()
        lane.feed(scan(text))
        assert lane.state.stage == UnknownCode("unknown")


def test_a_good_by_weight_is_weighed_and_its_tare_taken_off() -> None:
    lane = open_lane()
    lane.feed(events.LookupPressed(), events.DepartmentChosen("Fruit"))
    assert lane.state.stage == Lookup("Fruit")
    (weigh,) = lane.feed(events.ItemChosen("banana"))
    assert isinstance(weigh, Weigh)
    lane.feed(NoWeight("scale", weigh.request, WeighProblem.IN_MOTION, final=False))
    assert isinstance(lane.state.stage, Weighing)
    assert lane.state.stage.problem == "in_motion"
    lane.feed(Weight("scale", weigh.request, 457))
    transaction = lane.state.transaction
    assert transaction is not None
    line = transaction.lines[0]
    assert (line.grams, line.tare_grams, line.amount_minor) == (452, 5, 85)


def test_a_weight_of_another_request_is_not_taken() -> None:
    lane = open_lane()
    (first,) = lane.feed(events.ItemChosen("banana"), events.LookupPressed(), events.ItemChosen("banana"))[-1:]
    assert isinstance(first, Weigh)
    lane.feed(Weight("scale", "some older one", 900))
    assert isinstance(lane.state.stage, Weighing)


@pytest.mark.parametrize("problem", list(WeighProblem))
def test_a_weighing_that_ends_without_a_weight_goes_back_with_a_reason(problem: WeighProblem) -> None:
    lane = open_lane()
    (weigh,) = lane.feed(events.LookupPressed(), events.ItemChosen("banana"))
    assert isinstance(weigh, Weigh)
    lane.feed(NoWeight("scale", weigh.request, problem, final=True))
    assert isinstance(lane.state.stage, Basket)
    assert lane.state.now.notice is not None
    assert lane.state.now.notice.code == f"no_weight_{problem}"


@pytest.mark.parametrize("leaving", [events.BackPressed(), scan(MILK_CODE), events.LookupPressed(), scan(UNKNOWN_CODE)])
def test_whoever_leaves_the_scale_stops_asking_it_once(leaving: events.Event) -> None:
    lane = open_lane()
    lane.feed(events.LookupPressed(), events.ItemChosen("banana"))
    effects = lane.feed(leaving)
    assert [type(one) for one in effects] == [CancelWeigh]


def test_quantity_is_bounded_by_policy() -> None:
    lane = open_lane()
    lane.policy = Policy(maximum_quantity=2)
    lane.feed(scan(MILK_CODE), events.QuantityChanged(1, 1), events.QuantityChanged(1, 1), scan(MILK_CODE))
    assert lane.state.transaction is not None
    assert lane.state.transaction.pieces == 2
    lane.feed(events.QuantityChanged(1, -1), events.QuantityChanged(1, -1))
    assert lane.state.transaction.lines == ()


def test_where_policy_forbids_it_only_an_attendant_strikes() -> None:
    lane = open_lane()
    lane.policy = Policy(shopper_may_void=False)
    lane.feed(scan(MILK_CODE), events.LineRemoved(1))
    assert lane.state.transaction is not None
    assert lane.state.transaction.pieces == 1
    assert lane.state.help_called


def test_age_is_asked_once_before_payment_and_the_decision_kept() -> None:
    lane = open_lane()
    lane.feed(scan(WINE_CODE), events.PayPressed())
    assert isinstance(lane.state.stage, Attention)
    assert lane.state.help_called
    lane.feed(scan(BADGE), events.AttendantActed("approve_age"))
    assert AgeApproved(sequence_number=41, minimum_age=18, operator="aoife") in lane.entries()
    assert isinstance(lane.state.stage, Basket)
    lane.feed(scan(WINE_CODE), events.PayPressed())
    assert not isinstance(lane.state.stage, Attention)


def test_cancel_asks_once_more_and_keeps_the_number_used() -> None:
    lane = open_lane()
    lane.feed(scan(MILK_CODE), events.CancelPressed())
    assert lane.state.now.confirm_cancel
    lane.feed(events.CancelAnswered(yes=False))
    assert lane.state.transaction is not None
    lane.feed(events.CancelPressed(), events.CancelAnswered(yes=True))
    assert isinstance(lane.state.stage, Attract)
    cancelled = lane.entries()[-1]
    assert isinstance(cancelled, TransactionCancelled)
    assert (cancelled.sequence_number, cancelled.reason) == (41, "shopper")
    lane.feed(scan(MILK_CODE))
    assert lane.state.transaction is not None
    assert lane.state.transaction.sequence_number == 42


def test_an_idle_shopper_is_warned_then_the_basket_given_up_with_a_word_to_staff() -> None:
    lane = open_lane()
    lane.feed(events.LanguageChosen("de"), scan(MILK_CODE))
    lane.now_ms += lane.policy.idle_warning_s * 1000
    lane.feed(events.Tick())
    assert lane.state.now.idle_since_ms is not None
    lane.feed(events.ContinuePressed(), events.Tick())
    assert lane.state.now.idle_since_ms is None
    lane.now_ms += lane.policy.idle_warning_s * 1000
    lane.feed(events.Tick())
    lane.now_ms += lane.policy.idle_countdown_s * 1000
    lane.feed(events.Tick())
    assert isinstance(lane.state.stage, Attract)
    assert lane.state.language == "en"
    cancelled, told = lane.entries()
    assert isinstance(cancelled, TransactionCancelled)
    assert cancelled.reason == "idle"
    assert isinstance(told, ExceptionRaised)
    assert told.owner == "attendant"


def test_help_can_be_called_hidden_and_answered() -> None:
    lane = open_lane()
    lane.feed(scan(MILK_CODE), events.HelpPressed())
    assert lane.state.help_shown
    lane.feed(scan(BREAD_CODE))
    assert lane.state.help_called
    assert not lane.state.help_shown
    assert lane.state.transaction is not None
    assert lane.state.transaction.pieces == 2
    lane.feed(scan(BADGE), events.AttendantActed("helped"))
    assert not lane.state.help_called


def test_a_lost_scanner_blocks_and_its_return_unblocks() -> None:
    lane = open_lane()
    lane.feed(scan(MILK_CODE), DeviceChanged("scanner", Category.SCANNER, Lifecycle.LOST))
    assert blocking(lane.state) is not None
    lane.feed(DeviceChanged("scanner", Category.SCANNER, Lifecycle.READY))
    assert blocking(lane.state) is None
    assert lane.state.transaction is not None


def test_a_second_scanner_keeps_the_lane_going() -> None:
    lane = open_lane()
    lane.feed(
        DeviceChanged("hand_scanner", Category.SCANNER, Lifecycle.READY),
        DeviceChanged("scanner", Category.SCANNER, Lifecycle.LOST),
    )
    assert blocking(lane.state) is None


def test_a_lane_without_goods_does_not_pretend_to_sell() -> None:
    lane = open_lane()
    lane.feed(events.LinkChanged(0, "", online=False, catalog_version=0))
    why = blocking(lane.state)
    assert why is not None
    assert why.code == "no_catalog"


def test_a_lane_whose_devices_are_still_opening_is_not_out_of_order() -> None:
    lane = open_lane()
    lane.feed(DeviceChanged("scanner", Category.SCANNER, Lifecycle.OPENING))
    assert blocking(lane.state) is None
    lane.feed(DeviceChanged("scanner", Category.SCANNER, Lifecycle.FAILED))
    assert blocking(lane.state) is not None


GS = "\x1d"


def test_the_bars_and_the_square_on_one_pack_count_once() -> None:
    lane = open_lane()
    lane.feed(Scan("scanner", MILK_CODE))
    lane.now_ms -= 900
    lane.feed(Scan("scanner", f"01{MILK_CODE.zfill(14)}10LOT7", "]d2"))
    assert lane.state.transaction is not None
    assert lane.state.transaction.pieces == 1
    assert lane.state.now.notice is not None
    assert lane.state.now.notice.code == "scanned_once"


def test_a_pack_past_its_date_is_not_sold_and_that_is_in_the_ledger() -> None:
    lane = open_lane()
    lane.feed(Scan("scanner", f"01{MILK_CODE.zfill(14)}17261120", "]d2"))
    assert lane.state.stage == UnknownCode("expired")
    (entry,) = lane.entries()
    assert isinstance(entry, AttentionDecided)
    assert (entry.matter, entry.decision, entry.value) == ("expired", "refused", "milk 2026-11-20")
    lane.feed(Scan("scanner", f"01{MILK_CODE.zfill(14)}17261121", "]d2"))
    assert lane.state.transaction is not None
    assert lane.state.transaction.pieces == 1


def test_a_piece_with_a_number_of_its_own_is_sold_once() -> None:
    lane = open_lane()
    first, second = (f"01{MILK_CODE.zfill(14)}21{serial}" for serial in ("A1", "A2"))
    lane.feed(Scan("scanner", first, "]Q3"), Scan("scanner", first, "]Q3"), Scan("scanner", second, "]Q3"))
    transaction = lane.state.transaction
    assert transaction is not None
    assert [(line.serial_number, line.quantity) for line in transaction.lines] == [("A1", 1), ("A2", 1)]


def test_a_pack_that_says_its_weight_or_price_is_not_weighed_again() -> None:
    lane = open_lane()
    ham = f"01{BANANA_CODE.zfill(14)}3103000452"
    lane.feed(Scan("scanner", ham, "]e0"))
    transaction = lane.state.transaction
    assert transaction is not None
    assert (transaction.lines[0].grams, transaction.lines[0].due_minor) == (452, 85)
    lane.feed(Scan("scanner", f"{ham}3922199{GS}10L1", "]e0"))
    transaction = lane.state.transaction
    assert transaction is not None
    assert (transaction.lines[1].due_minor, transaction.lines[1].lot) == (199, "L1")


def test_a_coupon_or_a_receipt_of_ours_is_named_and_never_an_unknown_item() -> None:
    lane = open_lane()
    lane.feed(Scan("scanner", "9990000000005"))
    assert lane.state.stage == UnknownCode("coupon")
    lane.feed(Scan("scanner", "CL1R:ABC"))
    assert lane.state.stage == UnknownCode("receipt")
