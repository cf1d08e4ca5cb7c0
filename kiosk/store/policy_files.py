"""Files of signed policies: a folder that somebody else fills, and what this device keeps of them."""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from dataclasses import dataclass
from pathlib import Path

import msgspec

from kiosk.domain.policy.envelope import SignedPolicy
from kiosk.domain.policy.verification import Stamp

SIZE_MAX = 1_000_000
FILES_MAX = 200
TOLD_MAX = 1_000

log = logging.getLogger(__name__)


class Kept(msgspec.Struct, frozen=True, kw_only=True):
    """What a device keeps: the policies it took, the newest stamp of each scope, and what it has told of already."""

    taken: tuple[SignedPolicy, ...] = ()
    newest: dict[str, Stamp] = {}
    told: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """One file of the folder; `envelope` is None where it holds no signed policy."""

    name: str
    digest: str
    envelope: SignedPolicy | None


class PolicyFolder:
    """Tells which files are new or changed since the last look, by their times and sizes."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: dict[str, tuple[int, int, int]] = {}

    def changed(self) -> tuple[PolicyFile, ...]:
        """The new and changed `*.json`; `OSError` where the folder cannot be looked into.

        A file that goes says nothing; one that cannot be read is looked at again the next time.
        """
        with os.scandir(self._folder) as entries:
            here = sorted((entry for entry in entries if entry.name.endswith(".json")), key=lambda entry: entry.name)
        found = []
        for entry in here[:FILES_MAX]:
            try:
                stat = entry.stat()
                mark = (stat.st_mtime_ns, stat.st_size, stat.st_ino)
                if self._seen.get(entry.name) == mark:
                    continue
                found.append(read_policy(Path(entry.path)))
            except OSError as error:
                log.warning("policy.unreadable file=%s reason=%s", entry.name, error.strerror)
                continue
            self._seen[entry.name] = mark
        return tuple(found)


def read_policy(path: Path) -> PolicyFile:
    """One file; `OSError` where it cannot be read."""
    with path.open("rb") as file:
        data = file.read(SIZE_MAX + 1)
    digest = hashlib.sha256(data).hexdigest()
    if len(data) > SIZE_MAX:
        return PolicyFile(path.name, digest, None)
    try:
        return PolicyFile(path.name, digest, msgspec.json.decode(data, type=SignedPolicy))
    except (msgspec.DecodeError, UnicodeDecodeError):
        return PolicyFile(path.name, digest, None)


def read_kept(path: Path) -> Kept:
    """What was kept; nothing where there is no file or no readable one, since the folder still has the policies."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Kept)
    except FileNotFoundError:
        return Kept()
    except (OSError, msgspec.DecodeError, UnicodeDecodeError) as error:
        log.warning("policy.kept_unreadable file=%s reason=%s", path.name, error)
        return Kept()


def write_kept(path: Path, kept: Kept) -> None:
    """Keep it, whole or not at all; a disk that takes nothing is logged, and the lane goes on with what it holds."""
    data = msgspec.json.encode(msgspec.structs.replace(kept, told=kept.told[-TOLD_MAX:]))
    try:
        _replace(path, data)
    except OSError as error:
        log.warning("policy.not_kept file=%s reason=%s", path.name, error.strerror)


def _replace(path: Path, data: bytes) -> None:
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
