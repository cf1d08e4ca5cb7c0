"""The headset jack of a sound card, by the switch that ALSA shows as an input device. Not grabbed: others need it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Protocol

import msgspec

from drivers.device import (
    Category,
    Condition,
    DeviceError,
    Finding,
    HealthLevel,
    Severity,
    Sink,
)
from drivers.identity import SYSFS
from drivers.keypad.input_driver import IDLE_S, PERSON_S, InputDriver
from drivers.keypad.input_nodes import SW_HEADPHONE_INSERT, SW_MICROPHONE_INSERT, find_jack
from drivers.keypad.interface import HeadsetChanged
from drivers.transport.evdev_nodes import open_input
from drivers.transport.input_events import EV_SW, EV_SYN, EVENT, SYN_DROPPED, EventFramer, InputEvent
from drivers.transport.interface import Transport
from drivers.transport.waiting import wait_readable

_PLUGS = (SW_HEADPHONE_INSERT, SW_MICROPHONE_INSERT)


class HeadsetJackSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a headset jack. `name` as `cat /proc/bus/input/devices` shows it ("HDA Intel PCH Headphone").

    `phys` where two are called the same. `simulated` is the path of a simulated jack, in place of a real one.
    """

    driver: str
    name: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    phys: Annotated[str, msgspec.Meta(max_length=128)] = ""
    simulated: Annotated[str, msgspec.Meta(max_length=4096)] = ""


class JackTransport(Transport, Protocol):
    """An input device that says what its switches stand at."""

    def switches(self) -> int:
        """Return what all switches stand at, bit n for switch n."""
        ...


def open_jack(node: Path) -> JackTransport:
    """Open the node of a jack, without grabbing it."""
    return open_input(node, "headset jack", grab=False)


class Plug:
    """Whether something is in the jack: pure, events in."""

    def __init__(self) -> None:
        self._in: dict[int, bool] = dict.fromkeys(_PLUGS, False)
        self.lost = False

    @property
    def plugged(self) -> bool:
        """Whether a headphone or a microphone is plugged in."""
        return any(self._in.values())

    def start(self, switches: int) -> None:
        """What the switches stand at now."""
        self._in = {code: bool(switches >> code & 1) for code in _PLUGS}
        self.lost = False

    def see(self, event: InputEvent) -> None:
        """Take an event in; `lost` once the kernel has lost some, so that the switches have to be read again."""
        if event.kind == EV_SW and event.code in self._in:
            self._in[event.code] = bool(event.value)
        elif event.kind == EV_SYN and event.code == SYN_DROPPED:
            self.lost = True


class HeadsetJack(InputDriver[HeadsetJackSettings, JackTransport]):
    """Driver of a headset jack; see `drivers.device.Driver`. READY once its switch was read.

    Emits `HeadsetChanged`, first with what is so when it is opened.
    """

    def __init__(  # noqa: PLR0913 # all after the sink have their values on a device
        self,
        alias: str,
        settings: HeadsetJackSettings,
        sink: Sink,
        *,
        open_node: Callable[[Path], JackTransport] = open_jack,
        sysfs: Path = SYSFS,
        person_s: float = PERSON_S,
    ) -> None:
        super().__init__(alias, settings, sink, open_node=open_node, sysfs=sysfs, person_s=person_s)
        self._transport: JackTransport | None = None
        self._framer = EventFramer()
        self._plug = Plug()
        self._told: bool | None = None

    @property
    def category(self) -> Category:
        """The category this driver belongs to."""
        return Category.HEADSET_JACK

    def open(self) -> None:
        """Find the jack by its name and read its switch; raises `DeviceError` as `find_jack` and `open_input` do."""
        self.close()
        settings = self._settings
        node = (
            Path(settings.simulated)
            if settings.simulated
            else find_jack(settings.name, settings.phys, self._alias, sysfs=self._sysfs)
        )
        self._transport = self._open_node(node)
        self._framer, self._plug, self._told = EventFramer(), Plug(), None
        self._plug.start(self._transport.switches())

    def listen(self, wake_fd: int, emit: Sink) -> None:
        """Tell what is so, then wait for a change; see `drivers.device.Driver`."""
        self._tell(emit)
        self._hear(IDLE_S, wake_fd)
        self._tell(emit)

    def close(self) -> None:
        """Give the node back; may be called twice."""
        transport, self._transport = self._transport, None
        if transport is not None:
            transport.close()

    def check_health(self, level: HealthLevel) -> Finding:
        """INTERNAL, EXTERNAL: its switch can be read. INTERACTIVE: a person plugs or unplugs within 30 s."""
        if level is HealthLevel.INTERNAL:
            return self._finding()
        self._plug.start(self._opened().switches())
        if level is HealthLevel.EXTERNAL:
            return self._finding()
        before = self._plug.plugged
        if self._done_by_person(_MOVE_IT, lambda wait_s: self._moved(before, wait_s)):
            return Finding(passed=True, text="A headset was plugged in or pulled out, and the jack said so.")
        remedy = "See by `evtest` whether this jack has a switch at all; many USB sound cards have none."
        return Finding(passed=False, text="Nothing was noticed at the jack.", remedy=remedy)

    def _moved(self, before: bool, wait_s: float) -> bool:
        self._hear(wait_s)
        return self._plug.plugged is not before

    def _hear(self, timeout_s: float, *wake_fds: int) -> None:
        transport = self._opened()
        fd = transport.fileno()
        if fd not in wait_readable(timeout_s, *wake_fds, fd):
            return
        for event in self._framer.feed(transport.read(0)):
            self._plug.see(event)
        if self._plug.lost:
            self._plug.start(transport.switches())

    def _tell(self, emit: Sink) -> None:
        plugged = self._plug.plugged
        if plugged is not self._told:
            self._told = plugged
            emit(HeadsetChanged(self._alias, plugged))

    def _finding(self) -> Finding:
        self._opened().fileno()
        state = "plugged in" if self._plug.plugged else "not plugged in"
        return Finding(passed=True, text=f"The jack is there; a headset is {state}.")

    def _opened(self) -> JackTransport:
        if self._transport is None:
            raise DeviceError("The headset jack is not open.", "Check the sound card.")
        return self._transport


def describe(frame: bytes) -> dict[str, object]:
    """Return what a frame is, for a technician; never raises."""
    if not frame or len(frame) % EVENT.size:
        return {"error": f"{len(frame)} bytes are no input events of {EVENT.size}"}
    names = {SW_HEADPHONE_INSERT: "headphone", SW_MICROPHONE_INSERT: "microphone"}
    events = EventFramer().feed(frame)
    return {names[event.code]: bool(event.value) for event in events if event.kind == EV_SW and event.code in names}


def redact(data: bytes) -> str:
    """Return what may be shown of what a jack said: all of it."""
    return data.hex(" ")


_MOVE_IT = Condition(
    "move_the_plug", Severity.WARNING, "The headset jack is being checked.", "Plug a headset in, or pull it out."
)
