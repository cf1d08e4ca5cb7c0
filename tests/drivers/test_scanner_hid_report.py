"""A report descriptor says where a value is; whatever it says, reading it ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.scanner.simulated_usb import HONEYWELL_DESCRIPTOR
from drivers.transport.hid_report import LONGEST_DESCRIPTOR, ReportKind, build, parse, selected, value_of, values

# The keyboard of Device Class Definition for HID 1.11, appendix B.1.
KEYBOARD = bytes.fromhex(
    "05 01 09 06 A1 01 05 07 19 E0 29 E7 15 00 25 01 75 01 95 08 81 02 95 01 75 08 81 01 95 05 75 01 05 08 19 01 29 05"
    "91 02 95 01 75 03 91 01 95 06 75 08 15 00 25 65 05 07 19 00 29 65 81 00 C0"
)


def test_the_keyboard_of_the_standard() -> None:
    found = parse(KEYBOARD)
    assert (found.problem, found.numbered) == ("", False)
    modifiers, lights, keys = found.fields
    assert modifiers.usages == tuple(range(0x700E0, 0x700E8))
    assert modifiers.collections == (0x10006,)
    assert (lights.kind, lights.offset, lights.usage_at(4)) == (ReportKind.OUTPUT, 0, 0x80005)
    assert (keys.variable, keys.offset, keys.count) == (False, 16, 6)
    report = bytes([0x02, 0, 0x04, 0x05, 0, 0, 0, 0])
    assert value_of(modifiers, 0x700E1, report) == 1
    assert selected(keys, report)[:2] == (0x70004, 0x70005)
    assert found.report_bytes(ReportKind.INPUT, 0) == 8
    assert found.report_bytes(ReportKind.OUTPUT, 0) == 1


def test_a_scanner_tells_where_its_codes_are() -> None:
    found = parse(HONEYWELL_DESCRIPTOR)
    assert (found.problem, found.numbered) == ("", True)
    (data,) = found.with_usage(0x8C00FE)
    assert (data.report_id, data.offset, data.size, data.count) == (2, 32, 8, 56)
    assert data.collections == (0x8C0002, 0x8C0012)
    assert found.report_bytes(ReportKind.INPUT, 2) == 63
    assert found.report_bytes(ReportKind.FEATURE, 254) == 1
    assert found.split(b"\x02rest") == (2, b"rest")


def test_a_report_is_put_together_from_usages() -> None:
    found = parse(HONEYWELL_DESCRIPTOR)
    assert build(found, ReportKind.OUTPUT, {0x8C0060: 1}) == b"\x04\x04"
    assert build(found, ReportKind.OUTPUT, {0x8C0086: 1, 0x8C005F: 1}) == b"\x04\x42"
    assert build(found, ReportKind.OUTPUT, {0x8C0011: 1}) is None


def test_values_that_cross_bytes_and_have_a_sign() -> None:
    found = parse(bytes.fromhex("05 01 A1 01 15 F8 25 07 75 04 95 03 09 30 09 31 09 32 81 02 C0"))
    (field,) = found.fields
    assert values(field, b"\x81\x0f") == (1, -8, -1)
    assert values(field, b"\x81") == (1, -8)


def test_usages_with_their_own_page_pushed_globals_and_long_items() -> None:
    found = parse(bytes.fromhex("FE 02 00 AA BB 05 01 75 08 95 01 A4 05 8C 75 10 B4 0B FE 00 8C 00 81 02"))
    assert [(field.size, field.usages) for field in found.fields] == [(8, (0x8C00FE,))]


def test_a_range_of_usages_is_written_out_as_far_as_anything_needs_it() -> None:
    (field,) = parse(bytes.fromhex("05 8C 1A 00 00 2A FF FF 75 08 95 01 81 02")).fields
    assert field.usages == tuple(range(0x8C0000, 0x8C0100))


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"\x05", "truncated"),
        (b"\x27\x00\x00", "truncated"),
        (b"\xc0", "nesting"),
        (b"\xa1\x01" * 40, "nesting"),
        (b"\xa4" * 40, "nesting"),
        (bytes.fromhex("77 00 01 00 00 95 01 81 02 77 01 01 00 00 81 02"), "oversize"),
        (bytes.fromhex("75 FF 97 FF FF FF 7F 81 02"), "oversize"),
        (bytes(LONGEST_DESCRIPTOR + 1), "too_long"),
    ],
)
def test_what_is_wrong_with_a_descriptor_is_said(data: bytes, problem: str) -> None:
    assert parse(data).problem == problem


# Items that say something, with few bytes of data each, so that fields come of them; and any bytes.
PREFIXES = bytes.fromhex("05 06 09 0B 0A 15 16 19 25 26 29 2A 75 75 77 85 95 95 96 97 81 82 91 B1 A1 C0 A4 B4 A9 FE")
ITEMS = st.lists(st.tuples(st.sampled_from(PREFIXES), st.binary(min_size=4, max_size=4)), max_size=60).map(
    lambda items: b"".join(bytes([prefix]) + data[: (0, 1, 2, 4)[prefix & 3]] for prefix, data in items)
)
SMALL = st.lists(st.tuples(st.sampled_from(PREFIXES), st.integers(0, 20)), max_size=60).map(
    lambda items: b"".join(
        bytes([prefix]) + value.to_bytes(4, "little")[: (0, 1, 2, 4)[prefix & 3]] for prefix, value in items
    )
)


@given(st.one_of(SMALL, ITEMS, st.binary(max_size=400)), st.binary(max_size=80))
def test_any_descriptor_and_any_report_are_read_within_bounds(descriptor: bytes, report: bytes) -> None:
    found = parse(descriptor)
    _, body = found.split(report)
    for field in found.fields:
        fitting = max(0, len(body) * 8 - field.offset) // field.size
        assert len(values(field, body)) == min(field.count, fitting)
        selected(field, body)
        if field.variable and field.usages:
            made = build(found, field.kind, {field.usages[0]: 1})
            assert made is not None
            assert len(made) == 1 + found.report_bytes(field.kind, made[0])


@given(st.integers(0, len(HONEYWELL_DESCRIPTOR) - 1), st.integers(0, 255))
def test_a_descriptor_with_one_byte_wrong_is_still_read(place: int, byte: int) -> None:
    damaged = bytearray(HONEYWELL_DESCRIPTOR)
    damaged[place] = byte
    for field in parse(bytes(damaged)).fields:
        values(field, bytes(64))
