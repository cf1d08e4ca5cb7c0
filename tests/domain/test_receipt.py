"""A receipt says what was sold, what was paid and what tax is in it; a copy says that it is one."""

from __future__ import annotations

from drivers.printer.interface import Columns, Element, Text
from kiosk.domain.pricing import TaxSum
from kiosk.domain.receipt import Facts, Header, ReceiptLine, ReceiptTender, Voice, compose
from kiosk.presenter.language import Language

HEADER = Header("Harbour Market", ("12 Quay Street", "Galway"), "IE0000000X", "0101", "07", 41, "21/11/2026 10:00")
LINES = (
    ReceiptLine("Cola 0.5 l", 2, 0, 0, 180, 360, "S", linked=False),
    ReceiptLine("Deposit", 2, 0, 0, 15, 30, "Z", linked=True),
    ReceiptLine("Bananas", 1, 452, 5, 189, 85, "Z", linked=False),
    ReceiptLine("Cheddar", 1, 300, 0, 1590, 480, "Z", linked=False),
)
TAXES = (TaxSum("S", 2300, 360, 67), TaxSum("Z", 0, 595, 0))
TENDER = ReceiptTender(955, "girocard", "•••• 1234", "52001234", 8, 11, "A1")
FACTS = Facts(HEADER, LINES, TAXES, (TENDER,), 955)


def said(elements: tuple[Element, ...]) -> list[str]:
    found = []
    for element in elements:
        if isinstance(element, Text):
            found.append(element.text)
        if isinstance(element, Columns):
            found.append(f"{element.left} | {element.right}")
    return found


def voice(code: str) -> Voice:
    words = Language(code, "IE", "EUR")
    return Voice(words.say, words.money, words.kilograms)


def test_everything_is_on_it() -> None:
    lines = said(compose(FACTS, voice("en")))
    for expected in (
        "Harbour Market",
        "Galway",
        "Cola 0.5 l | €3.60 S",
        "  2 x €1.80",
        "  Deposit | €0.30 Z",
        "  0.452 kg net x €1.89/kg",
        "  tare 0.005 kg",
        "  price as on the label",
        "Total | €9.55",
        "girocard | €9.55",
        "  •••• 1234",
        "  Terminal 52001234  no. 8  auth. A1",
        "S  VAT 23 %  on €2.93 | €0.67",
        "21/11/2026 10:00 | 0101/07/000041",
    ):
        assert expected in lines, expected


def test_in_german_with_german_figures() -> None:
    lines = said(compose(FACTS, voice("de")))
    assert "Summe | 9,55\xa0€" in lines
    assert "  0,452 kg netto x 1,89\xa0€/kg" in lines


def test_a_copy_says_so() -> None:
    copy = Facts(HEADER, LINES, TAXES, (TENDER,), 955, copy=True)
    assert "*** COPY ***" in said(compose(copy, voice("en")))
    assert "*** COPY ***" not in said(compose(FACTS, voice("en")))
