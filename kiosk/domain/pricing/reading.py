"""Reads a pricing document from JSON, and says of a bad one where it is wrong and what to do about it."""

from __future__ import annotations

import re

import msgspec

from kiosk.domain.pricing.checks import document_problems
from kiosk.domain.pricing.document import Document
from kiosk.domain.pricing.faults import DocumentError, Problem

# The longest document that is read: 1,000 promotions and 100 lines are about 400 kB.
DOCUMENT_BYTES_MAX = 16 * 1024 * 1024

_UNKNOWN = re.compile(r"Object contains unknown field `(?P<name>.*)`$", re.DOTALL)
_MISSING = re.compile(r"Object missing required field `(?P<name>.*)`$")
_PLACE = re.compile(r"^(?P<message>.*?) - at `(?P<path>\$.*)`$", re.DOTALL)
_SCHEMA = "The schema lists them: `python -m kiosk price --schema document`."

# What to do, by the name of the value that is wrong and by what msgspec says of it; the first that fits counts.
_REMEDIES: tuple[tuple[str, str, str], ...] = (
    (r"_minor$", r"got `(float|str)`", "Give whole minor units: 2499 for 24.99."),
    (r"_minor$", r">= 0", "Give an amount of 0 or more; what takes off is a promotion."),
    (r"_ppm$", r"", "Give a share as whole parts per million: 200000 for 20 %."),
    (r"grams$", r"", "Give the weight as whole grams: 1250 for 1.25 kg."),
    (r"\.(quantity|pieces|applications)$", r"", "Give whole pieces, from 1 to 100000 on a line."),
    (r"currency$", r"", "Give the three capital letters of ISO 4217, such as EUR."),
    (r"hours\[\d+\]", r"", 'Give pairs of local times, such as ["18:00", "24:00"].'),
    (r"\.(at|valid_from|valid_until)$", r"", "Give a time as RFC 3339, such as 2026-11-22T10:15:00+01:00."),
    (r"\.version$", r"", "Give version 1, or leave it out."),
    (r"\.type$", r"", "Give percent_off, amount_off, fixed_price or set_price."),
    (r"", r"needs an offset", "Add the offset from UTC, such as +01:00 or Z."),
    (r"", r"IANA zone", "Give the zone of the store by its IANA name."),
    (r"", r"either `rewards` or `steps`", "Give one of the two, and not both."),
    (r"", r"Invalid enum value", f"Give one of the words that stand for it. {_SCHEMA}"),
    (r"", r"of length >= 1", "Give at least one character, or leave it out."),
    (r"", r"of length <=", "Make it shorter."),
    (r"", r"got `float`", "Give a whole number."),
)


def read(data: bytes | str) -> Document:
    """The document in `data`, JSON in UTF-8.

    Raises `DocumentError`: for what is no such record at all with the first problem that is met, for what contradicts
    itself (see `checks`) with all of them.
    """
    if len(data) > DOCUMENT_BYTES_MAX:
        raise _error(
            "$", "The document is too long.", f"Send at most {DOCUMENT_BYTES_MAX:,} bytes; leave out old prices."
        )
    try:
        document = msgspec.json.decode(data, type=Document)
    except msgspec.ValidationError as error:
        raise _explained(str(error)) from error
    except UnicodeDecodeError as error:
        raise _error("$", f"This is not UTF-8: byte {error.start} of a text.", "Write the JSON in UTF-8.") from error
    except msgspec.DecodeError as error:
        raise _error("$", f"This is no JSON: {error}.", "Send one JSON object; see the examples.") from error
    problems = document_problems(document)
    if problems:
        raise DocumentError(problems)
    return document


def _explained(text: str) -> DocumentError:
    """What msgspec says, cut into path and message, with a remedy."""
    placed = _PLACE.match(text)
    path, message = (placed["path"], placed["message"]) if placed else ("$", text)
    if unknown := _UNKNOWN.match(message):
        return _error(f"{path}.{unknown['name']}", "There is no such key.", f"Leave it out or correct it. {_SCHEMA}")
    if missing := _MISSING.match(message):
        return _error(f"{path}.{missing['name']}", "This is missing.", "Add it.")
    remedy = next(
        (remedy for name, says, remedy in _REMEDIES if re.search(name, path) and re.search(says, message)),
        "Give a value of that type.",
    )
    return _error(path, message if message.endswith(".") else f"{message}.", remedy)


def _error(path: str, message: str, remedy: str) -> DocumentError:
    return DocumentError((Problem(path=path, message=message, remedy=remedy),))
