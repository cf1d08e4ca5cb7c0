"""The reports of a USB HID scale (HID Point of Sale Usage Tables 1.02, section 4: weighing devices, page 8D): pure.

The scale data report holds a status, a unit, a scaling (a power of ten) and a weight without sign. Where they stand is
in the report descriptor. Six bytes of most postal scales: `03 status unit scaling low high`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from drivers.scale.reading import Answer, Malformed, Reading, Unit, describe
from drivers.transport.hid_report import Descriptor, Field, parse, selected, value_of, values

_PAGE = 0x8D << 16
_DATA_REPORT, _WEIGHT, _SCALING, _UNIT, _STATUS = (_PAGE | usage for usage in (0x32, 0x40, 0x41, 0x50, 0x70))
_UNITS = {_PAGE | 0x52: Unit.GRAM, _PAGE | 0x53: Unit.KILOGRAM, _PAGE | 0x5B: Unit.OUNCE, _PAGE | 0x5C: Unit.POUND}
_FAULT, _ZERO, _MOTION, _STABLE, _UNDER, _OVER, _CALIBRATE, _RE_ZERO = (_PAGE | usage for usage in range(0x71, 0x79))
# A scaling beyond that is none of a scale on a counter.
_LARGEST_SCALING = 6

# Of the descriptor in a postal scale (Dymo M25): the data report, number 3.
DATA_REPORT_DESCRIPTOR = bytes.fromhex(
    "058d 0920 a101 8503 0932 a102"
    "0970 a102 1501 2508 7508 9501 0971 0972 0973 0974 0975 0976 0977 0978 8100 c0"
    "0950 a102 1501 250c 7508 9501 0951 0952 0953 0954 0955 0956 0957 0958 0959 095a 095b 095c 8100 c0"
    "0941 1581 257f 7508 9501 8102"
    "0940 1500 27ffff0000 7510 9501 8102 c0 c0"
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the fields of the data report stand."""

    descriptor: Descriptor
    status: Field
    unit: Field
    weight: Field
    scaling: Field | None


def layout_of(descriptor: bytes) -> Layout | None:
    """Find the data report in a report descriptor; None where the device is no scale. Never raises."""
    parsed = parse(descriptor)
    data = parsed.with_usage(_DATA_REPORT) or parsed.fields
    status, unit, weight, scaling = (_find(data, usage) for usage in (_STATUS, _UNIT, _WEIGHT, _SCALING))
    if status is None or unit is None or weight is None:
        return None
    return Layout(parsed, status, unit, weight, scaling)


def _find(fields: tuple[Field, ...], usage: int) -> Field | None:
    return next((found for found in fields if usage in (*found.usages, *found.collections)), None)


def decode(report: bytes, layout: Layout) -> Answer | None:
    """Turn one report into a record, None for another report than that of the weight. Never raises."""
    number, body = layout.descriptor.split(report)
    if layout.descriptor.numbered and number != layout.weight.report_id:
        return None
    status, unit = selected(layout.status, body)[:1], selected(layout.unit, body)[:1]
    weight = value_of(layout.weight, _WEIGHT, body)
    scaling = _scaling(layout, body)
    if not status or weight is None or scaling is None:
        return Malformed("frame")
    named = _UNITS.get(unit[0]) if unit else None
    return _reading(status[0], Decimal(weight).scaleb(scaling), named)


def _scaling(layout: Layout, body: bytes) -> int | None:
    if layout.scaling is None:
        return 0
    found = values(layout.scaling, body)
    if not found:
        return None
    # Some descriptors say 0 to 255 for what is meant as a signed byte.
    scaling = found[0] - 256 if found[0] > 127 else found[0]
    return scaling if abs(scaling) <= _LARGEST_SCALING else None


def _reading(status: int, size: Decimal, unit: Unit | None) -> Answer:
    if unit is None and status in (_MOTION, _STABLE, _UNDER):
        return Malformed("unit")
    # The weight has no sign: the status has it.
    value = {_STABLE: size, _ZERO: size * 0, _MOTION: size, _UNDER: -size}.get(status)
    return Reading(
        value if unit is not None else None,
        unit if value is not None else None,
        stable=status in (_STABLE, _ZERO),
        in_motion=status == _MOTION,
        under_zero=status == _UNDER,
        over_capacity=status == _OVER,
        at_zero=status == _ZERO,
        needs_zero=status == _RE_ZERO,
        fault={_FAULT: "scale", _CALIBRATE: "calibration"}.get(status, ""),
    )


class HidFramer:
    """Reads whole reports, once the descriptor is known. See `drivers.scale.reading.Framer`."""

    def __init__(self) -> None:
        self._layout: Layout | None = None
        self._noise = False

    @property
    def noise(self) -> bool:
        """Whether a report has come in since `reset` that was none of a scale."""
        return self._noise

    def learn(self, descriptor: bytes) -> bool:
        """Read reports by this descriptor from now on; False where it is none of a scale."""
        self._layout = layout_of(descriptor)
        return self._layout is not None

    def reset(self) -> None:
        """Forget about noise; a report is always whole."""
        self._noise = False

    def feed(self, data: bytes) -> list[Answer]:
        """Take one report in, or b"" for none."""
        answer = decode(data, self._layout) if data and self._layout is not None else None
        self._noise = self._noise or isinstance(answer, Malformed)
        return [] if answer is None else [answer]


def describe_report(report: bytes) -> dict[str, object]:
    """One report for a technician, by the layout that most scales have."""
    layout = layout_of(DATA_REPORT_DESCRIPTOR)
    answer = decode(report, layout) if layout is not None else None
    return {"error": "frame"} if answer is None else describe(answer)


PROTOCOLS: Mapping[str, Callable[[bytes], dict[str, object]]] = {"hid_scale": describe_report}
