"""All that leaves a nexo message of a card: four digits, a brand and an authorisation code. Pure, never raises."""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import parse_qsl

import msgspec

from drivers.payment import nexo_messages as nexo

_MOST_FIELDS: Final = 300
_DIGITS_IN_A_ROW: Final = re.compile(r"\d{7}")


@dataclass(frozen=True, slots=True)
class CardFacts:
    """Each may be empty. `masked_pan`: "•••• 1111"."""

    masked_pan: str = ""
    brand: str = ""
    authorisation_code: str = ""


def card_facts(paid: nexo.PaymentResponse) -> CardFacts:
    """What a payment's answer tells of the card; what only stands in its additional response is taken from there."""
    result = paid.payment_result
    instrument = result.payment_instrument_data if result else None
    card = (instrument.card_data if instrument else None) or nexo.CardData()
    acquirer = (result.payment_acquirer_data if result else None) or nexo.PaymentAcquirerData()
    more = _additional(paid.response.additional_response)
    return CardFacts(
        masked_pan=_last_four(card.masked_pan or card.masked_pan_formerly or more.get("cardSummary", "")),
        brand=harmless(card.payment_brand or more.get("paymentMethod", ""), 40),
        authorisation_code=harmless(acquirer.approval_code or more.get("authCode", ""), 12),
    )


def _last_four(masked: str) -> str:
    found = re.search(r"(?:^|\D)\d*?(\d{4})$", masked[-32:])
    return f"•••• {found[1]}" if found else ""


def harmless(text: str, longest: int) -> str:
    """Return a short text that cannot be a card number; empty for anything else."""
    fits = len(text) <= longest and text.isprintable() and not _DIGITS_IN_A_ROW.search(text)
    return text if fits else ""


def _additional(text: str) -> dict[str, str]:
    """Fields of an additional response: form-encoded, or JSON in base64 (with or without `additionalData`)."""
    try:
        found = msgspec.json.decode(base64.b64decode(text, validate=True))
    except (msgspec.MsgspecError, binascii.Error, ValueError, RecursionError):
        found = None
    if isinstance(found, dict):
        inner = found.get("additionalData")
        fields = inner if isinstance(inner, dict) else found
        return {str(key): value for key, value in fields.items() if isinstance(value, str)}
    try:
        return dict(parse_qsl(text, max_num_fields=_MOST_FIELDS))
    except ValueError:
        return {}
