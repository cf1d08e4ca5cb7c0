"""The bench label printer on the network, on USB or on a serial port: prints into files, and fails when told to."""

from __future__ import annotations

import logging
from collections.abc import Callable
from pathlib import Path

from drivers.printer.simulated_bench import Bench, Fields, OnNetwork, OnSerial, OnUsb, count_field
from drivers.printer.simulated_faults import Faults
from drivers.printer.zpl_mechanism import Printed, ZplMechanism
from drivers.simulation import flag_field

log = logging.getLogger(__name__)

_JOB_BEGINS = b"^XA"


class BenchLabelPrinter(Bench[ZplMechanism]):
    """What all bench label printers are, whatever their plug.

    Each label is saved to `folder` as `label-<n>.zpl` and `.txt`. Actions: README.
    """

    CATEGORY, CALLED, PRINTS = "label printer", "bench label printer", "labels"

    def __init__(self, name: str, folder: Path, dots_per_mm: int) -> None:
        super().__init__(name, folder, ZplMechanism(dots_per_mm), Faults(job_begins=_JOB_BEGINS))

    def _dropped(self) -> None:
        with self._lock:
            self._mechanism.power_cycle()

    def _actions(self) -> dict[str, Callable[[Fields], None]]:
        return {
            "media_out": lambda _: self._sense(media=False),
            "media_in": lambda _: self._sense(media=True),
            "media_out_after": self._media_out_after,
            "ribbon_out": lambda _: self._sense(ribbon=False),
            "ribbon_in": lambda _: self._sense(ribbon=True),
            "head_open": lambda _: self._sense(head_open=True),
            "head_close": lambda _: self._sense(head_open=False),
            "pause": lambda _: self._sense(paused=True),
            "start": lambda _: self._sense(paused=False),
            "head_hot": lambda fields: self._sense(hot=flag_field(fields, "on")),
            "hold": self._hold,
        }

    def _hold(self, fields: Fields) -> None:
        with self._lock:
            self._mechanism.hold = flag_field(fields, "on")
            self._mechanism.run()
            self._save()

    def _media_out_after(self, fields: Fields) -> None:
        with self._lock:
            self._mechanism.labels_left = count_field(fields, "labels")

    def _state(self) -> Fields:
        sensors = self._mechanism.sensors
        return {
            "media": sensors.media,
            "ribbon": sensors.ribbon,
            "head_open": sensors.head_open,
            "paused": sensors.paused,
            "head_hot": sensors.hot,
            "silent": self._faults.silent,
            "formats_waiting": self._mechanism.waiting,
            "questions": self._mechanism.questions,
            "labels": len(self._printed),
        }

    def _save(self) -> None:
        for printed in self._mechanism.printed():
            self._printed.append(_saved(printed, self._folder, len(self._printed) + 1))
            log.info("simulated_label_printer.label device=%s number=%d", self.name, len(self._printed))


class SimulatedZplPrinter(BenchLabelPrinter, OnNetwork[ZplMechanism]):
    """A ZPL printer on `host` and `port` (0: any free one), known after `start` by its `address`."""

    def __init__(
        self, name: str, host: str = "127.0.0.1", port: int = 0, *, folder: Path, dots_per_mm: int = 8
    ) -> None:
        super().__init__(name, folder, dots_per_mm)
        self.address = (host, port)


class SimulatedSerialZplPrinter(BenchLabelPrinter, OnSerial[ZplMechanism]):
    """A ZPL printer on a serial port, under the link `folder/<name>-port`."""

    def __init__(self, name: str, *, folder: Path, dots_per_mm: int = 8) -> None:
        super().__init__(name, folder, dots_per_mm)


class SimulatedUsbZplPrinter(BenchLabelPrinter, OnUsb[ZplMechanism]):
    """A ZPL printer on USB 0a5f:0166: `port` is the sysfs tree that a driver finds it in (`sysfs`)."""

    IDS = ("0a5f", "0166")

    def __init__(self, name: str, *, folder: Path, serial: str = "BENCH1", dots_per_mm: int = 8) -> None:
        super().__init__(name, folder, dots_per_mm)
        self._serial = serial


def _saved(printed: Printed, folder: Path, number: int) -> Fields:
    fields = printed.label.fields
    text = "".join(f"{field.text}\n" if field.kind == "text" else f"[{field.kind} {field.text}]\n" for field in fields)
    paths = {kind: folder / f"label-{number}.{kind}" for kind in ("zpl", "txt")}
    paths["zpl"].write_bytes(printed.raw)
    paths["txt"].write_text(text, encoding="utf-8")
    return {"n": number, "text": text, "files": {kind: str(path) for kind, path in paths.items()}}
