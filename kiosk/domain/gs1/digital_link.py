"""GS1 Digital Link: elements inside a web address, read and written (GS1 Digital Link Standard: URI Syntax 1.6)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations
from urllib.parse import quote, unquote_to_bytes

from kiosk.domain.gs1.elements import MOST_ELEMENTS, Element, Elements, check_value
from kiosk.domain.gs1.faults import Problem
from kiosk.domain.gs1.identifiers import Identifier, identifiers
from kiosk.domain.gtin import is_digits

# Where GS1's own resolver answers.
CANONICAL_STEM = "https://id.gs1.org"

_URI = re.compile(
    r"(?P<stem>[Hh][Tt][Tt][Pp][Ss]?://(?P<domain>[^/?#]+))(?P<path>/[^?#]*)(?:\?(?P<query>[^#]*))?(?:#.*)?"
)
_CHARACTERS = re.compile(r"[A-Za-z0-9\-._~:/?#\[\]@!$&'()*+,;=%]*")
_DOMAIN = re.compile(r"(?:[A-Za-z0-9](?:[A-Za-z0-9.\-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+\])(?::[0-9]{1,5})?")
_SHORT_GTINS = (8, 12, 13)


def is_web_address(text: str) -> bool:
    """Whether `text` is a web address, of a Digital Link or any other."""
    return text[:8].lower().startswith(("http://", "https://"))


def read_digital_link(uri: str, *, short_gtins: bool = True) -> Elements | Problem:
    """Elements of a Digital Link, those of the path first.

    `short_gtins`: GTINs without their leading zeros are taken, as older links have them. Parameters that are no
    identifiers are passed over (GS1 Digital Link 1.6, 4.11); each value is checked by itself.
    """
    if not _CHARACTERS.fullmatch(uri):
        return Problem("uri_characters", "A web address does not hold such characters.", _first_foreign(uri))
    match = _URI.fullmatch(uri)
    if match is None or not _DOMAIN.fullmatch(match["domain"]):
        return Problem("uri", "This is no web address with a path.", 0)
    path = _read_path(match["path"], match.start("path"), short_gtins=short_gtins)
    if isinstance(path, Problem):
        return path
    query = _read_query(match["query"] or "", match.start("query"), short_gtins=short_gtins)
    if isinstance(query, Problem):
        return query
    if len(path) + len(query) > MOST_ELEMENTS:
        return Problem("too_many", f"More than {MOST_ELEMENTS} elements are in one message.")
    return (*path, *query)


def write_digital_link(elements: Elements, stem: str = CANONICAL_STEM) -> str | Problem:
    """A Digital Link of `elements`: the first key and its qualifiers as the path, the rest as the query.

    Attributes of a length known beforehand come first, as in element strings. What stands there twice is written once.
    """
    unique = tuple(dict.fromkeys(elements))
    key = next((element for element in unique if element.identifier.qualifiers is not None), None)
    if key is None:
        return Problem("no_key", "No element here can be the key of a Digital Link.")
    qualifiers = _best_qualifiers(key.identifier, unique)
    path = [key, *(next(element for element in unique if element.ai == ai) for ai in qualifiers)]
    attributes = [element for element in unique if element not in path]
    misplaced = next((element for element in attributes if not element.identifier.attribute), None)
    if misplaced:
        message = f"AI ({misplaced.ai}) has no place in a Digital Link of AI ({key.ai})."
        return Problem("not_an_attribute", message, ai=misplaced.ai)
    attributes.sort(key=lambda element: not element.identifier.predefined)
    written = "".join(f"/{element.ai}/{quote(element.value, safe='')}" for element in path)
    query = "&".join(f"{element.ai}={quote(element.value, safe='')}" for element in attributes)
    return f"{stem.rstrip('/')}{written}{'?' if query else ''}{query}"


def _best_qualifiers(key: Identifier, elements: Elements) -> tuple[str, ...]:
    there = {element.ai for element in elements}
    fitting = [tuple(ai for ai in sequence if ai in there) for sequence in key.qualifiers or ()]
    return max(fitting, key=len, default=())


def _read_path(path: str, start: int, *, short_gtins: bool) -> Elements | Problem:
    """The pairs from the rightmost key on; what is before them is the stem."""
    segments = path.split("/")[1:]
    key = next(_keys_from_the_right(segments), None)
    if key is None:
        return Problem("no_key", "The web address has no key of a Digital Link in its path.", start)
    at = start + 1 + sum(len(segment) + 1 for segment in segments[:key])
    found: list[Element] = []
    for ai, raw in zip(segments[key::2], segments[key + 1 :: 2], strict=True):
        at += len(ai) + 1
        element = _element(identifiers()[ai], _decoded(raw), at, short_gtins=short_gtins)
        if isinstance(element, Problem):
            return element
        found.append(element)
        at += len(raw) + 1
    if not _in_order(found):
        return Problem("qualifiers", "The key in the path may not be followed by these identifiers so.", start)
    return tuple(found)


def _keys_from_the_right(segments: list[str]) -> Iterator[int]:
    """Places of keys that are followed by nothing but identifiers and values."""
    for place in range(len(segments) - 2, -1, -2):
        identifier = identifiers().get(segments[place])
        if identifier is None:
            return
        if identifier.qualifiers is not None:
            yield place


def _in_order(found: list[Element]) -> bool:
    names = tuple(element.ai for element in found[1:])
    sequences = found[0].identifier.qualifiers or ()
    return any(names in combinations(sequence, len(names)) for sequence in sequences)


def _read_query(query: str, start: int, *, short_gtins: bool) -> Elements | Problem:
    found: list[Element] = []
    at = start
    for parameter in query.split("&"):
        name, equals, raw = parameter.partition("=")
        if equals and is_digits(name):
            identifier = identifiers().get(name)
            if identifier is None or not identifier.attribute:
                message = "A number in the query of a Digital Link must be an identifier that may be an attribute."
                return Problem("not_an_attribute", message, at, name if len(name) <= 4 else "")
            value = _decoded(raw.replace("+", " "))
            element = _element(identifier, value, at + len(name) + 1, short_gtins=short_gtins)
            if isinstance(element, Problem):
                return element
            found.append(element)
        at += len(parameter) + 1
    return tuple(found)


def _element(identifier: Identifier, value: str, at: int, *, short_gtins: bool) -> Element | Problem:
    if short_gtins and identifier.ai == "01" and len(value) in _SHORT_GTINS:
        value = value.zfill(14)
    return check_value(identifier, value, at) or Element(identifier, value)


def _decoded(raw: str) -> str:
    """Percent signs undone. Bytes are taken as Latin-1, so that no value fails here that a character check refuses."""
    return unquote_to_bytes(raw).decode("latin-1")


def _first_foreign(uri: str) -> int:
    match = _CHARACTERS.match(uri)
    return match.end() if match else 0
