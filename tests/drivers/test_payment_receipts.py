"""Receipts as terminals word them: published ones come out whole, and no card number comes out of any."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.payment.interface import ReceiptKind, TerminalReceipt
from drivers.payment.zvt_codec import Apdu, Framer
from drivers.payment.zvt_masking import mask_numbers
from drivers.payment.zvt_receipts import PrintBlock, PrintLine, receipts
from drivers.payment.zvt_records import parse


def told(folder: Path, test: str, charset: str = "cp437") -> tuple[TerminalReceipt, ...]:
    cases: list[dict[str, Any]] = json.loads((folder / "payment" / "zvt_portalum.json").read_text())["cases"]
    frames = next(case["bytes_hex"] for case in cases if case["test"] == test)
    items = Framer().feed(bytes.fromhex("".join(frames)))
    records = [parse(item, charset) for item in items if isinstance(item, Apdu)]
    return receipts(record for record in records if isinstance(record, PrintLine | PrintBlock))


def test_a_published_end_of_day_line_by_line(shared_data: Path) -> None:
    (receipt,) = told(shared_data, "ProcessData_LineReceived1_Successful")
    assert receipt.kind is ReceiptKind.UNNAMED
    assert receipt.lines[0] == "** KASSENSCHNITT **"
    assert receipt.lines[7] == "Terminal-ID:    28004869"
    assert "VU:            100461763" in receipt.lines


def test_a_published_payment_line_by_line_with_a_container_on_each(shared_data: Path) -> None:
    merchant, customer = told(shared_data, "ProcessData_LineReceivedCardCompleteWithTlv_Successful", "iso-8859-1")
    assert (merchant.kind, merchant.lines[0]) == (ReceiptKind.MERCHANT, "** HÄNDLERBELEG **")
    assert (customer.kind, customer.lines[0]) == (ReceiptKind.CUSTOMER, "** KUNDENBELEG **")
    assert "BETRAG:  EUR        2,00" in merchant.lines
    assert "Nr:  **** **** **** 4821" in customer.lines
    assert "AID:      A0000000041010" in customer.lines


def test_published_receipts_in_one_message(shared_data: Path) -> None:
    (merchant,) = told(shared_data, "Parse_MerchantReceipt_Successful")
    assert merchant.kind is ReceiptKind.MERCHANT
    assert merchant.lines[0].startswith("  Leihstellung von hobex")
    assert any("HÄNDLERBELEG" in line for line in merchant.lines)
    assert "AID: A0000000041010" in merchant.lines
    (administration,) = told(shared_data, "Parse_AdministrationReceipt_Successful")
    assert administration.kind is ReceiptKind.ADMINISTRATION
    assert "Abschluss - keine TX" in administration.lines


def test_a_published_receipt_of_ecrterm(shared_data: Path) -> None:
    cases = json.loads((shared_data / "payment" / "zvt_ecrterm.json").read_text())["cases"]
    frames = next(case["hex"] for case in cases if case["test"] == "TestParsingMechanisms.PACKET_LIST")
    (item,) = Framer().feed(bytes.fromhex(frames[8]))
    assert isinstance(item, Apdu)
    block = parse(item)
    assert isinstance(block, PrintBlock)
    assert block.kind is ReceiptKind.CUSTOMER
    assert any(line.startswith("Karten-Nr.:") and line.endswith("7743") for line in block.lines)


def test_paper_is_fed_and_a_last_line_may_hold_text() -> None:
    fed = parse(Apdu(0x06D1, b"\xff\x03"))
    last = parse(Apdu(0x06D1, b"\x82Ende"))
    assert (fed, last) == (PrintLine(("", "", "")), PrintLine(("Ende",), last=True))
    assert receipts([PrintLine(("a",)), PrintLine(("b",), last=True), PrintLine(("c",))]) == (
        TerminalReceipt(ReceiptKind.UNNAMED, ("a", "b")),
        TerminalReceipt(ReceiptKind.UNNAMED, ("c",)),
    )


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("Karte 4111111111111111", "Karte ************1111"),
        ("4111 1111 1111 1111", "**** **** **** 1111"),
        ("4111  1111  1111  1111", "****  ****  ****  1111"),
        ("4111-1111-1111-1111", "****-****-****-1111"),
        ("Nr. 474843xxxxxx7743", "Nr. ************7743"),
        ("xxxxxxxxxxxx7743", "************7743"),
        ("K4111111111111111", "K************1111"),
        ("AID: A0000000041010", "AID: A0000000041010"),
        ("VU 100461763 TA 002410", "VU 100461763 TA 002410"),
        ("02.11.2021   08:35:32", "02.11.2021   08:35:32"),
        ("--------------------", "--------------------"),
    ],
)
def test_what_looks_like_a_card_number_keeps_four_digits(text: str, masked: str) -> None:
    assert mask_numbers(text) == masked


@given(
    st.text(alphabet="Karte:. ", max_size=8),
    st.integers(4 * 10**12, 6 * 10**18),
    st.sampled_from(["", " ", "-", ".", "/"]),
    st.text(alphabet="EUR:. ", max_size=8),
)
def test_no_card_number_gets_out_however_it_is_spaced(before: str, number: int, gap: str, after: str) -> None:
    digits = str(number)
    spaced = gap.join(digits[at : at + 4] for at in range(0, len(digits), 4))
    shown = mask_numbers(before + spaced + after)
    assert sum(letter.isdecimal() for letter in shown) <= 4
    assert len(shown) == len(before + spaced + after)


@given(st.sampled_from([0x06D1, 0x06D3]), st.binary(max_size=80))
def test_any_bytes_make_a_line_or_a_block(control: int, data: bytes) -> None:
    assert isinstance(parse(Apdu(control, data)), PrintLine | PrintBlock)
