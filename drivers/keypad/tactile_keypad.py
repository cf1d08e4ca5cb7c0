"""A tactile keypad, read from its event nodes, grabbed so that nothing else sees the keys."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Annotated

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
from drivers.identity import SYSFS, UsbIdentity
from drivers.keypad.input_driver import IDLE_S, PERSON_S, InputDriver
from drivers.keypad.input_nodes import find_keypad
from drivers.keypad.interface import HeadsetChanged, KeyPressed
from drivers.keypad.key_maps import Jack, Profile, key_map
from drivers.keypad.key_reader import KeyReader, Press
from drivers.transport.evdev_nodes import open_input
from drivers.transport.interface import Transport
from drivers.transport.waiting import wait_readable


class TactileKeypadSettings(UsbIdentity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a tactile keypad. `keys`: key name ("KEY_F17") -> meaning ("help", "headset_in"), over the profile.

    `simulated` is the path of a simulated keypad, in place of a real one.
    """

    driver: str
    profile: Profile = "storm_nav_pad"
    keys: dict[str, str] = msgspec.field(default_factory=dict)
    simulated: Annotated[str, msgspec.Meta(max_length=4096)] = ""

    def __post_init__(self) -> None:
        """Refuse what is no key and what is no meaning."""
        key_map(self.profile, self.keys)


def open_keypad(node: Path) -> Transport:
    """Open a node of a keypad, and grab it."""
    return open_input(node, "keypad", grab=True)


class TactileKeypad(InputDriver[TactileKeypadSettings, Transport]):
    """Driver of a tactile keypad; see `drivers.device.Driver`. It cannot be asked anything: READY once grabbed.

    Emits `KeyPressed`, and `HeadsetChanged` where the keypad has the jack.
    """

    def __init__(  # noqa: PLR0913 # all after the sink have their values on a device
        self,
        alias: str,
        settings: TactileKeypadSettings,
        sink: Sink,
        *,
        open_node: Callable[[Path], Transport] = open_keypad,
        sysfs: Path = SYSFS,
        person_s: float = PERSON_S,
    ) -> None:
        super().__init__(alias, settings, sink, open_node=open_node, sysfs=sysfs, person_s=person_s)
        self._keys = key_map(settings.profile, settings.keys)
        self._nodes: list[tuple[Transport, KeyReader]] = []

    @property
    def category(self) -> Category:
        """The category this driver belongs to."""
        return Category.KEYPAD

    def open(self) -> None:
        """Find the keypad by its identity, and take all its nodes for this program alone.

        Raises `DeviceError`: permanent where two fit, without permission, and where another program has it; not
        permanent where it is absent.
        """
        self.close()
        settings = self._settings
        if settings.simulated:
            nodes = [Path(settings.simulated)]
        else:
            nodes = find_keypad(settings, self._alias, self._keys, sysfs=self._sysfs)
        for node in nodes:
            self._nodes.append((self._open_node(node), KeyReader(self._keys)))

    def listen(self, wake_fd: int, emit: Sink) -> None:
        """Hand keys over as they come; see `drivers.device.Driver`."""
        for press in self._heard(IDLE_S, wake_fd):
            self._tell(press, emit)

    def close(self) -> None:
        """Give all nodes back; may be called twice."""
        nodes, self._nodes = self._nodes, []
        for transport, _ in nodes:
            transport.close()

    def check_health(self, level: HealthLevel) -> Finding:
        """INTERNAL, EXTERNAL: the keypad is there, and grabbed. INTERACTIVE: a person presses a key within 30 s."""
        self._require_open()
        if level is not HealthLevel.INTERACTIVE:
            return Finding(passed=True, text=f"The keypad is there, and grabbed ({len(self._nodes)} nodes).")
        # What is pressed in a check is for the check.
        if self._done_by_person(_PRESS_ONE, lambda wait_s: bool(self._heard(wait_s))):
            return Finding(passed=True, text="A key was pressed, and it has a meaning.")
        remedy = "See with `evtest` what its keys send, and set `profile` or `keys`."
        return Finding(passed=False, text="No key that has a meaning was pressed.", remedy=remedy)

    def _heard(self, timeout_s: float, *wake_fds: int) -> list[Press]:
        self._require_open()
        by_fd = {transport.fileno(): (transport, reader) for transport, reader in self._nodes}
        ready = wait_readable(timeout_s, *wake_fds, *by_fd)
        return [
            press
            for fd, (transport, reader) in by_fd.items()
            if fd in ready
            for press in reader.feed(transport.read(0))
        ]

    def _tell(self, press: Press, emit: Sink) -> None:
        if isinstance(press.meaning, Jack):
            emit(HeadsetChanged(self._alias, press.meaning is Jack.IN))
        else:
            emit(KeyPressed(self._alias, press.meaning, press.repeated))

    def _require_open(self) -> None:
        if not self._nodes:
            raise DeviceError("The keypad is not connected.", "Plug it in.")


_PRESS_ONE = Condition("press_a_key", Severity.WARNING, "The keypad is being checked.", "Press one of its keys now.")
