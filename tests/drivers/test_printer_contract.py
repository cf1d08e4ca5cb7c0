"""One contract for a printer over TCP, USB and a serial line: paper out, pulled plugs, silence, nothing twice."""

from __future__ import annotations

import os
import re
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.device import AbsentError, DeviceError, HealthLevel, Link, Slip
from drivers.printer.interface import DrawerLevel, PrintJobChanged, PrintState
from drivers.printer.simulated import BenchPrinter
from tests.drivers.printer_lane import (
    BRIEF,
    IMPATIENT,
    WAYS,
    Lane,
    bench_printer,
    printed,
    receipt,
    settings_of,
    wait_until,
    when,
)
from tests.drivers.witness import open_files, short_folder


@pytest.fixture(params=WAYS)
def bench(request: pytest.FixtureRequest) -> Iterator[BenchPrinter]:
    with short_folder() as folder:
        printer = bench_printer(request.param, folder)
        printer.start()
        yield printer
        printer.stop()


@pytest.fixture
def lane(bench: BenchPrinter, tmp_path: Path) -> Iterator[Lane]:
    made = Lane(tmp_path, settings_of(bench))
    made.printer.open()
    yield made
    made.printer.close()


@pytest.mark.parametrize("profile", ["epson_tm_t88", "generic_80mm", "epson_tm_u220"])
def test_a_receipt_is_printed_and_confirmed(lane: Lane, bench: BenchPrinter, profile: str) -> None:
    printer = lane.use(profile=profile)
    assert printer.print(receipt()) == PrintJobChanged("printer", "sale-1", PrintState.CONFIRMED)
    assert lane.states() == [PrintState.QUEUED, PrintState.SENDING, PrintState.SENT]
    (text,) = printed(bench)
    assert re.search(r"Käsekrainer 9 +3,98 €\n", text)
    files = bench.control("receipts", {})["receipts"][0]["files"]  # type: ignore[index] # checked by printed()
    assert Path(files["txt"]).read_text(encoding="utf-8") == text
    assert Path(files["png"]).read_bytes().startswith(b"\x89PNG")
    assert b"KIOSK MARKET" in Path(files["bin"]).read_bytes()


@pytest.mark.parametrize("profile", ["epson_tm_t88", "generic_80mm"])
def test_receipts_come_in_their_order(lane: Lane, bench: BenchPrinter, profile: str) -> None:
    printer = lane.use(profile=profile)
    for n in range(3):
        assert printer.print(receipt(f"sale-{n}", 3)).state is PrintState.CONFIRMED
    assert [text.split("\n")[-3].strip() for text in printed(bench)] == [f"sale-{n}" for n in range(3)]


def test_a_long_picture_goes_through_a_small_pipe(lane: Lane, bench: BenchPrinter) -> None:
    job = receipt("sale-蘋果")
    printer = lane.use(profile="generic_58mm")  # its QR code and the last line are pictures
    assert printer.print(job).state is PrintState.CONFIRMED
    assert bench.control("state", {})["lines_hanging"] != 0  # it has no cutter, so nothing was cut off


def test_the_same_job_is_not_printed_twice_not_even_after_a_restart(lane: Lane, bench: BenchPrinter) -> None:
    assert lane.printer.print(receipt()).state is PrintState.CONFIRMED
    assert lane.printer.print(receipt()).state is PrintState.CONFIRMED
    assert lane.use().print(receipt()).state is PrintState.CONFIRMED
    assert len(printed(bench)) == 1


