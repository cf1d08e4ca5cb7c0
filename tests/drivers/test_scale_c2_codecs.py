"""The bytes of CAS, Berkel, Checkout-Dialog and Toledo Continuous: examples of the manuals, and any bytes at all."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scale import (
    codec_berkel,
    codec_cas,
    codec_cas_stream,
    codec_dialog,
    codec_toledo_continuous,
)
from drivers.scale.codec_dialog import ASK_REASON, ASK_RESULT, EOT, DialogFramer, Key, price_record, proof_record
from drivers.scale.judging import sellable_grams
from drivers.scale.reading import Framed, Framer, Malformed, Prompt, Reading, Refused, Unit, describe

KG, G, LB, OZ = Unit.KILOGRAM, Unit.GRAM, Unit.POUND, Unit.OUNCE
NOTHING = Reading(None, None, stable=True)
ENQ, ACK, NAK, DC1, CR, NUL, CAN = b"\x05", b"\x06", b"\x15", b"\x11", b"\r", b"\x00", b"\x18"


def shows(text: str, unit: Unit, **flags: object) -> Reading:
    return replace(Reading(Decimal(text), unit, stable=True), **flags)  # type: ignore[arg-type] # flags only


def says(**flags: object) -> Reading:
    return replace(NOTHING, **flags)  # type: ignore[arg-type] # flags only


def cas(body: bytes, check: int | None = None) -> bytes:
    return b"\x01\x02" + body + bytes([codec_cas.block_check(body) if check is None else check]) + b"\x03\x04"


def berkel(body: bytes) -> bytes:
    return b"\x02" + body + bytes([codec_cas.block_check(body)]) + b"\x03"


def record(*fields: bytes) -> bytes:
    return b"\x02" + b"\x1b".join(fields) + b"\x03"


def toledo(first: int, second: int, third: int, weight: bytes, tare: bytes = b"000000") -> bytes:
    body = b"\x02" + bytes([first, second, third]) + weight + tare + b"\r"
    return body + bytes([-sum(body) & 0x7F])


def test_the_block_check_of_the_manual() -> None:
    """Ohaus Aviator 7000 service manual p. 36."""
    assert codec_cas.block_check(b"S 01.234kg") == 0x65
    assert cas(b"S 01.234kg") == b"\x01\x02S 01.234kg\x65\x03\x04"


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        (cas(b"S 01.234kg"), shows("1.234", KG)),
        (cas(b"S  1.234kg"), shows("1.234", KG)),
        (cas(b"S 00.000kg"), shows("0.000", KG)),
        (cas(b"U 01.234kg"), shows("1.234", KG, stable=False, in_motion=True)),
        (cas(b"S-00.050kg"), shows("-0.050", KG, under_zero=True)),
        (cas(b"SFFFFFFFkg"), says(stable=False, over_capacity=True)),
        (cas(b"UFFF.FFFkg"), says(stable=False, in_motion=True, over_capacity=True)),
        # What follows the sign of an overflow is no weight.
        (cas(b"SF01.234kg"), says(stable=False, over_capacity=True)),
        (cas(b"S 002.50lb"), shows("2.50", LB)),
        (cas(b"S 001250 g"), shows("1250", G)),
        (cas(b"S FFFFFFkg"), Malformed("digits")),
        (cas(b"S 1.2.34kg"), Malformed("digits")),
        (cas(b"S 01.234tt"), Malformed("unit")),
        (cas(b"X 01.234kg"), Malformed("frame")),
        (cas(b"S 01.234kg", 0x64), Malformed("checksum")),
    ],
)
def test_cas(frame: bytes, answer: Framed) -> None:
    framer = codec_cas.CasFramer()
    assert framer.feed(ACK) == [Prompt(DC1)]
    assert framer.noise
    assert framer.feed(frame) == [answer]
    assert codec_cas.describe(frame) == describe(answer)
    # The dialogue is over: an acknowledgement that comes now is none of ours.
    assert framer.feed(ACK + NAK) == []


def test_cas_says_not_now_to_either_question() -> None:
    framer = codec_cas.CasFramer()
    busy = says(stable=False, busy=True)
    assert framer.feed(NAK) == [busy]
    framer.reset()
    assert framer.feed(ACK + NAK + ACK) == [Prompt(DC1), busy]


@pytest.mark.parametrize(
    ("line", "answer"),
    [
        # CAS CI-600D manual p. 74: eight characters with leading zeros, the lamps at rest.
        (b"ST,GS,1\xc4,000013.5 kg", shows("13.5", KG)),
        (b"ST,NT,1\xc2,   1.250 kg", shows("1.250", KG, net=True)),
        (b"US,GS,1\x84,   1.250 kg", shows("1.250", KG, stable=False, in_motion=True)),
        (b"ST,GS,1\xc5,   0.000 kg", shows("0.000", KG, at_zero=True)),
        # A lamp that says zero under a weight is not believed.
        (b"ST,GS,1\xc5,   1.000 kg", shows("1.000", KG)),
        (b"ST,GS,1\xc4,-  0.200 kg", shows("-0.200", KG, under_zero=True)),
        (b"ST,GS,1\xd4,   1.250 kg", shows("1.250", KG, stable=False, busy=True)),
        (b"OL,GS,1\xc4,  99.999 kg", says(stable=False, over_capacity=True)),
        (b"OL,GS,1\xc4,- 99.999 kg", says(stable=False, under_zero=True)),
        (b"ST,GS,1\xc4,    2.50 lb", shows("2.50", LB)),
        (b"ST,GS,1\xc4,   1.250 t ", Malformed("unit")),
        (b"ST,GS,1\xc4,   1 250 kg", Malformed("digits")),
        (b"ST,GS,1\xc4,  1.250 kg", Malformed("frame")),
        (b"noiseST,GS,1\xc4,   1.250 kg", Malformed("frame")),
        (b"noise\x02ST,GS,+  5.00 lb", shows("5.00", LB)),
        (b"\x02US,NT,-  5.00 lb", shows("-5.00", LB, stable=False, net=True, in_motion=True, under_zero=True)),
        (b"ST,GS,+  5.00 lb", Malformed("frame")),
    ],
)
def test_cas_stream(line: bytes, answer: Framed) -> None:
    framer = codec_cas_stream.CasStreamFramer()
    # The first line may have been cut.
    framer.feed(b"\r\n")
    assert framer.feed(b"ST,GS,1\xc4,   9.999 kg\r\n" + line + b"\r\n") == [shows("9.999", KG), answer]


def test_cas_as_another_program_saw_it(shared_data: Path) -> None:
    cases = json.loads((shared_data / "scale" / "cas_pd2.json").read_text())["cases"]
    assert len(cases) == 3
    for case in cases:
        found = codec_cas_stream.describe(bytes.fromhex(case["bytes_hex"]))
        wanted = case["expected"]
        if "error" in wanted:
            assert "error" in found
        else:
            assert {key: found[key] for key in ("weight", "unit", "stable")} == {
                key: wanted[key] for key in ("weight", "unit", "stable")
            }


def test_a_stream_begins_in_the_middle_of_a_line() -> None:
    framer = codec_cas_stream.CasStreamFramer()
    assert framer.feed(b"   1.250 kg\r\nST,GS,1\xc4,   1.250 kg\r\nxx\r\n") == [shows("1.250", KG), Malformed("frame")]


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b"\x2901250", shows("1.250", KG)),
        (b"\x29\x001250", shows("1.250", KG)),
        (b"\x2b00202", shows("0.202", KG)),
        (b"\x2900000", shows("0.000", KG)),
        (b"\x2a\x000250", shows("2.50", LB)),
        (b"\x2a0250\x00", shows("2.50", LB)),
        # Bit 6: a capacity of another maker.
        (b"\x6901250", shows("1.250", KG)),
        (b"\x3900000", says(stable=False, under_zero=True, over_capacity=True)),
        (b"\x3901250", says(stable=False, under_zero=True, over_capacity=True)),
    ],
)
def test_berkel(body: bytes, answer: Framed) -> None:
    framer = codec_berkel.BerkelFramer()
    frame = berkel(body)
    assert framer.feed(ACK) == [Prompt(DC1)]
    assert framer.feed(frame) == [Prompt(frame)]
    assert framer.noise
    assert framer.feed(CR) == [answer]
    assert not framer.noise
    assert codec_berkel.describe(frame) == describe(answer)


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        (b"\x02\x2901250\x00\x03", Malformed("checksum")),
        (berkel(b"\x2c01250"), Malformed("unit")),
        (berkel(b"\x290125\x00"), Malformed("digits")),
        (berkel(b"\x29\x00\x00\x00\x00\x00"), Malformed("digits")),
    ],
)
def test_a_berkel_frame_that_is_none_is_not_sent_back(frame: bytes, answer: Framed) -> None:
    assert codec_berkel.BerkelFramer().feed(ACK + frame) == [Prompt(DC1), answer]


def test_a_berkel_weight_that_came_back_damaged_is_none() -> None:
    frame = berkel(b"\x2901250")
    assert codec_berkel.BerkelFramer().feed(ACK + frame + ACK) == [Prompt(DC1), Prompt(frame), Malformed("frame")]


@pytest.mark.parametrize(
    ("came", "answer"),
    [
        (CAN, says(stable=False, in_motion=True)),
        (NAK, says(stable=False, busy=True)),
        (NUL, says(nothing_new=True)),
    ],
)
def test_a_berkel_enquiry_is_refused(came: bytes, answer: Framed) -> None:
    framer = codec_berkel.BerkelFramer()
    assert framer.feed(came + ACK) == [answer]
    framer.reset()
    # After noise, it may be a damaged character.
    assert framer.feed(b"?" + came) == []
    framer.reset()
    assert framer.feed(ACK + came) == [Prompt(DC1), *([answer] if came == NAK else [])]


def test_the_berkel_command_to_zero() -> None:
    """Ohaus Aviator 5000 service manual p. 37: BCC, here behind ETX, is the letter itself."""
    assert bytes.fromhex("02 5a 00 00 00 00 00 03 5a") == codec_berkel.ZERO


def weight(scale: bytes, digits: bytes) -> bytes:
    return record(b"02", scale, digits, b"000001", b"000000")


def test_a_dialog_weighing() -> None:
    assert price_record(199) == b"\x04\x0201\x1b000199\x1b\x03"
    framer = DialogFramer(price=199)
    assert framer.feed(ACK) == [Prompt(b"\x04\x05")]
    assert framer.noise
    assert framer.feed(weight(b"3", b"01250")) == [Prompt(b"\x04", shows("1.250", KG))]
    assert not framer.noise
    assert framer.feed(ACK + NAK) == []


@pytest.mark.parametrize(
    ("scale", "answer"),
    [
        (b"1", shows("12.50", LB)),
        (b"2", shows("1.250", LB)),
        (b"3", shows("1.250", KG)),
        (b"0", Malformed("unit")),
        (b"4", Malformed("frame")),
    ],
)
def test_the_units_of_dialog(scale: bytes, answer: Framed) -> None:
    assert DialogFramer().feed(ACK + weight(scale, b"01250"))[-1] == Prompt(EOT, answer)  # type: ignore[arg-type] # a Said is no tuple to mypy
    # Record 02 as two sources have it: a unit price of five digits or six.
    assert codec_dialog.describe(record(b"02", scale, b"01250", b"00001", b"000000")) == describe(answer)


@pytest.mark.parametrize(
    ("reason", "answer"),
    [
        (b"00", says(stable=False, busy=True)),
        (b"01", says(stable=False, busy=True)),
        (b"10", Refused("record")),
        (b"11", Refused("price")),
        (b"20", says(stable=False, in_motion=True)),
        (b"21", says(nothing_new=True)),
        (b"22", says(stable=False, in_motion=True)),
        (b"30", says(too_light=True)),
        (b"31", says(stable=False, under_zero=True)),
        (b"32", says(stable=False, over_capacity=True)),
        (b"77", Malformed("frame")),
    ],
)
@pytest.mark.parametrize("before", [b"", ACK])
def test_a_dialog_scale_is_asked_why_it_refuses(before: bytes, reason: bytes, answer: Framed) -> None:
    framer = DialogFramer()
    framer.feed(before)
    assert framer.feed(NAK) == [Prompt(b"\x04\x0208\x03")]
    assert framer.feed(record(b"09", reason)) == [Prompt(EOT, answer)]  # type: ignore[arg-type] # a Said is no tuple to mypy


def test_a_check_of_an_idle_dialog_scale_tells_nothing_of_long_ago() -> None:
    assert DialogFramer().feed(record(b"09", b"32")) == [Prompt(EOT, says(nothing_new=True))]
    assert DialogFramer().feed(record(b"09", b"77")) == [Prompt(EOT, Malformed("frame"))]


KEY = Key(0x11021, 0xC0DE)


def test_a_challenge_is_met_and_the_weighing_begins_again() -> None:
    framer = DialogFramer(price=1, key=KEY)
    proof = proof_record(KEY, 0x47)
    steps = [
        (record(b"11", b"247"), Prompt(proof)),
        (ACK, Prompt(ASK_RESULT)),
        (record(b"11", b"1"), Prompt(price_record(1))),
        (ACK, Prompt(ASK_RESULT)),
        (weight(b"3", b"01250"), Prompt(EOT, shows("1.250", KG))),
    ]
    for came, answer in steps:
        assert framer.feed(came) == [answer]


def test_a_challenge_without_a_key_or_with_a_wrong_one_ends_it() -> None:
    assert DialogFramer().feed(record(b"11", b"247")) == [Prompt(EOT, Refused("challenge"))]
    proof = Prompt(proof_record(KEY, 0x47))
    no = [proof, Prompt(ASK_RESULT), Prompt(EOT, Refused("key"))]
    assert DialogFramer(key=KEY).feed(record(b"11", b"247") + ACK + record(b"11", b"0")) == no
    # A scale that asks again and again must not be answered for ever: each answer tells something of the key.
    again = [proof, Prompt(EOT, Refused("key"))]
    assert DialogFramer(key=KEY).feed(record(b"11", b"247") + record(b"11", b"248")) == again


def multiplied(a: int, b: int) -> int:
    """The product of two polynomials over GF(2)."""
    return functools.reduce(lambda total, place: total ^ (a << place if b >> place & 1 else 0), range(32), 0)


def turned_left(word: int, bits: int) -> int:
    return int(f"{word:016b}"[bits:] + f"{word:016b}"[:bits], 2)


@given(st.integers(0x10000, 0x1FFFF), st.integers(0, 0xFFFF), st.integers(0, 0xFF))
def test_a_proof_unturned_is_a_multiple_of_the_generator(generator: int, checksum: int, number: int) -> None:
    found = proof_record(Key(generator, checksum), number)
    assert (found[:5], found[13:]) == (b"\x04\x0210\x1b", b"\x03")
    sent, correction = int(found[5:9], 16), int(found[9:13], 16)
    assert sent == turned_left(checksum, number >> 4)
    word = checksum << 16 | turned_left(correction, number & 15)
    # Found by schoolbook division: what is left of a multiple is nothing.
    quotient = 0
    for place in range(31, 15, -1):
        if (word ^ multiplied(generator, quotient)) >> place & 1:
            quotient |= 1 << (place - 16)
    assert word == multiplied(generator, quotient)


def test_no_proof_and_no_key_is_shown_anywhere() -> None:
    proof = proof_record(KEY, 0x47)
    assert codec_dialog.mask(proof) == b"\x04\x0210\x1b********\x03"
    assert len(codec_dialog.mask(proof)) == len(proof)
    assert proof[5:13].hex(" ") not in codec_dialog.redact(price_record(1) + proof)
    assert proof[5:9] not in codec_dialog.mask(proof[:9])
    assert codec_dialog.redact(weight(b"3", b"01250")) == weight(b"3", b"01250").hex(" ")
    assert "11021" not in repr(KEY)
    assert str(0x11021) not in repr(KEY)


POUNDS, KILOS = 0x20, 0x30


@pytest.mark.parametrize(
    ("frame", "answer"),
    [
        # Toledo E1560 manual p. 6-5: the place of the point in bits 0-2.
        (toledo(0x28 | 5, KILOS, 0x20, b"001250"), shows("1.250", KG)),
        (toledo(0x28 | 5, KILOS, 0x20, b"  1250"), shows("1.250", KG)),
        (toledo(0x28 | 0, POUNDS, 0x20, b"000125"), shows("12500", LB)),
        (toledo(0x28 | 1, POUNDS, 0x20, b"000125"), shows("1250", LB)),
        (toledo(0x28 | 2, POUNDS, 0x20, b"000125"), shows("125", LB)),
        (toledo(0x28 | 3, POUNDS, 0x20, b"000125"), shows("12.5", LB)),
        (toledo(0x28 | 4, POUNDS, 0x20, b"000125"), shows("1.25", LB)),
        (toledo(0x28 | 7, POUNDS, 0x20, b"000125"), shows("0.00125", LB)),
        (toledo(0x2D, KILOS | 1, 0x20, b"001000", b"000250"), shows("1.000", KG, net=True)),
        (toledo(0x2D, KILOS | 2, 0x20, b"000250"), shows("-0.250", KG, under_zero=True)),
        (toledo(0x2D, KILOS | 2, 0x20, b"000000"), shows("0.000", KG)),
        (toledo(0x2D, KILOS | 4, 0x20, b"015250"), says(stable=False, over_capacity=True)),
        (toledo(0x2D, KILOS | 4, 0x20, b"      "), says(stable=False, over_capacity=True)),
        (toledo(0x2D, KILOS | 6, 0x20, b"000250"), says(stable=False, under_zero=True)),
        (toledo(0x2D, KILOS | 8, 0x20, b"001250"), shows("1.250", KG, stable=False, in_motion=True)),
        (toledo(0x2D, KILOS | 0x40, 0x20, b"001250"), shows("1.250", KG, needs_zero=True)),
        (toledo(0x2A, KILOS, 0x21, b"001250"), shows("1250", G)),
        (toledo(0x2C, POUNDS, 0x23, b"001250"), shows("12.50", OZ)),
        (toledo(0x2D, KILOS, 0x22, b"001250"), Malformed("unit")),
        # Ten times finer than the weight may be sold by.
        (toledo(0x2D, KILOS, 0x30, b"012503"), says(stable=False, busy=True)),
        (toledo(0x2D, KILOS, 0x20, b"      "), Malformed("digits")),
        (toledo(0x2D, KILOS, 0x20, b"12 345"), Malformed("digits")),
        (toledo(0x2D, KILOS, 0x20, b"001250")[:-1] + b"\x01", Malformed("checksum")),
    ],
)
def test_toledo(frame: bytes, answer: Framed) -> None:
    framer = codec_toledo_continuous.ToledoFramer()
    good = toledo(0x2D, KILOS, 0x20, b"009999")
    assert framer.feed(b"50\r" + frame + good) == [answer, shows("9.999", KG)]
    assert codec_toledo_continuous.describe(frame) == describe(answer)


def test_toledo_without_a_checksum() -> None:
    frame = toledo(0x2D, KILOS, 0x20, b"001250")[:-1]
    framer = codec_toledo_continuous.ToledoFramer(checksum=False)
    assert framer.feed(frame + frame) == [shows("1.250", KG)] * 2
    assert codec_toledo_continuous.describe(frame)["weight"] == "1.250"
    # One that is sent all the same is noise between the frames, also where it looks like the start of one.
    assert framer.feed(b"\x02" + frame + b"\x02" + frame) == [shows("1.250", KG)] * 2


@dataclass(frozen=True)
class Kind:
    """A codec of a byte stream: its framer, what gives an answer, and what ends whatever came before it."""

    framer: Callable[[], Framer]
    frame: bytes
    answer: Reading
    end: bytes
    describe: Callable[[bytes], dict[str, object]]


_LINE = b"ST,GS,1\xc4,   1.250 kg\r\n"
KINDS = {
    "cas": Kind(codec_cas.CasFramer, cas(b"S 01.250kg"), shows("1.250", KG), b"", codec_cas.describe),
    "cas_stream": Kind(codec_cas_stream.CasStreamFramer, _LINE, shows("1.250", KG), b"\r\n", codec_cas_stream.describe),
    "berkel": Kind(
        codec_berkel.BerkelFramer, berkel(b"\x2901250") + CR, shows("1.250", KG), b"", codec_berkel.describe
    ),
    "dialog": Kind(
        lambda: DialogFramer(key=KEY), weight(b"3", b"01250"), shows("1.250", KG), b"", codec_dialog.describe
    ),
    "toledo": Kind(
        codec_toledo_continuous.ToledoFramer,
        # No checksum of noise can be its start.
        b"\r" + toledo(0x2D, KILOS, 0x20, b"001250"),
        shows("1.250", KG),
        b"",
        codec_toledo_continuous.describe,
    ),
}
ALPHABET = st.sampled_from(b"\x00\x01\x02\x03\x04\x05\x06\x0d\x0a\x15\x18\x1b 0123459-.,SUFGTNOLkglb\x29\x2d\x30\xc4")
CAS, BERKEL, TOLEDO = cas(b"S 04.321kg"), berkel(b"\x2904321"), toledo(0x2D, KILOS, 0x20, b"004321")
RECORDS = [weight(b"3", b"04321"), record(b"11", b"247"), record(b"11", b"1"), record(b"09", b"20")]
CUT = [CAS[:12], BERKEL[:7], TOLEDO[:-1], _LINE[:13], b"\x02", b"\x01\x02"]
PIECES = st.sampled_from([ACK, NAK, CR, NUL, CAS, BERKEL, TOLEDO, _LINE, *RECORDS, *CUT])
BYTES = st.one_of(
    st.binary(max_size=120), st.lists(ALPHABET, max_size=120).map(bytes), st.lists(PIECES, max_size=8).map(b"".join)
)
EVERY = pytest.mark.parametrize("kind", KINDS.values(), ids=KINDS)


def spoken(answers: Sequence[Framed]) -> list[Framed | None]:
    return [answer.answer if isinstance(answer, Prompt) else answer for answer in answers]


@EVERY
@given(data=BYTES)
def test_any_bytes_give_the_same_answers_however_they_are_cut_and_the_next_frame_is_read(
    kind: Kind, data: bytes
) -> None:
    whole, slow = kind.framer(), kind.framer()
    answers = list(whole.feed(data))
    assert [answer for byte in data for answer in slow.feed(bytes([byte]))] == answers
    assert whole.noise == slow.noise
    assert kind.answer in spoken(whole.feed(kind.end + kind.frame))
    whole.reset()
    assert not whole.noise
    assert spoken(whole.feed(kind.frame))[-1] == kind.answer
    assert json.dumps(kind.describe(data))


@EVERY
@given(data=BYTES)
def test_a_weight_is_only_what_stands_in_the_bytes(kind: Kind, data: bytes) -> None:
    """No weight without its digits: nothing is guessed, and a missing weight is never 0."""
    text = data.decode("latin-1").replace(".", "").replace("\x00", "")
    for answer in spoken(kind.framer().feed(data)):
        if isinstance(answer, Reading) and answer.value is not None:
            assert str(abs(answer.value)).replace(".", "").lstrip("0") in text
            assert sellable_grams(answer) == 0 or (answer.stable and answer.value > 0)


@EVERY
@given(at=st.integers(0, 40), bit=st.integers(0, 6))
def test_one_wrong_bit_is_never_another_weight_where_there_is_a_checksum(kind: Kind, at: int, bit: int) -> None:
    if kind in (KINDS["dialog"], KINDS["cas_stream"]):
        return
    frame = bytearray(kind.frame)
    frame[at % len(frame)] ^= 1 << bit
    for answer in spoken(kind.framer().feed(bytes(frame))):
        if isinstance(answer, Reading):
            assert sellable_grams(answer) in (0, 1250)


@EVERY
def test_a_frame_that_never_ends_is_given_up(kind: Kind) -> None:
    framer = kind.framer()
    framer.feed(kind.end)
    assert framer.feed(kind.frame[:3] + b"7" * 5000) == []
    assert framer.noise
    assert kind.answer in spoken(framer.feed(kind.end + kind.frame))


def test_a_question_out_of_turn_is_never_asked() -> None:
    """A scale that says ACK all the time is not answered for ever."""
    for framer in (codec_cas.CasFramer(), codec_berkel.BerkelFramer(), DialogFramer(key=KEY)):
        assert len(framer.feed(ACK * 1000)) == 1
    assert DialogFramer().feed(NAK * 1000) == [Prompt(ASK_REASON)]
