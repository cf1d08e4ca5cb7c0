"""Every codec takes spoilt frames in any pieces: a short `python -m tests.drivers.fuzz`, and that it would tell."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable
from decimal import Decimal
from pathlib import Path

import pytest

from drivers.payment.nexo_http import LONGEST_HEAD, AnswerReader, HttpAnswer, HttpBroken
from drivers.scale.codec_nci import NciFramer
from drivers.scale.reading import Reading
from drivers.scanner.hid_pos_codec import HidPosDecoder
from drivers.scanner.interface import BadRead, Scan
from drivers.signature import service_codec
from drivers.simulation import Simulation
from tests.drivers.fuzz import running
from tests.drivers.fuzz.progress import Progress, Result
from tests.drivers.fuzz.running import ENDLESS, Failure, batch
from tests.drivers.fuzz.target import Again, Look, Target, calling, masking, redacting, stream, whole
from tests.drivers.fuzz.targets import CODECS

ROOT = Path(__file__).parents[2]
FRAMES = 2000
SEEDS = (b"\x02weigh\x03", b"\x02 12.5kg\x03")


@pytest.mark.parametrize("codec", CODECS)
def test_no_frame_breaks_a_codec(codec: str) -> None:
    # Other frames each time; a failure names its seed and its frame.
    failures = batch(codec, CODECS[codec](), int.from_bytes(os.urandom(4), "big"), 0, FRAMES)
    assert not failures, "\n".join(map(str, failures))


def test_every_codec_is_fuzzed() -> None:
    """What has a `describe`, or is called a codec, is named in tests/drivers/fuzz: add a line there."""
    fuzzed = "".join(file.read_text(encoding="utf-8") for file in (ROOT / "tests/drivers/fuzz").glob("*.py"))
    modules = {
        file.relative_to(ROOT / "drivers").with_suffix("").as_posix().replace("/", ".")
        for file in (ROOT / "drivers").glob("*/*.py")
        if "codec" in file.name or re.search(r"^def describe\(frame", file.read_text(encoding="utf-8"), re.MULTILINE)
    }
    named = {module for module in modules if module.rpartition(".")[2] in fuzzed}
    assert len(named) > 15
    assert modules == named


class Cutter:
    """A small codec between 02 and 03, to be broken on purpose."""

    def __init__(self) -> None:
        self._body: bytearray | None = None

    def feed(self, data: bytes) -> list[bytes]:
        found: list[bytes] = []
        for byte in data:
            if byte == 0x02:
                self._body = bytearray()
            elif self._body is not None:
                self._body.append(byte)
                if byte == 0x03:
                    found.append(self.whole(bytes(self._body)))
                    self._body = None
        return found

    def whole(self, body: bytes) -> bytes:
        return body


class Raises(Cutter):
    """For one length."""

    def whole(self, body: bytes) -> bytes:
        return str(10 // (len(body) - 3)).encode()


class Hangs(Cutter):
    """For one letter."""

    def whole(self, body: bytes) -> bytes:
        while body[:1] == b"w" and body[1:2] != b"e":
            pass
        return body


class DependsOnPieces(Cutter):
    """Reads two letters as one where they come together."""

    def feed(self, data: bytes) -> list[bytes]:
        return super().feed(data.replace(b"gh", b"hg"))


class NeverComesBack(Cutter):
    """Too long a frame, and nothing is read any more."""

    def feed(self, data: bytes) -> list[bytes]:
        if self._body is not None and len(self._body) > 20:
            return []
        return super().feed(data)


def failures_of(make: Callable[[], Cutter], *looks: Look) -> list[Failure]:
    check = stream(make, *looks, again=Again(SEEDS[0]))
    return [failure for number in range(3) for failure in batch("broken", Target(SEEDS, check), 1, number)]


def test_a_good_codec_has_no_failures() -> None:
    assert failures_of(Cutter) == []


def test_a_codec_that_raises_is_found_and_the_frame_made_short() -> None:
    failures = failures_of(Raises)
    assert {failure.what.partition(":")[0] for failure in failures} == {"ZeroDivisionError"}
    # 02, any two bytes, 03.
    assert {len(failure.shortest) for failure in failures} == {4}
    assert f"--replay {failures[0].shortest.hex()}" in str(failures[0])


def test_a_codec_that_does_not_end_is_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(running, "LIMIT_S", 0.02)
    (failure,) = batch("broken", Target((b"\x02whale\x03",), stream(Hangs)), 1, 0, 20)
    assert failure.what == ENDLESS


def test_other_records_from_other_pieces_are_found() -> None:
    assert "BrokenPromiseError: other pieces give other records" in {one.what for one in failures_of(DependsOnPieces)}


def test_a_codec_that_loses_the_next_good_frame_is_found() -> None:
    assert "BrokenPromiseError: the next good frame is not read" in {one.what for one in failures_of(NeverComesBack)}


@pytest.mark.parametrize(
    ("look", "what"),
    [
        (redacting(lambda frame: frame.hex(), "776569"), "redact shows what is secret"),
        (masking(lambda frame: frame[1:]), "the mask is of another length"),
        (calling(lambda frame: iter(_raising(frame))), "KeyError: 'late'"),
    ],
)
def test_what_a_look_finds_is_a_failure(look: Look, what: str) -> None:
    found = batch("broken", Target(SEEDS, whole(look)), 1, 0)
    assert found
    assert all(what in failure.what for failure in found)


def _raising(frame: bytes) -> Iterable[int]:
    yield len(frame)
    if frame:
        raise KeyError("late")


def test_the_same_seed_gives_the_same_frames() -> None:
    def heard(seed: int, number: int) -> list[bytes]:
        frames: list[bytes] = []
        batch("any", Target(SEEDS, lambda frame, _: frames.append(frame)), seed, number, 50)
        return frames

    assert heard(1, 0) == heard(1, 0)
    assert heard(1, 0) != heard(2, 0)
    assert heard(1, 0) != heard(1, 1)


def test_a_run_goes_on_where_it_was_stopped(tmp_path: Path) -> None:
    first = Progress(tmp_path, "zvt", None, lambda: 7)
    first.add(Result((0, 2), 1.5, ()))
    again = Progress(tmp_path, "zvt", None, lambda: 8)
    assert (again.done.seed, again.left(4000), again.done.processor_s) == (7, [1, 3], 1.5)
    assert Progress(tmp_path, "zvt", 9, lambda: 8).left(2000) == [0, 1]


# Frames that broke a codec once.


def test_a_signing_service_that_sends_no_text_is_noise() -> None:
    for line in (b'{"id":1,"error":"\xff"}', b'{"id":1,"x":' + b"[" * 60_000):
        assert service_codec.answer_from(line) == service_codec.Noise()
        assert service_codec.question_from(line) == service_codec.Noise()


def test_a_line_of_a_signing_service_that_is_too_long_is_noise_in_one_piece_too() -> None:
    line = b'{"id":1,"error":"' + b"x" * service_codec.LONGEST_LINE + b'"}\n'
    (found,) = service_codec.LineFramer().feed(line)
    assert service_codec.answer_from(found) == service_codec.Noise()


def test_the_weight_behind_noise_with_a_line_feed_is_read() -> None:
    framer = NciFramer()
    answers = framer.feed(b"\n" + b"x" * 34 + b"\n01.250KG\r\nS00\r\x03")
    assert [answer.value for answer in answers if isinstance(answer, Reading)] == [Decimal("1.250")]


def test_a_scanner_whose_descriptor_gives_its_bytes_a_sign_is_read() -> None:
    # Logical minimum -127; a count, a text, and reports of 3 bytes.
    descriptor = bytes.fromhex("05 8C 09 02 A1 01 15 81 75 08 95 01 05 01 09 3B 81 02 05 8C 95 02 09 FE 82 02 01 C0")
    decoder = HidPosDecoder("scanner", descriptor)
    assert decoder.feed("\x02é".encode()) == [Scan("scanner", "é")]
    assert decoder.feed(b"\xffab") == [BadRead("scanner", "bad_length")]


def test_a_head_of_http_that_is_too_long_is_none_in_one_piece_too() -> None:
    head = b"HTTP/1.1 204 No Content\r\nX: " + b"x" * LONGEST_HEAD + b"\r\n\r\n"
    assert isinstance(AnswerReader().feed(head), HttpBroken)
    assert isinstance(AnswerReader().feed(head.replace(b"x" * 40, b"", 1)), HttpAnswer)


def test_commands_nested_without_end_are_refused(tmp_path: Path) -> None:
    assert Simulation(tmp_path, []).answer(b"[" * 50_000)["ok"] is False