@pytest.mark.parametrize(
    ("actions", "code", "remedy"),
    [
        (("paper_out", "paper_in"), "paper_out", "Put in a new paper roll"),
        (("cover_open", "cover_close"), "cover_open", "Close it"),
        (("cutter_jam", "cutter_clear"), "cutter_error", "jammed paper"),
        (("head_hot", "head_hot"), "head_hot", "Wait a minute"),
    ],
)
def test_a_printer_that_cannot_print_is_sent_nothing(
    lane: Lane, bench: BenchPrinter, actions: tuple[str, str], code: str, remedy: str
) -> None:
    action, undo = actions
    bench.control(action, {})
    result = lane.printer.print(receipt())
    assert result.state is PrintState.FAILED
    assert remedy in result.remedy
    assert bench.control("state", {})["commands_waiting"] == 0
    assert lane.wait_for(code).link is Link.OFFLINE
    bench.control(undo, {"on": False})
    assert lane.printer.print(receipt()).state is PrintState.CONFIRMED
    assert len(printed(bench)) == 1


@pytest.mark.parametrize("profile", ["epson_tm_t88", "generic_80mm"])
def test_paper_runs_out_in_the_middle_and_is_replaced(lane: Lane, bench: BenchPrinter, profile: str) -> None:
    printer = lane.use(profile=profile)
    bench.control("paper_out_after", {"lines": 5})

    def put_paper_in() -> None:
        assert printed(bench) == []
        assert bench.control("state", {})["lines_hanging"] == 5
        bench.control("paper_in", {})

    with when(lane, "paper_out", put_paper_in):
        result = printer.print(receipt())
    assert result.state is PrintState.CONFIRMED
    lane.wait_for()
    (text,) = printed(bench)
    assert [n for n in range(10) if f"Käsekrainer {n} " in text] == list(range(10))


def test_the_cover_is_opened_in_the_middle(lane: Lane, bench: BenchPrinter) -> None:
    # Two things at once: a roll that ends, and the cover that is open while it is changed.
    bench.control("paper_out_after", {"lines": 5})

    def change_the_roll() -> None:
        bench.control("cover_open", {})
        bench.control("paper_in", {})
        lane.wait_for("cover_open")
        bench.control("cover_close", {})

    with when(lane, "paper_out", change_the_roll):
        result = lane.printer.print(receipt())
    assert result.state is PrintState.CONFIRMED
    assert len(printed(bench)) == 1


def test_a_jam_in_the_middle_is_told_to_go_on_only_after_the_cover_was_opened(lane: Lane, bench: BenchPrinter) -> None:
    bench.control("paper_out_after", {"lines": 5})

    def jam_and_clear() -> None:
        bench.control("cutter_error", {"on": True})
        bench.control("paper_in", {})
        lane.wait_for("cutter_error")
        bench.control("cutter_error", {"on": False})  # the jam is out, and the printer waits to be told
        assert bench.control("state", {})["cutter_error"] is True
        bench.control("cover_open", {})
        lane.wait_for("cutter_error", "cover_open")
        bench.control("cover_close", {})

    with when(lane, "paper_out", jam_and_clear):
        result = lane.printer.print(receipt())
    assert result.state is PrintState.CONFIRMED
    (text,) = printed(bench)
    assert [n for n in range(10) if f"Käsekrainer {n} " in text] == list(range(10))


def test_paper_runs_out_nobody_comes_and_the_proof_comes_late(lane: Lane, bench: BenchPrinter) -> None:
    bench.control("paper_out_after", {"lines": 5})
    result = lane.use(BRIEF, paper_wait_s=0).print(receipt())
    assert result.state is PrintState.UNKNOWN
    assert "out of paper" in result.message
    assert "new paper roll" in result.remedy
    # The rest comes out when paper is put in; the job is still never sent again.
    bench.control("paper_in", {})
    lane.listen_until(lambda record: isinstance(record, PrintJobChanged) and record.state is PrintState.CONFIRMED)
    assert lane.printer.print(receipt()).state is PrintState.CONFIRMED
    assert len(printed(bench)) == 1


