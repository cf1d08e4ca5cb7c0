"""What a printer says of itself, from bytes to conditions."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.printer.conditions import conditions
from drivers.printer.status import (
    AutomaticStatus,
    Demultiplexer,
    FlowControl,
    InStream,
    Noise,
    PrinterStatus,
    ProcessId,
    RealTime,
    Reply,
    after_automatic,
    after_real_time,
)


def codes(status: PrinterStatus) -> list[str]:
    return [condition.code for condition in conditions(status)]


@pytest.mark.parametrize(
    ("n", "value", "expected"),
    [
        # DLE EOT n, as printers answer it; bits 1 and 4 always set. Paper: 0x12 ok, 0x1E near end, 0x72 or 0x7E end.
        (1, 0x12, []),
        (1, 0x16, []),  # drawer connector high
        (1, 0x1A, ["offline"]),
        (2, 0x16, ["cover_open"]),
        (2, 0x32, ["paper_out"]),
        (2, 0x1A, []),  # somebody holds the feed button
        (3, 0x1A, ["cutter_error"]),
        (3, 0x16, ["printer_error"]),
        (3, 0x32, ["printer_error"]),
        (3, 0x52, ["head_hot"]),
        (4, 0x12, []),
        (4, 0x1E, ["paper_low"]),
        (4, 0x72, ["paper_out"]),
        (4, 0x7E, ["paper_out"]),
    ],
)
def test_a_real_time_answer_is_read_by_its_question(n: int, value: int, expected: list[str]) -> None:
    assert codes(after_real_time(PrinterStatus(), n, value)) == expected


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("10000000", []),
        ("14000000", []),
        ("18000000", ["offline"]),
        ("38000000", ["cover_open"]),
        ("18080000", ["cutter_error"]),
        ("18040000", ["printer_error"]),
        ("18200000", ["printer_error"]),
        ("18400000", ["head_hot"]),
        ("10000300", ["paper_low"]),
        ("18000f00", ["paper_out"]),
        ("38000f00", ["cover_open", "paper_out"]),
    ],
)
def test_an_automatic_status_is_read_whole(data: str, expected: list[str]) -> None:
    (reply,) = Demultiplexer().feed(bytes.fromhex(data))
    assert isinstance(reply, AutomaticStatus)
    assert codes(after_automatic(PrinterStatus(paper_out=True, cover_open=True), reply.data)) == expected


def test_paper_put_in_again_clears_paper_out() -> None:
    status = after_real_time(PrinterStatus(), 4, 0x7E)
    for n, value in ((1, 0x12), (2, 0x12), (3, 0x12), (4, 0x12)):
        status = after_real_time(status, n, value)
    assert status == PrinterStatus()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        ("12", [RealTime(0x12)]),
        ("11", [FlowControl(ready=True)]),
        ("13", [FlowControl(ready=False)]),
        ("00", [InStream(0)]),
        ("0c", [InStream(0x0C)]),
        ("10000000", [AutomaticStatus(b"\x10\x00\x00\x00")]),
        ("37223132333400", [ProcessId(b"1234")]),
        ("ff", [Noise(b"\xff")]),
        # a real-time answer and XOFF between the bytes of an automatic status
        ("1000120013", [RealTime(0x12), FlowControl(ready=False)]),
        ("100012001300", [RealTime(0x12), FlowControl(ready=False), AutomaticStatus(b"\x10\x00\x00\x00")]),
        # an automatic status that breaks off, then a whole one
        ("1000 18000000", [Noise(b"\x10\x00"), AutomaticStatus(b"\x18\x00\x00\x00")]),
        # a block that turns into something else is given up where it stops fitting
        ("3712", [Noise(b"\x37"), RealTime(0x12)]),
        ("37223132 00", [Noise(b"\x37\x2212"), InStream(0)]),
        # paper status asked in the stream, and the answer to the id, in one piece
        ("0f37224142434400", [InStream(0x0F), ProcessId(b"ABCD")]),
    ],
)
def test_four_kinds_of_replies_share_one_stream(data: str, expected: list[Reply]) -> None:
    assert Demultiplexer().feed(bytes.fromhex(data)) == expected


reply_bytes = st.lists(
    st.one_of(
        st.sampled_from(
            [b"\x12", b"\x1a", b"\x11", b"\x13", b"\x10\x00\x00\x00", b"\x37\x22AB12\x00", b"\x37", b"\x0c"]
        ),
        st.binary(max_size=4),
    )
).map(b"".join)


@settings(deadline=None)  # this machine may be busy
@given(reply_bytes)
def test_byte_by_byte_equals_all_at_once(data: bytes) -> None:
    slow = Demultiplexer()
    assert [reply for byte in data for reply in slow.feed(bytes((byte,)))] == Demultiplexer().feed(data)


@settings(deadline=None)  # this machine may be busy
@given(st.binary())
def test_after_any_garbage_a_real_time_answer_is_heard_again(garbage: bytes) -> None:
    demultiplexer = Demultiplexer()
    demultiplexer.feed(garbage)
    # Six of them: a block begun by the garbage may swallow up to five that look like its letters.
    assert RealTime(0x12) in demultiplexer.feed(b"\x12" * 6)


@settings(deadline=None)  # this machine may be busy
@given(st.integers(0, 9), st.integers(0, 255), st.binary(max_size=6))
def test_no_value_makes_the_status_fail(n: int, value: int, data: bytes) -> None:
    status = after_automatic(after_real_time(PrinterStatus(), n, value), data)
    for condition in conditions(status):
        assert condition.message
        assert condition.remedy
    assert status.can_print == (not [code for code in codes(status) if code != "paper_low"])
