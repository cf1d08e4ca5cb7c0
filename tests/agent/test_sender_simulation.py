"""A device and headquarters over a network that loses, repeats and reorders, with restarts of everything."""

from __future__ import annotations

from dataclasses import dataclass, field
from random import Random

import pytest

from kiosk.agent.commands import PublishHello
from kiosk.messages.envelope import Acknowledgement
from kiosk.store.agent_db import Cursor
from tests.agent.chains import Chains, SmallHeadquarters, batch_in
from tests.agent.test_sender import Lane, Published

STEPS = 400


@dataclass
class World:
    """One run, all of it decided by the seed."""

    random: Random
    chains: Chains = field(default_factory=Chains)
    headquarters: SmallHeadquarters = field(default_factory=SmallHeadquarters)
    down: list[Acknowledgement] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.chains.append("e1")
        self.lane = Lane(self.chains)
        self.lane.connect()

    def step(self) -> None:
        match self.random.randrange(12):
            case 0 | 1 | 2:
                self.chains.append(list(self.chains.epochs)[-1], self.random.randrange(1, 120))
                self.lane.look()
            case 3 | 4 | 5:
                self.headquarters_reads()
            case 6 | 7 | 8:
                self.device_reads()
            case 9 if self.lane.sender.deadline_ms is not None:
                self.lane.wait()
            case 10:
                self.break_something()
            case _:
                pass

    def headquarters_reads(self) -> None:
        wire = self.lane.wire
        if not wire:
            return
        # A device's messages stay in order on one connection; they may be lost at its end, and come twice.
        sent = wire.popleft()
        for _ in range(self.random.choice((0, 1, 1, 1, 1, 2))):
            self.down.append(self.answer(sent))

    def answer(self, sent: Published) -> Acknowledgement:
        if isinstance(sent, PublishHello):
            return self.headquarters.hello(sent.hello)
        return self.headquarters.receive(batch_in(sent.payload, sent.content_type))

    def device_reads(self) -> None:
        if not self.down:
            return
        place = self.random.randrange(len(self.down)) if self.random.random() < 0.3 else 0
        ack = self.down[place] if self.random.random() < 0.1 else self.down.pop(place)
        if self.random.random() < 0.9:
            self.lane.hear(ack)

    def break_something(self) -> None:
        match self.random.randrange(4):
            case 0:
                self.lane.sender.disconnected()
                self.lane.wire.clear()
                self.lane.connect()
            case 1:
                # Killed: what was kept last is all that it knows, or, with a lost agent.db, nothing.
                kept = () if self.random.random() < 0.3 else tuple(self.lane.cursors.values())
                self.restart(kept)
            case 2:
                lengths = [len(chain) for chain in self.headquarters.booked.values()]
                self.headquarters.restore(self.random.randrange(max(lengths, default=0) + 1))
            case _:
                self.chains.append(f"e{len(self.chains.epochs) + 1}")
                self.lane.look()

    def restart(self, cursors: tuple[Cursor, ...]) -> None:
        before = self.lane
        self.lane = Lane(self.chains, *cursors)
        self.lane.sender._new_hello = before.sender._new_hello
        self.lane.now = before.now
        self.lane.connect()

    def settle(self) -> None:
        """The network is well again: no more than a few rounds until all is booked."""
        self.down.clear()
        self.lane.sender.disconnected()
        self.lane.wire.clear()
        self.lane.connect()
        self.lane.talk(self.headquarters)


@pytest.mark.parametrize("seed", range(25))
def test_every_entry_is_booked_once_whatever_happens(seed: int) -> None:
    world = World(Random(seed))
    for _ in range(STEPS):
        world.step()
    world.settle()
    for epoch, chain in world.chains.epochs.items():
        assert world.headquarters.booked[epoch] == chain
        assert world.lane.cursors[epoch].acknowledged == len(chain)
        assert not world.lane.cursors[epoch].forked
    assert world.lane.sender.unsent == 0
    assert world.lane.sender.deadline_ms is None
