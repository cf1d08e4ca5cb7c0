"""What a check of a printer looks at: its status, and for an external check a test slip that it confirms."""

from __future__ import annotations

from dataclasses import replace

from drivers.device import Finding, HealthLevel, Severity
from drivers.printer.conditions import conditions
from drivers.printer.delivery import LOOK, NotConfirmedError
from drivers.printer.interface import Align, PrintJob, Rule, Text
from drivers.printer.jobs import Jobs
from drivers.printer.parts import Parts
from drivers.printer.profile import PrinterProfile, Proof, Says

_TEST_SLIP = "test-slip"


def check(level: HealthLevel, parts: Parts, jobs: Jobs) -> Finding:
    """Look, and for more than INTERNAL ask and print; `DeviceError` where the printer is gone or silent."""
    if level is HealthLevel.INTERNAL:
        parts.link.listen(0)
        return _so_far(parts)
    parts.watch.ask()
    found = _so_far(parts)
    return _after_slip(parts, jobs) if found.passed else found


def slip(model: PrinterProfile) -> PrintJob:
    """The test slip of a model: its name, a line across and one letter of each of its code pages."""
    letters = "".join(dict.fromkeys(_letter(page.codec) for page in model.code_pages))
    lines = (Text("Checklane", Align.CENTRE, bold=True, double=True), Rule(), Text(model.name), Text(letters))
    return PrintJob(_TEST_SLIP, (*lines, Text("0123456789" * 6), Rule()))


def _letter(codec: str) -> str:
    return bytes((0x84, 0xC0, 0xE1, 0xD5)).decode(codec, "replace").replace("\ufffd", "")


def _so_far(parts: Parts) -> Finding:
    if parts.model.says is Says.NOTHING:
        return Finding(passed=True, text="Connected. This model cannot be asked how it is.")
    found = conditions(parts.link.status)
    quiet_s = parts.link.quiet_for_s
    heard = "has not answered yet" if quiet_s is None else f"answered {quiet_s:.0f} s ago"
    faults = [one for one in found if one.severity is Severity.FAULT]
    if faults:
        return Finding(passed=False, text=f"{faults[0].message} It {heard}.", remedy=faults[0].remedy)
    return Finding(passed=True, text=" ".join((f"The printer {heard}.", *(one.message for one in found))))


def _after_slip(parts: Parts, jobs: Jobs) -> Finding:
    model, waits = parts.model, parts.waits
    try:
        delivery = jobs.delivery(0, replace(waits, confirm_s=min(waits.confirm_s, waits.health_s)))
        jobs.send_and_prove(_TEST_SLIP, parts.encode(slip(model)), delivery, lambda: None)
    except NotConfirmedError as error:
        if model.proof is Proof.NONE:
            return Finding(passed=True, text="A test slip was handed over; look whether it came out.", remedy=LOOK)
        return Finding(passed=False, text=error.message, remedy=error.remedy)
    return Finding(passed=True, text="A test slip was printed and confirmed.")
