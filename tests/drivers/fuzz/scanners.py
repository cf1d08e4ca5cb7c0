"""The codecs of scanners under fuzzing."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from tests.drivers.fuzz.shared import of
from tests.drivers.fuzz.target import Again, Fed, Target, calling, describing, redacting, stream, whole

# No code of a shop's: what must never be shown again.
PLANTED = "4006381333931SECRETCODE"
GS = "\x1d"
CODES = (
    PLANTED,
    f"]E0{PLANTED}",
    "]C1010950600013435210ABC123",
    f"]d2010950600013435210LOT{GS}17270131",
    "äöü€ß漢字",
    "12345670",
)


def _serial(suffix: str = "cr", prefix: str = "", encoding: str = "utf-8") -> Target:
    framer, ends = of("scanner.serial_codec", "ScanFramer"), of("scanner.serial_codec", "SUFFIXES")
    seeds = tuple((prefix + code).encode(encoding, "replace") + ends[suffix] for code in CODES)
    # What came before is not known to have ended.
    good = ends[suffix] + prefix.encode(encoding) + b"4006381333931" + ends[suffix]
    check = stream(
        lambda: framer("scanner", prefix=prefix, suffix=suffix, encoding=encoding),
        describing(of("scanner.serial_codec", "describe")),
        redacting(of("scanner.serial_codec", "redact"), PLANTED),
        again=Again(good),
    )
    return Target((*seeds, seeds[0] * 3, b"\xff\x00\xfe\x01\r"), check)


class _Ssi:
    """Packets, and the codes that they make up, as the driver joins them."""

    def __init__(self) -> None:
        self._framer: Any = of("scanner.ssi_codec", "PacketFramer")()
        self._decodes: Any = of("scanner.ssi_codec", "Decodes")("scanner")

    def feed(self, data: bytes) -> Iterable[object]:
        for packet in self._framer.feed(data):
            yield packet
            if getattr(packet, "opcode", None) == 0xF3:
                yield self._decodes.feed(packet)

    def break_off(self) -> None:
        for part in (self._framer, self._decodes):
            part.break_off()
            assert not part.pending
        self._decodes.forget()


def _ssi() -> Target:
    encode = of("scanner.ssi_codec", "encode")
    codes = [encode(0xF3, b"\x0b" + code.encode()[:250], source=0) for code in CODES]
    parts = encode(0xF3, b"\x1c]Q1first", source=0, status=2) + encode(0xF3, b"\x1csecond\r", source=0)
    check = stream(
        _Ssi,
        describing(of("scanner.ssi_codec", "describe")),
        redacting(of("scanner.ssi_codec", "redact"), PLANTED),
        again=Again(codes[0], lambda one: one.break_off()),  # type: ignore[attr-defined] # of `_Ssi`
    )
    return Target(
        (*codes, parts, *(bytes.fromhex(hexed) for hexed in ("04 E4 04 00 FF 14", "05 E6 04 00 00 FF 11"))), check
    )


class _Reports:
    """Reports of 64 bytes, one after the other."""

    def __init__(self, descriptor: bytes) -> None:
        self.decoder: Any = of("scanner.hid_pos_codec", "HidPosDecoder")("scanner", descriptor)

    def feed(self, data: bytes) -> Iterable[object]:
        for at in range(0, len(data), 64):
            yield from self.decoder.feed(data[at : at + 64])


def _hid_pos() -> Target:
    report, descriptor = of("scanner.simulated_usb", "_report"), of("scanner.simulated_usb", "HONEYWELL_DESCRIPTOR")
    codes = [report(code.encode()[:56], "]E0", more=False) for code in CODES]
    long = report(b"A" * 56, "]Q1", more=True) + report(b"B" * 20, "]Q1", more=False)
    expected = list(_Reports(descriptor).feed(codes[0]))

    def read(frame: bytes) -> None:
        reports = _Reports(descriptor)
        for _ in reports.feed(frame):
            pass
        reports.decoder.break_off()
        assert not reports.decoder.pending
        assert list(reports.feed(codes[0])) == expected, "the next good report is not read"

    look = (
        describing(of("scanner.hid_pos_codec", "describe")),
        redacting(of("scanner.hid_pos_codec", "redact"), PLANTED),
    )
    return Target((*codes, long, b"\x02\x38\xff\xfe"), whole(calling(read), *look))


def _hid_descriptor() -> Target:
    """A report descriptor as a device may send it, and all that is done by it with a report."""
    honeywell = of("scanner.simulated_usb", "HONEYWELL_DESCRIPTOR")
    parse, values, selected = (of("transport.hid_report", name) for name in ("parse", "values", "selected"))
    build, kind = of("transport.hid_report", "build"), of("transport.hid_report", "ReportKind")
    commands = of("scanner.hid_pos_codec", "HidPosCommands")
    reports = tuple(bytes((number,)) + bytes(range(63)) for number in (0, 1, 2, 4, 254))

    def read(frame: bytes) -> None:
        descriptor = parse(frame)
        for field in descriptor.fields[:64]:
            assert 0 < field.size <= 256
            assert len(values(field, reports[2])) <= field.count
            selected(field, reports[2])
            build(descriptor, field.kind, {field.usage_at(0): 1})
        for one in kind:
            descriptor.report_bytes(one, 2)
        told = _Reports(frame)
        for report in reports:
            list(told.feed(report))
        orders = commands(frame)
        orders.trigger_report(prevent=True, initiate=True, beep=0x8C0086)
        assert orders.redirects in (True, False)

    scale = of("scale.codec_hid", "DATA_REPORT_DESCRIPTOR")
    # A keyboard (HID 1.11, E.6): arrays, and usages of another page.
    keyboard = bytes.fromhex(
        "05010906a101050719e029e71500250175019508810295017508810195057501050819012905910295017503910195067508150025650507"
        "190029658100c0"
    )
    return Target((honeywell, scale, keyboard), whole(calling(read)))


class _Keys:
    """Events of a keyboard, from bytes to codes."""

    def __init__(self, layout: str) -> None:
        typing, by_name = of("scanner.key_decoder", "Typing"), of("scanner.layouts", "by_name")
        self._events: Any = of("transport.input_events", "EventFramer")()
        self.decoder: Any = of("scanner.key_decoder", "KeyDecoder")("scanner", typing(by_name(layout)))

    def feed(self, data: bytes) -> Iterable[object]:
        for event in self._events.feed(data):
            record = self.decoder.feed(event.kind, event.code, event.value)
            if record is not None:
                yield record


def _wedge(layout: str) -> Target:
    typed, packed, tap = (of("scanner.keystrokes", name) for name in ("typed", "packed", "tap"))
    by_name = of("scanner.layouts", "by_name")(layout)
    enter = tap(28)
    seeds = [packed(typed(by_name, code) + enter) for code in (*CODES[1:4], "a€b", "(01)x^~`")]
    # Events were lost, what was typed ends, and the next code is one again: digits, since Caps Lock may be on.
    good = packed([(0, 3, 0), *enter, *typed(by_name, "4006381333931"), *enter])
    check = stream(
        lambda: _Keys(layout),
        describing(of("scanner.key_decoder", "describe")),
        redacting(of("scanner.key_decoder", "redact"), PLANTED),
        calling(lambda frame: _broken_off(layout, frame)),
        # A node gives whole events, so pieces of one are no garbage to go on after.
        again=Again(good, _complete),
    )
    return Target((*seeds, packed([(1, 58, 1), (1, 58, 0), (1, 56, 1), *tap(71), *tap(79)]), good), check)


def _complete(keys: Fed) -> None:
    rest = keys._events._rest  # type: ignore[attr-defined] # of `_Keys`
    if rest:
        list(keys.feed(bytes(of("transport.input_events", "EVENT").size - len(rest))))


def _broken_off(layout: str, frame: bytes) -> None:
    keys = _Keys(layout)
    for _ in keys.feed(frame):
        pass
    keys.decoder.break_off()
    assert not keys.decoder.pending


CODECS: dict[str, Callable[[], Target]] = {
    "scanner_serial": _serial,
    "scanner_serial_prefix": lambda: _serial("crlf", "\x02>", "latin-1"),
    "scanner_ssi": _ssi,
    "scanner_hid_pos": _hid_pos,
    "hid_report": _hid_descriptor,
    "scanner_wedge_us": lambda: _wedge("us"),
    "scanner_wedge_de": lambda: _wedge("de"),
}
