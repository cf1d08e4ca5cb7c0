"""How an entry looks: its facts, and these as text, ESC/POS, a picture or JSON."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec

from drivers.printer.interface import Element
from drivers.printer.render import profile_columns, to_escpos, to_png, to_text
from kiosk.accounts.receipt import Shop
from kiosk.accounts.receipt_print import Known, UnreadableError, house_paper, printed
from kiosk.commands.receipt_source import Found
from kiosk.config import Settings, SettingsError
from kiosk.domain.receipt import ReceiptDocument, Voice, compose
from kiosk.domain.receipt.compose import directed
from kiosk.domain.receipt.document import as_copy, as_gift
from kiosk.domain.receipt.slip import Slip, compose_slip
from kiosk.presenter.language import ENGLISH, Language, available_for_receipts
from kiosk.presenter.receipt_voice import voice_of
from kiosk.store.database import StoreError

# What each format is, and how the name of its file ends.
FORMATS = {"text": "txt", "escpos": "bin", "png": "png", "json": "json"}
BINARY = frozenset({"escpos", "png"})
_NO_CURRENCY = "XXX"  # ISO 4217: no currency involved


@dataclass(frozen=True, slots=True)
class Look:
    """How it shall look. `language` "" is the one it was sold in; `copied_at` is RFC 3339, of duplicate `copy` > 0."""

    form: str
    profile: str
    language: str
    territory: str
    gift: bool
    copy: int
    copied_at: str


def shop_of(settings: Settings | None) -> Shop:
    """What the store puts on its receipts; without settings it has no name but its number, and its clock is UTC."""
    if settings is None:
        return Shop(store_name="", store_id="", workstation_id="")
    store, workstation = settings.store, settings.workstation
    try:
        zone = ZoneInfo(store.time_zone)
    except (ZoneInfoNotFoundError, ValueError) as error:
        raise SettingsError(f"There is no time zone {store.time_zone!r}.", "Name one like Europe/Dublin.") from error
    return Shop(
        store_name=store.name,
        store_id=workstation.store_id,
        workstation_id=workstation.workstation_id,
        address=store.address,
        tax_id=store.tax_id,
        zone=zone,
    )


def rendered(found: Found, shop: Shop, known: Known, look: Look) -> bytes:
    """An entry in the format asked for. `StoreError` where it cannot be read, `DeviceError` where it cannot be put."""
    document = _document(found, shop, known, look)
    if look.form == "json":
        return msgspec.json.encode(document) + b"\n"
    elements = _elements(found, document, shop, look)
    match look.form:
        case "escpos":
            return to_escpos(elements, look.profile)
        case "png":
            return to_png(elements, look.profile)
        case _:
            return to_text(elements, profile_columns(look.profile)).encode()


def _document(found: Found, shop: Shop, known: Known, look: Look) -> ReceiptDocument | Slip:
    try:
        document = printed(found.body, shop, known)
    except UnreadableError as error:
        raise StoreError(
            f"Entry {found.key} cannot be read: {error}.", "Run `python -m kiosk ledger verify` on this file."
        ) from error
    if isinstance(document, Slip):
        return msgspec.structs.replace(document, copy=look.copy)
    shown = as_gift(document) if look.gift else document
    return as_copy(shown, look.copy, shop.local(look.copied_at)) if look.copy else shown


def _elements(found: Found, document: ReceiptDocument | Slip, shop: Shop, look: Look) -> tuple[Element, ...]:
    voice = _voice(document, look)
    if isinstance(document, ReceiptDocument):
        return compose(document, voice)
    paper = house_paper(found.body, shop, look.copy, voice)
    return directed(paper, voice) if paper is not None else compose_slip(document, voice)


def _voice(document: ReceiptDocument | Slip, look: Look) -> Voice:
    sold_in = document.language if isinstance(document, ReceiptDocument) else ""
    code = look.language or (sold_in if sold_in in available_for_receipts() else ENGLISH)
    return voice_of(Language(code, look.territory, document.currency or _NO_CURRENCY))
