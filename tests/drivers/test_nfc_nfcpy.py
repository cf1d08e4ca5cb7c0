"""The contract of an NFC reader: the nfcpy driver, supervised, over UDP with tags of another process."""

from __future__ import annotations

import contextlib
import errno
import importlib.util
import json
import logging
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.control import ControlHandle
from drivers.device import AbsentError, Conditions, DeviceError, Finding, HealthLevel, Lifecycle, Slip
from drivers.inbox import Bell
from drivers.nfc.interface import SignedMessage, TagKind, TagPresent, TagProblem, TagRemoved
from drivers.nfc.nfcpy_link import NfcpyTag, locate, open_nfcpy
from drivers.nfc.nfcpy_reader import NfcpyReader, NfcpySettings, NfcpyWaits
from drivers.nfc.recognition import Saw, Tag, TagGoneError
from drivers.simulation import DEVICES_FILE
from drivers.supervisor import Supervisor, Waits
from tests.drivers.nfc_bench import tags
from tests.drivers.witness import PATIENCE_S, Witness, open_files

OPENING, READY, LOST, FAILED, CLOSED = Lifecycle
QUICK = Waits(backoff_s=(0.01,), jitter=0)
WAITS = NfcpyWaits(pause_s=0.02, check_s=0.3, slow_s=30.0)
UID = "04A1B2C3D4E5F6"

over_udp = pytest.mark.skipif(importlib.util.find_spec("nfc") is None, reason="nfcpy is not installed")


@pytest.fixture(scope="module")
def field() -> Iterator[tuple[ControlHandle, str]]:
    with tags("drivers.nfc.simulated_udp", "SimulatedUdpTag") as handle:
        where = json.loads((handle._path.parent / DEVICES_FILE).read_text())["nfc"]
        yield handle, f"udp:{where['host']}:{where['port']}"


@pytest.fixture
def tag(field: tuple[ControlHandle, str]) -> ControlHandle:
    handle, _ = field
    handle.do("nfc", "plug")
    handle.do("nfc", "remove")
    for trouble in ("silent", "garbage", "half", "fail_next", "fail_always"):
        handle.do("nfc", trouble, on=False)
    return handle


class Bench:
    """A supervised reader."""

    def __init__(self, folder: Path, device: str, **settings: str) -> None:
        made = NfcpySettings(driver="nfcpy", device=device, **settings)
        self.told = Witness()
        self.supervisor = Supervisor(
            "nfc", lambda sink: NfcpyReader("nfc", made, sink, folder, waits=WAITS), self.told, waits=QUICK
        )

    def present(self, count: int = 1) -> TagPresent:
        return self.told.of(TagPresent, count)[count - 1]

    def removed(self, count: int = 1) -> None:
        self.told.of(TagRemoved, count)


@contextlib.contextmanager
def ready(folder: Path, device: str, **settings: str) -> Iterator[Bench]:
    bench = Bench(folder, device, **settings)
    bench.supervisor.start()
    try:
        bench.told.until_lifecycle(OPENING, READY)
        yield bench
    finally:
        bench.supervisor.stop(PATIENCE_S)


@pytest.fixture
def bench(field: tuple[ControlHandle, str], tag: ControlHandle, tmp_path: Path) -> Iterator[Bench]:
    assert tag
    with ready(tmp_path, field[1]) as made:
        yield made


@over_udp
@pytest.mark.parametrize(
    ("kind", "uid"), [("type_2", UID), ("type_3", "0102030405060708"), ("type_4", UID), ("type_4", "04A1B2C3")]
)
def test_a_tag_is_read_and_taken_away(bench: Bench, tag: ControlHandle, kind: str, uid: str) -> None:
    tag.do("nfc", "tap", kind=kind, uid=uid, text="LOYALTY-7" * 20)
    present = bench.present()
    assert (present.uid, present.kind, present.problem) == (uid, TagKind(kind), None)
    assert [record.text for record in present.records] == ["LOYALTY-7" * 20]
    tag.do("nfc", "remove")
    bench.removed()
    tag.do("nfc", "tap", kind=kind, uid=uid, uri="https://example.com/m/1")
    assert bench.present(2).records[0].text == "https://example.com/m/1"


