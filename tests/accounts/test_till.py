"""Tills: what a shift should hold, who may touch it, and that nobody sees the expectation before counting."""

from __future__ import annotations

import msgspec
import pytest

from kiosk.accounts.till import TillState, folded, open_shifts, pickup_due, shift_for_sale
from kiosk.accounts.till_commands import (
    Command,
    CountShift,
    DrawerForced,
    EndTraining,
    MoveCash,
    OpenDrawer,
    OpenShift,
    ResumeShift,
    SettleShift,
    StartTraining,
    SuspendShift,
)
from kiosk.accounts.till_count import to_count
from kiosk.accounts.till_policy import Movement, Sharing, TillPolicy
from kiosk.domain.operator.rights import Staff
from kiosk.messages.contents import ExceptionRaised
from kiosk.messages.tenders import CardTender, CashTender
from kiosk.messages.tills import (
    CashMoved,
    Counted,
    DrawerOpened,
    NumbersRestored,
    ShiftCounted,
    ShiftOpened,
    ShiftSettled,
    ShiftSuspended,
)
from tests.accounts.till_desk import ANN, BEN, DAY, EVE, MAX, Desk, line, sale


def cash(desk: Desk, shift: str) -> int:
    return desk.shift(shift).expected["cash"]


def counted(minor: int, **denominations: int) -> tuple[Counted, ...]:
    pieces = {face.removeprefix("of_"): number for face, number in denominations.items()}
    return (Counted(tender="cash", amount_minor=minor, denominations=pieces),)


def test_a_shift_opens_with_its_float_and_a_name_of_its_own() -> None:
    desk = Desk()
    (opened,) = desk.done(OpenShift("1", DAY, 10_000))
    assert opened == ShiftOpened(
        shift="0101-07-000001", till="1", operator="ann", business_day=DAY, currency="EUR", float_minor=10_000
    )
    assert cash(desk, "0101-07-000001") == 10_000


def test_after_a_lost_disk_shift_names_go_on_behind_those_headquarters_knows() -> None:
    desk = Desk()
    desk.append(NumbersRestored(sequence_number=900, z_number=7, shifts=41, sales_minor=0, returns_minor=0))
    assert desk.open() == "0101-07-000042"


def test_every_way_of_moving_cash_moves_what_is_expected() -> None:
    desk = Desk()
    shift = desk.open(10_000)
    for movement in (Movement.LOAN, Movement.PAID_IN):
        desk.done(MoveCash(shift, movement, 500, "other"))
    for movement in (Movement.PICKUP, Movement.PAID_OUT, Movement.SAFE_DROP, Movement.BANK_DROP):
        desk.done(MoveCash(shift, movement, 200, "other"), MAX)
    assert cash(desk, shift) == 10_000 + 2 * 500 - 4 * 200
    assert desk.shift(shift).moved == {
        "loan": 500,
        "paid_in": 500,
        "pickup": 200,
        "paid_out": 200,
        "safe_drop": 200,
        "bank_drop": 200,
    }


def test_movements_are_numbered_and_open_the_drawer() -> None:
    desk = Desk()
    shift = desk.open()
    done = [one for _ in range(2) for one in desk.done(MoveCash(shift, Movement.LOAN, 100))]
    assert [one.cause for one in done if isinstance(one, DrawerOpened)] == ["loan", "loan"]
    assert [one.number for one in done if isinstance(one, CashMoved)] == [1, 2]


def test_cash_sales_change_refunds_and_rounding_move_the_drawer_cards_do_not() -> None:
    desk = Desk()
    shift = desk.open(10_000)
    desk.append(
        sale(1, (line(1_998),), (CashTender(amount_minor=2_000, given_minor=5_000, change_minor=3_000),), shift=shift),
        sale(2, (line(-300),), (CashTender(amount_minor=-300, given_minor=-300),), shift=shift),
        sale(
            3,
            (line(1_000),),
            (CardTender(amount_minor=1_000, attempt="a", terminal_id="T", receipt_number=1, trace_number=1),),
            shift=shift,
        ),
    )
    assert desk.shift(shift).expected == {"cash": 10_000 + 2_000 - 300, "card": 1_000}


