"""`python -m kiosk ledger`: verify a ledger or export it, on the device or wherever its file was copied to."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from kiosk.store.database import StoreError
from kiosk.store.ledger_files import export_lines, open_ledger
from kiosk.store.verify import Report, verify

_INTACT, _PROBLEMS = 0, 1
_HEX_KEY = 64


def add_arguments(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `ledger verify` and `ledger export` to the commands of the kiosk."""
    ledger = commands.add_parser("ledger", help="verify or export the ledger of a lane")
    actions = ledger.add_subparsers(required=True, metavar="ACTION")

    checking = actions.add_parser("verify", help="name every entry that was changed, taken out, moved or not signed")
    checking.add_argument("file", type=Path, metavar="FILE", help="a till.db or an export")
    checking.add_argument("--public-key", metavar="HEX|FILE", help="the device's public key, or its device.json")
    checking.add_argument("--json", action="store_true", help="print one JSON object instead of lines")
    checking.set_defaults(run=_run_verify)

    exporting = actions.add_parser("export", help="write all entries as JSON lines")
    exporting.add_argument("file", type=Path, metavar="FILE", help="a till.db or an export")
    exporting.add_argument("--out", type=Path, metavar="FILE", help="a new file; standard output where left out")
    exporting.set_defaults(run=_run_export)


def read_public_key(text: str) -> str:
    """A public key from 64 hexadecimal digits, from a file of them, or from a device.json; `StoreError` otherwise."""
    if _is_key(text):
        return text.lower()
    path = Path(text)
    try:
        content = path.read_text(encoding="utf-8").strip()
    except (OSError, ValueError) as error:
        raise StoreError(
            f"{text} is neither a public key of {_HEX_KEY} hexadecimal digits nor a file that can be read.",
            "Give the device.json of that device, or its public_key.",
        ) from error
    with suppress(msgspec.DecodeError):
        content = msgspec.json.decode(content, type=_DeviceFile).public_key
    if not _is_key(content):
        raise StoreError(f"{path} holds no public key.", "Give the device.json of that device, or its public_key.")
    return content.lower()


class _DeviceFile(msgspec.Struct):
    public_key: str


def _run_verify(arguments: argparse.Namespace) -> int:
    key = read_public_key(arguments.public_key) if arguments.public_key else None
    ledger = open_ledger(arguments.file)
    report = verify(ledger.rows(), key, heads=ledger.heads())
    text = msgspec.json.encode(_as_json(report)).decode() if arguments.json else _as_lines(report)
    sys.stdout.write(f"{text}\n")
    return _INTACT if report.intact else _PROBLEMS


def _run_export(arguments: argparse.Namespace) -> int:
    lines = export_lines(open_ledger(arguments.file))
    if arguments.out is None:
        sys.stdout.buffer.writelines(lines)
        sys.stdout.flush()
        return _INTACT
    try:
        with arguments.out.open("xb") as out:
            _write(out, lines, arguments.out)
    except FileExistsError as error:
        raise StoreError(
            f"{arguments.out} exists already.", "Name a new file: an export overwrites nothing."
        ) from error
    except OSError as error:
        raise StoreError(
            f"{arguments.out} cannot be written: {error.strerror}.", "Name a file in a folder you may write to."
        ) from error
    return _INTACT


def _write(out: BinaryIO, lines: Iterable[bytes], path: Path) -> None:
    """Half an export must not stay behind looking like a whole one."""
    try:
        out.writelines(lines)
        out.flush()
    except BaseException:
        path.unlink(missing_ok=True)
        raise


def _as_lines(report: Report) -> str:
    lines = [f"epoch {problem.epoch} {problem.fault}: {problem.meaning}" for problem in report.problems]
    entries = f"{report.entries} {'entry' if report.entries == 1 else 'entries'}"
    epochs = f"{report.epochs} {'epoch' if report.epochs == 1 else 'epochs'}"
    signatures = "" if report.signatures_checked else "; signatures not checked, give --public-key"
    count = len(report.problems)
    verdict = "intact" if report.intact else f"{count} {'problem' if count == 1 else 'problems'}"
    lines.append(f"{entries} in {epochs}, head {report.position} {report.hash}: {verdict}{signatures}")
    return "\n".join(lines)


def _as_json(report: Report) -> dict[str, Any]:
    return {"intact": report.intact, **msgspec.to_builtins(report)}


def _is_key(text: str) -> bool:
    return len(text) == _HEX_KEY and all(digit in "0123456789abcdefABCDEF" for digit in text)
