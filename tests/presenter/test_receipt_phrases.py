"""Every phrase of a receipt has a text in every language of receipts, and no text is left that nothing says."""

from __future__ import annotations

import dataclasses

import pytest
from msgspec.structs import replace

from drivers.printer.interface import Columns, Text
from kiosk.accounts.receipt import receipt_of, void_of
from kiosk.domain.receipt import Voice, compose
from kiosk.domain.receipt.document import Returned, as_copy, as_gift
from kiosk.domain.receipt.slip import Slip, compose_slip
from kiosk.messages.contents import TransactionCancelled
from kiosk.messages.tenders import CardTender, CashTender, MealVoucherTender, PointsTender, StoredValueTender
from kiosk.presenter.language import Language, available, available_for_receipts
from kiosk.presenter.receipt_voice import voice_of
from tests.accounts.receipt_samples import SHOP, american, lines, sale

OTHERS = tuple(code for code in available_for_receipts() if code != "en")


def everything(voice: Voice) -> None:
    """Says all that a receipt can say."""
    whole = receipt_of(sale(), SHOP, token="CL1R:X")  # noqa: S106 - no password, a printed code
    back = replace(whole.lines[-1], returned=Returned(reason="x"))
    cancelled = TransactionCancelled(sequence_number=1, reason="idle", lines=lines())
    more = (
        CardTender(amount_minor=-1, attempt="", terminal_id="", receipt_number=0, trace_number=0),
        CashTender(amount_minor=1, given_minor=1),
        *(StoredValueTender(amount_minor=1, instrument=one, account="") for one in ("store_credit", "voucher")),
        PointsTender(amount_minor=1, member="", points=1, offline=True),
        MealVoucherTender(amount_minor=1, issuer="", account="", eligible_minor=1),
    )
    for document in (
        as_copy(whole, 1, "2026-11-22T09:00:00+00:00"),
        as_gift(whole),
        replace(whole, lines=(back,)),
        receipt_of(sale(training=True, tenders=more, rounding_minor=1), SHOP),
        receipt_of(american(), SHOP),
        receipt_of(american(exempt=True), SHOP),
        void_of(cancelled, SHOP, "", "EUR"),
    ):
        compose(document, voice)
    compose_slip(Slip(kind="x", key="k", at="", operator="aoife", copy=1, training=True, void=True), voice)


@pytest.mark.parametrize("code", OTHERS)
def test_every_phrase_has_a_text_and_every_text_is_said(code: str) -> None:
    words = Language(code, "IE", "EUR")
    said: set[str] = set()

    def say(phrase: str) -> str:
        said.add(phrase)
        return words.say(phrase)

    everything(dataclasses.replace(voice_of(words), say=say))
    assert said - words.translated_receipt() == set()
    assert words.translated_receipt() - said == set(), "texts that nothing says any more"


def test_receipts_speak_the_languages_of_the_lane_and_two_that_run_from_right_to_left() -> None:
    assert set(available()) <= set(available_for_receipts())
    assert [code for code in available_for_receipts() if Language(code, "IE", "EUR").rtl] == ["ar", "he"]


@pytest.mark.parametrize("code", available())
def test_a_phrase_of_both_screens_and_receipts_reads_the_same(code: str) -> None:
    words = Language(code, "IE", "EUR")
    shared = words.translated() & words.translated_receipt()
    assert {phrase: words._phrases[phrase] for phrase in shared} == {
        phrase: words._receipt_phrases[phrase] for phrase in shared
    }


@pytest.mark.parametrize(
    ("code", "territory", "currency"), [("he", "IL", "ILS"), ("ar", "EG", "EGP"), ("ar", "SA", "SAR")]
)
def test_figures_are_written_with_the_digits_a_lane_shows(code: str, territory: str, currency: str) -> None:
    voice = voice_of(Language(code, territory, currency))
    elements = compose(receipt_of(sale(), SHOP), voice)
    texts = [text for one in elements if isinstance(one, Text | Columns) for text in _texts(one)]
    assert any("39.30" in text for text in texts)
    assert all(sign.isascii() for text in texts for sign in text if sign.isdigit())


def _texts(element: Text | Columns) -> tuple[str, ...]:
    return (element.left, element.right) if isinstance(element, Columns) else (element.text,)


def test_a_time_that_is_none_stays_as_it_is() -> None:
    voice = voice_of(Language("en", "IE", "EUR"))
    assert voice.moment("whenever") == "whenever"
    assert voice.moment("2026-11-21T10:00:00+00:00") == "21/11/2026 10:00"


def test_numbers_beyond_all_money_are_written_all_the_same() -> None:
    words = Language("de", "DE", "EUR")
    huge = 10**40
    assert words.money(huge) == f"{huge} EUR"
    assert words.money_in(-huge, "JPY") == f"-{huge} JPY"
    assert words.kilograms(huge) == f"{huge}/1000"
    assert words.rate(huge) == f"{huge}/10000"
    assert words.money_in(123_456, "USD") == "1.234,56\xa0USD"
    assert words.money_in(1234, "KWD") == "1,234\xa0KWD"
