"""Money in doubt: which payment attempts in the ledger still need an answer or a reversal."""

from __future__ import annotations

import logging
import sqlite3

import msgspec

from kiosk.messages.contents import PaymentAttempt
from kiosk.messages.entry import entry_from


def open_attempts(connection: sqlite3.Connection) -> tuple[PaymentAttempt, ...]:
    """Attempts without a result, or whose last result is `unknown`, oldest first."""
    return _attempts(connection, "select body, epoch, position from open_attempts")


def unsettled_approvals(connection: sqlite3.Connection) -> tuple[PaymentAttempt, ...]:
    """Attempts whose last result is `approved` while no sale names them as a tender, oldest first."""
    return _attempts(connection, "select body, epoch, position from unsettled_approvals")


def _attempts(connection: sqlite3.Connection, query: str) -> tuple[PaymentAttempt, ...]:
    found = []
    for body, epoch, position in connection.execute(query):
        try:
            content = entry_from(body).content
        except msgspec.DecodeError:
            # Selling goes on; `verify` names the position, and the new epoch holds an exception for IT.
            logging.getLogger(__name__).exception("ledger.attempt_unreadable epoch=%s position=%s", epoch, position)
            continue
        if isinstance(content, PaymentAttempt):
            found.append(content)
    return tuple(found)
