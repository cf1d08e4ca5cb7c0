"""Signed messages (SUN) of an NTAG 424 DNA in AES mode: pure arithmetic over what the tag put into its URL.

Session keys and MAC by NXP AN12196, 4.4; a MAC on the wire is the odd bytes of an AES-CMAC. Keys are 16 bytes.
"""

from __future__ import annotations

import hmac
from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.cmac import CMAC

BLOCK = 16
UID_SIZE, COUNTER_SIZE, MAC_SIZE = 7, 3, 8
_ZERO = bytes(BLOCK)
# Tag of the PICC data: UID and counter are both there, and the UID has seven bytes.
_UID_AND_COUNTER = 0xC7
_FOR_FILE, _FOR_MAC = bytes.fromhex("C33C00010080"), bytes.fromhex("3CC300010080")


@dataclass(frozen=True, slots=True)
class PiccData:
    """Who sent the message, and the how-manieth reading of that tag it is."""

    uid: bytes
    counter: int

    @property
    def _bytes(self) -> bytes:
        return self.uid + self.counter.to_bytes(COUNTER_SIZE, "little")

    def file_vector(self) -> bytes:
        """The part of SV1 that tells this message from all others."""
        return _FOR_FILE + self._bytes

    def mac_vector(self) -> bytes:
        """SV2."""
        return _FOR_MAC + self._bytes


def decrypt_picc_data(key: bytes, encrypted: bytes) -> PiccData | None:
    """Return who sent the message; None where `key` (SDMMetaReadKey) is not the one it was encrypted with."""
    if len(encrypted) != BLOCK:
        return None
    plain = _decrypt(key, _ZERO, encrypted)
    if plain[0] != _UID_AND_COUNTER:
        return None
    return PiccData(plain[1 : 1 + UID_SIZE], int.from_bytes(plain[8 : 8 + COUNTER_SIZE], "little"))


def mac(key: bytes, picc: PiccData, signed: bytes) -> bytes:
    """Return the MAC over `signed` (may be empty) by `key` (SDMFileReadKey)."""
    return _cmac(_cmac(key, picc.mac_vector()), signed)[1::2]


def verify(key: bytes, picc: PiccData, signed: bytes, received: bytes) -> bool:
    """Whether `received` is the MAC over `signed`, in constant time."""
    return hmac.compare_digest(mac(key, picc, signed), received)


def decrypt_file(key: bytes, picc: PiccData, encrypted: bytes) -> bytes | None:
    """Return the part of the file that was mirrored encrypted; None where it is not whole blocks."""
    if not encrypted or len(encrypted) % BLOCK:
        return None
    file_key = _cmac(key, picc.file_vector())
    return _decrypt(file_key, _file_vector(file_key, picc), encrypted)


def encrypt_picc_data(key: bytes, picc: PiccData, padding: bytes) -> bytes:
    """What a tag does: `padding` are the five random bytes that make each message look different."""
    return _encrypt(key, _ZERO, bytes((_UID_AND_COUNTER,)) + picc.mac_vector()[len(_FOR_MAC) :] + padding)


def encrypt_file(key: bytes, picc: PiccData, plain: bytes) -> bytes:
    """What a tag does with the part of the file that it mirrors encrypted (whole blocks)."""
    file_key = _cmac(key, picc.file_vector())
    return _encrypt(file_key, _file_vector(file_key, picc), plain)


def _file_vector(file_key: bytes, picc: PiccData) -> bytes:
    counter = picc.counter.to_bytes(COUNTER_SIZE, "little")
    # One block under ECB is the plain AES function, which the specification asks for here.
    return _run(Cipher(algorithms.AES(file_key), modes.ECB()), counter + bytes(BLOCK - COUNTER_SIZE))  # noqa: S305 # see above


def _encrypt(key: bytes, vector: bytes, data: bytes) -> bytes:
    return _run(Cipher(algorithms.AES(key), modes.CBC(vector)), data)


def _decrypt(key: bytes, vector: bytes, data: bytes) -> bytes:
    decryptor = Cipher(algorithms.AES(key), modes.CBC(vector)).decryptor()
    return decryptor.update(data) + decryptor.finalize()


def _run(cipher: Cipher[modes.CBC] | Cipher[modes.ECB], data: bytes) -> bytes:
    encryptor = cipher.encryptor()
    return encryptor.update(data) + encryptor.finalize()


def _cmac(key: bytes, data: bytes) -> bytes:
    calculation = CMAC(algorithms.AES(key))
    calculation.update(data)
    return calculation.finalize()
