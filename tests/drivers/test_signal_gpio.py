"""Lines of a GPIO chip as libgpiod gives them: which chip, which line, and what is said where they cannot be had."""

from __future__ import annotations

import errno
import importlib
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any, ClassVar, Self

import pytest

from drivers.device import AbsentError, DeviceError
from drivers.transport.gpio_lines import Wanted, open_lines

WANTED = Wanted("pinctrl", "checklane light", outputs={"red": "GPIO17", "green": 4}, inputs={"sensor": "22"})


class FakeRequest:
    """What `Chip.request_lines` returns."""

    def __init__(self, config: dict[int, Any]) -> None:
        self.config = config
        self.values: dict[int, int] = dict.fromkeys(config, 0)
        self.released = False

    def set_values(self, values: dict[int, int]) -> None:
        assert set(values) <= {offset for offset, line in self.config.items() if line["direction"] == "out"}
        self.values |= values

    def get_value(self, offset: int) -> int:
        return self.values[offset]

    def release(self) -> None:
        self.released = True


class FakeChip:
    """A chip with eight lines, of which one has a name."""

    labels: ClassVar[dict[str, str]] = {}
    error: ClassVar[OSError | None] = None
    requests: ClassVar[list[FakeRequest]] = []

    def __init__(self, path: str) -> None:
        if FakeChip.error is not None:
            raise FakeChip.error
        self.path = path

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Closed."""

    def get_info(self) -> Any:
        return SimpleNamespace(label=FakeChip.labels[self.path])

    def line_offset_from_id(self, place: int | str) -> int:
        # As libgpiod 2 does it: a name, else a number; ENOENT for a name that there is not.
        if place == "GPIO17":
            return 17
        if not str(place).isdigit():
            raise OSError(errno.ENOENT, "no such line")
        if int(place) > 53:
            raise ValueError("line offset of out range")
        return int(place)

    def request_lines(self, config: dict[int, Any], consumer: str) -> FakeRequest:
        assert consumer == "checklane light"
        request = FakeRequest(config)
        FakeChip.requests.append(request)
        return request


@pytest.fixture
def chips(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    for number, label in enumerate(("other", "pinctrl")):
        (tmp_path / f"gpiochip{number}").touch()
        monkeypatch.setitem(FakeChip.labels, str(tmp_path / f"gpiochip{number}"), label)
    monkeypatch.setattr(FakeChip, "error", None)
    monkeypatch.setattr(FakeChip, "requests", [])
    fake: Any = SimpleNamespace(
        Chip=FakeChip,
        LineSettings=dict,
        is_gpiochip_device=lambda _: True,
        line=SimpleNamespace(
            Direction=SimpleNamespace(OUTPUT="out", INPUT="in"), Value=SimpleNamespace(ACTIVE=1, INACTIVE=0)
        ),
    )
    monkeypatch.setitem(sys.modules, "gpiod", fake)
    return tmp_path


def test_lines_are_taken_by_label_and_name_and_given_back_dark(chips: Path) -> None:
    lines = open_lines(WANTED, folder=chips)
    request = FakeChip.requests[0]
    assert {offset: line["direction"] for offset, line in request.config.items()} == {17: "out", 4: "out", 22: "in"}
    lines.set({"red": True, "green": False})
    assert request.values == {17: 1, 4: 0, 22: 0}
    request.values[22] = 1
    assert lines.get("sensor")
    assert lines.get("red")
    lines.close()
    lines.close()
    assert (request.values[17], request.values[4], request.released) == (0, 0, True)
    with pytest.raises(DeviceError):
        lines.set({"red": True})


@pytest.mark.parametrize(
    ("number", "permanent", "says"),
    [
        (errno.EACCES, True, "No permission"),
        (errno.EBUSY, True, "Something else holds"),
        (errno.ENODEV, False, "is gone"),
        (errno.EIO, False, "cannot be used"),
    ],
)
def test_what_keeps_lines_away_is_said(chips: Path, number: int, permanent: bool, says: str) -> None:
    FakeChip.error = OSError(number, "no")
    with pytest.raises(DeviceError, match=says) as raised:
        open_lines(WANTED, folder=chips)
    assert raised.value.permanent is permanent
    assert raised.value.remedy


@pytest.mark.parametrize("place", ["GPIO99", "99", 99])
def test_a_line_that_there_is_not_is_a_wrong_setting(chips: Path, place: int | str) -> None:
    with pytest.raises(DeviceError, match="no such line") as raised:
        open_lines(Wanted("pinctrl", "checklane light", outputs={"red": place}), folder=chips)
    assert raised.value.permanent


def test_a_label_that_is_not_there_is_absent_and_one_that_is_there_twice_is_refused(
    chips: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(AbsentError, match="'usb-relay'"):
        open_lines(Wanted("usb-relay", "checklane light"), folder=chips)
    monkeypatch.setitem(FakeChip.labels, str(chips / "gpiochip0"), "pinctrl")
    with pytest.raises(DeviceError, match="2 GPIO chips") as raised:
        open_lines(WANTED, folder=chips)
    assert raised.value.permanent


def test_without_the_library_it_is_said_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setitem(sys.modules, "gpiod", None)
    with pytest.raises(DeviceError, match=r"checklane\[gpio\]") as raised:
        open_lines(WANTED, folder=tmp_path)
    assert raised.value.permanent


def test_the_real_library_has_what_is_used_of_it(tmp_path: Path) -> None:
    gpiod = pytest.importorskip("gpiod")
    assert int(gpiod.__version__.split(".")[0]) == 2
    line = importlib.import_module("gpiod.line")
    settings = gpiod.LineSettings(direction=line.Direction.OUTPUT, active_low=True, output_value=line.Value.INACTIVE)
    assert settings.active_low
    assert hasattr(gpiod.Chip, "line_offset_from_id")
    assert hasattr(gpiod.LineRequest, "set_values")
    # A file that is called like a chip is none.
    (tmp_path / "gpiochip0").touch()
    with pytest.raises(AbsentError):
        open_lines(WANTED, folder=tmp_path)
