"""The lab's host side: archives for the kernel, the machine's life, and a table that never hides what did not run."""

from __future__ import annotations

import fcntl
import io
import json
import stat
import tarfile
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from image.lab import __main__ as lab
from image.lab import cpio, machine, results
from image.lab.plan import CASES, KINDS, NOT_FOR, LabError, planned
from image.lab.root import Boot, missing

ALL_PASSED: tuple[dict[str, object], ...] = tuple(
    {"kind": kind, "case": case, "passed": True, "seconds": 1.5, "detail": ""} for kind, case in planned()
)
DONE: dict[str, object] = {"done": True, "up_s": 9.0}


def unpack(data: bytes) -> dict[str, tuple[int, tuple[int, int], bytes]]:
    """Read archives put one after the other as the kernel does: mode, owner and content by path."""
    found: dict[str, tuple[int, tuple[int, int], bytes]] = {}
    at = 0
    while at < len(data):
        if data[at] == 0:
            at += 4
            continue
        assert data[at : at + 6] == b"070701"
        numbers = [int(data[at + 6 + 8 * n : at + 14 + 8 * n], 16) for n in range(13)]
        name_at, name_bytes, size = at + 110, numbers[11], numbers[6]
        name = data[name_at : name_at + name_bytes - 1].decode()
        content_at = (name_at + name_bytes + 3) // 4 * 4
        if name != "TRAILER!!!":
            found[name] = (numbers[1], (numbers[2], numbers[3]), data[content_at : content_at + size])
        at = (content_at + size + 3) // 4 * 4
    return found


def test_archives_can_be_put_one_after_the_other() -> None:
    file = io.BytesIO()
    with cpio.Archive(file) as first:
        first.folder("opt")
        first.text("opt/odd", "abc")
    with cpio.Archive(file) as second:
        second.text("init", "#!/bin/sh\n", mode=0o755)
    found = unpack(file.getvalue())
    assert found["opt"] == (stat.S_IFDIR | 0o755, (0, 0), b"")
    assert found["opt/odd"] == (stat.S_IFREG | 0o644, (0, 0), b"abc")
    assert found["init"] == (stat.S_IFREG | 0o755, (0, 0), b"#!/bin/sh\n")


def test_a_root_keeps_its_owners_links_and_devices() -> None:
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w") as tar:
        for name, kind, linked in (
            ("./etc/passwd", tarfile.REGTYPE, ""),
            ("./bin", tarfile.SYMTYPE, "usr/bin"),
            ("./etc/twin", tarfile.LNKTYPE, "./etc/passwd"),
            ("./dev/null", tarfile.CHRTYPE, ""),
            ("./usr/share/doc/x", tarfile.REGTYPE, ""),
        ):
            member = tarfile.TarInfo(name)
            member.type, member.linkname, member.mode, member.uid, member.gid = kind, linked, 0o640, 7, 42
            member.size = 4 if kind == tarfile.REGTYPE else 0
            tar.addfile(member, io.BytesIO(b"root"))
    made.seek(0)
    out = io.BytesIO()
    with tarfile.open(fileobj=made) as tar, cpio.Archive(out) as archive:
        cpio.from_tar(tar, archive, lambda path: not path.startswith("usr/share/doc/"))
    found = unpack(out.getvalue())
    assert found["etc/passwd"] == (stat.S_IFREG | 0o640, (7, 42), b"root")
    assert found["bin"][0] & stat.S_IFLNK == stat.S_IFLNK
    assert found["bin"][2] == b"usr/bin"
    assert found["etc/twin"][2] == b"root"
    assert stat.S_ISCHR(found["dev/null"][0])
    assert "usr/share/doc/x" not in found


def outcome(*messages: dict[str, object], crashes: tuple[str, ...] = ()) -> machine.Outcome:
    return machine.Outcome("tcg", messages, crashes, "ended by itself (0)", 12.0)


def test_all_passed_is_passed() -> None:
    found = results.rows(outcome(*ALL_PASSED, DONE), planned())
    assert all(row.passed for row in found)
    assert f"{len(planned()) + 1} passed, 0 failed" in results.table(found)


def test_a_row_that_did_not_run_has_failed() -> None:
    found = results.rows(outcome(*ALL_PASSED[1:], DONE), planned())
    failed = [row for row in found if not row.passed]
    assert [(row.kind, row.case) for row in failed] == [planned()[0]]
    assert "did not run" in results.table(found)


@pytest.mark.parametrize(
    "sick", [outcome(*ALL_PASSED), outcome(*ALL_PASSED, DONE, crashes=("BUG: unable to handle page fault",))]
)
def test_a_machine_that_crashed_or_never_ended_has_failed_with_all_its_rows_green(sick: machine.Outcome) -> None:
    failed = [row for row in results.rows(sick, planned()) if not row.passed]
    assert [(row.kind, row.case) for row in failed] == [results.KERNEL]


