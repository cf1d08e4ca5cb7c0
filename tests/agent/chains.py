"""Ledgers and a small headquarters for tests of the sender, all in memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import msgspec

from kiosk.agent.stream import Stand
from kiosk.messages.compression import decompress
from kiosk.messages.contents import LaneClosed
from kiosk.messages.entry import NO_HASH, Entry, SealedEntry, body_of, hash_of, header_from
from kiosk.messages.envelope import JSON_ZSTD, Acknowledgement, Batch, Hello


def sealed(epoch: str, position: int, previous: str, operator: str = "anna") -> SealedEntry:
    body = body_of(
        Entry(
            store_id="0101",
            workstation_id="07",
            epoch=epoch,
            position=position,
            at="2026-01-01T00:00:00.000Z",
            previous=previous,
            content=LaneClosed(operator=operator),
        )
    )
    return SealedEntry(position=position, body=body, hash=hash_of(body), signature="00" * 64)


@dataclass
class Chains:
    """What a till.db holds: epochs, oldest first, each a chain of entries."""

    epochs: dict[str, list[SealedEntry]] = field(default_factory=dict)

    def append(self, epoch: str, count: int = 1, operator: str = "anna") -> None:
        chain = self.epochs.setdefault(epoch, [])
        for _ in range(count):
            chain.append(sealed(epoch, len(chain) + 1, chain[-1].hash if chain else NO_HASH, operator))

    def stands(self) -> tuple[Stand, ...]:
        return tuple(Stand(epoch, len(chain), chain[-1].hash) for epoch, chain in self.epochs.items())

    def entries(self, epoch: str, after: int, limit: int) -> Sequence[SealedEntry]:
        return self.epochs[epoch][after : after + limit]


def batch_in(payload: bytes, content_type: str) -> Batch:
    plain = decompress(payload, 4_000_000) if content_type == JSON_ZSTD else payload
    return msgspec.json.decode(plain, type=Batch)


@dataclass
class SmallHeadquarters:
    """Books what continues the chain and answers with its mark; `restore` goes back to an old backup."""

    generation: int = 1
    booked: dict[str, list[SealedEntry]] = field(default_factory=dict)

    def mark(self, epoch: str, hello: str = "", *, fork: bool = False, refused: str = "") -> Acknowledgement:
        chain = self.booked.setdefault(epoch, [])
        return Acknowledgement(
            epoch=epoch,
            generation=self.generation,
            high_water=len(chain),
            hash=chain[-1].hash if chain else "",
            hello=hello,
            fork=fork,
            refused=refused,
        )

    def hello(self, hello: Hello) -> Acknowledgement:
        chain = self.booked.setdefault(hello.epoch, [])
        fork = hello.head < len(chain) or (hello.head == len(chain) > 0 and hello.head_hash != chain[-1].hash)
        return self.mark(hello.epoch, hello.hello, fork=fork)

    def receive(self, batch: Batch) -> Acknowledgement:
        chain = self.booked.setdefault(batch.epoch, [])
        for entry in batch.entries:
            if hash_of(entry.body) != entry.hash:
                return self.mark(batch.epoch, refused="an entry does not fit its hash")
        for entry in batch.entries:
            if entry.position <= len(chain):
                if chain[entry.position - 1].hash != entry.hash:
                    return self.mark(batch.epoch, fork=True)
            elif entry.position == len(chain) + 1:
                if header_from(entry.body).previous != (chain[-1].hash if chain else NO_HASH):
                    return self.mark(batch.epoch, fork=True)
                chain.append(entry)
        return self.mark(batch.epoch)

    def restore(self, keep: int) -> None:
        self.generation += 1
        for chain in self.booked.values():
            del chain[keep:]