def test_foreign_cash_is_kept_apart_and_its_change_leaves_in_home_money() -> None:
    desk = Desk()
    shift = desk.open(10_000)
    foreign = CashTender(
        amount_minor=900,
        given_minor=1_850,
        change_minor=950,
        foreign_currency="USD",
        foreign_minor=2_000,
        rate_ppm=925_000,
    )
    desk.append(sale(1, (line(900),), (foreign,), shift=shift))
    assert desk.shift(shift).expected == {"cash": 10_000 - 950, "cash:USD": 2_000}
    assert to_count(desk.shift(shift), desk.policy) == ("cash", "cash:USD")


def test_cash_of_a_sale_without_a_shift_is_not_lost() -> None:
    desk = Desk()
    desk.sold_for_cash("", 500)
    desk.sold_for_cash("no such shift", 300)
    assert desk.state.outside == {"cash": 800}


def test_a_sale_that_names_a_settled_shift_does_not_change_it() -> None:
    desk = Desk()
    shift = desk.open(1_000)
    desk.count(shift, 1_000)
    desk.done(SettleShift(shift))
    desk.sold_for_cash(shift, 500)
    assert cash(desk, shift) == 1_000
    assert desk.state.outside == {"cash": 500}


@pytest.mark.parametrize("amount", [0, -5])
def test_a_movement_is_more_than_nothing(amount: int) -> None:
    desk = Desk()
    assert desk.refused(MoveCash(desk.open(), Movement.LOAN, amount)).reason == "amount"


def test_paid_in_and_out_need_a_reason_from_the_list() -> None:
    desk = Desk()
    shift = desk.open()
    for movement in (Movement.PAID_IN, Movement.PAID_OUT):
        assert desk.refused(MoveCash(shift, movement, 100, "for me"), MAX).reason == "reason"


def test_what_is_paid_out_needs_a_second_person_and_nobody_is_ones_own() -> None:
    desk = Desk()
    out = MoveCash(desk.open(), Movement.PAID_OUT, 900, "postage")
    assert desk.refused(out).second_person
    assert desk.refused(out, ANN, ANN).reason == "self_approval"
    assert desk.refused(out, ANN, BEN).reason == "may_not_approve"
    moved = desk.done(out, ANN, EVE)[1]
    assert isinstance(moved, CashMoved)
    assert (moved.operator, moved.approved_by) == ("ann", "eve")


def test_more_out_than_can_be_there_is_not_refused_but_told_to_finance() -> None:
    desk = Desk()
    done = desk.done(MoveCash(desk.open(1_000), Movement.PICKUP, 1_001))
    assert [one.owner for one in done if isinstance(one, ExceptionRaised)] == ["finance"]
    desk = Desk()
    done = desk.done(MoveCash(desk.open(1_000), Movement.PICKUP, 1_000))
    assert not [one for one in done if isinstance(one, ExceptionRaised)]


def test_a_no_sale_gives_its_reason() -> None:
    desk = Desk()
    shift = desk.open()
    assert desk.refused(OpenDrawer("1", "")).reason == "reason"
    assert desk.done(OpenDrawer("1", "change")) == (
        DrawerOpened(till="1", cause="no_sale", operator="ann", reason="change"),
    )
    assert desk.shift(shift).no_sales == 1


def test_a_forced_drawer_is_written_down_whoever_is_there() -> None:
    desk = Desk()
    shift = desk.open()
    desk.done(StartTraining(), EVE)
    done = desk.done(DrawerForced("1"), Staff("", ()))
    assert [type(one) for one in done] == [DrawerOpened, ExceptionRaised]
    desk.done(EndTraining(), EVE)
    desk.done(DrawerForced("1"))
    assert desk.shift(shift).drawer_openings == 1


