"""The identity of a device: a key made on the device itself, and what headquarters needs to know of it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

import msgspec
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from kiosk.messages.topics import is_topic_part

KEY_FILE = "device.key"
DEVICE_FILE = "device.json"


class IdentityError(Exception):
    """A device could not be prepared; says what is wrong and what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message} {remedy}")
        self.message = message
        self.remedy = remedy


class Device(msgspec.Struct, frozen=True, kw_only=True):
    """What headquarters registers. `public_key` is an Ed25519 public key: 32 bytes as 64 hexadecimal digits."""

    tenant: str
    store_id: str
    workstation_id: str
    public_key: str


def prepare(folder: Path, tenant: str, store_id: str, workstation_id: str) -> Device:
    """Make `device.key` and `device.json` in `folder`; the key is readable by its owner only and never leaves it.

    A key that is there is never overwritten. Where only the key is there, as after a power cut in between, it is used
    and `device.json` written. Raises `IdentityError`.
    """
    _check_names({"tenant": tenant, "store": store_id, "workstation": workstation_id})
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if (folder / DEVICE_FILE).exists():
            raise IdentityError(
                f"{folder} holds the identity of a device already: {DEVICE_FILE} is there.",
                f"Use it as it is. For a new identity, move {KEY_FILE} and {DEVICE_FILE} aside and register again.",
            )
        private = _existing_key(folder / KEY_FILE) or _new_key(folder / KEY_FILE)
        public_key = private.public_key().public_bytes_raw().hex()
        device = Device(tenant=tenant, store_id=store_id, workstation_id=workstation_id, public_key=public_key)
        text = msgspec.json.format(msgspec.json.encode(device), indent=2) + b"\n"
        _write_new(folder / DEVICE_FILE, text, mode=0o644)
    except OSError as error:
        raise IdentityError(
            f"The identity cannot be written to {folder}: {error.strerror}.",
            "Give a folder on the device's own disk that this user may write to.",
        ) from error
    return device


def _check_names(names: dict[str, str]) -> None:
    for what, name in names.items():
        if not is_topic_part(name):
            raise IdentityError(
                f"{name!r} cannot be the name of a {what}.",
                "Use 1 to 64 letters, digits, points, dashes or underscores: it becomes part of MQTT topics.",
            )


def _existing_key(path: Path) -> Ed25519PrivateKey | None:
    try:
        pem = path.read_bytes()
    except FileNotFoundError:
        return None
    try:
        key = load_pem_private_key(pem, password=None)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        # Raised outside of the handler: the library's text may quote the file.
        raise IdentityError(f"{path} is there, but holds no Ed25519 key.", "Move it aside and prepare again.")
    return key


def _new_key(path: Path) -> Ed25519PrivateKey:
    private = Ed25519PrivateKey.generate()
    _write_new(path, private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()), mode=0o600)
    return private


def _write_new(path: Path, data: bytes, *, mode: int) -> None:
    """Write a file that did not exist, whole or not at all, and have it on disk before returning."""
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=".identity-")
    temporary = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), mode)
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
