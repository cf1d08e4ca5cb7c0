"""What may be kept of the data of a ZVT message in a recording; what is not known to be harmless is zero. Pure.

Source of what is what: ECR-Interface ZVT-Protocol PA00P015, chapter 9 (bitmaps, TLV).
"""

from __future__ import annotations

from typing import Final

from drivers.payment import zvt_codec as codec
from drivers.payment.zvt_masking import mask_numbers

# Where the bitmaps of a message begin, and how many of the bytes before them are the password.
_PASSWORD: Final = 3
_FIRST_BITMAP: Final = {
    codec.REGISTRATION: 6,
    codec.AUTHORISATION: 0,
    codec.REPEAT_RECEIPT: 3,
    codec.REVERSAL: 3,
    codec.REFUND: 3,
    codec.END_OF_DAY: 3,
    codec.INITIALISATION: 3,
    codec.STATUS_ENQUIRY: 3,
    codec.STATUS_INFORMATION: 0,
    codec.COMPLETION: 0,
    codec.ABORT: 1,
    codec.INTERMEDIATE_STATUS: 2,
    codec.PRINT_TEXT_BLOCK: 0,
}
_WITH_PASSWORD: Final = frozenset(
    {
        codec.REGISTRATION,
        codec.REPEAT_RECEIPT,
        codec.REVERSAL,
        codec.REFUND,
        codec.END_OF_DAY,
        codec.INITIALISATION,
        codec.STATUS_ENQUIRY,
    }
)

# Amounts, numbers of the terminal's own, dates of the transaction, results, totals. Not: 0E expiry date, 23 24 2D 2E
# tracks, 3A check value of the card, D1 PIN, 92 EMV data.
_HARMLESS: Final = frozenset(
    {0x01, 0x02, 0x03, 0x04, 0x05, 0x0B, 0x0C, 0x0D, 0x19, 0x27, 0x29, 0x2A, 0x37}
    | {0x3B, 0x3D, 0x49, 0x60, 0x87, 0x88, 0x8A, 0x8C, 0xA0, 0xAA}
)
_TEXTS: Final = frozenset({0x3C, 0x8B})

# TLV: 24, 25 texts of lines 07; 26 commands of 0A; 2F payment types; 60, 64 applications; ends, kinds, results, AIDs.
# Not: 45, 46, 47 receipt texts of the chip, 4C, 62 identities of a card, and whatever else there is.
_CONTAINERS: Final = frozenset({0x24, 0x25, 0x26, 0x2F, 0x60, 0x64})
_HARMLESS_TAGS: Final = frozenset({0x09, 0x0A, 0x12, 0x14, 0x1A, 0x41, 0x43})
_HARMLESS_LONG_TAGS: Final = frozenset({0x1F07, 0x1F10, 0x1F11, 0x1F12, 0x1F16, 0x1F2B, 0x1F37})
_TEXT_TAGS: Final = frozenset({0x07, 0x44, 0x1F17})
_DEEPEST: Final = 4


def mask_data(control: int, data: bytes) -> bytes:
    """The data of one message, as long as it was, with all that may be of a card or a secret made zero."""
    if control == codec.PRINT_LINE:
        return data[:1] + _masked_text(data[1:])
    first = _FIRST_BITMAP.get(control)
    if first is None:
        return bytes(len(data))
    head = data[:first]
    if control in _WITH_PASSWORD:
        head = bytes(min(_PASSWORD, len(head))) + head[_PASSWORD:]
    return head + _masked_bitmaps(data[first:])


def _masked_bitmaps(data: bytes) -> bytes:
    masked = bytearray(len(data))
    done = 0
    for number, start, end in codec.spans(data):
        masked[done:start] = data[done:start]
        value = data[start:end]
        if number in _HARMLESS:
            masked[start:end] = value
        elif number in _TEXTS:
            masked[start:end] = _masked_text(value)
        elif number == codec.CARD_NUMBER:
            masked[start:end] = _masked_card_number(value)
        elif number == codec.TLV:
            masked[start:end] = _masked_tlv(value, _DEEPEST)
        done = end
    return bytes(masked)


def _masked_tlv(data: bytes, depth: int) -> bytes:
    masked = bytearray(len(data))
    done = 0
    for tag, start, end in codec.tlv_spans(data):
        masked[done:start] = data[done:start]
        value = data[start:end]
        if tag in _HARMLESS_TAGS or tag in _HARMLESS_LONG_TAGS:
            masked[start:end] = value
        elif tag in _TEXT_TAGS:
            masked[start:end] = _masked_text(value)
        elif tag in _CONTAINERS and depth:
            masked[start:end] = _masked_tlv(value, depth - 1)
        done = end
    return bytes(masked)


def _masked_text(raw: bytes) -> bytes:
    # Latin-1 maps every byte to one letter and back; what is a digit is one in all of the terminals' character sets.
    return mask_numbers(raw.decode("iso-8859-1")).encode("iso-8859-1", errors="replace")


def _masked_card_number(value: bytes) -> bytes:
    """E for every digit but the last four, as terminals do it; all that follows the separator D is E too."""
    number, separator, rest = value.hex().partition("d")
    digits = number.rstrip("f")
    kept = min(4, max(0, len(digits) - 4))
    hidden = "e" * (len(digits) - kept) + digits[len(digits) - kept :]
    return bytes.fromhex(hidden + "f" * (len(number) - len(digits)) + separator + "e" * len(rest))
