"""What a ZVT terminal says, as records that hold no card data; any bytes at all give a record. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from drivers.payment import zvt_codec as codec
from drivers.payment.interface import CardTotal
from drivers.payment.zvt_codec import Apdu, bitmaps, from_bcd, tlv_objects
from drivers.payment.zvt_receipts import PrintBlock, PrintLine, display_lines, print_block, print_line, readable

_LONG_NUMBER: Final = re.compile(r"\d{5,}")
_EXTENDED_RESULT: Final = 0x1F16
_EXTENDED_TEXT: Final = 0x1F17
_DISPLAY_TEXTS: Final = 0x24

# Terminals send this unless told otherwise (PA00P015 chapter 12); some send another whatever they are told.
CHARSET: Final = "cp437"
CHARSETS: Final = ("cp437", "iso-8859-1", "iso-8859-2", "iso-8859-15", "utf-8")

# PA00P015, bitmap 60: two receipt numbers, then for each of these the number of transactions and their sum.
_CARD_NAMES: Final = ("girocard", "JCB", "Mastercard", "American Express", "Visa", "Diners", "other")
_RECEIPT_NUMBER_SIZE: Final = 2
_COUNT_AND_SUM_SIZE: Final = 7


@dataclass(frozen=True, slots=True)
class Ack:
    """80 00: understood, or (for a command) begun."""


@dataclass(frozen=True, slots=True)
class Nack:
    """84 xx: refused; nothing was begun."""

    code: int


@dataclass(frozen=True, slots=True)
class DayTotals:
    """Bitmap 60 of an end of day: the first and the last receipt number, and what each kind of card came to."""

    first_receipt_number: int | None
    last_receipt_number: int | None
    cards: tuple[CardTotal, ...]


@dataclass(frozen=True, slots=True)
class StatusInformation:
    """04 0F: the result of a transaction. What the terminal left out or garbled is None or empty.

    `original_trace` (bitmap 37) is there only where the transaction is a reversal, `totals` only at an end of day.
    """

    result_code: int | None = None
    amount_minor: int | None = None
    receipt_number: int | None = None
    trace_number: int | None = None
    original_trace: int | None = None
    currency: int | None = None
    terminal_id: str = ""
    masked_pan: str = ""
    card_name: str = ""
    authorisation_code: str = ""
    totals: DayTotals | None = None


@dataclass(frozen=True, slots=True)
class IntermediateStatus:
    """04 FF: what the terminal is doing. `patience_s` is how long it asks us to wait for its next message.

    `text` is the terminal's own wording (TLV 24), "" where it gives none.
    """

    code: int
    patience_s: int | None = None
    text: str = ""


@dataclass(frozen=True, slots=True)
class Completion:
    """06 0F: the command has come to its end. `status` are the bits of bitmap 19 after a registration."""

    terminal_id: str = ""
    status: int | None = None


@dataclass(frozen=True, slots=True)
class Abort:
    """06 1E: the command ended without success. `extended` is the network's own code (TLV 1F16), `text` its words."""

    code: int | None
    extended: str = ""
    text: str = ""


@dataclass(frozen=True, slots=True)
class Other:
    """Anything else, known by its control field only: requests that we have no use for."""

    control: int


Record = Ack | Nack | StatusInformation | IntermediateStatus | Completion | Abort | PrintLine | PrintBlock | Other


def parse(apdu: Apdu, charset: str = CHARSET) -> Record:
    """The record of one message; `charset` is that of the terminal's texts.

    Expiry date, track data and all but four digits of the card number end here.
    """
    control, data = apdu.control, apdu.data
    # 84 00 stands in PA00P015 as a positive acknowledgement (issue of goods); it refuses nothing.
    if control in (codec.ACKNOWLEDGE, 0x8400):
        return Ack()
    if control >> 8 == 0x84:
        return Nack(control & 0xFF)
    reader = _READERS.get(control)
    return Other(control) if reader is None else reader(data, charset)


def _status_information(data: bytes, charset: str) -> StatusInformation:
    found = bitmaps(data)
    return StatusInformation(
        result_code=_byte(found, 0x27),
        amount_minor=_number(found, 0x04),
        receipt_number=_number(found, 0x87),
        trace_number=_number(found, 0x0B),
        original_trace=_number(found, 0x37),
        currency=_number(found, 0x49),
        terminal_id=_terminal_id(found),
        masked_pan=found.get(0x22, b"").decode(),
        card_name=_text(found, 0x8B, charset),
        authorisation_code=_text(found, 0x3B, charset),
        totals=_totals(found[0x60]) if 0x60 in found else None,
    )


def _intermediate(data: bytes, charset: str) -> IntermediateStatus:
    # The second byte, where it is there, is a time in minutes as BCD: PA00P015 3.7. No code at all is "please wait".
    minutes = from_bcd(data[1:2]) if len(data) > 1 else None
    texts = tlv_objects(bitmaps(data[2:]).get(codec.TLV, b"")).get(_DISPLAY_TEXTS, b"")
    text = " ".join(line.strip() for line in display_lines(texts, charset) if line.strip())
    return IntermediateStatus(data[0] if data else 0x0E, None if minutes is None else minutes * 60, text)


def _completion(data: bytes, _: str) -> Completion:
    found = bitmaps(data)
    return Completion(_terminal_id(found), _byte(found, 0x19))


def _abort(data: bytes, charset: str) -> Abort:
    told = tlv_objects(bitmaps(data[1:]).get(codec.TLV, b""))
    text = readable(told.get(_EXTENDED_TEXT, b""), charset)
    return Abort(data[0] if data else None, told.get(_EXTENDED_RESULT, b"").hex()[:16], text)


def _totals(data: bytes) -> DayTotals:
    first, last = (from_bcd(data[at : at + _RECEIPT_NUMBER_SIZE]) for at in (0, _RECEIPT_NUMBER_SIZE))
    rest = data[2 * _RECEIPT_NUMBER_SIZE :]
    cards = []
    for at, name in zip(range(0, len(rest), _COUNT_AND_SUM_SIZE), _CARD_NAMES, strict=False):
        group = rest[at : at + _COUNT_AND_SUM_SIZE]
        amount = from_bcd(group[1:]) if len(group) == _COUNT_AND_SUM_SIZE else None
        if amount is not None and (group[0] or amount):
            cards.append(CardTotal(name, group[0], amount))
    return DayTotals(first, last, tuple(cards))


def _byte(found: dict[int, bytes], number: int) -> int | None:
    return found[number][0] if found.get(number) else None


def _number(found: dict[int, bytes], number: int) -> int | None:
    return from_bcd(found[number]) if number in found else None


def _terminal_id(found: dict[int, bytes]) -> str:
    return found[0x29].hex() if _number(found, 0x29) is not None else ""


def _text(found: dict[int, bytes], number: int, charset: str) -> str:
    # Card name and authorisation code are short words; a long number among them would be a card number.
    raw = found.get(number, b"").split(b"\x00", maxsplit=1)[0].decode(charset, errors="replace")
    printable = "".join(letter for letter in raw if letter.isprintable()).strip()
    return printable if number == 0x3B else _LONG_NUMBER.sub("•", printable)


_READERS: Final[dict[int, Callable[[bytes, str], Record]]] = {
    codec.STATUS_INFORMATION: _status_information,
    codec.INTERMEDIATE_STATUS: _intermediate,
    codec.COMPLETION: _completion,
    codec.ABORT: _abort,
    codec.PRINT_LINE: print_line,
    codec.PRINT_TEXT_BLOCK: print_block,
}