@over_udp
@pytest.mark.parametrize(("kind", "uid", "hidden"), [("badge", UID, False), ("bank_card", "08D1E2F3", True)])
def test_of_a_card_without_ndef_there_is_its_id(
    bench: Bench, tag: ControlHandle, kind: str, uid: str, hidden: bool
) -> None:
    tag.do("nfc", "tap", kind=kind, uid=uid)
    assert bench.present() == TagPresent("nfc", uid, TagKind.OTHER, random_id=hidden)
    tag.do("nfc", "remove")
    bench.removed()


@over_udp
def test_a_tag_that_says_nothing_readable_has_its_id_and_the_reason(bench: Bench, tag: ControlHandle) -> None:
    tag.do("nfc", "tap", kind="type_2", uid=UID, blank=True)
    assert (bench.present().uid, bench.present().problem) == (UID, TagProblem.NOT_FORMATTED)
    tag.do("nfc", "tap", kind="type_4", uid=UID, message="D1010355FF")
    tag.do("nfc", "remove")
    bench.removed()
    tag.do("nfc", "tap", kind="type_4", uid=UID, message="D1010355FF")
    assert bench.present(2).problem is TagProblem.UNREADABLE


@over_udp
@pytest.mark.parametrize("kind", ["type_2", "type_3", "type_4"])
def test_a_tag_taken_away_in_the_middle_is_told_as_such_and_the_next_is_read(
    bench: Bench, tag: ControlHandle, kind: str
) -> None:
    tag.do("nfc", "remove_after", commands=1)
    tag.do("nfc", "tap", kind=kind, uid=UID, text="x" * 200)
    assert bench.present() == TagPresent("nfc", "", TagKind.OTHER, problem=TagProblem.REMOVED_TOO_SOON)
    bench.removed()
    tag.do("nfc", "tap", kind="type_2", uid=UID)
    assert bench.present(2).uid == UID
    assert bench.told.lifecycles() == [OPENING, READY]


@over_udp
@pytest.mark.parametrize("trouble", ["garbage", "half", "fail_always"])
@pytest.mark.parametrize("kind", ["type_2", "type_3", "type_4"])
def test_nonsense_is_unreadable_and_the_next_tag_is_read(
    bench: Bench, tag: ControlHandle, kind: str, trouble: str
) -> None:
    tag.do("nfc", trouble)
    tag.do("nfc", "tap", kind=kind, uid=UID)
    bench.present()
    tag.do("nfc", "remove")
    tag.do("nfc", trouble, on=False)
    bench.removed()
    tag.do("nfc", "tap", kind=kind, uid=UID)
    bench.told.until(lambda records: any(isinstance(record, TagPresent) and record.records for record in records))
    told = [record for record in bench.told.of(TagPresent) if not record.records]
    assert told
    assert bench.told.lifecycles() == [OPENING, READY]


@over_udp
def test_a_signed_tag_is_verified_and_its_copy_is_not(
    field: tuple[ControlHandle, str], tag: ControlHandle, tmp_path: Path
) -> None:
    path = tmp_path / "tags.toml"
    path.write_text(f'[[tag]]\nname = "t"\nmeta_read = "{"5A" * 16}"\nfile_read = "{"A5" * 16}"\n')
    path.chmod(0o600)
    signed = {"kind": "signed", "uid": UID, "meta_read": "5A" * 16, "file_read": "A5" * 16}
    with ready(tmp_path, field[1], keys="tags.toml") as bench:
        tag.do("nfc", "tap", counter=5, copied=True, **signed)
        assert (bench.present().signed, bench.present().problem) == (SignedMessage(UID, 5), None)
        tag.do("nfc", "remove")
        bench.removed()
        tag.do("nfc", "tap", counter=5, copied=True, **signed)
        assert (bench.present(2).signed, bench.present(2).problem) == (None, TagProblem.REPLAYED)


