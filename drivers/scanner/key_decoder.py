"""Key events in, codes out: the pure half of the keyboard-wedge scanner."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from drivers.scanner.codes import MAX_LENGTH, Record, make_scan
from drivers.scanner.interface import BadRead
from drivers.scanner.layout_check import Press
from drivers.scanner.layouts import KEYPAD, KEYPAD_POINT, Layout, by_name, compose, is_dead, standing
from drivers.transport.input_events import EV_KEY, EV_SYN, EVENT, SYN_DROPPED, EventFramer

# Codes and values of linux/input-event-codes.h and linux/input.h.
UP, DOWN = 0, 1
KEY_TAB, KEY_ENTER, KEY_KPENTER = 15, 28, 96
KEY_CAPS_LOCK, KEY_NUM_LOCK = 58, 69
KEY_LEFT_CTRL, KEY_RIGHT_CTRL, KEY_LEFT_ALT, KEY_ALT_GR = 29, 97, 56, 100
KEY_LEFT_SHIFT, KEY_RIGHT_SHIFT = 42, 54
KEY_RIGHT_BRACE = 27

_CTRL, _SHIFT = frozenset({KEY_LEFT_CTRL, KEY_RIGHT_CTRL}), frozenset({KEY_LEFT_SHIFT, KEY_RIGHT_SHIFT})
_MODIFIERS = _CTRL | _SHIFT | {KEY_LEFT_ALT, KEY_ALT_GR}
_ENDS = {"enter": frozenset({KEY_ENTER, KEY_KPENTER}), "tab": frozenset({KEY_TAB}), "none": frozenset[int]()}

# Control characters that scanners send as Ctrl and a key which holds no letter: NUL, RS and US (Honeywell, "Windows
# Control + ASCII"; Ctrl and @, ^, _ where these stand).
_CONTROL_KEYS = {"2": "\x00", "6": "\x1e", "-": "\x1f"}
# No character has a number with more digits, leading zeros and all.
_LONGEST_ALT = 8
# Longer than any layout needs to be told from another; also all that is kept of a code for that.
_LONGEST_EVIDENCE = 64

Terminator = Literal["enter", "tab", "none"]
ControlKeys = Literal["character", "position"]


@dataclass(frozen=True, slots=True)
class Typing:
    """How a scanner types.

    `control_keys`: control characters come as Ctrl and the key that holds the letter on this layout ("character"), or
    the one that holds it on the layout of the United States ("position"). `caps_lock` is "layout", or "letters" or
    "all" for what Caps Lock shifts.
    """

    layout: Layout
    terminator: Terminator = "enter"
    control_keys: ControlKeys = "character"
    caps_lock: Literal["layout", "letters", "all"] = "layout"
    aim_ids: bool = True

    @property
    def shift_lock(self) -> bool:
        """Whether Caps Lock shifts every key."""
        return self.layout.shift_lock if self.caps_lock == "layout" else self.caps_lock == "all"


@dataclass(slots=True)
class _Code:
    """A code as far as it has been typed."""

    text: list[str] = field(default_factory=list)
    presses: list[Press] = field(default_factory=list)
    dead: str = ""
    alt_digits: str = ""
    problem: str = ""

    @property
    def begun(self) -> bool:
        return bool(self.text or self.dead or self.alt_digits or self.problem)


class KeyDecoder:
    """Turns (type, code, value) triples into records. Pure: no clock; `break_off` says that the keys have stopped."""

    def __init__(self, device: str, typing: Typing) -> None:
        self._device = device
        self._typing = typing
        self._layout = typing.layout
        self._control_levels = (by_name("us") if typing.control_keys == "position" else typing.layout).levels
        self._held: set[int] = set()
        self._caps = False
        self._code = _Code()
        self._last_presses: tuple[Press, ...] = ()

    @property
    def pending(self) -> bool:
        """Whether a code has begun and not ended."""
        return self._code.begun

    @property
    def last_presses(self) -> tuple[Press, ...]:
        """The keys of the last code that ended, for `layout_check`; as secret as the code."""
        return self._last_presses

    def feed(self, kind: int, code: int, value: int) -> Record | None:
        """Take one event in; return a record when it ended a code."""
        if kind == EV_SYN and code == SYN_DROPPED:
            # The kernel's buffer ran over: what is held is unknown, and the code has a hole.
            self._held.clear()
            self._code.problem = "events_lost"
        if kind != EV_KEY:
            return None
        if code in _MODIFIERS:
            self._modifier(code, value)
            return None
        if value != DOWN:
            return None
        if code in _ENDS[self._typing.terminator]:
            return self._end()
        self._press(code)
        return None

    def break_off(self) -> Record | None:
        """Say that the keys have stopped: without a terminator the code ends here, else it has broken off."""
        if not self.pending:
            return None
        if self._typing.terminator == "none":
            return self._end()
        problem = self._code.problem or "broken_off"
        self._forget()
        return BadRead(self._device, problem)

    def _modifier(self, code: int, value: int) -> None:
        if value != UP:
            self._held.add(code)
            return
        self._held.discard(code)
        if code == KEY_LEFT_ALT and self._code.alt_digits:
            digits, self._code.alt_digits = self._code.alt_digits, ""
            self._type(_alt_character(digits))

    def _press(self, code: int) -> None:
        if code == KEY_CAPS_LOCK:
            self._caps = not self._caps
        elif code == KEY_NUM_LOCK:
            # Scanners set it on the computer before they use the keypad; the keypad is always read as digits.
            return
        elif KEY_LEFT_ALT in self._held and KEYPAD.get(code, "").isdigit():
            self._code.alt_digits = (self._code.alt_digits + KEYPAD[code])[:_LONGEST_ALT]
        elif self._held & _CTRL and KEY_ALT_GR not in self._held:
            self._type(self._control(code))
        else:
            self._type(self._character(code))

    def _character(self, code: int) -> str:
        if code == KEYPAD_POINT:
            return self._layout.keypad_point
        if code in KEYPAD:
            return KEYPAD[code]
        shift, alt_gr = bool(self._held & _SHIFT), KEY_ALT_GR in self._held
        if self._caps and self._typing.shift_lock:
            shift = not shift
        if len(self._code.presses) < _LONGEST_EVIDENCE:
            self._code.presses.append(Press(code, 2 * alt_gr + shift))
        character = self._layout.levels[2 * alt_gr + shift].get(code, "")
        if self._caps and not self._typing.shift_lock and character.isalpha() and len(character.swapcase()) == 1:
            return character.swapcase()
        return character

    def _control(self, code: int) -> str:
        shift = bool(self._held & _SHIFT)
        character = self._control_levels[shift].get(code, "").upper()
        if len(character) == 1 and "@" <= character <= "_":
            return chr(ord(character) & 0x1F)
        if character in _CONTROL_KEYS:
            return _CONTROL_KEYS[character]
        # The key right of P stands for GS on layouts that have "]" elsewhere, or behind AltGr: scanners send it there.
        return "\x1d" if code == KEY_RIGHT_BRACE else ""

    def _type(self, character: str) -> None:
        code = self._code
        if not character:
            code.problem = code.problem or "unknown_key"
        elif code.dead:
            # A second dead key stands for the sign of the first, as a space would.
            code.text.extend(compose(code.dead, " " if is_dead(character) else character))
            code.dead = ""
        elif is_dead(character):
            code.dead = character
        else:
            code.text.append(character)
        if len(code.text) > MAX_LENGTH:
            code.text.clear()
            code.problem = "too_long"

    def _end(self) -> Record | None:
        code = self._code
        self._forget()
        if code.problem:
            return BadRead(self._device, code.problem)
        text = "".join(code.text) + (standing(code.dead) if code.dead else "")
        return make_scan(self._device, text, aim_ids=self._typing.aim_ids)

    def _forget(self) -> None:
        self._last_presses = tuple(self._code.presses)
        self._code = _Code()


def describe(frame: bytes) -> dict[str, object]:
    """Tell a technician what kind of events these are, without which keys. Never raises."""
    events = list(EventFramer().feed(frame))
    return {
        "events": len(events),
        "keys_pressed": sum(
            kind == EV_KEY and value == DOWN and code not in _MODIFIERS for kind, code, value in events
        ),
        "ends": sum(kind == EV_KEY and value == DOWN and code in _ENDS["enter"] for kind, code, value in events),
        "events_lost": any(kind == EV_SYN and code == SYN_DROPPED for kind, code, _ in events),
        "bytes_left_over": len(frame) % EVENT.size,
    }


def redact(data: bytes) -> str:
    """Show bytes for the ring of last frames: how many events, not which keys."""
    events = list(EventFramer().feed(data))
    keys = sum(kind == EV_KEY for kind, _, _ in events)
    return f"{len(events)} events, {keys} of keys, {len(data) % EVENT.size} bytes left over"


def _alt_character(digits: str) -> str:
    """Return the character of Alt and digits on the keypad: a leading 0 says Windows-1252, none says code page 437."""
    number = int(digits)
    if number > 0xFF:
        return chr(number) if number <= 0xFFFF and not 0xD800 <= number <= 0xDFFF else ""
    encoding = "cp1252" if digits.startswith("0") else "cp437"
    return bytes([number]).decode(encoding, errors="ignore")
