"""The sender, rule by rule: no network, no clock."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from itertools import count, pairwise

import msgspec
import pytest

from kiosk.agent.commands import (
    Command,
    Commands,
    DeclareFork,
    KeepCursor,
    PublishBatch,
    PublishHello,
    ReadEntries,
    ReportRefusal,
    ReportSilence,
)
from kiosk.agent.delays import Delays
from kiosk.agent.sender import UNLIMITED, Sender
from kiosk.agent.stream import BATCH_BYTES
from kiosk.messages.envelope import Acknowledgement, Hello
from kiosk.store.agent_db import Cursor
from tests.agent.chains import Chains, SmallHeadquarters, batch_in

Published = PublishHello | PublishBatch


class Lane:
    """A sender with its ledger, and what it published, kept and reported."""

    def __init__(self, chains: Chains, *cursors: Cursor) -> None:
        ids = count(1)
        self.chains = chains
        self.sender = Sender(cursors, Delays(), lambda _limit: 0, lambda: f"h{next(ids)}")
        self.cursors = {cursor.epoch: cursor for cursor in cursors}
        self.wire: deque[Published] = deque()
        self.reports: list[Command] = []
        self.now = 0

    def do(self, commands: Commands) -> None:
        left = deque(commands)
        while left:
            command = left.popleft()
            match command:
                case ReadEntries(epoch, after, limit):
                    entries = self.chains.entries(epoch, after, limit)
                    left.extendleft(reversed(self.sender.entries(epoch, after, entries, self.now)))
                case PublishHello() | PublishBatch():
                    self.wire.append(command)
                case KeepCursor(cursor):
                    self.cursors[cursor.epoch] = cursor
                case DeclareFork(cursor, _) | ReportRefusal(cursor, _):
                    self.cursors[cursor.epoch] = cursor
                    self.reports.append(command)
                case ReportSilence():
                    self.reports.append(command)

    def look(self) -> None:
        self.do(self.sender.ledger_at(self.chains.stands(), self.now))

    def connect(self, maximum: int = UNLIMITED, window: int = 8) -> None:
        self.look()
        self.do(self.sender.subscribed(maximum, window, self.now))

    def hear(self, ack: Acknowledgement) -> None:
        self.do(self.sender.acknowledged(ack, self.now))

    def wait(self) -> None:
        assert self.sender.deadline_ms is not None
        self.now = self.sender.deadline_ms
        self.do(self.sender.tick(self.now))

    def hello(self) -> Hello:
        published = self.wire.popleft()
        assert isinstance(published, PublishHello)
        return published.hello

    def batches(self) -> list[tuple[int, int]]:
        found = [(sent.first, sent.last) for sent in self.wire if isinstance(sent, PublishBatch)]
        assert len(found) == len(self.wire)
        self.wire.clear()
        return found

    def talk(self, headquarters: SmallHeadquarters) -> None:
        """Deliver everything, in order, until there is nothing more."""
        while self.wire:
            sent = self.wire.popleft()
            if isinstance(sent, PublishHello):
                self.hear(headquarters.hello(sent.hello))
            else:
                self.hear(headquarters.receive(batch_in(sent.payload, sent.content_type)))


def lane(entries: int, *cursors: Cursor, epoch: str = "e1") -> Lane:
    chains = Chains()
    chains.append(epoch, entries)
    return Lane(chains, *cursors)


def at(chains: Chains, epoch: str, position: int, hello: str = "", generation: int = 1) -> Acknowledgement:
    digest = chains.epochs[epoch][position - 1].hash if position else ""
    return Acknowledgement(epoch=epoch, generation=generation, high_water=position, hash=digest, hello=hello)


def test_nothing_is_sent_before_the_link_is_up() -> None:
    device = lane(5)
    device.look()
    assert not device.wire
    assert device.sender.deadline_ms is None


def test_hello_first_then_batches_from_headquarters_mark() -> None:
    device = lane(250, Cursor("e1", 50, "x", 1))
    device.connect()
    hello = device.hello()
    assert (hello.epoch, hello.head, hello.acknowledged) == ("e1", 250, 50)
    assert hello.head_hash == device.chains.epochs["e1"][-1].hash
    assert not device.wire
    device.hear(at(device.chains, "e1", 30, hello.hello))
    assert device.cursors["e1"].acknowledged == 30
    assert device.batches() == [(31, 130), (131, 230), (231, 250)]


def test_no_more_than_the_window_is_under_way() -> None:
    device = lane(2000)
    device.connect()
    device.hear(at(device.chains, "e1", 0, device.hello().hello))
    assert [last for _, last in device.batches()] == [100, 200, 300, 400, 500, 600, 700, 800]
    device.hear(at(device.chains, "e1", 200))
    assert [last for _, last in device.batches()] == [900, 1000]


def test_the_brokers_window_counts() -> None:
    device = lane(2000)
    device.connect(window=2)
    device.hear(at(device.chains, "e1", 0, device.hello().hello))
    assert len(device.batches()) == 2


def test_a_batch_closes_at_its_size_and_never_exceeds_what_the_broker_takes() -> None:
    chains = Chains()
    chains.append("e1", 40, operator="o" * 10_000)
    device = Lane(chains)
    device.connect()
    device.hear(at(chains, "e1", 0, device.hello().hello))
    batch = device.wire[0]
    assert isinstance(batch, PublishBatch)
    assert sum(len(entry.body) for entry in batch_in(batch.payload, batch.content_type).entries) <= BATCH_BYTES
    device = lane(200)
    device.connect(maximum=1_500)
    device.hear(at(device.chains, "e1", 0, device.hello().hello))
    sizes = [len(sent.payload) for sent in device.wire if isinstance(sent, PublishBatch)]
    assert sizes
    assert max(sizes) <= 1_500


def test_an_entry_larger_than_the_broker_takes_is_reported_with_a_remedy() -> None:
    device = lane(1)
    device.connect(maximum=100)
    device.hear(at(device.chains, "e1", 0, device.hello().hello))
    assert not device.wire
    (report,) = device.reports
    assert isinstance(report, ReportRefusal)
    assert "max_packet_size" in report.remedy
    device.wait()
    assert device.hello().epoch == "e1"


def test_a_small_batch_goes_as_it_is_a_large_one_compressed() -> None:
    device = lane(1)
    device.connect()
    device.talk(headquarters := SmallHeadquarters())
    device.chains.append("e1", 50)
    device.look()
    batch = device.wire[0]
    assert isinstance(batch, PublishBatch)
    assert batch.content_type == "application/json+zstd"
    device.talk(headquarters)
    assert len(headquarters.booked["e1"]) == 51


def test_acknowledgements_out_of_order_and_twice_move_the_cursor_only_forward() -> None:
    device = lane(800)
    device.connect()
    device.hear(at(device.chains, "e1", 0, device.hello().hello))
    for mark, expected in ((300, 300), (100, 300), (300, 300), (800, 800), (200, 800)):
        device.hear(at(device.chains, "e1", mark))
        assert device.cursors["e1"].acknowledged == expected
    assert device.sender.deadline_ms is None
    assert device.sender.unsent == 0


def test_a_lower_mark_in_the_answer_to_an_old_hello_is_not_believed() -> None:
    device = lane(100)
    device.connect()
    first = device.hello().hello
    device.hear(at(device.chains, "e1", 0, first))
    device.hear(at(device.chains, "e1", 100))
    device.hear(at(device.chains, "e1", 0, first))
    assert device.cursors["e1"].acknowledged == 100


def test_a_restored_headquarters_gets_back_what_it_lost() -> None:
    headquarters = SmallHeadquarters()
    device = lane(500)
    device.connect()
    device.talk(headquarters)
    headquarters.restore(keep=120)
    device.chains.append("e1")
    device.look()
    device.talk(headquarters)
    assert [entry.position for entry in headquarters.booked["e1"]] == list(range(1, 502))


def test_a_restored_headquarters_gets_back_finished_epochs_too() -> None:
    headquarters = SmallHeadquarters()
    device = lane(50, epoch="old")
    device.chains.append("new", 50)
    device.connect()
    device.talk(headquarters)
    headquarters.restore(keep=10)
    device.chains.append("new")
    device.look()
    device.talk(headquarters)
    assert {epoch: len(chain) for epoch, chain in headquarters.booked.items()} == {"old": 50, "new": 51}


def test_silence_leads_to_another_hello_and_back_to_the_mark_with_growing_waits() -> None:
    device = lane(300)
    device.connect()
    device.hear(at(device.chains, "e1", 0, device.hello().hello))
    device.hear(at(device.chains, "e1", 100))
    device.wire.clear()
    waits = []
    for _ in range(7):
        before = device.now
        device.wait()
        waits.append(device.now - before)
        hello = device.hello()
        assert not device.wire
    assert waits == [3_000, 6_000, 12_000, 24_000, 48_000, 60_000, 60_000]
    assert device.reports == [ReportSilence()] * 7
    device.hear(at(device.chains, "e1", 100, hello.hello))
    assert device.batches() == [(101, 200), (201, 300)]


def test_waits_get_short_again_after_progress() -> None:
    device = lane(300)
    device.connect()
    device.hello()
    device.wait()
    device.hear(at(device.chains, "e1", 0, device.hello().hello))
    device.hear(at(device.chains, "e1", 100))
    assert device.sender.deadline_ms == device.now + 3_000


def test_a_broken_link_starts_over_with_a_hello() -> None:
    device = lane(300)
    device.connect()
    device.hear(at(device.chains, "e1", 0, device.hello().hello))
    device.wire.clear()
    device.sender.disconnected()
    assert device.sender.deadline_ms is None
    device.look()
    assert not device.wire
    device.connect()
    device.hear(at(device.chains, "e1", 200, device.hello().hello))
    assert device.batches() == [(201, 300)]


def test_several_epochs_go_oldest_first() -> None:
    device = lane(150, epoch="old")
    device.chains.append("new", 20)
    device.connect()
    hello = device.hello()
    assert hello.epoch == "old"
    device.hear(at(device.chains, "old", 0, hello.hello))
    assert device.batches() == [(1, 100), (101, 150)]
    device.hear(at(device.chains, "old", 150))
    hello = device.hello()
    assert hello.epoch == "new"
    device.hear(at(device.chains, "new", 0, hello.hello))
    assert device.batches() == [(1, 20)]


def test_a_fork_stops_its_epoch_for_good_and_the_next_one_goes_on() -> None:
    device = lane(50)
    device.connect()
    hello = device.hello()
    device.hear(msgspec.structs.replace(at(device.chains, "e1", 20, hello.hello), fork=True))
    assert device.cursors["e1"].forked
    assert isinstance(device.reports[0], DeclareFork)
    device.look()
    assert not device.wire
    assert device.sender.unsent == 0
    device.chains.append("e2", 3)
    device.look()
    device.hear(at(device.chains, "e2", 0, device.hello().hello))
    assert device.batches() == [(1, 3)]
    again = Lane(device.chains, *device.cursors.values())
    again.connect()
    assert again.hello().epoch == "e2"


@pytest.mark.parametrize(
    ("high_water", "digest"), [(11, "ab" * 32), (10, "ab" * 32), (4, "ab" * 32)], ids=["longer", "head", "within"]
)
def test_a_past_that_is_not_the_one_headquarters_has_is_a_fork(high_water: int, digest: str) -> None:
    device = lane(10)
    device.connect()
    hello = device.hello().hello
    device.hear(Acknowledgement(epoch="e1", generation=1, high_water=high_water, hash=digest, hello=hello))
    assert device.cursors["e1"].forked
    assert not device.wire


def test_a_damaged_entry_does_not_hold_up_those_before_it_nor_the_next_epoch() -> None:
    headquarters = SmallHeadquarters()
    device = lane(100)
    chain = device.chains.epochs["e1"]
    chain[57] = msgspec.structs.replace(chain[57], body=chain[57].body.replace("anna", "bert"))
    device.connect()
    device.talk(headquarters)
    assert len(headquarters.booked["e1"]) == 57
    assert device.cursors["e1"].forked
    device.chains.append("e2", 5)
    device.look()
    device.talk(headquarters)
    assert len(headquarters.booked["e2"]) == 5


def test_a_refusal_of_everything_is_reported_once_and_asked_again_ever_more_slowly() -> None:
    device = lane(300)
    device.connect()
    moments = []
    for _ in range(4):
        hello = device.hello()
        device.hear(replace_refused(at(device.chains, "e1", 0, hello.hello), "unregistered"))
        assert not device.wire
        moments.append(device.now)
        device.wait()
    assert [report for report in device.reports if isinstance(report, ReportRefusal)] == device.reports
    assert len(device.reports) == 1
    gaps = [after - before for before, after in pairwise(moments)]
    assert gaps == sorted(gaps)
    device.hear(at(device.chains, "e1", 0, device.hello().hello))
    device.talk(SmallHeadquarters())
    assert device.cursors["e1"] == replace(device.cursors["e1"], acknowledged=300, refused="")


def replace_refused(ack: Acknowledgement, reason: str) -> Acknowledgement:
    return msgspec.structs.replace(ack, refused=reason)


def test_a_refused_old_epoch_is_passed_over_for_a_newer_one() -> None:
    device = lane(3, epoch="old")
    device.chains.append("new", 2)
    device.connect()
    device.hear(replace_refused(at(device.chains, "old", 0, device.hello().hello), "no"))
    hello = device.hello()
    assert hello.epoch == "new"
    device.hear(at(device.chains, "new", 0, hello.hello))
    device.hear(at(device.chains, "new", 2))
    assert device.cursors["new"].acknowledged == 2
    device.wire.clear()
    device.wait()
    assert device.hello().epoch == "old"


def test_answers_about_epochs_that_are_not_ours_change_nothing() -> None:
    device = lane(3)
    device.connect()
    device.wire.clear()
    device.hear(Acknowledgement(epoch="other", generation=9, high_water=7, hash="", hello="h1"))
    assert not device.wire
    assert device.cursors == {}


def test_the_cursor_is_kept_before_anything_more_is_sent() -> None:
    device = lane(2000)
    device.connect()
    device.hear(at(device.chains, "e1", 0, device.hello().hello))
    commands = device.sender.acknowledged(at(device.chains, "e1", 100), 0)
    assert isinstance(commands[0], KeepCursor)
    assert [type(command) for command in commands[1:]] == [ReadEntries]


def test_a_ledger_that_is_shorter_than_it_said_is_looked_at_again() -> None:
    device = lane(5)
    device.connect()
    cut = device.chains.epochs["e1"].copy()
    del device.chains.epochs["e1"][:]
    device.hear(Acknowledgement(epoch="e1", generation=1, high_water=0, hash="", hello=device.hello().hello))
    assert not device.wire
    device.chains.epochs["e1"][:] = cut
    device.look()
    assert device.batches() == [(1, 5)]
