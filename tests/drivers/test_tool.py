"""The technician's commands, in processes of their own or through `main`."""

from __future__ import annotations

import importlib.util
import json
import signal
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn

import msgspec
import pytest

from drivers.__main__ import main
from drivers.control import ControlHandle
from drivers.device import (
    Category,
    Condition,
    DeviceChanged,
    DeviceError,
    Lifecycle,
    Link,
    Severity,
)
from drivers.entry import Entry, Model
from drivers.keypad.interface import Key, KeyPressed
from drivers.nfc.interface import NdefRecord, SignedMessage, TagKind, TagPresent
from drivers.payment.interface import PaymentProgress
from drivers.registry import DRIVERS
from drivers.scale.interface import NoWeight, WeighProblem, Weight
from drivers.scale.simulated import SIMULATED_SCALES
from drivers.scanner.interface import Scan
from drivers.simulation import CONTROL_SOCKET, DEVICES_FILE
from drivers.tool import listing
from drivers.tool.bench import Teller
from drivers.tool.choosing import picked, typed
from drivers.tool.errors import UsageError
from drivers.tool.simulate import LANE, SIMULATED
from drivers.tool.wording import worded
from drivers.transport.recording import Header, Recorder, Side, read_recording
from tests.drivers.tool_bench import tool
from tests.drivers.usb_tree import UsbTree
from tests.drivers.witness import running, short_folder

CODE = "4006381333931"


class Bench:
    """Simulated devices in another process, and the settings file that names them."""

    def __init__(self, folder: Path, control: ControlHandle) -> None:
        self.folder = folder
        self.control = control
        self.where: dict[str, dict[str, object]] = json.loads((folder / DEVICES_FILE).read_text())
        self.settings = folder / "settings.toml"
        printer, terminal = self.where["printer"], self.where["terminal"]
        self.settings.write_text(
            f"""
            [devices.scanner]
            driver = "serial_scanner"
            port = "{self.where["scanner"]["port"]}"
            [devices.scale]
            driver = "mettler_8217"
            port = "{self.where["scale"]["port"]}"
            unit = "kg"
            [devices.printer]
            driver = "escpos"
            host = "{printer["host"]}"
            port = {printer["port"]}
            [devices.terminal]
            driver = "zvt"
            host = "{terminal["host"]}"
            port = {terminal["port"]}
            """
        )


@pytest.fixture(scope="module")
def bench() -> Iterator[Bench]:
    with short_folder() as folder, running(folder, ["scanner", "scale", "printer", "terminal"]):
        yield Bench(folder, ControlHandle(folder / CONTROL_SOCKET))


@pytest.fixture(autouse=True)
def at_rest(request: pytest.FixtureRequest) -> Iterator[None]:
    yield
    if "bench" in request.fixturenames:
        found: Bench = request.getfixturevalue("bench")
        for device in found.where:
            found.control.do(device, "plug")
        found.control.do("scale", "load", grams=0)


def test_every_driver_is_listed_with_its_settings(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["list"]) == 0
    listed = capsys.readouterr().out
    assert all(f"{entry.name}  ({entry.category})" in listed for entry in DRIVERS)
    assert "unit              'kg' | 'lb'; required" in listed


def test_a_library_that_is_missing_is_named_with_what_brings_it(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None if name == "smartcard" else object())
    main(["list"])
    missing = [line for line in capsys.readouterr().out.splitlines() if "MISSING" in line]
    assert missing == ["    MISSING: pip install 'checklane[nfc]'"]


def test_the_drivers_with_an_optional_library_are_drivers() -> None:
    assert set(listing.EXTRAS) <= {entry.name for entry in DRIVERS}


def test_watching_shows_what_devices_tell_and_hides_what_is_scanned(bench: Bench) -> None:
    with tool("watch", "--settings", bench.settings) as command:
        for device in bench.where:
            command.until(f" {device} ", "ready, online")
        bench.control.do("scanner", "scan", text=CODE, aim="]E0")
        command.until(" scanner ", "scan of 13 characters, ean_upc ]E0")
        bench.control.do("scale", "load", grams=1250)
        command.until(" scale ", "weight 1250 g")
        bench.control.do("scale", "load", grams=300)
        command.until(" scale ", "weight 300 g")
        bench.control.do("scale", "unplug")
        command.until(" scale ", "lost, off; device_lost (fault): ")
        status, said = command.end()
    assert status == 0
    assert CODE not in said
    assert "Traceback" not in said


def test_what_is_scanned_is_shown_when_asked_for(bench: Bench) -> None:
    with tool("watch", "--settings", bench.settings, "--show-codes", "scanner") as command:
        command.until(" scanner ", "ready, online")
        bench.control.do("scanner", "scan", text=CODE)
        command.until(" scanner ", f"scan of '{CODE}'")
        status, said = command.end(signal.SIGTERM)
    assert status == 0
    assert " scale " not in said


