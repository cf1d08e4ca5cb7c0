"""`python -m kiosk`: commands for a person at a device; the lane and the agent start with `kiosk.ui`, `kiosk.agent`."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from kiosk.commands import decode, fiscal, ledger, policy, price, receipt, report, returning, till, till_do
from kiosk.store.database import StoreError

_UNUSABLE = 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; 0 done, 1 found something wrong, 2 could not be done (the reason goes to standard error)."""
    parser = argparse.ArgumentParser(prog="python -m kiosk", description="Commands for a person at a device.")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    ledger.add_arguments(commands)
    decode.add_arguments(commands)
    fiscal.add_arguments(commands)
    policy.add_arguments(commands)
    price.add_arguments(commands)
    receipt.add_arguments(commands)
    report.add_arguments(commands)
    returning.add_arguments(commands)
    till.add_arguments(commands)
    till_do.add_arguments(commands)
    parsed = parser.parse_args(arguments)
    try:
        return int(parsed.run(parsed))
    except StoreError as error:
        sys.stderr.write(f"{error.message}\n{error.remedy}\n")
        return _UNUSABLE
    except BrokenPipeError:
        # The reader of a pipe has seen enough; nothing more can be written, not even at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return _UNUSABLE


if __name__ == "__main__":
    sys.exit(main())
