"""Signals: who stands out among the others, and who does not."""

from __future__ import annotations

from kiosk.accounts.report_signals import Matter, SignalRules, signals
from kiosk.messages.contents import Content, LineVoided
from kiosk.messages.tills import DrawerOpened, SignOnRefused, TrainingEnded, TrainingStarted
from tests.accounts.till_desk import cash_sale, line, sale

RULES = SignalRules(least=5, times=3)


def sales(operator: str, number: int) -> list[Content]:
    return [cash_sale(n, 100, operator=operator) for n in range(1, number + 1)]


def voids(operator: str, number: int) -> list[Content]:
    return [LineVoided(sequence_number=n, line=line(100), operator=operator) for n in range(number)]


def found(*ledgers: list[Content]) -> list[tuple[str, Matter]]:
    return [(one.operator, one.matter) for one in signals(ledgers, RULES)]


def test_three_times_as_many_voids_as_the_others_stand_out() -> None:
    crowd = [*sales("ann", 50), *sales("ben", 100), *voids("ben", 4)]
    assert found([*crowd, *voids("ann", 6)]) == [("ann", Matter.VOID)]
    assert found([*crowd, *voids("ann", 5)]) == []  # 2.5 times
    assert found([*crowd[:50], *voids("ann", 4)]) == []  # nobody to compare with, and too few


def test_other_workstations_count_and_shoppers_own_voids_do_not() -> None:
    assert found([*sales("ann", 10), *voids("ann", 6)]) == []
    assert found([*sales("ann", 10), *voids("ann", 6)], sales("ben", 40)) == [("ann", Matter.VOID)]
    assert found([*sales("ann", 10), *voids("", 60)], sales("ben", 40)) == []


def test_what_was_done_in_training_is_left_out() -> None:
    practice: list[Content] = [TrainingStarted(operator="ann"), *voids("ann", 9), TrainingEnded(operator="ann")]
    assert found([*sales("ann", 10), *practice], sales("ben", 40)) == []


def test_drawers_returns_and_wrong_pins_are_looked_at_too() -> None:
    opened: list[Content] = [DrawerOpened(till="1", cause="no_sale", operator="ann", reason="change")] * 5
    wrong: list[Content] = [SignOnRefused(operator="ann", method="pin", reason="pin")] * 5
    back: list[Content] = [sale(n, (line(-100),), ()) for n in range(5)]
    ledger = [*sales("ann", 10), *opened, *wrong, *back]
    assert found(ledger, sales("ben", 60)) == [
        ("ann", Matter.NO_SALE),
        ("ann", Matter.REFUSED_SIGN_ON),
        ("ann", Matter.RETURN),
    ]