def test_one_device_is_watched_by_its_driver_alone(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    port = bench.where["scale"]["port"]
    words = ["--driver", "mettler_8217", f"port={port}", "unit=kg", "bench"]
    assert main(["watch", "--seconds", "1.5", *words]) == 0
    assert "  bench         ready, online" in capsys.readouterr().out


def test_a_test_passes_where_all_devices_answer(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["test", "--settings", str(bench.settings), "--level", "external"]) == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows[0].split() == ["device", "category", "result", "found"]
    assert [row.split()[0] for row in rows[1:]] == ["scanner", "scale", "printer", "terminal"]
    assert all(" passed " in row for row in rows[1:])


@pytest.mark.parametrize("level", ["internal", "external"])
def test_a_test_fails_with_what_to_do_where_one_is_gone(
    bench: Bench, level: str, capsys: pytest.CaptureFixture[str]
) -> None:
    bench.control.do("scale", "unplug")
    assert main(["test", "--settings", str(bench.settings), "--level", level, "scale", "scanner"]) == 1
    rows = capsys.readouterr().out.splitlines()
    assert [row.split()[:3:2] for row in rows[1:3]] == [["scanner", "passed"], ["scale", "FAILED"]]
    assert "To do: " in rows[3]


def test_a_person_takes_part_at_one_device_after_the_other(bench: Bench) -> None:
    with tool("test", "--settings", bench.settings, "--level", "interactive", "scale") as command:
        command.until("Now take part at: scale")
        bench.control.do("scale", "load", grams=777)
        command.until("scale", "passed", "777 g")


def test_a_conversation_is_recorded_and_replayed(bench: Bench, capsys: pytest.CaptureFixture[str]) -> None:
    out = bench.folder / "recordings"
    with tool("record", "--settings", bench.settings, "--out", out) as command:
        for device in bench.where:
            command.until(f" {device} ", "ready, online")
        bench.control.do("scanner", "scan", text=CODE)
        command.until("scan of 13")
        bench.control.do("scale", "load", grams=640)
        command.until("weight 640 g")
        status, said = command.end()
    assert status == 0
    assert "scan test codes only" in said
    assert f"{out / 'scale'}.jsonl" in said
    wanted = {"scanner": "scan of 13 characters", "scale": "weight 640 g", "terminal": "terminal '", "printer": ""}
    for device, told in wanted.items():
        assert main(["replay", str(out / f"{device}.jsonl")]) == 0
        replayed = capsys.readouterr().out
        assert told in replayed
        assert "steps were played" in replayed
    assert main(["record", "--settings", str(bench.settings), "--out", str(out)]) == 1
    assert "is a recording already" in capsys.readouterr().err
    assert read_recording(out / "scale.jsonl").steps


def recorded(path: Path, header: Header, *steps: tuple[Side, bytes]) -> Path:
    recorder = Recorder(path, header)
    for side, data in steps:
        recorder.data(side, data)
    recorder.close()
    return path


SCALE = Header(device="scale", driver="mettler_8217", settings={"port": "/dev/none", "unit": "kg"})
WEIGHT = b"\x0200.640\r"


def test_a_driver_that_leaves_its_recording_is_told_where(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = recorded(tmp_path / "a.jsonl", SCALE, (Side.HOST, b"W"), (Side.DEVICE, WEIGHT), (Side.HOST, b"Q"))
    assert main(["replay", str(path)]) == 1
    assert "left the recording. At step 3 the host said 51 here, and now it says 57" in capsys.readouterr().out


def test_a_driver_that_says_nothing_stops_the_replay(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    header = Header(device="scanner", driver="serial_scanner", settings={"port": "/dev/none"})
    path = recorded(tmp_path / "a.jsonl", header, (Side.DEVICE, b"123\r"), (Side.HOST, b"\x16T\r"))
    assert main(["replay", str(path), "--wait", "0.5"]) == 1
    assert "It stopped at step 2 of 2" in capsys.readouterr().out


def test_settings_that_a_recording_hides_come_from_the_person(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    hidden = Header(device="scale", driver="mettler_8217", settings={"port": "/dev/none", "unit": "***"})
    path = recorded(tmp_path / "a.jsonl", hidden, (Side.HOST, b"W"), (Side.DEVICE, WEIGHT))
    assert main(["replay", str(path)]) == 1
    assert "devices.scale.unit is missing" in capsys.readouterr().err
    assert main(["replay", str(path), "unit=kg"]) == 0


@pytest.mark.parametrize(("driver", "ids"), [("hid_pos", {"vendor": "0c2e", "product": "0b61"}), ("camera", {})])
def test_what_is_no_stream_of_bytes_is_not_replayed(
    driver: str, ids: dict[str, object], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = recorded(tmp_path / "a.jsonl", Header(device="one", driver=driver, settings=ids), (Side.DEVICE, b"1"))
    assert main(["replay", str(path)]) == 1
    assert "cannot be replayed" in capsys.readouterr().err


def test_a_recorded_scale_can_stand_in_a_simulation(tmp_path: Path) -> None:
    path = recorded(tmp_path / "a.jsonl", SCALE, (Side.HOST, b"W"), (Side.DEVICE, WEIGHT))
    with short_folder() as folder, tool("simulate", "--run", folder, "--replay", path, "--repeat") as simulation:
        simulation.until("Simulated devices are up")
        where = json.loads((folder / DEVICES_FILE).read_text())
        assert list(where) == ["scale"]
        words = ("--driver", "mettler_8217", f"port={where['scale']['port']}", "unit=kg")
        with tool("watch", *words) as command:
            command.until("weight 640 g")
            assert command.end()[0] == 0
        assert simulation.end()[0] == 0


def test_every_simulated_device_comes_up_by_its_name() -> None:
    with short_folder() as folder, running(folder, list(SIMULATED)):
        where = json.loads((folder / DEVICES_FILE).read_text())
        control = ControlHandle(folder / CONTROL_SOCKET)
        assert set(where) == set(SIMULATED) >= set(SIMULATED_SCALES)
        assert all(control.do(name, "state") is not None for name in SIMULATED)


def test_a_simulation_without_names_is_that_of_a_plain_lane() -> None:
    with short_folder() as folder, tool("simulate", "--run", folder) as simulation:
        simulation.until("Simulated devices are up")
        assert set(json.loads((folder / DEVICES_FILE).read_text())) == set(LANE)
        assert len(LANE) == 5


def test_the_inventory_says_what_is_there_and_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    tree = UsbTree(tmp_path / "sys")
    tree.plug("1-1", "0c2e:0b61", serial="A1", name="Scanner \x1b[31m")
    tree.plug("1-2", "1234:5678", name="Something")
    settings = tmp_path / "settings.toml"
    settings.write_text(
        '[devices.hand]\ndriver = "hid_pos"\nvendor = "0c2e"\nproduct = "0b61"\n'
        '[devices.gone]\ndriver = "hid_pos"\nvendor = "05e0"\nproduct = "1200"\n'
    )
    command = ["inventory", "--sysfs", str(tree.root)]
    assert main([*command, "--settings", str(settings)]) == 1
    said = capsys.readouterr().out
    rows = said.splitlines()
    assert [row.split()[:2] for row in rows[1:3]] == [["1-1", "0c2e:0b61"], ["1-2", "1234:5678"]]
    assert rows[1].endswith("hand")
    assert rows[2].endswith("unknown")
    assert rows[3] == "MISSING: gone is in the settings and not plugged in."
    assert "\x1b" not in said
    assert main([*command, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert [(one["usb_port"], one["standing"]) for one in found["found"]] == [("1-1", "likely"), ("1-2", "unknown")]


@pytest.mark.parametrize(
    ("command", "status", "said"),
    [
        (["watch"], 2, "not said which devices"),
        (["watch", "--driver", "mettler_8217", "--settings", "x"], 2, "not said which devices"),
        (["watch", "--driver", "mettler_8217", "one", "two"], 2, "Name it once"),
        (["watch", "--driver", "metler_8217", "port=x"], 1, "Did you mean mettler_8217"),
        (["watch", "--driver", "mettler_8217", "port=/dev/ttyUSB0", "unit=kg"], 1, "/dev/serial/by-id"),
        (
            ["watch", "--driver", "mettler_8217", "port=/dev/none", "unit=stone"],
            1,
            "devices.mettler_8217.unit is wrong",
        ),
        (["watch", "--driver", "mettler_8217", "prt=/dev/none", "unit=kg"], 1, "Did you mean port"),
        (["test", "--settings", "/none.toml"], 1, "cannot be read"),
        (["replay", "/none.jsonl"], 1, "is no recording"),
        (["decode"], 2, "needs a protocol"),
    ],
)
def test_a_mistake_is_told_with_its_remedy(
    command: list[str], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(command) == status
    error = capsys.readouterr().err
    assert said in error
    assert len(error.splitlines()) == 2


def test_an_unknown_command_is_a_usage_error() -> None:
    with pytest.raises(SystemExit) as ended:
        main(["dance"])
    assert ended.value.code == 2


@pytest.mark.parametrize("content", ["", "devices = 1", "[devices]", "[devices.scale", "[devices]\nscale = 1"])
def test_settings_without_devices_are_refused(content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "settings.toml"
    file.write_text(content)
    assert main(["test", "--settings", str(file)]) == 1
    assert str(file) in capsys.readouterr().err


def entry_named(name: str) -> int:
    return next(place for place, entry in enumerate(DRIVERS) if entry.name == name)


def test_words_become_what_the_driver_takes() -> None:
    zvt = DRIVERS[entry_named("zvt")]
    words = ["host=10.0.0.7", "port=20007", "password=123456", "tlv=true", "answer_timeout_s=2.5", "x=1"]
    assert typed(words, zvt) == {
        "host": "10.0.0.7",
        "port": 20007,
        "password": "123456",
        "tlv": True,
        "answer_timeout_s": 2.5,
        "x": "1",
    }
    assert typed(["baud=19200", "unit=lb"], DRIVERS[entry_named("mettler_8217")]) == {"baud": 19200, "unit": "lb"}


class OnPrinter(msgspec.Struct):
    """Settings of a device that hangs on a printer."""

    driver: str
    printer: str


def test_what_a_device_hangs_on_comes_with_it() -> None:
    def never(*_: object) -> NoReturn:
        raise AssertionError

    drawer = Entry(
        "on_printer",
        Category.CASH_DRAWER,
        lambda: Model(OnPrinter, never, needs=(("printer", Category.RECEIPT_PRINTER),)),
    )
    entries = (drawer, *DRIVERS)
    tables: dict[str, dict[str, object]] = {
        "drawer": {"driver": "on_printer", "printer": "receipts"},
        "receipts": {"driver": "escpos", "host": "h"},
        "scanner": {"driver": "serial_scanner", "port": "p"},
    }
    assert list(picked(tables, ["drawer"], entries)) == ["drawer", "receipts"]
    assert list(picked(tables, ["scanner"], entries)) == ["scanner"]
    assert picked(tables, [], entries) == tables
    with pytest.raises(UsageError, match=r"no device 'lamp'.*There are: drawer"):
        picked(tables, ["lamp"], entries)


HIDDEN = "0412345678ABCD"


@pytest.mark.parametrize(
    ("record", "shown"),
    [
        (Scan("s", HIDDEN, "]Q1"), "scan of 14 characters, qr ]Q1"),
        (Scan("s", HIDDEN), "scan of 14 characters, symbology not told"),
        (
            TagPresent("n", HIDDEN, TagKind.TYPE_4, (NdefRecord("t", HIDDEN, b"ab"),), SignedMessage(HIDDEN, 7)),
            "tag with an id of 7 bytes, type_4, a record of 2 bytes, signed, counter 7",
        ),
        (KeyPressed("k", Key.DIGIT_7), "key a digit"),
        (KeyPressed("k", Key.HELP, repeated=True), "key help (held)"),
        (PaymentProgress("t", "r", "enter_pin", HIDDEN), "enter_pin"),
        (DeviceError(HIDDEN, HIDDEN), "DeviceError"),
    ],
)
def test_nothing_of_a_code_a_badge_or_a_pin_is_shown(record: object, shown: str) -> None:
    assert worded(record, show_codes=False) == shown
    assert HIDDEN not in shown
    assert shown == "DeviceError" or worded(record, show_codes=True) != shown or isinstance(record, KeyPressed)


def test_what_is_shown_cannot_move_the_cursor() -> None:
    told = worded(Scan("s", "\x1b[2J\x07ä\u202e"), show_codes=True)
    assert told.isprintable()
    assert told.isascii()


def test_a_condition_is_told_with_its_remedy() -> None:
    condition = Condition("paper_out", Severity.FAULT, "There is no paper.", "Put a roll in.")
    changed = DeviceChanged("p", Category.RECEIPT_PRINTER, Lifecycle.READY, (condition,), Link.ONLINE)
    assert worded(changed, show_codes=False) == "ready, online; paper_out (fault): There is no paper. Put a roll in."


def test_a_weight_that_stays_is_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    teller = Teller(show_codes=False)
    lost = DeviceChanged("scale", Category.SCALE, Lifecycle.LOST)
    records = [Weight("scale", "1", 250), Weight("scale", "2", 250), Weight("other", "3", 250), lost]
    for record in [*records, Weight("scale", "4", 250), NoWeight("scale", "5", WeighProblem.IN_MOTION, final=True)]:
        teller.tell(record)
    told = [line.split(maxsplit=1)[1] for line in capsys.readouterr().out.splitlines()]
    assert [" ".join(line.split()) for line in told] == [
        "scale weight 250 g",
        "other weight 250 g",
        "scale lost, unknown",
        "scale weight 250 g",
        "scale no weight: in_motion",
    ]


def test_the_signals_are_given_back(bench: Bench) -> None:
    before = signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)
    threads = threading.active_count()
    main(["watch", "--settings", str(bench.settings), "--seconds", "0.2", "scanner"])
    assert (signal.getsignal(signal.SIGINT), signal.getsignal(signal.SIGTERM)) == before
    assert threading.active_count() == threads
