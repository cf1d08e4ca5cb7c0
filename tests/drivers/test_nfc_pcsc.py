"""The contract of an NFC reader: the PC/SC driver, supervised, at a real pcscd with tags of another process."""

from __future__ import annotations

import contextlib
import logging
import os
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.control import ControlHandle
from drivers.device import Category, DeviceChanged, Finding, HealthLevel, Lifecycle
from drivers.nfc import ndef_message
from drivers.nfc.interface import SignedMessage, TagKind, TagPresent, TagProblem, TagRemoved
from drivers.nfc.pcsc import PcscReader, PcscSettings, PcscWaits
from drivers.nfc.pcsc_link import open_reader
from drivers.supervisor import Supervisor, Waits
from drivers.transport.waiting import Deadline
from tests.drivers.nfc_bench import SOCKET_VARIABLE, Pcscd, need_pcscd, pcscd_in, tags
from tests.drivers.witness import PATIENCE_S, Witness, open_files, short_folder

OPENING, READY, LOST, FAILED, CLOSED = Lifecycle
QUICK = Waits(backoff_s=(0.05,), jitter=0)
PATIENT = PcscWaits(slice_s=0.05, check_s=0.3, call_s=15.0, interactive_s=15.0)
READER = "Virtual PCD 00 00"
UID = "04A1B2C3D4E5F6"


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """Where pcscd has its socket: one place for all of a process, as libpcsclite asks for it only once."""
    need_pcscd()
    if SOCKET_VARIABLE in os.environ:
        pytest.fail(f"{SOCKET_VARIABLE} is set already")
    with short_folder() as made, pytest.MonkeyPatch.context() as patch:
        if Pcscd(made).private:
            patch.setenv(SOCKET_VARIABLE, str(made / "run" / "pcscd.comm"))
        yield made


@pytest.fixture(scope="module")
def daemon(folder: Path) -> Iterator[Pcscd]:
    with pcscd_in(folder) as running:
        yield running


@pytest.fixture(scope="module")
def hand(daemon: Pcscd) -> Iterator[ControlHandle]:
    with tags("drivers.nfc.simulated", "SimulatedNfcReader", vpcd=("127.0.0.1", daemon.port)) as handle:
        yield handle


@pytest.fixture
def pcscd(daemon: Pcscd) -> Iterator[Pcscd]:
    """A pcscd that the test may stop, and start with other readers."""
    yield daemon
    daemon.stop()
    daemon.start()


@pytest.fixture
def tag(daemon: Pcscd, hand: ControlHandle) -> ControlHandle:
    assert daemon.port
    hand.do("nfc", "remove")
    for trouble in ("silent", "garbage", "half", "fail_next", "fail_always"):
        hand.do("nfc", trouble, on=False)
    link = open_reader(READER, "", PATIENCE_S)
    deadline = Deadline(PATIENCE_S)
    # Until pcscd has noticed that the tag of the test before is gone.
    while link.look(0.1).present:
        assert not deadline.passed
    link.close()
    return hand


class Bench:
    """A supervised reader."""

    def __init__(self, folder: Path, waits: PcscWaits = PATIENT, **settings: str) -> None:
        made = PcscSettings(driver="pcsc", **{"reader": READER, **settings})
        self.told = Witness()
        self.seen: list[tuple[str, bytes]] = []
        self.supervisor = Supervisor(
            "nfc",
            lambda sink: PcscReader(
                "nfc", made, sink, folder, waits=waits, saw=lambda side, data: self.seen.append((side, data))
            ),
            self.told,
            waits=QUICK,
        )

    def present(self, count: int = 1) -> TagPresent:
        return self.told.of(TagPresent, count)[count - 1]

    def removed(self, count: int = 1) -> None:
        self.told.of(TagRemoved, count)


@contextlib.contextmanager
def supervised(folder: Path, waits: PcscWaits = PATIENT, **settings: str) -> Iterator[Bench]:
    bench = Bench(folder, waits, **settings)
    bench.supervisor.start()
    try:
        yield bench
    finally:
        bench.supervisor.stop(PATIENCE_S)


@contextlib.contextmanager
def ready(folder: Path, waits: PcscWaits = PATIENT, **settings: str) -> Iterator[Bench]:
    with supervised(folder, waits, **settings) as bench:
        bench.told.until_lifecycle(OPENING, READY)
        yield bench


