"""What the PC/SC driver makes of each result code, at a stand-in for pyscard; and calls that are given up."""

from __future__ import annotations

import queue
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.device import AbsentError, Conditions, DeviceError, Slip
from drivers.inbox import Bell
from drivers.nfc.apdu import RefusedCommandError
from drivers.nfc.interface import TagKind, TagPresent, TagProblem, TagRemoved
from drivers.nfc.overdue import Clerk, OverdueError
from drivers.nfc.pcsc import PcscReader, PcscSettings, PcscWaits, kind_of
from drivers.nfc.pcsc_link import HungError, PcscLink, ReaderLink, RefusedError, hanging, open_reader
from drivers.nfc.recognition import TagGoneError
from drivers.nfc.simulated_tags import BlockTag, CardWithoutNdef, MemoryTag
from tests.drivers.witness import PATIENCE_S

UID = bytes.fromhex("04A1B2C3D4E5F6")
PRESENT, EMPTY = 0x20, 0x10


class FakeScard:
    """pyscard's scard: a reader that answers as it was told. `states` are looked at one after the other."""

    SCARD_SCOPE_SYSTEM = 2

    def __init__(self) -> None:
        self.tag = CardWithoutNdef(UID)
        self.codes: dict[str, list[int]] = {}
        self.states = [EMPTY]
        self.readers = ["ACS ACR1252 (A1) 00 00"]
        self.disconnected: list[int] = []
        self.released = 0

    def _code(self, call: str) -> int:
        codes = self.codes.get(call, [])
        # pyscard gives signed or unsigned numbers, by its version.
        return codes.pop(0) if codes else 0

    def SCardEstablishContext(self, _scope: int) -> tuple[int, int]:  # noqa: N802 # pyscard's name
        return self._code("establish"), 1

    def SCardListReaders(self, _context: int, _groups: list[str]) -> tuple[int, list[str]]:  # noqa: N802 # pyscard's name
        return self._code("list"), self.readers

    def SCardGetStatusChange(  # noqa: N802 # pyscard's name
        self, _context: int, _milliseconds: int, watched: list[tuple[str, int]]
    ) -> tuple[int, list[tuple[str, int, list[int]]]]:
        state = self.states.pop(0) if len(self.states) > 1 else self.states[0]
        return self._code("look"), [(watched[0][0], state | 0x02, [])]

    def SCardConnect(self, *_: object) -> tuple[int, int, int]:  # noqa: N802 # pyscard's name
        return self._code("connect"), 7, 2

    def SCardStatus(self, _card: int) -> tuple[int, str, int, int, list[int]]:  # noqa: N802 # pyscard's name
        return self._code("status"), "", 0, 0, list(self.tag.atr)

    def SCardTransmit(self, _card: int, _protocol: int, command: list[int]) -> tuple[int, list[int]]:  # noqa: N802 # pyscard's name
        code = self._code("transmit")
        return code, [] if code else list(self.tag.answer(bytes(command)))

    def SCardGetAttrib(self, _card: int, which: int) -> tuple[int, list[int]]:  # noqa: N802 # pyscard's name
        value = b"ACS\0" if which == 0x00010100 else bytes((7, 0, 2, 1))
        return self._code("attribute"), list(value)

    def SCardDisconnect(self, _card: int, how: int) -> int:  # noqa: N802 # pyscard's name
        self.disconnected.append(how)
        return 0

    def SCardReleaseContext(self, _context: int) -> int:  # noqa: N802 # pyscard's name
        self.released += 1
        return 0


@pytest.fixture
def scard() -> FakeScard:
    return FakeScard()


def opened(scard: FakeScard) -> PcscLink:
    link = PcscLink(scard, PATIENCE_S)
    try:
        link.find("acr1252", "")
    except BaseException:
        link.close()
        raise
    return link


@pytest.fixture
def link(scard: FakeScard) -> Iterator[PcscLink]:
    made = opened(scard)
    yield made
    made.close()
    made.close()
    assert made.released
    assert scard.released == 1


@pytest.mark.parametrize(
    ("call", "code", "kind", "message"),
    [
        ("establish", 0x8010001D, DeviceError, "pcscd does not run"),
        ("establish", 0x8010001D - (1 << 32), DeviceError, "pcscd does not run"),
        ("establish", 0x8010006A, RefusedError, "polkit"),
        ("list", 0x8010002E, AbsentError, "There is no NFC reader"),
        ("look", 0x80100009, AbsentError, "was unplugged"),
        ("look", 0x8010006A, DeviceError, "pcscd does not run"),
        ("look", 0x80100001, DeviceError, r"PC/SC 80100001"),
    ],
)
def test_each_code_of_opening_has_its_error(
    scard: FakeScard, call: str, code: int, kind: type[DeviceError], message: str
) -> None:
    scard.codes[call] = [code]
    with pytest.raises(kind, match=message) as caught:
        opened(scard)
    assert not caught.value.permanent


