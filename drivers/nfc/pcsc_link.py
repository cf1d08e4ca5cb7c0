"""One PC/SC reader through pcscd: every call with a deadline, every result code turned into what it means."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol, TypeVar

from drivers.device import AbsentError, DeviceError
from drivers.nfc.apdu import check
from drivers.nfc.overdue import Clerk, OverdueError
from drivers.nfc.recognition import TagGoneError

T = TypeVar("T")

# Result codes (pcsc-lite, pcsclite.h).
_DONE, _TIMEOUT = 0x00000000, 0x8010000A
_NO_READER = (0x80100009, 0x80100017, 0x8010002E)
_NO_SERVICE = (0x80100003, 0x80100013, 0x8010001D, 0x8010001E)
_TAKEN = 0x8010000B
_FORBIDDEN = (0x80100027, 0x8010006A)
_TAG_GONE = (0x8010000C, 0x80100068, 0x80100069)
_HUNG = (0x8010000F, 0x80100016, 0x8010002F, 0x80100066, 0x80100067)
# States of a reader; the upper half counts the tags that came and went.
_CHANGED, _UNKNOWN, _UNAVAILABLE, _PRESENT = 0x0002, 0x0004, 0x0008, 0x0020
_EXCLUSIVE, _DIRECT, _ANY_PROTOCOL = 1, 3, 3
_LEAVE, _RESET, _UNPOWER = 0, 1, 2
_VENDOR_NAME, _VENDOR_VERSION = 0x00010100, 0x00010102
_GRACE_S = 0.5
_STATUS_SIZE = 2

_INSTALL = "Install pcscd (Debian: apt-get install pcscd) and start it: systemctl start pcscd.socket."


class RefusedError(DeviceError):
    """pcscd closed the connection: it is ending just now, or polkit does not let this program in.

    libpcsclite has one and the same code for both (SCARD_W_SECURITY_VIOLATION, whenever a read ends).
    """


class HungError(Exception):
    """The tag, or the reader, does not react; a power cycle may help."""


@dataclass(frozen=True, slots=True)
class Sight:
    """What a reader sees: whether there is a tag, and how many came and went so far."""

    present: bool
    changes: int = 0


class ReaderLink(Protocol):
    """A connection to one reader. `DeviceError` where the reader or pcscd is gone; all deadlines in seconds."""

    @property
    def name(self) -> str:
        """The reader's full name."""
        ...

    def look(self, wait_s: float) -> Sight:
        """Return what is seen, as soon as it is another than before, and after `wait_s` in any case."""
        ...

    def connect(self, deadline_s: float) -> bytes:
        """Take the tag for ourselves; returns its ATR. `TagGoneError`, `HungError`."""
        ...

    def exchange(self, command: bytes, deadline_s: float) -> bytes:
        """Send a command that `apdu.check` lets pass; return the answer. `TagGoneError`, `HungError`."""
        ...

    def disconnect(self, deadline_s: float) -> None:
        """Let the tag go."""
        ...

    def power_cycle(self, deadline_s: float) -> None:
        """Take the power off the tag, and so wake a tag or a reader that hangs. `TagGoneError`, `HungError`."""
        ...

    def version(self, deadline_s: float) -> str:
        """Ask the reader for its maker and firmware."""
        ...

    def close(self) -> None:
        """Give everything back. Never raises; may be called twice."""
        ...

    @property
    def released(self) -> bool:
        """Whether nothing hangs in pcscd any more after `close`."""
        ...


def open_reader(reader: str, serial: str, deadline_s: float) -> PcscLink:
    """Connect to pcscd and find the one reader whose name holds `reader` and `serial`.

    Raises `AbsentError` where there is none, and a permanent `DeviceError` where several fit or pyscard is missing.
    """
    try:
        scard = importlib.import_module("smartcard.scard")
    except ImportError as error:
        raise DeviceError(
            "The Python package pyscard is not installed.",
            'Install Checklane with its extra "nfc": pip install "checklane[nfc]".',
            permanent=True,
        ) from error
    link = PcscLink(scard, deadline_s)
    try:
        link.find(reader, serial)
    except BaseException:
        link.close()
        raise
    return link


