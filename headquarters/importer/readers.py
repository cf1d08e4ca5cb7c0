"""One reader per file format: lines to rows of text fields, one row per line, a broken line being its own row."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from headquarters.importer.lines import LINE_MAX, decoded
from headquarters.importer.outcome import BrokenRow, ImportFailed, Reason, Refused, Row, short

COLUMNS = (
    "sku", "name", "department", "price", "unit", "tax_code", "gtin", "carton_gtin", "carton_quantity", "item_number",
    "plu", "picture", "minimum_age", "alcohol_percent", "tare_grams", "deposit_sku", "components", "style", "size",
    "colour", "by_sight", "sellable", "tags", "discountable", "lowest_price", "maximum_quantity", "serial_number",
    "returnable",
)  # fmt: skip
REQUIRED = ("sku", "name", "department", "price", "tax_code")
OPEN_FOOD_FACTS = ("barcode", "name", "image", "alcohol_vol_pct")

Reader = Callable[[Iterator[str]], Iterator[Row | BrokenRow]]
_SEPARATORS = (",", ";", "\t")
_LONG = Refused(
    Reason.ROW_TOO_LONG,
    f"the line is longer than {LINE_MAX} characters",
    "Look for a missing line break or quotation mark there, and write one good per line.",
)


def csv_rows(lines: Iterator[str]) -> Iterator[Row | BrokenRow]:
    """Rows of a CSV with a header; comma, semicolon or tab. `ImportFailed` where the header is none of ours."""
    header, separator = _header(next(lines, ""))
    number = 0
    for line in lines:
        if not line.strip(" ,;\t\r\n"):
            continue
        number += 1
        cells = _cells(line, separator)
        if isinstance(cells, Refused):
            yield BrokenRow(number, cells)
        elif len(cells) != len(header):
            yield BrokenRow(number, _cell_count(len(cells), len(header), separator))
        else:
            yield _row(number, dict(zip(header, cells, strict=True)))


def _header(line: str) -> tuple[Sequence[str], str]:
    separator = max(_SEPARATORS, key=line.count)
    cells = _cells(line, separator)
    names = [] if isinstance(cells, Refused) else [cell.strip().lower() for cell in cells]
    missing = [name for name in REQUIRED if name not in names]
    unknown = [name for name in names if name not in COLUMNS]
    if missing:
        raise ImportFailed(
            f"The first line lacks the column {missing[0]!r}.",
            f"Start the file with the names of its columns; needed are {', '.join(REQUIRED)}.",
        )
    if unknown:
        raise ImportFailed(
            f"The column {short(unknown[0])} is unknown.", f"Leave it out, or name it one of: {', '.join(COLUMNS)}."
        )
    if len(set(names)) != len(names):
        raise ImportFailed("The first line names a column twice.", "Name every column once.")
    return names, separator


def _cells(line: str, separator: str) -> Sequence[str] | Refused:
    if len(line) > LINE_MAX:
        return _LONG
    try:
        return next(csv.reader([line.rstrip("\r\n")], delimiter=separator, strict=True), [])
    except csv.Error as error:
        return Refused(
            Reason.CSV_BROKEN,
            f"the line is no CSV: {error}",
            "Close every quotation mark on its line, double those inside a field, and keep one good per line.",
        )


def _cell_count(found: int, wanted: int, separator: str) -> Refused:
    return Refused(
        Reason.CELL_COUNT,
        f"the line has {found} cells, and the header {wanted}",
        f"Put a field that holds {short(separator)} in quotation marks, and give every row all columns.",
    )


def jsonl_rows(lines: Iterator[str]) -> Iterator[Row | BrokenRow]:
    """Rows of one JSON object per line, its keys named as the CSV's columns."""
    return _objects(lines, COLUMNS)


def open_food_facts_rows(lines: Iterator[str]) -> Iterator[Row | BrokenRow]:
    """Rows of Open Food Facts as JSON lines: `barcode`, `name`, and maybe `image` and `alcohol_vol_pct`."""
    return _objects(lines, OPEN_FOOD_FACTS)


READERS: Mapping[str, Reader] = {"csv": csv_rows, "jsonl": jsonl_rows, "openfoodfacts": open_food_facts_rows}


def _objects(lines: Iterator[str], known: Sequence[str]) -> Iterator[Row | BrokenRow]:
    number = 0
    for line in lines:
        if not line.strip():
            continue
        number += 1
        found = _object(line, known)
        yield BrokenRow(number, found) if isinstance(found, Refused) else _row(number, found)


def _object(line: str, known: Sequence[str]) -> Mapping[str, str] | Refused:
    if len(line) > LINE_MAX:
        return _LONG
    try:
        # Numbers stay as they are written: a price must not pass through a float, nor a code lose what it says.
        value = json.loads(line, parse_int=str, parse_float=str, parse_constant=str)
    except (ValueError, RecursionError) as error:
        message = f"the line is no JSON: {short(str(error))}"
        return Refused(Reason.NOT_JSON, message, "Write one JSON object per line, complete and in UTF-8.")
    if not isinstance(value, dict):
        message = f"the line holds a {type(value).__name__}, no object"
        return Refused(Reason.NOT_AN_OBJECT, message, 'Write one object per line: {"sku": ..., "name": ...}.')
    return _texts(value, known)


def _texts(value: Mapping[str, object], known: Sequence[str]) -> Mapping[str, str] | Refused:
    texts: dict[str, str] = {}
    for key, field in value.items():
        if key not in known:
            remedy = f"Leave it out, or name it one of: {', '.join(known)}."
            return Refused(Reason.UNKNOWN_FIELD, f"the field {short(key)} is unknown", remedy)
        if isinstance(field, bool):
            texts[key] = "true" if field else "false"
        elif field is None or isinstance(field, str):
            texts[key] = field or ""
        else:
            message = f"the field {short(key)} holds a {type(field).__name__}"
            return Refused(Reason.FIELD_NOT_TEXT, message, "Write text, a number, true, false or null.")
    return texts


def _row(number: int, fields: Mapping[str, str]) -> Row:
    anew = {key: decoded(value) for key, value in fields.items()}
    return Row(number, {key: text for key, (text, _) in anew.items()}, any(flag for _, flag in anew.values()))
