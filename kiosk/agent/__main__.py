"""`python -m kiosk.agent --settings FILE`: puts the agent together, and runs it until SIGTERM."""

from __future__ import annotations

import argparse
import logging
import secrets
import signal
import sys
from collections.abc import Sequence
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

import msgspec

from kiosk.agent.access import Access, AgentError, access_from
from kiosk.agent.agent import Agent, Mailbox, Names, Parts
from kiosk.agent.delays import Delays
from kiosk.agent.ledger import Ledger
from kiosk.agent.link import Backoff, Link
from kiosk.agent.mqtt import Order, Profile
from kiosk.agent.notify import Notify
from kiosk.agent.receiver import Receiver
from kiosk.agent.sender import Sender
from kiosk.config import Settings, SettingsError, read_settings
from kiosk.messages.envelope import JSON, DeviceState
from kiosk.messages.topics import device_name
from kiosk.store.agent_db import FILE_NAME, AgentDb
from kiosk.store.bell import Bell
from kiosk.store.database import StoreError

log = logging.getLogger("kiosk.agent")

LEDGER_FILE = "till.db"
BELL_FILE = "agent.bell"
WRONG_SETTINGS = 2
STORE_FAILED = 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the agent; the exit code is 0 after SIGTERM, 1 where a file cannot be kept, 2 for wrong settings."""
    parser = argparse.ArgumentParser(prog="python -m kiosk.agent", description=__doc__)
    parser.add_argument("--settings", type=Path, required=True, metavar="FILE", help="settings of the workstation")
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s %(message)s")
    try:
        settings = read_settings(parser.parse_args(arguments).settings)
        access = access_from(settings)
        _require_folder(settings.data)
        run(settings, access, Delays())
    except (SettingsError, AgentError) as error:
        return _fail(error, WRONG_SETTINGS)
    except StoreError as error:
        return _fail(error, STORE_FAILED)
    return 0


def run(settings: Settings, access: Access, delays: Delays) -> None:
    """Put the agent together and run it. `StoreError` where `agent.db` cannot be used."""
    workstation = settings.workstation
    names = Names.of(
        workstation.tenant,
        workstation.store_id,
        device_name(workstation.store_id, workstation.workstation_id),
    )
    with ExitStack() as stack:
        db = stack.enter_context(closing(AgentDb(settings.data / FILE_NAME)))
        ledger = stack.enter_context(closing(Ledger(settings.data / LEDGER_FILE)))
        bell = stack.enter_context(closing(Bell(settings.data / BELL_FILE)))
        mailbox = Mailbox()
        stack.callback(mailbox.wake.close)
        link = Link(access, _profile(names), mailbox.post, delays, Backoff(delays, _draw))
        sender = Sender(db.cursors(), delays, _draw, lambda: secrets.token_hex(8), _software())
        receiver = Receiver(db, delays)
        agent = Agent(
            Parts(names, db, ledger, bell, mailbox, link, sender, receiver, Notify(), delays, lambda: datetime.now(UTC))
        )
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: agent.stop())
        log.info("agent.started broker=%s device=%s", access.address, names.topics.device)
        agent.run()
        log.info("agent.stopped")


def _profile(names: Names) -> Profile:
    gone = msgspec.json.encode(DeviceState(online=False))
    return Profile(
        client_id=names.topics.device,
        subscriptions=(names.topics.acknowledgement, names.topics.response, names.catalog),
        will=Order(names.topics.state, gone, JSON, retain=True),
    )


def _require_folder(folder: Path) -> None:
    if not folder.is_dir():
        raise AgentError(f"data_folder {folder} does not exist.", "Create it, writable for the lane and the agent.")


def _draw(limit: int) -> int:
    return secrets.randbelow(limit + 1)


def _software() -> str:
    try:
        return version("checklane")
    except PackageNotFoundError:  # run from a plain checkout
        return ""


def _fail(error: SettingsError | AgentError | StoreError, code: int) -> int:
    sys.stderr.write(f"{error.message}\n{error.remedy}\n")
    return code


if __name__ == "__main__":
    sys.exit(main())
