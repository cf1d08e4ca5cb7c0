"""`decode`: frames in hexadecimal come in, one a line, and what each says goes out as one line of JSON."""

from __future__ import annotations

import argparse
import contextlib
import json
import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, Final

from drivers.device import DeviceError
from drivers.tool.errors import PASSED, UsageError
from drivers.tool.protocols import PROTOCOLS, Describe, Protocol, protocol

_BETWEEN: Final = re.compile(r"[\s:,;\-]+")
_DIGITS: Final = re.compile(r"[0-9a-fA-F]*")
_LINE_ENDS: Final = (b"\r\n", b"\r")
# What begins so is text of a protocol that is text, and no hexadecimal digits.
_TEXT: Final = re.compile(r"^(?:\{|https?://)", re.IGNORECASE)


def run(options: argparse.Namespace) -> int:
    """Decode all of a file or of standard input; returns the exit status."""
    if options.list:
        _list()
        return PASSED
    if not options.protocol:
        raise UsageError("decode needs a protocol.", "Add --protocol NAME; `decode --list` shows them.")
    chosen = protocol(options.protocol)
    if options.unit and not chosen.unit:
        raise UsageError(f"{chosen.name} is no protocol of a scale.", "Leave --unit out.")
    describe = chosen.load()
    with _opened(options.file) as lines:
        for record in records(lines, chosen, describe, options.unit):
            # One line for each that comes in, at once: a person may be typing them.
            sys.stdout.write(json.dumps(record) + "\n")
            sys.stdout.flush()
    return PASSED


def records(lines: Iterable[bytes], chosen: Protocol, describe: Describe, unit: str) -> Iterator[dict[str, object]]:
    """Yield one record for each line, also for one that is empty or no frame; comments (#) are passed over."""
    for line in lines:
        text = line.decode("utf-8", errors="replace").lstrip("\ufeff").strip()
        if text.startswith("#"):
            continue
        frame = frame_of(text, text_too=chosen.text)
        if frame is None:
            yield {"error": "This is no line of hexadecimal digits." if text else "This line is empty."}
        else:
            yield _with_unit(_read(frame, chosen, describe), chosen, unit)


def _read(frame: bytes, chosen: Protocol, describe: Describe) -> dict[str, object]:
    """What a frame says. Terminals and logs drop the end of a line, so a scale's answer is tried with one as well."""
    record = dict(describe(frame))
    for ending in _LINE_ENDS if chosen.unit and "error" in record else ():
        whole = dict(describe(frame + ending))
        if "error" not in whole:
            return whole | {"line_end_added": True}
    return record


def frame_of(line: str, *, text_too: bool) -> bytes | None:
    """Return the bytes of a line of hexadecimal digits, None where it is none.

    Digits may stand in groups with spaces, colons, commas or dashes between them, each with 0x before it, and with a
    comment (#) behind them.
    """
    if text_too and _TEXT.match(line):
        return line.encode()
    groups = [group for group in _BETWEEN.split(line.partition("#")[0]) if group]
    digits = "".join(_digits(group) for group in groups)
    if not groups or not _DIGITS.fullmatch(digits) or len(digits) % 2:
        return None
    return bytes.fromhex(digits)


def _digits(group: str) -> str:
    bare = group.replace("\\x", "")
    if bare[:2].lower() != "0x":
        return bare
    # 0x2 is a byte, a lone 2 is half of one; a 0x alone is nothing, which no digit stands for.
    return f"0{bare[2]}" if len(bare) == 3 else bare[2:] or "x"


def _with_unit(record: dict[str, object], chosen: Protocol, unit: str) -> dict[str, object]:
    """Say of a weight whether its unit is a guess; refuse one in another unit than the scale is said to be set to."""
    if not chosen.unit or record.get("weight") is None:
        return record
    if record.get("unit") is None:
        return record | {"unit": unit} if unit else record
    if unit and record["unit"] != unit:
        return {"error": "unit"}
    return record if unit or chosen.unit == "wire" else record | {"unit_guessed": True}


@contextlib.contextmanager
def _opened(name: str) -> Iterator[BinaryIO]:
    if name == "-":
        yield sys.stdin.buffer
        return
    with contextlib.ExitStack() as stack:
        try:
            file = stack.enter_context(Path(name).open("rb"))
        except OSError as error:
            remedy = "Name a file of frames, or - for standard input."
            raise DeviceError(f"{name} cannot be read: {error.strerror}.", remedy) from error
        yield file


def _list() -> None:
    width = max(len(one.name) for one in PROTOCOLS)
    for one in PROTOCOLS:
        also = f" (also: {', '.join(one.aliases)})" if one.aliases else ""
        sys.stdout.write(f"{one.name:<{width}}  {one.about}{also}\n")
