"""A sale is booked once, in order, whatever happens on the way."""

from __future__ import annotations

from sqlalchemy import Table, select

from headquarters import schema
from headquarters.audit import audit
from headquarters.booking import Booking
from headquarters.database import Database
from headquarters.report import report
from tests.headquarters.paper_lane import PaperLane, cancelled, drain, now, opened, registered, sale

Rows = list[dict[str, object]]


def rows(database: Database, table: Table) -> Rows:
    with database.read() as connection:
        return [dict(row) for row in connection.execute(select(table)).mappings()]


def numbers(database: Database) -> dict[str, object]:
    with database.read() as connection:
        return report(connection)


def all_is_well(database: Database) -> bool:
    with database.read() as connection:
        return audit(connection).findings == ()


def test_what_a_lane_sells_is_booked_with_its_lines_and_tenders(
    database: Database, booking: Booking, lane: PaperLane
) -> None:
    lane.add(opened())
    lane.sell(1, 250)
    lane.sell(2, 199)
    answer = booking.receive(lane.name, lane.batch())
    assert (answer.epoch, answer.high_water, answer.hash) == (lane.epoch, 4, lane.head_hash)
    assert (answer.fork, answer.refused, answer.generation) == (False, "", 1)
    assert [(row["sequence_number"], row["total_minor"]) for row in rows(database, schema.sales)] == [
        (1, 250),
        (2, 199),
    ]
    assert [row["sku"] for row in rows(database, schema.sale_lines)] == ["OATS", "OATS"]
    assert [row["attempt"] for row in rows(database, schema.sale_tenders)] == ["a1", "a2"]
    assert numbers(database)["days"] == [
        {"business_day": "2026-03-14", "store_id": "0101", "currency": "EUR", "sales": 2, "total_minor": 449}
    ]


def test_what_was_received_is_kept_to_the_letter(database: Database, booking: Booking, lane: PaperLane) -> None:
    lane.sell(1)
    booking.receive(lane.name, lane.batch())
    kept = [(row["body"], row["hash"], row["signature"]) for row in rows(database, schema.entries)]
    assert kept == [(sealed.body, sealed.hash, sealed.signature) for sealed in lane.kept]


def test_the_same_batch_twice_is_booked_once_and_counted(database: Database, booking: Booking, lane: PaperLane) -> None:
    lane.sell(1)
    first = booking.receive(lane.name, lane.batch())
    assert booking.receive(lane.name, lane.batch()) == first
    assert numbers(database)["sales_booked"] == 1
    assert numbers(database)["duplicates_refused"] == 2


def test_a_batch_beyond_a_gap_is_left_out_and_the_mark_tells_the_lane_to_go_back(
    database: Database, booking: Booking, lane: PaperLane
) -> None:
    for number in range(1, 6):
        lane.sell(number)
    booking.receive(lane.name, lane.batch(1, 2))
    answer = booking.receive(lane.name, lane.batch(5, 6))
    assert (answer.high_water, answer.fork, answer.refused) == (2, False, "")
    assert drain(booking, lane).high_water == 6
    assert numbers(database)["sales_booked"] == 5
    assert all_is_well(database)


def test_a_batch_that_overlaps_what_is_booked_brings_only_what_is_new(
    database: Database, booking: Booking, lane: PaperLane
) -> None:
    for number in range(1, 4):
        lane.sell(number)
    booking.receive(lane.name, lane.batch(1, 3))
    assert booking.receive(lane.name, lane.batch(2, 4)).high_water == 4
    assert numbers(database)["duplicates_refused"] == 2


def test_a_sale_that_does_not_add_up_goes_to_finance_and_the_next_one_is_booked(
    database: Database, booking: Booking, lane: PaperLane
) -> None:
    lane.add(sale(1, 250, total_minor=251))
    lane.sell(2)
    answer = booking.receive(lane.name, lane.batch())
    assert (answer.high_water, answer.refused) == (3, "")
    assert [row["sequence_number"] for row in rows(database, schema.sales)] == [2]
    (kept,) = rows(database, schema.quarantine)
    assert (kept["reason"], kept["owner"], kept["position"]) == ("does_not_add_up", "finance", 2)
    assert kept["body"] == lane.kept[1].body
    assert all_is_well(database)