@pytest.mark.parametrize("kind", ["type_2", "type_4"])
def test_a_tag_is_read_and_taken_away(tag: ControlHandle, tmp_path: Path, kind: str) -> None:
    with ready(tmp_path) as bench:
        tag.do("nfc", "tap", kind=kind, uid=UID, text="LOYALTY-7" * 40)
        present = bench.present()
        assert (present.uid, present.kind, present.problem, present.random_id) == (UID, TagKind(kind), None, False)
        assert [record.text for record in present.records] == ["LOYALTY-7" * 40]
        tag.do("nfc", "remove")
        bench.removed()
        tag.do("nfc", "tap", kind=kind, uid="04FFFFFFFFFFFF", uri="https://example.com/m/1")
        second = bench.present(2)
        assert (second.uid, second.records[0].text) == ("04FFFFFFFFFFFF", "https://example.com/m/1")


def test_a_tag_that_lay_there_before_is_read_once(tag: ControlHandle, tmp_path: Path) -> None:
    tag.do("nfc", "tap", uid=UID)
    with ready(tmp_path) as bench:
        assert bench.present().uid == UID
        bench.supervisor.submit(lambda driver: driver.check_health(HealthLevel.INTERNAL), not_ready=None, lost=None)
        assert bench.told.of(Finding)[0].passed
        assert len(bench.told.of(TagPresent)) == 1


@pytest.mark.parametrize(("kind", "uid", "hidden"), [("badge", UID, False), ("bank_card", "08D1E2F3", True)])
def test_of_a_card_without_ndef_there_is_its_id_and_nothing_more_is_asked(
    tag: ControlHandle, tmp_path: Path, kind: str, uid: str, hidden: bool
) -> None:
    with ready(tmp_path) as bench:
        tag.do("nfc", "tap", kind=kind, uid=uid)
        assert bench.present() == TagPresent("nfc", uid, TagKind.OTHER, random_id=hidden)
        asked = [data for side, data in bench.seen if side == "host"]
        assert asked == [bytes.fromhex("FFCA000000"), bytes.fromhex("00A4040007D276000085010100")]


def test_a_felica_card_has_its_id(tag: ControlHandle, tmp_path: Path) -> None:
    with ready(tmp_path) as bench:
        tag.do("nfc", "tap", kind="type_3", uid="0102030405060708")
        assert bench.present() == TagPresent("nfc", "0102030405060708", TagKind.TYPE_3)


@pytest.mark.parametrize(
    ("tap", "problem"),
    [
        ({"kind": "type_2", "blank": True}, TagProblem.NOT_FORMATTED),
        ({"kind": "type_2", "message": "FFFF"}, TagProblem.UNREADABLE),
        ({"kind": "type_4", "message": ""}, TagProblem.NOT_FORMATTED),
        ({"kind": "type_4", "message": "D1010355FF"}, TagProblem.UNREADABLE),
    ],
)
def test_a_tag_that_says_nothing_readable_has_its_id_and_the_reason(
    tag: ControlHandle, tmp_path: Path, tap: dict[str, object], problem: TagProblem
) -> None:
    with ready(tmp_path) as bench:
        tag.do("nfc", "tap", uid=UID, **tap)
        assert (bench.present().uid, bench.present().problem, bench.present().records) == (UID, problem, ())


@pytest.mark.parametrize("commands", [0, 1, 4, 7])
def test_a_tag_taken_away_in_the_middle_is_told_as_such_and_the_next_is_read(
    tag: ControlHandle, tmp_path: Path, commands: int
) -> None:
    with ready(tmp_path) as bench:
        tag.do("nfc", "remove_after", commands=commands)
        tag.do("nfc", "tap", kind="type_4", uid=UID, text="x" * 500)
        assert bench.present() == TagPresent("nfc", "", TagKind.OTHER, problem=TagProblem.REMOVED_TOO_SOON)
        bench.removed()
        tag.do("nfc", "tap", kind="type_4", uid=UID)
        assert bench.present(2).uid == UID
        assert bench.told.lifecycles() == [OPENING, READY]


