"""What the simulated terminal says, byte for byte; apart from the driver's codec, so that one checks the other."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from drivers.payment.simulated_books import Day, Entry

ACK: Final = bytes.fromhex("800000")
TERMINAL_ID: Final = "52001234"
# A well-known test number. It is sent in full, with expiry date and track 2, so that tests can prove what is dropped.
TEST_CARD: Final = "4111111111111111"
EXPIRY: Final = "3012"
TRACK_2: Final = f"{TEST_CARD}d{EXPIRY}2010000000000000f"


def message(control: str, data: bytes = b"") -> bytes:
    """An APDU; `control` as hex."""
    size = len(data)
    length = bytes((size,)) if size < 255 else b"\xff" + size.to_bytes(2, "little")
    return bytes.fromhex(control) + length + data


def nack(code: int) -> bytes:
    """84 xx 00."""
    return bytes((0x84, code, 0))


def registered() -> bytes:
    """Completion of a registration: status byte, terminal id, currency."""
    return message("060f", bytes.fromhex(f"1900 29{TERMINAL_ID} 490978"))


def completed(data: bytes = b"") -> bytes:
    """06 0F."""
    return message("060f", data)


def aborted(code: int) -> bytes:
    """06 1E with its reason."""
    return message("061e", bytes((code,)))


def showing(code: int) -> bytes:
    """04 FF: what the terminal shows."""
    return message("04ff", bytes((code,)))


def failed(code: int) -> bytes:
    """04 0F of a transaction that came to nothing."""
    return message("040f", bytes((0x27, code)) + bytes.fromhex(f"29{TERMINAL_ID}"))


def carried_out(entry: Entry, original: Entry | None) -> bytes:
    """04 0F with result 00, and `original`'s trace number where the transaction is its reversal."""
    now = datetime.now(UTC)
    reversal = "" if original is None else f"37{original.trace_number:06d}"
    name = b"VISA TEST\x00"
    data = bytes.fromhex(
        f"2700 04{entry.amount_minor:012d} 0b{entry.trace_number:06d} {reversal}"
        f"0c{now:%H%M%S} 0d{now:%m%d} 0e{EXPIRY} 170001 1940"
        f"22f0f8{TEST_CARD} 23f1f9{TRACK_2}"
        f"29{TERMINAL_ID} 2a{b'100461763      '.hex()} 3b{b'715691'.hex()}0000 490978"
        f"87{entry.receipt_number:04d} 8a0a 8bf1f0{name.hex()}"
    )
    return message("040f", data)


def day_closed(day: Day) -> bytes:
    """04 0F of an end of day: the total, and the totals by card (bitmap 60), of which all are Visa here."""
    total = abs(day.amount_minor)
    none = "00" + "0" * 12
    totals = f"{day.first:04d}{day.last:04d}{none * 4}{day.count:02x}{total:012d}{none * 2}"
    length = "".join(f"f{digit}" for digit in f"{len(totals) // 2:03d}")
    return message("040f", bytes.fromhex(f"2700 04{total:012d} 60{length}{totals} 29{TERMINAL_ID} 490978"))


def receipt_lines(*texts: str) -> list[bytes]:
    """06 D1, one for each line, and the last one without a text."""
    lines = [message("06d1", b"\x00" + text.encode("cp437")) for text in texts]
    return [*lines, message("06d1", b"\x81")]


def receipt_block(*texts: str) -> list[bytes]:
    """06 D3: the same in one message, as the customer's receipt."""
    lines = b"".join(_object(b"\x07", text.encode("cp437")) for text in texts)
    container = bytes.fromhex("1f070102") + _object(b"\x25", lines + bytes.fromhex("0901ff"))
    return [message("06d3", _object(b"\x06", container))]


def _object(tag: bytes, value: bytes) -> bytes:
    size = len(value)
    if size < 0x80:
        return tag + bytes((size,)) + value
    return tag + b"\x82" + size.to_bytes(2, "big") + value
