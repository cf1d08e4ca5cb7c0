"""How a frame is spoilt: flips, cuts, insertions, doublings, splices, wrong lengths, noise, sometimes far too much."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

# Bytes that mean something in some protocol here: control characters, edges of numbers, digits, brackets, escapes.
TELLING = bytes.fromhex(
    "00 01 02 03 04 05 06 08 0A 0D 10 11 13 15 16 1B 1D 1F 20 2D 2E 30 39 3F 41 53 5B 5D 7B 7F 80 81 82 FE FF"
)
_EXTREMES = (
    b"\xff\xff",
    b"\x00\x00",
    b"\x7f\xff",
    b"\xff\x7f",
    b"\xff\xff\xff\xff",
    b"\x00\x00\x00\x80",
    b"\x82\xff\xff",
)
_DIGITS = (b"0", b"-1", b"99999", b"4294967296", b"1e999", b"0.000000001", b"\xd9\xa3")
# One frame in so many is huge, or nested without end: each costs as much as a thousand others.
_RARE = 3000
_HUGE = (9_000, 70_000)
_LONGEST = 4_000


class Mutator:
    """Makes frames out of seeds. The same `random` makes the same frames."""

    def __init__(self, seeds: Sequence[bytes], random: Random) -> None:
        self._seeds = [seed for seed in seeds if seed] or [b"\x00"]
        self._random = random
        self._ways: tuple[Callable[[bytearray], None], ...] = (
            *(self._flip, self._flip, self._set, self._set, self._cut_end, self._cut_begin, self._delete),
            *(self._insert, self._double, self._splice, self._length, self._number, self._join, self._swap),
        )

    def frame(self) -> bytes:
        """One spoilt frame; some are not spoilt, and some are nothing but noise."""
        random = self._random.random
        if self._below(_RARE) == 0:
            return self._huge()
        chance = random()
        if chance < 0.03:
            return self._random.randbytes(self._below(80))
        frame = bytearray(self._seed())
        if chance < 0.08:
            return bytes(frame)
        for _ in range(1 + self._below(3) + (self._below(12) if chance > 0.95 else 0)):
            self._ways[self._below(len(self._ways))](frame)
        return bytes(frame[:_LONGEST])

    def pieces(self, frame: bytes) -> list[bytes]:
        """The frame in pieces: byte by byte, halves, or anyhow."""
        if len(frame) < 2:
            return [frame]
        way = self._below(3)
        if way == 0 and len(frame) < 300:
            return [frame[at : at + 1] for at in range(len(frame))]
        places = sorted(self._below(len(frame)) for _ in range(1 if way == 1 else 1 + self._below(6)))
        return [frame[start:end] for start, end in zip([0, *places], [*places, len(frame)], strict=True)]

    def _below(self, limit: int) -> int:
        return int(self._random.random() * limit)

    def _seed(self) -> bytes:
        return self._seeds[self._below(len(self._seeds))]

    def _huge(self) -> bytes:
        size = self._below(_HUGE[1] - _HUGE[0]) + _HUGE[0]
        seed = self._seed()
        at = self._below(len(seed))
        match self._below(5):
            case 4 if b":" in seed:
                # Lists within lists, where a text format expects a value.
                at = seed.find(b":", at) + 1 or seed.find(b":") + 1
                return seed[:at] + (b"[", b'{"a":')[self._below(2)] * size + seed[at:]
            case 0:
                return (seed * (size // len(seed) + 1))[:size]
            case 1:
                return seed[:at] + seed[at : at + 1] * size + seed[at:]
            case 2:
                return seed[:at] + bytes((TELLING[self._below(len(TELLING))],)) * size + seed[at:]
            case _:
                return self._random.randbytes(size)

    def _flip(self, frame: bytearray) -> None:
        if frame:
            frame[self._below(len(frame))] ^= 1 << self._below(8)

    def _set(self, frame: bytearray) -> None:
        if frame:
            frame[self._below(len(frame))] = TELLING[self._below(len(TELLING))]

    def _swap(self, frame: bytearray) -> None:
        if frame:
            one, other = self._below(len(frame)), self._below(len(frame))
            frame[one], frame[other] = frame[other], frame[one]

    def _cut_end(self, frame: bytearray) -> None:
        del frame[self._below(len(frame) + 1) :]

    def _cut_begin(self, frame: bytearray) -> None:
        del frame[: self._below(len(frame) + 1)]

    def _delete(self, frame: bytearray) -> None:
        at = self._below(len(frame) + 1)
        del frame[at : at + 1 + self._below(4)]

    def _insert(self, frame: bytearray) -> None:
        at = self._below(len(frame) + 1)
        if self._below(2):
            frame[at:at] = bytes((TELLING[self._below(len(TELLING))],)) * (1 + self._below(3))
        else:
            frame[at:at] = self._random.randbytes(1 + self._below(8))

    def _double(self, frame: bytearray) -> None:
        start = self._below(len(frame) + 1)
        part = frame[start : start + 1 + self._below(16)]
        at = self._below(len(frame) + 1)
        frame[at:at] = part * (1 + self._below(3))

    def _splice(self, frame: bytearray) -> None:
        other = self._seed()
        del frame[self._below(len(frame) + 1) :]
        frame += other[self._below(len(other) + 1) :]

    def _join(self, frame: bytearray) -> None:
        frame += self._random.randbytes(self._below(4)) + self._seed()

    def _length(self, frame: bytearray) -> None:
        """What may be a length becomes an extreme, or one more or less."""
        if not frame:
            return
        at = self._below(len(frame))
        if self._below(2):
            extreme = _EXTREMES[self._below(len(_EXTREMES))]
            frame[at : at + len(extreme)] = extreme
        else:
            frame[at] = (frame[at] + (1, 255, 16, 128)[self._below(4)]) & 0xFF

    def _number(self, frame: bytearray) -> None:
        """A number in digits becomes another."""
        if frame:
            at = self._below(len(frame))
            frame[at : at + 1 + self._below(3)] = _DIGITS[self._below(len(_DIGITS))]
