"""The signed content of a receipt: the thirteen fields of the machine-readable code without its signature.

RKSV section 10 (2) and Detailspezifikation, "Maschinenlesbarer Code": an empty field, then suite, cash box, receipt
number, time, five amounts, turnover counter, certificate serial and chaining value, with `_` between them.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from datetime import datetime

from kiosk.domain.fiscal.rksv.texts import from_base64, to_base64

FIELDS = 13
CHAIN_BYTES = 8
# Detailspezifikation: the counter is at least 5 bytes long, and at most one block of AES.
LEAST_COUNTER_BYTES, MOST_COUNTER_BYTES = 5, 16

# What we put into a name: printable ASCII without the separator. Others may write more, see `_is_name`.
NAME = r"[!-^`-~]{1,128}"
SUITE = r"R1-AT[0-9]{1,3}"

_LONGEST_NAME = 256
_AMOUNT = re.compile(r"(-?)(0|[1-9][0-9]{0,15}),([0-9]{2})", re.ASCII)
_AT = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}", re.ASCII)


class Marker(enum.Enum):
    """What stands in the place of the turnover counter in a training and in a void receipt."""

    TRAINING = b"TRA"
    VOID = b"STO"


@dataclass(frozen=True, slots=True)
class TaxSets:
    """Gross amounts in cents by tax set, in the order of the code: 20 %, 10 %, 13 %, 0 %, any other rate (19 %...)."""

    normal_minor: int = 0
    reduced_1_minor: int = 0
    reduced_2_minor: int = 0
    zero_minor: int = 0
    special_minor: int = 0

    def in_order(self) -> tuple[int, int, int, int, int]:
        """The five amounts."""
        return (
            self.normal_minor,
            self.reduced_1_minor,
            self.reduced_2_minor,
            self.zero_minor,
            self.special_minor,
        )

    @property
    def total_minor(self) -> int:
        """What the turnover counter grows by."""
        return sum(self.in_order())


@dataclass(frozen=True, slots=True)
class Record:
    """The fields. `counter` is the encrypted turnover counter, or the value of a `Marker`; `chain` has 8 bytes.

    `serial` is the certificate's serial number in hexadecimal digits, in a closed system the company's key id.
    """

    suite: str
    cash_box_id: str
    number: str
    at: str
    amounts: TaxSets
    counter: bytes
    serial: str
    chain: bytes

    @property
    def marker(self) -> Marker | None:
        """What kind of receipt hides its counter; None for all others."""
        return next((marker for marker in Marker if marker.value == self.counter), None)

    @property
    def is_zero(self) -> bool:
        """Whether this is a receipt without goods: all amounts zero, and neither training nor void."""
        return self.marker is None and not any(self.amounts.in_order())


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A text that is no receipt, and why."""

    reason: str


def record_text(record: Record) -> str:
    """The text that is signed."""
    return "_".join(
        (
            "",
            record.suite,
            record.cash_box_id,
            record.number,
            record.at,
            *map(amount_text, record.amounts.in_order()),
            to_base64(record.counter),
            record.serial,
            to_base64(record.chain),
        )
    )


def record_from(text: str) -> Record | Unreadable:
    """Read the text that is signed; only what `record_text` writes is read."""
    fields = text.split("_")
    if len(fields) != FIELDS or fields[0]:
        return Unreadable(f"it has {len(fields) - 1} fields instead of {FIELDS - 1}")
    _, suite, cash_box_id, number, at, *amounts, counter_text, serial, chain_text = fields
    cents = [amount_from(amount) for amount in amounts]
    counter, chain = from_base64(counter_text), from_base64(chain_text)
    wrong = [
        name
        for name, fine in (
            ("suite", re.fullmatch(SUITE, suite, re.ASCII)),
            ("cash box id", _is_name(cash_box_id)),
            ("receipt number", _is_name(number)),
            ("time", is_local_time(at)),
            ("amounts", None not in cents),
            ("turnover counter", counter is not None and _is_counter(counter)),
            ("certificate serial", _is_name(serial)),
            ("chaining value", chain is not None and len(chain) == CHAIN_BYTES),
        )
        if not fine
    ]
    if wrong or counter is None or chain is None:
        return Unreadable(f"its {wrong[0]} is not as prescribed")
    amounts_minor = TaxSets(*(amount for amount in cents if amount is not None))
    return Record(suite, cash_box_id, number, at, amounts_minor, counter, serial, chain)


def amount_text(amount_minor: int) -> str:
    """An amount as in the code: 1234 is 12,34 and -72 is -0,72."""
    sign = "-" if amount_minor < 0 else ""
    return f"{sign}{abs(amount_minor) // 100},{abs(amount_minor) % 100:02d}"


def amount_from(text: str) -> int | None:
    """The cents of an amount, None for what `amount_text` would not have written."""
    found = _AMOUNT.fullmatch(text)
    if found is None or text == "-0,00":
        return None
    cents = int(found[2]) * 100 + int(found[3])
    return -cents if found[1] else cents


def is_local_time(text: str) -> bool:
    """Whether this is YYYY-MM-DDThh:mm:ss, and a moment of the calendar."""
    if not _AT.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def _is_name(text: str) -> bool:
    return 0 < len(text) <= _LONGEST_NAME and text.isprintable()


def _is_counter(counter: bytes) -> bool:
    known = {marker.value for marker in Marker}
    return counter in known or LEAST_COUNTER_BYTES <= len(counter) <= MOST_COUNTER_BYTES
