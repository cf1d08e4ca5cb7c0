"""ZPL II read back as labels with their fields; shares nothing with the encoder, so that it can judge it. Pure.

Source: Zebra, "ZPL II Programming Guide". A command is its prefix, ^ or ~, two characters and parameters up to the next
prefix; ^A is followed by its font at once. Nothing but the prefixes ends a parameter, ^FD (field data) included.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

_PREFIXES = "^~"
_CODES = {"BE": "ean13", "B8": "ean8", "BU": "upca", "BC": "code128", "BQ": "qr"}
_CODE128 = {">0": ">", "><": "^", ">=": "~", ">:": "", ">;": "", ">9": ""}


@dataclass(frozen=True, slots=True)
class Command:
    """One command: "^FO" with "16,16". Text outside of any has an empty name."""

    name: str
    data: str


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a label, from ^FO to ^FS. `kind`: "text", "picture" or a bar code; `height` is that of its font."""

    x: int = 0
    y: int = 0
    kind: str = "text"
    text: str = ""
    height: int = 0
    block_width: int = 0
    block_lines: int = 1


@dataclass(frozen=True, slots=True)
class Label:
    """One format, ^XA to ^XZ; sizes in dots."""

    fields: tuple[Field, ...]
    width: int = 0
    length: int = 0
    copies: int = 1

    @property
    def texts(self) -> list[str]:
        """The texts of all text fields, line breaks of a block as newlines."""
        return [field.text for field in self.fields if field.kind == "text"]


def commands(data: bytes) -> list[Command]:
    """`data` cut into commands. Never raises."""
    found: list[Command] = []
    text = data.decode("latin-1")
    start = 0
    while start < len(text):
        end = next((place for place in range(start + 1, len(text)) if text[place] in _PREFIXES), len(text))
        piece = text[start:end]
        size = 0 if piece[0] not in _PREFIXES else 2 if piece[1:2] in ("A", "a") and piece[1:3] != "A@" else 3
        found.append(Command(piece[:size], piece[size:]))
        start = end
    return found


def labels(data: bytes) -> list[Label]:
    """The labels that `data` would print. Never raises; what is no label gives none."""
    found: list[Label] = []
    sheet: _Sheet | None = None
    for command in commands(data):
        if command.name == "^XA":
            sheet = _Sheet()
        elif command.name == "^XZ" and sheet is not None:
            found.append(sheet.label())
            sheet = None
        elif sheet is not None:
            sheet.take(command)
    return found


class _Sheet:
    """A label while it is read."""

    def __init__(self) -> None:
        self._fields: list[Field] = []
        self._field = Field()
        self._hex = ""
        self._utf8 = False
        self._size = [0, 0]
        self._copies = 1

    def label(self) -> Label:
        return Label(tuple(self._fields), self._size[0], self._size[1], self._copies)

    def take(self, command: Command) -> None:
        numbers = [_number(part) for part in command.data.split(",")]
        name = command.name[1:]
        match name:
            case "PW":
                self._size[0] = numbers[0]
            case "LL":
                self._size[1] = numbers[0]
            case "PQ":
                self._copies = max(1, numbers[0])
            case "CI":
                self._utf8 = numbers[0] == 28
            case "FH":
                self._hex = command.data[:1] or "_"
            case "FD":
                self._field = replace(self._field, text=self._decoded(command.data))
            case "FS":
                if self._field != Field():
                    self._fields.append(self._finished())
                self._field, self._hex = Field(), ""
            case _:
                self._shape(name, numbers)

    def _shape(self, name: str, numbers: list[int]) -> None:
        match name:
            case "FO":
                self._field = replace(self._field, x=numbers[0], y=numbers[1] if len(numbers) > 1 else 0)
            case "A":
                self._field = replace(self._field, height=numbers[1] if len(numbers) > 1 else 0)
            case "FB":
                lines = numbers[1] if len(numbers) > 1 else 1
                self._field = replace(self._field, block_width=numbers[0], block_lines=lines)
            case "GF":
                self._field = replace(self._field, kind="picture")
            case _ if name in _CODES:
                self._field = replace(self._field, kind=_CODES[name])

    def _decoded(self, data: str) -> str:
        raw = data.encode("latin-1")
        if self._hex:
            raw = _unhexed(raw, self._hex.encode("latin-1"))
        return raw.decode("utf-8" if self._utf8 else "cp850", "replace")

    def _finished(self) -> Field:
        field = self._field
        if field.kind == "text" and field.block_width:
            return replace(field, text=_block(field.text))
        if field.kind == "code128":
            return replace(field, text=_code128(field.text))
        if field.kind == "qr":  # level, mode A and a comma come first
            return replace(field, text=field.text.partition(",")[2])
        return field


def _unhexed(raw: bytes, indicator: bytes) -> bytes:
    first, *rest = raw.split(indicator)
    out = bytearray(first)
    for part in rest:
        try:
            out += bytes((int(part[:2], 16),)) + part[2:]
        except ValueError:
            out += indicator + part
    return bytes(out)


def _block(text: str) -> str:
    r"""In a block of ^FB, `\&` breaks the line and `\\` is a backslash."""
    return "\\".join(part.replace("\\&", "\n") for part in text.split("\\\\"))


def _code128(text: str) -> str:
    out, place = "", 0
    while place < len(text):
        pair = text[place : place + 2]
        out += _CODE128.get(pair, pair[0])
        place += 2 if pair in _CODE128 else 1
    return out


def _number(text: str) -> int:
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 9 else 0
