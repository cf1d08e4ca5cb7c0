"""A lane whose past was lost or copied is told so, nothing of it is lost, and it sells on in a new epoch."""

from __future__ import annotations

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from headquarters import schema
from headquarters.booking import Booking
from headquarters.database import Database, open_database, raise_generation
from tests.headquarters.paper_lane import PaperLane, drain, now, sale
from tests.headquarters.test_booking import all_is_well, numbers, rows


def test_a_copied_lane_is_a_fork_and_its_sales_are_kept(database: Database, booking: Booking, lane: PaperLane) -> None:
    clone = lane.cloned()
    lane.sell(1)
    drain(booking, lane)
    clone.sell(1, 999)
    clone.sell(2, 888)
    answer = booking.receive(clone.name, clone.batch(2))
    assert (answer.fork, answer.high_water, answer.refused) == (True, 2, "")
    kept = rows(database, schema.quarantine)
    assert [(row["reason"], row["position"], row["owner"]) for row in kept] == [
        ("fork", 2, "finance"),
        ("fork", 3, "finance"),
    ]
    assert [row["body"] for row in kept] == [sealed.body for sealed in clone.kept[1:]]
    booking.receive(clone.name, clone.batch(2))
    assert len(rows(database, schema.quarantine)) == 2
    clone.open_epoch("00000000000000ff", "fork")
    clone.sell(10)
    assert drain(booking, clone).high_water == 2
    assert numbers(database)["sales_booked"] == 2
    assert all_is_well(database)


def test_a_history_that_departs_right_after_the_mark_is_a_fork(
    database: Database, booking: Booking, lane: PaperLane
) -> None:
    clone = lane.cloned()
    lane.sell(1)
    drain(booking, lane)
    clone.sell(1, 999)
    clone.sell(2, 888)
    assert booking.receive(clone.name, clone.batch(3)).fork
    assert numbers(database)["sales_booked"] == 1


def test_a_broken_chain_inside_a_batch_is_a_fork_from_there_on(
    database: Database, booking: Booking, lane: PaperLane
) -> None:
    lane.sell(1)
    lane.kept[1] = lane.sealed(lane.kept[1].body.replace('"language":"en"', '"language":"ga"'), 2)
    third = lane.sell(2)
    lane.kept[1] = lane.sealed(lane.kept[1].body.replace('"language":"ga"', '"language":"en"'), 2)
    answer = booking.receive(lane.name, lane.batch())
    assert (answer.high_water, answer.fork) == (2, True)
    assert [row["body"] for row in rows(database, schema.quarantine)] == [third.body]
    assert all_is_well(database)


def test_a_lane_restored_from_an_old_image_is_a_fork_at_its_hello(booking: Booking, lane: PaperLane) -> None:
    old = lane.cloned()
    lane.sell(1)
    drain(booking, lane)
    answer = booking.hello(old.name, old.hello())
    assert (answer.fork, answer.high_water) == (True, 2)


def test_a_lane_with_another_entry_at_the_mark_is_a_fork_at_its_hello(booking: Booking, lane: PaperLane) -> None:
    clone = lane.cloned()
    lane.sell(1)
    drain(booking, lane)
    clone.sell(1, 999)
    assert booking.hello(clone.name, clone.hello()).fork


def test_a_hello_delivered_a_second_time_is_no_fork(booking: Booking, lane: PaperLane) -> None:
    stale = lane.hello()
    booking.hello(lane.name, stale)
    lane.sell(1)
    drain(booking, lane)
    answer = booking.hello(lane.name, stale)
    assert (answer.fork, answer.high_water, answer.hello) == (False, 2, stale.hello)


def test_headquarters_restored_from_an_older_backup_gets_back_what_it_lost(
    tmp_path: Path, database: Database, booking: Booking, lane: PaperLane
) -> None:
    for number in range(1, 8):
        lane.sell(number)
    booking.receive(lane.name, lane.batch(1, 3))
    backup = tmp_path / "backup.db"
    with closing(sqlite3.connect(database.name)) as source, closing(sqlite3.connect(backup)) as target:
        source.backup(target)
    before = drain(booking, lane)
    database.close()
    for ending in ("-wal", "-shm"):
        Path(f"{database.name}{ending}").unlink(missing_ok=True)
    shutil.copy(backup, database.name)

    restored = open_database(database.name)
    raise_generation(restored, 1)
    again = Booking(restored, now)
    answer = again.hello(lane.name, lane.hello(before.high_water))
    assert (answer.high_water, answer.fork) == (3, False)
    assert answer.generation > before.generation
    assert drain(again, lane).high_water == 8
    assert numbers(restored)["sales_booked"] == 7
    assert all_is_well(restored)
    restored.close()


def test_a_second_restore_of_the_same_backup_has_another_generation(tmp_path: Path, database: Database) -> None:
    database.close()
    copy = shutil.copy(database.name, tmp_path / "copy.db")
    generations = []
    for now_s, name in ((1_000, database.name), (2_000, str(copy))):
        opened = open_database(name)
        generations.append(raise_generation(opened, now_s))
        opened.close()
    assert generations == [1_000, 2_000]


def test_a_sale_in_two_epochs_with_one_number_goes_to_finance(
    database: Database, booking: Booking, lane: PaperLane
) -> None:
    lane.sell(1)
    drain(booking, lane)
    lane.open_epoch("00000000000000ff", "fork")
    lane.add(sale(1, 777))
    assert drain(booking, lane).high_water == 2
    assert [row["reason"] for row in rows(database, schema.quarantine)] == ["sequence_number_used"]
