"""The device key: an Ed25519 key made on this device that signs every entry of its ledger and never leaves it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from kiosk.store.database import StoreError

_OTHERS = 0o077
_PREPARE = "Run `python -m provisioning prepare` on this device and register its device.json with headquarters."


class DeviceKey:
    """Signs for this device. The file is a PKCS #8 PEM without a password, readable by its owner only."""

    def __init__(self, private: Ed25519PrivateKey) -> None:
        self._private = private

    @classmethod
    def load(cls, path: Path) -> DeviceKey:
        """Read the key file; `StoreError` where it is missing, readable by others, or holds no Ed25519 key."""
        try:
            with path.open("rb") as file:
                mode = os.fstat(file.fileno()).st_mode
                pem = file.read()
        except FileNotFoundError as error:
            raise StoreError(f"The device key {path} does not exist.", _PREPARE) from error
        except OSError as error:
            raise StoreError(
                f"The device key {path} cannot be read: {error.strerror}.", "Run this as the user who owns that file."
            ) from error
        if mode & _OTHERS:
            raise StoreError(
                f"The device key {path} can be read by others (mode {mode & 0o777:03o}).",
                f"Run `chmod 600 {path}`; if others use this machine, make a new key and register it.",
            )
        return cls(_parse(path, pem))

    @classmethod
    def create(cls, path: Path) -> DeviceKey:
        """Make a new key and keep it at `path` with mode 600; `StoreError` where a file is there already.

        Whole or not at all: a power cut leaves no half key behind.
        """
        private = Ed25519PrivateKey.generate()
        pem = private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        try:
            _write_new(path, pem)
        except FileExistsError as error:
            raise StoreError(
                f"{path} exists already and is never overwritten: entries signed with it need it.",
                "Use that key, or move it aside and register the new one with headquarters.",
            ) from error
        except OSError as error:
            raise StoreError(
                f"The device key {path} cannot be written: {error.strerror}.",
                "Check that its folder exists and that this user may write to it.",
            ) from error
        return cls(private)

    @property
    def public_hex(self) -> str:
        """The public key: 32 bytes as 64 hexadecimal digits."""
        return self._private.public_key().public_bytes_raw().hex()

    def sign(self, hash_hex: str) -> str:
        """The Ed25519 signature over the 32 bytes of a hash, as 128 hexadecimal digits."""
        return self._private.sign(bytes.fromhex(hash_hex)).hex()

    def __repr__(self) -> str:
        return f"DeviceKey({self.public_hex})"


def _parse(path: Path, pem: bytes) -> Ed25519PrivateKey:
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        # The library's text may quote the file: it stays out of messages and tracebacks.
        raise StoreError(
            f"{path} holds no readable device key.", f"Restore it, or make a new one. {_PREPARE}"
        ) from None
    if not isinstance(key, Ed25519PrivateKey):
        raise StoreError(f"{path} holds a key, but no Ed25519 one.", f"Move it aside. {_PREPARE}")
    return key


def _write_new(path: Path, data: bytes) -> None:
    """Write a file that did not exist, with mode 600, and have it on disk before returning."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".device-key-")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        path.hardlink_to(temporary)  # fails where the name is taken, which a rename would not
    finally:
        temporary.unlink()
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