def test_a_count_must_be_whole_and_add_up() -> None:
    desk = Desk(TillPolicy(counted=("meal_voucher",), denominations=True))
    shift = desk.open()
    voucher = Counted(tender="meal_voucher", amount_minor=0)
    both = (*counted(5_070, of_5000=1, of_50=1, of_20=1), voucher)
    assert desk.refused(CountShift(shift, counted(10_000))).reason == "incomplete"
    assert desk.refused(CountShift(shift, (*both, voucher))).reason == "twice"
    assert desk.refused(CountShift(shift, (*counted(-1), voucher))).reason == "amount"
    assert desk.refused(CountShift(shift, (*counted(10_000), voucher))).reason == "denominations"
    assert desk.refused(CountShift(shift, (*counted(10_000, of_5000=1), voucher))).reason == "sum"
    assert desk.refused(CountShift(shift, (*counted(-5_000, of_5000=-1), voucher))).reason == "amount"
    desk.done(CountShift(shift, both))


def test_a_shift_without_a_count_or_with_an_old_one_is_not_settled() -> None:
    desk = Desk()
    shift = desk.open(1_000)
    assert desk.refused(SettleShift(shift)).reason == "not_counted"
    desk.count(shift, 1_000)
    desk.sold_for_cash(shift, 200)
    assert desk.refused(SettleShift(shift)).reason == "stale"
    desk.count(shift, 1_200)
    (done,) = desk.done(SettleShift(shift))
    assert isinstance(done, ShiftSettled)
    assert [(one.tender, one.expected_minor, one.difference_minor) for one in done.settlements] == [("cash", 1_200, 0)]


def test_a_card_sale_after_the_count_leaves_the_count_of_cash_standing_only_if_nothing_moved() -> None:
    desk = Desk()
    shift = desk.open(1_000)
    desk.count(shift, 1_000)
    desk.append(sale(1, (), (), shift=shift))
    assert not desk.shift(shift).stale


def test_counting_again_and_again_needs_a_second_person() -> None:
    desk = Desk(TillPolicy(counts=2))
    shift = desk.open(1_000)
    desk.count(shift, 1)
    desk.count(shift, 2)
    again = CountShift(shift, counted(3))
    assert desk.refused(again).reason == "counts"
    assert desk.refused(again, ANN, ANN).reason == "self_approval"
    desk.done(again, ANN, EVE)


def test_a_difference_needs_a_second_person_who_is_not_its_owner() -> None:
    desk = Desk()
    shift = desk.open(10_000)
    desk.count(shift, 10_000 - 201)
    assert desk.refused(SettleShift(shift)).reason == "difference"
    assert desk.refused(SettleShift(shift), EVE, ANN).reason == "self_approval"
    assert desk.refused(SettleShift(shift), ANN, BEN).reason == "may_not_approve"
    (done,) = desk.done(SettleShift(shift), ANN, EVE)
    assert isinstance(done, ShiftSettled)
    assert (done.approved_by, done.settlements[0].difference_minor) == ("eve", -201)


def test_a_small_difference_is_settled_alone_and_a_large_one_told_to_finance() -> None:
    desk = Desk()
    shift = desk.open(10_000)
    desk.count(shift, 10_200)
    assert len(desk.done(SettleShift(shift))) == 1
    desk = Desk()
    shift = desk.open(10_000)
    desk.count(shift, 12_001)
    told = desk.done(SettleShift(shift), ANN, EVE)[1]
    assert isinstance(told, ExceptionRaised)
    assert told.owner == "finance"


def test_nothing_said_before_the_settlement_depends_on_what_is_expected() -> None:
    """Two tills, counted alike, one short and one over: the counter is told the same, word by word."""

    def said(float_minor: int) -> list[object]:
        desk = Desk()
        shift = desk.open(float_minor)
        words: list[object] = [desk.refused(SettleShift(shift)), desk.count(shift, 50_000)]
        words += [desk.refused(SettleShift(shift)), desk.count(shift, 50_000), to_count(desk.shift(shift), desk.policy)]
        return words

    assert said(10_000) == said(90_000)


