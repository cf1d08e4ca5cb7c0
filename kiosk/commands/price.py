"""`python -m kiosk price`: prices documents, one JSON line each, with the engine that the lanes and web shops use."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from typing import IO, BinaryIO

from kiosk.domain.pricing.answering import Answer, answer, priced
from kiosk.domain.pricing.explaining import explained
from kiosk.domain.pricing.faults import DocumentError
from kiosk.domain.pricing.reading import DOCUMENT_BYTES_MAX
from kiosk.domain.pricing.schema import NAMES, schema_file

_PRICED, _SOME_BAD, _UNUSABLE = 0, 1, 2


def add_arguments(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `price` to the commands of the kiosk."""
    parser = commands.add_parser(
        "price",
        help="price transactions: a JSON document a line in, a result a line out",
        description="Exit code 0: all priced; 1: some were not, and their line says why; 2: unusable input.",
    )
    parser.add_argument(
        "file", nargs="?", type=Path, metavar="FILE", help="documents; one that ends in .json is a single document"
    )
    parser.add_argument("--pretty", action="store_true", help="explain each result to a person instead")
    parser.add_argument("--schema", choices=NAMES, help="print the JSON Schema of the document or the result, and end")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Price every line of the input, in order; each answer is written before the next line is read."""
    out = sys.stdout.buffer
    if arguments.schema:
        out.write(schema_file(arguments.schema))
        out.flush()
        return _PRICED
    try:
        with nullcontext(sys.stdin.buffer) if arguments.file is None else arguments.file.open("rb") as source:
            single = arguments.file is not None and arguments.file.suffix == ".json"
            documents = _whole(source) if single else _lines(source)
            return _price_all(documents, out, pretty=arguments.pretty)
    except BrokenPipeError:
        raise
    except OSError as error:
        sys.stderr.write(f"{arguments.file or 'Standard input'} cannot be read: {error.strerror}.\n")
        sys.stderr.write("Name a file of documents, one JSON object a line, or pipe them in.\n")
        return _UNUSABLE


def _price_all(documents: Iterable[tuple[int, bytes]], out: BinaryIO, *, pretty: bool) -> int:
    answering = _explained if pretty else answer
    verdict = _PRICED
    for number, line in documents:
        answered = answering(number, line)
        verdict = verdict if answered.priced else _SOME_BAD
        out.write(answered.text + b"\n")
        out.flush()
    return verdict


def _whole(source: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    yield 1, source.read(DOCUMENT_BYTES_MAX + 1)


def _lines(source: IO[bytes]) -> Iterator[tuple[int, bytes]]:
    """The lines that hold something, by their numbers; of one that is too long only the beginning, which is refused."""
    number = 0
    while line := source.readline(DOCUMENT_BYTES_MAX + 2):
        number += 1
        rest = line
        while not rest.endswith(b"\n") and (rest := source.readline(DOCUMENT_BYTES_MAX)):
            pass
        if stripped := line.strip():
            yield number, stripped


def _explained(number: int, line: bytes) -> Answer:
    try:
        document, result = priced(line)
    except DocumentError as error:
        said = "\n".join(f"line {number}, {one.path}: {one.message} {one.remedy}" for one in error.problems)
        return Answer(said.encode(), priced=False)
    return Answer(explained(document, result).encode(), priced=True)
