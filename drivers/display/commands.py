"""The bytes of line displays: CD5220 and Epson DM-D. Pure: texts in, bytes out.

Sources: "CD5220 Standard Mode Command List" (Epson P07303 manual, p. 20; PosX XP8200 manual, p. 19) and the DM-D110
specification (ESC @, ESC t, ESC =, US $, US C, US X, US @).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from drivers.display.cells import CodePage, cells

ModelName = Literal["cd5220", "epson_dmd"]

CLEAR = b"\x0c"
INITIALISE = b"\x1b@"
SELECT_PRINTER, SELECT_DISPLAY = b"\x1b=\x01", b"\x1b=\x02"

# `ESC f n` international font and `ESC c n` upper half, by the letters of the manual: A(merican), L(atin 2), R(ussian).
_CD5220_FONTS: dict[CodePage, bytes] = {"cp437": b"A", "cp852": b"L", "cp866": b"R"}
# `ESC t n` (DM-D110 specification, ESC t: 0 to 5, 16 to 19).
_EPSON_TABLES: dict[CodePage, int] = {
    "cp437": 0,
    "cp850": 2,
    "cp860": 3,
    "cp863": 4,
    "cp865": 5,
    "cp1252": 16,
    "cp866": 17,
    "cp852": 18,
    "cp858": 19,
}


@dataclass(frozen=True, slots=True)
class Panel:
    """A display as it is set up. `behind_printer`: on the line of a printer, which takes all that is not for it."""

    model: ModelName
    columns: int = 20
    code_page: CodePage = "cp437"
    brightness: int = 4
    behind_printer: bool = False


def start(panel: Panel) -> bytes:
    """What is sent once: leave whatever mode it is in, no cursor, brightness, character table, empty lines."""
    # CLR first: a CD5220 that was left in its string mode takes no other command (P07303 manual, p. 20, remark).
    return _through(panel, CLEAR + INITIALISE + _set_up(panel) + CLEAR)


def show(panel: Panel, upper: str, lower: str) -> bytes:
    """Write both lines in full, without clearing first: nothing flickers."""
    lines = (cells(upper, panel.columns, panel.code_page), cells(lower, panel.columns, panel.code_page))
    if panel.model == "cd5220" and not panel.behind_printer:
        return b"".join(b"\x1bQ" + row + text + b"\r" for row, text in zip((b"A", b"B"), lines, strict=True))
    # Behind a printer no string mode: in it `ESC =` is not obeyed, and the receipt would go to the display.
    return _through(panel, b"".join(_at(panel, row) + text for row, text in enumerate(lines, start=1)))


def clear(panel: Panel) -> bytes:
    """Empty both lines; leaves the string mode, too."""
    return _through(panel, CLEAR)


def brightness(panel: Panel, level: int) -> bytes:
    """Set the brightness, 1 to 4. A CD5220 takes it outside its string mode only, so the lines are empty after it."""
    leave = CLEAR if panel.model == "cd5220" else b""
    return _through(panel, leave + _bright(panel, level))


def describe(frame: bytes) -> dict[str, object]:
    """Return what a piece of the stream to a display does, for a technician; never raises."""
    names = {
        b"\x1bQA": "upper line",
        b"\x1bQB": "lower line",
        b"\x1bQD": "scrolling upper line",
        CLEAR: "clear",
        b"\x18": "clear cursor line",
        INITIALISE: "initialise",
        SELECT_PRINTER: "select printer",
        SELECT_DISPLAY: "select display",
        b"\x1f$": "cursor to",
        b"\x1bl": "cursor to",
        b"\x1fX": "brightness",
        b"\x1b*": "brightness",
        b"\x1bt": "character table",
        b"\x1f@": "self test",
    }
    for start_bytes, name in sorted(names.items(), key=lambda pair: -len(pair[0])):
        if frame.startswith(start_bytes):
            return {"command": name, "rest": frame[len(start_bytes) :].hex(" ")}
    return {"command": "text", "length": len(frame)} if frame else {"error": "nothing"}


def redact(data: bytes) -> str:
    """Return what may be shown of what was sent: all of it, it stood in front of the shop."""
    return data.hex(" ")


def _through(panel: Panel, data: bytes) -> bytes:
    return SELECT_DISPLAY + data + SELECT_PRINTER if panel.behind_printer else data


def _at(panel: Panel, row: int) -> bytes:
    return (b"\x1bl" if panel.model == "cd5220" else b"\x1f$") + bytes((1, row))


def _bright(panel: Panel, level: int) -> bytes:
    return (b"\x1b*" if panel.model == "cd5220" else b"\x1fX") + bytes((max(1, min(4, level)),))


def _set_up(panel: Panel) -> bytes:
    if panel.model == "cd5220":
        font = _CD5220_FONTS.get(panel.code_page)
        # Other pages are chosen by the switches of the display; over its line there is no number for them.
        chosen = b"" if font is None else b"\x1bfA" + b"\x1bc" + font
        return b"\x1b\x11" + b"\x1b_\x00" + _bright(panel, panel.brightness) + chosen
    table = b"\x1bR\x00" + b"\x1bt" + bytes((_EPSON_TABLES[panel.code_page],))
    return b"\x1f\x01" + b"\x1fC\x00" + _bright(panel, panel.brightness) + table
