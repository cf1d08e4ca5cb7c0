"""The little of HTTP/1.1 that a nexo terminal needs: one POST, one answer, read in any pieces. Pure, never raises.

Source: RFC 9112. A nexo exchange takes minutes, must end at its deadline and when a person cancels; that is why it is
read here, piece by piece, and not by a client that waits in its own way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

LONGEST_HEAD: Final = 32_768
LONGEST_BODY: Final = 1_000_000
_LONGEST_LINE: Final = 256
_STATUS: Final = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: |$)")
_LENGTH: Final = re.compile(rb"[0-9]{1,9}")
_CHUNK: Final = re.compile(rb"([0-9A-Fa-f]{1,6})[ \t]*(?:;.*)?")


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """A whole answer."""

    status: int
    body: bytes


@dataclass(frozen=True, slots=True)
class HttpBroken:
    """What came is no HTTP answer; `reason` quotes nothing of it."""

    reason: str


def post(path: str, host: str, body: bytes) -> bytes:
    """Return the bytes of a POST of JSON; the terminal is asked to close the connection after its answer."""
    head = (
        f"POST {path} HTTP/1.1\r\nHost: {host}\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
        f"Content-Length: {len(body)}\r\nConnection: close\r\n\r\n"
    )
    return head.encode("ascii", "replace") + body


class AnswerReader:
    """Reads one answer from pieces of any size; `result` is None until it is whole or broken."""

    def __init__(self) -> None:
        self.result: HttpAnswer | HttpBroken | None = None
        self._buffer = bytearray()
        self._looked = 0
        self._status = 0
        self._left = -1
        self._chunked = False
        self._body = bytearray()
        self._step = self._read_head

    def feed(self, data: bytes) -> HttpAnswer | HttpBroken | None:
        """Take what came in; returns `result`. What comes after a whole answer is not looked at."""
        self._buffer += data
        while self.result is None and self._step():
            pass
        return self.result

    def ended(self) -> HttpAnswer | HttpBroken:
        """The terminal has closed the connection: an answer without a length ends here, any other is cut off."""
        if self.result is None and self._step == self._read_to_end:
            self.result = HttpAnswer(self._status, bytes(self._body))
        return self.result or self._break("The answer is cut off.")

    def _read_head(self) -> bool:
        end = self._buffer.find(b"\r\n\r\n", max(0, self._looked - 3))
        self._looked = len(self._buffer) if end < 0 else end + 3
        if self._looked > LONGEST_HEAD:
            self._break("The head of the answer has no end.")
        if end < 0 or self.result is not None:
            return False
        lines = bytes(self._buffer[:end]).split(b"\r\n")
        del self._buffer[: end + 4]
        self._looked = 0
        found = _STATUS.match(lines[0])
        if found is None:
            self._break("It is no HTTP answer.")
            return False
        self._status = int(found[1])
        # 100 Continue and its kin come before the answer.
        return self._status < 200 or self._begin_body(lines[1:])

    def _begin_body(self, lines: list[bytes]) -> bool:
        fields = [(name.strip().lower(), value.strip()) for name, _, value in (line.partition(b":") for line in lines)]
        lengths = {value for name, value in fields if name == b"content-length"}
        codings = [value.lower() for name, value in fields if name == b"transfer-encoding"]
        if codings:
            if codings != [b"chunked"]:
                self._break("The answer is encoded in a way that is not known.")
                return False
            self._step = self._read_chunk_size
        elif lengths:
            length = lengths.pop()
            if lengths or not _LENGTH.fullmatch(length) or int(length) > LONGEST_BODY:
                self._break("The length of the answer is wrong.")
                return False
            self._left = int(length)
            self._step = self._read_body
        elif self._status in (204, 304):
            self._finish()
        else:
            self._step = self._read_to_end
        return True

    def _read_body(self) -> bool:
        self._take(self._left)
        if self._left == 0:
            self._finish()
        return False

    def _read_to_end(self) -> bool:
        self._take(len(self._buffer))
        if len(self._body) > LONGEST_BODY:
            self._break("The answer is too long.")
        return False

    def _read_chunk_size(self) -> bool:
        line = self._line()
        if line is None:
            return False
        found = _CHUNK.fullmatch(line)
        if found is None or len(self._body) + int(found[1], 16) > LONGEST_BODY:
            self._break("A piece of the answer has no good length.")
            return False
        self._left = int(found[1], 16)
        self._step = self._read_chunk if self._left else self._read_trailer
        return True

    def _read_chunk(self) -> bool:
        self._take(self._left)
        if self._left == 0:
            self._step = self._read_chunk_end
        return self._left == 0

    def _read_chunk_end(self) -> bool:
        line = self._line()
        if line:
            self._break("A piece of the answer is longer than it said.")
        elif line is not None:
            self._step = self._read_chunk_size
        return line == b""

    def _read_trailer(self) -> bool:
        line = self._line()
        if line == b"":
            self._finish()
        return bool(line)

    def _line(self) -> bytes | None:
        end = self._buffer.find(b"\r\n", 0, _LONGEST_LINE + 2)
        if end < 0:
            if len(self._buffer) > _LONGEST_LINE:
                self._break("A line of the answer has no end.")
            return None
        line = bytes(self._buffer[:end])
        del self._buffer[: end + 2]
        return line

    def _take(self, most: int) -> None:
        taken = self._buffer[:most]
        del self._buffer[: len(taken)]
        self._body += taken
        self._left -= len(taken)

    def _finish(self) -> None:
        self.result = HttpAnswer(self._status, bytes(self._body))

    def _break(self, reason: str) -> HttpBroken:
        broken = HttpBroken(reason)
        self.result = broken
        return broken
