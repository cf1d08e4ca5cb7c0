"""The bench lane light: an LCUS relay board at a pseudo terminal, byte for byte."""

from __future__ import annotations

import contextlib
import threading
from pathlib import Path

from drivers.device import DeviceError
from drivers.simulated_device import PortDevice
from drivers.simulation import flag_field, number_field, unknown_action
from drivers.transport.pseudo_port import PseudoPort

_FLAGS = ("silent", "garbage", "half", "fail_always")
_ACTIONS = (*_FLAGS, "fail_next", "slow", "unplug", "plug", "state")
_HEAD, _ASK = 0xA0, 0xFF


class SimulatedLight(PortDevice[PseudoPort]):
    """Switches `relays` by commands at the port `folder/name`, and answers when it is asked for them.

    Actions: `state` (`relays`: which are on, `switched`: how often each changed), the faults `silent`, `garbage`,
    `half`, `fail_always` (each `on`; of its answers), `fail_next` (`times`), `slow` (`ms`), `unplug`, `plug`.
    """

    def __init__(self, name: str, folder: Path, *, relays: int = 4) -> None:
        super().__init__(name, folder, PseudoPort(folder / name, self._received))
        self._lock = threading.Lock()
        self._heard = bytearray()
        self._on = dict.fromkeys(range(1, relays + 1), False)
        self._switched = dict.fromkeys(self._on, 0)
        self._flags = dict.fromkeys(_FLAGS, False)
        self._fail_next = 0
        self._slow_ms = 0
        self._noise = 0

    def act(self, action: str, fields: dict[str, object]) -> None:
        """See the class."""
        match action:
            case "slow":
                self._slow_ms = number_field(fields, "ms")
            case "fail_next":
                self._fail_next = number_field({"times": 1} | fields, "times")
            case _ if action in _FLAGS:
                self._flags[action] = flag_field(fields, "on")
            case _:
                raise unknown_action("lane light", action, _ACTIONS)

    def told(self) -> dict[str, object]:
        """See the class."""
        with self._lock:
            return {
                "relays": [number for number, on in self._on.items() if on],
                "switched": list(self._switched.values()),
                "noise": self._noise,
            }

    def unplug(self) -> None:
        """Pull it out; its power came over the same cable, so that all its relays fall off."""
        super().unplug()
        with self._lock:
            self._on = dict.fromkeys(self._on, False)
            self._heard.clear()

    def _received(self, data: bytes) -> None:
        with self._lock:
            self._heard += data
            asked = self._take()
        for _ in range(asked):
            self._answer()

    def _take(self) -> int:
        """Obey all whole commands; returns how often the board was asked."""
        asked = 0
        while self._heard:
            if self._heard[0] == _ASK:
                asked += 1
                del self._heard[0]
            elif self._heard[0] != _HEAD:
                self._noise += 1
                del self._heard[0]
            elif len(self._heard) < 4:
                break
            else:
                self._obey(bytes(self._heard[:4]))
                del self._heard[:4]
        return asked

    def _obey(self, frame: bytes) -> None:
        _, channel, state, check = frame
        if sum(frame[:3]) % 256 != check or channel not in self._on or state > 1:
            self._noise += 1
            return
        self._switched[channel] += self._on[channel] is not bool(state)
        self._on[channel] = bool(state)

    def _answer(self) -> None:
        lines = (f"CH{number}: {'ON' if on else 'OFF'}\r\n" for number, on in self._on.items())
        answer = self._spoilt("".join(lines).encode())
        if not answer:
            return
        if self._slow_ms:
            later = threading.Timer(self._slow_ms / 1000, self._send, (answer,))
            later.daemon = True
            later.start()
        else:
            self._send(answer)

    def _spoilt(self, answer: bytes) -> bytes:
        if self._flags["silent"]:
            return b""
        if self._flags["garbage"]:
            return b"\xff\x00?!\r\n"
        if self._fail_next or self._flags["fail_always"]:
            self._fail_next = max(0, self._fail_next - 1)
            return answer.replace(b"CH", b"C\x00")
        return answer[: len(answer) // 2] if self._flags["half"] else answer

    def _send(self, answer: bytes) -> None:
        # A board that answers while it is being pulled out answers nobody.
        with contextlib.suppress(DeviceError):
            self._port.write(answer)
