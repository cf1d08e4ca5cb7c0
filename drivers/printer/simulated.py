"""The bench receipt printer on the network, on USB or on a serial port: prints into files, and fails when told to."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from drivers.printer.mechanism import Mechanism, Receipt
from drivers.printer.paper import text_of
from drivers.printer.picture import draw
from drivers.printer.simulated_bench import Bench, Fields, OnNetwork, OnSerial, OnUsb, count_field
from drivers.printer.simulated_faults import Faults
from drivers.simulation import flag_field

log = logging.getLogger(__name__)

_DOTS, _COLUMNS = 512, 42


class BenchPrinter(Bench[Mechanism]):
    """What all bench receipt printers are, whatever their plug.

    Each cut saves what was printed to `folder` as `<n>.bin` (as received), `<n>.txt` and `<n>.png`. Actions: README.
    """

    CATEGORY, CALLED, PRINTS = "receipt printer", "bench printer", "receipts"

    def _actions(self) -> dict[str, Callable[[Fields], None]]:
        return {
            "paper_out": lambda _: self._sense(paper=False),
            "paper_in": lambda _: self._sense(paper=True, near_end=False),
            "paper_low": lambda _: self._sense(near_end=True),
            "near_end": lambda fields: self._sense(near_end=flag_field(fields, "on")),
            "paper_out_after": self._paper_out_after,
            "cover_open": lambda _: self._sense(cover_open=True),
            "cover_close": lambda _: self._sense(cover_open=False),
            "cutter_jam": lambda _: self._sense(cutter_error=True),
            "cutter_clear": lambda _: self._sense(cutter_error=False, jammed=False),
            "cutter_error": self._jam,
            "head_hot": lambda fields: self._sense(head_hot=flag_field(fields, "on")),
            "drawer_open": lambda _: self._sense(drawer_open=True),
            "drawer_close": lambda _: self._sense(drawer_open=False),
        }

    def _jam(self, fields: Fields) -> None:
        """Off, the jam is out and the printer still waits to be told so."""
        if flag_field(fields, "on"):
            self._sense(cutter_error=True, jammed=True)
        else:
            self._sense(jammed=False)

    def _paper_out_after(self, fields: Fields) -> None:
        with self._lock:
            self._mechanism.lines_left = count_field(fields, "lines")

    def _state(self) -> Fields:
        sensors = self._mechanism.sensors
        return {
            "paper": sensors.paper,
            "paper_low": sensors.near_end,
            "cover_open": sensors.cover_open,
            "cutter_error": sensors.cutter_error,
            "head_hot": sensors.head_hot,
            "drawer_open": sensors.drawer_open,
            "pulses": self._mechanism.pulses,
            "passed_on": self._mechanism.passed_on.hex(),
            "silent": self._faults.silent,
            "commands_waiting": self._mechanism.waiting,
            "lines_hanging": self._mechanism.lines_hanging,
            "receipts": len(self._printed),
        }

    def _save(self) -> None:
        for receipt in self._mechanism.receipts():
            number = len(self._printed) + 1
            self._printed.append(_saved(receipt, self._folder, number))
            log.info("simulated_printer.receipt device=%s number=%d", self.name, number)


class SimulatedPrinter(OnNetwork[Mechanism], BenchPrinter):
    """An ESC/POS printer on `host` and `port` (0: any free one), known after `start` by its `address`."""

    def __init__(self, name: str, host: str = "127.0.0.1", port: int = 0, *, folder: Path) -> None:
        super().__init__(name, folder, Mechanism(), Faults())
        self.address = (host, port)


class SimulatedSerialPrinter(OnSerial[Mechanism], BenchPrinter):
    """An ESC/POS printer on a serial port, under the link `folder/<name>-port`."""

    def __init__(self, name: str, *, folder: Path) -> None:
        super().__init__(name, folder, Mechanism(), Faults())


class SimulatedUsbPrinter(OnUsb[Mechanism], BenchPrinter):
    """An ESC/POS printer on USB 04b8:0e28: `port` is the sysfs tree that a driver finds it in (`sysfs`)."""

    IDS = ("04b8", "0e28")

    def __init__(self, name: str, *, folder: Path, serial: str = "BENCH1") -> None:
        super().__init__(name, folder, Mechanism(), Faults())
        self._serial = serial


def _saved(receipt: Receipt, folder: Path, number: int) -> Fields:
    text = text_of(receipt.marks, _COLUMNS)
    paths = {kind: folder / f"{number}.{kind}" for kind in ("bin", "txt", "png")}
    paths["bin"].write_bytes(receipt.raw)
    paths["txt"].write_text(text, encoding="utf-8")
    draw(receipt.marks, _DOTS).save(paths["png"])
    return {"n": number, "text": text, "files": {kind: str(path) for kind, path in paths.items()}}
