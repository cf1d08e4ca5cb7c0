"""`watch` and `record`: runs devices and prints what they tell, until Ctrl+C; `record` writes the bytes down, too."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from drivers.device import Category, DeviceError
from drivers.entry import chosen
from drivers.tool.bench import Asker, Ended, Feed, Teller, running, scales_of
from drivers.tool.choosing import Entries, Tables, tables
from drivers.tool.errors import PASSED
from drivers.transport.waiting import Deadline


def watch(options: argparse.Namespace, entries: Entries) -> int:
    """Print what devices tell; returns the exit status."""
    return _run(options, tables(options, entries), entries, None)


def record(options: argparse.Namespace, entries: Entries) -> int:
    """As `watch`, with a recording of each device in the folder `--out`; one that is there is never overwritten."""
    found = tables(options, entries)
    _check_free(options.out, found)
    for alias, table in found.items():
        if chosen(alias, table, entries).category is Category.SCANNER:
            sys.stderr.write(f"The recording of {alias} holds what is scanned: scan test codes only.\n")
    done = _run(options, found, entries, options.out)
    sys.stdout.write("".join(f"{options.out / alias}.jsonl\n" for alias in found))
    return done


def _run(options: argparse.Namespace, found: Tables, entries: Entries, out: Path | None) -> int:
    feed = Feed()
    teller = Teller(show_codes=options.show_codes)
    limit = Deadline(options.seconds) if options.seconds is not None else None
    with running(found, entries, feed, data=options.data, recordings=out) as devices:
        asker = Asker(scales_of(list(devices.all())), feed)
        while (told := feed.next(limit)) is not None and not isinstance(told, Ended):
            asker.saw(told)
            teller.tell(told)
    return PASSED


def _check_free(folder: Path, found: Tables) -> None:
    there = [alias for alias in found if (folder / f"{alias}.jsonl").exists()]
    if there:
        message = f"{folder / there[0]}.jsonl is a recording already."
        raise DeviceError(message, "Name another folder with --out, or move it away.")
