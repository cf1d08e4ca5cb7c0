"""A signature unit in software: an ES256 key and its certificate in one PEM file that only the lane may read."""

from __future__ import annotations

import os
from datetime import datetime
from pathlib import Path
from typing import Annotated

import msgspec

from drivers.device import AbsentError, Category, DeviceError, Finding, HealthLevel, Sink
from drivers.signature.es256 import NoKeyError, SigningKey, make_pem, read_pem
from drivers.signature.interface import SignatureFailed, Signed, SigningRequest, UnitIdentified
from drivers.transport.waiting import wait_readable

CHECK_S = 5.0
# No receipt begins like this, so a signature over it stands for nothing.
_PROBE = b"health check"
_OTHERS = 0o077


class KeyFileSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Settings of a key file. `file` is absolute, or relative to the data folder of the lane."""

    driver: str
    file: Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]


class KeyFile:
    """Driver of a key file; see `drivers.device.Driver` and `SignatureUnit`.

    The file is looked at now and then: one that was taken away is a unit that was pulled out.
    """

    def __init__(
        self, alias: str, settings: KeyFileSettings, sink: Sink, data_folder: Path, *, check_s: float = CHECK_S
    ) -> None:
        self._alias = alias
        self._path = data_folder / settings.file
        self._sink = sink
        self._check_s = check_s
        self._key: SigningKey | None = None
        self._seen: tuple[int, int, int] | None = None

    @property
    def category(self) -> Category:
        """A signature unit."""
        return Category.SIGNATURE_UNIT

    def open(self) -> None:
        """Read the file and sign with it once; `DeviceError` where that cannot be."""
        key = load(self._path)
        key.sign(b"")
        self._key, self._seen = key, self._look()
        self._sink(UnitIdentified(self._alias, key.serial, key.certificate))

    def sign(self, request: SigningRequest, timeout_s: float) -> Signed | SignatureFailed:
        """See `SignatureUnit.sign`; takes well under a millisecond, so there is nothing to wait for."""
        key = self._key
        if key is None or timeout_s <= 0 or self._look() != self._seen:
            gone = self._gone()
            return SignatureFailed(self._alias, request.reference, gone.message, gone.remedy)
        return Signed(self._alias, request.reference, key.sign(request.data), key.certificate, key.serial)

    def give_up(self) -> None:
        """Nothing runs for long enough to be ended."""

    def listen(self, wake_fd: int, emit: Sink) -> None:  # noqa: ARG002 - a key file says nothing by itself
        """Wait for `wake_fd`; `DeviceError` where the file has changed; see `drivers.device.Driver.listen`."""
        if self._look() != self._seen:
            raise self._gone()
        wait_readable(self._check_s, wake_fd)

    def close(self) -> None:
        """Forget the key."""
        self._key = self._seen = None

    def check_health(self, level: HealthLevel) -> Finding:
        """See that the file is the one that was read; beyond INTERNAL, sign with the key."""
        key = self._key
        if key is None or self._look() != self._seen:
            raise self._gone()
        if level is HealthLevel.INTERNAL:
            return Finding(passed=True, text=f"The key file of certificate {key.serial} is in place.")
        # That key and certificate belong together was seen when they were read.
        key.sign(_PROBE)
        return Finding(passed=True, text=f"The key of certificate {key.serial} signs.")

    def _look(self) -> tuple[int, int, int] | None:
        try:
            found = self._path.stat()
        except OSError:
            return None
        return found.st_ino, found.st_mtime_ns, found.st_size

    def _gone(self) -> DeviceError:
        return DeviceError(f"The key file {self._path} was taken away or replaced.", "Put it back; it is read anew.")


def load(path: Path) -> SigningKey:
    """Read a key file; a permanent `DeviceError` for one that others may read or that holds no key."""
    try:
        with path.open("rb") as file:
            mode = os.fstat(file.fileno()).st_mode
            pem = file.read()
    except FileNotFoundError as error:
        raise AbsentError(f"The key file {path} does not exist.", "Put it there, or correct its name.") from error
    except OSError as error:
        raise DeviceError(
            f"The key file {path} cannot be read: {error.strerror}.", "Give it to the user the lane runs as."
        ) from error
    if mode & _OTHERS:
        raise DeviceError(
            f"The key file {path} can be read by others (mode {mode & 0o777:03o}).",
            f"Run `chmod 600 {path}`; if others use this machine, get a new key and certificate.",
            permanent=True,
        )
    try:
        return read_pem(pem)
    except NoKeyError as error:
        raise DeviceError(
            f"The key file {path} {error}.", "It holds a P-256 key (PKCS #8) and its certificate.", permanent=True
        ) from error


def create(path: Path, name: str, now: datetime) -> SigningKey:
    """Make a key file with a certificate for `name` that it signs itself; `DeviceError` where there is a file."""
    pem = make_pem(name, now)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise DeviceError(f"{path} exists already and is never overwritten.", "Use it, or name another.") from error
    except OSError as error:
        raise DeviceError(
            f"The key file {path} cannot be written: {error.strerror}.", "Check its folder and its permissions."
        ) from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
        file.flush()
        os.fsync(file.fileno())
    return read_pem(pem)
