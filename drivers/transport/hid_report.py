"""What the reports of a HID device mean: its report descriptor read into fields, and the values of a field in a report.

Pure and bounded: any bytes give a `Descriptor`, in time linear in their length. Source: Device Class Definition for
Human Interface Devices 1.11, sections 5 and 6.2.2; the bounds are those of the Linux kernel (include/linux/hid.h).
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

# HID_MAX_DESCRIPTOR_SIZE, the widest field and HID_MAX_BUFFER_SIZE of the kernel.
LONGEST_DESCRIPTOR = 4096
_WIDEST_BITS = 256
_LARGEST_REPORT_BITS = 16384 * 8
# A range of usages (0 to FF on keyboards) is written out; what says more says nothing that a driver here reads.
_LONGEST_RANGE = 256
_DEEPEST = 32

_CONSTANT, _VARIABLE = 0x01, 0x02


class ReportKind(enum.Enum):
    """Which way a report goes: INPUT is read, OUTPUT and FEATURE are written; FEATURE is asked for, too."""

    INPUT = 0x8
    OUTPUT = 0x9
    FEATURE = 0xB


@dataclass(frozen=True, slots=True)
class Field:
    """`count` values of `size` bits each, from bit `offset` of a report on, its id byte not counted.

    `usages` are 32 bits, page << 16 | usage (0x008C00FE: decoded data); `collections` are those of the collections
    around it, the application first. `variable`: each value belongs to the usage at its place, and the last usage holds
    for all places after it. Else each value selects one of `usages`, the first by `logical_minimum`.
    """

    kind: ReportKind
    report_id: int
    offset: int
    size: int
    count: int
    usages: tuple[int, ...]
    collections: tuple[int, ...]
    variable: bool
    logical_minimum: int = 0
    logical_maximum: int = 0
    unit: int = 0
    exponent: int = 0

    def usage_at(self, place: int) -> int:
        """Return the usage of a variable field's value number `place`, 0 where the descriptor gives none."""
        return self.usages[min(place, len(self.usages) - 1)] if self.usages else 0


@dataclass(frozen=True, slots=True)
class Descriptor:
    """A report descriptor as far as it could be read. `problem` is "" or what is wrong with it, as one word.

    `numbered`: every report begins with its id. Constant fields (padding) are left out.
    """

    fields: tuple[Field, ...]
    numbered: bool
    sizes: dict[tuple[ReportKind, int], int]
    problem: str = ""

    def with_usage(self, usage: int, kind: ReportKind = ReportKind.INPUT) -> tuple[Field, ...]:
        """Return the fields of `kind` that hold `usage`, or that lie in a collection of it."""
        return tuple(
            found for found in self.fields if found.kind is kind and usage in (*found.usages, *found.collections)
        )

    def report_bytes(self, kind: ReportKind, report_id: int) -> int:
        """Return the length of a report without its id byte, 0 where there is none of that id."""
        return (self.sizes.get((kind, report_id), 0) + 7) // 8

    def split(self, report: bytes) -> tuple[int, bytes]:
        """Return the id (0 where reports have none) and the body of a report as hidraw gives it."""
        if not self.numbered:
            return 0, report
        return (report[0], report[1:]) if report else (0, b"")


def parse(descriptor: bytes) -> Descriptor:
    """Read a report descriptor. Never raises: `problem` tells of "too_long", "truncated", "oversize" or "nesting"."""
    reader = _Reader()
    if len(descriptor) > LONGEST_DESCRIPTOR:
        reader.problem = "too_long"
    data = descriptor[:LONGEST_DESCRIPTOR]
    at = 0
    while at < len(data):
        prefix = data[at]
        if prefix == 0xFE:
            # A long item: its length, a tag, its data. None is defined.
            at += 3 + (data[at + 1] if at + 1 < len(data) else 0)
            continue
        length = (0, 1, 2, 4)[prefix & 0x03]
        if at + 1 + length > len(data):
            reader.problem = reader.problem or "truncated"
            break
        reader.item(prefix >> 2 & 0x03, prefix >> 4, data[at + 1 : at + 1 + length])
        at += 1 + length
    numbered = any(report_id for _, report_id in reader.sizes)
    return Descriptor(tuple(reader.fields), numbered, reader.sizes, reader.problem)


