"""The settings of a workstation: one TOML file, read once, typed, bounded; an unknown key refuses to start."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

import msgspec

Seconds = Annotated[int, msgspec.Meta(ge=1, le=3600)]
RoleName = Literal["attendant", "supervisor", "manager", "technician"]
TopicPart = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}$")]
OptionalPart = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{0,64}$")]
# The same ones as kiosk/domain/barcode/labels.py takes, which says what a template is.
PriceLabel = Annotated[
    str,
    msgspec.Meta(
        pattern=r"^(?:DE|DK|EE|FI|GB|LT|LV|NO|SE)\Z|^(?=(?:2|0[24]).{11,12}(?:\.|$)|[24].{11}(?:\.|$))"
        r"(?=[0-9A-Z]{12,13}(?:\.|$))[0-9]{1,6}[IX]*I[IX]*"
        r"(?:V(?:P{4,5}|W{4,5}|N{4,5})|(?:P{4,5}|W{4,5}|N{4,5})V|P+|W+|N+)X*C(?:\.[0-5])?\Z"
    ),
]


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

    `price_labels` are templates of restricted-circulation codes, 13 characters each (12 for UPC-A), or countries whose
    own are known (DE DK EE FI GB LT LV NO SE): digits that must match, X any digit, I item number, P price in minor
    units, W weight in grams, N count, V verifier of those, C check digit, ".2" for decimals of a price or of kilograms.
    What begins with `badge_prefix` is a badge: one that is not known is refused and written down, not taken for goods.
    """

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=42)]
    address: tuple[str, ...] = ()
    tax_id: str = ""
    currency: Annotated[str, msgspec.Meta(pattern="^[A-Z]{3}$")]
    languages: Annotated[tuple[str, ...], msgspec.Meta(min_length=1)] = ("en",)
    locale_territory: Annotated[str, msgspec.Meta(pattern="^[A-Z]{2}$")] = "IE"
    time_zone: str = "UTC"
    price_labels: tuple[PriceLabel, ...] = ()
    badge_prefix: Annotated[str, msgspec.Meta(max_length=16)] = ""


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
    """What a shopper may do, and how long the lane waits for one.

    `open_basket_prices`: a price that changes while a basket is open holds for it from then on ("switch", and the
    shopper is told), or not any more for this shopper ("keep").
    """

    idle_warning_s: Seconds = 60
    idle_countdown_s: Seconds = 20
    thanks_s: Seconds = 6
    receipt_wait_s: Seconds = 120
    shopper_may_void: bool = True
    maximum_quantity: Annotated[int, msgspec.Meta(ge=1, le=999)] = 50
    minimum_weight_grams: Annotated[int, msgspec.Meta(ge=1, le=1000)] = 10
    weigh_timeout_s: Seconds = 30
    open_basket_prices: Literal["keep", "switch"] = "keep"


class Fiscal(_Table, frozen=True, kw_only=True):
    """The fiscal law that binds this workstation: Austria's RKSV. See `kiosk/domain/fiscal/README.md`.

    `cash_box_id`, `suite` and `signer_id` are what was reported to FinanzOnline; `turnover_key_file` holds the AES key
    of the turnover counter, 32 bytes in base64. A receipt waits `deadline_ms` for its signature.
    """

    system: Literal["rksv"]
    cash_box_id: str
    suite: str = "R1-AT1"
    signer_id: str = ""
    turnover_key_file: str
    deadline_ms: Annotated[int, msgspec.Meta(ge=200, le=10_000)] = 3000


class Attendant(_Table, frozen=True, kw_only=True):
    """An operator who may open the lane and help. `badge_sha256` is the hash of the badge's bar-code text.

    What a role may do: `kiosk/domain/operator/rights.py`.
    """

    operator: TopicPart
    badge_sha256: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    roles: Annotated[tuple[RoleName, ...], msgspec.Meta(min_length=1)] = ("supervisor",)


class Cash(_Table, frozen=True, kw_only=True):
    """The money at this lane: the name of its till, and whether it has a `drawer`; without one there is no no-sale."""

    till: TopicPart = "1"
    drawer: bool = False


class Reports(_Table, frozen=True, kw_only=True):
    """What a Z report waits for: payments not known to have been taken, open shifts; and how many make a day."""

    unknown_payments: bool = True
    open_shifts: bool = True
    several_a_day: bool = False


class PolicyKey(_Table, frozen=True, kw_only=True):
    """A key that signs policies for a whole tenant, or for one region, store or workstation of it and nowhere else.

    `public_key` is what `python -m kiosk policy sign` prints. A region is the country of a store.
    """

    public_key: Annotated[str, msgspec.Meta(pattern="^[0-9a-f]{64}$")]
    tenant: TopicPart
    region: Annotated[str, msgspec.Meta(pattern="^([A-Z]{2})?$")] = ""
    store_id: OptionalPart = ""
    workstation_id: OptionalPart = ""

    def __post_init__(self) -> None:
        """Refuse a workstation without its store: these ids are unique in a store only."""
        if self.workstation_id and not self.store_id:
            raise ValueError("a key for a workstation names its store too")


class Bench(_Table, frozen=True, kw_only=True):
    """For the bench and tests only: a Unix socket that injects touches and reports the screen. Absent on a lane."""

    socket: str


class Settings(_Table, frozen=True, kw_only=True):
    """The whole file. `devices` is alias -> table with a `driver` and that driver's own keys (drivers/registry.py).

    `pictures_folder` holds the pictures of goods as NAME.png, NAME being an item's `picture`. `policy_folder` is looked
    into once a second for signed policies, *.json, each signed by one of `policy_keys`; "" for none.
    """

    workstation: Workstation
    store: Store
    data_folder: str
    pictures_folder: str = ""
    broker: Broker | None = None
    display: Display = Display()
    policy: Policy = Policy()
    attendants: tuple[Attendant, ...] = ()
    cash: Cash = Cash()
    reports: Reports = Reports()
    fiscal: Fiscal | None = None
    policy_folder: str = ""
    policy_keys: tuple[PolicyKey, ...] = ()
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
