"""An NFC reader by PC/SC (pcscd): any reader with the CCID protocol, which most contactless desk readers speak."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec

from drivers.device import Category, Conditions, DeviceError, Finding, HealthLevel, Sink, Slip
from drivers.nfc import type2, type4
from drivers.nfc.apdu import GET_UID, READ_BLOCK_SIZE, answer, carry, read_block
from drivers.nfc.interface import TagKind, TagPresent, TagProblem, TagRemoved
from drivers.nfc.pcsc_link import HungError, ReaderLink, RefusedError, Sight, hanging, open_reader
from drivers.nfc.recognition import Recognition, Saw, Tag, TagGoneError, TagSettings
from drivers.transport.recording import Side
from drivers.transport.waiting import Deadline, wait_readable

log = logging.getLogger(__name__)

# ATR of a contactless storage card: historical bytes `80 4F 0C A0000003 06 SS NN NN`, SS the standard and NN the card
# (PC/SC part 3, 3.1.3.2.3); an ATR without them is that of an ISO 14443-4 card.
_STORAGE = bytes.fromhex("804F0CA000000306")
_TYPE_2_CARDS = (0x0003, 0x003A)
_FELICA = 0x11
# So many refusals one after the other are no restart of pcscd.
_REFUSALS = 5


@dataclass(frozen=True, slots=True)
class PcscWaits:
    """Waits in seconds.

    `slice_s`: how long a look at the reader may keep a request waiting. `check_s`: how often `listen` returns.
    `call_s`: for one call of pcscd. `settle_s`: in which pcscd, which asks a reader every 0.4 s, has noticed that a tag
    is gone. `interactive_s`: for a person to hold a tag to the reader.
    """

    slice_s: float = 0.2
    check_s: float = 2.0
    call_s: float = 5.0
    settle_s: float = 1.0
    interactive_s: float = 20.0


class PcscSettings(TagSettings, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a PC/SC reader: part of its name as pcscd tells it ("ACR1252"), and its serial number of two alike.

    A reader with several slots shows each as a reader: take in what tells the contactless one apart ("ACR1252 PICC").
    """

    driver: str
    reader: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    serial: Annotated[str, msgspec.Meta(max_length=64)] = ""


