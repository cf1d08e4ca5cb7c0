"""The technician's tool, `python -m drivers COMMAND`; the commands themselves are in `drivers/tool`."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence

from drivers.device import DeviceError
from drivers.registry import DRIVERS
from drivers.tool import check, decode, listing, replay, simulate, stock, watch
from drivers.tool.errors import FAILED, USAGE, UsageError
from drivers.tool.options import parser


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the tool; returns the exit status: 0, 1 where something failed, 2 where the command line makes no sense."""
    options = parser().parse_args(arguments)
    # What a lane logs is printed here as records, once.
    logging.getLogger("drivers").addHandler(logging.NullHandler())
    try:
        return _run(options)
    except DeviceError as error:
        sys.stderr.write(f"{error.message}\n{error.remedy}\n")
        return USAGE if isinstance(error, UsageError) else FAILED
    except KeyboardInterrupt:
        return FAILED
    except BrokenPipeError:
        # Who read this has gone (`| head`); nothing more is to be said to them, not at the end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return FAILED


def _run(options: argparse.Namespace) -> int:
    match options.command:
        case "decode":
            return decode.run(options)
        case "simulate":
            return simulate.run(options)
        case "inventory":
            return stock.run(options)
        case "list":
            return listing.run(DRIVERS)
        case "watch":
            return watch.watch(options, DRIVERS)
        case "record":
            return watch.record(options, DRIVERS)
        case "replay":
            return replay.run(options, DRIVERS)
        case _:
            return check.run(options, DRIVERS)


if __name__ == "__main__":
    sys.exit(main())
