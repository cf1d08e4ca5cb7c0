"""From a report in the ledger to a print job: in the language of the staff, at the time it was taken, copies marked."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from msgspec.structs import replace

from drivers.printer.render import to_text
from kiosk.accounts.report import Asked, report_now
from kiosk.accounts.report_books import Books, Placed, entered
from kiosk.checkout.effects import PrintReport
from kiosk.checkout.receipts import Composer
from kiosk.config import Settings, Store, Workstation
from kiosk.domain.operator.rights import Staff
from kiosk.messages.tenders import CashTender
from kiosk.messages.tills import ReportTaken
from kiosk.presenter.language import Language
from kiosk.presenter.receipt_voice import voice_of
from kiosk.store.ledger_reader import LedgerReader
from tests.accounts.receipt_samples import sale
from tests.store.tills import Device

STORE = Store(
    name="Hafenmarkt", address=("Am Kai 1",), currency="EUR", languages=("de", "en"), time_zone="Europe/Vienna"
)
SETTINGS = Settings(
    workstation=Workstation(tenant="harbour", store_id="0101", workstation_id="07"), store=STORE, data_folder="x"
)
AT = "2026-11-21T18:30:00.000Z"


@pytest.fixture
def composer(tmp_path: Path) -> Iterator[Composer]:
    with closing(Device(tmp_path).till()), closing(LedgerReader(tmp_path / "till.db")) as reader:
        yield Composer(
            SETTINGS, reader, lambda code: voice_of(Language(code, "AT", "EUR")), zone=ZoneInfo("Europe/Vienna")
        )


def taken(kind: str = "z") -> ReportTaken:
    total = sale().total_minor
    paid = replace(sale(), tenders=(CashTender(amount_minor=total, given_minor=total),))
    books = entered(Books(), [Placed(paid, "e" * 16, 1)])
    return report_now(books, Asked(Staff("aoife", ()), "2026-11-21"), kind)


def text(composer: Composer, effect: PrintReport) -> str:
    job = composer.compose(effect)
    assert job is not None
    assert job.job_id == effect.job_id
    return to_text(job.elements, 42)


def test_a_report_speaks_the_first_language_and_shows_the_clock_of_the_store(composer: Composer) -> None:
    said = text(composer, PrintReport("job", taken(), AT))
    for words in ("Hafenmarkt", "Am Kai 1", "Z-Bericht 1", "0101/07", "21.11.26 19:30", "1 x Bar", "aoife"):
        assert words in said
    assert "KOPIE" not in said


def test_an_x_report_bears_no_number(composer: Composer) -> None:
    said = text(composer, PrintReport("job", taken("x"), AT))
    assert "X-Bericht" in said
    assert "X-Bericht 1" not in said


def test_a_copy_is_marked_and_counted_and_says_the_same(composer: Composer) -> None:
    first = text(composer, PrintReport("job", taken(), AT))
    copy = text(composer, PrintReport("job", taken(), AT, copy=3))
    assert copy.count("*** KOPIE *** 3") == 2
    assert [line for line in copy.splitlines() if "KOPIE" not in line] == first.splitlines()
