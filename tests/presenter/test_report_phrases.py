"""Every phrase of reports and slips for staff has a text in every language of the lane, and none is left over."""

from __future__ import annotations

import pytest

from kiosk.accounts import report_paper, till_paper
from kiosk.presenter.language import Language, available

SAID = frozenset((*report_paper.phrases(), *till_paper.phrases()))


@pytest.mark.parametrize("code", [code for code in available() if code != "en"])
def test_every_phrase_has_a_text_and_every_text_is_said(code: str) -> None:
    words = Language(code, "IE", "EUR")
    assert SAID - words.translated_report() == set()
    assert words.translated_report() - SAID == set(), "texts that nothing says any more"


@pytest.mark.parametrize("code", available())
def test_a_phrase_of_reports_reads_as_on_screens_and_receipts(code: str) -> None:
    words = Language(code, "IE", "EUR")
    others = words._phrases | words._receipt_phrases
    shared = {phrase: text for phrase, text in words._report_phrases.items() if phrase in others}
    assert shared == {phrase: others[phrase] for phrase in shared}


def test_english_is_the_text_itself() -> None:
    assert Language("en", "IE", "EUR").say("Z report") == "Z report"
    assert Language("de", "DE", "EUR").say("Z report") == "Z-Bericht"
