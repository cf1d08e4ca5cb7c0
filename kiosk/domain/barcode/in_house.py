"""Codes that we print ourselves: on receipts, for suspended transactions, as store credit, on badges."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from kiosk.domain.barcode.records import InHouseCode, Kind, NotACode
from kiosk.domain.gs1.faults import Problem

# "CL1" is this format in its first version; the letter says what follows. A badge has the prefix of the settings.
PREFIXES: Mapping[Kind, str] = MappingProxyType(
    {Kind.RECEIPT: "CL1R:", Kind.SUSPENDED: "CL1S:", Kind.STORE_CREDIT: "CL1C:"}
)
# The longest receipt token; base45 has blanks, never at an end.
PAYLOAD_MAX = 1_500
_PAYLOAD = re.compile(r"[!-~]([ -~]*[!-~])?")


def write_in_house(kind: Kind, payload: str) -> str:
    """The text of a code of `kind` (one of `PREFIXES`) with `payload`; `ValueError` for what no code can hold."""
    if not _is_payload(payload):
        raise ValueError(f"a payload is 1 to {PAYLOAD_MAX} printable ASCII characters, no space at an end")
    return PREFIXES[kind] + payload


def read_in_house(text: str, badge_prefix: str = "") -> InHouseCode | NotACode | None:
    """What code of ours `text` is, or None. With no `badge_prefix`, a badge is only known by its hash, to the lane."""
    prefixes = {**PREFIXES, **({Kind.BADGE: badge_prefix} if badge_prefix else {})}
    for kind, prefix in prefixes.items():
        payload = text.removeprefix(prefix)
        if not text.startswith(prefix):
            continue
        if _is_payload(payload):
            return InHouseCode("other", in_house_kind=kind, payload=payload)
        message = "A code of our own is cut off or holds characters that it never has."
        return NotACode("other", Problem("in_house", message, len(prefix)))
    return None


def _is_payload(text: str) -> bool:
    return len(text) <= PAYLOAD_MAX and _PAYLOAD.fullmatch(text) is not None
