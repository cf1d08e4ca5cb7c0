"""Money nobody knows of yet: a card declined, cancelled, lost on the line, or charged without us."""

from __future__ import annotations

import pytest

from kiosk.messages.contents import ExceptionRaised, PaymentResult
from tests.bench import Bench
from tests.walks.books import cards, charges, entries, must_agree, sales
from tests.walks.shopper import CHEESE, MILK, Shopper

pytestmark = pytest.mark.processes


def outcomes(bench: Bench) -> list[str]:
    return [entry.content.outcome for entry in entries(bench) if isinstance(entry.content, PaymentResult)]


def test_a_declined_card_charges_nothing_and_another_one_pays(shopper: Shopper) -> None:
    lane = shopper.bench.lane
    shopper.buys_until_asked(MILK)
    shopper.bench.do("terminal", "decline")
    lane.sees("tender_declined", "The card was declined. You were not charged. Please try another card.")
    assert lane.screen.says("Not paid")
    shopper.bought.append((MILK,))
    shopper.finishes(MILK)
    must_agree(shopper.bench, shopper.bought)
    assert outcomes(shopper.bench) == ["declined", "approved"]


def test_a_payment_cancelled_at_the_lane_leads_back_to_the_basket(shopper: Shopper) -> None:
    lane = shopper.bench.lane
    shopper.buys_until_asked(MILK)
    lane.until(lambda screen: screen.says("Hold your card"), "what the terminal waits for")
    lane.press("cancel")
    lane.sees("basket", "Payment cancelled. You were not charged.")
    assert charges(shopper.bench) == []
    shopper.buys(MILK, CHEESE)
    must_agree(shopper.bench, shopper.bought)


def test_an_answer_lost_on_the_line_is_asked_for_and_never_charged_again(shopper: Shopper) -> None:
    shopper.cards = ["lose_answer"]
    shopper.buys(MILK)
    must_agree(shopper.bench, shopper.bought)
    assert outcomes(shopper.bench) == ["unknown", "approved"]
    assert shopper.bench.do("terminal", "state")["authorisations"] == 1


def test_a_line_lost_before_the_charge_is_asked_about_too(shopper: Shopper) -> None:
    lane = shopper.bench.lane
    shopper.buys_until_asked(MILK)
    shopper.bench.do("terminal", "drop_before_charge")
    lane.sees("tender_declined", "We have checked: you were not charged. Please try again.")
    shopper.bought.append((MILK,))
    shopper.finishes(MILK)
    must_agree(shopper.bench, shopper.bought)
    assert outcomes(shopper.bench) == ["unknown", "not_charged", "approved"]


def test_a_terminal_that_is_gone_leaves_the_basket_frozen_until_it_is_back(shopper: Shopper) -> None:
    """The shopper is told not to pay again, help is called, and scanning changes nothing meanwhile."""
    bench, lane = shopper.bench, shopper.bench.lane
    shopper.buys_until_asked(MILK)
    bench.do("terminal", "unplug")
    lane.sees("tender_in_doubt", "Please do not pay again")
    assert lane.screen.says("Your basket is safe.")
    for _ in range(3):
        lane.time_passes(6)
    lane.until(lambda screen: screen.says("Help is coming"), "help")
    bench.scan(bench.code(CHEESE.sku))
    bench.do("terminal", "plug")
    lane.sees("tender_declined", "you were not charged")
    lane.press("back")
    assert [name for name, _, _ in lane.sees("basket").lines] == [bench.good(MILK.sku).name]


def test_an_attendant_settles_what_the_terminal_cannot_tell(shopper: Shopper) -> None:
    bench, lane = shopper.bench, shopper.bench.lane
    shopper.buys_until_asked(MILK)
    bench.do("terminal", "unplug")
    lane.sees("tender_in_doubt")
    bench.attendant("settle_paid")
    lane.sees("receipt", "You have paid")
    (sale,) = sales(bench)
    assert cards(sale)[0].authorisation_code == "operator aoife"
    raised = [entry.content for entry in entries(bench) if isinstance(entry.content, ExceptionRaised)]
    assert [(one.code, one.owner) for one in raised] == [("payment_settled_by_operator", "finance")]


def test_a_duplicate_approval_books_one_sale(shopper: Shopper) -> None:
    shopper.bench.do("terminal", "duplicate")
    shopper.buys(MILK)
    shopper.buys(CHEESE)
    must_agree(shopper.bench, shopper.bought)


def test_a_charge_made_without_us_is_not_taken_for_ours(shopper: Shopper) -> None:
    """The same amount, charged by hand before the shopper pays: it does not pay for this basket."""
    bench = shopper.bench
    bench.do("terminal", "charge", amount_minor=129)
    shopper.buys(MILK)
    assert charges(bench) == [(1, 129), (2, 129)]
    assert [tender.receipt_number for sale in sales(bench) for tender in cards(sale)] == [2]
