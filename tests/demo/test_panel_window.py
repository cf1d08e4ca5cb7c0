"""The real bench panel, with real touches, acting on the simulated devices of other processes."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest
from PIL import Image

from demo.panel import CANNOT_START
from demo.panel_model import DEVICES
from demo.processes import Processes
from demo.waiting import DemoError, until
from drivers.control import ControlHandle
from drivers.simulation import CONTROL_SOCKET, DEVICES_FILE, Simulation
from kiosk.domain.gtin import holds

pytestmark = pytest.mark.processes

OFFSCREEN = {"SDL_VIDEODRIVER": "offscreen", "LP_NUM_THREADS": "1", "KIVY_METRICS_DENSITY": "1"}
PATIENCE_S = 90
PAPER = (246, 243, 236)


@dataclass(frozen=True, slots=True)
class Run:
    """Simulations in processes of their own."""

    devices: Path
    network: Path

    @property
    def folders(self) -> tuple[str, ...]:
        return ("--devices", str(self.devices), "--network", str(self.network))


@pytest.fixture
def simulated(tmp_path: Path) -> Iterator[Run]:
    run = Run(tmp_path / "d", tmp_path / "n")
    with Processes(tmp_path / "logs") as processes:
        processes.python("devices", "drivers", "simulate", "--run", str(run.devices))
        processes.python("network", "demo.network", "--run", str(run.network), "--broker", "127.0.0.1:9")
        for folder in (run.devices, run.network):
            processes.wait_for("the simulation", folder / DEVICES_FILE)
        yield run


def start(*arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", *arguments]
    environment = {**os.environ, **OFFSCREEN}
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def ended(process: subprocess.Popen[str]) -> subprocess.CompletedProcess[str]:
    try:
        out, errors = process.communicate(timeout=PATIENCE_S)
    except subprocess.TimeoutExpired:
        process.kill()
        process.communicate()
        raise
    return subprocess.CompletedProcess(process.args, process.returncode, out, errors)


def python(*arguments: str) -> subprocess.CompletedProcess[str]:
    return ended(start(*arguments))


def read_line(port: int) -> bytes:
    """What came through the scanner's cable, up to its suffix."""
    received = bytearray()

    def whole() -> bool:
        try:
            received.extend(os.read(port, 64))
        except BlockingIOError:
            return False
        return received.endswith(b"\r")

    until("a scan on the cable", whole, PATIENCE_S)
    return bytes(received)


def colours(picture: Path) -> Sequence[tuple[int, int, int]]:
    with Image.open(picture) as opened:
        assert opened.size == (560, 900)
        found = opened.convert("RGB").getcolors(560 * 900)
    assert found is not None
    return [colour for _, colour in sorted(found, reverse=True)]  # type: ignore[misc]  # RGB pixels are triples


def test_a_hand_at_the_panel_scans_weighs_and_pulls_a_plug(simulated: Run, tmp_path: Path) -> None:
    where = json.loads((simulated.devices / DEVICES_FILE).read_text(encoding="utf-8"))
    port = os.open(where["scanner"]["port"], os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
    picture = tmp_path / "panel.png"
    try:
        hand = start("tests.demo.panel_hand", str(simulated.devices), str(simulated.network), str(picture))
        # Read while it runs: what lies in a cable is gone when its plug is pulled.
        code = read_line(port)
    except DemoError:
        hand.kill()
        raise AssertionError(ended(hand)) from None
    finally:
        os.close(port)
    done = ended(hand)
    assert done.returncode == 0, done.stdout + done.stderr
    assert holds(code.decode().removesuffix("\r"))
    scanned, weighed, pulled, refused = json.loads(done.stdout.splitlines()[-1])
    assert scanned.startswith("Scanned: ")
    assert (weighed, pulled) == ("On the scale: 0.452 kg.", "Scanner: unplugged.")
    assert refused.endswith("is unplugged. Plug it in first.")
    assert "Traceback" not in done.stderr
    handle = ControlHandle(simulated.devices / CONTROL_SOCKET)
    assert handle.do("scale", "state")["grams"] == 452
    assert {"plugged": False, "scans": 1}.items() <= handle.do("scanner", "state").items()
    assert len(colours(picture)) > 50


@pytest.mark.parametrize("page", ["goods", "scale", "card", "printer"])
def test_every_page_is_drawn(simulated: Run, tmp_path: Path, page: str) -> None:
    picture = tmp_path / "page.png"
    done = python("demo.panel", *simulated.folders, "--badge", "AOIFE", "--page", page, "--screenshot", str(picture))
    assert (done.returncode, done.stderr) == (0, "")
    assert PAPER in colours(picture)[:4]
    assert len(colours(picture)) > 50


class Watched:
    """A device that says when it was first asked how it is."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.asked = threading.Event()

    def start(self) -> None:
        """It is always there."""

    def stop(self) -> None:
        """It stays."""

    def control(self, action: str, fields: dict[str, object]) -> dict[str, object]:
        assert (action, fields) == ("state", {})
        self.asked.set()
        return {"plugged": True}


def test_sigterm_ends_the_panel_quietly_and_without_a_trace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    devices, droppings = [Watched(name) for name in DEVICES], tmp_path / "t"
    droppings.mkdir()
    monkeypatch.setenv("TMPDIR", str(droppings))
    simulation = Simulation(tmp_path / "d", devices)
    simulation.start()
    try:
        panel = start("demo.panel", "--devices", str(tmp_path / "d"), "--network", str(tmp_path / "d"))
        asked = devices[-1].asked.wait(PATIENCE_S)
        panel.send_signal(signal.SIGTERM)
        done = ended(panel)
    finally:
        simulation.stop()
    assert asked
    assert (done.returncode, done.stderr) == (0, "")
    assert list(droppings.iterdir()) == []


def test_a_folder_without_a_simulation_is_said(tmp_path: Path) -> None:
    done = python("demo.panel", "--devices", str(tmp_path), "--network", str(tmp_path))
    assert done.returncode == CANNOT_START
    assert done.stderr.startswith(f"There is no simulation in {tmp_path}. Start ")


@pytest.mark.parametrize("size", ["560", "560x", "100x100", "axb"])
def test_a_size_that_is_none_is_refused(size: str) -> None:
    done = python("demo.panel", "--devices", "d", "--network", "n", "--size", size)
    assert done.returncode == 2
    assert "that is no size such as 560x900" in done.stderr


def test_what_the_panel_knows_and_says_needs_no_kivy() -> None:
    modules = ", ".join(f"demo.{name}" for name in ("panel", "panel_presenter", "panel_worker"))
    code = f"import sys, {modules}; sys.exit('kivy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=PATIENCE_S, check=False).returncode == 0
