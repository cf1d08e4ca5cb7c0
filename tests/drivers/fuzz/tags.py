"""What NFC tags and readers say, under fuzzing."""

from __future__ import annotations

import re
from collections.abc import Callable, Generator
from typing import Any

from tests.drivers.fuzz.shared import hex_in, of
from tests.drivers.fuzz.target import BrokenPromiseError, Target, calling, describing, masking, redacting, whole

UID = "04DE5F1EACC040"
# As many as a tag can be asked for: a file of 32 kB, byte by byte.
_MOST_QUESTIONS = 33_000
# NXP AN12196: the key is zero.
_SUN = "https://shop.example/t?picc_data=EF963FF7828658A599F3041510671E88&cmac=94EED9EE65337086"
_FILE = (
    "https://shop.example/t?picc_data=FD91EC264309878BE6345CBE53BADF40&enc=CEE9A53E3E463EF1F459635736738962"
    "&cmac=ECC1E7F6C6C73BF6"
)
_PLAIN = "https://shop.example/t?uid=041E3C8A2D6B80&ctr=000006&cmac=4B00064004B0B3D3#x"


def _messages() -> tuple[bytes, ...]:
    write, uri, text = (of("nfc.ndef_message", name) for name in ("write", "uri", "text"))
    record = of("nfc.interface", "NdefRecord")
    poster = record("urn:nfc:wkt:Sp", "", write(uri("https://shop.example"), text("Hello", "en")))
    chunked = bytes.fromhex("b101035504 6578") + bytes.fromhex("36 00 02 616d") + bytes.fromhex("56 00 02 706c")
    made = (write(uri(_SUN)), write(text("Milk", "de"), uri("tel:+123")), write(poster), chunked, b"\xd0\x00\x00")
    return (*made, bytes.fromhex("d1 01 0b 54 85 656e2d5553 fffe 4100"), *hex_in("nfc/ndeflib.json"))


def _ndef() -> Target:
    return Target(_messages(), whole(calling(of("nfc.ndef_message", "read"))))


def _apdu() -> Target:
    refused, check = of("nfc.apdu", "RefusedCommandError"), of("nfc.apdu", "check")
    # Nothing but reading, and no application but that of NDEF.
    allowed = re.compile(
        rb"\xff\xca...[^\x00]?.*|\xff\xb0...*|\x00\xb0....*|\x00\xa4\x04\x00\x07\xd2\x76\x00\x00\x85\x01\x01\x00|\x00\xa4\x00\x0c\x02..",
        re.DOTALL,
    )

    def checked(frame: bytes) -> None:
        try:
            passed = check(frame)
        except refused:
            return
        if not allowed.fullmatch(passed):
            raise BrokenPromiseError("a command passes that may change a card or read one of a bank")

    seeds = (
        of("nfc.apdu", "GET_UID"),
        *(of("nfc.apdu", "select_ndef")(), of("nfc.apdu", "select_file")(b"\xe1\x03")),
        *(of("nfc.apdu", "read_binary")(2, 59), of("nfc.apdu", "read_block")(4)),
        *(bytes.fromhex(UID) + b"\x90\x00", b"\x6a\x82", bytes.fromhex("00A4040007A0000000031010")),
    )
    module = "nfc.apdu"
    looks = (describing(of(module, "describe")), redacting(of(module, "redact"), UID), masking(of(module, "mask")))
    return Target(seeds, whole(calling(of(module, "answer"), checked), *looks))


def _carried(reading: Generator[Any, bytes, object], answer: Callable[[Any, int], bytes]) -> object:
    """Carry a reading out; it has to end."""
    try:
        wanted = next(reading)
        for number in range(_MOST_QUESTIONS):
            wanted = reading.send(answer(wanted, number))
    except StopIteration as end:
        if isinstance(end.value, bytes):
            of("nfc.ndef_message", "read")(end.value)
        return end.value
    raise BrokenPromiseError("a tag is asked without end")


