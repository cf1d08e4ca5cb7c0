"""The benches: one for each kind of device, with the settings that name it and what its driver has to tell."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from drivers.scale.simulated import SimulatedScale
from drivers.scanner.simulated import SimulatedScanner
from image.lab.guest import ends
from image.lab.guest.benches import Bench
from image.lab.guest.gadget import Gadget, Model, until
from image.lab.guest.operator import Operator, Record
from image.lab.plan import LabError, MissedError

# Controllers of the kernel's dummy host: one for the device and one for its double.
_CONTROLLERS_EACH = 2
_LONG_RECEIPT = 40
# More than the questions before a job, and less than the job.
_PART_OF_A_JOB = 300


class KeyboardWedge(Bench[ends.HidEnd]):
    """A scanner that types."""

    kind = "keyboard_wedge"
    place = "0003:*/input/input*/event*"
    model = Model(
        "05e0",
        "1200",
        "W1",
        "Wedge",
        "hid",
        {
            "protocol": b"1",
            "subclass": b"1",
            "report_length": b"8",
            "report_desc": ends.KEYBOARD_DESCRIPTOR,
        },
    )

    @property
    def settings(self) -> dict[str, Any]:  # noqa: D102 # see Bench
        return self._usb_settings("keyboard_wedge")

    def use(self, operator: Operator) -> None:  # noqa: D102 # see Bench
        code = self._next_code()
        ends.type_keys(self.end, f"]E0{code}")
        _expect_scan(operator, self.kind, code)

    def begin(self, operator: Operator) -> None:  # noqa: ARG002, D102 # see Bench
        ends.type_keys(self.end, f"]E0{self._next_code()[:6]}", enter=False)

    def _open_end(self, gadget: Gadget) -> ends.HidEnd:
        return ends.HidEnd(gadget.attribute("dev"))


class HidPos(Bench[ends.HidEnd]):
    """A scanner that speaks HID POS."""

    kind = "hid_pos"
    place = "0003:*/hidraw/hidraw*"
    model = Model(
        "0c2e",
        "0b67",
        "P1",
        "HidPos",
        "hid",
        {
            "protocol": b"0",
            "subclass": b"0",
            "report_length": b"64",
            "report_desc": ends.HID_POS_DESCRIPTOR,
        },
    )

    @property
    def settings(self) -> dict[str, Any]:  # noqa: D102 # see Bench
        return self._usb_settings("hid_pos")

    def use(self, operator: Operator) -> None:  # noqa: D102 # see Bench
        # Every other code is longer than one report holds.
        code = self._next_code() * (1 + 5 * (self._uses % 2))
        for report in ends.hid_pos_reports(code, "]C0"):
            self.end.send(report)
        _expect_scan(operator, self.kind, code)

    def begin(self, operator: Operator) -> None:  # noqa: ARG002, D102 # see Bench
        self.end.send(ends.hid_pos_reports(self._next_code() * 6, "]C0")[0])

    def _open_end(self, gadget: Gadget) -> ends.HidEnd:
        return ends.HidEnd(gadget.attribute("dev"))


class CdcScanner(Bench[ends.SerialEnd]):
    """A scanner that is a serial port."""

    kind = "cdc_scanner"
    place = "tty/ttyACM*"
    model = Model("1eab", "1a06", "C1", "CdcScanner", "acm")

    def __init__(self, controller: int) -> None:
        super().__init__(controller)
        self._scanner = SimulatedScanner("scanner", Path("/run/lab"))

    @property
    def settings(self) -> dict[str, Any]:  # noqa: D102 # see Bench
        return {"driver": "serial_scanner", "port": self._link()}

    def use(self, operator: Operator) -> None:  # noqa: D102 # see Bench
        code = self._next_code()
        self._scanner.control("scan", {"text": code, "aim": "]E0"})
        _expect_scan(operator, self.kind, code)

    def begin(self, operator: Operator) -> None:  # noqa: ARG002, D102 # see Bench
        self.end.wire.to_host = 7
        self._scanner.control("scan", {"text": self._next_code(), "aim": "]E0"})
        until("half a code on the line", lambda: self.end.wire.to_host <= 0 or None)

    def _open_end(self, gadget: Gadget) -> ends.SerialEnd:
        return ends.SerialEnd(self._scanner, gadget.attribute("port_num"))


class CdcScale(Bench[ends.SerialEnd]):
    """A scale that is a serial port and speaks the 8217 protocol."""

    kind = "cdc_scale"
    place = "tty/ttyACM*"
    model = Model("0eb8", "f000", "S1", "Scale", "acm")

    def __init__(self, controller: int) -> None:
        super().__init__(controller)
        self._scale = SimulatedScale("scale", Path("/run/lab"))

    @property
    def settings(self) -> dict[str, Any]:  # noqa: D102 # see Bench
        return {"driver": "mettler_8217", "port": self._link(), "unit": "kg"}

    def use(self, operator: Operator) -> None:  # noqa: D102 # see Bench
        self._uses += 1
        grams = 1000 + self._uses
        self._scale.control("load", {"grams": grams})
        operator.weigh(self.kind, f"weigh-{self._uses}")
        told = self.outcome(operator)
        if told["record"] == "NoWeight":
            raise MissedError(f"{grams} g on the scale, and the driver said {told}")
        if told.get("grams") != grams:
            raise LabError(f"{grams} g on the scale, and the driver said {told}")

    def begin(self, operator: Operator) -> None:  # noqa: D102 # see Bench
        self._uses += 1
        # Whichever answer it is: the idle scale is asked now and then, too.
        self.end.wire.to_host = 4
        operator.weigh(self.kind, f"weigh-{self._uses}")
        until("half an answer on the line", lambda: self.end.wire.to_host <= 0 or None)

    def outcome(self, operator: Operator) -> Record:  # noqa: D102 # see Bench
        request = f"weigh-{self._uses}"
        return operator.expect(
            "an outcome of the weighing",
            lambda record: record.get("request") == request and record.get("final", True),
        )

    def _open_end(self, gadget: Gadget) -> ends.SerialEnd:
        return ends.SerialEnd(self._scale, gadget.attribute("port_num"))


class UsbPrinter(Bench[ends.PrinterEnd]):
    """A receipt printer on USB."""

    kind = "usb_printer"
    place = "usbmisc/lp*"
    model = Model(
        "04b8",
        "0e28",
        "T1",
        "Printer",
        "printer",
        {"pnp_string": b"MFG:EPSON;CMD:ESC/POS;MDL:TM-T20III;CLS:PRINTER;"},
    )

    @property
    def settings(self) -> dict[str, Any]:  # noqa: D102 # see Bench
        return self._usb_settings("escpos_usb")

    def use(self, operator: Operator) -> None:  # noqa: D102 # see Bench
        self._uses += 1
        operator.print(self.kind, self._job, lines=3)
        told = self.outcome(operator)
        if told["state"] != "confirmed":
            raise MissedError(f"a receipt came out, and the driver said {told}")

    def begin(self, operator: Operator) -> None:  # noqa: D102 # see Bench
        self._uses += 1
        self.end.wire.from_host = _PART_OF_A_JOB
        operator.print(self.kind, self._job, lines=_LONG_RECEIPT)
        until("part of a receipt printed", lambda: self.end.wire.from_host <= 0 or None)

    def outcome(self, operator: Operator) -> Record:  # noqa: D102 # see Bench
        return _expect_outcome(operator, self._job)

    @property
    def _job(self) -> str:
        return f"job-{self._uses}"

    def _open_end(self, gadget: Gadget) -> ends.PrinterEnd:
        # configfs does not tell the function's number; the double is described to the kernel later, so this is 0.
        del gadget
        return ends.PrinterEnd(Path("/dev/g_printer0"))


def make_benches(kinds: Sequence[str]) -> list[Bench[Any]]:
    """One of each of `kinds`, none plugged in."""
    known: tuple[type[Bench[Any]], ...] = (KeyboardWedge, HidPos, CdcScanner, CdcScale, UsbPrinter)
    return [make(_CONTROLLERS_EACH * number) for number, make in enumerate(known) if make.kind in kinds]


def _expect_scan(operator: Operator, device: str, code: str) -> None:
    told = operator.expect("a scan", lambda record: record["record"] in {"Scan", "BadRead"})
    if told["record"] == "BadRead":
        raise MissedError(f"{code} was read, and the driver said {told}")
    if (told["text"], told["device"]) != (code, device):
        raise LabError(f"{code} was read, and the driver said {told}")


def _expect_outcome(operator: Operator, job: str) -> Record:
    ended = {"confirmed", "unknown", "failed"}
    return operator.expect(
        f"an outcome of {job}", lambda record: record.get("job_id") == job and record["state"] in ended
    )
