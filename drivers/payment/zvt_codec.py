"""ZVT bytes: APDU framing, bitmaps, BCD and TLV. Pure: no I/O, no clock.

Source: ECR-Interface ZVT-Protocol PA00P015 (commands, bitmaps) and PA00P016 (transport), Verband der
Terminalhersteller. An APDU is `CC CC LL data`; LL = FF is followed by the length in two bytes, low byte first.

Nothing here raises on what a terminal sends: what cannot be read is left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

REGISTRATION: Final = 0x0600
AUTHORISATION: Final = 0x0601
LOG_OFF: Final = 0x0602
REPEAT_RECEIPT: Final = 0x0620
REVERSAL: Final = 0x0630
REFUND: Final = 0x0631
END_OF_DAY: Final = 0x0650
DIAGNOSIS: Final = 0x0670
INITIALISATION: Final = 0x0693
STATUS_ENQUIRY: Final = 0x0501
ABORT_REQUEST: Final = 0x06B0
STATUS_INFORMATION: Final = 0x040F
INTERMEDIATE_STATUS: Final = 0x04FF
COMPLETION: Final = 0x060F
ABORT: Final = 0x061E
PRINT_LINE: Final = 0x06D1
PRINT_TEXT_BLOCK: Final = 0x06D3
ACKNOWLEDGE: Final = 0x8000

HIGHEST_AMOUNT_MINOR: Final = 999_999_999_999
HIGHEST_RECEIPT_NUMBER: Final = 9999

_EXTENDED: Final = 0xFF
_CLASSES: Final = frozenset({0x04, 0x05, 0x06, 0x08, 0x0F, 0x80, 0x84})


@dataclass(frozen=True, slots=True)
class Apdu:
    """One message. Its data may hold card data, so it is kept out of its repr (and so out of every log)."""

    control: int
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class OutOfStep:
    """The stream holds something that starts no ZVT message; only a new connection gets back into step."""

    first_byte: int


def encode(control: int, data: bytes = b"") -> bytes:
    """One APDU as bytes; from 255 bytes of data on with the three-byte length."""
    head = control.to_bytes(2, "big")
    if len(data) < _EXTENDED:
        return head + bytes((len(data),)) + data
    return head + b"\xff" + len(data).to_bytes(2, "little") + data


class Framer:
    """Cuts a byte stream into APDUs; the way the bytes arrive makes no difference.

    ZVT over TCP has no start mark to search for. A byte that is no known class therefore ends it: `OutOfStep` is
    given once and all that follows is dropped.
    """

    def __init__(self) -> None:
        self._buffer = bytearray()
        self._lost = False

    def feed(self, chunk: bytes) -> list[Apdu | OutOfStep]:
        """Take what was read; give the messages that are whole by now."""
        found: list[Apdu | OutOfStep] = []
        if self._lost:
            return found
        self._buffer += chunk
        while self._buffer and not self._lost:
            if self._buffer[0] not in _CLASSES:
                self._lost = True
                found.append(OutOfStep(self._buffer[0]))
                self._buffer.clear()
            elif (apdu := self._take()) is not None:
                found.append(apdu)
            else:
                break
        return found

    def _take(self) -> Apdu | None:
        buffer = self._buffer
        start = 3
        if len(buffer) < start:
            return None
        length = buffer[2]
        if length == _EXTENDED:
            start = 5
            if len(buffer) < start:
                return None
            length = int.from_bytes(buffer[3:5], "little")
        if len(buffer) < start + length:
            return None
        apdu = Apdu(int.from_bytes(buffer[:2], "big"), bytes(buffer[start : start + length]))
        del buffer[: start + length]
        return apdu


# PA00P015 chapter 9: what follows each bitmap number. A number is that many bytes; LL and LLL are two or three bytes
# F0..F9 holding the decimal length; TLV is a BER length.
_LL, _LLL, _TLV = "LL", "LLL", "TLV"
_SHAPES: Final[dict[int, int | str]] = {
    **dict.fromkeys((0x01, 0x02, 0x03, 0x05, 0x19, 0x27, 0x8A, 0x8C, 0xA0, 0xD0, 0xD2, 0xD3), 1),
    **dict.fromkeys((0xE0, 0xE9, 0xEA, 0xF0, 0xF9, 0xFA, 0xFB, 0xFC, 0xFD, 0x72, 0x73, 0x74, 0x75), 1),
    **dict.fromkeys((0x0D, 0x0E, 0x17, 0x3A, 0x49, 0x87), 2),
    **dict.fromkeys((0x0B, 0x0C, 0x37, 0x3D, 0x88, 0xAA), 3),
    **dict.fromkeys((0x29, 0x70, 0x71), 4),
    0xBA: 5,
    0x04: 6,
    **dict.fromkeys((0x3B, 0xEB), 8),
    0x2A: 15,
    **dict.fromkeys((0x22, 0x23, 0x2D, 0x8B, 0xA7, 0xD1, *range(0xE1, 0xE9), *range(0xF1, 0xF9)), _LL),
    **dict.fromkeys((0x24, 0x2E, 0x3C, 0x60, 0x9A, 0xAF), _LLL),
    0x06: _TLV,
}
CARD_NUMBER: Final = 0x22
TLV: Final = 0x06

# The only bitmaps that leave the codec. Expiry date (0E), track data (23, 24, 2D, 2E), CVC (3A), free text (3C),
# PIN data (D1) and the like end here; the card number (22) goes no further than `masked_pan`.
_KEPT: Final = frozenset({0x04, 0x06, 0x0B, 0x19, 0x22, 0x27, 0x29, 0x37, 0x3B, 0x49, 0x60, 0x87, 0x8B})


def bitmaps(data: bytes) -> dict[int, bytes]:
    """The bitmaps of a data block that we have a use for, by number. Ends quietly at the first unreadable one.

    The card number (22) is cut down to what `masked_pan` shows before it gets in here.
    """
    found: dict[int, bytes] = {}
    for number, start, end in spans(data):
        if number in _KEPT:
            value = data[start:end]
            found[number] = masked_pan(value).encode() if number == CARD_NUMBER else value
    return found


def spans(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Where the bitmaps of a data block lie: number, start and end of each value; ends at the first unreadable one."""
    at = 0
    while at < len(data):
        number = data[at]
        span = _span(number, data, at + 1)
        if span is None:
            return
        start, at = span
        yield number, start, at


