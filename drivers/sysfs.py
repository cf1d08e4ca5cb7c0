"""What the kernel tells of a device in sysfs, read so that a device that goes away meanwhile says nothing."""

from __future__ import annotations

from pathlib import Path
from struct import calcsize

# Bitmaps are written in words of the kernel's long.
_WORD_BITS = calcsize("@l") * 8


def attribute(path: Path) -> str:
    """Return the text of an attribute, "" where there is none."""
    try:
        return path.read_text(encoding="utf-8", errors="replace").strip()
    except OSError:
        return ""


def has_bit(bitmap: str, bit: int) -> bool:
    """Whether a bitmap as sysfs writes it ("8000 1000ffff", the highest word first) has this bit."""
    words = bitmap.split()
    try:
        return bool(int(words[-1 - bit // _WORD_BITS], 16) >> bit % _WORD_BITS & 1)
    except (IndexError, ValueError):
        return False