def _spoilt(good: bytes, script: bytes, number: int) -> bytes:
    """An answer, or what becomes of it where the script says so: refused, cut, with more behind it, garbled."""
    way = script[number] if number < len(script) else 0
    spoilt = {0xFF: b"", 0x80: good[: len(good) // 2], 0x81: good + b"\x00", 0x82: bytes(len(good)), 0x7F: b"\x6a\x82"}
    return spoilt.get(way, good)


def _type2() -> Target:
    read = of("nfc.type2", "read")
    tags = [of("nfc.simulated_tags", "MemoryTag")(bytes.fromhex(UID), message).memory for message in _messages()[:6]]
    reserved = bytes(12) + bytes.fromhex("E1100600 0103A00C34 0203C00823 0304D0000000 FE").ljust(52, b"\0")

    def tag(frame: bytes) -> None:
        memory, script = frame[:1100], frame[-3:]
        _carried(read(), lambda page, number: _spoilt(memory[page * 4 :][:16].ljust(16, b"\0"), script, number))

    return Target((*tags, reserved), whole(calling(tag)))


def _type3() -> Target:
    read = of("nfc.type3", "read")
    tags = [of("nfc.simulated_tags", "BlockTag")(bytes(8), message).blocks for message in _messages()[:6]]

    def tag(frame: bytes) -> None:
        # The checksum is right as often as not: else nothing behind it would ever be seen.
        head = frame[:14].ljust(14, b"\0")
        blocks = head + sum(head).to_bytes(2, "big") + frame[16:] if len(frame) % 2 else frame

        def answer(numbers: tuple[int, ...], number: int) -> bytes:
            return _spoilt(b"".join(blocks[at * 16 :][:16] for at in numbers), frame[-2:], number)

        _carried(read(), answer)

    return Target(tuple(tags), whole(calling(tag)))


def _type4() -> Target:
    """Container of 15 bytes, a script of 5, then the file."""
    read, gone = of("nfc.type4", "read"), b"\x6a\x82"
    container = bytes.fromhex("000F20003B00340406E104080000FF")
    files = [len(message).to_bytes(2, "big") + message for message in _messages()[:6]]

    def tag(frame: bytes) -> None:
        selected = b""

        def answer(command: bytes, number: int) -> bytes:
            nonlocal selected
            good = b"\x90\x00"
            if command[1] == 0xA4:
                selected = frame[:15] if command[5:] == b"\xe1\x03" else frame[20:]
            else:
                at = int.from_bytes(command[2:4], "big")
                good = selected[at : at + command[4]] + good if at < len(selected) else gone
            return _spoilt(good, frame[15:20], number)

        _carried(read(), answer)

    return Target(tuple(container + bytes(5) + file for file in files), whole(calling(tag)))


def _ntag424() -> Target:
    module, zero = "nfc.ntag424", bytes(16)
    decrypt, verify, file = of(module, "decrypt_picc_data"), of(module, "verify"), of(module, "decrypt_file")
    encrypt, mac = of(module, "encrypt_picc_data"), of(module, "mac")
    good = bytes.fromhex("EF963FF7828658A599F3041510671E88")

    def message(frame: bytes) -> None:
        picc = decrypt(zero, frame[:16])
        if picc is None:
            return
        if decrypt(zero, encrypt(zero, picc, bytes(5))) != picc:
            raise BrokenPromiseError("what is encrypted is not read again")
        file(zero, picc, frame[16:])
        if verify(zero, picc, b"", frame[16:24]) is not (frame[16:24] == mac(zero, picc, b"")):
            raise BrokenPromiseError("a wrong signature holds")

    return Target((good + bytes.fromhex("94EED9EE65337086"), good + bytes(32), good), whole(calling(message)))


def _signed_url() -> Target:
    read, keys = of("nfc.signed_url", "read"), (of("nfc.signed_url", "TagKeys")("bench", bytes(16), bytes(16)),)
    names = [of("nfc.signed_url", "Names")(mac_from=name) for name in ("", "uid")]
    signed = of("nfc.interface", "SignedMessage")
    known = {(UID, 61), ("04958CAA5C5E80", 8), ("041E3C8A2D6B80", 6)}

    def url(frame: bytes) -> None:
        text = frame.decode("utf-8", "replace")
        for one in names:
            found = read(text, one, keys)
            # A message that nobody signed is believed once in 2^64.
            if isinstance(found, signed) and (found.uid, found.counter) not in known:
                raise BrokenPromiseError("a message is believed that was never signed")

    return Target(tuple(text.encode() for text in (_SUN, _FILE, _PLAIN)), whole(calling(url)))


CODECS: dict[str, Callable[[], Target]] = {
    "nfc_ndef_message": _ndef,
    "nfc_apdu": _apdu,
    "nfc_type2": _type2,
    "nfc_type3": _type3,
    "nfc_type4": _type4,
    "nfc_ntag424": _ntag424,
    "nfc_signed_url": _signed_url,
}
