"""Which keys a scanner of a layout presses for a text: the other side of `key_decoder`, for simulated scanners."""

from __future__ import annotations

from collections.abc import Iterator

from drivers.scanner.key_decoder import (
    DOWN,
    KEY_ALT_GR,
    KEY_LEFT_ALT,
    KEY_LEFT_CTRL,
    KEY_LEFT_SHIFT,
    KEY_RIGHT_BRACE,
    UP,
)
from drivers.scanner.layouts import KEYPAD, Layout, is_dead, standing
from drivers.transport.input_events import EV_KEY, EV_SYN, EVENT

Event = tuple[int, int, int]

_KEY_SPACE = 57
_HELD = ((), (KEY_LEFT_SHIFT,), (KEY_ALT_GR,), (KEY_LEFT_SHIFT, KEY_ALT_GR))
_KEYPAD_PLACES = {character: code for code, character in KEYPAD.items()}


def tap(code: int, *held: int) -> list[Event]:
    """Events of one key with others held, each followed by the report that ends it, as the kernel sends them."""
    keys = [(key, DOWN) for key in held] + [(code, DOWN), (code, UP)] + [(key, UP) for key in reversed(held)]
    return [event for key, value in keys for event in ((EV_KEY, key, value), (EV_SYN, 0, 0))]


def typed(layout: Layout, text: str) -> list[Event]:
    """Events with which a scanner of that layout types `text`, Alt and the keypad where no key has a character."""
    places = _places(layout)
    events: list[Event] = []
    for character in text:
        if character in places:
            code, held, dead = places[character]
            events += tap(code, *held)
            if dead:
                events += tap(_KEY_SPACE)
        elif character == "\x1d":
            events += tap(KEY_RIGHT_BRACE, KEY_LEFT_CTRL)
        else:
            events += alt_digits(character)
    return events


def alt_digits(character: str) -> list[Event]:
    """Events of Alt and digits on the keypad; `?` for what Windows-1252 does not have."""
    number = f"0{character.encode('cp1252', errors='replace')[0]}"
    events = [event for digit in number for event in tap(_KEYPAD_PLACES[digit])]
    return [(EV_KEY, KEY_LEFT_ALT, DOWN), (EV_SYN, 0, 0), *events, (EV_KEY, KEY_LEFT_ALT, UP), (EV_SYN, 0, 0)]


def packed(events: list[Event]) -> bytes:
    """Return events as a node of the kernel gives them."""
    return b"".join(EVENT.pack(0, 0, *event) for event in events)


def _places(layout: Layout) -> dict[str, tuple[int, tuple[int, ...], bool]]:
    """Where each character is: key, what is held, whether it is dead; by the least that has to be held."""
    places: dict[str, tuple[int, tuple[int, ...], bool]] = {}
    for character, code, held in _keys(layout):
        sign = standing(character) if is_dead(character) else character
        # A key that is not dead comes first: it takes no space after it.
        if sign not in places or (places[sign][2] and not is_dead(character)):
            places[sign] = (code, held, is_dead(character))
    return places


def _keys(layout: Layout) -> Iterator[tuple[str, int, tuple[int, ...]]]:
    for level, held in enumerate(_HELD):
        for code, character in layout.levels[level].items():
            yield character, code, held
