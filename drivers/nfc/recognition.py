"""What the lane is told of a tag: its records, and its signed message where keys are set. Shared by all readers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from drivers.device import Sink, Slip
from drivers.nfc import ndef_message, signed_url
from drivers.nfc.interface import NdefRecord, SignedMessage, TagKind, TagPresent, TagProblem
from drivers.nfc.keys import load
from drivers.nfc.replay import ReplayGuard
from drivers.nfc.signed_url import Names, TagKeys
from drivers.transport.recording import Side

_Parameter = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.~-]{1,32}$")]


class TagSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What every NFC reader is told about signed tags (NTAG 424 DNA). Nothing of it is needed for other tags.

    `keys` is a key file, absolute or relative to the data folder of the lane; where it is empty nothing is verified.
    The others name the parameters of the tags' URL; `mac_from` that at whose value the signed text begins.
    """

    keys: Annotated[str, msgspec.Meta(max_length=4096)] = ""
    picc_data: _Parameter = "picc_data"
    enc: _Parameter = "enc"
    uid: _Parameter = "uid"
    ctr: _Parameter = "ctr"
    cmac: _Parameter = "cmac"
    mac_from: _Parameter | None = None


# What is told every frame that goes to a tag and comes from it, for bug reports.
Saw = Callable[[Side, bytes], None]


class TagGoneError(Exception):
    """The tag was taken away while it was read."""


@dataclass(frozen=True, slots=True)
class Tag:
    """A tag as it was read: `content` is its NDEF message, why there is none, or None where it has an id only."""

    uid: bytes
    kind: TagKind
    content: bytes | TagProblem | None


class Recognition:
    """Turns tags into records. Holds the keys and the counters from its making to `close`."""

    def __init__(self, alias: str, settings: TagSettings, data_folder: Path) -> None:
        """Read the keys and open the counters; a permanent `DeviceError` where either cannot be."""
        self._alias = alias
        self._names = Names(
            settings.picc_data, settings.enc, settings.uid, settings.ctr, settings.cmac, settings.mac_from or ""
        )
        self._keys: tuple[TagKeys, ...] = load(data_folder / settings.keys) if settings.keys else ()
        self._guard = ReplayGuard(data_folder) if self._keys else None

    def recognise(self, tag: Tag, emit: Sink) -> TagPresent:
        """Return what the lane is told; content that cannot be read is counted as a bad frame."""
        content = ndef_message.read(tag.content) if isinstance(tag.content, bytes) else tag.content
        problem: TagProblem | None = None
        records: tuple[NdefRecord, ...] = ()
        signed: SignedMessage | None = None
        if isinstance(content, TagProblem):
            problem = content
        elif content is not None:
            records = content
            signed, problem = self._verify(records, tag)
        if problem is TagProblem.UNREADABLE:
            emit(Slip.BAD_FRAME)
        uid = tag.uid.hex().upper()
        return TagPresent(self._alias, uid, tag.kind, records, signed, problem, random_id=is_random(tag.uid))

    def close(self) -> None:
        """Forget the keys and close the counters; may be called twice."""
        self._keys = ()
        if self._guard is not None:
            self._guard.close()

    def _verify(self, records: tuple[NdefRecord, ...], tag: Tag) -> tuple[SignedMessage | None, TagProblem | None]:
        guard = self._guard
        if guard is None:
            return None, None
        for record in records:
            found = signed_url.read(record.text, self._names, self._keys)
            if isinstance(found, SignedMessage):
                return self._new(found, tag, guard.accept)
            if found is not None:
                return None, found
        return None, None

    def _new(
        self, message: SignedMessage, tag: Tag, accept: Callable[[str, int], bool]
    ) -> tuple[SignedMessage | None, TagProblem | None]:
        """A message that was copied to another tag is none, although its MAC holds: ask the counter, and the id."""
        if not is_random(tag.uid) and tag.uid.hex().upper() != message.uid:
            return None, TagProblem.REPLAYED
        if not accept(message.uid, message.counter):
            return None, TagProblem.REPLAYED
        return message, None


def is_random(uid: bytes) -> bool:
    """Whether an id is drawn anew each time: four bytes, the first 08 (ISO/IEC 14443-3, 6.5.4)."""
    return len(uid) == 4 and uid[0] == 0x08
