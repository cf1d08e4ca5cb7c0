"""The commands a cash register sends to a ZVT terminal, as bytes. Pure.

Source: ECR-Interface ZVT-Protocol PA00P015 chapter 2, Verband der Terminalhersteller.
"""

from __future__ import annotations

from typing import Final

from drivers.payment import zvt_codec as codec
from drivers.payment.zvt_codec import encode, to_bcd

# PA00P015 2.1, config byte: the register makes payment receipts (02) and administration receipts (04) itself from
# the status information (bit 80 clear: no print commands either), wants intermediate statuses (08), and no amount
# can be keyed in at the terminal (10). Administration at the terminal (20) stays open: a technician needs it.
CONFIG_BYTE: Final = 0x02 | 0x04 | 0x08 | 0x10
# As well as that: receipts come worded by the terminal, as print lines (06 D1) or text blocks (06 D3).
SEND_RECEIPTS: Final = 0x80

# TLV container of a registration: tag 26, the commands that a terminal may send us besides the usual: 06 D3. That
# there is a container at all tells the terminal that it may use TLV itself (its own display texts, tag 24).
WITH_TLV: Final = bytes.fromhex("06 06 26 04 0a 02 06 d3")

# PA00P015 2.20.2, service byte 03: print nothing, send the status information of the last transaction executed,
# "so that the register can resynchronise in case of an inconclusive ending of a transaction".
REPEAT_WITH_STATUS: Final = 0x03

# What moves money. None of these is ever sent a second time by itself, on no layer.
MOVES_MONEY: Final = frozenset({codec.AUTHORISATION, codec.REVERSAL, codec.REFUND, codec.END_OF_DAY})


def registration(password: str, currency: int, config: int = CONFIG_BYTE, tlv: bytes = b"") -> bytes:
    """06 00: password as six digits, config byte, ISO 4217 number of the currency, TLV container."""
    return encode(codec.REGISTRATION, bytes.fromhex(password) + bytes((config,)) + to_bcd(currency, 2) + tlv)


def authorisation(amount_minor: int, currency: int | None = None) -> bytes:
    """06 01: charge `amount_minor`."""
    return encode(codec.AUTHORISATION, _amount(amount_minor, currency))


def refund(password: str, amount_minor: int, currency: int | None = None) -> bytes:
    """06 31: pay `amount_minor` out to a card."""
    return encode(codec.REFUND, bytes.fromhex(password) + _amount(amount_minor, currency))


def reversal(password: str, receipt_number: int) -> bytes:
    """06 30: take the transaction with that receipt number back."""
    return encode(codec.REVERSAL, bytes.fromhex(password) + b"\x87" + to_bcd(receipt_number, 2))


def repeat_receipt(password: str) -> bytes:
    """06 20: send the status information of the last transaction; starts nothing, prints nothing."""
    return encode(codec.REPEAT_RECEIPT, bytes.fromhex(password) + bytes((0x03, REPEAT_WITH_STATUS)))


def reprint(password: str) -> bytes:
    """06 20 without a service byte: send (or print) the last receipt once more."""
    return encode(codec.REPEAT_RECEIPT, bytes.fromhex(password))


def status_enquiry(password: str) -> bytes:
    """05 01: how is the terminal? Starts no transaction."""
    return encode(codec.STATUS_ENQUIRY, bytes.fromhex(password))


def end_of_day(password: str) -> bytes:
    """06 50: close the day and hand it to the host."""
    return encode(codec.END_OF_DAY, bytes.fromhex(password))


def diagnosis() -> bytes:
    """06 70: have the terminal call its host for a diagnosis. Starts no transaction."""
    return encode(codec.DIAGNOSIS)


def initialisation(password: str) -> bytes:
    """06 93: have the terminal sign on to its host anew."""
    return encode(codec.INITIALISATION, bytes.fromhex(password))


def abort_request() -> bytes:
    """06 B0: stop what is running."""
    return encode(codec.ABORT_REQUEST)


def log_off() -> bytes:
    """06 02: no more intermediate statuses, the terminal may do as it likes."""
    return encode(codec.LOG_OFF)


def acknowledge() -> bytes:
    """80 00: every message of the terminal is answered with this, or it is repeated or undone."""
    return encode(codec.ACKNOWLEDGE)


def _amount(amount_minor: int, currency: int | None) -> bytes:
    data = b"\x04" + to_bcd(amount_minor, 6)
    return data if currency is None else data + b"\x49" + to_bcd(currency, 2)
