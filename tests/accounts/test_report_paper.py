"""Reports and slips on paper: what a person reads, that a copy says so, and that a count shows no expectation."""

from __future__ import annotations

from drivers.printer.interface import Columns, Element, Text
from kiosk.accounts import report_paper, till_paper
from kiosk.accounts.report import Asked, report_now, report_of
from kiosk.accounts.report_books import Books, Placed, entered
from kiosk.accounts.report_paper import PaperHead, report_elements
from kiosk.accounts.till_commands import MoveCash, SettleShift
from kiosk.accounts.till_paper import slip
from kiosk.accounts.till_policy import Movement
from kiosk.messages.contents import Content, PaymentAttempt
from kiosk.messages.tenders import CashTender
from kiosk.messages.tills import Counted, ShiftCounted
from tests.accounts.till_desk import ANN, DAY, EPOCH, EVE, Desk, cash_sale, line, sale

HEAD = PaperHead(("Corner Shop",), "0101/07", "01.03.26 20:15")


PAID = CashTender(amount_minor=840, given_minor=840)


class Wording:
    """English; notes every phrase that was said."""

    def __init__(self) -> None:
        self.said: set[str] = set()

    def say(self, phrase: str) -> str:
        self.said.add(phrase)
        return phrase

    def money(self, amount_minor: int) -> str:
        return f"{'-' if amount_minor < 0 else ''}{abs(amount_minor) // 100}.{abs(amount_minor) % 100:02d}"


def texts(elements: tuple[Element, ...]) -> list[str]:
    found = []
    for one in elements:
        if isinstance(one, Text):
            found.append(one.text)
        if isinstance(one, Columns):
            found.append(f"{one.left}|{one.right}")
    return found


def day() -> list[Content]:
    desk = Desk()
    shift = desk.open(10_000)
    desk.done(MoveCash(shift, Movement.PICKUP, 2_000))
    desk.append(
        cash_sale(11, 600, shift=shift), sale(12, (line(900, off=100, promotion="spring"), line(-60, 2)), (PAID,))
    )
    desk.append(
        cash_sale(13, 70, training=True),
        PaymentAttempt(attempt="a9", sequence_number=14, amount_minor=5, currency="EUR"),
    )
    desk.count(shift, 8_600)
    desk.done(SettleShift(shift), EVE)
    return [placed.content for placed in desk.entries]


def printed(kind: str, copy: int = 0, wording: Wording | None = None) -> list[str]:
    books = entered(Books(), (Placed(content, EPOCH, number) for number, content in enumerate(day(), start=1)))
    report = report_of(report_now(books, Asked(EVE, DAY), kind))
    head = PaperHead(HEAD.lines, HEAD.place, HEAD.at, copy)
    return texts(report_elements(report, head, wording or Wording()))


def test_a_z_report_shows_what_a_day_came_to() -> None:
    lines = printed("z")
    assert lines[:2] == ["Corner Shop", "Z report 1"]
    for wanted in (
        "Receipt numbers|11 - 13",
        "Gross sales|16.00",
        "Discounts|-1.00",
        "Returns|-0.60",
        "Net sales|14.40",
        "1 x Pickup|20.00",
        "1 x spring|1.00",
        "A  20 % on 12.00|2.40",
        "a9 unknown|0.05",
        "Grand total|14.40",
        "1 x Sale|0.70",
    ):
        assert wanted in lines


def test_a_copy_says_so_at_its_top_and_bottom_and_an_original_does_not() -> None:
    assert [line for line in printed("z", copy=2) if "COPY" in line] == ["*** COPY *** 2"] * 2
    assert not [line for line in printed("z") if "COPY" in line]


def test_an_x_report_bears_no_number() -> None:
    assert printed("x")[1] == "X report"


def test_a_count_slip_shows_what_was_counted_and_nothing_of_what_is_expected() -> None:
    desk = Desk()
    shift = desk.open(7_777)
    counted = ShiftCounted(
        shift=shift,
        till="1",
        operator="ann",
        counts=(Counted(tender="cash", amount_minor=5_060, denominations={"20": 3, "5000": 1}),),
    )
    found = slip(counted, HEAD, Wording())
    assert found is not None
    lines = texts(found)
    assert lines[-4:-1] == ["  1 x 50.00|50.00", "  3 x 0.20|0.60", "Cash|50.60"]
    assert not [line for line in lines if "77.77" in line or "Expected" in line]


def test_a_settlement_slip_shows_all_three() -> None:
    desk = Desk()
    shift = desk.open(5_000)
    desk.count(shift, 4_900)
    (settled,) = desk.done(SettleShift(shift), ANN)
    found = slip(settled, HEAD, Wording())
    assert found is not None
    assert {"Expected|50.00", "Counted|49.00", "Difference|-1.00"} <= set(texts(found))


def test_what_has_no_slip_has_none() -> None:
    assert slip(cash_sale(1, 100), HEAD, Wording()) is None


def test_every_phrase_that_is_said_is_in_the_list_for_translators() -> None:
    wording = Wording()
    printed("x", 1, wording)
    printed("z", 1, wording)
    assert wording.said <= set(report_paper.phrases())
    wording = Wording()
    made = [content for content in day() if slip(content, HEAD, wording)]
    assert len({type(content) for content in made}) == 5
    assert wording.said <= {*till_paper.phrases(), *report_paper.phrases()}
