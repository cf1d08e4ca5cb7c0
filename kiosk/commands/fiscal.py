"""`python -m kiosk fiscal`: export the fiscal journal of a lane (Austria: DEP7), and verify one against its keys."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

import msgspec

from kiosk.accounts.fiscal import entry_of
from kiosk.domain.fiscal.interface import FiscalEntry, FiscalError
from kiosk.domain.fiscal.rksv.dep import dep_from, export
from kiosk.domain.fiscal.rksv.keys import aes_key_from, certificates_in, container, keys_from
from kiosk.domain.fiscal.rksv.verifier import Problem, Report, verify
from kiosk.messages.contents import FiscalReceipt
from kiosk.messages.entry import entry_from, kind_in
from kiosk.store.database import StoreError
from kiosk.store.ledger_files import open_ledger

_INTACT, _PROBLEMS = 0, 1


def add_arguments(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `fiscal verify` to the commands of the kiosk."""
    fiscal = commands.add_parser("fiscal", help="export or verify the fiscal journal of a lane")
    actions = fiscal.add_subparsers(required=True, metavar="ACTION")
    checking = actions.add_parser("verify", help="name every receipt that was changed, taken out, moved or not signed")
    checking.add_argument("file", type=Path, metavar="DEP.json", help="a DEP7 export (RKSV)")
    checking.add_argument(
        "--keys", type=Path, required=True, metavar="FILE", help="cryptographicMaterialContainer.json of the cash box"
    )
    checking.add_argument("--json", action="store_true", help="print one JSON object instead of lines")
    checking.set_defaults(run=_run_verify)

    exporting = actions.add_parser("export", help="write the journal that a ledger holds, as DEP7")
    exporting.add_argument("file", type=Path, metavar="LEDGER", help="a till.db or an export of one")
    exporting.set_defaults(run=_run_export)

    keying = actions.add_parser("keys", help="write what `verify` needs beside the journal; holds the secret AES key")
    keying.add_argument("file", type=Path, metavar="LEDGER", help="a till.db or an export of one")
    keying.add_argument("--turnover-key", type=Path, required=True, metavar="FILE", help="as under [fiscal]")
    keying.add_argument("--signer-id", default="", help="as under [fiscal], in a closed system")
    keying.set_defaults(run=_run_keys)


def _run_verify(arguments: argparse.Namespace) -> int:
    path: Path = arguments.keys
    try:
        keys = keys_from(_read(path))
        path = arguments.file
        dep = dep_from(_read(path))
    except FiscalError as error:
        raise StoreError(f"{path}: {error.message}", error.remedy) from error
    report = verify(dep, keys)
    text = msgspec.json.encode(_as_json(report)).decode() if arguments.json else _as_lines(report)
    sys.stdout.write(f"{text}\n")
    return _INTACT if report.intact else _PROBLEMS


def _run_export(arguments: argparse.Namespace) -> int:
    sys.stdout.write(json.dumps(export(_entries(arguments.file)), indent=2) + "\n")
    return _INTACT


def _run_keys(arguments: argparse.Namespace) -> int:
    try:
        certificates = certificates_in(_entries(arguments.file), arguments.signer_id)
        key = aes_key_from(_read(arguments.turnover_key).decode("ascii", "replace"))
    except FiscalError as error:
        raise StoreError(error.message, error.remedy) from error
    sys.stdout.write(json.dumps(container(key, certificates), indent=2) + "\n")
    return _INTACT


def _entries(path: Path) -> tuple[FiscalEntry, ...]:
    """The fiscal receipts of a ledger in the order of its entries."""
    found = []
    for row in open_ledger(path).rows():
        if kind_in(row.sealed.body) == "fiscal_receipt":
            content = entry_from(row.sealed.body).content
            if isinstance(content, FiscalReceipt):
                found.append(entry_of(content))
    if not found:
        raise StoreError(
            f"{path} holds no fiscal receipts.", "Give the ledger of a lane with [fiscal] in its settings."
        )
    return tuple(found)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path} cannot be read: {error.strerror}.", "Name a file that you may read.") from error


def _as_lines(report: Report) -> str:
    lines = [_as_line(problem) for problem in report.problems]
    receipts = f"{report.receipts} {'receipt' if report.receipts == 1 else 'receipts'}"
    count = len(report.problems)
    verdict = "intact" if report.intact else f"{count} {'problem' if count == 1 else 'problems'}"
    lines.append(
        f"cash box {report.cash_box_id or '?'}: {receipts}, {report.unsigned} without a signature, "
        f"turnover {report.turnover_minor} cents: {verdict}"
    )
    return "\n".join(lines)


def _as_line(problem: Problem) -> str:
    number = f" {problem.number}" if problem.number else ""
    return f"receipt {problem.position}{number} {problem.fault}: {problem.meaning}. {problem.remedy}"


def _as_json(report: Report) -> dict[str, object]:
    return {"intact": report.intact, **msgspec.to_builtins(report)}
