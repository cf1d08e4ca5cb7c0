"""`python -m kiosk price`: a line in, a line out, and a bad one holds up no other."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kiosk.__main__ import main
from kiosk.domain.pricing.reading import DOCUMENT_BYTES_MAX
from kiosk.domain.pricing.schema import NAMES, Name, schema_file

EXAMPLES = Path(__file__).parents[2] / "kiosk" / "domain" / "pricing" / "examples"
GOOD: dict[str, Any] = {
    "id": "one",
    "context": {"store_id": "1", "currency": "EUR", "at": "2026-11-20T17:30:00+01:00"},
    "lines": [{"line": 1, "sku": "mug", "unit_price_minor": 2499}],
}
BAD = {**GOOD, "lines": [{"line": 1, "sku": "mug", "unit_price_minor": 24.99}]}


class Input:
    """Standard input that holds these bytes."""

    def __init__(self, data: bytes) -> None:
        self.buffer = io.BytesIO(data)


def lines(*documents: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in documents)


def price(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes], data: bytes, *arguments: str
) -> tuple[int, list[dict[str, Any]]]:
    monkeypatch.setattr("sys.stdin", Input(data))
    code = main(["price", *arguments])
    return code, [json.loads(line) for line in capfdbinary.readouterr().out.splitlines()]


def test_each_document_is_answered_in_order(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    code, answers = price(monkeypatch, capfdbinary, lines(GOOD, {**GOOD, "id": "two"}))
    assert code == 0
    assert [answer["id"] for answer in answers] == ["one", "two"]
    assert answers[0]["totals"]["total_minor"] == 2499


def test_a_bad_document_is_answered_with_its_error_and_holds_up_no_other(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    code, answers = price(monkeypatch, capfdbinary, b"\n" + lines(BAD) + b"  \r\n{\n" + lines(GOOD))
    assert code == 1
    first, second, third = answers
    assert (first["error"]["line"], first["error"]["path"]) == (2, "$.lines[0].unit_price_minor")
    assert "2499 for 24.99" in first["error"]["remedy"]
    assert (second["error"]["line"], second["error"]["path"]) == (4, "$")
    assert third["totals"]["total_minor"] == 2499


def test_a_line_that_is_too_long_is_refused_and_the_next_one_priced(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    code, answers = price(monkeypatch, capfdbinary, b'"' + b"x" * (DOCUMENT_BYTES_MAX * 2) + b'"\n' + lines(GOOD))
    assert code == 1
    assert "too long" in answers[0]["error"]["message"]
    assert answers[1]["id"] == "one"


def test_nothing_to_price_is_no_fault(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert price(monkeypatch, capfdbinary, b"") == (0, [])


def test_a_file_of_lines_is_priced(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    path = tmp_path / "documents.jsonl"
    path.write_bytes(lines(GOOD, BAD))
    code, answers = price(monkeypatch, capfdbinary, b"", str(path))
    assert (code, len(answers)) == (1, 2)


def test_a_json_file_is_one_document(
    monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    code, answers = price(monkeypatch, capfdbinary, b"", str(EXAMPLES / "cheapest_free.json"))
    assert code == 0
    assert [answer["id"] for answer in answers] == ["cheapest_free"]


def test_a_file_that_cannot_be_read_is_unusable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["price", str(tmp_path / "none.jsonl")]) == 2
    said = capsys.readouterr()
    assert said.out == ""
    assert "none.jsonl cannot be read" in said.err
    assert "pipe them in" in said.err


def test_a_person_is_told_why(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr("sys.stdin", Input(lines(GOOD, BAD)))
    assert main(["price", "--pretty"]) == 1
    out = capsys.readouterr().out
    assert "total EUR" in out
    assert "line 2, $.lines[0].unit_price_minor: Expected `int`, got `float`. Give whole minor units" in out


@pytest.mark.parametrize("name", NAMES)
def test_the_schema_is_printed(name: Name, capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    assert main(["price", "--schema", name]) == 0
    assert capfdbinary.readouterr().out == schema_file(name)


@pytest.mark.processes
def test_an_answer_comes_before_the_next_question() -> None:
    """A program that waits for each result before it sends the next document is not left waiting."""
    with subprocess.Popen(
        [sys.executable, "-m", "kiosk", "price"], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdin
        assert process.stdout
        for number in range(3):
            process.stdin.write(lines({**GOOD, "id": f"{number}"}))
            process.stdin.flush()
            assert json.loads(process.stdout.readline())["id"] == f"{number}"
        process.stdin.close()
        assert process.wait(timeout=30) == 0
