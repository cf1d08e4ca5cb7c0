"""What may come of a row, and of a file that cannot be read at all."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass

from kiosk.domain.item import Item, ItemCode


class ImportFailed(Exception):  # noqa: N818 - says what happened; the suffix would add nothing
    """The file as a whole cannot be imported. `message` says what happened, `remedy` what to do about it."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message} {remedy}")
        self.message = message
        self.remedy = remedy


class Reason(enum.StrEnum):
    """Why a row was refused."""

    NOT_JSON = "not_json"
    NOT_AN_OBJECT = "not_an_object"
    FIELD_NOT_TEXT = "field_not_text"
    UNKNOWN_FIELD = "unknown_field"
    CSV_BROKEN = "csv_broken"
    ROW_TOO_LONG = "row_too_long"
    CELL_COUNT = "cell_count"
    SKU_MISSING = "sku_missing"
    SKU_DUPLICATE = "sku_duplicate"
    NAME_MISSING = "name_missing"
    NAME_DAMAGED = "name_damaged"
    CODE_MISSING = "code_missing"
    CODE_NOT_DIGITS = "code_not_digits"
    CODE_SCIENTIFIC = "code_scientific"
    CODE_LENGTH = "code_length"
    CODE_CHECK_DIGIT = "code_check_digit"
    CODE_ALL_ZERO = "code_all_zero"
    CODE_OF_ANOTHER_SHOP = "code_of_another_shop"
    CODE_IS_COUPON = "code_is_coupon"
    DUPLICATE_SAME = "duplicate_same"
    DUPLICATE_OTHER = "duplicate_other"
    ITEM_NUMBER = "item_number"
    PLU_DUPLICATE = "plu_duplicate"
    PRICE_MISSING = "price_missing"
    PRICE_UNREADABLE = "price_unreadable"
    NUMBER_UNREADABLE = "number_unreadable"
    UNIT_UNKNOWN = "unit_unknown"
    FLAG_UNREADABLE = "flag_unreadable"
    ALCOHOL_UNREADABLE = "alcohol_unreadable"
    TAX_CODE_UNKNOWN = "tax_code_unknown"
    COMPONENTS_UNREADABLE = "components_unreadable"
    REFERENCE_UNKNOWN = "reference_unknown"
    ITEM_UNFIT = "item_unfit"


class Repair(enum.StrEnum):
    """What was put right in a row that was taken."""

    TRIMMED = "trimmed"
    SPACES = "spaces"
    HTML = "html"
    CONTROL_CHARACTERS = "control_characters"
    MOJIBAKE = "mojibake"
    ENCODING = "encoding"
    NAME_SHORTENED = "name_shortened"
    CODE_SEPARATORS = "code_separators"
    CODE_LEADING_ZERO = "code_leading_zero"
    CODE_UPC_E = "code_upc_e"
    DECIMAL_COMMA = "decimal_comma"
    ALCOHOL_IMPOSSIBLE = "alcohol_impossible"


@dataclass(frozen=True, slots=True)
class Refused:
    """A row that was left out: `reason` for counting, `message` and `remedy` for the person who owns the file."""

    reason: Reason
    message: str
    remedy: str


@dataclass(frozen=True, slots=True)
class Taken:
    """A row that became an item, with what had to be put right first (nothing: it was accepted as it stood)."""

    item: Item
    codes: tuple[ItemCode, ...]
    repairs: tuple[Repair, ...] = ()


@dataclass(frozen=True, slots=True)
class Place:
    """Data row `row`, counted from 1, of the file `source`."""

    source: str
    row: int

    def __str__(self) -> str:
        return f"row {self.row} of {self.source}"


@dataclass(frozen=True, slots=True)
class Row:
    """Row `number` of a file, counted from 1 as a person counts data rows; every field is text.

    `decoded_anew` says that it was not UTF-8 and was read as Windows-1252.
    """

    number: int
    fields: Mapping[str, str]
    decoded_anew: bool = False


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """Row `number` could not even be taken apart into fields."""

    number: int
    refused: Refused


def short(value: str, limit: int = 60) -> str:
    """`value` quoted for a message: printable, and never longer than a person would read."""
    text = ascii(value) if any(not char.isprintable() for char in value) else f"'{value}'"
    return text if len(text) <= limit else text[: limit - 1] + "…"