@pytest.mark.parametrize("state", [0x04, 0x08, 0x0C])
def test_a_reader_in_no_known_state_was_unplugged(link: PcscLink, scard: FakeScard, state: int) -> None:
    scard.states = [state]
    with pytest.raises(AbsentError):
        link.look(0)


@pytest.mark.parametrize(
    ("code", "error"),
    [
        (0x80100069, TagGoneError),
        (0x8010000C, TagGoneError),
        (0x80100068, TagGoneError),
        (0x80100016, HungError),
        (0x8010002F, HungError),
        (0x80100066, HungError),
        (0x8010001E, DeviceError),
        (0x80100017, AbsentError),
    ],
)
def test_each_code_of_an_exchange_has_its_error(
    link: PcscLink, scard: FakeScard, code: int, error: type[Exception]
) -> None:
    link.connect(PATIENCE_S)
    scard.codes["transmit"] = [code]
    with pytest.raises(error):
        link.exchange(bytes.fromhex("FFCA000000"), PATIENCE_S)


def test_a_reader_that_another_program_holds_is_permanently_failed(link: PcscLink, scard: FakeScard) -> None:
    scard.codes["connect"] = [0x8010000B]
    with pytest.raises(DeviceError, match="Another program uses") as caught:
        link.connect(PATIENCE_S)
    assert caught.value.permanent


def test_a_forbidden_command_never_reaches_the_card(link: PcscLink, scard: FakeScard) -> None:
    link.connect(PATIENCE_S)
    with pytest.raises(RefusedCommandError):
        link.exchange(b"\x00\xa4\x04\x00\x0e2PAY.SYS.DDF01\x00", PATIENCE_S)
    assert scard.tag.asked == []


def test_a_reader_tells_maker_and_firmware_where_it_has_them(link: PcscLink, scard: FakeScard) -> None:
    assert link.version(PATIENCE_S) == "ACS 1.2.7"
    scard.codes["attribute"] = [0x80100016, 0x80100016]
    assert link.version(PATIENCE_S) == ""


def test_two_readers_are_told_apart_by_serial(scard: FakeScard) -> None:
    scard.readers = ["ACS ACR1252 (A1) 00 00", "ACS ACR1252 (B2) 01 00"]
    made = PcscLink(scard, PATIENCE_S)
    made.find("ACR1252", "(B2)")
    assert made.name == "ACS ACR1252 (B2) 01 00"
    made.close()
    with pytest.raises(DeviceError, match="2 readers fit"):
        opened(scard)


def test_a_missing_pyscard_is_said_with_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "smartcard.scard", None)
    with pytest.raises(DeviceError, match=r"checklane\[nfc\]") as caught:
        open_reader("x", "", PATIENCE_S)
    assert caught.value.permanent


def test_the_kind_of_a_tag_is_told_by_its_atr() -> None:
    assert kind_of(MemoryTag(UID, None).atr) is TagKind.TYPE_2
    assert kind_of(BlockTag(UID + b"\0", b"x").atr) is TagKind.TYPE_3
    assert kind_of(CardWithoutNdef(UID).atr) is TagKind.TYPE_4
    classic = bytes.fromhex("3B8F8001804F0CA000000306030001000000006A")
    assert kind_of(classic) is TagKind.OTHER


@pytest.fixture
def bell() -> Iterator[Bell]:
    made = Bell()
    yield made
    made.close()


class Bench:
    """A driver at a stand-in for pyscard, without a supervisor."""

    def __init__(self, folder: Path, scard: FakeScard, bell: Bell) -> None:
        settings = PcscSettings(driver="pcsc", reader="ACR1252")
        waits = PcscWaits(slice_s=0, check_s=0.05, call_s=PATIENCE_S, settle_s=0)
        self.records: list[object] = []
        self._bell = bell
        self.driver = PcscReader(
            "nfc", settings, self.records.append, folder, opener=lambda *_: opened(scard), waits=waits
        )
        self.driver.open()

    def listen(self) -> list[object]:
        self.driver.listen(self._bell.fd, self.records.append)
        return [record for record in self.records if not isinstance(record, Conditions)]


@pytest.fixture
def bench(tmp_path: Path, scard: FakeScard, bell: Bell) -> Iterator[Bench]:
    made = Bench(tmp_path, scard, bell)
    yield made
    made.driver.close()


