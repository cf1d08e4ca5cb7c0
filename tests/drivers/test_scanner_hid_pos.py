"""HID POS reports become codes, by whatever descriptor the scanner has."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scanner.codes import MAX_LENGTH
from drivers.scanner.hid_pos_codec import (
    ERROR_BEEP,
    GOOD_READ_BEEP,
    HidPosCommands,
    HidPosDecoder,
    describe,
    redact,
)
from drivers.scanner.interface import BadRead, Scan
from drivers.scanner.simulated_usb import HONEYWELL_DESCRIPTOR

# Microscan: report 1, a count and 62 bytes of data, nothing else.
MICROSCAN = bytes.fromhex(
    "05 8C 09 02 A1 01 09 12 A1 02 85 01 15 00 26 FF 00 75 08 95 01 05 01 09 3B 81 02 05 8C 95 3E 09 FE 81 02 C0 C0"
)
# No report ids and no count: 16 bytes of data alone.
BARE = bytes.fromhex("05 8C 09 02 A1 01 09 12 A1 02 15 00 26 FF 00 75 08 95 10 09 FE 81 02 C0 C0")
MOUSE = bytes.fromhex("05 01 09 02 A1 01 75 08 95 03 09 30 09 31 09 38 81 02 C0")
# As in the Access-IS LSR118 manual, appendix B.1.1: a boarding card, 56 bytes with "more follows", then the rest.
BOARDING = "M1GATHERGOOD/MICHAEL YABCDELHRDURAK 3542052Y003D23  59  s1"


def honeywell(content: bytes, aim: bytes = b"]E0", *, more: bool = False, count: int | None = None) -> bytes:
    body = aim.ljust(3, b"\0") + content.ljust(56, b"\0") + b"\x6a\0" + bytes([more])
    return b"\x02" + bytes([len(content) if count is None else count]) + body


def decoder(descriptor: bytes = HONEYWELL_DESCRIPTOR, **how: object) -> HidPosDecoder:
    return HidPosDecoder("scanner", descriptor, **how)  # type: ignore[arg-type] # a test's table holds what the types say


def test_a_code_in_one_report() -> None:
    assert decoder().feed(honeywell(b"4006381333931")) == [Scan("scanner", "4006381333931", "]E0")]


def test_a_code_over_several_reports_is_one_code() -> None:
    data = BOARDING.encode()
    reports = decoder()
    assert reports.feed(honeywell(data[:56], b"]Q0", more=True)) == []
    assert reports.pending
    assert reports.feed(honeywell(data[56:], b"]Q0")) == [Scan("scanner", BOARDING, "]Q0")]
    assert not reports.pending


def test_a_group_separator_and_a_suffix() -> None:
    assert decoder().feed(honeywell(b"0104006381333931\x1d10A1\r\n", b"]d2")) == [
        Scan("scanner", "0104006381333931\x1d10A1", "]d2")
    ]


@pytest.mark.parametrize(
    ("descriptor", "report", "scan"),
    [
        (MICROSCAN, b"\x01\x0d4006381333931".ljust(64, b"\0"), Scan("scanner", "4006381333931")),
        (MICROSCAN, b"\x01\x06]E0400".ljust(64, b"\0"), Scan("scanner", "400", "]E0")),
        (BARE, b"4006381333931".ljust(16, b"\0"), Scan("scanner", "4006381333931")),
    ],
)
def test_other_makers_have_other_reports(descriptor: bytes, report: bytes, scan: Scan) -> None:
    assert decoder(descriptor).feed(report) == [scan]


@pytest.mark.parametrize(
    ("report", "reason"),
    [
        (honeywell(b"400")[:20], "short_report"),
        (b"\x02", "short_report"),
        (honeywell(b"400", count=57), "bad_length"),
        (honeywell(b"\xff\xfe"), "undecodable"),
        (honeywell(b"4\x000"), "control_characters"),
    ],
)
def test_a_damaged_report_is_a_bad_read_and_the_next_one_is_read(report: bytes, reason: str) -> None:
    reports = decoder()
    assert reports.feed(report) == [BadRead("scanner", reason)]
    assert reports.feed(honeywell(b"next")) == [Scan("scanner", "next", "]E0")]


def test_a_code_that_never_ends_is_dropped_whole_and_the_next_one_is_read() -> None:
    reports = decoder()
    for _ in range(3 * MAX_LENGTH // 56):
        assert reports.feed(honeywell(b"9" * 56, more=True)) == []
    assert reports.feed(honeywell(b"9")) == [BadRead("scanner", "too_long")]
    assert reports.feed(honeywell(b"next")) == [Scan("scanner", "next", "]E0")]


def test_a_report_that_does_not_come_is_a_bad_read() -> None:
    reports = decoder()
    reports.feed(honeywell(b"9" * 56, more=True))
    assert reports.break_off() == [BadRead("scanner", "broken_off")]
    assert reports.break_off() == []
    assert reports.feed(honeywell(b"next")) == [Scan("scanner", "next", "]E0")]


def test_reports_of_other_ids_and_empty_ones_are_nothing() -> None:
    assert [decoder().feed(report) for report in (b"", b"\x07status", honeywell(b""))] == [[], [], []]


def test_a_device_without_scanned_data_is_not_usable() -> None:
    assert [decoder(descriptor).usable for descriptor in (MOUSE, b"", HONEYWELL_DESCRIPTOR)] == [False, False, True]


def test_commands_are_put_where_the_descriptor_says() -> None:
    commands = HidPosCommands(HONEYWELL_DESCRIPTOR)
    assert commands.trigger_report(prevent=False, initiate=True) == b"\x04\x04"
    assert commands.trigger_report(prevent=True, initiate=False) == b"\x04\x02"
    assert commands.trigger_report(prevent=True, initiate=False, beep=GOOD_READ_BEEP) == b"\x04\x42"
    assert commands.trigger_report(prevent=False, initiate=False, beep=ERROR_BEEP) == b"\x04\x20"
    assert commands.redirects
    assert HidPosCommands(MICROSCAN).trigger_report(prevent=False, initiate=True) is None
    assert not HidPosCommands(MICROSCAN).redirects


def test_a_technician_sees_how_a_report_is_made_and_not_what_is_in_it() -> None:
    report = honeywell(b"4006381333931", more=True)
    assert describe(report) == {
        "report_id": 2,
        "data_bytes": 13,
        "aim": "]E0",
        "symbology": "ean_upc",
        "continued": True,
    }
    assert redact(report) == "02 0D <62>"
    assert "error" in describe(b"x")


@given(st.lists(st.binary(max_size=70), max_size=12), st.sampled_from([HONEYWELL_DESCRIPTOR, MICROSCAN, BARE]))
def test_no_reports_break_the_decoder(reports: list[bytes], descriptor: bytes) -> None:
    stream = decoder(descriptor)
    for report in reports:
        stream.feed(report)
        describe(report)
        redact(report)
    stream.break_off()
    assert not stream.pending


@given(st.binary(max_size=200), st.binary(max_size=70))
def test_no_descriptor_breaks_the_decoder(descriptor: bytes, report: bytes) -> None:
    stream = decoder(descriptor)
    stream.feed(report)
    HidPosCommands(descriptor).trigger_report(prevent=True, initiate=True, beep=GOOD_READ_BEEP)


@given(st.text(st.characters(codec="utf-8", exclude_categories=["Cc"]), min_size=1, max_size=300))
def test_any_text_comes_through_whatever_it_is_cut_into(text: str) -> None:
    data, stream = text.encode(), decoder(aim_ids=False)
    parts = [data[at : at + 56] for at in range(0, len(data), 56)]
    records = [
        record
        for number, part in enumerate(parts)
        for record in stream.feed(honeywell(part, b"", more=number + 1 < len(parts)))
    ]
    assert records == [Scan("scanner", text)]
