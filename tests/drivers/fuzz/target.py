"""What is asked of a codec under fuzzing: never raise, never hang, read alike in any pieces, go on after garbage."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

# Takes a whole frame and the same in pieces; raises where the codec breaks a promise.
Check = Callable[[bytes, Sequence[bytes]], None]
Look = Callable[[bytes], None]


class BrokenPromiseError(AssertionError):
    """A codec raised nothing, and yet did not do what it promises."""


@dataclass(frozen=True)
class Target:
    """One codec under fuzzing: real frames to begin with, and what has to hold for any mutation of them."""

    seeds: tuple[bytes, ...]
    check: Check


class Fed(Protocol):
    """A decoder that takes a stream."""

    def feed(self, data: bytes, /) -> Iterable[object]:
        """Take bytes in; return what ended with them."""
        ...


@dataclass(frozen=True)
class Again:
    """How reading goes on after garbage: `clean` what a driver does, `good` what then comes, read as after nothing.

    `good` may hold a frame twice where the first one may be lost with the garbage, as a device says it again.
    """

    good: bytes
    clean: Callable[[Fed], object] = lambda _: None


def stream(make: Callable[[], Fed], *looks: Look, again: Again | None = None) -> Check:
    """The promises of a framer: the same records in any pieces, and the next good frame is read."""
    expected = list(make().feed(again.good))[-1] if again else None

    def check(frame: bytes, pieces: Sequence[bytes]) -> None:
        decoder, other = make(), make()
        at_once = list(decoder.feed(frame))
        in_pieces = [record for piece in pieces for record in other.feed(piece)]
        if at_once != in_pieces:
            raise BrokenPromiseError("other pieces give other records")
        if again:
            again.clean(decoder)
            found = list(decoder.feed(again.good))
            if not found or found[-1] != expected:
                raise BrokenPromiseError("the next good frame is not read")
        for look in looks:
            look(frame)

    return check


def whole(*looks: Look) -> Check:
    """The promises of functions that are handed whole frames."""

    def check(frame: bytes, pieces: Sequence[bytes]) -> None:
        for look in looks:
            look(frame)
        # A frame that was cut off is a frame, too.
        for look in looks if pieces else ():
            look(pieces[0])

    return check


def describing(describe: Callable[[bytes], dict[str, object]]) -> Look:
    """A record for a technician that can be written as JSON."""

    def look(frame: bytes) -> None:
        told = describe(frame)
        if not told:
            raise BrokenPromiseError("describe tells nothing")
        json.dumps(told, allow_nan=False).encode()

    return look


def redacting(redact: Callable[[bytes], str], secret: str = "") -> Look:
    """A line for the ring of last frames, that shows no six signs of a secret which stands in the seeds."""
    parts = [secret[at : at + 6] for at in range(max(0, len(secret) - 5))]

    def look(frame: bytes) -> None:
        shown = redact(frame)
        shown.encode()
        if any(part in shown for part in parts):
            raise BrokenPromiseError("redact shows what is secret")

    return look


def masking(mask: Callable[[bytes], bytes], *, keeps_length: bool = True) -> Look:
    """A mask for recordings that has the length of what it masks."""

    def look(frame: bytes) -> None:
        masked = mask(frame)
        if keeps_length and len(masked) != len(frame):
            raise BrokenPromiseError("the mask is of another length")

    return look


def calling(*functions: Callable[[bytes], object]) -> Look:
    """Functions that must only never raise; what they yield is drawn out."""

    def look(frame: bytes) -> None:
        for function in functions:
            result = function(frame)
            if isinstance(result, Iterator):
                for _ in result:
                    pass

    return look