def test_a_sale_whose_tax_does_not_add_up_goes_to_finance(
    database: Database, booking: Booking, lane: PaperLane
) -> None:
    lane.add(sale(1, 250, taxes=sale(1, 249).taxes))
    booking.receive(lane.name, lane.batch())
    assert [row["reason"] for row in rows(database, schema.quarantine)] == ["does_not_add_up"]


def test_a_sequence_number_used_twice_goes_to_finance(database: Database, booking: Booking, lane: PaperLane) -> None:
    lane.sell(1)
    lane.sell(1, 300)
    lane.add(cancelled(2))
    lane.sell(2)
    lane.sell(3)
    assert booking.receive(lane.name, lane.batch()).high_water == 6
    assert [row["sequence_number"] for row in rows(database, schema.sales)] == [1, 3]
    assert [row["reason"] for row in rows(database, schema.quarantine)] == ["sequence_number_used"] * 2


def test_kinds_versions_and_records_of_the_future_wait_for_it(
    database: Database, booking: Booking, lane: PaperLane
) -> None:
    lane.add_raw({"type": "gift_card_sold", "amount_minor": 5})
    lane.add_raw({"type": "sale", "sequence_number": "one"})
    lane.add_raw({"type": "lane_closed", "operator": "anna"}, v=2)
    lane.add_raw([1, 2])
    lane.add(sale(2**70))
    lane.add(sale(5, business_day="tomorrow"))
    lane.sell(6)
    assert booking.receive(lane.name, lane.batch()).high_water == 8
    reasons = [row["reason"] for row in rows(database, schema.quarantine)]
    assert reasons == ["unknown_kind", "malformed", "unknown_version", "unknown_kind", "out_of_range", "malformed"]
    assert [row["sequence_number"] for row in rows(database, schema.sales)] == [6]
    assert all_is_well(database)


def test_a_new_epoch_of_a_known_lane_is_taken(database: Database, booking: Booking, lane: PaperLane) -> None:
    lane.sell(1)
    drain(booking, lane)
    lane.open_epoch("00000000000000ff", "past_damaged")
    lane.sell(2)
    answer = drain(booking, lane)
    assert (answer.epoch, answer.high_water, answer.fork) == ("00000000000000ff", 2, False)
    assert numbers(database)["sales_booked"] == 2
    assert all_is_well(database)


def test_a_new_epoch_that_names_entries_which_never_came_is_remarked(
    database: Database, booking: Booking, lane: PaperLane
) -> None:
    lane.sell(1)
    lane.sell(2)
    booking.receive(lane.name, lane.batch(1, 2))
    lane.open_epoch("00000000000000ff", "past_damaged")
    drain(booking, lane)
    with database.read() as connection:
        result = audit(connection)
    assert result.findings == ()
    assert [remark.what for remark in result.remarks] == ["epoch 8f14e45fceea167a reached 3 on the device, 2 are here"]


def test_two_lanes_with_the_same_numbers_do_not_meet(database: Database, booking: Booking, lane: PaperLane) -> None:
    other = registered(database, PaperLane(workstation_id="08", epoch=lane.epoch))
    other.open_epoch(lane.epoch)
    for each in (lane, other):
        each.sell(1)
        assert drain(booking, each).high_water == 2
    assert numbers(database)["sales_booked"] == 2
    assert numbers(database)["quarantined"] == 0


def test_the_answer_is_made_after_the_commit_and_not_before(database: Database, lane: PaperLane) -> None:
    seen: list[object] = []
    booking = Booking(database, now, after_commit=lambda: seen.append(numbers(database)["sales_booked"]))
    lane.sell(1)
    booking.receive(lane.name, lane.batch())
    assert seen == [1]


def test_hello_opens_a_stream_and_echoes_its_name(booking: Booking, lane: PaperLane) -> None:
    hello = lane.hello()
    answer = booking.hello(lane.name, hello)
    assert (answer.hello, answer.epoch, answer.high_water, answer.hash) == (hello.hello, lane.epoch, 0, "")
    assert not answer.fork
