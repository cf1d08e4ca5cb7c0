"""Is a batch what it says: right hashes, signed by the device it came from, about itself. Pure."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec

from headquarters.devices import Device
from headquarters.wire import Limits, Refusal
from kiosk.domain.signing import verify
from kiosk.messages.entry import EntryHeader, SealedEntry, hash_of, header_from
from kiosk.messages.envelope import Batch
from kiosk.messages.topics import is_topic_part


@dataclass(frozen=True, slots=True)
class Genuine:
    """An entry that the device itself made, unchanged since: hash and signature hold and the ids are its own."""

    sealed: SealedEntry
    header: EntryHeader


def check(device: Device, batch: Batch, limits: Limits) -> tuple[Genuine, ...] | Refusal:
    """All entries of a batch, or why none of them is taken. What they mean is not looked at here."""
    evidence = batch.entries[0].body.encode(errors="replace") if batch.entries else b""
    if not is_topic_part(batch.epoch):
        return Refusal("not_an_epoch", "the name of the epoch cannot be one", evidence)
    if not batch.entries or len(batch.entries) > limits.entries:
        return Refusal("too_big", f"{len(batch.entries)} entries; 1 to {limits.entries} are taken", evidence)
    genuine = []
    for position, sealed in enumerate(batch.entries, batch.first):
        checked = _check_entry(device, batch.epoch, position, sealed)
        if isinstance(checked, Refusal):
            return checked
        genuine.append(checked)
    return tuple(genuine)


def _check_entry(device: Device, epoch: str, position: int, sealed: SealedEntry) -> Genuine | Refusal:
    evidence = sealed.body.encode(errors="replace")
    if position < 1 or sealed.position != position:
        return Refusal("not_consecutive", f"position {sealed.position} where {position} should stand", evidence)
    if not _hash_holds(sealed):
        return Refusal("wrong_hash", f"position {position} was changed after it was hashed", evidence)
    if not verify(device.public_key, sealed.hash, sealed.signature):
        return Refusal("bad_signature", f"position {position} is not signed by the registered key", evidence)
    try:
        header = header_from(sealed.body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        return Refusal("not_an_entry", f"position {position}: {error}", evidence)
    said = (header.store_id, header.workstation_id, header.epoch, header.position)
    if said != (device.store_id, device.workstation_id, epoch, position):
        return Refusal("foreign", f"position {position} speaks of another device, epoch or position", evidence)
    return Genuine(sealed, header)


def _hash_holds(sealed: SealedEntry) -> bool:
    try:
        return hash_of(sealed.body) == sealed.hash
    except UnicodeEncodeError:
        return False