def _span(number: int, data: bytes, at: int) -> tuple[int, int] | None:
    shape = _SHAPES.get(number)
    if shape is None:
        return None
    if isinstance(shape, int):
        start, length = at, shape
    else:
        header = tlv_length(data, at) if shape == _TLV else decimal_length(data[at : at + len(shape)], len(shape))
        if header is None:
            return None
        start, length = at + header[0], header[1]
    return None if start + length > len(data) else (start, start + length)


def decimal_length(header: bytes, digits: int) -> tuple[int, int] | None:
    """LL-Var and LLL-Var: `F1 F8` is 18. Gives (bytes of header, length), None where it is none."""
    if len(header) != digits or any(byte >> 4 != 0xF or byte & 0xF > 9 for byte in header):
        return None
    length = 0
    for byte in header:
        length = length * 10 + (byte & 0xF)
    return digits, length


def tlv_length(data: bytes, at: int) -> tuple[int, int] | None:
    """BER length as ZVT uses it: one byte up to 7F, `81 xx`, `82 xx xx`. Gives (bytes of header, length)."""
    if at >= len(data):
        return None
    first = data[at]
    if first < 0x80:
        return 1, first
    count = first & 0x7F
    if count not in (1, 2) or at + 1 + count > len(data):
        return None
    return 1 + count, int.from_bytes(data[at + 1 : at + 1 + count], "big")


def tlv_tag(data: bytes, at: int = 0) -> int | None:
    """The tag that starts at `at`: one byte, or more where its low five bits are all set and bits 80 go on."""
    if at >= len(data):
        return None
    end = at + 1
    if data[at] & 0x1F == 0x1F:
        while end < len(data) and data[end] & 0x80:
            end += 1
        end += 1
    return int.from_bytes(data[at:end], "big") if end <= len(data) else None


def tlv_spans(data: bytes) -> Iterator[tuple[int, int, int]]:
    """Where the outermost objects of a TLV container lie: tag, start and end of each value; ends as `spans` does."""
    at = 0
    while (tag := tlv_tag(data, at)) is not None:
        at += max(1, (tag.bit_length() + 7) // 8)
        header = tlv_length(data, at)
        if header is None or at + sum(header) > len(data):
            return
        start = at + header[0]
        at += sum(header)
        yield tag, start, at


def tlv_list(data: bytes) -> list[tuple[int, bytes]]:
    """The outermost objects of a TLV container in their order, each as tag and value."""
    return [(tag, data[start:end]) for tag, start, end in tlv_spans(data)]


def tlv_objects(data: bytes) -> dict[int, bytes]:
    """The outermost objects of a TLV container by tag, the last of each."""
    return dict(tlv_list(data))


def to_bcd(number: int, size: int) -> bytes:
    """A number in `size` bytes of packed decimal digits. `ValueError` where it does not fit."""
    digits = f"{number:0{size * 2}d}"
    if number < 0 or len(digits) > size * 2:
        raise ValueError(f"{number} does not fit into {size} bytes of BCD")
    return bytes.fromhex(digits)


def from_bcd(data: bytes) -> int | None:
    """The number in packed decimal digits; None where a nibble is no digit (`FF FF` stands for "none")."""
    digits = data.hex()
    return int(digits) if digits.isdecimal() else None


def masked_pan(card_number: bytes) -> str:
    """Bitmap 22 to "•••• 1234": its last four digits and nothing else. E is a masked digit, F padding.

    Some terminals put track 2 in here; what follows the separator D is thrown away first.
    """
    digits = card_number.hex().split("d", maxsplit=1)[0].rstrip("f")
    last = "".join(digit if digit.isdecimal() else "•" for digit in digits[-4:])
    return f"•••• {last}" if len(digits) > len(last) else ""
