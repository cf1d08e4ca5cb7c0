"""Simulated tags and cards: what each answers, command by command, whichever simulated reader it is held to."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from drivers.device import DeviceError
from drivers.nfc import ndef_message, ntag424, type4
from drivers.nfc.apdu import DONE, GET_UID, READ_BLOCK_SIZE, read_block, select_ndef

NOT_FOUND, NOT_ALLOWED, UNKNOWN, NO_BLOCK = (bytes.fromhex(status) for status in ("6A82", "6986", "6D00", "6A81"))
NDEF_FILE = bytes.fromhex("E104")
KINDS = ("type_2", "type_3", "type_4", "signed", "badge", "bank_card")
# Small, so that reading takes several pieces.
_PIECE = 59
# Bytes for data of an NTAG213, 215 and 216; a message takes up to six more.
_SIZES, _TLV = (144, 496, 872), 6
_FILE_SIZE = 2048
_CONTACTLESS = bytes.fromhex("3B808001")
_STORAGE = bytes.fromhex("3B8F8001804F0CA000000306")
ULTRALIGHT, FELICA = bytes.fromhex("03000300000000"), bytes.fromhex("11003B00000000")


class SimulatedTag(Protocol):
    """A tag. `atr` is what a PC/SC reader makes up for it."""

    uid: bytes
    atr: bytes

    def power_up(self) -> None:
        """It comes into the field: nothing is selected any more."""
        ...

    def answer(self, command: bytes) -> bytes:
        """Return what the reader hands back for a command of PC/SC."""
        ...


class MemoryTag:
    """A Type 2 tag with an NDEF message; its memory is read by blocks. Without one it is a blank tag."""

    def __init__(self, uid: bytes, message: bytes | None) -> None:
        size = next((size for size in _SIZES if size >= len(message or b"") + _TLV), 0)
        if not size:
            raise DeviceError(
                f"A message of {len(message or b'')} bytes does not go onto a type 2 tag.", "Hold a type 4 tag there."
            )
        self.uid = uid
        self.atr = _with_check(_STORAGE + ULTRALIGHT)
        container, content = b"", b""
        if message is not None:
            container = bytes((0xE1, 0x10, size // 8, 0x00))
            length = bytes((len(message),)) if len(message) < 0xFF else b"\xff" + len(message).to_bytes(2, "big")
            content = b"\x00\x03" + length + message + b"\xfe"
        self.memory = (uid.ljust(12, b"\0") + container.ljust(4, b"\0") + content).ljust(16 + size, b"\0")

    def power_up(self) -> None:
        """There is nothing to forget."""

    def page(self, number: int) -> bytes:
        """Return the 16 bytes from a page on, none behind the end."""
        at = number * 4
        return self.memory[at : at + READ_BLOCK_SIZE].ljust(READ_BLOCK_SIZE, b"\0") if at < len(self.memory) else b""

    def answer(self, command: bytes) -> bytes:
        """See `SimulatedTag.answer`."""
        if command == GET_UID:
            return self.uid + DONE
        if command[:3] == read_block(0)[:3]:
            block = self.page(command[3])
            return block + DONE if block else NO_BLOCK
        return UNKNOWN


class BlockTag:
    """A Type 3 tag (FeliCa) with an NDEF message."""

    def __init__(self, uid: bytes, message: bytes) -> None:
        self.uid = uid
        self.atr = _with_check(_STORAGE + FELICA)
        blocks = -(-len(message) // 16)
        head = bytes((0x10, 4, 1)) + (blocks + 2).to_bytes(2, "big") + bytes(4) + b"\x00\x01"
        head += len(message).to_bytes(3, "big")
        self.blocks = head + sum(head).to_bytes(2, "big") + message.ljust((blocks + 2) * 16, b"\0")

    def power_up(self) -> None:
        """There is nothing to forget."""

    def block(self, number: int) -> bytes:
        """Return a block, none behind the end."""
        return self.blocks[number * 16 : number * 16 + 16]

    def answer(self, command: bytes) -> bytes:
        """See `SimulatedTag.answer`; of its blocks a PC/SC reader has no common command to read them."""
        return self.uid + DONE if command == GET_UID else UNKNOWN


class CardWithoutNdef:
    """A badge or a bank card: an id, and nothing for us. `asked` holds every name that was to be selected."""

    def __init__(self, uid: bytes) -> None:
        self.uid = uid
        self.atr = _with_check(_CONTACTLESS)
        self.asked: list[bytes] = []

    def power_up(self) -> None:
        """There is nothing to forget."""

    def answer(self, command: bytes) -> bytes:
        """See `SimulatedTag.answer`."""
        if command == GET_UID:
            return self.uid + DONE
        if command[:3] == b"\x00\xa4\x04":
            self.asked.append(command[5 : 5 + command[4]])
            return NOT_FOUND
        return NOT_ALLOWED


class FileTag:
    """A Type 4 tag with an NDEF message in a file."""

    def __init__(self, uid: bytes, message: bytes) -> None:
        self.uid = uid
        self.atr = _with_check(_CONTACTLESS)
        self._message = message
        self._selected = b""
        self._file = b""

    def power_up(self) -> None:
        """Forget what was selected."""
        self._selected, self._file = b"", b""

    def answer(self, command: bytes) -> bytes:
        """See `SimulatedTag.answer`."""
        if command == GET_UID:
            return self.uid + DONE
        if command == select_ndef():
            self.power_up()
            self._selected = command
            return DONE
        if command[:2] == b"\x00\xa4":
            return self._select(command[5:7])
        if command[:2] == b"\x00\xb0" and self._file:
            at = int.from_bytes(command[2:4], "big")
            return self._file[at : at + command[4]] + DONE
        return NOT_ALLOWED

    def message(self) -> bytes:
        """Return what the file holds at this reading."""
        return self._message

    def _select(self, file: bytes) -> bytes:
        if not self._selected or file not in (type4.CONTAINER, NDEF_FILE):
            return NOT_FOUND
        if file == NDEF_FILE:
            message = self.message()
            self._file = len(message).to_bytes(2, "big") + message
        else:
            control = b"\x04\x06" + NDEF_FILE + _FILE_SIZE.to_bytes(2, "big") + b"\x00\x00"
            self._file = bytes((0, 15, 0x20, 0, _PIECE, 0, _PIECE)) + control
        return DONE


class SignedTag(FileTag):
    """An NTAG 424 DNA: each reading counts and gives another signed URL. With `copied` it gives the same for ever."""

    def __init__(self, uid: bytes, address: str, keys: tuple[bytes, bytes], *, counter: int = 0) -> None:
        super().__init__(uid, b"")
        self._address = address
        self._meta_read, self._file_read = keys
        self.counter = counter
        self.copied = False
        self.forged = False

    def message(self) -> bytes:
        """Count, and sign UID and counter."""
        if not self.copied:
            self.counter += 1
        picc = ntag424.PiccData(self.uid, self.counter)
        # Random on a real tag; here a repeated test shows the same bytes.
        encrypted = ntag424.encrypt_picc_data(self._meta_read, picc, bytes(5)).hex().upper()
        mac = ntag424.mac(self._file_read, picc, b"")
        if self.forged:
            mac = bytes(ntag424.MAC_SIZE)
        join = "&" if "?" in self._address else "?"
        address = f"{self._address}{join}picc_data={encrypted}&cmac={mac.hex().upper()}"
        return ndef_message.write(ndef_message.uri(address))


def make_tag(fields: Mapping[str, object]) -> SimulatedTag:
    """Make the tag a command describes: `kind`, `uid` (hex), `uri` or `text`, `keys` and `counter` of a signed one.

    `DeviceError` where it describes none.
    """
    kind, uid = fields.get("kind", "type_2"), _hex(fields, "uid", "04A1B2C3D4E5F6")
    match kind:
        case "type_2":
            return MemoryTag(uid, None if fields.get("blank") is True else _content(fields))
        case "type_3":
            return BlockTag(uid.ljust(8, b"\0"), _content(fields))
        case "type_4":
            return FileTag(uid, _content(fields))
        case "signed":
            key, counter = "00" * 16, fields.get("counter", 0)
            keys = (_hex(fields, "meta_read", key), _hex(fields, "file_read", key))
            tag = SignedTag(uid, str(fields.get("uri", "https://example.com/t")), keys)
            tag.counter = counter if isinstance(counter, int) else 0
            tag.copied, tag.forged = fields.get("copied") is True, fields.get("forged") is True
            return tag
        case "badge":
            return CardWithoutNdef(uid)
        case "bank_card":
            return CardWithoutNdef(_hex(fields, "uid", "08D1E2F3"))
    raise DeviceError(f"There is no tag of kind {kind!r}.", f"There are: {', '.join(KINDS)}.")


def _content(fields: Mapping[str, object]) -> bytes:
    if "message" in fields:
        return _hex(fields, "message", "")
    if "uri" in fields:
        return ndef_message.write(ndef_message.uri(str(fields["uri"])))
    return ndef_message.write(ndef_message.text(str(fields.get("text", "LOYALTY-1"))))


def _hex(fields: Mapping[str, object], name: str, default: str) -> bytes:
    try:
        return bytes.fromhex(str(fields.get(name, default)))
    except ValueError as error:
        raise DeviceError(f"`{name}` is not hexadecimal.", f'Say "{name}": "04A1B2C3".') from error


def _with_check(atr: bytes) -> bytes:
    """Add the check byte of an ATR: the XOR of all bytes behind the first (ISO/IEC 7816-3, 8.2.5)."""
    check = 0
    for byte in atr[1:]:
        check ^= byte
    return atr + bytes((check,))