def values(found: Field, body: bytes) -> tuple[int, ...]:
    """Return the values of a field in the body of a report; fewer than its `count` where the report is too short."""
    fitting = min(found.count, max(0, len(body) * 8 - found.offset) // found.size)
    if found.size == 8 and found.offset % 8 == 0 and found.logical_minimum >= 0:
        return tuple(body[found.offset // 8 :][:fitting])
    return tuple(_value(found, body, found.offset + place * found.size) for place in range(fitting))


def value_of(found: Field, usage: int, body: bytes) -> int | None:
    """Return the value that a variable field has for `usage`; None where it has none, or the report is too short."""
    for place, value in enumerate(values(found, body)):
        if found.usage_at(place) == usage:
            return value
    return None


def build(descriptor: Descriptor, kind: ReportKind, wanted: Mapping[int, int]) -> bytes | None:
    """Return the report that sets the usages in `wanted` to their values and all else in it to 0, its id first.

    Usages that the report does not have are left out; None where no variable field has the first of them.
    """
    first = next(iter(wanted))
    holders = [found for found in descriptor.with_usage(first, kind) if found.variable and first in found.usages]
    if not holders:
        return None
    report_id = holders[0].report_id
    bits = 0
    for found in descriptor.fields:
        if (found.kind, found.report_id, found.variable) == (kind, report_id, True):
            for place, usage in enumerate(found.usages[: found.count]):
                value = wanted.get(usage, 0) & ((1 << found.size) - 1)
                bits |= value << (found.offset + place * found.size)
    return bytes([report_id]) + bits.to_bytes(descriptor.report_bytes(kind, report_id), "little")


def selected(found: Field, body: bytes) -> tuple[int, ...]:
    """Return the usages that an array field selects; a value outside of its range selects none."""
    places = (value - found.logical_minimum for value in values(found, body))
    return tuple(found.usages[place] for place in places if 0 <= place < len(found.usages))


def _value(found: Field, body: bytes, bit: int) -> int:
    last = (bit + found.size + 7) // 8
    number = int.from_bytes(body[bit // 8 : last], "little") >> bit % 8 & ((1 << found.size) - 1)
    negative = found.logical_minimum < 0 and number >> (found.size - 1)
    return number - (1 << found.size) if negative else number


@dataclass(frozen=True, slots=True)
class _Globals:
    """What holds from where it is said until it is said anew."""

    page: int = 0
    minimum: int = 0
    maximum: bytes = b""
    unit: int = 0
    exponent: int = 0
    size: int = 0
    count: int = 0
    report_id: int = 0


@dataclass(slots=True)
class _Locals:
    """What holds for the next main item only. A usage is (number, whether it names its page itself)."""

    usages: list[tuple[int, bool]] = field(default_factory=list)
    minimum: int | None = None
    # Between two delimiters stand alternatives of one usage, the best one first.
    delimited: bool = False
    alternatives: int = 0


class _Reader:
    """Takes the items of a descriptor in, one after the other."""

    def __init__(self) -> None:
        self.fields: list[Field] = []
        self.sizes: dict[tuple[ReportKind, int], int] = {}
        self.problem = ""
        self._globals = _Globals()
        self._stack: list[_Globals] = []
        self._locals = _Locals()
        self._collections: list[int] = []

    def item(self, kind: int, tag: int, data: bytes) -> None:
        """Take one short item in: main, global or local by `kind`."""
        if kind == 0:
            self._main(tag, int.from_bytes(data, "little"))
            self._locals = _Locals()
        elif kind == 1:
            self._global(tag, data)
        elif kind == 2:
            self._local(tag, int.from_bytes(data, "little"), own_page=len(data) == 4)

    def _main(self, tag: int, flags: int) -> None:
        if tag == 0xA:
            usages = self._usages()
            # What is nested deeper is still closed by its own end, so a place is kept for each.
            self._collections.append(usages[0] if usages else 0)
            self._check_depth(len(self._collections))
        elif tag == 0xC:
            if self._collections:
                self._collections.pop()
            else:
                self.problem = self.problem or "nesting"
        elif tag in {kind.value for kind in ReportKind}:
            self._field(ReportKind(tag), flags)

    def _field(self, kind: ReportKind, flags: int) -> None:
        now = self._globals
        key = (kind, now.report_id)
        offset = self.sizes.get(key, 0)
        if now.size > _WIDEST_BITS or offset + now.size * now.count > _LARGEST_REPORT_BITS:
            self.problem = self.problem or "oversize"
            return
        self.sizes[key] = offset + now.size * now.count
        if flags & _CONSTANT or not now.size * now.count:
            return
        self.fields.append(
            Field(
                *(kind, now.report_id, offset, now.size, now.count),
                usages=self._usages(),
                collections=tuple(self._collections[:_DEEPEST]),
                variable=bool(flags & _VARIABLE),
                logical_minimum=now.minimum,
                logical_maximum=_maximum(now),
                unit=now.unit,
                exponent=now.exponent,
            )
        )

    def _usages(self) -> tuple[int, ...]:
        page = self._globals.page << 16
        return tuple(number if own_page else page | number for number, own_page in self._locals.usages)

    def _global(self, tag: int, data: bytes) -> None:
        unsigned = int.from_bytes(data, "little")
        now = self._globals
        match tag:
            case 0x0:
                self._globals = replace(now, page=unsigned & 0xFFFF)
            case 0x1:
                self._globals = replace(now, minimum=int.from_bytes(data, "little", signed=True))
            case 0x2:
                self._globals = replace(now, maximum=data)
            case 0x5:
                self._globals = replace(now, exponent=_nibble(unsigned))
            case 0x6:
                self._globals = replace(now, unit=unsigned)
            case 0x7:
                self._globals = replace(now, size=unsigned)
            case 0x8:
                self._globals = replace(now, report_id=unsigned & 0xFF)
            case 0x9:
                self._globals = replace(now, count=unsigned)
            case _:
                self._stacked(tag)

    def _stacked(self, tag: int) -> None:
        """Push or pop; a physical range, or a tag nobody defined, is of no use here."""
        if tag == 0xA:
            self._check_depth(len(self._stack) + 1)
            self._stack = [*self._stack[: _DEEPEST - 1], self._globals]
        elif tag == 0xB and self._stack:
            self._globals = self._stack.pop()

    def _local(self, tag: int, number: int, *, own_page: bool) -> None:
        held = self._locals
        if tag == 0xA:
            held.delimited, held.alternatives = number == 1, 0
        elif tag == 0x0:
            held.alternatives += 1
            if not held.delimited or held.alternatives == 1:
                held.usages.append((number, own_page))
        elif tag == 0x1:
            held.minimum = number
        elif tag == 0x2 and held.minimum is not None:
            last = min(number, held.minimum + _LONGEST_RANGE - 1)
            held.usages.extend((usage, own_page) for usage in range(held.minimum, last + 1))
            held.minimum = None

    def _check_depth(self, depth: int) -> None:
        if depth > _DEEPEST:
            self.problem = self.problem or "nesting"


def _maximum(now: _Globals) -> int:
    signed = int.from_bytes(now.maximum, "little", signed=True)
    # Many devices say 25 FF for 255.
    return signed if signed >= now.minimum else int.from_bytes(now.maximum, "little")


def _nibble(number: int) -> int:
    """Return the power of ten of a unit exponent: 0 to 7, then -8 to -1. Some devices write the signed byte instead."""
    low = number & 0x0F
    return low - 16 if low >= 8 else low
