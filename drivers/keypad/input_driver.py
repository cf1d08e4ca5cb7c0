"""What the drivers of a keypad and of a headset jack have in common: what they are made of, and a check by a person."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Generic, TypeVar

from drivers.device import Condition, Conditions, Sink
from drivers.identity import SYSFS
from drivers.transport.interface import Transport
from drivers.transport.waiting import Deadline

# Nothing to check while idle: a device that goes away ends the wait by itself.
IDLE_S = 60.0
# How long a person has to do something in a check.
PERSON_S = 30.0

SettingsT = TypeVar("SettingsT")
NodeT = TypeVar("NodeT", bound=Transport)


class InputDriver(Generic[SettingsT, NodeT]):
    """The frame of a driver for an input device that a person works."""

    def __init__(  # noqa: PLR0913 # all after the sink have their values on a device
        self,
        alias: str,
        settings: SettingsT,
        sink: Sink,
        *,
        open_node: Callable[[Path], NodeT],
        sysfs: Path = SYSFS,
        person_s: float = PERSON_S,
    ) -> None:
        self._alias = alias
        self._settings = settings
        self._sink = sink
        self._open_node = open_node
        self._sysfs = sysfs
        self._person_s = person_s

    def _done_by_person(self, asked: Condition, look: Callable[[float], bool]) -> bool:
        """Have a person asked for something; whether it was done in time.

        `look` waits as many seconds as it is given, at the most, and says whether it was done.
        """
        self._sink(Conditions((asked,)))
        try:
            deadline = Deadline(self._person_s)
            while not deadline.passed:
                if look(deadline.left_s):
                    return True
            return False
        finally:
            self._sink(Conditions(()))