HERE = TagPresent("nfc", UID.hex().upper(), TagKind.OTHER)


def test_a_tag_that_was_swapped_between_two_looks_is_two(bench: Bench, scard: FakeScard) -> None:
    scard.states = [PRESENT | 1 << 16, PRESENT | 1 << 16, PRESENT | 3 << 16]
    assert bench.listen() == [HERE, TagRemoved("nfc"), HERE]


def test_a_tag_that_hangs_gets_one_power_cycle_and_is_read(
    bench: Bench, scard: FakeScard, caplog: pytest.LogCaptureFixture
) -> None:
    scard.states = [PRESENT | 1 << 16]
    scard.codes["transmit"] = [0x80100016]
    assert bench.listen() == [Slip.TIMEOUT, HERE]
    assert scard.disconnected == [0, 2, 0]
    assert caplog.text.count("nfc.power_cycle") == 1


def test_a_tag_that_hangs_for_good_is_unreadable_and_the_reader_goes_on(
    bench: Bench, scard: FakeScard, caplog: pytest.LogCaptureFixture
) -> None:
    scard.states = [PRESENT | 1 << 16]
    scard.codes["transmit"] = [0x80100016, 0x80100016]
    unreadable = TagPresent("nfc", "", TagKind.OTHER, problem=TagProblem.UNREADABLE)
    assert bench.listen() == [Slip.TIMEOUT, Slip.TIMEOUT, unreadable]
    assert caplog.text.count("nfc.power_cycle") == 1
    scard.states = [EMPTY | 2 << 16, PRESENT | 3 << 16]
    assert bench.listen()[3:] == [TagRemoved("nfc"), HERE]


def test_a_tag_on_a_reader_that_is_closed_is_gone(bench: Bench, scard: FakeScard) -> None:
    scard.states = [PRESENT | 1 << 16]
    bench.listen()
    bench.driver.close()
    assert bench.records[-1] == TagRemoved("nfc")
    with pytest.raises(DeviceError, match="not open"):
        bench.listen()


def test_refusals_are_permanent_only_when_they_go_on(bench: Bench, scard: FakeScard) -> None:
    """A pcscd that is being restarted refuses, too, for a moment."""
    bench.driver.close()
    scard.codes["establish"] = [*[0x8010006A] * 4, 0x8010001D, *[0x8010006A] * 5]
    told = []
    for _ in range(10):
        with pytest.raises(DeviceError) as caught:
            bench.driver.open()
        bench.driver.close()
        told.append(caught.value.permanent)
    assert told == [False] * 9 + [True]


def test_a_reader_that_still_hangs_is_not_asked_again(tmp_path: Path, scard: FakeScard, bell: Bell) -> None:
    bench, links = Bench(tmp_path, scard, bell), list[ReaderLink]()
    release, entered = threading.Event(), threading.Event()

    def hang(*_: object) -> tuple[int, list[int]]:
        entered.set()
        assert release.wait(PATIENCE_S)
        return 0x80100016, []

    bench.driver._waits = PcscWaits(slice_s=0, check_s=0.05, call_s=0.05, settle_s=0)
    scard.SCardTransmit = hang  # type: ignore[assignment,method-assign] # one that never comes back
    scard.states = [PRESENT | 1 << 16]
    with pytest.raises(DeviceError, match="hangs"):
        bench.listen()
    assert entered.is_set()
    bench.driver.close()
    assert bench.driver._left is not None
    links.append(bench.driver._left)
    with pytest.raises(DeviceError, match="hangs"):
        bench.driver.open()
    release.set()
    clerk = links[0]._clerk  # type: ignore[attr-defined] # a PcscLink
    clerk._thread.join(PATIENCE_S)
    assert scard.released == 1
    bench.driver.open()
    bench.driver.close()
    assert scard.released == 2


def test_a_clerk_gives_up_a_call_and_takes_no_other() -> None:
    answers: queue.SimpleQueue[int] = queue.SimpleQueue()
    last: list[bool] = []
    clerk = Clerk("test")
    assert clerk.call(lambda: 7, PATIENCE_S) == 7
    with pytest.raises(ZeroDivisionError):
        clerk.call(lambda: 1 // 0, PATIENCE_S)
    with pytest.raises(OverdueError):
        clerk.call(answers.get, 0.01)
    with pytest.raises(OverdueError):
        clerk.call(lambda: 8, PATIENCE_S)
    clerk.close(lambda: last.append(True), PATIENCE_S)
    assert not clerk.ended
    answers.put(1)
    clerk._thread.join(PATIENCE_S)
    assert clerk.ended
    assert last == [True]
    assert "restart pcscd" in hanging("x").remedy
