"""The receipt as facts: one record that paper, picture, text and the shopper's phone are all made from.

Amounts are minor units of `currency`, weights grams. The record is what the digital receipt is, as JSON: it is only
ever added to, `version` says which. No name of a shopper has a field here, and no field takes a card number.
"""

from __future__ import annotations

import enum
from typing import Any, Literal

import msgspec

from kiosk.domain.receipt.masking import SHOWN_DIGITS, masked, without_card_numbers


class _Record(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Fields that say nothing are left out of the JSON."""


class Kind(enum.StrEnum):
    """What a receipt is of: a finished sale (with or without returned goods), or one that did not come about."""

    SALE = "sale"
    VOID = "void"


class Header(_Record, frozen=True, kw_only=True):
    """The store's own lines, and the key of the transaction. `at` is RFC 3339 with the store's offset from UTC."""

    store_name: str
    address: tuple[str, ...] = ()
    tax_id: str = ""
    store_id: str
    workstation_id: str
    sequence_number: int
    at: str
    operator: str = ""

    @property
    def key(self) -> str:
        """The natural key of the transaction, as it is asked for at a returns desk."""
        return f"{self.store_id}/{self.workstation_id}/{self.sequence_number:06d}"


class Marks(_Record, frozen=True, kw_only=True):
    """What makes this no plain receipt of a sale.

    `copy` counts duplicates (0: none; one without a count is 1), made `copied_at` (RFC 3339, "" unknown). `offline`:
    headquarters has not confirmed something on it yet. `gift`: without prices.
    """

    copy: int = 0
    copied_at: str = ""
    training: bool = False
    offline: bool = False
    gift: bool = False


class Discount(_Record, frozen=True, kw_only=True):
    """What a promotion took off; `amount_minor` > 0, or < 0 where goods came back."""

    name: str
    amount_minor: int


class LinePrice(_Record, frozen=True, kw_only=True):
    """What a line costs. `unit_price_minor` is per piece, or per kilogram of a weighed good.

    `asked_minor` is what the shelf says for all of it, before `discounts`. `added_tax_minor` comes on top of it, with
    taxes that are not in the shelf price. `label`: the price was on a label, and is not weight times price.
    """

    unit_price_minor: int
    asked_minor: int
    discounts: tuple[Discount, ...] = ()
    added_tax_minor: int = 0
    label: bool = False


class Returned(_Record, frozen=True, kw_only=True):
    """Goods that came back: of which receipt ("" without one), and why."""

    receipt: str = ""
    reason: str = ""


class Line(_Record, frozen=True, kw_only=True):
    """One line. `grams` is the net weight of a weighed good, else 0; `linked` marks a deposit of the line above.

    `price` is None on a gift receipt. `tax_codes` are the keys of the tax table.
    """

    name: str
    quantity: int
    grams: int = 0
    tare_grams: int = 0
    price: LinePrice | None = None
    tax_codes: tuple[str, ...] = ()
    linked: bool = False
    returned: Returned | None = None
    serial_number: str = ""
    lot: str = ""


class _Paid(_Record, frozen=True, kw_only=True, tag_field="tender"):
    """A means of payment; `amount_minor` < 0 where money went back that way."""

    amount_minor: int


class CardPaid(_Paid, frozen=True, kw_only=True, tag="card"):
    """A card. Whatever number it is made with, four digits of it stay."""

    card_name: str = ""
    masked_pan: str = ""
    terminal_id: str = ""
    receipt_number: int = 0
    trace_number: int = 0
    authorisation_code: str = ""

    def __post_init__(self) -> None:
        """Hide what may not be shown, also of a record that was read from elsewhere."""
        _hide(self, masked_pan=masked(self.masked_pan), card_name=masked(self.card_name))
        _hide(self, authorisation_code=without_card_numbers(self.authorisation_code))


class CashPaid(_Paid, frozen=True, kw_only=True, tag="cash"):
    """Cash: given - change = amount. Foreign cash: `foreign_minor` of `foreign_currency`, worth `given_minor`."""

    given_minor: int
    change_minor: int = 0
    foreign_currency: str = ""
    foreign_minor: int = 0


class ValuePaid(_Paid, frozen=True, kw_only=True, tag="stored_value"):
    """Gift card, store credit or voucher; `shown` are at most the last four signs of its number."""

    instrument: str
    shown: str = ""
    offline: bool = False
    balance_minor: int | None = None

    def __post_init__(self) -> None:
        """As of a card: the number of a gift card is money too."""
        _hide(self, shown=self.shown[-SHOWN_DIGITS:])


class PointsPaid(_Paid, frozen=True, kw_only=True, tag="points"):
    """Loyalty points."""

    points: int
    offline: bool = False


class MealVoucherPaid(_Paid, frozen=True, kw_only=True, tag="meal_voucher"):
    """Meal vouchers, for eligible goods only."""

    issuer: str
    eligible_minor: int

    def __post_init__(self) -> None:
        """An issuer's name may hold the card's number."""
        _hide(self, issuer=without_card_numbers(self.issuer))


class WalletPaid(_Paid, frozen=True, kw_only=True, tag="wallet"):
    """A QR wallet or pay-later provider; `reference` is the provider's."""

    provider: str
    reference: str = ""

    def __post_init__(self) -> None:
        """A reference may hold the number of the card behind the wallet."""
        _hide(self, provider=without_card_numbers(self.provider), reference=without_card_numbers(self.reference))


Paid = CardPaid | CashPaid | ValuePaid | PointsPaid | MealVoucherPaid | WalletPaid


class TaxRow(_Record, frozen=True, kw_only=True):
    """One row of the tax table; a rate of 0 with a tax is a fixed amount (excise). `exempt`: it need not be paid."""

    tax_code: str
    rate_ppm: int
    net_minor: int
    tax_minor: int
    exempt: bool = False


class Sums(_Record, frozen=True, kw_only=True):
    """`subtotal_minor` (lines less their own discounts) - order discounts + `added_tax_minor` = `total_minor`.

    `total_minor` + `rounding_minor` (of cash) is what was paid; below zero money was given back.
    """

    subtotal_minor: int
    order_discounts: tuple[Discount, ...] = ()
    added_tax_minor: int = 0
    total_minor: int
    rounding_minor: int = 0


class Fiscal(_Record, frozen=True, kw_only=True):
    """The mark of a fiscal chain: `code` is printed as a QR code, `notices` in the words of the law, untranslated."""

    receipt_id: str
    code: str = ""
    notices: tuple[str, ...] = ()


class Returns(_Record, frozen=True, kw_only=True):
    """How to bring goods back: the signed token as a QR code, "" for none, and within how many days (0: not said)."""

    token: str = ""
    days: int = 0


class ReceiptDocument(_Record, frozen=True, kw_only=True, omit_defaults=False, tag_field="document", tag="receipt"):
    """All that a receipt says. `sums` is None where there is nothing to add up: a gift receipt, a void."""

    version: Literal[1] = 1
    kind: Kind = Kind.SALE
    currency: str
    language: str
    header: Header
    marks: Marks = Marks()
    lines: tuple[Line, ...] = ()
    sums: Sums | None = None
    tenders: tuple[Paid, ...] = ()
    taxes: tuple[TaxRow, ...] = ()
    tax_exemption: str = ""
    customer: str = ""
    coupons: int = 0
    fiscal: Fiscal | None = None
    returns: Returns = Returns()
    legal_texts: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """The customer's number is shown like a card's."""
        _hide(self, customer=masked(self.customer))


def as_gift(document: ReceiptDocument) -> ReceiptDocument:
    """The same receipt without a price, a payment, a tax or a customer; what came back is not on it."""
    return ReceiptDocument(
        kind=document.kind,
        currency=document.currency,
        language=document.language,
        header=document.header,
        marks=msgspec.structs.replace(document.marks, gift=True),
        lines=tuple(_as_gift(line) for line in document.lines if line.returned is None and not line.linked),
        returns=document.returns,
        legal_texts=document.legal_texts,
    )


def as_copy(document: ReceiptDocument, number: int, at: str) -> ReceiptDocument:
    """Duplicate `number` (1 or more) of a receipt, made `at` (RFC 3339)."""
    if number < 1:
        raise ValueError("duplicates are counted from 1")
    return msgspec.structs.replace(document, marks=msgspec.structs.replace(document.marks, copy=number, copied_at=at))


def schema() -> dict[str, Any]:
    """JSON Schema (2020-12) of the digital receipt."""
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **msgspec.json.schema(ReceiptDocument)}


def _as_gift(line: Line) -> Line:
    return msgspec.structs.replace(line, price=None, tax_codes=())


def _hide(record: msgspec.Struct, **values: str) -> None:
    for name, value in values.items():
        msgspec.structs.force_setattr(record, name, value)
