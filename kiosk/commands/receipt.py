"""`python -m kiosk receipt`: any ledger entry as ESC/POS, text, picture or digital receipt."""

from __future__ import annotations

import argparse
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec

from drivers.device import DeviceError
from drivers.printer.render import profile_names
from kiosk.accounts.receipt import Shop
from kiosk.accounts.receipt_print import Known, known_from
from kiosk.commands.receipt_look import BINARY, FORMATS, Look, rendered, shop_of
from kiosk.commands.receipt_source import Found, Source, about, last_handed_out, of_number, open_source
from kiosk.config import Settings, SettingsError, read_settings
from kiosk.domain.receipt.document import schema
from kiosk.presenter.language import available_for_receipts
from kiosk.store.database import StoreError

_DONE, _PROBLEMS, _UNUSABLE = 0, 1, 2


def add_arguments(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    """Add `receipt` to the commands of the kiosk."""
    command = commands.add_parser("receipt", help="print any ledger entry: ESC/POS, text, picture, digital receipt")
    command.add_argument("file", nargs="?", metavar="FILE", help="a till.db, an export, one entry as JSON, or -")
    what = command.add_mutually_exclusive_group()
    what.add_argument("--entry", metavar="EPOCH:POSITION", help="this entry")
    what.add_argument("--number", type=int, metavar="SEQUENCE", help="the receipt of the transaction of this number")
    what.add_argument("--all", action="store_true", help="every entry, in order")
    what.add_argument("--schema", action="store_true", help="print the JSON Schema of the digital receipt instead")
    command.add_argument("--format", choices=tuple(FORMATS), default="text", help="default: text")
    command.add_argument("--profile", choices=profile_names(), default="epson_tm_t88", help="the printer's model")
    command.add_argument("--language", choices=available_for_receipts(), help="default: the one it was sold in")
    command.add_argument("--settings", type=Path, metavar="FILE", help="settings of the lane, for the store's header")
    command.add_argument("--gift", action="store_true", help="a gift receipt: no prices")
    command.add_argument("--copy", type=int, default=0, metavar="N", help="mark it as duplicate N")
    command.add_argument("--out", type=Path, metavar="FILE", help="a new file; with --all a new folder of files")
    command.set_defaults(run=_run)


def _run(arguments: argparse.Namespace) -> int:
    try:
        return _print(arguments)
    except (DeviceError, SettingsError) as error:
        sys.stderr.write(f"{error.message}\n{error.remedy}\n")
        return _UNUSABLE


def _print(arguments: argparse.Namespace) -> int:
    if arguments.schema:
        _write(arguments.out, msgspec.json.format(msgspec.json.encode(schema())) + b"\n")
        return _DONE
    if arguments.file is None:
        raise StoreError("No FILE was given.", "Give a till.db, an export, one entry as JSON, or - for standard input.")
    if arguments.copy < 0:
        raise StoreError("Duplicates are counted from 1.", "Leave --copy out for the receipt itself.")
    settings = read_settings(arguments.settings) if arguments.settings is not None else None
    look, shop = _look(arguments, settings), shop_of(settings)
    source = open_source(arguments.file, sys.stdin.buffer)
    chosen = _chosen(source, arguments)
    known = known_from((found.body for found in source()), frozenset(about(found).sequence_number for found in chosen))
    if arguments.all:
        return _print_all(chosen, shop, known, look, arguments.out)
    (found,) = chosen
    _write(arguments.out, rendered(found, shop, known, look), binary=look.form in BINARY)
    return _check(found)


def _print_all(chosen: list[Found], shop: Shop, known: Known, look: Look, out: Path | None) -> int:
    """Every entry; what cannot be printed is named on standard error, and the others come all the same."""
    if out is None and look.form == "png":
        raise StoreError("Several pictures do not go into one file.", "Name a new folder for them with --out.")
    if out is not None:
        _make_folder(out)
    status = _DONE
    for number, found in enumerate(chosen, start=1):
        name = f"{number:06d}-{_safe(found.epoch)}-{found.position}.{FORMATS[look.form]}"
        try:
            data = rendered(found, shop, known, look)
        except (StoreError, DeviceError) as error:
            sys.stderr.write(f"{found.key}: {error.message} {error.remedy}\n")
            status = _PROBLEMS
            continue
        _write(None if out is None else out / name, data, binary=look.form in BINARY)
        status = max(status, _check(found))
    return status


def _chosen(source: Source, arguments: argparse.Namespace) -> list[Found]:
    """The entries asked for, one or more. `StoreError` where there is none."""
    if arguments.all:
        chosen = list(source())
    elif arguments.entry is not None:
        chosen = [found for found in source() if found.key == arguments.entry][:1]
    elif arguments.number is not None:
        chosen = of_number(source, arguments.number)
    else:
        chosen = last_handed_out(source)
    if not chosen:
        raise StoreError("There is no such entry.", "See what there is with --all, or with `ledger export`.")
    return chosen


def _look(arguments: argparse.Namespace, settings: Settings | None) -> Look:
    return Look(
        form=arguments.format,
        profile=arguments.profile,
        language=arguments.language or "",
        territory=settings.store.locale_territory if settings is not None else "IE",
        gift=arguments.gift,
        copy=arguments.copy,
        copied_at=datetime.now(UTC).isoformat(timespec="seconds"),
    )


def _check(found: Found) -> int:
    if found.intact:
        return _DONE
    sys.stderr.write(
        f"Entry {found.key} was changed: its text does not match its hash.\n"
        "Run `python -m kiosk ledger verify` on this file, and do not hand this out.\n"
    )
    return _PROBLEMS


def _safe(epoch: str) -> str:
    return "".join(sign if sign.isascii() and sign.isalnum() else "-" for sign in epoch)[:40]


def _make_folder(path: Path) -> None:
    try:
        path.mkdir()
    except OSError as error:
        raise StoreError(f"{path} cannot be made: {error.strerror}.", "Name a new folder with --out.") from error


def _write(path: Path | None, data: bytes, *, binary: bool = False) -> None:
    if path is None:
        if binary and sys.stdout.isatty():
            raise StoreError("This is nothing for a screen.", "Send it to a file or a printer, or name one with --out.")
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
        return
    try:
        with path.open("xb") as file:
            file.write(data)
    except FileExistsError as error:
        raise StoreError(f"{path} exists already.", "Name a new file: nothing is overwritten.") from error
    except OSError as error:
        raise StoreError(
            f"{path} cannot be written: {error.strerror}.", "Name a file in a folder you may write to."
        ) from error