def test_garbage_and_half_answers_are_unreadable_and_the_next_tag_is_read(tag: ControlHandle, tmp_path: Path) -> None:
    with ready(tmp_path) as bench:
        for count, trouble in enumerate(("garbage", "half", "fail_always"), 1):
            tag.do("nfc", trouble)
            tag.do("nfc", "tap", kind="type_2", uid=UID)
            assert bench.present(count).problem is TagProblem.UNREADABLE, trouble
            tag.do("nfc", trouble, on=False)
            tag.do("nfc", "remove")
            bench.removed(count)
        tag.do("nfc", "tap", kind="type_2", uid=UID)
        assert bench.present(4).problem is None
        assert bench.supervisor.statistics().bad_frames == 3


def keys(folder: Path) -> str:
    path = folder / "tags.toml"
    path.write_text(f'[[tag]]\nname = "t"\nmeta_read = "{"5A" * 16}"\nfile_read = "{"A5" * 16}"\n')
    path.chmod(0o600)
    return path.name


def test_a_signed_tag_is_verified_its_copy_and_a_forgery_are_not(tag: ControlHandle, tmp_path: Path) -> None:
    signed = {"kind": "signed", "uid": UID, "meta_read": "5A" * 16, "file_read": "A5" * 16}
    with ready(tmp_path, keys=keys(tmp_path)) as bench:
        tag.do("nfc", "tap", counter=4, **signed)
        assert (bench.present().signed, bench.present().problem) == (SignedMessage(UID, 5), None)
        tag.do("nfc", "remove")
        bench.removed()
        tag.do("nfc", "tap", counter=5, copied=True, **signed)
        assert (bench.present(2).signed, bench.present(2).problem) == (None, TagProblem.REPLAYED)
        tag.do("nfc", "remove")
        bench.removed(2)
        tag.do("nfc", "tap", counter=8, forged=True, **signed)
        assert (bench.present(3).signed, bench.present(3).problem) == (None, TagProblem.BAD_SIGNATURE)
    with ready(tmp_path, keys=keys(tmp_path)) as bench:
        tag.do("nfc", "tap", counter=5, copied=True, **signed)
        bench.told.until(
            lambda records: any(isinstance(r, TagPresent) and r.problem is TagProblem.REPLAYED for r in records)
        )


def test_pcscd_that_is_restarted_is_found_again(pcscd: Pcscd, tag: ControlHandle, tmp_path: Path) -> None:
    """github.com/LudovicRousseau/pyscard/issues/82: with pyscard's own monitor no tag was seen ever after."""
    with ready(tmp_path) as bench:
        tag.do("nfc", "tap", uid=UID)
        bench.present()
        pcscd.stop()
        bench.told.until_lifecycle(OPENING, READY, LOST)
        bench.removed()
        lost = [record for record in bench.told.of(DeviceChanged) if record.lifecycle is LOST]
        assert "pcscd does not run" in lost[0].conditions[0].message
        assert "apt-get install pcscd" in lost[0].conditions[0].remedy
        tag.do("nfc", "remove")
        pcscd.start()
        bench.told.until_lifecycle(OPENING, READY, LOST, READY)
        tag.do("nfc", "tap", uid=UID)
        assert bench.present(2).uid == UID


def test_a_reader_that_is_not_there_is_lost_until_it_is_plugged_in(pcscd: Pcscd, tmp_path: Path) -> None:
    with supervised(tmp_path, reader="Desk Reader 00 00") as bench:
        bench.told.until_lifecycle(OPENING, LOST)
        said = bench.told.of(DeviceChanged, 2)[1].conditions[0]
        assert "no NFC reader 'Desk Reader" in said.message
        assert "Virtual PCD 00 00" in said.remedy
        pcscd.stop()
        pcscd.start("Desk Reader")
        bench.told.until_lifecycle(OPENING, LOST, READY)


@pytest.mark.usefixtures("daemon")
def test_two_readers_that_fit_are_never_guessed_between(tmp_path: Path) -> None:
    with supervised(tmp_path, reader="virtual pcd") as bench:
        bench.told.until_lifecycle(OPENING, FAILED)
        said = bench.told.of(DeviceChanged, 2)[1].conditions[0]
        assert "2 readers fit" in said.message
        assert "Virtual PCD 00 01" in said.remedy
    with ready(tmp_path, reader="virtual pcd", serial="00 01"):
        pass


