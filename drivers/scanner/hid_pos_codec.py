"""HID POS: what the reports of a bar-code scanner mean, by its own report descriptor; pure, reports in, codes out.

Source: USB HID Point of Sale Usage Tables 1.02, usage page 8C. A scanned data report holds a byte count, up to three
characters of an AIM identifier, the data, and whether the data goes on in the next report. Where these stand is up to
the maker (Honeywell and Access-IS: `02 count "]cm" 56*data 2*vendor continued`; Microscan: `01 count 62*data`).
"""

from __future__ import annotations

from dataclasses import dataclass

from drivers.device import Slip
from drivers.scanner.codes import AIM, MAX_LENGTH, Record, decode
from drivers.scanner.interface import BadRead, Scan
from drivers.transport.hid_report import Descriptor, Field, ReportKind, build, parse, value_of, values

SYMBOLOGY_1, SYMBOLOGY_2, SYMBOLOGY_3 = 0x8C00FB, 0x8C00FC, 0x8C00FD
DECODED_DATA, CONTINUED = 0x8C00FE, 0x8C00FF
PREVENT_READ, INITIATE_READ = 0x8C005F, 0x8C0060
ERROR_BEEP, GOOD_READ_BEEP = 0x8C0085, 0x8C0086
BYTE_COUNT = 0x01003B

# Honeywell and Hand Held Products: feature report 254 set to 1 sends codes here, and not to a keyboard.
REDIRECT = b"\xfe\x01"
REDIRECT_ID = 0xFE
REDIRECTING_VENDORS = frozenset({"0c2e", "23d0"})


@dataclass(frozen=True, slots=True)
class ScanReport:
    """The fields of one scanned data report; those a maker left out are None."""

    report_id: int
    size: int
    data: Field
    count: Field | None
    continued: Field | None
    symbology: tuple[Field | None, Field | None, Field | None]


def scan_reports(descriptor: Descriptor) -> dict[int, ScanReport]:
    """Return the scanned data reports of a descriptor by their ids; none where it is no HID POS scanner's."""
    return {data.report_id: _scan_report(descriptor, data) for data in _holding(descriptor, DECODED_DATA)}


class HidPosDecoder:
    """Turns the reports of one scanner into records. Pure: no clock; `break_off` says that none has come for long."""

    def __init__(self, device: str, descriptor: bytes, *, encoding: str = "utf-8", aim_ids: bool = True) -> None:
        self._device = device
        self._encoding = encoding
        self._aim_ids = aim_ids
        self._descriptor = parse(descriptor)
        self._reports = scan_reports(self._descriptor)
        self._content = bytearray()
        self._aim = ""
        self._begun = False
        self._problem = ""

    @property
    def usable(self) -> bool:
        """Whether the descriptor tells of scanned data at all."""
        return bool(self._reports)

    @property
    def pending(self) -> bool:
        """Whether a code goes on in the next report."""
        return self._begun

    def feed(self, report: bytes) -> list[Record | Slip]:
        """Take one whole report in; return the code that ended with it. Other reports (attributes, vendors') pass."""
        report_id, body = self._descriptor.split(report)
        found = self._reports.get(report_id)
        if found is None:
            return []
        if len(body) < found.size:
            self._problem = self._problem or "short_report"
        self._add(found, body)
        if self._begun:
            return []
        record = self._end()
        return [] if record is None else [record]

    def break_off(self) -> list[Record]:
        """Give up on a code that goes on in a report that does not come."""
        begun = self._begun
        self._reset()
        return [BadRead(self._device, "broken_off")] if begun else []

    def _add(self, found: ScanReport, body: bytes) -> None:
        # Bytes are bytes, whatever sign a descriptor gives them.
        data = bytes(value & 0xFF for value in values(found.data, body))
        count = None if found.count is None else value_of(found.count, BYTE_COUNT, body)
        if count is not None and not 0 <= count <= found.data.count:
            self._problem = self._problem or "bad_length"
        if not self._content and not self._aim:
            self._aim = _aim(found, body)
        # Without a count, the data ends where only padding follows.
        self._content += data.rstrip(b"\0") if count is None else data[:count]
        if len(self._content) > MAX_LENGTH:
            self._content.clear()
            self._problem = "too_long"
        self._begun = found.continued is not None and bool(value_of(found.continued, CONTINUED, body))

    def _end(self) -> Record | None:
        content, aim, problem = bytes(self._content), self._aim, self._problem
        self._reset()
        if problem:
            return BadRead(self._device, problem)
        # A suffix that was set for another interface.
        record = decode(self._device, content.rstrip(b"\r\n"), self._encoding, aim_ids=self._aim_ids and not aim)
        return Scan(record.device, record.text, aim) if isinstance(record, Scan) and aim else record

    def _reset(self) -> None:
        self._content.clear()
        self._aim = ""
        self._begun = False
        self._problem = ""


class HidPosCommands:
    """The output reports that a scanner of this descriptor takes. Pure."""

    def __init__(self, descriptor: bytes) -> None:
        self._descriptor = parse(descriptor)

    def trigger_report(self, *, prevent: bool, initiate: bool, beep: int = 0) -> bytes | None:
        """Return the trigger report with that state, and with `beep` (a usage) sounded; None where there is none."""
        state = {INITIATE_READ: int(initiate), PREVENT_READ: int(prevent)}
        return build(self._descriptor, ReportKind.OUTPUT, {beep: 1, **state} if beep else state)

    @property
    def redirects(self) -> bool:
        """Whether there is a feature report 254 of one byte."""
        return self._descriptor.report_bytes(ReportKind.FEATURE, REDIRECT_ID) == 1


def describe(frame: bytes) -> dict[str, object]:
    """Tell a technician what a report of the Honeywell layout is, without the content of the code. Never raises."""
    if len(frame) != 64 or frame[0] != 2:
        return {"bytes": len(frame), "error": "no scanned data report of 64 bytes"}
    aim = frame[2:5].decode("latin-1")
    return {
        "report_id": frame[0],
        "data_bytes": frame[1],
        "aim": aim if AIM.fullmatch(aim) else "",
        "symbology": Scan("", "", aim).symbology if AIM.fullmatch(aim) else "",
        "continued": bool(frame[63] & 1),
    }


def redact(data: bytes) -> str:
    """Show a report for the ring of last frames: its id, its second byte (mostly the count) and its length."""
    return f"{data[:2].hex(' ').upper()} <{max(0, len(data) - 2)}>" if data else "<0>"


def _scan_report(descriptor: Descriptor, data: Field) -> ScanReport:
    def beside(usage: int) -> Field | None:
        return next((found for found in _holding(descriptor, usage) if found.report_id == data.report_id), None)

    return ScanReport(
        data.report_id,
        descriptor.report_bytes(ReportKind.INPUT, data.report_id),
        data,
        count=beside(BYTE_COUNT),
        continued=beside(CONTINUED),
        symbology=(beside(SYMBOLOGY_1), beside(SYMBOLOGY_2), beside(SYMBOLOGY_3)),
    )


def _holding(descriptor: Descriptor, usage: int) -> list[Field]:
    fields = descriptor.with_usage(usage)
    return [found for found in fields if found.variable and usage in found.usages and found.size <= 8]


def _aim(found: ScanReport, body: bytes) -> str:
    usages = (SYMBOLOGY_1, SYMBOLOGY_2, SYMBOLOGY_3)
    parts = [value_of(at, usage, body) for at, usage in zip(found.symbology, usages, strict=True) if at is not None]
    text = "".join(chr(part & 0xFF) for part in parts if part is not None)
    return text if AIM.fullmatch(text) else ""
