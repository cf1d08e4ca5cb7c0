"""What the simulated terminal does with a command, and what a person can do at it. Used on one thread only."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from drivers.device import DeviceError
from drivers.payment import simulated_answers as say
from drivers.payment.simulated_books import Books, Entry
from drivers.payment.simulated_line import Line
from drivers.payment.zvt_codec import Apdu, from_bcd

ABORTED: Final = 0x6C
REFUSED: Final = 0x83
DECLINED: Final = 0x05
_NOT_REGISTERED, _WRONG_CURRENCY, _BUSY = 0x6B, 0x6F, 0x9C
_ALREADY_REVERSED, _NO_REVERSAL = 0xB4, 0xB5
_INSERT_CARD, _ONLINE = 0x0A, 0x04
_ABORT_REQUEST: Final = 0x06B0


@dataclass(frozen=True, slots=True)
class _Asked:
    """A card is asked for: to charge `amount_minor`, or to pay it out."""

    amount_minor: int
    paid_out: bool


class CardTerminal:
    """The terminal behind the wire.

    `auto` is "off", "approve" or "decline"; `duplicate` sends every approval twice; `registration_refusal` is the
    code registrations are refused with; `failure` and `next_failure` are codes with which all, or only the next,
    transaction or service fails. `presented` is set while a card is waited for.
    """

    def __init__(self, line: Line, books: Books) -> None:
        self._line = line
        self._books = books
        self._asked: _Asked | None = None
        self._held: list[bytes] = []
        self._next_fault = ""
        self._registered = False
        self._receipt: Callable[..., list[bytes]] | None = None
        self._received: Counter[str] = Counter()
        self.presented = threading.Event()
        self.auto = "off"
        self.duplicate = False
        self.registration_refusal: int | None = None
        self.failure: int | None = None
        self.next_failure: int | None = None

    def state(self) -> dict[str, object]:
        """What there is to tell of it."""
        return {
            "waiting": self._asked is not None,
            "amount_minor": None if self._asked is None else self._asked.amount_minor,
            "charges": self._books.charges(),
            "refunds": self._books.refunds(),
            "authorisations": self._received["0601"],
            "received": dict(self._received),
            "connected": self._line.connected,
            "registered": self._registered and self._line.connected,
        }

    def connected(self) -> None:
        """A register has connected; it has to register before it may charge."""
        self._registered = False

    def hear(self, apdu: Apdu) -> None:
        """Act on one message of the register."""
        self._received[f"{apdu.control:04X}"] += 1
        if self._line.silent:
            return
        if apdu.control >> 8 in (0x80, 0x84):
            self._line.acknowledged()
            return
        if not self._line.wire.hangs_up and apdu.control != _ABORT_REQUEST:
            self._line.forget()
        handler = self._handlers().get(apdu.control)
        if handler is None:
            self._line.reply(say.nack(REFUSED))
        elif apdu.control != _ABORT_REQUEST and self._busy():
            self._line.reply(say.nack(_BUSY))
        else:
            handler(apdu.data)

    def _handlers(self) -> dict[int, Callable[[bytes], None]]:
        return {
            0x0600: self._registration,
            0x0601: lambda data: self._ask_for_card(data, paid_out=False),
            0x0602: self._log_off,
            0x0620: self._repeat_receipt,
            0x0630: self._reversal,
            0x0631: lambda data: self._ask_for_card(data[3:], paid_out=True),
            0x0650: self._end_of_day,
            0x0670: lambda _: self._serve("Diagnose erfolgreich"),
            0x0693: lambda _: self._serve("Initialisierung erfolgreich"),
            0x0501: self._status_enquiry,
            _ABORT_REQUEST: self._abort_request,
        }

    def card(self) -> None:
        """A good card is presented: charge, and answer as the armed fault wants it."""
        asked = self._taken()
        fault, self._next_fault = self._next_fault, ""
        if (code := self._failing()) is not None:
            self._line.tell(say.failed(code), say.aborted(code))
            return
        if fault == "drop_before_charge":
            self._line.hang_up()
            return
        amount = asked.amount_minor + (1 if fault == "wrong_amount" else 0)
        entry = self._books.refund(amount) if asked.paid_out else self._books.charge(amount)
        if fault == "lose_answer":
            self._line.hang_up()
            return
        answer = self._result(entry)
        results = [answer] * (2 if self.duplicate else 1)
        messages = [say.showing(_ONLINE), *results, *self._printed(entry), say.completed()]
        if fault == "answer_late":
            self._held = messages
        else:
            self._line.tell(*messages)

    def fail(self, code: int) -> None:
        """The payment comes to nothing, with this result code."""
        self._taken()
        self._line.tell(say.failed(code), say.aborted(code))

    def arm(self, fault: str) -> None:
        """Have `fault` at the next card or reversal; where a card is waited for, it is presented now."""
        self._next_fault = fault
        if self._asked is not None:
            self.card()

    def release(self) -> None:
        """Send the answer that `answer_late` held back."""
        messages, self._held = self._held, []
        if not messages:
            raise DeviceError("The simulated terminal holds no answer back.", "Use answer_late first.")
        self._line.tell(*messages)

    def _taken(self) -> _Asked:
        asked, self._asked = self._asked, None
        self.presented.clear()
        if asked is None:
            raise DeviceError("The simulated terminal is not asking for a card.", "Use wait_for_authorisation first.")
        return asked

    def _failing(self) -> int | None:
        code, self.next_failure = self.next_failure, None
        return self.failure if code is None else code

    def _busy(self) -> bool:
        return self._asked is not None or bool(self._held) or self._line.talking

    def _registration(self, data: bytes) -> None:
        if len(data) < 4:
            self._line.reply(say.nack(REFUSED))
            return
        self._line.reply(say.ACK)
        if self.registration_refusal is not None:
            self._line.tell(say.aborted(self.registration_refusal))
            return
        self._registered = True
        words = say.receipt_block if b"\x06\xd3" in data[6:] else say.receipt_lines
        self._receipt = words if data[3] & 0x80 else None
        self._line.tell(say.registered())

    def _ask_for_card(self, data: bytes, *, paid_out: bool) -> None:
        amount = from_bcd(data[1:7]) if data[:1] == b"\x04" and len(data) >= 7 else None
        if not self._registered or amount is None:
            self._line.reply(say.nack(REFUSED if self._registered else _NOT_REGISTERED))
            return
        if data[7:8] == b"\x49" and data[8:10] != b"\x09\x78":
            self._line.reply(say.nack(_WRONG_CURRENCY))
            return
        self._line.reply(say.ACK)
        self._line.tell(say.showing(_INSERT_CARD))
        self._asked = _Asked(amount, paid_out)
        match self.auto:
            case "approve":
                self.card()
            case "decline":
                self.fail(DECLINED)
            case _:
                self.presented.set()

    def _log_off(self, _: bytes) -> None:
        self._registered = False
        self._line.reply(say.ACK)

    def _repeat_receipt(self, data: bytes) -> None:
        self._line.reply(say.ACK)
        last = self._books.last
        if last is None:
            self._line.tell(say.aborted(REFUSED))
        elif data[3:4] == b"\x03" and data[4:5] and data[4] & 0x02:
            self._line.tell(self._result(last), say.completed())
        else:
            self._line.tell(*self._printed(last), say.completed())

    def _reversal(self, data: bytes) -> None:
        self._line.reply(say.ACK)
        number = from_bcd(data[4:6]) if data[3:4] == b"\x87" else None
        charge = None if number is None else self._books.find(number)
        code = _NO_REVERSAL if charge is None else _ALREADY_REVERSED if charge.reversed else self._failing()
        if charge is None or code is not None:
            self._line.tell(say.failed(code or 0), say.aborted(code or 0))
            return
        fault, self._next_fault = self._next_fault, ""
        if fault == "drop_before_charge":
            self._line.hang_up()
            return
        entry = self._books.reverse(charge.receipt_number)
        if fault == "lose_answer" or entry is None:
            self._line.hang_up()
            return
        self._line.tell(self._result(entry), *self._printed(entry), say.completed())

    def _end_of_day(self, _: bytes) -> None:
        self._line.reply(say.ACK)
        fault, self._next_fault = self._next_fault, ""
        if fault == "drop_before_charge":
            self._line.hang_up()
        elif (code := self._failing()) is not None:
            self._line.tell(say.failed(code), say.aborted(code))
        else:
            day = self._books.end_day()
            if fault == "lose_answer":
                self._line.hang_up()
                return
            closed = [] if day is None else [say.day_closed(day)]
            self._line.tell(*closed, *self._print("Kassenschnitt"), say.completed())

    def _serve(self, text: str) -> None:
        self._line.reply(say.ACK)
        code = self._failing()
        if code is not None:
            self._line.tell(say.aborted(code))
        else:
            self._line.tell(*self._print(text), say.completed())

    def _status_enquiry(self, _: bytes) -> None:
        self._line.reply(say.ACK)
        self._line.tell(say.completed(b"\x00"))

    def _abort_request(self, _: bytes) -> None:
        if self._held:
            self._line.reply(say.nack(_BUSY))
            return
        self._line.reply(say.ACK)
        if self._asked is not None:
            self.fail(ABORTED)

    def _result(self, entry: Entry) -> bytes:
        return say.carried_out(entry, self._books.original(entry))

    def _printed(self, entry: Entry) -> list[bytes]:
        # The card number in full, so that tests can prove what becomes of it.
        amount = f"EUR {entry.amount_minor // 100},{entry.amount_minor % 100:02d}"
        return self._print("** Kundenbeleg **", f"Terminal {say.TERMINAL_ID}", f"Karte {say.TEST_CARD}", amount)

    def _print(self, *texts: str) -> list[bytes]:
        return [] if self._receipt is None else self._receipt(*texts)
