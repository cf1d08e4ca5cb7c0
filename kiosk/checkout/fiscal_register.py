"""The cash register under its country's law, as the ledger has left it; kept up with every receipt that is recorded."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import msgspec

from kiosk.accounts.fiscal import entry_of
from kiosk.config import Fiscal, SettingsError
from kiosk.domain.fiscal.interface import FiscalError, FiscalRegister
from kiosk.domain.fiscal.rksv.cash_box import RksvSettings, resume
from kiosk.domain.fiscal.rksv.keys import aes_key_from
from kiosk.messages.contents import Content, FiscalReceipt


class FiscalBooks:
    """`register` is the register after all receipts recorded so far."""

    def __init__(self, settings: Fiscal, receipts: Iterable[FiscalReceipt]) -> None:
        self.register: FiscalRegister = _resumed(settings, receipts)

    def recorded(self, contents: Iterable[Content]) -> None:
        """Take note of what was just committed to the ledger."""
        for content in contents:
            if isinstance(content, FiscalReceipt):
                self.register = self.register.after(entry_of(content))


def _resumed(settings: Fiscal, receipts: Iterable[FiscalReceipt]) -> FiscalRegister:
    try:
        box = msgspec.convert(
            {"cash_box_id": settings.cash_box_id, "suite": settings.suite, "signer_id": settings.signer_id},
            type=RksvSettings,
        )
        return resume(box, _key(Path(settings.turnover_key_file)), map(entry_of, receipts))
    except msgspec.ValidationError as error:
        raise SettingsError(f"The settings under [fiscal] cannot be used: {error}.", "Correct that key.") from error
    except FiscalError as error:
        raise SettingsError(error.message, error.remedy) from error


def _key(path: Path) -> bytes:
    try:
        return aes_key_from(path.read_text(encoding="ascii", errors="replace"))
    except OSError as error:
        raise SettingsError(
            f"The key of the turnover counter, {path}, cannot be read: {error.strerror}.",
            "Correct turnover_key_file under [fiscal], and who may read the file.",
        ) from error
