"""How simulated scales speak: for each protocol, where a command ends and what is answered to it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from decimal import Decimal

from drivers.scale.reading import Unit, to_grams
from drivers.scale.simulated_plate import Plate


class Voice(ABC):
    """One protocol from the scale's side. `ends` are the bytes that end a command; what `streams` speaks unasked."""

    ends = b"\r"
    streams = False

    def cut(self, heard: bytearray) -> list[bytes]:
        """Take whole commands out of what was heard."""
        commands = []
        while any(end in heard for end in self.ends):
            at = min(heard.find(bytes([end])) for end in self.ends if end in heard)
            commands.append(bytes(heard[:at]))
            del heard[: at + 1]
        return [command for command in commands if command.strip()]

    @abstractmethod
    def say(self, command: bytes, plate: Plate) -> bytes:
        """Obey a command and answer it; b"" where the protocol has no answer."""

    def asks(self, command: bytes) -> bool:
        """Whether a command asks for the weight."""
        return command.strip()[:1] == b"W"


class Toledo8217(Voice):
    """Single letters without an end, but a tare that ends with CR."""

    def __init__(self) -> None:
        self._echo = False

    def cut(self, heard: bytearray) -> list[bytes]:
        """See `Voice.cut`."""
        commands = []
        while heard:
            if heard[:1] == b"T" and b"\r" not in heard:
                break
            size = heard.index(b"\r") + 1 if heard[:1] == b"T" else 1
            commands.append(bytes(heard[:size]))
            del heard[:size]
        return commands

    def say(self, command: bytes, plate: Plate) -> bytes:
        """See `Voice.say`."""
        if command in (b"E", b"F"):
            self._echo = command == b"E"
            return b"\x02" + command + b"\r"
        if self._echo:
            return command
        if command == b"W":
            return self._weight(plate) if plate.at_rest else self._status(plate)
        if command == b"Z":
            plate.zero()
        elif command == b"C":
            plate.tare_grams = 0
        elif command[:1] == b"T":
            digits = command[1:-1]
            step = Decimal(int(digits)) if digits else Decimal(0)
            taken = step / 100 if plate.unit is Unit.POUND else step / 1000
            plate.tare(to_grams(taken, plate.unit) if digits else None)
        else:
            return b""
        return self._status(plate)

    def _weight(self, plate: Plate) -> bytes:
        places = 2 if plate.unit is Unit.POUND else 3
        net = b"N" if plate.tare_grams else b""
        return b"\x02" + f"{plate.shown(places):0{places + 3}}".encode() + net + b"\r"

    def _status(self, plate: Plate) -> bytes:
        bits = (plate.motion, plate.over, plate.below_zero, False, plate.at_zero, bool(plate.tare_grams), True)
        return b"\x02?" + bytes([sum(1 << place for place, is_so in enumerate(bits) if is_so)]) + b"\r"


class Sics(Voice):
    """Lines of text."""

    ends = b"\n"

    def asks(self, command: bytes) -> bool:
        """See `Voice.asks`."""
        return command.strip() in (b"S", b"SI")

    def say(self, command: bytes, plate: Plate) -> bytes:
        """See `Voice.say`."""
        name, _, rest = command.strip().partition(b" ")
        match name:
            case b"S" | b"SI":
                answer = self._weight(plate, immediate=name == b"SI")
            case b"Z":
                answer = b"Z A" if plate.zero() else (b"Z I" if plate.motion else b"Z +")
            case b"T":
                answer = b"T S " + self._value(plate.tare_grams, plate) if plate.tare() else b"T I"
            case b"TA" if rest:
                value, _, unit = rest.decode().partition(" ")
                taken = plate.tare(to_grams(Decimal(value), Unit(unit)))
                answer = b"TA A " + self._value(plate.tare_grams, plate) if taken else b"TA I"
            case b"TAC":
                plate.tare_grams = 0
                answer = b"TAC A"
            case b"I4":
                answer = b'I4 A "0123456789"'
            case _:
                answer = b"ES"
        return answer + b"\r\n"

    def _weight(self, plate: Plate, *, immediate: bool) -> bytes:
        if plate.over:
            return b"S +"
        if plate.under:
            return b"S -"
        if plate.motion and not immediate:
            return b"S I"
        return (b"S D " if plate.motion else b"S S ") + self._value(plate.shown_grams, plate)

    def _value(self, grams: int, plate: Plate) -> bytes:
        shown = Plate(plate.unit, grams).shown(0 if plate.unit is Unit.GRAM else 3)
        return f"{shown:>10} {plate.unit}".encode()