class PcscLink:
    """See `ReaderLink`. `scard` is pyscard's module `smartcard.scard`.

    The monitor threads of pyscard are not used: they die with pcscd (github.com/LudovicRousseau/pyscard/issues/82).
    """

    def __init__(self, scard: Any, deadline_s: float) -> None:  # noqa: ANN401 # a module without types
        self._scard = scard
        self._deadline_s = deadline_s
        self._clerk = Clerk("pcsc")
        self._context: int | None = None
        self._card: int | None = None
        self._protocol = 0
        self._state = 0
        self.name = ""

    @property
    def released(self) -> bool:
        """See `ReaderLink.released`."""
        return self._clerk.ended

    def find(self, reader: str, serial: str) -> None:
        """Establish a context and take the one reader that fits; see `open_reader`."""
        self._context = self._ask(self._scard.SCardEstablishContext, self._scard.SCARD_SCOPE_SYSTEM)
        names = self._ask(self._scard.SCardListReaders, self._context, [])
        fitting = [name for name in names if reader.casefold() in name.casefold() and serial in name]
        if not fitting:
            there = ", ".join(names) or "none"
            raise AbsentError(
                f"There is no NFC reader {reader!r}{' with serial ' + serial if serial else ''}.",
                f"Plug it in, or correct `reader` in the settings. Readers here: {there}.",
            )
        if len(fitting) > 1:
            raise DeviceError(
                f"{len(fitting)} readers fit {reader!r}.",
                f"Set `serial`, or more of the name in `reader`. They are: {', '.join(fitting)}.",
                permanent=True,
            )
        self.name = fitting[0]
        self.look(0)

    def look(self, wait_s: float) -> Sight:
        """See `ReaderLink.look`."""
        # A first look asks what is so (UNAWARE); others wait until it is no longer.
        watched = [(self.name, self._state)]
        milliseconds = max(0, int(wait_s * 1000))
        code, states = self._call(
            lambda: self._scard.SCardGetStatusChange(self._context, milliseconds, watched), self._deadline_s + wait_s
        )
        code &= 0xFFFFFFFF
        if code not in (_DONE, _TIMEOUT):
            # Who was let in before is not refused now: pcscd has ended.
            self._raise(_NO_SERVICE[0] if code in _FORBIDDEN else code)
        state = states[0][1]
        if state & (_UNKNOWN | _UNAVAILABLE):
            raise self._absent()
        self._state = state & ~_CHANGED
        return Sight(bool(state & _PRESENT), state >> 16)

    def connect(self, deadline_s: float) -> bytes:
        """See `ReaderLink.connect`."""
        self._card, self._protocol = self._ask(
            *(self._scard.SCardConnect, self._context, self.name, _EXCLUSIVE, _ANY_PROTOCOL), deadline_s=deadline_s
        )
        # That of this connection: what `look` saw may be older than the tag.
        *_, atr = self._ask(self._scard.SCardStatus, self._card, deadline_s=deadline_s)
        return bytes(byte & 0xFF for byte in atr)

    def exchange(self, command: bytes, deadline_s: float) -> bytes:
        """See `ReaderLink.exchange`."""
        frame = list(check(command))
        received = self._ask(self._scard.SCardTransmit, self._card, self._protocol, frame, deadline_s=deadline_s)
        if len(received) < _STATUS_SIZE:
            # Some readers report a tag that fell silent as one that answered nothing.
            raise HungError
        return bytes(byte & 0xFF for byte in received)

    def disconnect(self, deadline_s: float) -> None:
        """See `ReaderLink.disconnect`."""
        card, self._card = self._card, None
        if card is not None:
            self._let_go(card, _LEAVE, deadline_s)

    def power_cycle(self, deadline_s: float) -> None:
        """See `ReaderLink.power_cycle`."""
        self._let_go(self._direct(deadline_s), _UNPOWER, deadline_s)

    def version(self, deadline_s: float) -> str:
        """See `ReaderLink.version`."""
        card = self._direct(deadline_s)
        try:
            told = [self._attribute(card, which, deadline_s) for which in (_VENDOR_NAME, _VENDOR_VERSION)]
        finally:
            self._let_go(card, _LEAVE, deadline_s)
        maker = told[0].rstrip(b"\0").decode("ascii", errors="replace")
        # DWORD MMmmbbbb: major, minor and build (PC/SC part 3).
        number = int.from_bytes(told[1][:4], "little")
        firmware = f"{number >> 24}.{number >> 16 & 0xFF}.{number & 0xFFFF}" if told[1] else ""
        return " ".join(part for part in (maker, firmware) if part)

    def close(self) -> None:
        """Let everything go, behind a call that hangs if there is one."""
        context, self._context = self._context, None
        card, self._card = self._card, None
        if self._clerk.ended:
            return

        def release() -> None:
            if card is not None:
                self._scard.SCardDisconnect(card, _RESET)
            if context is not None:
                self._scard.SCardReleaseContext(context)

        self._clerk.close(release, _GRACE_S)

    def _direct(self, deadline_s: float) -> int:
        """Connect to the reader itself, whether or not there is a tag."""
        arguments = (self._context, self.name, _DIRECT, 0)
        card, _ = self._ask(self._scard.SCardConnect, *arguments, deadline_s=deadline_s)
        return int(card)

    def _let_go(self, card: int, how: int, deadline_s: float) -> None:
        # What it answers does not matter: the tag may be gone, and is let go in any case.
        self._call(lambda: self._scard.SCardDisconnect(card, how), deadline_s)

    def _attribute(self, card: int, which: int, deadline_s: float) -> bytes:
        code, value = self._call(lambda: self._scard.SCardGetAttrib(card, which), deadline_s)
        # A reader need not have any of them.
        return bytes(value) if code & 0xFFFFFFFF == _DONE else b""

    def _ask(self, function: Callable[..., Any], *arguments: object, deadline_s: float | None = None) -> Any:  # noqa: ANN401 # pyscard has no types
        """Make a call of the API; return what stands beside its result code (one value, or a tuple)."""
        code, *values = self._call(lambda: function(*arguments), deadline_s or self._deadline_s)
        if code & 0xFFFFFFFF != _DONE:
            self._raise(code & 0xFFFFFFFF)
        return values[0] if len(values) == 1 else tuple(values)

    def _call(self, work: Callable[[], T], deadline_s: float) -> T:
        try:
            return self._clerk.call(work, deadline_s)
        except OverdueError:
            raise hanging(self.name) from None

    def _absent(self) -> AbsentError:
        return AbsentError(f"The NFC reader {self.name!r} was unplugged.", "Plug it in again.")

    def _raise(self, code: int) -> None:
        if code in _TAG_GONE:
            raise TagGoneError
        if code in _HUNG:
            raise HungError
        if code in _NO_READER:
            raise self._absent() if self.name else AbsentError("There is no NFC reader.", "Plug one in.")
        if code in _NO_SERVICE:
            raise DeviceError("The smart card service pcscd does not run.", _INSTALL)
        if code == _TAKEN:
            raise DeviceError(
                f"Another program uses the NFC reader {self.name!r}.", "End that program.", permanent=True
            )
        if code in _FORBIDDEN:
            remedy = "Let polkit allow org.debian.pcsc-lite.access_pcsc and access_card to the user the lane runs as."
            raise RefusedError("The smart card service pcscd does not let this program in.", remedy)
        raise DeviceError(f"The NFC reader {self.name!r} failed (PC/SC {code:08X}).", "Unplug it and plug it in again.")


def hanging(name: str) -> DeviceError:
    """The error for a reader that keeps a call for longer than it may."""
    return DeviceError(
        f"The NFC reader {name!r} hangs.", "Unplug it and plug it in again; if that is no help, restart pcscd."
    )
