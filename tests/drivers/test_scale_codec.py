"""The bytes of the 8217 protocol."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scale.codec_8217 import Answer, AnswerFramer, Malformed, Net, Status, Unit, WrongUnit, pounds_to_grams
from drivers.scale.interface import WeighProblem
from drivers.scale.mettler_8217 import conditions_of, problem_of

KG, LB = Unit.KILOGRAM, Unit.POUND


@pytest.mark.parametrize(
    ("unit", "frame", "answer"),
    [
        (KG, b"\x0201.250\r", Net(1250)),
        (KG, b"\x0200.000\r", Net(0)),
        (KG, b"\x0200.735N\r", Net(735, tared=True)),
        (KG, b"\x02 1.250\r", Net(1250)),
        (LB, b"\x0202.50\r", Net(1134)),
        (LB, b"\x02002.50\r", Net(1134)),
        (LB, b"\x0201.00N\r", Net(454, tared=True)),
        (KG, b"\x0202.50\r", WrongUnit()),
        (LB, b"\x0201.250\r", WrongUnit()),
        (KG, b"\x02?A\r", Status(in_motion=True)),
        (KG, b"\x02?B\r", Status(over_capacity=True)),
        (KG, b"\x02?D\r", Status(under_zero=True)),
        (KG, b"\x02?H\r", Status(outside_zero_range=True)),
        (KG, b"\x02?P\r", Status(centre_of_zero=True)),
        (KG, b"\x02?p\r", Status(centre_of_zero=True, tared=True)),
        (KG, b"\x02?@\r", Status()),
        (KG, b"\x02?\x01\r", Malformed()),
        (KG, b"\x02\r", Malformed()),
        (KG, b"\x02-1.250\r", Malformed()),
        (KG, b"\x0201.2\x000\r", Malformed()),
    ],
)
def test_every_answer_of_the_manual(unit: Unit, frame: bytes, answer: Answer) -> None:
    assert AnswerFramer(unit).feed(frame) == [answer]


@pytest.mark.parametrize(
    ("answer", "problem", "conditions"),
    [
        (Net(0), WeighProblem.EMPTY, []),
        (Status(centre_of_zero=True), WeighProblem.EMPTY, []),
        (Status(in_motion=True), WeighProblem.IN_MOTION, []),
        (Status(under_zero=True), WeighProblem.UNDER_ZERO, ["under_zero"]),
        (Status(in_motion=True, under_zero=True), WeighProblem.IN_MOTION, []),
        (Status(in_motion=True, over_capacity=True), WeighProblem.OVER_CAPACITY, ["over_capacity"]),
        (Status(outside_zero_range=True), WeighProblem.NOT_READY, []),
        (Status(), WeighProblem.NOT_READY, []),
    ],
)
def test_what_an_answer_without_a_weight_means(answer: Answer, problem: WeighProblem, conditions: list[str]) -> None:
    assert problem_of(answer) is problem
    assert [condition.code for condition in conditions_of(answer)] == conditions


@pytest.mark.parametrize(("hundredths", "grams"), [(0, 0), (1, 5), (100, 454), (250, 1134), (3000, 13608)])
def test_pounds_become_grams_half_a_gram_up(hundredths: int, grams: int) -> None:
    assert pounds_to_grams(hundredths) == grams


@given(st.integers(0, 99_999))
def test_pounds_become_the_nearest_gram(hundredths: int) -> None:
    exact = hundredths * 45_359_237
    assert abs(pounds_to_grams(hundredths) * 10_000_000 - exact) * 2 <= 10_000_000


@given(st.binary(max_size=100), st.sampled_from([KG, LB]))
def test_any_bytes_give_the_same_answers_however_they_are_cut_and_the_next_frame_is_read(
    data: bytes, unit: Unit
) -> None:
    whole, slow = AnswerFramer(unit), AnswerFramer(unit)
    answers = whole.feed(data)
    assert [answer for byte in data for answer in slow.feed(bytes([byte]))] == answers
    frame = b"\x0201.250\r" if unit is KG else b"\x0202.50\r"
    assert whole.feed(frame)[-1] == Net(1250 if unit is KG else 1134)


@given(st.binary(max_size=40))
def test_only_digits_make_a_weight(body: bytes) -> None:
    answers = AnswerFramer(KG).feed(b"\x02" + body + b"\r")
    if any(isinstance(answer, Net) for answer in answers):
        assert re.search(rb"\d\.\d{3}", body)


def test_a_frame_that_never_ends_is_given_up() -> None:
    framer = AnswerFramer(KG)
    assert framer.feed(b"\x02" + b"0" * 100) == []
    assert framer.noise
    assert framer.feed(b"\r\x0201.250\r") == [Net(1250)]
    framer.reset()
    assert not framer.noise


def test_our_answers_fit_what_other_tills_expect(shared_data: Path) -> None:
    facts = json.loads((shared_data / "scale" / "protocol_facts.json").read_text())["toledo_8217"]
    weight, status = (re.compile(facts[name].encode()) for name in ("weight_regex", "status_regex"))
    for frame in (b"\x0201.250\r", b"\x0200.735N\r"):
        assert weight.fullmatch(frame)
        assert isinstance(AnswerFramer(KG).feed(frame)[0], Net)
    assert status.fullmatch(b"\x02?A\r")