class PcscReader:
    """Driver of a PC/SC reader; see `drivers.device.Driver`. Emits `TagPresent` and `TagRemoved`."""

    def __init__(  # noqa: PLR0913 # what every driver is handed, and what tests replace
        self,
        alias: str,
        settings: PcscSettings,
        sink: Sink,
        data_folder: Path,
        *,
        opener: Callable[[str, str, float], ReaderLink] = open_reader,
        saw: Saw = lambda _side, _data: None,
        waits: PcscWaits | None = None,
    ) -> None:
        self._alias = alias
        self._settings = settings
        self._sink = sink
        self._data_folder = data_folder
        self._opener = opener
        self._saw = saw
        self._waits = waits or PcscWaits()
        self._link: ReaderLink | None = None
        self._left: ReaderLink | None = None
        self._recognition: Recognition | None = None
        self._seen: Sight | None = None
        self._told_reset = False
        self._refusals = 0

    @property
    def category(self) -> Category:
        """An NFC reader."""
        return Category.NFC_READER

    def open(self) -> None:
        """Find the reader and have pcscd tell its state. Else `DeviceError`, also where the keys cannot be read."""
        if self._left is not None and not self._left.released:
            # One call hangs there already, and another would only hang beside it.
            raise hanging(self._settings.reader)
        self._left = None
        self._recognition = Recognition(self._alias, self._settings, self._data_folder)
        self._link = self._find()
        self._sink(Conditions(()))

    def listen(self, wake_fd: int, emit: Sink) -> None:
        """Watch for tags; see `drivers.device.Driver.listen`."""
        deadline = Deadline(self._waits.check_s)
        while not (deadline.passed or wait_readable(0, wake_fd)):
            self._notice(self._opened().look(0 if self._seen is None else self._waits.slice_s), emit)

    def check_health(self, level: HealthLevel) -> Finding:
        """INTERNAL: what is known of the reader; EXTERNAL: its firmware; INTERACTIVE: that it sees a tag."""
        link = self._opened()
        if level is HealthLevel.INTERNAL:
            return Finding(True, f"{link.name} is connected.")
        if level is HealthLevel.EXTERNAL:
            version = link.version(self._waits.call_s)
            return Finding(True, f"{link.name} answers" + (f": {version}." if version else "."))
        deadline = Deadline(self._waits.interactive_s)
        while not deadline.passed:
            if link.look(min(self._waits.slice_s, deadline.left_s)).present:
                return Finding(True, f"{link.name} sees a tag.")
        return Finding(False, f"{link.name} saw no tag.", "Hold a tag flat to the middle of the reader.")

    def close(self) -> None:
        """Let the reader go; what lay on it is no longer known to."""
        link, self._link = self._link, None
        recognition, self._recognition = self._recognition, None
        self._leave(self._sink)
        self._seen = None
        if recognition is not None:
            recognition.close()
        if link is not None:
            link.close()
            self._left = link

    def _find(self) -> ReaderLink:
        try:
            link = self._opener(self._settings.reader, self._settings.serial, self._waits.call_s)
        except RefusedError as error:
            self._refusals += 1
            # Once may be a pcscd that is just being restarted.
            if self._refusals < _REFUSALS:
                raise
            raise DeviceError(error.message, error.remedy, permanent=True) from error
        except DeviceError:
            self._refusals = 0
            raise
        self._refusals = 0
        return link

    def _notice(self, sight: Sight, emit: Sink) -> None:
        before = self._seen
        if before is not None and before.present and sight.present and before.changes == sight.changes:
            return
        self._leave(emit)
        if sight.present:
            emit(self._read(emit))
        self._seen = sight

    def _leave(self, emit: Sink) -> None:
        if self._seen is not None and self._seen.present:
            self._seen = None
            emit(TagRemoved(self._alias))

    def _read(self, emit: Sink) -> TagPresent:
        """Read the tag; once more after a power cycle where it, or the reader, hung."""
        for _ in range(2):
            try:
                return self._recognised(emit)
            except TagGoneError:
                return TagPresent(self._alias, "", TagKind.OTHER, problem=TagProblem.REMOVED_TOO_SOON)
            except HungError:
                emit(Slip.TIMEOUT)
                self._reset()
        return TagPresent(self._alias, "", TagKind.OTHER, problem=TagProblem.UNREADABLE)

    def _recognised(self, emit: Sink) -> TagPresent:
        link, recognition = self._opened(), self._recognition
        if recognition is None:
            raise _closed(self._alias)
        try:
            tag = self._tag(link, link.connect(self._waits.call_s))
        except HungError:
            # A tag that was taken away may look like one that hangs.
            if not link.look(self._waits.settle_s).present:
                raise TagGoneError from None
            raise
        finally:
            link.disconnect(self._waits.call_s)
        self._told_reset = False
        return recognition.recognise(tag, emit)

    def _tag(self, link: ReaderLink, atr: bytes) -> Tag:
        def exchange(command: bytes) -> bytes:
            self._saw(Side.HOST, command)
            received = link.exchange(command, self._waits.call_s)
            self._saw(Side.DEVICE, received)
            return received

        told = answer(exchange(GET_UID))
        uid = told.data if told.done else b""
        kind = kind_of(atr)
        if kind is TagKind.TYPE_2:
            return Tag(uid, kind, carry(type2.read(), lambda page: _block(exchange(read_block(page)))))
        if kind is TagKind.TYPE_4:
            content = carry(type4.read(), exchange)
            if isinstance(content, type4.NoApplication):
                return Tag(uid, TagKind.OTHER, None)
            return Tag(uid, kind, content)
        return Tag(uid, kind, None)

    def _reset(self) -> None:
        if not self._told_reset:
            self._told_reset = True
            log.warning("nfc.power_cycle device=%s", self._alias)
        # Where even that fails, the next try of reading says so.
        with contextlib.suppress(HungError, TagGoneError):
            self._opened().power_cycle(self._waits.call_s)

    def _opened(self) -> ReaderLink:
        if self._link is None:
            raise _closed(self._alias)
        return self._link


def kind_of(atr: bytes) -> TagKind:
    """Tell the kind of a tag by the ATR that the reader makes up for it."""
    at = atr.find(_STORAGE)
    if at < 0:
        return TagKind.TYPE_4
    standard, card = atr[at + 8 : at + 9], int.from_bytes(atr[at + 9 : at + 11], "big")
    if standard == bytes((_FELICA,)):
        return TagKind.TYPE_3
    return TagKind.TYPE_2 if card in _TYPE_2_CARDS else TagKind.OTHER


def _block(received: bytes) -> bytes:
    told = answer(received)
    return told.data if told.done and len(told.data) == READ_BLOCK_SIZE else b""


def _closed(alias: str) -> DeviceError:
    return DeviceError(f"The NFC reader {alias} is not open.", "Open it first.")
