"""How simulated scales speak whose answer takes several steps, or that send unasked: CAS, Berkel, Dialog, Toledo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal

from drivers.scale.codec_cas import block_check
from drivers.scale.reading import Unit
from drivers.scale.simulated_plate import Plate
from drivers.scale.simulated_voices import Voice

_STX, _ETX = 0x02, 0x03
_EOT, _ENQ, _ACK, _NUL, _DC1, _CR, _NAK, _CAN = b"\x04", b"\x05", b"\x06", b"\x00", b"\x11", b"\r", b"\x15", b"\x18"

# The polynomial of CCITT, which everybody knows and no scale uses.
SIMULATED_GENERATOR = 0x11021
# DIVA service manual p. 55.
_WEIGHINGS_TO_CHALLENGE = 50


def _digits(value: Decimal, count: int) -> str:
    return str(abs(value)).replace(".", "").zfill(count)


class CasVoice(Voice):
    """ENQ, ACK, DC1, frame."""

    def cut(self, heard: bytearray) -> list[bytes]:
        """See `Voice.cut`."""
        commands = [bytes([byte]) for byte in heard]
        heard.clear()
        return commands

    def asks(self, command: bytes) -> bool:
        """See `Voice.asks`."""
        return command == _ENQ

    def say(self, command: bytes, plate: Plate) -> bytes:
        """See `Voice.say`."""
        if command == _ENQ:
            return _ACK
        return self._frame(plate) if command == _DC1 else b""

    def _frame(self, plate: Plate) -> bytes:
        state = "U" if plate.motion else "S"
        sign = "F" if plate.over else ("-" if plate.below_zero else " ")
        shown = "FFFFFF" if plate.over else f"{abs(plate.shown(3)):06}"
        body = f"{state}{sign}{shown}{plate.unit:2}".encode()
        return b"\x01\x02" + body + bytes([block_check(body)]) + b"\x03\x04"


class BerkelVoice(Voice):
    """ENQ, ACK, DC1, frame, the frame back, CR."""

    def __init__(self) -> None:
        self._sent = b""

    def cut(self, heard: bytearray) -> list[bytes]:
        """See `Voice.cut`."""
        commands = []
        while heard and (heard[0] != _STX or len(heard) >= 9):
            size = 9 if heard[0] == _STX else 1
            commands.append(bytes(heard[:size]))
            del heard[:size]
        return commands

    def asks(self, command: bytes) -> bool:
        """See `Voice.asks`."""
        return command == _ENQ

    def say(self, command: bytes, plate: Plate) -> bytes:
        """See `Voice.say`."""
        if command == _ENQ:
            return _CAN if plate.motion else _ACK
        if command == _DC1:
            self._sent = self._frame(plate)
            return _NAK if plate.motion else self._sent
        if command == b"\x02Z" + bytes(5) + b"\x03Z":
            plate.zero()
            return b""
        if command[0] == _STX:
            return _CR if command == self._sent else _ACK
        return b""

    def _frame(self, plate: Plate) -> bytes:
        pounds = plate.unit is Unit.POUND
        beyond = plate.over or plate.below_zero
        shown = Decimal(0) if beyond else plate.shown(2 if pounds else 3)
        digits = _digits(shown, 4).encode().rjust(5, b"\x00") if pounds else _digits(shown, 5).encode()
        body = bytes([0x28 | (2 if pounds else 1) | (0x10 if beyond else 0)]) + digits
        return b"\x02" + body + bytes([block_check(body)]) + b"\x03"


class DialogVoice(Voice):
    """Prices, results, refusals. Each weight is given once, until something else is put on it."""

    keyed = False

    def __init__(self) -> None:
        self._priced = False
        self._given = -1
        self._reason = b"00"
        self._number: int | None = None
        self._verdict: bool | None = None
        self._proven = not self.keyed
        self._weighings = 0

    def cut(self, heard: bytearray) -> list[bytes]:
        """See `Voice.cut`."""
        commands = []
        while heard and (heard[0] != _STX or _ETX in heard):
            size = heard.index(_ETX) + 1 if heard[0] == _STX else 1
            commands.append(bytes(heard[:size]))
            del heard[:size]
        return commands

    def asks(self, command: bytes) -> bool:
        """See `Voice.asks`."""
        return command[1:3] == b"01"

    def say(self, command: bytes, plate: Plate) -> bytes:
        """See `Voice.say`."""
        if command == _ENQ:
            return self._result(plate) if self._verdict is None else self._judge()
        match command[1:3]:
            case b"01":
                return self._price(command[1:-1])
            case b"08":
                reason, self._reason = self._reason, b"00"
                return b"\x0209\x1b" + reason + b"\x03"
            case b"10" if self._number is not None:
                self._verdict = _proves(command[4:12], self._number)
                self._number = None
                return _ACK
            case b"":
                return b""
            case _:
                return self._refuse(b"10")

    def _price(self, record: bytes) -> bytes:
        fields = record.split(b"\x1b")
        if len(fields) != 3 or len(fields[1]) != 6 or not fields[1].isdigit():
            return self._refuse(b"11")
        if not self._proven:
            self._number = 0x47
            return b"\x0211\x1b2%02X\x03" % self._number
        self._priced = True
        return _ACK

    def _result(self, plate: Plate) -> bytes:
        reasons = (
            (b"10", not self._priced),
            (b"20", plate.motion),
            (b"32", plate.over),
            (b"31", plate.below_zero),
            (b"30", not plate.shown_grams),
            (b"21", plate.loads == self._given),
        )
        reason = next((reason for reason, is_so in reasons if is_so), None)
        if reason is not None:
            # Only a weighing that is not finished goes on with the same price.
            self._priced = self._priced and reason == b"20"
            return self._refuse(reason)
        self._priced, self._given = False, plate.loads
        self._weighings += 1
        self._proven = not self.keyed or self._weighings % _WEIGHINGS_TO_CHALLENGE != 0
        scale, places = (b"1", 2) if plate.unit is Unit.POUND else (b"3", 3)
        weight = _digits(plate.shown(places), 5).encode()
        return b"\x0202\x1b" + scale + b"\x1b" + weight + b"\x1b000001\x1b000000\x03"

    def _judge(self) -> bytes:
        self._proven, self._verdict = bool(self._verdict), None
        return b"\x0211\x1b%d\x03" % self._proven

    def _refuse(self, reason: bytes) -> bytes:
        self._reason = reason
        return _NAK


class Dialog06Voice(DialogVoice):
    """As 02, but it wants to know the till after power-on, and every so often."""

    keyed = True


def _proves(proof: bytes, number: int) -> bool:
    """Whether checksum and correction, unrotated, are together a multiple of the generator."""
    try:
        checksum, correction = int(proof[:4], 16), int(proof[4:], 16)
    except ValueError:
        return False
    bits = f"{checksum:016b}"
    turned = number >> 4
    checksum = int(bits[16 - turned :] + bits[: 16 - turned], 2)
    bits = f"{correction:016b}"
    turned = number & 0x0F
    correction = int(bits[turned:] + bits[:turned], 2)
    word = checksum << 16 | correction
    for place in range(31, 15, -1):
        if word >> place & 1:
            word ^= SIMULATED_GENERATOR << (place - 16)
    return word == 0


class _Stream(Voice):
    """Sends by itself and understands nothing."""

    streams = True

    def cut(self, heard: bytearray) -> list[bytes]:
        """See `Voice.cut`."""
        heard.clear()
        return []


class CasStreamVoice(_Stream):
    """22 bytes."""

    def say(self, command: bytes, plate: Plate) -> bytes:
        """See `Voice.say`."""
        del command
        state = "OL" if plate.over else ("US" if plate.motion else "ST")
        sign = "-" if plate.below_zero else " "
        lamps = 0x80 | (0 if plate.motion else 0x40) | plate.at_zero
        head = f"{state},{'NT' if plate.tare_grams else 'GS'},1".encode()
        return head + bytes([lamps]) + f",{sign}{abs(plate.shown(3)):7} {plate.unit:2}\r\n".encode()


class ToledoVoice(_Stream):
    """17 bytes and a checksum."""

    def say(self, command: bytes, plate: Plate) -> bytes:
        """See `Voice.say`."""
        del command
        gross = replace(plate, tare_grams=0, grams=plate.tare_grams, zero_grams=0)
        status = 0x20 | bool(plate.tare_grams) | plate.below_zero << 1 | (plate.over or plate.under) << 2
        status |= plate.motion << 3 | (0 if plate.unit is Unit.POUND else 0x10)
        body = b"\x02" + bytes([0x20 | 0x08 | 5, status, 0x20])
        body += _digits(plate.shown(3), 6).encode() + _digits(gross.shown(3), 6).encode() + b"\r"
        return body + bytes([-sum(body) & 0x7F])


DIALOGUES: Mapping[str, type[Voice]] = {
    "cas": CasVoice,
    "cas_stream": CasStreamVoice,
    "berkel": BerkelVoice,
    "dialog_02": DialogVoice,
    "dialog_06": Dialog06Voice,
    "toledo_continuous": ToledoVoice,
}
