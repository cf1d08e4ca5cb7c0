"""The bench keypad and the bench headset jack: input devices behind Unix sockets, event by event."""

from __future__ import annotations

import threading
import time
from pathlib import Path

from evdev import ecodes

from drivers.device import DeviceError
from drivers.keypad.input_nodes import SW_HEADPHONE_INSERT
from drivers.simulated_device import PortDevice
from drivers.simulation import flag_field, number_field, text_field, unknown_action
from drivers.transport.evdev_nodes import SWITCH_BYTES
from drivers.transport.input_events import EV_KEY, EV_SW, EV_SYN, SYN_DROPPED, InputEvent, packed
from drivers.transport.packet_port import DESCRIPTOR, PacketPort

_KEYPAD_ACTIONS = ("press", "hold", "garbage", "overrun", "half", "silent", "slow", "unplug", "plug", "state")
_JACK_ACTIONS = ("insert", "remove", "overrun", "garbage", "unplug", "plug", "state")
_SLOWEST_MS = 2000


class SimulatedKeypad(PortDevice[PacketPort]):
    """Presses keys at the socket `folder/name`.

    Actions: `press` (`key`: "KEY_F17", `times`), `hold` (`key`, `repeats`), `garbage` (keys that have no meaning),
    `overrun` (`key`: it is lost by the kernel), `half` (`key`: the event breaks off, and its rest never comes),
    `silent` (`on`: dead keys), `slow` (`ms` between two events), `unplug`, `plug`, `state`.
    """

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(name, folder, PacketPort(folder / name, lambda _: None))
        self._pressed = 0
        self._silent = False
        self._slow_ms = 0

    def act(self, action: str, fields: dict[str, object]) -> None:
        """See the class."""
        match action:
            case "press":
                for _ in range(number_field({"times": 1} | fields, "times")):
                    self._send(_key(fields, 1), _key(fields, 0))
            case "hold":
                repeats = number_field({"repeats": 3} | fields, "repeats")
                self._send(_key(fields, 1), *[_key(fields, 2)] * repeats, _key(fields, 0))
            case "silent":
                self._silent = flag_field(fields, "on")
            case "slow":
                self._slow_ms = min(_SLOWEST_MS, number_field(fields, "ms"))
            case _:
                self._spoil(action, fields)

    def told(self) -> dict[str, object]:
        """See the class."""
        return {"pressed": self._pressed, "silent": self._silent}

    def _spoil(self, action: str, fields: dict[str, object]) -> None:
        match action:
            case "garbage":
                self._port.write(packed(InputEvent(0x15, 0xFFFF, -1), InputEvent(EV_KEY, 0x2FE, 1)))
            case "overrun":
                self._port.write(packed(InputEvent(EV_SYN, SYN_DROPPED, 0), _key(fields, 1)))
            case "half":
                data = packed(_key(fields, 1))
                self._port.write(data[: len(data) // 4])
            case _:
                raise unknown_action("keypad", action, _KEYPAD_ACTIONS)

    def _send(self, *events: InputEvent) -> None:
        if self._silent:
            return
        self._pressed += 1
        for event in events:
            time.sleep(self._slow_ms / 1000)
            self._port.write(packed(event))


class SimulatedJack(PortDevice[PacketPort]):
    """A switch for a headphone at the socket `folder/name`; what it stands at can be read, too.

    Actions: `insert`, `remove`, `overrun` (`plugged`: the kernel loses the event), `garbage`, `unplug` and `plug` (the
    sound card), `state`.
    """

    def __init__(self, name: str, folder: Path) -> None:
        super().__init__(name, folder, PacketPort(folder / name, lambda _: None))
        self._lock = threading.Lock()
        self._plugged = False

    def plug(self) -> None:
        """Plug the sound card in."""
        with self._lock:
            super().plug()
            self._write_switches()

    def unplug(self) -> None:
        """Pull the sound card out."""
        with self._lock:
            super().unplug()

    def act(self, action: str, fields: dict[str, object]) -> None:
        """See the class."""
        match action:
            case "insert" | "remove":
                self._move(plugged=action == "insert")
            case "overrun":
                self._move(plugged=flag_field(fields, "plugged"), lost=True)
            case "garbage":
                self._port.write(packed(InputEvent(EV_SW, 15, 1), InputEvent(EV_KEY, 30, 1)))
            case _:
                raise unknown_action("headset jack", action, _JACK_ACTIONS)

    def told(self) -> dict[str, object]:
        """See the class."""
        return {"headset": self._plugged}

    def _move(self, *, plugged: bool, lost: bool = False) -> None:
        with self._lock:
            self._plugged = plugged
            if not self._port.plugged:
                return
            self._write_switches()
            event = InputEvent(EV_SW, SW_HEADPHONE_INSERT, int(plugged))
            self._port.write(packed(InputEvent(EV_SYN, SYN_DROPPED, 0) if lost else event))

    def _write_switches(self) -> None:
        path = self._port.path
        bits = int(self._plugged) << SW_HEADPHONE_INSERT
        fresh = path.with_name(f".{path.name}.switches")
        fresh.write_bytes(bits.to_bytes(SWITCH_BYTES, "little"))
        fresh.replace(path.with_name(path.name + DESCRIPTOR))


def _key(fields: dict[str, object], value: int) -> InputEvent:
    name = text_field(fields, "key")
    code = ecodes.ecodes.get(name)
    if not isinstance(code, int):
        raise DeviceError(f"There is no key {name!r}.", 'Name one as the kernel does: "KEY_F17".')
    return InputEvent(EV_KEY, code, value)
