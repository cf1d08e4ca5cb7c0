"""What all scanners share: how long a code may be, which characters it may hold, and its AIM identifier."""

from __future__ import annotations

import re

from drivers.scanner.interface import BadRead, Scan

# More than any symbology holds (a QR code: 7,089 digits), so what is longer is noise.
MAX_LENGTH = 8192

# Control characters with a meaning inside a code: EOT, GS and RS of ISO/IEC 15434 messages; GS also separates the
# elements of GS1 codes.
MEANINGFUL_CONTROLS = frozenset("\x04\x1d\x1e")

# ISO/IEC 15424: "]", the letter of the symbology, a modifier.
_AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")


def make_scan(device: str, text: str, *, aim_ids: bool) -> Scan | BadRead | None:
    """Turn what stood between prefix and suffix into a record; None where there was nothing.

    With `aim_ids` a leading "]cm" is split off as the AIM identifier. `BadRead` where the text holds characters that
    no code holds (a wrong baud rate, a lost byte).
    """
    match = _AIM.match(text) if aim_ids else None
    aim = match.group() if match else ""
    content = text[len(aim) :]
    if not content:
        return None
    if any(_is_noise(character) for character in content):
        return BadRead(device, "control_characters")
    return Scan(device, content, aim)


def _is_noise(character: str) -> bool:
    return (character < " " and character not in MEANINGFUL_CONTROLS) or character == "\x7f"