@over_udp
def test_nothing_is_left_open_and_no_id_comes_into_the_log(
    field: tuple[ControlHandle, str], tag: ControlHandle, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with ready(tmp_path, field[1]):
        pass
    files, threads = open_files(), threading.active_count()
    with ready(tmp_path, field[1]) as bench:
        tag.do("nfc", "tap", kind="type_4", uid=UID, text="LOYALTY-7")
        assert bench.present().records
        bench.supervisor.submit(lambda driver: driver.check_health(HealthLevel.EXTERNAL), not_ready=None, lost=None)
        assert bench.told.of(Finding)[0].passed
    assert (open_files(), threading.active_count()) == (files, threads)
    written = caplog.text.lower()
    assert "device.ready" in written
    assert not [secret for secret in (UID, "LOYALTY", b"LOYALTY".hex()) if secret.lower() in written]


class FakeTag:
    """A tag that a test takes away."""

    def __init__(self, *, here: bool = True) -> None:
        self.here = here

    def read(self, saw: Saw) -> Tag:
        assert callable(saw)
        if not self.here:
            raise TagGoneError
        return Tag(bytes.fromhex(UID), TagKind.OTHER, None)

    def present(self) -> bool:
        return self.here


class FakeLink:
    """A reader that a test holds tags to, in the order of its looks."""

    def __init__(self, *looks: NfcpyTag | OSError | None) -> None:
        self.looks = list(looks)
        self.closed = 0

    def sense(self, technology: str) -> NfcpyTag | None:
        assert technology in ("106A", "212F")
        look = self.looks.pop(0) if self.looks else None
        if isinstance(look, OSError):
            raise look
        return look

    def version(self) -> str:
        return "PN532v1.6"

    def close(self) -> None:
        self.closed += 1


@pytest.fixture
def bell() -> Iterator[Bell]:
    made = Bell()
    yield made
    made.close()


def bare(
    folder: Path, link: FakeLink, records: list[object], clock: Iterator[float] | None = None, check_s: float = 0.05
) -> NfcpyReader:
    settings = NfcpySettings(driver="nfcpy", device="udp:127.0.0.1:1")
    waits = NfcpyWaits(pause_s=0, check_s=check_s, slow_s=1.0, interactive_s=0.01)
    ticks = clock or iter(lambda: 0.0, 1.0)
    driver = NfcpyReader(
        "nfc", settings, records.append, folder, opener=lambda _: link, waits=waits, clock=lambda: next(ticks)
    )
    driver.open()
    return driver


def test_two_tags_one_after_the_other_are_two(tmp_path: Path, bell: Bell) -> None:
    first, second = FakeTag(), FakeTag()
    records: list[object] = []
    driver = bare(tmp_path, FakeLink(None, first, second), records)
    driver.listen(bell.fd, records.append)
    first.here = False
    driver.listen(bell.fd, records.append)
    driver.close()
    assert [type(record) for record in records] == [Conditions, TagPresent, TagRemoved, TagPresent, TagRemoved]


def test_a_tag_that_is_gone_before_it_is_read_is_told_as_such(tmp_path: Path, bell: Bell) -> None:
    records: list[object] = []
    driver = bare(tmp_path, FakeLink(FakeTag(here=False)), records)
    driver.listen(bell.fd, records.append)
    assert records[1:] == [
        TagPresent("nfc", "", TagKind.OTHER, problem=TagProblem.REMOVED_TOO_SOON),
        TagRemoved("nfc"),
    ]
    driver.close()


def test_a_reader_that_becomes_slower_and_slower_is_opened_anew(tmp_path: Path, bell: Bell) -> None:
    """github.com/nfcpy/nfcpy/issues/62."""
    records: list[object] = []
    # Two slow looks, a quick one, three slow ones.
    took = iter([2, 2, 0.5, 2, 2, 2])
    moments: list[float] = []
    for _ in range(6):
        start = moments[-1] if moments else 0.0
        moments += [start, start + next(took)]
    driver = bare(tmp_path, FakeLink(), records, iter(moments), PATIENCE_S)
    with pytest.raises(DeviceError, match="slow"):
        driver.listen(bell.fd, records.append)
    assert records[1:] == [Slip.TIMEOUT]
    driver.close()


def test_connection_timed_out_ends_listening_so_that_the_reader_is_opened_anew(tmp_path: Path, bell: Bell) -> None:
    """github.com/nfcpy/nfcpy/issues/154."""
    link, records = FakeLink(FakeTag(), OSError(errno.ETIMEDOUT, "Connection timed out")), list[object]()
    driver = bare(tmp_path, link, records)
    tag = driver._tag
    assert tag is None
    link.looks.reverse()
    with pytest.raises(OSError, match="timed out"):
        driver.listen(bell.fd, records.append)
    driver.close()
    driver.close()
    assert link.closed == 1


def test_listening_ends_at_once_when_something_is_asked(tmp_path: Path, bell: Bell) -> None:
    records: list[object] = []
    link = FakeLink(FakeTag())
    driver = bare(tmp_path, link, records)
    bell.ring()
    driver.listen(bell.fd, records.append)
    assert len(link.looks) == 1
    driver.close()


def test_a_reader_tells_of_its_health(tmp_path: Path) -> None:
    link = FakeLink()
    driver = bare(tmp_path, link, [])
    assert driver.check_health(HealthLevel.INTERNAL).passed
    assert "PN532v1.6" in driver.check_health(HealthLevel.EXTERNAL).text
    assert not driver.check_health(HealthLevel.INTERACTIVE).passed
    link.looks = [None, FakeTag()]
    assert driver.check_health(HealthLevel.INTERACTIVE).passed
    driver.close()
    with pytest.raises(DeviceError, match="not open"):
        driver.check_health(HealthLevel.INTERNAL)


def usb(sysfs: Path, place: str, ids: str, serial: str = "", where: str = "1 4") -> None:
    folder = sysfs / "bus/usb/devices" / place
    folder.mkdir(parents=True)
    vendor, product = ids.split(":")
    busnum, devnum = where.split()
    for name, value in (("idVendor", vendor), ("idProduct", product), ("busnum", busnum), ("devnum", devnum)):
        (folder / name).write_text(value + "\n")
    if serial:
        (folder / "serial").write_text(serial + "\n")


def test_a_usb_reader_is_found_by_its_ids_and_told_from_its_twin(tmp_path: Path) -> None:
    usb(tmp_path, "1-1", "072f:2200", "A1", "1 4")
    usb(tmp_path, "2-1.3", "054c:06c3", "", "2 17")
    assert locate("usb:054C:06c3", "", "", sysfs=tmp_path) == "usb:002:017"
    assert locate("usb:072f:2200", "A1", "", sysfs=tmp_path) == "usb:001:004"
    usb(tmp_path, "1-2", "072f:2200", "B2", "1 5")
    with pytest.raises(DeviceError, match=r"2 NFC readers.*1-1, 1-2") as caught:
        locate("usb:072f:2200", "", "", sysfs=tmp_path)
    assert caught.value.permanent
    assert locate("usb:072f:2200", "B2", "", sysfs=tmp_path) == "usb:001:005"
    assert locate("usb:072f:2200", "", "1-1", sysfs=tmp_path) == "usb:001:004"
    with pytest.raises(AbsentError, match="not plugged in"):
        locate("usb:072f:9999", "", "", sysfs=tmp_path)


def test_names_that_change_with_the_next_plug_are_refused() -> None:
    for device in ("usb", "usb:072f", "usb:001:004", "tty:USB0:pn532", "tty:ACM0:pn532", "com:1:pn532", "udp", ""):
        with pytest.raises(DeviceError, match="names no NFC reader that would be found again") as caught:
            locate(device, "", "")
        assert caught.value.permanent
    assert locate("tty:AMA0:pn532", "", "") == "tty:AMA0:pn532"
    with pytest.raises(AbsentError):
        locate("tty:/dev/serial/by-id/usb-none-port0:pn532", "", "")


@over_udp
def test_a_serial_port_that_is_not_there_is_absent(tmp_path: Path) -> None:
    assert tmp_path
    with pytest.raises(DeviceError):
        open_nfcpy("tty:S999:pn532")
