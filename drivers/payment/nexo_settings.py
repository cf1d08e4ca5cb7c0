"""Settings of a nexo terminal, typed and bounded; its key read from a file that nobody else may read."""

from __future__ import annotations

import os
import stat
from pathlib import Path
from typing import Annotated, Final, Literal

import msgspec

from drivers.device import DeviceError
from drivers.payment.interface import Attendance
from drivers.payment.nexo_crypto import NexoKey, derive

LONGEST_PASSPHRASE: Final = 1024


class NexoSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of one terminal. Durations are seconds.

    `poi_id` is model and serial number as on its label ("V400m-324688179"), `sale_id` names this lane and no other.
    `key_file` holds the passphrase of the shared key, `ca_file` Adyen's root certificate for terminals (PEM), of the
    test or the live `environment`. `legacy_certificate` also takes the one certificate that old terminals share: it
    does not tell which terminal it is.

    `answer_timeout_s` is for answers that need nobody at the terminal, `payment_limit_s` for a payment (a terminal ends
    it by itself after 120 s). For `settle_s` after a payment was sent, a terminal that knows nothing of it may yet
    begin with it.
    """

    driver: str
    host: Annotated[str, msgspec.Meta(min_length=1, max_length=253)]
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 8443
    poi_id: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9]{1,40}-[A-Za-z0-9]{1,40}$")]
    sale_id: Annotated[str, msgspec.Meta(pattern="^[A-Za-z0-9._-]{1,40}$")]
    key_file: Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
    key_identifier: Annotated[str, msgspec.Meta(min_length=1, max_length=128)]
    key_version: Annotated[int, msgspec.Meta(ge=0, le=1_000_000)]
    ca_file: Annotated[str, msgspec.Meta(min_length=1, max_length=4096)]
    environment: Literal["test", "live"]
    legacy_certificate: bool = False
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")] = "EUR"
    attendance: Attendance = Attendance.UNATTENDED
    connect_timeout_s: Annotated[float, msgspec.Meta(gt=0, le=30)] = 5.0
    answer_timeout_s: Annotated[float, msgspec.Meta(gt=0, le=30)] = 8.0
    payment_limit_s: Annotated[float, msgspec.Meta(gt=0, le=900)] = 150.0
    health_interval_s: Annotated[float, msgspec.Meta(gt=0, le=300)] = 20.0
    settle_s: Annotated[float, msgspec.Meta(ge=0, le=300)] = 10.0


def common_names(settings: NexoSettings) -> tuple[str, ...]:
    """Names that the terminal's certificate may bear.

    Source: Adyen, "Protect with your own code", Validate the terminal certificate.
    """
    domain = f"{settings.environment}.terminal.adyen.com"
    legacy = (f"legacy-terminal-certificate.{domain}",) if settings.legacy_certificate else ()
    return (f"{settings.poi_id}.{domain}", *legacy)


def read_key(settings: NexoSettings) -> NexoKey:
    """Read the passphrase and derive the key; a permanent `DeviceError` where the file is not fit for a secret."""
    path = Path(settings.key_file)
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
        with os.fdopen(fd, "rb") as file:
            found = os.fstat(file.fileno())
            text = file.read(LONGEST_PASSPHRASE + 1)
    except OSError as error:
        remedy = "Put the passphrase of the terminal's shared key into it, readable by this program only."
        raise DeviceError(f"The key file {path} cannot be read.", remedy, permanent=True) from error
    if not stat.S_ISREG(found.st_mode) or found.st_mode & 0o077:
        raise DeviceError(f"Others may read the key file {path}.", f"Run: chmod 600 {path}", permanent=True)
    try:
        passphrase = text.decode().strip("\r\n")
    except UnicodeDecodeError:
        passphrase = ""
    if not passphrase or len(text) > LONGEST_PASSPHRASE:
        remedy = "Put the passphrase of the terminal's shared key into it, as text on one line."
        raise DeviceError(f"The key file {path} holds no passphrase.", remedy, permanent=True)
    return derive(passphrase, settings.key_identifier, settings.key_version)
