"""Any order, loss, repetition and restart of batches: every entry is booked once and the mark is right."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from headquarters import schema
from headquarters.booking import Booking
from headquarters.database import open_database
from kiosk.messages.envelope import Batch
from tests.headquarters.paper_lane import PaperLane, drain, now, registered, sale
from tests.headquarters.test_booking import all_is_well, numbers, rows


class Post(RuleBasedStateMachine):
    """Two lanes, a post that loses, repeats and reorders, and a headquarters that is started again at any time."""

    def __init__(self) -> None:
        super().__init__()
        self._folder = tempfile.TemporaryDirectory()
        self._file = str(Path(self._folder.name) / "headquarters.db")
        self.database = open_database(self._file)
        self.booking = Booking(self.database, now)
        self.lanes = [registered(self.database, PaperLane(workstation_id=name)) for name in ("07", "08")]
        self.marks = [0, 0]
        self.wrong = 0
        self.under_way: list[tuple[int, Batch]] = []
        for lane in self.lanes:
            lane.open_epoch(lane.epoch)

    @rule(which=st.integers(0, 1), adds_up=st.booleans())
    def sell(self, which: int, adds_up: bool) -> None:
        lane = self.lanes[which]
        number = len(lane.kept)
        lane.add(sale(number) if adds_up else sale(number, total_minor=1))
        self.wrong += not adds_up

    @rule(which=st.integers(0, 1), data=st.data())
    def send(self, which: int, data: st.DataObject) -> None:
        lane = self.lanes[which]
        first = data.draw(st.integers(1, len(lane.kept)))
        last = data.draw(st.integers(first, len(lane.kept)))
        self.under_way.append((which, lane.batch(first, last)))

    @precondition(lambda self: self.under_way)
    @rule(data=st.data(), again=st.booleans())
    def deliver(self, data: st.DataObject, again: bool) -> None:
        at = data.draw(st.integers(0, len(self.under_way) - 1))
        which, batch = self.under_way[at] if again else self.under_way.pop(at)
        before = self.marks[which]
        expected = max(before, batch.first + len(batch.entries) - 1) if batch.first <= before + 1 else before
        answer = self.booking.receive(self.lanes[which].name, batch)
        assert (answer.high_water, answer.fork, answer.refused) == (expected, False, "")
        self.marks[which] = expected

    @precondition(lambda self: self.under_way)
    @rule(data=st.data())
    def lose(self, data: st.DataObject) -> None:
        self.under_way.pop(data.draw(st.integers(0, len(self.under_way) - 1)))

    @rule()
    def restart(self) -> None:
        self.database.close()
        self.database = open_database(self._file)
        self.booking = Booking(self.database, now)

    @invariant()
    def every_entry_up_to_the_mark_is_there_once(self) -> None:
        kept = {(row["device"], row["position"]): row["hash"] for row in rows(self.database, schema.entries)}
        assert kept == {
            (lane.name, entry.position): entry.hash
            for lane, mark in zip(self.lanes, self.marks, strict=True)
            for entry in lane.kept[:mark]
        }

    def teardown(self) -> None:
        for lane in self.lanes:
            assert drain(self.booking, lane).high_water == len(lane.kept)
        booked = numbers(self.database)
        sold = sum(len(lane.kept) - 1 for lane in self.lanes)
        assert (booked["sales_booked"], booked["quarantined"]) == (sold - self.wrong, self.wrong)
        assert all_is_well(self.database)
        self.database.close()
        self._folder.cleanup()


TestPost = Post.TestCase
TestPost.settings = settings(max_examples=25, stateful_step_count=25, deadline=None)