def test_a_tag_that_never_answers_costs_one_call_and_one_thread_only(tag: ControlHandle, tmp_path: Path) -> None:
    threads = threading.active_count()
    with ready(tmp_path, PcscWaits(slice_s=0.05, check_s=0.3, call_s=2.0)) as bench:
        tag.do("nfc", "silent")
        tag.do("nfc", "tap", uid=UID)
        bench.told.until(lambda _: LOST in bench.told.lifecycles())
        lost = [record for record in bench.told.of(DeviceChanged) if record.lifecycle is LOST]
        assert "hangs" in lost[0].conditions[0].message
        # The supervisor, and the call that hangs; many tries to open have been made since.
        assert threading.active_count() <= threads + 2
        tag.do("nfc", "remove")
        tag.do("nfc", "silent", on=False)
        bench.told.until(lambda _: bench.told.lifecycles()[-1] is READY)
        tag.do("nfc", "tap", uid=UID)
        bench.told.until(lambda records: any(isinstance(r, TagPresent) and r.uid == UID for r in records))


def test_a_reader_tells_of_its_health(tag: ControlHandle, tmp_path: Path) -> None:
    with ready(tmp_path) as bench:
        bench.supervisor.submit(lambda driver: driver.check_health(HealthLevel.INTERNAL), not_ready=None, lost=None)
        bench.supervisor.submit(lambda driver: driver.check_health(HealthLevel.EXTERNAL), not_ready=None, lost=None)
        internal, external = bench.told.of(Finding, 2)
        assert internal == Finding(True, f"{READER} is connected.")
        assert external.passed
        assert external.text.startswith(f"{READER} answers")
        bench.supervisor.submit(lambda driver: driver.check_health(HealthLevel.INTERACTIVE), not_ready=None, lost=None)
        tag.do("nfc", "tap", uid=UID)
        assert bench.told.of(Finding, 3)[2] == Finding(True, f"{READER} sees a tag.")
        assert bench.present().uid == UID


@pytest.mark.usefixtures("tag")
def test_a_reader_that_sees_no_tag_says_what_to_do(tmp_path: Path) -> None:
    with ready(tmp_path, PcscWaits(slice_s=0.05, check_s=0.3, call_s=15.0, interactive_s=0.2)) as bench:
        bench.supervisor.submit(lambda driver: driver.check_health(HealthLevel.INTERACTIVE), not_ready=None, lost=None)
        found = bench.told.of(Finding)[0]
        assert not found.passed
        assert "Hold a tag" in found.remedy


def test_nothing_is_left_open(tag: ControlHandle, tmp_path: Path) -> None:
    with ready(tmp_path):
        pass
    files, threads = open_files(), threading.active_count()
    for _ in range(3):
        with ready(tmp_path, keys=keys(tmp_path)) as bench:
            tag.do("nfc", "tap", uid=UID)
            bench.present()
            tag.do("nfc", "remove")
            bench.removed()
    with supervised(tmp_path, reader="none") as bench:
        bench.told.until_lifecycle(OPENING, LOST)
    assert (open_files(), threading.active_count()) == (files, threads)


def test_no_id_and_no_content_comes_into_the_log(
    tag: ControlHandle, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    with ready(tmp_path, keys=keys(tmp_path)) as bench:
        tag.do("nfc", "tap", kind="type_4", uid=UID, text="LOYALTY-7")
        assert bench.present().records
    secrets = (UID, "LOYALTY", ndef_message.text("LOYALTY-7").data.hex(), "A5" * 16, "5A" * 16)
    written = caplog.text.lower()
    assert "device.ready" in written
    assert not [secret for secret in secrets if secret.lower() in written]


@pytest.mark.usefixtures("daemon")
def test_keys_that_others_may_read_fail_the_reader(tmp_path: Path) -> None:
    name = keys(tmp_path)
    (tmp_path / name).chmod(0o644)
    with supervised(tmp_path, keys=name) as bench:
        bench.told.until_lifecycle(OPENING, FAILED)
        assert bench.told.of(DeviceChanged, 2)[1].category is Category.NFC_READER
        (tmp_path / name).chmod(0o600)
        bench.told.until_lifecycle(OPENING, FAILED, READY)
