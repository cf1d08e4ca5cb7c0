"""What all scanners share: how long a code may be, which characters it may hold, its AIM identifier, and repeats."""

from __future__ import annotations

import re
from typing import Annotated

import msgspec

from drivers.scanner.interface import BadRead, Scan

# More than any symbology holds (a QR code: 7,089 digits), so what is longer is noise.
MAX_LENGTH = 8192

# Control characters with a meaning inside a code: EOT, GS and RS of ISO/IEC 15434 messages; GS also separates the
# elements of GS1 codes.
MEANINGFUL_CONTROLS = frozenset("\x04\x1d\x1e")

# ISO/IEC 15424: "]", the letter of the symbology, a modifier.
AIM = re.compile(r"\][A-Za-z][0-9A-Za-z]")

Record = Scan | BadRead

# The setting of `Repeats`, in milliseconds; 0 lets every read through.
DuplicateMs = Annotated[int, msgspec.Meta(ge=0, le=5000)]


def make_scan(device: str, text: str, *, aim_ids: bool) -> Record | None:
    """Turn what stood between prefix and suffix into a record; None where there was nothing.

    With `aim_ids` a leading "]cm" is split off as the AIM identifier. `BadRead` where the text holds characters that
    no code holds (a wrong baud rate, a lost byte).
    """
    match = AIM.match(text) if aim_ids else None
    aim = match.group() if match else ""
    content = text[len(aim) :]
    if not content:
        return None
    if any(_is_noise(character) for character in content):
        return BadRead(device, "control_characters")
    return Scan(device, content, aim)


def decode(device: str, data: bytes, encoding: str, *, aim_ids: bool) -> Record | None:
    """Turn the bytes between prefix and suffix into a record; see `make_scan`."""
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return BadRead(device, "undecodable")
    return make_scan(device, text, aim_ids=aim_ids)


class Repeats:
    """Tells reads of a code that only lay in the light for too long. Pure: the time is handed in.

    A presentation scanner or a camera that is always on reads what is held before it again and again, and two codes on
    one pack by turns. Each repeat within the window is dropped and begins the window anew, so that a code that stays
    there counts once. The same text in another symbology is another code.
    """

    def __init__(self, window_ms: int) -> None:
        self._window_s = window_ms / 1000
        self._seen: dict[tuple[str, str], float] = {}

    def drops(self, scan: Scan, now_s: float) -> bool:
        """Take a scan in; say whether it is a repeat. `now_s` comes from a monotonic clock."""
        self._seen = {code: at for code, at in self._seen.items() if now_s - at < self._window_s}
        code = (scan.aim, scan.text)
        repeat = code in self._seen
        self._seen[code] = now_s
        return repeat

    def reset(self) -> None:
        """Forget all codes: the next one is wanted, whatever it is."""
        self._seen.clear()


def framing(data: bytes) -> str:
    """Show bytes of a scanner without any content: runs of printable characters by their length, the rest in hex.

    Example: `02 <13> 0D`.
    """
    shown: list[str] = []
    run = 0
    for byte in data:
        if byte in _SHOWN:
            if run:
                shown.append(f"<{run}>")
            run = 0
            shown.append(f"{byte:02X}")
        else:
            run += 1
    if run:
        shown.append(f"<{run}>")
    return " ".join(shown)


# Control characters frame a code; all else may be part of one.
_SHOWN = frozenset(range(0x20)) | {0x7F}


def _is_noise(character: str) -> bool:
    return (character < " " and character not in MEANINGFUL_CONTROLS) or character == "\x7f"