class Nci(Voice):
    """`W` is answered with the weight and a status, whatever is so."""

    upper = False

    def say(self, command: bytes, plate: Plate) -> bytes:
        """See `Voice.say`."""
        if command in (b"W", b"Z", b"S"):
            if command == b"Z":
                plate.zero()
            return (self._weight(plate) if command == b"W" else b"") + b"\n" + self._status(plate) + b"\r\x03"
        return b"\n?\r\x03"

    def _weight(self, plate: Plate) -> bytes:
        unit = plate.unit.value.encode()
        bars = b"^^^^^^" if plate.over else b"______"
        digits = bars if plate.over or plate.under else f"{plate.shown(3):6}".encode()
        return b"\n" + digits + unit + b"\r"

    def _status(self, plate: Plate) -> bytes:
        first = 0x30 | plate.motion | plate.at_zero << 1
        second = 0x30 | plate.below_zero | plate.over << 1
        # The third byte only where there is something to say: a net weight.
        return bytes([first, second | 0x40, 0x34]) if plate.tare_grams else bytes([first, second])


class Ecr(Nci):
    """Leading zeros, upper case, `S` before the status; no weight but a stable one of zero or more."""

    def _weight(self, plate: Plate) -> bytes:
        if not plate.at_rest:
            return b""
        return b"\n" + f"{plate.shown(3):06}{plate.unit.value.upper()}".encode() + b"\r"

    def _status(self, plate: Plate) -> bytes:
        return b"S" + super()._status(plate)


class Berkel6702(Ecr):
    """As ECR, with CR and LF the other way round."""

    def say(self, command: bytes, plate: Plate) -> bytes:
        """See `Voice.say`."""
        return super().say(command, plate).replace(b"\r\n", b"\n\r")


class SmaVoice(Voice):
    """A record of a fixed width."""

    def say(self, command: bytes, plate: Plate) -> bytes:
        """See `Voice.say`."""
        wanted = command.strip(b"\n")
        done = True
        if wanted == b"Z":
            done = plate.zero()
        elif wanted == b"C":
            plate.tare_grams = 0
        elif wanted[:1] == b"T":
            digits = wanted[1:].strip().decode()
            done = plate.tare(to_grams(Decimal(digits), plate.unit) if digits else None)
        elif wanted != b"W":
            return b"\n?\r"
        failed = "" if done else ("E" if wanted == b"Z" else "T")
        return b"\n" + self._record(plate, failed) + b"\r"

    def _record(self, plate: Plate, failed: str) -> bytes:
        conditions = (("O", plate.over), ("U", plate.below_zero), ("Z", plate.at_zero))
        status = failed or next((letter for letter, is_so in conditions if is_so), " ")
        kind, motion = "N" if plate.tare_grams else "G", "M" if plate.motion else " "
        digits = "-" * 10 if failed else f"{plate.shown(3):10}"
        return f"{status}1{kind}{motion} {digits}{plate.unit:3}".encode()


class AdamVoice(Voice):
    """Prints a stable weight above zero once for each load, and else nothing."""

    ends = b"\n"

    def __init__(self) -> None:
        self._printed = 0

    def asks(self, command: bytes) -> bool:
        """See `Voice.asks`."""
        return command.strip() == b"P"

    def say(self, command: bytes, plate: Plate) -> bytes:
        """See `Voice.say`."""
        if command.strip() != b"P" or not plate.at_rest or not plate.shown_grams or plate.loads == self._printed:
            return b""
        self._printed = plate.loads
        return f"{plate.shown(3):7}{plate.unit}\r\n".encode()


VOICES: Mapping[str, type[Voice]] = {
    "8217": Toledo8217,
    "mt_sics": Sics,
    "nci": Nci,
    "ecr": Ecr,
    "berkel_6702": Berkel6702,
    "sma": SmaVoice,
    "adam": AdamVoice,
}


def damaged(answer: bytes) -> bytes:
    """Return an answer of which no letter or digit can be read, as the kernel shows characters of a wrong parity."""
    return bytes(0 if 0x20 < byte < 0x7F else byte for byte in answer)