def test_what_ci_reads_holds_every_row_and_why_one_failed(tmp_path: Path) -> None:
    broken = {**ALL_PASSED[0], "passed": False, "detail": "absent, and the driver said <ready>"}
    came = outcome(broken, *ALL_PASSED[1:], DONE)
    found = results.rows(came, planned())
    results.save(found, came, tmp_path)
    suite = ET.parse(tmp_path / "lab.xml").getroot()  # noqa: S314 # written by us a line ago
    assert (suite.get("tests"), suite.get("failures")) == (str(len(found)), "1")
    failure = suite.find("testcase/failure")
    assert failure is not None
    assert failure.get("message") == str(broken["detail"])
    assert len(json.loads((tmp_path / "lab.json").read_text(encoding="utf-8"))["rows"]) == len(found)


def test_every_case_is_planned_or_says_why_not() -> None:
    assert {*planned(), *NOT_FOR} == {(kind, case) for kind in KINDS for case in CASES}
    assert not {*planned()} & {*NOT_FOR}


@pytest.mark.parametrize(
    "line",
    [
        "[  110.4] general protection fault, probably for non-canonical address 0x8d37: 0000 [#1]",
        "[   12.0] BUG: kernel NULL pointer dereference, address: 0000000000000008",
        "[   12.0] WARNING: CPU: 0 PID: 190 at drivers/usb/gadget/function/f_printer.c:1253",
        "[   12.0] Kernel panic - not syncing: Fatal exception",
    ],
)
def test_a_kernel_that_complains_is_heard(line: str) -> None:
    assert machine.crashes(b"[ 1.0] usb 1-1: Product: Wedge\n" + line.encode()) == (line,)


def test_half_a_line_of_a_report_is_no_row() -> None:
    assert machine.messages(b'{"done": true}\r\n[]\r\n{"kind": "cdc_sc') == ({"done": True},)


FAKE_QEMU = """#!/bin/sh
# Arguments as the lab gives them: the console is the first file:, the report the second.
for word in "$@"; do
    case $word in
        file:*console.log) console=${word#file:} ;;
        file:*report.jsonl) report=${word#file:} ;;
        kvm | tcg*) accelerator=${word%%,*} ;;
        lab.*) : ;;
    esac
    last=$word
done
echo "$last" >"$console.words"
BEHAVIOUR
"""


def order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, behaviour: str, **asked: object) -> machine.Order:
    program = tmp_path / "qemu-system-x86_64"
    program.write_text(FAKE_QEMU.replace("BEHAVIOUR", behaviour), encoding="utf-8")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    boot = Boot(tmp_path / "vmlinuz", tmp_path / "root.cpio")
    options = {"cycles": "3"}
    return machine.Order(boot, tmp_path, options, **{"deadline_s": 60.0, "accelerator": "tcg", **asked})  # type: ignore[arg-type] # numbers and texts as they are asked for


SPEAKS = 'echo "[ 0.0] Linux version 6.1" >"$console"\n'


def test_a_machine_reports_until_it_ends(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = order(tmp_path, monkeypatch, SPEAKS + 'echo \'{"done": true}\' >"$report"')
    came = machine.run(asked, print)
    assert came.messages == ({"done": True},)
    assert came.ended == "ended by itself (0)"
    words = (tmp_path / "console.log.words").read_text(encoding="utf-8").split()
    assert {"lab.cycles=3", "oops=panic", "panic=-1"} <= set(words)


def test_a_machine_that_hangs_is_stopped_at_its_deadline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = order(tmp_path, monkeypatch, SPEAKS + "exec sleep 600", deadline_s=1.0)
    assert machine.run(asked, print).ended == "was stopped after 1 s"


def test_kvm_that_never_says_a_word_gives_way_to_emulation(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(machine.FIRST_WORD_S, "kvm", 0.5)
    monkeypatch.setattr("image.lab.machine.os.access", lambda *_: True)
    hangs = f'[ "$accelerator" = kvm ] && exec sleep 600\n{SPEAKS}'
    said: list[str] = []
    came = machine.run(order(tmp_path, monkeypatch, hangs, accelerator="auto"), said.append)
    assert came.accelerator == "tcg"
    assert "under kvm" in said[0]


def test_no_machine_at_all_says_where_to_look(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = order(tmp_path, monkeypatch, "echo no such processor; exit 1")
    with pytest.raises(LabError, match=r"qemu\.log"):
        machine.run(asked, print)
    assert "no such processor" in (tmp_path / "qemu.log").read_text(encoding="utf-8")


def test_two_labs_do_not_share_a_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(lab, "missing", dict)
    with (tmp_path / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        assert lab.main(["--folder", str(tmp_path)]) == 2
    assert "another lab runs" in capsys.readouterr().err


def test_what_is_missing_is_named_with_its_package(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert missing() == {"qemu-system-x86_64": "qemu-system-x86", "mmdebstrap": "mmdebstrap"}
    assert lab.main([]) == 2
    assert "apt-get install -y qemu-system-x86 mmdebstrap" in capsys.readouterr().err
