"""Files to lines of text: plain or gzip, UTF-8 or UTF-16, and never more than one line in memory."""

from __future__ import annotations

import codecs
import gzip
import io
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from headquarters.importer.outcome import ImportFailed

LINE_MAX = 256 * 1024
_GZIP = b"\x1f\x8b"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


@contextmanager
def opened(source: Path) -> Iterator[Iterator[str]]:
    """The lines of `source` with their ends, gunzipped where it is gzip, by what it starts with and not by its name.

    Bytes that are not UTF-8 come as surrogates (see `decoded`). A line longer than `LINE_MAX` comes as its first
    `LINE_MAX` + 1 characters, so that a reader can tell; the rest of it is passed over.
    Raises `ImportFailed` where the file cannot be opened, or breaks off while it is read.
    """
    try:
        with source.open("rb") as raw, _gunzipped(raw) as plain, _text(plain) as text:
            yield _lines(text)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        message = f"{source.name} is a damaged gzip file: {error}."
        raise ImportFailed(message, "Copy it again from where it was made; nothing of it was imported.") from error
    except UnicodeError as error:
        message = f"{source.name} breaks off in the middle of a UTF-16 character."
        raise ImportFailed(message, "Save it again as UTF-8; nothing of it was imported.") from error
    except OSError as error:
        message = f"{source} cannot be read: {error.strerror or error}."
        raise ImportFailed(message, "Check the path and the permissions.") from error


def _gunzipped(raw: io.BufferedReader) -> io.BufferedReader:
    return io.BufferedReader(gzip.GzipFile(fileobj=raw)) if raw.peek(2)[:2] == _GZIP else raw


def _text(plain: io.BufferedReader) -> io.TextIOWrapper:
    encoding = "utf-16" if plain.peek(2)[:2] in _UTF16 else "utf-8-sig"
    return io.TextIOWrapper(plain, encoding=encoding, errors="surrogateescape", newline=None)


def _lines(text: io.TextIOWrapper) -> Iterator[str]:
    while line := text.readline(LINE_MAX + 1):
        yield line
        while len(line) > LINE_MAX and not line.endswith("\n"):
            line = text.readline(LINE_MAX + 1)
            if not line:
                return


def decoded(text: str) -> tuple[str, bool]:
    """`text` with bytes that were not UTF-8 read as Windows-1252 instead, and whether there were any."""
    if text.isascii() or not any("\udc80" <= char <= "\udcff" for char in text):
        return text, False
    try:
        raw = text.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:  # half a character, written as an escape in JSON: no byte of the file
        return text, False
    return raw.decode("cp1252", "replace"), True
