"""What a scanner on a serial line sends: prefix, content, suffix; pure, bytes in, records out."""

from __future__ import annotations

from drivers.scanner.codes import MAX_LENGTH, Record, decode, framing
from drivers.scanner.interface import BadRead

SUFFIXES = {"cr": b"\r", "lf": b"\n", "crlf": b"\r\n", "tab": b"\t"}
_LINE_ENDS = b"\r\n"


class ScanFramer:
    """Cuts a stream of bytes into codes. Pure: no clock; `break_off` says that nothing more has come for a while."""

    def __init__(
        self,
        device: str,
        *,
        prefix: str = "",
        suffix: str = "cr",
        encoding: str = "utf-8",
        aim_ids: bool = True,
    ) -> None:
        self._device = device
        self._suffix = SUFFIXES[suffix]
        self._prefix = prefix.encode(encoding)
        self._encoding = encoding
        self._aim_ids = aim_ids
        self._limit = MAX_LENGTH + len(self._prefix) + len(self._suffix)
        self._buffer = bytearray()
        self._overflow = False

    @property
    def pending(self) -> bool:
        """Whether a code has begun and not ended."""
        return self._overflow or bool(self._buffer.strip(_LINE_ENDS))

    def feed(self, data: bytes) -> list[Record]:
        """Take bytes in; return the codes that ended with them."""
        records: list[Record] = []
        for byte in data:
            self._buffer.append(byte)
            if self._buffer.endswith(self._suffix):
                record = self._end()
                if record is not None:
                    records.append(record)
            elif len(self._buffer) > self._limit:
                # The rest of it, up to the next suffix, is dropped too: its tail would look like a short code.
                del self._buffer[: -len(self._suffix)]
                self._overflow = True
        return records

    def break_off(self) -> list[Record]:
        """Give up on a code that began and was not ended."""
        broken, too_long = self.pending, self._overflow
        self._reset()
        if not broken:
            return []
        return [BadRead(self._device, "too_long" if too_long else "broken_off")]

    def _end(self) -> Record | None:
        # A scanner that ends with CR LF where only one of them was set leaves the other beside a code.
        frame = bytes(self._buffer[: -len(self._suffix)]).strip(_LINE_ENDS)
        too_long = self._overflow
        self._reset()
        if too_long:
            return BadRead(self._device, "too_long")
        if not frame:
            return None
        if not frame.startswith(self._prefix):
            return BadRead(self._device, "no_prefix")
        return decode(self._device, frame[len(self._prefix) :], self._encoding, aim_ids=self._aim_ids)

    def _reset(self) -> None:
        self._buffer.clear()
        self._overflow = False


def describe(frame: bytes) -> dict[str, object]:
    """Tell a technician how a frame is made, without its content: lengths, ending, AIM identifier. Never raises."""
    body = frame.rstrip(_LINE_ENDS + b"\t")
    record = decode("", body, "utf-8", aim_ids=True)
    described: dict[str, object] = {"bytes": len(frame), "ending": frame[len(body) :].hex()}
    if record is None:
        return described | {"error": "empty"}
    if isinstance(record, BadRead):
        return described | {"error": record.reason}
    return described | {"aim": record.aim, "symbology": record.symbology, "characters": len(record.text)}


def redact(data: bytes) -> str:
    """Show bytes for the ring of last frames: lengths and control characters, no content."""
    return framing(data)
