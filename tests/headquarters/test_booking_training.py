"""Sales for practice are booked, so that no number is missing, and are in no total."""

from __future__ import annotations

from headquarters.booking import Booking
from headquarters.database import Database
from headquarters.report import as_text
from kiosk.messages.tenders import CashTender
from tests.headquarters.paper_lane import PaperLane, sale
from tests.headquarters.test_booking import all_is_well, numbers


def test_a_training_sale_is_booked_apart(database: Database, booking: Booking, lane: PaperLane) -> None:
    lane.sell(1, 250)
    lane.add(sale(2, 999, training=True, tenders=(CashTender(amount_minor=999, given_minor=999),)))
    lane.sell(3, 199)
    assert booking.receive(lane.name, lane.batch()).high_water == 4
    told = numbers(database)
    assert told["days"] == [
        {"business_day": "2026-03-14", "store_id": "0101", "currency": "EUR", "sales": 2, "total_minor": 449}
    ]
    assert (told["sales_booked"], told["training_sales"], told["quarantined"]) == (2, 1, 0)
    assert "2 sales booked, 1 for practice" in as_text(told)
    assert all_is_well(database)


def test_a_day_of_nothing_but_training_has_no_total(database: Database, booking: Booking, lane: PaperLane) -> None:
    lane.add(sale(1, 999, training=True, tenders=(CashTender(amount_minor=999, given_minor=999),)))
    booking.receive(lane.name, lane.batch())
    assert numbers(database)["days"] == []
