"""`python -m kiosk decode`: a JSON object for every line, whatever the line is."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.__main__ import main
from kiosk.commands.decode import LINE_MAX, Decoder
from kiosk.domain.barcode import Kind
from kiosk.domain.gtin import check_digit

ROOT = Path(__file__).parents[2]
SECRETS = (Kind.OTHER, Kind.UNUSABLE, Kind.RECEIPT, Kind.SUSPENDED, Kind.STORE_CREDIT, Kind.BADGE)


def decoder(*labels: str) -> Decoder:
    return Decoder(labels, "EUR", 2026, "STAFF-")


def decode(text: str, *labels: str) -> dict[str, Any]:
    (answer,) = decoder(*labels).answers([json.dumps(text).encode()])
    return json.loads(msgspec.json.encode(answer))  # type: ignore[no-any-return]  # JSON is what it is


def test_a_good_with_data_says_all_that_its_code_says() -> None:
    answer = decode("]d20109520123456788310300019539220299\x1d1726053110AB-7\x1d217")
    assert answer.pop("ais") == [
        {"ai": "01", "title": "GTIN", "text": "09520123456788", "value": "09520123456788"},
        {"ai": "3103", "title": "NET WEIGHT (kg)", "text": "000195", "type": "weight_grams", "value": 195},
        {"ai": "3922", "title": "PRICE", "text": "0299", "type": "price_minor", "value": 299, "currency": "EUR"},
        {"ai": "17", "title": "USE BY or EXPIRY", "text": "260531", "type": "date", "value": "2026-05-31"},
        {"ai": "10", "title": "BATCH/LOT", "text": "AB-7", "value": "AB-7"},
        {"ai": "21", "title": "SERIAL", "text": "7", "value": "7"},
    ]
    assert answer == {
        "kind": "good",
        "text": "]d20109520123456788310300019539220299\x1d1726053110AB-7\x1d217",
        "symbology": "gs1_data_matrix",
        "gtin14": "09520123456788",
        "range": "global",
        "weight_grams": 195,
        "price_minor": 299,
        "currency": "EUR",
        "lot": "AB-7",
        "serial": "7",
        "expiry": "2026-05-31",
    }


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("4006381333931", {"kind": "good", "gtin14": "04006381333931", "range": "global"}),
        ("]E004252614", {"kind": "good", "gtin14": "00042100005264", "range": "global", "symbology": "upc_e"}),
        ("]E0042100005264", {"kind": "good", "gtin14": "00042100005264", "range": "global", "symbology": "upc_a"}),
        ("]E496385074", {"kind": "good", "gtin14": "00000096385074", "range": "global", "symbology": "ean_8"}),
        ("977123456700312", {"kind": "good", "gtin14": "09771234567003", "range": "global", "add_on": "12"}),
        ("2012345678900", {"kind": "good", "gtin14": "02012345678900", "range": "restricted"}),
        ("2088060112343", {"kind": "label", "item_number": "880601", "price_minor": 1234, "currency": "EUR"}),
        ("2302148210869", {"kind": "label", "item_number": "021482", "weight_grams": 1086}),
        ("9901234567897", {"kind": "coupon", "gtin14": "09901234567897"}),
    ],
)
def test_answers(text: str, expected: dict[str, Any]) -> None:
    if text.startswith(("2012", "9901")):
        text = f"{text[:-1]}{check_digit(text[:-1])}"
        expected = expected | {"gtin14": text.zfill(14)}
    labels = () if text.startswith("2012") else ("SE",)
    assert decode(text, *labels) == expected | {"text": text}


def test_an_element_that_names_its_currency_is_in_it() -> None:
    answer = decode("(01)09520123456788(3932)8401299(30)5")
    assert (answer["price_minor"], answer["currency"], answer["count"]) == (1299, "USD", 5)


def test_a_flaw_is_a_problem_of_a_good_that_is_known_all_the_same() -> None:
    answer = decode("(01)09520123456788(3922)0299")
    assert (answer["kind"], answer["gtin14"], answer["line"]) == ("good", "09520123456788", 1)
    assert answer["problem"]["code"] == "partner_missing"


@pytest.mark.parametrize(
    ("line", "code"),
    [
        (b"\n", "not_json"),
        (b"4006381333931\n", "not_json"),
        (b'["4006381333931"]\n', "not_json"),
        (b'"4006381333931', "not_json"),
        (b'"\\ud800"\n', "not_json"),
        (b'"\xff"\n', "not_json"),
        (None, "too_long"),
        (b'"4006381333932"\n', "check_digit"),
        (b'"]d201095201234567881726"', "length"),
    ],
)
def test_a_line_with_a_problem_says_which_line_it_was_and_the_rest_goes_on(line: bytes | None, code: str) -> None:
    good = b'"4006381333931"\n'
    before, found, after = decoder().answers([good, line, good])
    assert before == after
    assert before["gtin14"] == "04006381333931"
    assert (found["kind"], found["line"], found["problem"]["code"]) == (Kind.UNUSABLE, 2, code)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("STAFF-4711", "badge"),
        ("a badge without a prefix", "other"),
        ("CL1R:token", "receipt"),
        ("CL1S:token", "suspended"),
        ("CL1C:token", "store_credit"),
        ("4006381333932", "unusable"),
        ("CL1C:ein Gutschein für Zoë", "unusable"),
        ("https://example.com/?token=1", "other"),
    ],
)
def test_what_may_be_secret_is_not_repeated(text: str, kind: str) -> None:
    answer = decode(text)
    assert answer["kind"] == kind
    assert "text" not in answer
    written = json.dumps(answer)
    assert text not in written
    assert "4711" not in written
    assert "token" not in written.replace("store_credit", "")


def test_lines_are_answered_one_by_one_as_they_come() -> None:
    taken = []

    def lines() -> Iterator[bytes]:
        for number in range(3):
            taken.append(number)
            yield b'"4006381333931"\n'

    answers = decoder().answers(lines())
    for number in range(3):
        next(answers)
        assert taken == list(range(number + 1))


@given(st.text(max_size=60))
def test_every_text_has_one_answer_that_is_json(text: str) -> None:
    answer = decode(text, "21IIIIIPPPPPC", "SE")
    assert answer["kind"] in set(Kind)
    assert ("text" in answer) == (bool(text) and answer["kind"] not in SECRETS)
    assert ("problem" in answer) == ("line" in answer)


@given(st.binary(max_size=60))
def test_every_line_has_one_answer(line: bytes) -> None:
    (answer,) = decoder().answers([line])
    assert answer["kind"] in set(Kind)


def run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], given_lines: bytes, *arguments: str
) -> tuple[int, list[dict[str, Any]]]:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(given_lines)))
    result = main(["decode", *arguments])
    return result, [json.loads(line) for line in capsys.readouterr().out.splitlines()]


def test_the_command_says_by_its_result_whether_all_was_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    fine = b'"4006381333931"\n"2088060112343"\n"210004200477%d"\n' % check_digit("210004200477")
    arguments = ("--label", "21IIIIIPPPPPC", "--national", "SE", "--currency", "SEK")
    result, answers = run(monkeypatch, capsys, fine, *arguments)
    assert (result, [one["kind"] for one in answers]) == (0, ["good", "label", "label"])
    assert answers[2]["price_minor"] == 477
    result, answers = run(monkeypatch, capsys, b"nonsense\n" + fine, *arguments)
    assert (result, answers[0]["line"], len(answers)) == (1, 1, 4)


def test_a_line_without_end_takes_no_memory_and_ends_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    lines = b'"' + b"1" * (3 * LINE_MAX) + b'"\n"4006381333931"\n'
    result, answers = run(monkeypatch, capsys, lines)
    assert (result, [one["kind"] for one in answers]) == (1, ["unusable", "good"])
    assert answers[0]["problem"]["code"] == "too_long"


@pytest.mark.parametrize(
    "arguments", [("--label", "21PPPPPPPPPPC"), ("--national", "US"), ("--currency", "euro"), ("--unknown",)]
)
def test_an_argument_that_makes_no_sense_is_refused(
    arguments: tuple[str, ...], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as refused:
        main(["decode", *arguments])
    assert refused.value.code == 2
    assert "error" in capsys.readouterr().err


def test_it_runs_as_a_program_and_answers_before_its_input_ends() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "kiosk", "decode"], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as program:
        assert program.stdin is not None
        assert program.stdout is not None
        program.stdin.write(b'"4006381333931"\n')
        program.stdin.flush()
        assert json.loads(program.stdout.readline())["gtin14"] == "04006381333931"
        program.stdin.close()
        assert program.wait(timeout=60) == 0