@pytest.mark.parametrize("profile", ["epson_tm_t88", "generic_80mm"])
def test_a_late_answer_to_an_old_job_confirms_no_other(lane: Lane, bench: BenchPrinter, profile: str) -> None:
    printer = lane.use(profile=profile)
    bench.control("paper_out_after", {"lines": 5})
    with when(lane, "paper_out", printer.interrupt):
        assert printer.print(receipt("sale-1")).state is PrintState.UNKNOWN
    printer._interrupted.clear()
    bench.control("paper_in", {})
    assert printer.print(receipt("sale-2")).state is PrintState.CONFIRMED
    lane.listen_until(
        lambda record: isinstance(record, PrintJobChanged) and (record.job_id, record.state) == ("sale-1", "confirmed")
    )
    assert lane.states("sale-2") == [PrintState.QUEUED, PrintState.SENDING, PrintState.SENT]
    assert len(printed(bench)) == 2


def test_a_proof_is_taken_after_a_restart_too(lane: Lane, bench: BenchPrinter) -> None:
    bench.control("paper_out_after", {"lines": 5})
    with when(lane, "paper_out", lane.printer.interrupt):
        assert lane.printer.print(receipt()).state is PrintState.UNKNOWN
    lane.use()
    bench.control("paper_in", {})
    lane.listen_until(lambda record: isinstance(record, PrintJobChanged) and record.state is PrintState.CONFIRMED)


def test_a_job_waiting_for_paper_ends_when_the_lane_stops(lane: Lane, bench: BenchPrinter) -> None:
    bench.control("paper_out_after", {"lines": 5})
    with when(lane, "paper_out", lane.printer.interrupt):
        outcome = lane.printer.print(receipt())
    assert outcome.state is PrintState.UNKNOWN
    assert "stopped" in outcome.message


@pytest.mark.parametrize("received", [1, 40, 200])
def test_the_plug_is_pulled_in_the_middle_of_a_job(lane: Lane, bench: BenchPrinter, received: int) -> None:
    # The status questions before the job are 12 bytes.
    bench.control("drop_after", {"bytes": 12 + received})
    result = lane.printer.print(receipt())
    assert result.state is PrintState.UNKNOWN
    assert "copy" in result.remedy
    with pytest.raises(DeviceError):
        lane.listen_for("never")
    assert lane.reopen().print(receipt()).state is PrintState.UNKNOWN
    assert "sale-1" not in "".join(printed(bench))
    assert lane.printer.print(receipt("sale-1-copy")).state is PrintState.CONFIRMED
    assert len(printed(bench)) == 1


def test_a_printer_that_fails_once_and_one_that_always_fails(lane: Lane, bench: BenchPrinter) -> None:
    bench.control("fail_next", {})
    assert lane.printer.print(receipt("sale-1")).state is PrintState.UNKNOWN
    assert lane.reopen().print(receipt("sale-2")).state is PrintState.CONFIRMED
    bench.control("fail_always", {})
    for job_id in ("sale-3", "sale-4"):
        assert lane.reopen().print(receipt(job_id)).state is PrintState.UNKNOWN
    bench.control("fail_always", {"on": False})
    assert lane.reopen().print(receipt("sale-5")).state is PrintState.CONFIRMED
    assert len(printed(bench)) == 2


def test_the_power_goes_in_the_middle_of_a_job(lane: Lane, bench: BenchPrinter) -> None:
    bench.control("paper_out_after", {"lines": 5})
    with when(lane, "paper_out", lambda: bench.control("unplug", {})):
        result = lane.printer.print(receipt())
    assert result.state is PrintState.UNKNOWN
    with pytest.raises(DeviceError):
        lane.use()
    bench.control("plug", {})
    bench.control("paper_in", {})
    assert lane.use().print(receipt()).state is PrintState.UNKNOWN
    assert printed(bench) == []


def test_an_idle_printer_that_is_pulled_out_is_missed_and_comes_back(lane: Lane, bench: BenchPrinter) -> None:
    bench.control("unplug", {})
    with pytest.raises(DeviceError):
        lane.listen_for("never")
    with pytest.raises(DeviceError) as absent:
        lane.use()
    assert absent.value.remedy
    assert not absent.value.permanent
    bench.control("plug", {})  # a USB or serial device is another node now
    assert lane.use().print(receipt()).state is PrintState.CONFIRMED


