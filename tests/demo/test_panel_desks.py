"""Every key of the bench panel, pressed at real simulated devices: each does what it says."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from demo.network import CuttableNetwork
from demo.panel_desks import PLUGS, condition_keys, load_keys, printer_keys, printer_line, scale_reading, step_keys
from demo.panel_goods import Shelf
from demo.panel_model import DEVICES, Answer, Bench, Command, Key, Outcome, Tone, money, weight
from demo.panel_presenter import Page, Panel
from drivers.device import DeviceError
from drivers.payment.simulated import SimulatedZvtTerminal
from drivers.printer.simulated import SimulatedPrinter
from drivers.scale.simulated import SimulatedScale
from drivers.scanner.simulated import SimulatedScanner
from drivers.simulation import SimulatedDevice
from headquarters.demo_store import load


class Stand:
    """A panel whose commands go straight to simulated devices in this process."""

    def __init__(self, devices: dict[str, SimulatedDevice]) -> None:
        self._devices = devices
        self.panel = Panel(Shelf(load()), self._send)
        self.look()

    def _send(self, command: Command) -> None:
        try:
            self._devices[command.device].control(command.action, dict(command.fields))
        except DeviceError as error:
            self.panel.done(Outcome(command, f"{error.message} {error.remedy}"))
        else:
            self.panel.done(Outcome(command))

    def look(self) -> Bench:
        answers = {name: Answer(self._devices[name].control("state", {})) for name in DEVICES}
        self.panel.heard(Bench(answers))
        return self.panel.bench

    def press(self, keys: Callable[[], tuple[Key, ...]], key_id: str) -> Bench:
        self.panel.press(self.key(keys, key_id))
        return self.look()

    def key(self, keys: Callable[[], tuple[Key, ...]], key_id: str) -> Key:
        return next(key for key in keys() if key.id == key_id)

    def loads(self) -> tuple[Key, ...]:
        bench, send = self.panel.bench, self.panel.send
        return load_keys(bench, send) + step_keys(bench, send) + condition_keys(bench, send)

    def printer(self) -> tuple[Key, ...]:
        return printer_keys(self.panel.bench, self.panel.send)


@pytest.fixture
def stand(tmp_path: Path) -> Iterator[Stand]:
    devices: list[SimulatedDevice] = [
        SimulatedScanner("scanner", tmp_path),
        SimulatedScale("scale", tmp_path),
        SimulatedZvtTerminal("terminal"),
        SimulatedPrinter("printer", folder=tmp_path),
        CuttableNetwork(("127.0.0.1", 9)),
    ]
    for device in devices:
        device.start()
    yield Stand({device.name: device for device in devices})
    for device in devices:
        device.stop()


@pytest.mark.parametrize("name", list(PLUGS))
def test_every_plug_is_pulled_and_put_back(stand: Stand, name: str) -> None:
    assert stand.key(stand.panel.plug_keys, f"plug_{name}").on
    stand.press(stand.panel.plug_keys, f"plug_{name}")
    key = stand.key(stand.panel.plug_keys, f"plug_{name}")
    assert (key.on, key.tone) == (False, Tone.CAUTION)
    stand.press(stand.panel.plug_keys, f"plug_{name}")
    assert all(key.on for key in stand.panel.plug_keys())


def test_a_scan_at_an_unplugged_scanner_is_a_calm_line(stand: Stand) -> None:
    stand.press(stand.panel.plug_keys, "plug_scanner")
    stand.panel.take(next(good for good in stand.panel.counter.shelf.goods if good.scan))
    assert stand.panel.notice.tone is Tone.CAUTION
    assert "unplugged. Plug it in first." in stand.panel.notice.text


@pytest.mark.parametrize("grams", [0, 120, 452, 1200])
def test_a_preset_weight_lies_on_the_scale(stand: Stand, grams: int) -> None:
    bench = stand.press(stand.loads, f"load_{grams}")
    assert scale_reading(bench) == (weight(grams), "at rest")
    assert stand.key(stand.loads, f"load_{grams}").on


def test_a_weight_is_changed_in_steps_and_never_below_zero(stand: Stand) -> None:
    for key_id in ("load_452", "step_100", "step_-10", "step_1"):
        stand.press(stand.loads, key_id)
    assert scale_reading(stand.look())[0] == "0.543 kg"
    stand.press(stand.loads, "load_0")
    assert scale_reading(stand.press(stand.loads, "step_-100"))[0] == "0.000 kg"


@pytest.mark.parametrize("name", ["motion", "under", "over", "silent"])
def test_every_condition_of_the_scale_goes_on_and_off(stand: Stand, name: str) -> None:
    assert stand.press(stand.loads, f"scale_{name}").of("scale").flag(name)
    assert stand.key(stand.loads, f"scale_{name}").on
    assert scale_reading(stand.look())[1] != "at rest"
    assert not stand.press(stand.loads, f"scale_{name}").of("scale").flag(name)


def test_the_paper_is_taken_out_and_put_back(stand: Stand) -> None:
    assert printer_line(stand.press(stand.printer, "paper"))[0] == "Paper out"
    assert stand.key(stand.printer, "paper").text == "Put a new roll in"
    assert stand.key(stand.panel.tab_keys, "tab_printer").tone is Tone.CAUTION
    assert printer_line(stand.press(stand.printer, "paper"))[0] == "Ready"


def test_the_cover_is_opened_and_closed(stand: Stand) -> None:
    assert printer_line(stand.press(stand.printer, "cover"))[0] == "Cover open"
    assert printer_line(stand.press(stand.printer, "cover"))[0] == "Ready"


@pytest.mark.parametrize("key_id", ["paper_after_5", "paper_after_12", "paper_after_25", "drop_job"])
def test_what_is_to_happen_to_the_printer_later_is_taken(stand: Stand, key_id: str) -> None:
    stand.press(stand.printer, key_id)
    assert stand.panel.notice.tone is Tone.PLAIN
    assert stand.panel.notice.text


def test_no_card_can_be_tapped_while_none_is_asked_for(stand: Stand) -> None:
    enabled = {key.id: key.enabled for key in stand.panel.card_keys()}
    assert [key_id for key_id, can in enabled.items() if not can] == ["card_tap", "card_decline", "card_cancel"]
    stand.press(stand.panel.card_keys, "card_tap")
    assert stand.panel.notice.tone is Tone.PLAIN


@pytest.mark.parametrize("key_id", ["card_lose", "card_drop"])
def test_a_fault_can_be_laid_up_for_the_next_card(stand: Stand, key_id: str) -> None:
    stand.press(stand.panel.card_keys, key_id)
    assert stand.panel.notice.text.startswith("At the next card ")


def test_a_terminal_that_was_silenced_is_shown_as_silent_until_it_answers(stand: Stand) -> None:
    stand.press(stand.panel.card_keys, "card_silent")
    assert stand.key(stand.panel.card_keys, "card_silent").on
    stand.press(stand.panel.card_keys, "card_silent")
    assert not stand.key(stand.panel.card_keys, "card_silent").on


def test_a_terminal_that_waits_for_a_card_shows_it_on_its_tab(stand: Stand) -> None:
    asked = {"plugged": True, "connected": True, "waiting": True, "amount_minor": 1234}
    stand.panel.heard(Bench({**stand.panel.bench.answers, "terminal": Answer(asked)}))
    tab = stand.key(stand.panel.tab_keys, "tab_card")
    assert (tab.detail, tab.tone) == ("asks for €12.34", Tone.CAUTION)
    assert all(key.enabled for key in stand.panel.card_keys())


def test_a_bench_that_does_not_answer_is_said_and_nothing_can_be_pressed(stand: Stand) -> None:
    gone = Answer(trouble="The simulation does not answer.")
    stand.panel.heard(Bench(dict.fromkeys(DEVICES, gone)))
    assert scale_reading(stand.panel.bench) == ("–", "The simulation does not answer.")
    keys = (*stand.panel.plug_keys(), *stand.loads(), *stand.printer(), *stand.panel.card_keys())
    assert not any(key.enabled for key in keys)


def test_a_tab_turns_the_page(stand: Stand) -> None:
    stand.press(stand.panel.tab_keys, "tab_printer")
    assert stand.panel.page is Page.PRINTER
    assert [key.id for key in stand.panel.tab_keys() if key.on] == ["tab_printer"]


def test_amounts_and_weights_are_written_for_people() -> None:
    assert (money(5, "EUR"), money(123456, "USD")) == ("€0.05", "USD 1234.56")
    assert (weight(452), weight(-20)) == ("0.452 kg", "−0.020 kg")
