"""Key events in, codes out: the pure half of the keyboard-wedge scanner."""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field

from drivers.scanner.codes import MAX_LENGTH, make_scan
from drivers.scanner.interface import BadRead, Scan
from drivers.scanner.layouts import KEYPAD, KEYPAD_POINT, Layout

# Types, codes and values of linux/input-event-codes.h and linux/input.h.
EV_SYN, EV_KEY = 0, 1
SYN_DROPPED = 3
UP, DOWN = 0, 1
KEY_TAB, KEY_ENTER, KEY_KPENTER = 15, 28, 96
KEY_CAPS_LOCK, KEY_NUM_LOCK = 58, 69
KEY_LEFT_CTRL, KEY_RIGHT_CTRL, KEY_LEFT_ALT, KEY_ALT_GR = 29, 97, 56, 100
KEY_LEFT_SHIFT, KEY_RIGHT_SHIFT = 42, 54
KEY_RIGHT_BRACE = 27

_CTRL, _SHIFT = frozenset({KEY_LEFT_CTRL, KEY_RIGHT_CTRL}), frozenset({KEY_LEFT_SHIFT, KEY_RIGHT_SHIFT})
_MODIFIERS = _CTRL | _SHIFT | {KEY_LEFT_ALT, KEY_ALT_GR}

# What a dead key becomes when a letter follows: combining characters.
_COMBINING = {"´": "\u0301", "`": "\u0300", "^": "\u0302"}


@dataclass(slots=True)
class _Code:
    """A code as far as it has been typed."""

    text: list[str] = field(default_factory=list)
    dead: str = ""
    alt_digits: str = ""
    problem: str = ""

    @property
    def begun(self) -> bool:
        return bool(self.text or self.dead or self.alt_digits or self.problem)


class KeyDecoder:
    """Turns (type, code, value) triples into records. Pure: no clock; `break_off` says that the keys have stopped."""

    def __init__(self, device: str, layout: Layout, *, terminator: str = "enter", aim_ids: bool = True) -> None:
        self._device = device
        self._layout = layout
        self._ends = frozenset({KEY_TAB} if terminator == "tab" else {KEY_ENTER, KEY_KPENTER})
        self._aim_ids = aim_ids
        self._held: set[int] = set()
        self._caps = False
        self._code = _Code()

    @property
    def pending(self) -> bool:
        """Whether a code has begun and not ended."""
        return self._code.begun

    def feed(self, kind: int, code: int, value: int) -> Scan | BadRead | None:
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
        if code in self._ends:
            return self._end()
        self._press(code)
        return None

    def break_off(self) -> BadRead | None:
        """Give up on a code that began and was not ended; whatever is held down stays held."""
        problem = self._code.problem or "broken_off"
        begun = self.pending
        self._code = _Code()
        return BadRead(self._device, problem) if begun else None

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
            self._code.alt_digits += KEYPAD[code]
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
        character = self._layout.levels[2 * alt_gr + shift].get(code, "")
        # Caps Lock trades small for capital letters only, never "1" for "!".
        if self._caps and character.isalpha() and len(character.swapcase()) == 1:
            return character.swapcase()
        return character

    def _control(self, code: int) -> str:
        # Ctrl with the key right of P stands for GS wherever "]" is on the layout: scanners send the position.
        character = "]" if code == KEY_RIGHT_BRACE else self._layout.levels[0].get(code, "").upper()
        return chr(ord(character) & 0x1F) if len(character) == 1 and "@" <= character <= "_" else ""

    def _type(self, character: str) -> None:
        code = self._code
        if not character:
            code.problem = code.problem or "unknown_key"
        elif code.dead:
            code.text.extend(_compose(code.dead, character))
            code.dead = ""
        elif character in self._layout.dead:
            code.dead = character
        else:
            code.text.append(character)
        if len(code.text) > MAX_LENGTH:
            code.text.clear()
            code.problem = "too_long"

    def _end(self) -> Scan | BadRead | None:
        code, self._code = self._code, _Code()
        if code.problem:
            return BadRead(self._device, code.problem)
        return make_scan(self._device, "".join(code.text) + code.dead, aim_ids=self._aim_ids)


def _compose(dead: str, character: str) -> str:
    if character == " ":
        return dead
    composed = unicodedata.normalize("NFC", character + _COMBINING[dead])
    return composed if len(composed) == 1 else dead + character


def _alt_character(digits: str) -> str:
    """Return the character of Alt and digits on the keypad: a leading 0 says Windows-1252, none says code page 437."""
    number = int(digits[:8])
    if number > 0xFF:
        return chr(number) if number <= 0xFFFF and not 0xD800 <= number <= 0xDFFF else ""
    encoding = "cp1252" if digits.startswith("0") else "cp437"
    return bytes([number]).decode(encoding, errors="ignore")
