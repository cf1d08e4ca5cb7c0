"""What a tag says, in words for a technician who holds bytes or a URL in hand. Pure; never raises."""

from __future__ import annotations

import re
from typing import Final

from drivers.nfc import ndef_message
from drivers.nfc.interface import TagProblem
from drivers.nfc.ntag424 import BLOCK, COUNTER_SIZE, MAC_SIZE, UID_SIZE
from drivers.nfc.signed_url import Names

_LONGEST_URL: Final = 8192
_SIZES: Final = {"picc_data": BLOCK, "uid": UID_SIZE, "ctr": COUNTER_SIZE, "cmac": MAC_SIZE}
_PAIR: Final = re.compile(r"[?&]([^=&#?]+)=([^&#]*)")


def describe_ndef(frame: bytes) -> dict[str, object]:
    """Return the records of an NDEF message: type, text where it is text or a URI, number of bytes."""
    records = ndef_message.read(frame)
    if isinstance(records, TagProblem):
        return {"error": str(records)}
    return {
        "records": [{"type": record.type, "text": record.text, "bytes": len(record.data)} for record in records],
    }


def describe_signed(frame: bytes) -> dict[str, object]:
    """Return what an NTAG 424 DNA mirrored into its URL, as far as that can be told without its keys.

    `frame` is the URL, or an NDEF message with it. `uid` is "encrypted" or "plain", its `counter` is told where it is
    plain; `file_bytes` are encrypted. Whether the MAC holds is for a reader with the keys to say.
    """
    url = _url(frame)
    found = dict(_PAIR.findall(url))
    names = Names()
    if names.cmac not in found:
        return {"error": "This is no URL of a signed tag: it has no MAC."}
    wrong = [name for name, size in _SIZES.items() if name in found and not _is_hex(found[name], size)]
    if wrong or not ({names.picc_data} <= found.keys() or {names.uid, names.ctr} <= found.keys()):
        what = f"{wrong[0]} has not its {2 * _SIZES[wrong[0]]} digits" if wrong else "it names no tag"
        return {"error": f"This is no URL of a signed tag: {what}."}
    told: dict[str, object] = {"uid": "encrypted" if names.picc_data in found else "plain"}
    if names.picc_data not in found:
        told["counter"] = int(found[names.ctr], 16)
    if names.enc in found:
        told["file_bytes"] = len(found[names.enc]) // 2
    return told | {"mac_bytes": MAC_SIZE}


def _url(frame: bytes) -> str:
    if len(frame) > _LONGEST_URL:
        return ""
    if frame[:4].lower() == b"http":
        return frame.decode("latin-1")
    records = ndef_message.read(frame)
    if isinstance(records, TagProblem):
        return ""
    return next((record.text for record in records if "?" in record.text), "")


def _is_hex(text: str, size: int) -> bool:
    return bool(re.fullmatch(rf"[0-9A-Fa-f]{{{2 * size}}}", text))
