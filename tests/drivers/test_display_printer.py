"""A line display behind a receipt printer: shown between jobs, and open about a printer that is gone."""

from __future__ import annotations

import pytest

from drivers.device import DeviceChanged, Lifecycle
from drivers.display.interface import NotShown, Shown
from drivers.display.screen import Screen
from drivers.printer.interface import PrintJob, PrintJobChanged, PrintState, Text
from drivers.registry import assemble
from drivers.supervisor import Waits
from tests.drivers.printer_lane import bench_printer, settings_of
from tests.drivers.scanner_rig import until
from tests.drivers.witness import Witness, short_folder

QUICK = Waits(backoff_s=(0.01,), jitter=0)
NOT = NotShown("display", "x", "not there", "")
FAILED = PrintJobChanged("receipts", "j", PrintState.FAILED)


def seen(passed_on: str, driver: str) -> tuple[str, str]:
    screen = Screen("cd5220" if driver == "cd5220" else "epson_dmd")
    screen.feed(bytes.fromhex(passed_on))
    upper, lower = screen.lines()
    return upper.rstrip(), lower.rstrip()


@pytest.mark.parametrize("driver", ["cd5220", "epson_dmd"])
def test_both_lines_come_through_a_printer_that_prints_in_between(driver: str) -> None:
    with short_folder() as folder:
        bench = bench_printer("tcp", folder)
        bench.start()
        settings = settings_of(bench)
        tables: dict[str, dict[str, object]] = {
            "receipts": {"driver": "escpos", "host": settings.host, "port": settings.port},  # type: ignore[union-attr] # by TCP here
            "display": {"driver": driver, "printer": "receipts"},
        }
        witness = Witness()
        devices = assemble(tables, witness, folder, waits=QUICK)
        devices.start()
        try:
            witness.until(lambda records: _ready(records) == {"receipts", "display"})
            (display,), printer = devices.displays, devices.printer
            assert printer is not None
            display.submit(
                lambda one: one.show("a", "Milk           1.49", "Total          1.49"), not_ready=NOT, lost=NOT
            )
            job = PrintJob("j", (Text("A receipt"),))
            printer.submit(lambda one: one.print(job), not_ready=FAILED, lost=FAILED)
            display.submit(lambda one: one.show("b", "Thank you", ""), not_ready=NOT, lost=NOT)
            assert [shown.request for shown in witness.of(Shown, 2)] == ["a", "b"]
            witness.until(lambda records: any(_confirmed(record) for record in records))
            until(lambda: seen(str(bench.control("state", {})["passed_on"]), driver) == ("Thank you", ""))
            printed = str(bench.control("receipts", {})["receipts"])
            assert "A receipt" in printed
            assert "Thank" not in printed
            bench.control("unplug", {})
            witness.until(lambda records: _ready(records) == set())
            display.submit(lambda one: one.show("c", "Gone", ""), not_ready=NOT, lost=NOT)
            assert witness.of(NotShown)[-1].device == "display"
        finally:
            devices.stop()
            bench.stop()


def _confirmed(record: object) -> bool:
    return isinstance(record, PrintJobChanged) and record.state is PrintState.CONFIRMED


def _ready(records: list[object]) -> set[str]:
    last = {record.device: record.lifecycle for record in records if isinstance(record, DeviceChanged)}
    return {device for device, lifecycle in last.items() if lifecycle is Lifecycle.READY}
