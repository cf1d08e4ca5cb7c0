"""The bytes of the protocols that scales are asked in, but the 8217: examples of the manuals, and any bytes at all."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scale import codec_adam, codec_hid, codec_mt_sics, codec_nci, codec_sma
from drivers.scale.codec_hid import DATA_REPORT_DESCRIPTOR, HidFramer, layout_of
from drivers.scale.judging import sellable_grams
from drivers.scale.reading import Done, Framed, Framer, Malformed, Reading, Refused, Unit, describe

KG, G, LB, OZ = Unit.KILOGRAM, Unit.GRAM, Unit.POUND, Unit.OUNCE
NOTHING = Reading(None, None, stable=True)


def shows(text: str, unit: Unit, **flags: object) -> Reading:
    return replace(Reading(Decimal(text), unit, stable=True), **flags)  # type: ignore[arg-type] # flags only


def says(**flags: object) -> Reading:
    return replace(NOTHING, **flags)  # type: ignore[arg-type] # flags only


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        # Mettler-Toledo AL-IC operating instructions p. 72.
        (b"S S     100.00 g", shows("100.00", G)),
        (b"S D     100.00 g", shows("100.00", G, stable=False, in_motion=True)),
        (b"S S      1.250 kg", shows("1.250", KG)),
        (b"S S     -0.500 kg", shows("-0.500", KG, under_zero=True)),
        (b"S S      2.500 lb", shows("2.500", LB)),
        (b"S S     12.40 oz", shows("12.40", OZ)),
        # Some balances say A for a stable weight.
        (b"S A      1.234 g", shows("1.234", G)),
        (b"S I", says(stable=False, busy=True)),
        (b"S +", says(stable=False, over_capacity=True)),
        (b"S -", says(stable=False, under_zero=True)),
        (b"S L", Refused("parameter")),
        (b"S S Error 10b", says(stable=False, fault="error 10b")),
        (b"ES", Refused("syntax")),
        (b"ET", Refused("transmission")),
        (b"EL", Refused("logic")),
        (b"Z A", Done("zero")),
        (b"Z I", Refused("not_ready")),
        (b"Z +", Refused("out_of_range")),
        (b"T S     100.00 g", Done("tare", Decimal("100.00"), G)),
        (b"T I", Refused("not_ready")),
        (b"TA A     50.00 g", Done("tare", Decimal("50.00"), G)),
        (b"TAC A", Done("clear_tare")),
        (b'I4 A "0123456789"', Done("restart")),
        (b"S S     100.00 ct", Malformed("unit")),
        (b"S S     100.00", Malformed("frame")),
        (b"S S     1.2.3 g", Malformed("frame")),
        (b"S S     100,00 g", Malformed("frame")),
    ],
)
def test_mt_sics(line: bytes, answer: Framed) -> None:
    assert codec_mt_sics.MtSicsFramer().feed(line + b"\r\n") == [answer]


def test_mt_sics_as_another_program_saw_it(shared_data: Path) -> None:
    cases = json.loads((shared_data / "scale" / "mt_sics.json").read_text())["cases"]
    wanted = {
        "TI A 2.486 g\r\n": Done("tare", Decimal("2.486"), G),
        "S L\r\n": Refused("parameter"),
        "ES\r\n": Refused("syntax"),
        "ET\r\n": Refused("transmission"),
    }
    assert {case["receive"] for case in cases} == set(wanted)
    for case in cases:
        assert codec_mt_sics.MtSicsFramer().feed(case["receive"].encode()) == [wanted[case["receive"]]]


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        # NCI 7821 manual p. 25, 3700LP p. 11: lower case, no S.
        (b"\n  1.25lb\r\n00\r\x03", shows("1.25", LB)),
        (b"\n01.250kg\r\n00\r\x03", shows("1.250", KG)),
        (b"\n  45.5oz\r\n00\r\x03", shows("45.5", OZ)),
        (b"\n  1250g \r\n00\r\x03", shows("1250", G)),
        (b"\n 0.00lb\r\n20\r\x03", shows("0.00", LB, at_zero=True)),
        (b"\n-0.500kg\r\n01\r\x03", shows("-0.500", KG, under_zero=True)),
        # A minus sign counts, whatever the status says.
        (b"\n-0.500kg\r\n00\r\x03", shows("-0.500", KG, under_zero=True)),
        (b"\n 1.250kg\r\n10\r\x03", shows("1.250", KG, stable=False, in_motion=True)),
        # NCI 6702 manual p. 14: bars on the display.
        (b"\n^^^^^^lb\r\n02\r\x03", says(over_capacity=True)),
        (b"\n______lb\r\n01\r\x03", says(under_zero=True)),
        (b"\n- - - - - -lb\r\n00\r\x03", says(needs_zero=True)),
        # ECR, DIVA manual p. 34: upper case, S before the status, leading zeros.
        (b"\n00.500LB\r\nS00\r\x03", shows("0.500", LB)),
        (b"\nS10\r\x03", says(stable=False, in_motion=True)),
        (b"\nS20\r\x03", says(at_zero=True)),
        (b"\nS01\r\x03", says(under_zero=True)),
        (b"\nS02\r\x03", says(over_capacity=True)),
        (b"\n2LB 03.5OZ\r\nS00\r\x03", shows("35.5", OZ)),
        # Avery Berkel 6702.
        (b"\n00.000LB\n\rS00\r\x03", shows("0.000", LB)),
        (b"\r\n00.750LB\n\rS00\r\x03", shows("0.750", LB)),
        # Three and four bytes of status (Ohaus Aviator 7000 service manual p. 49).
        (b"\n 1.000kg\r\n0p4\r\x03", shows("1.000", KG, net=True)),
        (b"\n0pp4\r\x03", says()),
        (b"\n0p8\r\x03", says(needs_zero=True)),
        (b"\n40\r\x03", says(fault="ram")),
        (b"\n88\r\x03", says(fault="eeprom calibration")),
        (b"\n?\r\x03", Refused("unknown_command")),
        (b"\n 1.000kg\r\n0p\r\x03", Malformed("frame")),
        (b"\n 1.000kg\r\n004\r\x03", Malformed("frame")),
        (b"\n 1.0#0kg\r\x03", Malformed("frame")),
        (b"\n 1.0#0kg\r\n00\r\x03", Malformed("digits")),
        (b"\n1.000st\r\n00\r\x03", Malformed("digits")),
        (b"\n1.0#0LB\n\rS00\r\x03", Malformed("digits")),
        # What comes behind noise is an answer again.
        (b"\n#!\nS20\r\x03", says(at_zero=True)),
        (b"\n 1.0#\n 1.000kg\r\n00\r\x03", shows("1.000", KG)),
    ],
)
def test_nci_and_ecr(frame: bytes, answer: Framed) -> None:
    assert codec_nci.NciFramer().feed(frame) == [answer]


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        # Sartorius PR 5220 manual p. 130.
        (b"\n 1G       5.025lb \r", shows("5.025", LB)),
        (b"\n 1N      100000lb \r", shows("100000", LB, net=True)),
        (b"\nZ1G       0.000lb \r", shows("0.000", LB, at_zero=True)),
        (b"\n 1GM      7.650kg \r", shows("7.650", KG, stable=False, in_motion=True)),
        (b"\nO1G      16.000kg \r", shows("16.000", KG, over_capacity=True)),
        (b"\nU1G      -0.250kg \r", shows("-0.250", KG, under_zero=True)),
        (b"\n 1G      -0.250kg \r", shows("-0.250", KG, under_zero=True)),
        (b"\nE1G  ----------kg \r", says(stable=False, needs_zero=True)),
        (b"\nI1G  ----------   \r", says(stable=False, needs_zero=True)),
        (b"\nT1G  ----------kg \r", Refused("refused")),
        (b"\n?\r", Refused("unknown_command")),
        (b"\n!\r", Malformed("frame")),
        (b"\n 1T       0.250kg \r", Malformed("frame")),
        (b"\n 1G       5.025st \r", Malformed("unit")),
        (b"\n 1G      5.025lb \r", Malformed("frame")),
        (b"\n 1G      5. 025lb \r", Malformed("digits")),
    ],
)
def test_sma(frame: bytes, answer: Framed) -> None:
    assert codec_sma.SmaFramer().feed(frame) == [answer]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        (b"  1.234kg", shows("1.234", KG)),
        (b"  1.234kg\r\n", shows("1.234", KG)),
        (b"     123.45 g \r\n", shows("123.45", G)),
        (b"G   +  2.00 kg\r\n", shows("2.00", KG)),
        (b"N   +  1.00 kg\r\n", shows("1.00", KG, net=True)),
        (b"-  0.200 kg\r\n", shows("-0.200", KG, under_zero=True)),
        (b"  2.5 lb", shows("2.5", LB)),
        # The weight of the tare is none of what lies there.
        (b"T   +  1.00 kg\r\n", Malformed("frame")),
        (b"      125 PCS\r\n", Malformed("frame")),
    ],
)
def test_adam(line: bytes, answer: Framed) -> None:
    assert codec_adam.AdamFramer().feed(line) == [answer]


@pytest.mark.parametrize(
    ("report", "answer"),
    [
        # antradar.com, Dymo USB scale interface specs: 20 g, and 645.2 oz.
        ("03 04 02 00 14 00", shows("20", G)),
        ("03 04 0b ff 34 19", shows("645.2", OZ)),
        ("03 02 0b ff 00 00", shows("0.0", OZ, at_zero=True)),
        ("03 03 02 00 14 00", shows("20", G, stable=False, in_motion=True)),
        ("03 05 02 00 14 00", shows("-20", G, stable=False, under_zero=True)),
        ("03 04 03 fd e2 04", shows("1.250", KG)),
        ("03 04 0c fe fa 00", shows("2.50", LB)),
        ("03 06 02 00 ff ff", says(stable=False, over_capacity=True)),
        ("03 01 02 00 00 00", says(stable=False, fault="scale")),
        ("03 07 02 00 14 00", says(stable=False, fault="calibration")),
        ("03 08 02 00 14 00", says(stable=False, needs_zero=True)),
        # Milligrams, carats: no unit of goods.
        ("03 04 01 00 14 00", Malformed("unit")),
        ("03 04 00 00 14 00", Malformed("unit")),
        ("03 00 02 00 14 00", Malformed("frame")),
        ("03 04 02 7f 14 00", Malformed("frame")),
        ("03 04 02 00 14", Malformed("frame")),
    ],
)
def test_hid(report: str, answer: Framed) -> None:
    framer = HidFramer()
    assert framer.learn(DATA_REPORT_DESCRIPTOR)
    assert framer.feed(bytes.fromhex(report)) == [answer]


def test_hid_reports_are_read_as_the_descriptor_says() -> None:
    """A made-up scale without report ids, the weight first and three bytes wide, without a scaling."""
    descriptor = bytes.fromhex(
        "058d 0920 a101 0932 a102 0940 1500 27ffffff00 7518 9501 8102"
        "0950 a102 1501 2502 7504 9501 0952 0953 8100 c0"
        "0970 a102 1501 2508 7504 9501 0971 0972 0973 0974 0975 0976 0977 0978 8100 c0 c0 c0"
    )
    framer = HidFramer()
    assert framer.learn(descriptor)
    assert framer.feed(bytes.fromhex("1027 00 41")) == [shows("10000", G)]
    assert not framer.learn(bytes.fromhex("0501 0906 a101 0507 19e0 29e7 1500 2501 7501 9508 8102 c0"))
    assert framer.feed(bytes.fromhex("1027 00 41")) == []


def test_hid_reports_of_another_kind_are_no_weight_and_no_noise() -> None:
    framer = HidFramer()
    framer.learn(DATA_REPORT_DESCRIPTOR)
    assert framer.feed(bytes.fromhex("04 04 02 00 14 00")) == []
    assert framer.feed(b"") == []
    assert not framer.noise


@given(st.binary(max_size=80), st.binary(max_size=12))
def test_any_descriptor_and_any_report_are_read(descriptor: bytes, report: bytes) -> None:
    framer = HidFramer()
    framer.learn(descriptor)
    framer.feed(report)
    framer.learn(DATA_REPORT_DESCRIPTOR + descriptor)
    for answer in framer.feed(report):
        assert json.dumps(describe(answer))


@given(st.integers(0, 255), st.integers(0, 255), st.integers(0, 255), st.integers(0, 0xFFFF))
def test_a_hid_report_is_sold_by_only_when_stable_and_above_zero(
    status: int, unit: int, scaling: int, size: int
) -> None:
    layout = layout_of(DATA_REPORT_DESCRIPTOR)
    assert layout is not None
    answer = codec_hid.decode(bytes([3, status, unit, scaling]) + size.to_bytes(2, "little"), layout)
    grams = sellable_grams(answer) if isinstance(answer, Reading) else 0
    assert not grams or (status == 4 and unit in (2, 3, 11, 12) and size > 0)


@dataclass(frozen=True)
class Kind:
    """A codec of a byte stream: its framer, a good frame with its answer, and what ends whatever came before it."""

    framer: Callable[[], Framer]
    frame: bytes
    answer: Reading
    end: bytes
    describe: Callable[[bytes], dict[str, object]]


KINDS = {
    "mt_sics": Kind(
        codec_mt_sics.MtSicsFramer, b"S S      1.250 kg\r\n", shows("1.250", KG), b"\r\n", codec_mt_sics.describe
    ),
    "nci": Kind(codec_nci.NciFramer, b"\n01.250kg\r\n00\r\x03", shows("1.250", KG), b"", codec_nci.describe),
    "sma": Kind(codec_sma.SmaFramer, b"\n 1G       1.250kg \r", shows("1.250", KG), b"", codec_sma.describe),
    "adam": Kind(codec_adam.AdamFramer, b"  1.250kg\r\n", shows("1.250", KG), b"\r\n", codec_adam.describe),
}
ALPHABET = st.sampled_from(b"\n\r\x02\x03 .-+0123456789SIDZTGNMAWkglbozLBKOE?^_p4\x00\xff")
BYTES = st.one_of(st.binary(max_size=120), st.lists(ALPHABET, max_size=120).map(bytes))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@given(data=BYTES)
def test_any_bytes_give_the_same_answers_however_they_are_cut_and_the_next_frame_is_read(
    kind: Kind, data: bytes
) -> None:
    whole, slow = kind.framer(), kind.framer()
    answers = list(whole.feed(data))
    assert [answer for byte in data for answer in slow.feed(bytes([byte]))] == answers
    assert whole.noise == slow.noise
    assert list(whole.feed(kind.end + kind.frame))[-1] == kind.answer
    whole.reset()
    assert not whole.noise
    assert list(whole.feed(kind.frame)) == [kind.answer]
    assert json.dumps(kind.describe(data))


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
@given(data=BYTES)
def test_a_weight_is_only_what_stands_in_the_bytes(kind: Kind, data: bytes) -> None:
    """No weight without its digits: nothing is guessed, and a missing weight is never 0."""
    for answer in kind.framer().feed(data):
        if isinstance(answer, Reading) and answer.value is not None and answer.unit is not OZ:
            digits = str(abs(answer.value)).replace(".", "").lstrip("0")
            assert digits in data.decode("latin-1").replace(".", "").replace(" ", "")
            assert sellable_grams(answer) == 0 or (answer.stable and answer.value > 0)


@pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)
def test_a_frame_that_never_ends_is_given_up(kind: Kind) -> None:
    framer = kind.framer()
    framer.reset()
    assert list(framer.feed(kind.frame[:2] + b"7" * 5000)) == []
    assert framer.noise
    assert list(framer.feed(kind.end + kind.frame))[-1] == kind.answer


@pytest.mark.parametrize(
    ("grams", "shown", "sics", "sma"),
    [
        (250, shows("1.250", KG), b"TA 0.250 kg\r\n", b"\nT     0.250\r"),
        (250, shows("1250", G), b"TA 250 g\r\n", b"\nT       250\r"),
        (454, shows("0.00", LB), b"TA 1.00 lb\r\n", b"\nT      1.00\r"),
        (250, NOTHING, None, None),
    ],
)
def test_a_known_tare_is_written_as_the_scale_shows_weights(
    grams: int, shown: Reading, sics: bytes | None, sma: bytes | None
) -> None:
    assert codec_mt_sics.preset_tare(grams, shown, None) == sics
    assert codec_sma.preset_tare(grams, shown, None) == sma


def test_a_line_that_is_too_long_is_not_read_in_part() -> None:
    framer = codec_mt_sics.MtSicsFramer()
    assert framer.feed(b"S S      1.250 kg" + b" " * 60 + b"0\r\n") == []
    assert framer.noise


def test_a_frame_behind_long_noise_is_read() -> None:
    framer = codec_nci.NciFramer()
    assert framer.feed(b"\n" + b"#" * 40 + b"\n01.250kg\r\n00\r\x03") == [shows("1.250", KG)]