def test_a_settled_shift_is_over() -> None:
    desk = Desk()
    shift = desk.open(1_000)
    desk.count(shift, 1_000)
    desk.done(SettleShift(shift))
    for command in (
        MoveCash(shift, Movement.LOAN, 100),
        CountShift(shift, counted(1)),
        SettleShift(shift),
    ):
        assert desk.refused(command).reason == "settled"
    assert desk.open(500) == "0101-07-000002"


def test_one_shift_at_a_time_unless_the_store_shares_its_tills() -> None:
    desk = Desk()
    desk.open()
    assert desk.refused(OpenShift("2", DAY), BEN).reason == "taken"
    desk = Desk(TillPolicy(sharing=Sharing.MULTI))
    desk.open()
    assert desk.refused(OpenShift("1", DAY), BEN).reason == "taken"
    desk.open(till="2", operator=BEN)
    assert open_shifts(desk.state) == ("0101-07-000001", "0101-07-000002")


def test_a_shift_is_its_operators_unless_shared_or_a_supervisor_comes() -> None:
    desk = Desk()
    shift = desk.open()
    loan = MoveCash(shift, Movement.LOAN, 100)
    assert desk.refused(loan, BEN).reason == "not_yours"
    desk.done(loan, EVE)
    desk = Desk(TillPolicy(sharing=Sharing.SHARED))
    shift = desk.open()
    desk.done(MoveCash(shift, Movement.LOAN, 100), BEN)


def test_a_sale_belongs_to_the_operators_own_shift_or_a_shared_one() -> None:
    desk = Desk()
    shift = desk.open()
    mine = shift_for_sale(desk.state, "1", "ann", desk.policy)
    assert mine is not None
    assert mine.shift == shift
    assert shift_for_sale(desk.state, "1", "ben", desk.policy) is None
    assert shift_for_sale(desk.state, "1", "ben", TillPolicy(sharing=Sharing.SHARED)) is not None
    assert shift_for_sale(desk.state, "2", "ann", desk.policy) is None


def test_a_device_without_a_drawer_has_shifts_but_no_cash() -> None:
    desk = Desk(TillPolicy(drawer=False))
    assert desk.refused(OpenShift("1", DAY, 100)).reason == "float"
    shift = desk.open(0)
    assert desk.refused(MoveCash(shift, Movement.LOAN, 100)).reason == "no_drawer"
    assert desk.refused(OpenDrawer("1", "change")).reason == "no_drawer"
    (done,) = desk.done(SettleShift(shift))
    assert isinstance(done, ShiftSettled)
    assert done.settlements == ()


def test_a_float_is_not_below_nothing() -> None:
    assert Desk().refused(OpenShift("1", DAY, -1)).reason == "float"


def test_a_till_is_parked_and_resumed_at_another_drawer() -> None:
    desk = Desk(TillPolicy(sharing=Sharing.MULTI, floating=True))
    shift = desk.open(1_000)
    desk.sold_for_cash(shift, 500)
    assert desk.refused(ResumeShift(shift, "2")).reason == "not_parked"
    desk.done(SuspendShift(shift))
    assert desk.refused(MoveCash(shift, Movement.LOAN, 100)).reason == "parked"
    assert open_shifts(desk.state) == ()
    desk.open(till="2", operator=BEN)
    assert desk.refused(ResumeShift(shift, "2")).reason == "taken"
    assert desk.refused(ResumeShift(shift, "3"), BEN).reason == "not_yours"
    desk.done(ResumeShift(shift, "3"))
    assert (desk.shift(shift).till, cash(desk, shift)) == ("3", 1_500)


