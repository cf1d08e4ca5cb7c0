"""Receipts that a ZVT terminal words itself: print lines (06 D1) and text blocks (06 D3) made into texts. Pure.

Source: ECR-Interface ZVT-Protocol PA00P015, commands 06 D1 and 06 D3. Sizes and positions are left out: they are
those of the terminal's own printer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Final

from drivers.payment.interface import ReceiptKind, TerminalReceipt
from drivers.payment.zvt_codec import TLV, bitmaps, tlv_list, tlv_objects
from drivers.payment.zvt_masking import mask_numbers

# 06 D1, attribute: FF is a number of empty lines, a bit 80 beside others marks the last line (81: without a text).
_FEED: Final = 0xFF
_LAST: Final = 0x80
_HIGHEST_FEED: Final = 10

# TLV tags of PA00P015 chapter 9.
_RECEIPT_TYPE: Final = 0x1F07
_PRINT_TEXTS: Final = 0x25
_TEXT_LINE: Final = 0x07
_KINDS: Final = {1: ReceiptKind.MERCHANT, 2: ReceiptKind.CUSTOMER, 3: ReceiptKind.ADMINISTRATION}
# Some terminals hang a container of just this form to a print line although the line has no length of its own.
_TRAILER: Final = bytes.fromhex("06 04 1f 07 01")


@dataclass(frozen=True, slots=True)
class PrintLine:
    """06 D1: lines to print (several where paper is fed), and whether the receipt ends with them."""

    lines: tuple[str, ...]
    last: bool = False
    kind: ReceiptKind = ReceiptKind.UNNAMED


@dataclass(frozen=True, slots=True)
class PrintBlock:
    """06 D3: a receipt in one message."""

    lines: tuple[str, ...]
    kind: ReceiptKind = ReceiptKind.UNNAMED


def print_line(data: bytes, charset: str) -> PrintLine:
    """Data of 06 D1: one byte of attributes, then the text to the end."""
    attribute, text, kind = data[0] if data else 0, data[1:], ReceiptKind.UNNAMED
    if text[-len(_TRAILER) - 1 : -1] == _TRAILER:
        kind, text = _KINDS.get(text[-1], kind), text[: -len(_TRAILER) - 1]
    if attribute == _FEED:
        return PrintLine(("",) * min(text[0] if text else 1, _HIGHEST_FEED), kind=kind)
    last = attribute > _LAST
    return PrintLine(() if last and not text else (readable(text, charset),), last, kind)


def print_block(data: bytes, charset: str) -> PrintBlock:
    """Data of 06 D3: a TLV container (bitmap 06) of receipt type (1F07) and texts (25, of lines 07)."""
    container = bitmaps(data).get(TLV, b"")
    objects = tlv_objects(container)
    kind = _KINDS.get(int.from_bytes(objects.get(_RECEIPT_TYPE, b"")[:1], "big"), ReceiptKind.UNNAMED)
    return PrintBlock(display_lines(objects.get(_PRINT_TEXTS, b""), charset), kind)


def display_lines(texts: bytes, charset: str) -> tuple[str, ...]:
    """The lines (07) of a TLV object of texts (24 for a display, 25 for a printer)."""
    return tuple(readable(value, charset) for tag, value in tlv_list(texts) if tag == _TEXT_LINE)


def readable(raw: bytes, charset: str) -> str:
    """A text of the terminal without control characters, and without what looks like a card number."""
    text = raw.decode(charset, errors="replace")
    return mask_numbers("".join(letter if letter.isprintable() else " " for letter in text).rstrip())


def receipts(pieces: Iterable[PrintLine | PrintBlock]) -> tuple[TerminalReceipt, ...]:
    """The receipts that `pieces` make up, in their order; lines without an end make one too."""
    return tuple(receipt for receipt in _joined(pieces) if any(receipt.lines))


def _joined(pieces: Iterable[PrintLine | PrintBlock]) -> Iterator[TerminalReceipt]:
    lines: list[str] = []
    kind = ReceiptKind.UNNAMED
    for piece in pieces:
        if isinstance(piece, PrintBlock):
            yield TerminalReceipt(piece.kind, piece.lines)
            continue
        # What a receipt is, its first line says: some terminals name the last lines of one after the other.
        kind = kind if lines else piece.kind
        lines += piece.lines
        if piece.last:
            yield TerminalReceipt(kind, tuple(lines))
            lines, kind = [], ReceiptKind.UNNAMED
    yield TerminalReceipt(kind, tuple(lines))