def test_a_silent_printer_leaves_the_job_unknown_by_its_deadline(lane: Lane, bench: BenchPrinter) -> None:
    printer = lane.use(BRIEF, paper_wait_s=0)
    journal = printer._opened()[0].journal
    advance = journal.advance

    def fall_silent(job_id: str, to: PrintState) -> None:
        if to is PrintState.SENDING:
            bench.control("silent", {"on": True})
            lane.hurry()
        advance(job_id, to)

    journal.advance = fall_silent  # type: ignore[method-assign] # the moment between status and first byte
    result = printer.print(receipt())
    assert result.state is PrintState.UNKNOWN
    assert "did not confirm" in result.message
    bench.control("silent", {"on": False})
    assert printer.print(receipt()).state is PrintState.UNKNOWN
    assert len(printed(bench)) == 1


@pytest.mark.parametrize("fault", ["silent", "garbage"])
def test_a_printer_without_an_answer_is_sent_nothing(lane: Lane, bench: BenchPrinter, fault: str) -> None:
    bench.control(fault, {"on": True})
    lane.hurry()
    result = lane.printer.print(receipt())
    assert result.state is PrintState.FAILED
    assert "does not answer" in result.message
    assert (Slip.BAD_FRAME if fault == "garbage" else Slip.TIMEOUT) in lane.drain()
    with pytest.raises(DeviceError, match="does not answer"):
        lane.listen_for("never")
    with pytest.raises(DeviceError, match="does not answer"):
        lane.use(IMPATIENT)
    bench.control(fault, {"on": False})
    assert printed(bench) == []
    assert lane.use().print(receipt()).state is PrintState.CONFIRMED


def test_half_replies_confirm_nothing_and_spoil_nothing(lane: Lane, bench: BenchPrinter) -> None:
    bench.control("half", {"on": True})
    assert lane.use(BRIEF, paper_wait_s=0).print(receipt()).state is PrintState.UNKNOWN
    bench.control("half", {"on": False})
    assert lane.use().print(receipt("sale-2")).state is PrintState.CONFIRMED
    assert len(printed(bench)) == 2


def test_a_slow_printer_is_waited_for(lane: Lane, bench: BenchPrinter) -> None:
    bench.control("slow", {"ms": 30})
    assert lane.use().print(receipt()).state is PrintState.CONFIRMED
    bench.control("paper_low", {})
    lane.listen_for("paper_low")


def test_conditions_are_reported_when_they_change(lane: Lane, bench: BenchPrinter) -> None:
    lane.listen_for()
    bench.control("near_end", {})
    lane.listen_for("paper_low")
    bench.control("cover_open", {})
    lane.listen_for("cover_open", "paper_low")
    bench.control("paper_out", {})
    bench.control("cover_close", {})
    lane.listen_for("paper_out")
    bench.control("paper_in", {})
    lane.listen_for()


def test_a_stuck_cutter_of_an_idle_printer_recovers_after_a_person_was_at_it(lane: Lane, bench: BenchPrinter) -> None:
    bench.control("cutter_error", {})
    lane.listen_for("cutter_error")
    bench.control("cutter_error", {"on": False})
    bench.control("cover_open", {})
    lane.listen_for("cutter_error", "cover_open")
    bench.control("cover_close", {})
    lane.listen_for()
    assert lane.printer.print(receipt()).state is PrintState.CONFIRMED


def test_listening_returns_at_once_when_woken(lane: Lane) -> None:
    bell, ring = os.pipe()
    os.write(ring, b"x")
    lane.printer.listen(bell, lane.records.put)
    assert os.read(bell, 1) == b"x"
    os.close(bell)
    os.close(ring)


