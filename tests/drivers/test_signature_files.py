"""Key files that are made, read and refused; and the lines of a signing service, in any pieces."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP384R1, generate_private_key
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from hypothesis import given
from hypothesis import strategies as st

from drivers.device import DeviceError
from drivers.signature.es256 import make_pem
from drivers.signature.key_file import create, load
from drivers.signature.service_codec import (
    LONGEST_LINE,
    Answer,
    LineFramer,
    Noise,
    Question,
    answer_from,
    line_of,
    question_from,
)
from drivers.signature.simulated import SimulatedSignatureUnit

NOW = datetime(2026, 11, 22, tzinfo=UTC)
NUMBERS = st.integers(0, 2**53)


def test_a_key_file_is_made_for_its_owner_only_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "unit.pem"
    made = create(path, "Lane 3", NOW)
    assert path.stat().st_mode & 0o777 == 0o600
    read = load(path)
    assert (read.serial, read.certificate) == (made.serial, made.certificate)
    assert "PRIVATE" not in repr(read)


def test_a_key_file_is_never_overwritten(tmp_path: Path) -> None:
    path = tmp_path / "unit.pem"
    create(path, "Lane 3", NOW)
    before = path.read_bytes()
    with pytest.raises(DeviceError, match="never overwritten"):
        create(path, "Lane 3", NOW)
    assert path.read_bytes() == before
    with pytest.raises(DeviceError, match="cannot be written"):
        create(tmp_path / "nowhere" / "unit.pem", "Lane 3", NOW)


def wrong_curve() -> bytes:
    key = generate_private_key(SECP384R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def parts() -> tuple[bytes, bytes]:
    key, certificate = make_pem("Lane 3", NOW).split(b"-----BEGIN CERTIFICATE")
    return key, b"-----BEGIN CERTIFICATE" + certificate


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "no readable private key"),
        (b"-----BEGIN PRIVATE KEY-----\nsecret\n-----END PRIVATE KEY-----\n", "no readable private key"),
        (parts()[1], "no readable private key"),
        (parts()[0], "no certificate"),
        (parts()[0] + parts()[1], "certificate of another key"),
        (wrong_curve(), "none of the curve P-256"),
    ],
    ids=["empty", "garbled", "no_key", "no_certificate", "other_certificate", "other_curve"],
)
def test_what_a_key_file_lacks_is_said_without_quoting_it(tmp_path: Path, content: bytes, said: str) -> None:
    path = tmp_path / "unit.pem"
    path.write_bytes(content)
    path.chmod(0o600)
    with pytest.raises(DeviceError, match=said) as caught:
        load(path)
    assert caught.value.permanent
    assert caught.value.remedy
    assert "secret" not in str(caught.value)


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "unit.pem"
    create(path, "Lane 3", NOW)
    path.chmod(0o640)
    with pytest.raises(DeviceError, match=r"read by others \(mode 640\)"):
        load(path)


def test_a_key_file_that_is_not_there_may_still_come(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="does not exist") as caught:
        load(tmp_path / "unit.pem")
    assert not caught.value.permanent


@given(
    st.lists(st.builds(Answer, NUMBERS, signature=st.binary(max_size=80), error=st.text(max_size=20)), max_size=5),
    st.integers(1, 50),
)
def test_answers_are_read_in_any_pieces(answers: list[Answer], size: int) -> None:
    stream = b"".join(map(line_of, answers))
    framer = LineFramer()
    lines = [line for at in range(0, len(stream), size) for line in framer.feed(stream[at : at + size])]
    assert list(map(answer_from, lines)) == answers


@given(NUMBERS, st.sampled_from(["identify", "sign"]), st.binary(max_size=300))
def test_questions_are_read_back(number: int, what: str, data: bytes) -> None:
    question = Question(number, what, data)
    assert question_from(line_of(question).rstrip(b"\n")) == question


@given(st.binary(max_size=60))
def test_noise_is_a_record_and_never_an_error(noise: bytes) -> None:
    assert isinstance(answer_from(b"\xff" + noise), Noise)
    assert isinstance(question_from(b"\xff" + noise), Noise)


def test_a_line_without_an_end_is_dropped_and_the_next_one_read() -> None:
    framer = LineFramer()
    assert framer.feed(b"x" * (LONGEST_LINE + 1)) == []
    lines = framer.feed(b"yyy\n" + line_of(Answer(7, error="none")))
    assert [type(answer_from(line)) for line in lines] == [Noise, Answer]


def test_a_simulated_unit_refuses_what_it_cannot_do(tmp_path: Path) -> None:
    unit = SimulatedSignatureUnit("unit", tmp_path)
    with pytest.raises(DeviceError, match=r"cannot 'sing'.*It can: fail, hang"):
        unit.control("sing", {})
