"""The bytes of the 8217 protocol."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scale.codec_8217 import PROTOCOLS, AnswerFramer, describe, preset_tare
from drivers.scale.interface import WeighProblem
from drivers.scale.judging import conditions_of, problem_of
from drivers.scale.reading import Answer, Malformed, Reading, Unit, redact, to_grams

KG, LB = Unit.KILOGRAM, Unit.POUND


def weight(text: str, unit: Unit, *, net: bool = False) -> Reading:
    return Reading(Decimal(text), unit, stable=True, net=net, at_zero=not Decimal(text))


def status(*, stable: bool = True, **flags: bool) -> Reading:
    return replace(Reading(None, None, stable=stable), **flags)  # type: ignore[arg-type] # flags only


MOTION = status(stable=False, in_motion=True)


@pytest.mark.parametrize(
    ("unit", "frame", "answer"),
    [
        (KG, b"\x0201.250\r", weight("1.250", KG)),
        (KG, b"\x0200.000\r", weight("0.000", KG)),
        (KG, b"\x0200.735N\r", weight("0.735", KG, net=True)),
        (KG, b"\x02 1.250\r", weight("1.250", KG)),
        (KG, b"\x021.250\r", Malformed("digits")),
        (LB, b"\x0202.50\r", weight("2.50", LB)),
        (LB, b"\x02002.50\r", weight("2.50", LB)),
        (LB, b"\x0201.00N\r", weight("1.00", LB, net=True)),
        (KG, b"\x0202.50\r", Malformed("unit")),
        (LB, b"\x0201.250\r", Malformed("unit")),
        (KG, b"\x02?A\r", MOTION),
        (KG, b"\x02?B\r", status(over_capacity=True)),
        (KG, b"\x02?D\r", status(under_zero=True)),
        (KG, b"\x02?H\r", status()),
        (KG, b"\x02?P\r", status(at_zero=True)),
        (KG, b"\x02?p\r", status(at_zero=True, net=True)),
        (KG, b"\x02?@\r", status()),
        (KG, b"\x02?\x01\r", Malformed("frame")),
        (KG, b"\x02\r", Malformed("digits")),
        (KG, b"\x02-1.250\r", Malformed("digits")),
        (KG, b"\x0201.2\x000\r", Malformed("digits")),
    ],
)
def test_every_answer_of_the_manual(unit: Unit, frame: bytes, answer: Answer) -> None:
    assert AnswerFramer(unit).feed(frame) == [answer]


@pytest.mark.parametrize(
    ("answer", "problem", "conditions"),
    [
        (weight("0.000", KG), WeighProblem.EMPTY, []),
        (status(at_zero=True), WeighProblem.EMPTY, []),
        (MOTION, WeighProblem.IN_MOTION, []),
        (status(under_zero=True), WeighProblem.UNDER_ZERO, ["under_zero"]),
        (status(stable=False, in_motion=True, under_zero=True), WeighProblem.IN_MOTION, []),
        (status(stable=False, in_motion=True, over_capacity=True), WeighProblem.OVER_CAPACITY, ["over_capacity"]),
        (status(), WeighProblem.NOT_READY, []),
    ],
)
def test_what_an_answer_without_a_weight_means(answer: Reading, problem: WeighProblem, conditions: list[str]) -> None:
    assert problem_of(answer) is problem
    assert [condition.code for condition in conditions_of(answer)] == conditions


@pytest.mark.parametrize(("hundredths", "grams"), [(0, 0), (1, 5), (100, 454), (250, 1134), (3000, 13608)])
def test_pounds_become_grams_half_a_gram_up(hundredths: int, grams: int) -> None:
    assert to_grams(Decimal(hundredths) / 100, LB) == grams


@given(st.integers(0, 99_999))
def test_pounds_become_the_nearest_gram(hundredths: int) -> None:
    exact = hundredths * 45_359_237
    assert abs(to_grams(Decimal(hundredths) / 100, LB) * 10_000_000 - exact) * 2 <= 10_000_000


@given(st.binary(max_size=100), st.sampled_from([KG, LB]))
def test_any_bytes_give_the_same_answers_however_they_are_cut_and_the_next_frame_is_read(
    data: bytes, unit: Unit
) -> None:
    whole, slow = AnswerFramer(unit), AnswerFramer(unit)
    answers = whole.feed(data)
    assert [answer for byte in data for answer in slow.feed(bytes([byte]))] == answers
    frame = b"\x0201.250\r" if unit is KG else b"\x0202.50\r"
    assert whole.feed(frame)[-1] == (weight("1.250", KG) if unit is KG else weight("2.50", LB))


@given(st.binary(max_size=40))
def test_only_digits_make_a_weight(body: bytes) -> None:
    answers = AnswerFramer(KG).feed(b"\x02" + body + b"\r")
    if any(isinstance(answer, Reading) and answer.value is not None for answer in answers):
        assert re.search(rb"\d\.\d{3}", body)


def test_a_frame_that_never_ends_is_given_up() -> None:
    framer = AnswerFramer(KG)
    assert framer.feed(b"\x02" + b"0" * 100) == []
    assert framer.noise
    assert framer.feed(b"\r\x0201.250\r") == [weight("1.250", KG)]
    framer.reset()
    assert not framer.noise


def test_our_answers_fit_what_other_tills_expect(shared_data: Path) -> None:
    facts = json.loads((shared_data / "scale" / "protocol_facts.json").read_text())["toledo_8217"]
    shown, why_not = (re.compile(facts[name].encode()) for name in ("weight_regex", "status_regex"))
    for frame in (b"\x0201.250\r", b"\x0200.735N\r"):
        assert shown.fullmatch(frame)
        answer = AnswerFramer(KG).feed(frame)[0]
        assert isinstance(answer, Reading)
        assert answer.value is not None
    assert why_not.fullmatch(b"\x02?A\r")


@pytest.mark.parametrize(
    ("unit", "grams", "command"),
    [
        (KG, 1234, b"T01234\r"),
        (KG, 99_999, b"T99999\r"),
        (KG, 100_000, None),
        (LB, 454, b"T00100\r"),
        (LB, 5, b"T00001\r"),
    ],
)
def test_a_known_tare_is_five_digits(unit: Unit, grams: int, command: bytes | None) -> None:
    assert preset_tare(grams, status(at_zero=True), unit) == command
    assert preset_tare(grams, weight("0.000" if unit is KG else "0.00", unit), None) == command


def test_an_answer_in_words_for_a_technician() -> None:
    assert describe(b"\x0201.250N\r") == {"weight": "1.250", "unit": "kg", "stable": True, "net": True}
    assert describe(b"\x02?C\r") == {"weight": None, "unit": None, "stable": False, "net": False} | {
        "in_motion": True,
        "over_capacity": True,
    }
    assert describe(b"hello") == {"error": "frame"}
    assert describe(b"\x02hello\r") == {"error": "digits"}
    assert redact(b"\x02?A\r") == "02 3f 41 0d"


@given(st.binary(max_size=60))
def test_any_frame_can_be_put_in_words(frame: bytes) -> None:
    assert json.dumps(PROTOCOLS["8217"](frame))
