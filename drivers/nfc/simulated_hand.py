"""The hand that holds simulated tags to simulated readers: which tag is there, and what goes wrong with it."""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from drivers.nfc.simulated_tags import SimulatedTag, make_tag
from drivers.simulation import flag_field, number_field, unknown_action

ACTIONS = ("tap", "remove", "remove_after", "silent", "garbage", "half", "fail_next", "fail_always", "state")
_GARBAGE = bytes.fromhex("DEADBEEF6F00")
_FAILED = bytes.fromhex("6F00")


@dataclass(slots=True)
class _Troubles:
    silent: bool = False
    garbage: bool = False
    half: bool = False
    fail_next: bool = False
    fail_always: bool = False
    remove_after: int | None = None


@dataclass(slots=True)
class Hand:
    """Holds one tag at a time. `held` and `removed` are called outside of its lock when that changes.

    Actions: `tap` (see `make_tag`), `remove`, `remove_after` (`commands`: the tag is taken away before the answer to
    the next but so many), `silent`, `garbage`, `half` (answers are cut short), `fail_always` (each `on`), `fail_next`,
    `state`.
    """

    held: Callable[[SimulatedTag], None]
    removed: Callable[[], None]
    name: str
    _tag: SimulatedTag | None = None
    _troubles: _Troubles = field(default_factory=_Troubles)
    _commands: int = 0
    _taps: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def tag(self) -> SimulatedTag | None:
        """The tag that is there."""
        return self._tag

    def control(self, action: str, fields: dict[str, object]) -> dict[str, object]:
        """See the class; `DeviceError` for any other action."""
        match action:
            case "tap":
                self._tap(make_tag(fields))
            case "remove":
                self.remove()
            case "remove_after":
                with self._lock:
                    self._troubles.remove_after = number_field(fields, "commands")
            case "silent" | "garbage" | "half" | "fail_always" | "fail_next":
                on = flag_field(fields, "on")
                with self._lock:
                    setattr(self._troubles, action, on)
            case "state":
                pass
            case _:
                raise unknown_action(self.name, action, ACTIONS)
        return self.state()

    def state(self) -> dict[str, object]:
        """Return what there is to tell."""
        with self._lock:
            return {"tag": self._tag is not None, "taps": self._taps, "commands": self._commands}

    def remove(self) -> None:
        """Take the tag away."""
        with self._lock:
            tag, self._tag = self._tag, None
        if tag is not None:
            self.removed()

    def answer(self, command: bytes, ask: Callable[[SimulatedTag, bytes], bytes]) -> bytes | None:
        """Return `ask(tag, command)`, or what the present troubles make of it; None where nothing is answered."""
        with self._lock:
            troubles, tag = self._troubles, self._tag
            self._commands += 1
            failing, troubles.fail_next = troubles.fail_next or troubles.fail_always, False
            if troubles.remove_after is not None:
                troubles.remove_after -= 1
            gone = troubles.remove_after is not None and troubles.remove_after < 0
            if gone:
                troubles.remove_after = None
        if gone:
            self.remove()
        if gone or tag is None or troubles.silent:
            return None
        if troubles.garbage or failing:
            return _GARBAGE if troubles.garbage else _FAILED
        answer = ask(tag, command)
        return answer[: len(answer) // 2] if troubles.half else answer

    def _tap(self, tag: SimulatedTag) -> None:
        self.remove()
        tag.power_up()
        with self._lock:
            self._tag = tag
            self._taps += 1
        self.held(tag)
