"""What the codecs share: cutting a stream of bytes into frames or lines, and a weight as the scale writes it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import ROUND_HALF_UP, Decimal

from drivers.scale.reading import GRAMS_PER_UNIT, Framed, Malformed, Reading

_CR, _LF = 0x0D, 0x0A


class LineFramer:
    """Cuts a stream of bytes at each LF or CR; `decode` reads a line without it. Empty lines are no lines.

    A line of more than `longest` bytes is noise. See `drivers.scale.reading.Framer`.
    """

    def __init__(self, decode: Callable[[bytes], Framed], longest: int) -> None:
        self._decode = decode
        self._longest = longest
        self._line = bytearray()
        self._noise = False

    @property
    def noise(self) -> bool:
        """Whether anything has come in since `reset` that was no whole line."""
        return self._noise or bool(self._line)

    def reset(self) -> None:
        """Forget a line that has begun."""
        self._line.clear()
        self._noise = False

    def feed(self, data: bytes) -> list[Framed]:
        """Take bytes in; return the answers that ended with them."""
        answers: list[Framed] = []
        for byte in data:
            if byte not in (_CR, _LF):
                # One too many is kept, so that the whole line is known to be none.
                if len(self._line) <= self._longest:
                    self._line.append(byte)
            elif self._line:
                if len(self._line) > self._longest:
                    self._noise = True
                else:
                    answers.append(self._decode(bytes(self._line)))
                self._line.clear()
        return answers


class DelimitedFramer:
    """Cuts out what stands between a `start` and an `end` byte; `decode` reads it. What stands outside is skipped.

    More than `longest` bytes are noise. A start within a frame begins a new one, unless `nested` says that frames hold
    that byte; then, what is noise is given up to the next such byte. See `drivers.scale.reading.Framer`.
    """

    def __init__(
        self, start: int, end: int, longest: int, decode: Callable[[bytes], Framed], *, nested: bool = False
    ) -> None:
        self._start = start
        self._end = end
        self._longest = longest
        self._decode = decode
        self._nested = nested
        self._body: bytearray | None = None
        self._noise = False

    @property
    def noise(self) -> bool:
        """Whether anything has come in since `reset` that was no whole answer."""
        return self._noise or self._body is not None

    def reset(self) -> None:
        """Forget an answer that has begun."""
        self._body = None
        self._noise = False

    def feed(self, data: bytes) -> list[Framed]:
        """Take bytes in; return the answers that ended with them."""
        answers: list[Framed] = []
        for byte in data:
            if byte == self._start and not (self._nested and self._body):
                self._body = bytearray()
            elif self._body is None:
                said = self.control(byte)
                if said is not None:
                    answers.append(said)
                self._noise = self._noise or said is None
            elif byte == self._end:
                answers.append(self._decode(bytes(self._body)))
                self._body = None
            else:
                self._body.append(byte)
                if len(self._body) > self._longest:
                    self._give_up()
        return answers

    def control(self, byte: int) -> Framed | None:
        """What a byte outside of any frame says; None is noise."""
        del byte
        return None

    def _give_up(self) -> None:
        self._noise = True
        body, self._body = self._body or bytearray(), None
        # The earliest that may still begin a frame: a later one may stand within it.
        at = body.find(self._start)
        if at >= 0:
            self._body = body[at + 1 :]


class FixedFramer:
    """Cuts out frames of `size` bytes that begin with `start`, whatever bytes they hold; `decode` reads a whole one.

    `fits(at, byte)` says whether a byte may stand at that place of a frame, so that noise is known soon. See
    `drivers.scale.reading.Framer`.
    """

    def __init__(
        self, start: int, size: int, fits: Callable[[int, int], bool], decode: Callable[[bytes], Framed]
    ) -> None:
        self._start = start
        self._size = size
        self._fits = fits
        self._decode = decode
        self._frame = bytearray()
        self._noise = False

    @property
    def noise(self) -> bool:
        """Whether anything has come in since `reset` that was no whole answer."""
        return self._noise or bool(self._frame)

    def reset(self) -> None:
        """Forget a frame that has begun."""
        self._frame.clear()
        self._noise = False

    def feed(self, data: bytes) -> list[Framed]:
        """Take bytes in; return the answers that ended with them."""
        answers: list[Framed] = []
        for byte in data:
            if self._frame or byte == self._start:
                self._add(byte, answers)
                continue
            said = self.control(byte)
            if said is not None:
                answers.append(said)
            self._noise = self._noise or said is None
        return answers

    def control(self, byte: int) -> Framed | None:
        """What a byte outside of any frame says; None is noise."""
        del byte
        return None

    def _add(self, byte: int, answers: list[Framed]) -> None:
        self._frame.append(byte)
        if not self._fits(len(self._frame) - 1, byte):
            self._noise = True
            self._begin_again(answers)
        elif len(self._frame) == self._size:
            answer = self._decode(bytes(self._frame))
            answers.append(answer)
            if isinstance(answer, Malformed):
                self._begin_again(answers)
            else:
                self._frame.clear()

    def _begin_again(self, answers: list[Framed]) -> None:
        """Give up what has come, up to where the next frame may have begun in it."""
        at = self._frame.find(self._start, 1)
        rest = bytes(self._frame[at:]) if at > 0 else b""
        self._frame.clear()
        for byte in rest:
            if self._frame or byte == self._start:
                self._add(byte, answers)


def to_places(grams: int, shown: Reading) -> Decimal | None:
    """Return `grams` in the unit and with the places of what a scale shows, half a step up; None for none."""
    if shown.value is None or shown.unit is None:
        return None
    step = Decimal(1).scaleb(int(shown.value.as_tuple().exponent))
    return (grams / GRAMS_PER_UNIT[shown.unit]).quantize(step, ROUND_HALF_UP)
