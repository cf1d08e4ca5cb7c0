"""What could not be booked, kept with a reason and an owner: no genuine entry is ever dropped, no flood kept."""

from __future__ import annotations

import logging
from dataclasses import dataclass

from sqlalchemy import Connection, func, select

from headquarters import schema
from headquarters.database import insert_ignore
from headquarters.verification import Genuine
from headquarters.wire import Limits, Refusal
from kiosk.messages.canonical import digest

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Unbookable:
    """Why a genuine entry has no place in the books. `owner` is the role that settles it: attendant, finance, it."""

    reason: str
    detail: str
    owner: str


def keep_entry(connection: Connection, device: str, genuine: Genuine, why: Unbookable, at: str) -> None:
    """Keep a genuine entry, whole and without limit."""
    header = genuine.header
    row = _row(device, header.epoch, header.position, at)
    body = {"evidence": genuine.sealed.hash, "body": genuine.sealed.body}
    reason = {"reason": why.reason, "detail": why.detail, "owner": why.owner, "genuine": 1}
    if insert_ignore(connection, schema.quarantine, [{**row, **reason, **body}]):
        log.warning(
            "entry.quarantined device=%s epoch=%s position=%d reason=%s owner=%s",
            device, header.epoch, header.position, why.reason, why.owner,
        )  # fmt: skip  # the fields in the order of the format, on one line


def keep_refused(connection: Connection, device: str, why: Refusal, at: str, limits: Limits) -> None:
    """Keep the beginning of a refused message as evidence, up to a number per device and in all."""
    log.warning("message.refused device=%s reason=%s detail=%s", device, why.reason, why.detail)
    table = schema.quarantine
    refused = select(func.count()).select_from(table).where(table.c.genuine == 0)
    if connection.execute(refused.where(table.c.device == device)).scalar_one() >= limits.kept:
        return
    if connection.execute(refused).scalar_one() >= limits.kept_in_all:
        return
    text = why.evidence[: limits.kept_bytes].decode(errors="backslashreplace").replace("\0", "\\0")
    content = {"evidence": digest(why.evidence), "body": text}
    reason = {"reason": why.reason, "detail": why.detail.replace("\0", "\\0")[:500], "owner": "it", "genuine": 0}
    insert_ignore(connection, table, [{**_row(device, "", 0, at), **reason, **content}])


def _row(device: str, epoch: str, position: int, at: str) -> dict[str, object]:
    return {"device": device, "epoch": epoch, "position": position, "received_at": at}
