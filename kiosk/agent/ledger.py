"""The lane's ledger as the agent sees it: maybe not there yet, maybe damaged, and never a reason to stop."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from pathlib import Path

from kiosk.agent.stream import Stand
from kiosk.messages.entry import SealedEntry
from kiosk.store.database import StoreError, StoreMissingError
from kiosk.store.ledger_reader import LedgerReader

log = logging.getLogger(__name__)


class Ledger:
    """Reads `till.db`, opening it when it comes and again when it was replaced."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reader: LedgerReader | None = None
        self._identity: tuple[int, int] | None = None
        self._said = ""

    def stands(self) -> tuple[Stand, ...]:
        """How far each epoch goes, oldest first; empty while there is nothing to read."""
        try:
            reader = self._open()
            if reader is None:
                return ()
            heads = [(epoch, reader.head(epoch)) for epoch in reader.epochs()]
        except StoreError as error:
            self._complain(error)
            return ()
        self._said = ""
        return tuple(Stand(epoch, head.position, head.hash) for epoch, head in heads)

    def entries(self, epoch: str, after: int, limit: int) -> Sequence[SealedEntry]:
        """Up to `limit` entries behind `after`; empty where they cannot be read."""
        try:
            return self._reader.entries(epoch, after, limit) if self._reader else ()
        except StoreError as error:
            self._complain(error)
            return ()

    def close(self) -> None:
        """Close the file; it is opened again when needed."""
        if self._reader is not None:
            self._reader.close()
        self._reader = None
        self._identity = None

    def _open(self) -> LedgerReader | None:
        try:
            state = self._path.stat()
        except FileNotFoundError:
            self.close()
            return None
        identity = (state.st_dev, state.st_ino)
        if identity != self._identity:
            self.close()
            try:
                self._reader = LedgerReader(self._path)
            except StoreMissingError:  # the lane is just making it
                return None
            self._identity = identity
        return self._reader

    def _complain(self, error: StoreError) -> None:
        self.close()
        if error.message != self._said:
            log.error("ledger.unreadable reason=%s remedy=%s", error.message, error.remedy)
        self._said = error.message
