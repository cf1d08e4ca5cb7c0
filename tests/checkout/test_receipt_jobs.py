"""From a booked sale to a print job: in the shopper's language, with its fiscal mark, copies marked."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from drivers.printer.interface import Element, PrintJob, QrCode
from drivers.printer.render import to_text
from kiosk.checkout.effects import PrintReceipt
from kiosk.checkout.receipts import Composer
from kiosk.config import Settings, Store, Workstation
from kiosk.messages.contents import Sale
from kiosk.presenter.language import Language
from kiosk.presenter.receipt_voice import voice_of
from kiosk.store.ledger_reader import LedgerReader
from tests.accounts.receipt_samples import fiscal, sale
from tests.store.tills import Device

STORE = Store(name="Harbour Market", currency="EUR", languages=("en", "de"), time_zone="Europe/Vienna")
SETTINGS = Settings(
    workstation=Workstation(tenant="harbour", store_id="0101", workstation_id="07"), store=STORE, data_folder="x"
)


def token(booked: Sale) -> str:
    return f"CL1R:{booked.sequence_number}"


@pytest.fixture
def composer(tmp_path: Path) -> Iterator[Composer]:
    till = Device(tmp_path).till()
    till.book(sale(language="de", tenders=()), (), b"lane")
    till.record((fiscal(failed=True),), b"lane")
    reader = LedgerReader(tmp_path / "till.db")
    yield Composer(
        SETTINGS,
        reader,
        lambda code: voice_of(Language(code, "AT", "EUR")),
        ZoneInfo("Europe/Vienna"),
        token=token,
    )
    reader.close()
    till.close()


def text(job: PrintJob | None) -> str:
    assert job is not None
    return to_text(job.elements, 42)


def elements(job: PrintJob | None) -> tuple[Element, ...]:
    assert job is not None
    return job.elements


def test_a_sale_is_printed_in_its_language_with_the_clock_of_the_store(composer: Composer) -> None:
    job = composer.compose(PrintReceipt("job-1", 41))
    assert job is not None
    assert job.job_id == "job-1"
    assert "Harbour Market" in text(job)
    assert "Danke für Ihren Einkauf" in text(job)
    assert "11:00" in text(job)
    assert "KOPIE" not in text(job)


def test_the_fiscal_mark_and_the_return_code_are_on_it(composer: Composer) -> None:
    job = composer.compose(PrintReceipt("job-1", 41))
    codes = [one.content for one in elements(job) if isinstance(one, QrCode)]
    assert codes == [fiscal().code, "CL1R:41"]
    assert "Sicherheitseinrichtung ausgefallen" in text(job)


def test_a_copy_is_marked_twice(composer: Composer) -> None:
    copy = text(composer.compose(PrintReceipt("job-2", 41, 2, "2026-11-21T12:34:00.000Z")))
    assert copy.count("*** KOPIE 2") == 2
    assert "13:34" in copy


def test_what_was_not_booked_is_not_printed(composer: Composer) -> None:
    assert composer.compose(PrintReceipt("job-3", 40)) is None
