"""A conversation with a real device is recorded, and played again to a driver, here or in another process."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers import registry
from drivers.device import DeviceError, Lifecycle
from drivers.scale.interface import Weight
from drivers.simulation import DEVICES_FILE
from drivers.supervisor import Waits
from drivers.transport.recording import (
    LARGEST_BYTES,
    Header,
    Recorder,
    Recording,
    Side,
    Step,
    read_recording,
    without_secrets,
)
from drivers.transport.replay import Replay, ReplayedDevice, Script
from drivers.transport.serial import Line, open_serial
from drivers.transport.tap import Tap, hex_text
from drivers.transport.tcp import connect
from tests.drivers.test_tap import PAN, Wire, card
from tests.drivers.witness import PATIENCE_S, Witness, open_files, served, short_folder, simulated

HEADER = Header(device="scale", driver="mettler_8217")
HOST, DEVICE = Side.HOST, Side.DEVICE
QUESTION, ANSWER = b"W", b"\x0201.250\r"

Said = Sequence[tuple[Side, bytes]]


def recording(*said: tuple[Side, bytes]) -> Recording:
    steps = tuple(Step(at_ms=at, side=side, hex=data.hex()) for at, (side, data) in enumerate(said))
    return Recording(HEADER, steps)


WEIGHED = recording((HOST, QUESTION), (DEVICE, ANSWER[:3]), (DEVICE, ANSWER[3:]), (HOST, b"Z"), (DEVICE, b"\x02\r"))


def test_a_conversation_is_recorded_with_its_times_and_read_back(tmp_path: Path) -> None:
    now = [50.0]
    recorder = Recorder(tmp_path / "scale.jsonl", HEADER, clock=lambda: now[0])
    tapped = Tap(recorder=recorder).watch(Wire(ANSWER, DeviceError("It is gone.", "Plug it in.")))
    now[0] = 50.25
    tapped.write_all(QUESTION, 1)
    now[0] = 50.5
    tapped.read(1)
    with pytest.raises(DeviceError):
        tapped.read(1)
    tapped.close()
    recorder.close()
    recorder.close()
    read = read_recording(tmp_path / "scale.jsonl")
    assert read.header == HEADER
    assert [(step.at_ms, step.side, step.data, step.event) for step in read.steps] == [
        (0, HOST, b"", "open"),
        (250, HOST, QUESTION, ""),
        (500, DEVICE, ANSWER, ""),
        (500, DEVICE, b"", "gone"),
        (500, HOST, b"", "close"),
    ]


def test_a_recording_is_its_owners_only_and_holds_no_secrets(tmp_path: Path) -> None:
    table = {"driver": "zvt", "password": "123456", "key_file": "nexo.key", "host": "192.0.2.1", "pin": 1, "keypad": 2}
    header = Header(device="terminal", driver="zvt", settings=without_secrets(table))
    Recorder(tmp_path / "a" / "terminal.jsonl", header).close()
    path = tmp_path / "a" / "terminal.jsonl"
    assert path.stat().st_mode & 0o777 == 0o600
    settings = read_recording(path).header.settings
    assert settings == {**table, "password": "***", "key_file": "***", "pin": "***"}


@given(cuts=st.lists(st.integers(1, 14), max_size=6))
def test_a_masked_recording_holds_no_card_in_whatever_pieces_it_came(cuts: list[int]) -> None:
    def mask(data: bytes) -> bytes:
        return data.replace(bytes.fromhex(PAN), b"\xee" * (len(PAN) // 2))

    data = card(PAN)
    edges = [0, *sorted({cut for cut in cuts if cut < len(data)}), len(data)]
    with short_folder() as folder:
        recorder = Recorder(folder / "terminal.jsonl", HEADER, mask=mask)
        recorder.data(HOST, b"\x06\x01\x00")
        for start, end in itertools.pairwise(edges):
            recorder.data(DEVICE, data[start:end])
        recorder.data(HOST, b"\x80\x00\x00")
        recorder.close()
        text = (folder / "terminal.jsonl").read_text()
        assert [len(step.data) for step in read_recording(folder / "terminal.jsonl").steps] == [3, len(data), 3]
    assert json.loads(text.splitlines()[0])["masked"] is True
    assert not any(PAN[at : at + 6] in text for at in range(0, len(PAN) - 5, 2))


def test_a_full_disk_ends_the_recording_and_not_the_device(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    recorder = Recorder(tmp_path / "printer.jsonl", HEADER)
    tapped = Tap(recorder=recorder).watch(Wire())
    for _ in range(3):
        tapped.write_all(bytes(LARGEST_BYTES // 4), 1)
    recorder.close()
    assert [record.getMessage() for record in caplog.records] == ["recording.ended reason=it is full"]
    assert (tmp_path / "printer.jsonl").stat().st_size <= LARGEST_BYTES
    with pytest.raises(DeviceError, match="cannot be written"):
        Recorder(tmp_path, HEADER)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "it is empty"),
        ('{"device": "x"}\n', "line 1"),
        ('{"checklane_recording":1,"device":"a","driver":"b"}\n[]\n', "line 2"),
        ('{"checklane_recording":1,"device":"a","driver":"b"}\n{"at_ms":1,"side":"host","hex":"0"}\n', "line 2"),
        ('{"checklane_recording":1,"device":"a","driver":"b"}\n{"at_ms":1,"side":"moon","hex":"00"}\n', "line 2"),
        ('{"checklane_recording":1,"device":"a","driver":"b","settings":{"p":' + "[" * 5_000 + "\n", "line 1"),
        ("\udcff\n", "it is no text"),
    ],
)
def test_what_is_no_recording_is_refused_by_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "x.jsonl"
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(DeviceError, match=said) as caught:
        read_recording(path)
    assert caught.value.permanent
    with pytest.raises(DeviceError, match="No such file"):
        read_recording(tmp_path / "absent.jsonl")


def test_a_line_that_was_cut_off_is_left_out(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "x.jsonl", HEADER)
    recorder.data(HOST, QUESTION)
    recorder.close()
    with (tmp_path / "x.jsonl").open("a") as file:
        file.write('{"at_ms": 7, "si')
    assert len(read_recording(tmp_path / "x.jsonl").steps) == 1


def test_a_driver_is_played_the_device() -> None:
    replay = Replay(Script(WEIGHED))
    assert replay.read(0) == b""
    replay.write_all(QUESTION, 1)
    assert (replay.read(1), replay.read(1), replay.read(0)) == (ANSWER[:3], ANSWER[3:], b"")
    replay.write_all(b"Z", 1)
    assert replay.read(1) == b"\x02\r"
    replay.close()
    replay.close()
    with pytest.raises(DeviceError, match="was closed"):
        replay.fileno()


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ([b"S"], r"At step 1 the host said 57 here, and now it says 53\."),
        ([b"W", b"T"], r"At step 4 the host said 5a here, and now it says 54\."),
        ([b"W", b"Z", b"Z"], r"At step 6 the recording has ended, and now it says 5a\."),
    ],
)
def test_where_the_driver_departs_it_is_said_so(written: list[bytes], said: str) -> None:
    script = Script(WEIGHED)
    replay = Replay(script)
    *fitting, departing = written
    for data in fitting:
        replay.write_all(data, 1)
    with pytest.raises(DeviceError, match=said) as caught:
        replay.write_all(departing, 1)
    replay.close()
    assert caught.value.permanent
    assert script.take(b"W") == []


@given(
    said=st.lists(st.tuples(st.sampled_from(Side), st.binary(min_size=1, max_size=5)), max_size=8),
    cuts=st.lists(st.integers(0, 40), max_size=8),
)
def test_the_pieces_in_which_the_host_writes_make_no_difference(said: Said, cuts: list[int]) -> None:
    written = b"".join(data for side, data in said if side is HOST)
    heard = b"".join(data for side, data in said if side is DEVICE)
    edges = [0, *sorted(cut for cut in cuts if cut < len(written)), len(written)]
    script = Script(recording(*said))
    got = script.due()
    for start, end in itertools.pairwise(edges):
        got += script.take(written[start:end])
    assert (b"".join(got), script.departure, script.done) == (heard, "", True)


@given(st.lists(st.tuples(st.sampled_from(Side), st.binary(min_size=1, max_size=5)), max_size=8), st.binary())
def test_whatever_the_host_writes_the_script_says_nothing_that_was_not_recorded(said: Said, written: bytes) -> None:
    script = Script(recording(*said))
    got = b"".join(script.due() + [piece for byte in written for piece in script.take(bytes([byte]))])
    heard = b"".join(data for side, data in said if side is DEVICE)
    expected = b"".join(data for side, data in said if side is HOST)
    assert heard.startswith(got)
    assert bool(script.departure) is not expected.startswith(written)


def test_a_repeated_recording_begins_again() -> None:
    script = Script(recording((HOST, QUESTION), (DEVICE, ANSWER)), repeat=True)
    assert [script.take(QUESTION) for _ in range(3)] == [[ANSWER]] * 3
    assert Script(recording((DEVICE, ANSWER)), repeat=True).due() == [ANSWER]


def test_a_real_conversation_is_recorded_and_serves_the_driver_from_another_process(tmp_path: Path) -> None:
    tables: dict[str, dict[str, object]] = {"scale": {"driver": "mettler_8217", "unit": "kg"}}
    with simulated("scale") as (folder, control):
        control.do("scale", "load", grams=1250)
        tables["scale"]["port"] = str(folder / "scale")
        assert weighed(tables, tmp_path, tmp_path) == 1250
    with short_folder() as folder, served(folder, "scale", tmp_path / "scale.jsonl", "serial") as control:
        tables["scale"]["port"] = json.loads((folder / DEVICES_FILE).read_text())["scale"]["port"]
        assert weighed(tables, tmp_path, None) == 1250
        assert control.do("scale", "state")["departure"] == ""
        control.do("scale", "unplug")
        with pytest.raises(DeviceError, match="no serial port"):
            open_serial(str(folder / "scale"), Line())


def weighed(tables: dict[str, dict[str, object]], folder: Path, recordings: Path | None) -> int:
    witness = Witness()
    devices = registry.assemble(tables, witness, folder, waits=Waits(backoff_s=(0.01,)), recordings=recordings)
    devices.start()
    try:
        assert devices.scale is not None
        witness.until_lifecycle(Lifecycle.OPENING, Lifecycle.READY)
        devices.scale.submit(lambda scale: scale.weigh("r1", 60.0), not_ready="not ready", lost="lost")
        return witness.of(Weight)[0].grams
    finally:
        devices.stop()


def test_a_recording_is_served_on_the_network_and_says_where_a_driver_departs(tmp_path: Path) -> None:
    before = open_files()
    device = ReplayedDevice(
        "printer", tmp_path, recording((DEVICE, b"hi"), (HOST, b"status?"), (DEVICE, b"ok")), way="tcp"
    )
    device.start()
    assert device.address is not None
    for _ in range(2):
        link = connect(*device.address, PATIENCE_S)
        assert link.read(PATIENCE_S) == b"hi"
        link.write_all(b"status?", PATIENCE_S)
        assert link.read(PATIENCE_S) == b"ok"
        assert device.control("state", {})["done"] is True
        link.close()
        device.control("unplug", {})
        with pytest.raises(DeviceError, match="Nothing answers"):
            connect(*device.address, PATIENCE_S)
        device.control("restart", {})
        device.control("plug", {})
    link = connect(*device.address, PATIENCE_S)
    assert link.read(PATIENCE_S) == b"hi"
    device._received(b"stop")
    assert "At step 2" in str(device.control("state", {})["departure"])
    link.close()
    device.stop()
    device.stop()
    with pytest.raises(DeviceError, match=r"cannot 'sing'.*play, restart"):
        device.control("sing", {})
    assert open_files() == before


def test_a_scanner_says_what_was_recorded_when_it_is_told_to(tmp_path: Path) -> None:
    device = ReplayedDevice("scanner", tmp_path, recording((DEVICE, b"4006381333931\r")))
    device.start()
    port = open_serial(str(tmp_path / "scanner"), Line())
    device.control("play", {})
    assert port.read(PATIENCE_S) == b"4006381333931\r"
    port.close()
    device.stop()


def test_the_ring_of_a_replay_is_that_of_the_device() -> None:
    tap = Tap(hex_text)
    tapped = tap.watch(Replay(Script(WEIGHED)))
    tapped.write_all(QUESTION, 1)
    tapped.read(1)
    tapped.close()
    assert [frame.text for frame in tap.frames()] == ["open", "57", "02 30 31", "close"]


def test_a_recording_that_cannot_be_read_ends_its_process_with_the_reason(tmp_path: Path) -> None:
    command = [
        sys.executable,
        "-m",
        "tests.drivers.replaying",
        str(tmp_path),
        "scale",
        str(tmp_path / "no.jsonl"),
        "tcp",
    ]
    done = subprocess.run(
        command, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode != 0
    assert "is no recording of a device" in done.stderr
