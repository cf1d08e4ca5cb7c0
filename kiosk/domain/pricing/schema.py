"""The JSON Schema (draft 2020-12) of the pricing document and of its result, drawn up from their records."""

from __future__ import annotations

import inspect
from typing import Any, Literal

import msgspec

from kiosk.domain.pricing.document import Document, Result

Name = Literal["document", "result"]
NAMES: tuple[Name, ...] = ("document", "result")

_DRAFT = "https://json-schema.org/draft/2020-12/schema"


def schema(name: Name) -> dict[str, Any]:
    """The schema of the document or of the result; what the records' docstrings say are its descriptions."""
    drawn = msgspec.json.schema(Document if name == "document" else Result)
    unfolded = _unfolded(drawn)
    return {"$schema": _DRAFT, "$id": f"urn:checklane:price:{name}:1", **unfolded}


def schema_file(name: Name) -> bytes:
    """The schema as a file: indented JSON in the order of the records, and an end of line."""
    return msgspec.json.format(msgspec.json.encode(schema(name)), indent=2) + b"\n"


def _unfolded(value: Any) -> Any:  # noqa: ANN401 - any JSON
    """The same with each description in paragraphs, as no docstring is."""
    match value:
        case dict():
            return {key: _told(one) if key == "description" else _unfolded(one) for key, one in value.items()}
        case list():
            return [_unfolded(one) for one in value]
        case _:
            return value


def _told(text: Any) -> Any:  # noqa: ANN401 - a description, or the schema of a field that has this name
    if not isinstance(text, str):
        return _unfolded(text)
    return "\n\n".join(" ".join(one.split()) for one in inspect.cleandoc(text).split("\n\n"))
