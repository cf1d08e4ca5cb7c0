"""The device key: made once, kept to its owner, and never shown."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat, load_pem_private_key

from kiosk.domain.signing import verify
from kiosk.store.database import StoreError
from kiosk.store.signing import DeviceKey

HASH = "ab" * 32


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "device.key"


def refusal(path: Path) -> StoreError:
    with pytest.raises(StoreError) as caught:
        DeviceKey.load(path)
    return caught.value


def test_a_key_made_here_signs_the_same_after_a_restart(path: Path) -> None:
    made = DeviceKey.create(path)
    loaded = DeviceKey.load(path)
    assert made.public_hex == loaded.public_hex
    assert made.sign(HASH) == loaded.sign(HASH)
    assert verify(made.public_hex, HASH, made.sign(HASH))
    assert path.stat().st_mode & 0o777 == 0o600
    assert [entry.name for entry in path.parent.iterdir()] == ["device.key"]


def test_a_signature_holds_for_one_hash_and_one_key(path: Path) -> None:
    key = DeviceKey.create(path)
    other = DeviceKey.create(path.with_name("other.key"))
    signature = key.sign(HASH)
    assert not verify(other.public_hex, HASH, signature)
    assert not verify(key.public_hex, "ac" * 32, signature)
    assert not verify(key.public_hex, HASH, signature.upper())
    assert not verify(key.public_hex, HASH, f" {signature}")
    for nonsense in ("", "xyz", "ab", "ab" * 64):
        assert not verify(key.public_hex, HASH, nonsense)
        assert not verify(nonsense, HASH, signature)
        assert not verify(key.public_hex, nonsense, signature)


def test_a_known_answer(path: Path) -> None:
    """RFC 8032, section 7.1, test 3."""
    secret = bytes.fromhex("c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7")
    private = Ed25519PrivateKey.from_private_bytes(secret)
    path.write_bytes(private.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o600)
    key = DeviceKey.load(path)
    assert key.public_hex == "fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025"
    assert key.sign("af82") == (
        "6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac"
        "18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a"
    )


def test_a_missing_key_names_the_command(path: Path) -> None:
    error = refusal(path)
    assert "does not exist" in error.message
    assert "provisioning prepare" in error.remedy


@pytest.mark.parametrize("mode", [0o644, 0o640, 0o604, 0o666])
def test_a_key_that_others_can_read_is_refused(path: Path, mode: int) -> None:
    DeviceKey.create(path)
    path.chmod(mode)
    error = refusal(path)
    assert f"{mode:03o}" in error.message
    assert "chmod 600" in error.remedy


def test_a_key_is_never_overwritten(path: Path) -> None:
    before = DeviceKey.create(path).public_hex
    with pytest.raises(StoreError, match="never overwritten"):
        DeviceKey.create(path)
    assert DeviceKey.load(path).public_hex == before
    assert [entry.name for entry in path.parent.iterdir()] == ["device.key"]


def test_a_folder_that_cannot_hold_a_key_is_named(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="cannot be written"):
        DeviceKey.create(tmp_path / "nowhere" / "device.key")
    (tmp_path / "device.key").mkdir()
    assert "cannot be read" in refusal(tmp_path / "device.key").message


def test_nothing_shows_the_private_key(path: Path) -> None:
    key = DeviceKey.create(path)
    pem = path.read_text()
    private = load_pem_private_key(pem.encode(), password=None)
    assert isinstance(private, Ed25519PrivateKey)
    secrets = [private.private_bytes_raw().hex(), pem.splitlines()[1]]

    shown = [repr(key), str(key), key.public_hex, key.sign(HASH)]
    for spoil in (lambda: path.chmod(0o644), lambda: path.write_text(pem.replace("-----END", "----END"))):
        spoil()
        shown.append("".join(traceback.format_exception(refusal(path))))
        path.chmod(0o600)
    with pytest.raises(StoreError) as caught:
        DeviceKey.create(path)
    shown.append("".join(traceback.format_exception(caught.value)))
    assert not [text for text in shown for secret in secrets if secret in text]


def test_a_file_that_holds_another_key_is_refused(path: Path) -> None:
    path.write_bytes(generate_private_key(SECP256R1()).private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    path.chmod(0o600)
    assert "no Ed25519" in refusal(path).message
    path.write_bytes(b"")
    assert "no readable device key" in refusal(path).message
