"""Whether the layout in the settings is the one set in the scanner, judged by the keys of whole codes.

Pure. A code that makes no sense under the layout of the settings, and good sense under another, is evidence: an AIM
identifier in front (the "]C1" of an American scanner is "+C1" on the German layout), or nothing but digits (the badge
0013748911 of a French scanner is "))!#&$*(!!" on the American one).
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from drivers.device import Condition, Severity
from drivers.scanner.codes import AIM
from drivers.scanner.layouts import NAMES, Layout, by_name

# One such code may be a badge that looks odd; two in a row are a setting.
_CODES_IN_A_ROW = 2
# A shorter code without a letter may be all signs by chance.
_LEAST_DIGITS = 6


class Press(NamedTuple):
    """One key, and the level it was pressed at: 0 plain, 1 Shift, 2 AltGr, 3 both."""

    code: int
    level: int


class LayoutCheck:
    """Watches the codes of one scanner. Pure: no clock."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._others = [by_name(name) for name in NAMES if name != layout.name]
        self._in_a_row = 0
        self._candidates: Counter[str] = Counter()
        self._condition: Condition | None = None

    @property
    def condition(self) -> Condition | None:
        """`layout_unknown` while the codes do not fit."""
        return self._condition

    def take(self, presses: Sequence[Press], *, unknown_key: bool) -> bool:
        """Take the keys of one code in; say whether `condition` has changed."""
        before = self._condition
        if _makes_sense(self._layout, presses) and not unknown_key:
            self._in_a_row = 0
            self._candidates.clear()
            self._condition = None
        else:
            fitting = [other.name for other in self._others if _makes_sense(other, presses)]
            if fitting or unknown_key:
                self._in_a_row += 1
                self._candidates.update(fitting)
            if self._in_a_row >= _CODES_IN_A_ROW:
                self._condition = self._unfit()
        return self._condition != before

    def _unfit(self) -> Condition:
        most = max(self._candidates.values(), default=0)
        likely = [name for name in NAMES if most and self._candidates[name] == most]
        guess = f" Likely: {', '.join(likely)}." if likely else ""
        return Condition(
            "layout_unknown",
            Severity.WARNING,
            f"The scanner does not type on the layout {self._layout.name!r} of the settings.",
            f"Set `layout` to the keyboard country that is set in the scanner, or set the scanner to it.{guess}",
        )


def _makes_sense(layout: Layout, presses: Sequence[Press]) -> bool:
    text = "".join(layout.levels[press.level].get(press.code, "\0") for press in presses)
    digits = len(text) >= _LEAST_DIGITS and text.isascii() and text.isdigit()
    return digits or AIM.match(text) is not None
