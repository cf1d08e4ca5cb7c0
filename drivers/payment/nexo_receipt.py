"""A terminal's receipts as lines of text, with nothing in them that is or might be a whole card number. Pure.

Source: Adyen, "Receipts" (docs.adyen.com/point-of-sale): each text is form-encoded, with a `key`, a `name` to print and
a `value` to print beside it.
"""

from __future__ import annotations

import re
from typing import Final
from urllib.parse import parse_qs

from drivers.payment import nexo_messages as nexo
from drivers.payment.interface import ReceiptKind, TerminalReceipt

_KINDS: Final = {"CashierReceipt": ReceiptKind.MERCHANT, "CustomerReceipt": ReceiptKind.CUSTOMER}
_LONGEST_LINE: Final = 200
_MOST_LINES: Final = 200
_MOST_FIELDS: Final = 8
# Ids of applications, merchants and transactions are long, public, and have to stand on a receipt.
_IDS: Final = frozenset(("aid", "mid", "tid", "ptid", "txRef", "mref"))
# Twelve digits and more with single separators at most, or any number that is masked in part already.
_LIKE_A_CARD: Final = re.compile(r"[0-9](?:[ .-]?[0-9]){11,}|(?:[0-9][0-9 ]{0,15})?[*•xX]{2,}[*•xX ]*[0-9]*")


def receipts(paid: nexo.PaymentResponse) -> tuple[TerminalReceipt, ...]:
    """The receipts of a payment's answer."""
    found = (one for one in paid.payment_receipt if one.output_content is not None)
    return tuple(
        TerminalReceipt(_KINDS.get(one.document_qualifier, ReceiptKind.UNNAMED), _lines(one.output_content))
        for one in found
    )


def _lines(content: nexo.OutputContent | None) -> tuple[str, ...]:
    lines: list[str] = []
    joined = ""
    for part in (content.output_text if content else [])[:_MOST_LINES]:
        joined = f"{joined} {_shown(part.text[: 2 * _LONGEST_LINE])}".strip()
        if part.end_of_line_flag is not False:
            lines.append(joined[:_LONGEST_LINE])
            joined = ""
    return (*lines, joined[:_LONGEST_LINE]) if joined else tuple(lines)


def _shown(text: str) -> str:
    try:
        fields = parse_qs(text, max_num_fields=_MOST_FIELDS) if "key=" in text else {"name": [text]}
    except ValueError:
        return ""
    key = "".join(fields.get("key", ()))
    shown = "  ".join(part for name in ("name", "value") for part in fields.get(name, ()))
    return _printable(shown if key in _IDS else _LIKE_A_CARD.sub(_masked, shown))


def _masked(found: re.Match[str]) -> str:
    digits = re.sub(r"\D", "", found[0])
    return f"•••• {digits[-4:]}" if digits else found[0]


def _printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else " " for letter in text)
