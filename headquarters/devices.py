"""The devices headquarters knows: whose entries it takes, by which public key, and when each was last heard of."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, select, update

from headquarters import schema
from headquarters.database import Database, insert_ignore, read_meta, replace_row, write_meta
from headquarters.errors import HeadquartersError
from kiosk.config import TopicPart
from kiosk.messages.envelope import DeviceState
from kiosk.messages.topics import device_name


class DeviceFile(msgspec.Struct, frozen=True, kw_only=True):
    """`device.json` as provisioning writes it. `public_key` is 64 hexadecimal digits (Ed25519, RFC 8032)."""

    tenant: TopicPart
    store_id: TopicPart
    workstation_id: TopicPart
    public_key: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


@dataclass(frozen=True, slots=True)
class Device:
    """A registered device; `name` is its name in topics."""

    name: str
    store_id: str
    workstation_id: str
    public_key: str


def read_device_file(path: Path) -> DeviceFile:
    """Read a `device.json`; `HeadquartersError` where it is none."""
    try:
        found = msgspec.json.decode(path.read_bytes(), type=DeviceFile)
        Ed25519PublicKey.from_public_bytes(bytes.fromhex(found.public_key))
    except OSError as error:
        raise HeadquartersError(f"{path} cannot be read: {error.strerror}.", "Check the file's name.") from error
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        remedy = "Make it anew on the device with `python -m provisioning prepare`."
        raise HeadquartersError(f"{path} is no device file: {error}.", remedy) from error
    return found


def register(database: Database, record: DeviceFile, at: str, *, replace_key: bool = False) -> bool:
    """Register a device; whether it is new or has a new key. Registering the same one again changes nothing.

    `HeadquartersError` where the database serves another tenant, the name is taken by another device, or the device is
    known by another key and `replace_key` is not set.
    """
    name = device_name(record.store_id, record.workstation_id)
    with database.commit() as connection:
        claim_tenant(connection, record.tenant)
        known = find(connection, name)
        if known is not None and known.public_key == record.public_key:
            _refuse_other_ids(known, record)
            return False
        if known is not None:
            _refuse_other_ids(known, record)
            _refuse_other_key(known, replace_key=replace_key)
        row = {"device": name, "store_id": record.store_id, "workstation_id": record.workstation_id}
        replace_row(connection, schema.devices, {**row, "public_key": record.public_key, "registered_at": at})
        insert_ignore(connection, schema.device_keys, [{"device": name, "public_key": record.public_key}])
    return True


def claim_tenant(connection: Connection, tenant: str) -> None:
    """A database serves one tenant, the first that uses it; `HeadquartersError` for another one."""
    owner = read_meta(connection, "tenant")
    if owner is None:
        write_meta(connection, "tenant", tenant)
    elif owner != tenant:
        raise HeadquartersError(
            f"This database serves tenant {owner}, not {tenant}.", "Use a database of its own for each tenant."
        )


def find(connection: Connection, name: str) -> Device | None:
    """The device of that name, if it is registered."""
    table = schema.devices
    row = connection.execute(select(table).where(table.c.device == name)).one_or_none()
    return None if row is None else Device(row.device, row.store_id, row.workstation_id, row.public_key)


def stores(connection: Connection) -> frozenset[str]:
    """The stores that have devices."""
    return frozenset(connection.execute(select(schema.devices.c.store_id).distinct()).scalars())


def keys_of(connection: Connection, name: str) -> tuple[str, ...]:
    """Every public key the device ever had."""
    table = schema.device_keys
    return tuple(connection.execute(select(table.c.public_key).where(table.c.device == name)).scalars())


def seen(database: Database, name: str, state: DeviceState, at: str) -> None:
    """Keep whether a registered device is connected; what an unknown one says is dropped."""
    unsent = min(max(state.unsent, 0), 2**53)
    row = {"device": name, "online": int(state.online), "unsent": unsent, "seen_at": at}
    with database.commit() as connection:
        if find(connection, name) is None:
            return
        if not state.online:
            # A will is written at connect time: its count of unsent entries is older than what is known.
            table = schema.presence
            changed = update(table).where(table.c.device == name).values(online=0, seen_at=at)
            if connection.execute(changed).rowcount:
                return
        replace_row(connection, schema.presence, row)


def _refuse_other_ids(known: Device, record: DeviceFile) -> None:
    if (known.store_id, known.workstation_id) != (record.store_id, record.workstation_id):
        raise HeadquartersError(
            f"The name {known.name} is taken by workstation {known.workstation_id} of store {known.store_id}.",
            "Choose ids that do not run together into the same name.",
        )


def _refuse_other_key(known: Device, *, replace_key: bool) -> None:
    if not replace_key:
        raise HeadquartersError(
            f"Device {known.name} is registered with another key.",
            "If its storage was replaced on purpose, register it again with --replace-key.",
        )