def test_a_till_is_resumed_at_another_workstation_with_what_it_carried() -> None:
    here, there = Desk(TillPolicy(floating=True)), Desk(TillPolicy(floating=True))
    shift = here.open(1_000)
    here.sold_for_cash(shift, 500)
    (parked,) = here.done(SuspendShift(shift))
    assert isinstance(parked, ShiftSuspended)
    assert there.refused(ResumeShift(shift, "1")).reason == "unknown_shift"
    there.done(ResumeShift(shift, "1", parked, "0101-07"))
    there.sold_for_cash(shift, 250)
    assert cash(there, shift) == 1_750


def test_tills_stay_where_they_are_unless_the_store_carries_them_about() -> None:
    desk = Desk()
    assert desk.refused(SuspendShift(desk.open())).reason == "not_floating"


def test_training_moves_nothing_real() -> None:
    desk = Desk()
    real = desk.open(1_000)
    assert desk.refused(EndTraining()).reason == "training"
    desk.done(StartTraining())
    assert desk.refused(StartTraining()).reason == "training"
    assert desk.refused(MoveCash(real, Movement.LOAN, 100)).reason == "training"
    assert desk.refused(OpenDrawer("1", "change")).reason == "training"
    practice = desk.open(5_000)
    done = desk.done(MoveCash(practice, Movement.PICKUP, 9_000))
    assert [type(one) for one in done] == [CashMoved]
    desk.sold_for_cash(practice, 700, training=True)
    desk.sold_for_cash(real, 700, training=True)
    assert cash(desk, practice) == 5_000 - 9_000 + 700
    desk.done(EndTraining())
    assert list(desk.state.shifts) == [real]
    assert cash(desk, real) == 1_000
    assert desk.state.outside == {}


def test_a_real_shift_is_not_touched_from_training_nor_the_other_way_round() -> None:
    desk = Desk()
    desk.done(StartTraining())
    practice = desk.open(0)
    desk.sold_for_cash(practice, 500)
    assert cash(desk, practice) == 0
    assert desk.state.outside == {"cash": 500}


def test_what_an_attendants_role_does_not_hold_is_refused() -> None:
    nobody = Staff("zed", ("trainee",))
    desk = Desk(TillPolicy(sharing=Sharing.SHARED, floating=True))
    shift = desk.open()
    commands: tuple[Command, ...] = (
        MoveCash(shift, Movement.LOAN, 100),
        OpenDrawer("1", "change"),
        CountShift(shift, counted(1)),
        SettleShift(shift),
        StartTraining(),
        OpenShift("2", DAY),
    )
    assert {desk.refused(command, nobody).reason for command in commands} == {"no_right"}


def test_a_full_drawer_wants_a_pickup() -> None:
    desk = Desk(TillPolicy(drawer_most_minor=20_000))
    shift = desk.open(20_000)
    assert not pickup_due(desk.shift(shift), desk.policy)
    desk.sold_for_cash(shift, 1)
    assert pickup_due(desk.shift(shift), desk.policy)


def test_the_state_is_what_the_ledger_says_and_nothing_more() -> None:
    desk = Desk()
    shift = desk.open()
    desk.sold_for_cash(shift, 700)
    desk.done(MoveCash(shift, Movement.LOAN, 100))
    desk.count(shift, 1)
    assert folded(placed.content for placed in desk.entries) == desk.state
    assert msgspec.json.decode(msgspec.json.encode(desk.state), type=TillState) == desk.state


def test_entries_about_shifts_that_are_not_known_change_nothing() -> None:
    desk = Desk()
    before = desk.state
    desk.append(
        CashMoved(shift="x", till="1", movement="loan", amount_minor=1, reason="", operator="ann"),
        ShiftCounted(shift="x", till="1", operator="ann", counts=()),
        ShiftSettled(shift="x", till="1", operator="ann", settlements=()),
        DrawerOpened(till="1", cause="sale", operator="ann"),
    )
    assert desk.state == before
