"""From a tag's URL to a verified message: finds the parameters a tag mirrored into it and checks them. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from drivers.nfc import ntag424
from drivers.nfc.interface import SignedMessage, TagProblem

_HEX = re.compile(r"(?:[0-9A-Fa-f]{2})+")


@dataclass(frozen=True, slots=True)
class Names:
    """What the parameters of the URL are called.

    `picc_data`: UID and counter, encrypted; or `uid` and `ctr` in plain. `enc`: an encrypted part of the file. `cmac`:
    the MAC. `mac_from`: the parameter at whose value the signed text begins (it ends where the MAC begins); where it
    is empty that is `enc` if the URL has it, and nothing is signed but UID and counter if it has not.
    """

    picc_data: str = "picc_data"
    enc: str = "enc"
    uid: str = "uid"
    ctr: str = "ctr"
    cmac: str = "cmac"
    mac_from: str = ""


@dataclass(frozen=True, slots=True)
class TagKeys:
    """The two keys of one kind of tag; never shown."""

    name: str
    meta_read: bytes | None = field(repr=False)
    file_read: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class _Value:
    text: str
    start: int

    @property
    def data(self) -> bytes:
        return bytes.fromhex(self.text)


def read(url: str, names: Names, keys: Iterable[TagKeys]) -> SignedMessage | TagProblem | None:
    """Return the message of `url` where one of `keys` verifies it, BAD_SIGNATURE where none does.

    None where the URL is no signed message at all: it has no MAC, or neither encrypted nor plain UID and counter.
    """
    values = _values(url)
    received = values.get(names.cmac)
    if received is None or not ({names.picc_data} <= values.keys() or {names.uid, names.ctr} <= values.keys()):
        return None
    if not all(_HEX.fullmatch(values[name].text) for name in _used(names) if name in values):
        return TagProblem.BAD_SIGNATURE
    signed = _signed(url, values, names)
    for pair in keys:
        picc = _picc(values, names, pair)
        if picc is not None and ntag424.verify(pair.file_read, picc, signed, received.data):
            return _message(picc, values.get(names.enc), pair)
    return TagProblem.BAD_SIGNATURE


def _message(picc: ntag424.PiccData, enc: _Value | None, keys: TagKeys) -> SignedMessage | TagProblem:
    file = b"" if enc is None else ntag424.decrypt_file(keys.file_read, picc, enc.data)
    if file is None:
        return TagProblem.BAD_SIGNATURE
    return SignedMessage(picc.uid.hex().upper(), picc.counter, file)


def _picc(values: dict[str, _Value], names: Names, keys: TagKeys) -> ntag424.PiccData | None:
    encrypted = values.get(names.picc_data)
    if encrypted is not None:
        return ntag424.decrypt_picc_data(keys.meta_read, encrypted.data) if keys.meta_read else None
    uid, counter = values[names.uid].data, values[names.ctr].data
    if len(uid) != ntag424.UID_SIZE or len(counter) != ntag424.COUNTER_SIZE:
        return None
    # In plain the counter stands as it is written, most significant byte first.
    return ntag424.PiccData(uid, int.from_bytes(counter, "big"))


def _signed(url: str, values: dict[str, _Value], names: Names) -> bytes:
    first, last = values.get(names.mac_from or names.enc), values[names.cmac]
    # As it stands in the tag's file: upper-case digits, "&cmac=" and all.
    return url[first.start : last.start].encode() if first is not None and first.start < last.start else b""


def _used(names: Names) -> tuple[str, ...]:
    return names.picc_data, names.enc, names.uid, names.ctr, names.cmac


def _values(url: str) -> dict[str, _Value]:
    """Parameters of the query by name with their places; the first of two alike, which is the one a tag writes."""
    at = url.find("?") + 1
    values: dict[str, _Value] = {}
    if at:
        for part in url[at:].partition("#")[0].split("&"):
            name, equals, value = part.partition("=")
            if equals:
                values.setdefault(name, _Value(value, at + len(name) + 1))
            at += len(part) + 1
    return values
