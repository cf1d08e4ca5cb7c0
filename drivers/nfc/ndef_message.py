"""What an NDEF message says: its records, with their text where they hold a text or a URI. Pure; never raises.

Decoding is ndeflib's (NFC Forum NDEF 1.0 and the record type definitions Text 1.0, URI 1.0, Smart Poster 1.0).
"""

from __future__ import annotations

import ndef

from drivers.nfc.interface import NdefRecord, TagProblem

# No tag of the NFC Forum's types 2 to 4 holds more, and ndeflib takes a stream of any length.
LONGEST_MESSAGE = 0x8000
_UNCHANGED = "unchanged"
# What ndeflib raises for bytes that are no NDEF: its own errors, and what slips through it (ValueError, by fuzzing).
_BAD_BYTES = (ndef.DecodeError, ndef.EncodeError, ValueError, TypeError, LookupError)


def read(message: bytes) -> tuple[NdefRecord, ...] | TagProblem:
    """Return the records of `message`; UNREADABLE for any that is malformed, NOT_FORMATTED for an empty one."""
    if not message:
        return TagProblem.NOT_FORMATTED
    if len(message) > LONGEST_MESSAGE:
        return TagProblem.UNREADABLE
    try:
        whole = _joined(list(ndef.message_decoder(message, known_types={})))
        known = list(ndef.message_decoder(b"".join(ndef.message_encoder(whole))))
    except _BAD_BYTES:
        return TagProblem.UNREADABLE
    if all(record.type == "" for record in whole):
        return TagProblem.NOT_FORMATTED
    # The bytes as they stood on the tag: a record that was understood would give them in its own way.
    return tuple(NdefRecord(raw.type, _text(record), bytes(raw.data)) for raw, record in zip(whole, known, strict=True))


def write(*records: NdefRecord) -> bytes:
    """Return the message that `read` takes apart into `records` (their text is not looked at)."""
    return b"".join(ndef.message_encoder([ndef.Record(record.type, "", record.data) for record in records]))


def uri(address: str) -> NdefRecord:
    """Return a URI record."""
    return _record(ndef.UriRecord(address))


def text(words: str, language: str = "en") -> NdefRecord:
    """Return a text record."""
    return _record(ndef.TextRecord(words, language))


def _joined(records: list[ndef.Record]) -> list[ndef.Record]:
    """Put records that came in chunks together (NDEF 1.0, 2.3.3)."""
    joined: list[ndef.Record] = []
    for record in records:
        if record.type == _UNCHANGED and joined:
            joined[-1].data.extend(record.data)
        else:
            joined.append(record)
    return joined


def _record(record: ndef.Record) -> NdefRecord:
    return NdefRecord(record.type, _text(record), bytes(record.data))


def _text(record: ndef.Record) -> str:
    match record:
        case ndef.UriRecord():
            return str(record.iri)
        case ndef.TextRecord():
            return str(record.text)
        case ndef.SmartposterRecord():
            return str(record.resource.iri) if record.resource is not None else ""
        case _ if record.type == "text/plain":
            return bytes(record.data).decode("utf-8", errors="replace")
        case _:
            return ""