def test_open_and_close_give_everything_back(lane: Lane, bench: BenchPrinter) -> None:
    lane.printer.close()
    lane.printer.close()
    wait_until(lambda: not bench.control("state", {})["connections"])
    files, threads = open_files(), threading.active_count()
    for _ in range(5):
        lane.printer.open()
        lane.printer.open()
        lane.printer.close()
        wait_until(lambda: not bench.control("state", {})["connections"])
    assert open_files() <= files
    assert threading.active_count() <= threads


def test_the_drawer_opens_once_for_each_pulse_and_says_so(lane: Lane, bench: BenchPrinter) -> None:
    assert lane.printer.drawer_level() is False
    lane.printer.pulse(0, 100, 200)
    lane.listen_until(lambda record: record == DrawerLevel("printer", high=True))
    assert lane.printer.drawer_level() is True
    assert bench.control("state", {})["pulses"] == 1
    bench.control("drawer_close", {})
    lane.listen_until(lambda record: record == DrawerLevel("printer", high=False))
    assert bench.control("state", {})["pulses"] == 1


def test_a_drawer_opens_without_paper_only_where_the_model_does_it_at_once(lane: Lane, bench: BenchPrinter) -> None:
    bench.control("paper_out", {})
    lane.printer.pulse(1, 100, 200)
    wait_until(lambda: bench.control("state", {})["pulses"] == 1)
    with pytest.raises(DeviceError, match=r"drawer was not opened.*out of paper.*key"):
        lane.use(profile="generic_80mm").pulse(0, 100, 200)
    bench.control("paper_in", {})  # nothing waits in the buffer for a moment when nobody is there
    lane.printer.pulse(0, 100, 200)
    wait_until(lambda: bench.control("state", {})["pulses"] == 2)


def test_no_pulse_is_sent_to_a_silent_printer(lane: Lane, bench: BenchPrinter) -> None:
    bench.control("silent", {})
    lane.hurry()
    with pytest.raises(DeviceError, match="not opened"):
        lane.printer.pulse(0, 100, 200)
    assert bench.control("state", {})["pulses"] == 0


def test_health(lane: Lane, bench: BenchPrinter) -> None:
    said: list[bytes] = []
    lane.printer._opened()[0].link.send = said.append  # type: ignore[method-assign,assignment] # INTERNAL must not write
    assert lane.printer.check_health(HealthLevel.INTERNAL).passed
    assert said == []
    lane.use()
    assert printed(bench) == []
    found = lane.printer.check_health(HealthLevel.EXTERNAL)
    assert found.passed
    assert "confirmed" in found.text
    (text,) = printed(bench)
    assert "Checklane" in text
    assert "epson_tm_t88" in text
    assert lane.states() == []  # a test slip is no job
    bench.control("paper_out", {})
    found = lane.printer.check_health(HealthLevel.INTERACTIVE)
    assert not found.passed
    assert "paper roll" in found.remedy
    assert not lane.printer.check_health(HealthLevel.INTERNAL).passed


def test_a_liar_is_never_believed(lane: Lane, bench: BenchPrinter) -> None:
    bench.control("silent", {})
    printer = lane.use(BRIEF, profile="zj_58")
    lane.listen_for("unconfirmed_printing")
    told = [record for record in lane.seen if getattr(record, "conditions", None)]
    assert [record.link for record in told] == [Link.UNKNOWN]  # type: ignore[attr-defined] # Conditions only
    result = printer.print(receipt())
    assert result.state is PrintState.UNKNOWN
    assert "cannot say" in result.message
    assert printer.drawer_level() is None
    assert printer.check_health(HealthLevel.INTERNAL).passed
    wait_until(lambda: bench.control("state", {})["lines_hanging"] != 0)


def test_absent_is_absent(bench: BenchPrinter, tmp_path: Path) -> None:
    bench.control("unplug", {})
    printer = Lane(tmp_path, settings_of(bench)).printer
    with pytest.raises(DeviceError) as caught:
        printer.open()
    assert not caught.value.permanent
    if isinstance(caught.value, AbsentError):
        assert "Plug" in caught.value.remedy
    printer.close()
