"""The settings of a workstation: one TOML file, read once, typed, bounded; an unknown key refuses to start."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated

import msgspec

Seconds = Annotated[int, msgspec.Meta(ge=1, le=3600)]
TopicPart = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]


class SettingsError(Exception):
    """The settings file cannot be used; says what is wrong where, and what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message} {remedy}")
        self.message = message
        self.remedy = remedy


class _Table(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every table refuses keys it does not know."""


class Workstation(_Table, frozen=True, kw_only=True):
    """Who this device is. Store and workstation id together are its name everywhere."""

    tenant: TopicPart
    store_id: TopicPart
    workstation_id: TopicPart


class Store(_Table, frozen=True, kw_only=True):
    """The shop around it.

    `price_labels` are the national or store templates of restricted-circulation codes, 13 characters each: digits that
    must match, I item number, P price in minor units, W weight in grams, V price check digit, C check digit.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=42)]
    address: tuple[str, ...] = ()
    tax_id: str = ""
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
    languages: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = ("en",)
    locale_territory: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")] = "IE"
    time_zone: str = "UTC"
    price_labels: tuple[Annotated[str, msgspec.Meta(pattern="^[0-9]{2}[IPWVC]{11}$")], ...] = ()


class Display(_Table, frozen=True, kw_only=True):
    """The panel: pixels and millimetres, since what a finger can hit is a matter of millimetres."""

    width_px: Annotated[int, msgspec.Meta(ge=240, le=7680)] = 1024
    height_px: Annotated[int, msgspec.Meta(ge=240, le=7680)] = 600
    diagonal_mm: Annotated[int, msgspec.Meta(ge=80, le=2000)] = 178
    fullscreen: bool = True


class Broker(_Table, frozen=True, kw_only=True):
    """The MQTT broker. `password_file` is readable by the agent only."""

    host: str
    port: Annotated[int, msgspec.Meta(ge=1, le=65535)] = 8883
    tls: bool = True
    ca_file: str = ""
    certificate_file: str = ""
    key_file: str = ""
    username: str = ""
    password_file: str = ""


class Policy(_Table, frozen=True, kw_only=True):
    """What a shopper may do, and how long the lane waits for one."""

    idle_warning_s: Seconds = 60
    idle_countdown_s: Seconds = 20
    thanks_s: Seconds = 6
    receipt_wait_s: Seconds = 120
    shopper_may_void: bool = True
    maximum_quantity: Annotated[int, msgspec.Meta(ge=1, le=999)] = 50
    minimum_weight_grams: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 10
    weigh_timeout_s: Seconds = 30


class Attendant(_Table, frozen=True, kw_only=True):
    """An operator who may open the lane and help. `badge_sha256` is the hash of the badge's bar-code text."""

    operator: TopicPart
    badge_sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]


class Bench(_Table, frozen=True, kw_only=True):
    """For the bench and tests only: a Unix socket that injects touches and reports the screen. Absent on a lane."""

    socket: str


class Settings(_Table, frozen=True, kw_only=True):
    """The whole file. `devices` is alias -> table with a `driver` and that driver's own keys (drivers/registry.py).

    `pictures_folder` holds the pictures of goods as NAME.png, NAME being an item's `picture`.
    """

    workstation: Workstation
    store: Store
    data_folder: str
    pictures_folder: str = ""
    broker: Broker | None = None
    display: Display = Display()
    policy: Policy = Policy()
    attendants: tuple[Attendant, ...] = ()
    devices: dict[str, dict[str, object]] = {}
    bench: Bench | None = None

    @property
    def data(self) -> Path:
        """Folder of `till.db`, `agent.db`, `device.key` and the print journals."""
        return Path(self.data_folder)


def read_settings(path: Path) -> Settings:
    """Read a settings file; `SettingsError` where it cannot be used."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise SettingsError(
            f"The settings file {path} cannot be read: {error.strerror}.", "Give its path with --settings."
        ) from error
    except UnicodeDecodeError as error:
        raise SettingsError(f"{path} is no text in UTF-8.", "Save it as UTF-8, or give the right file.") from error
    try:
        return msgspec.convert(tomllib.loads(text), type=Settings)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(f"{path} is no valid TOML: {error}.", "Correct that line.") from error
    except msgspec.ValidationError as error:
        raise SettingsError(f"{path}: {error}.", "Correct or remove that key; README lists all of them.") from error
