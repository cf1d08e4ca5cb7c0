"""Whatever a terminal or a ledger hands over: no receipt shows more than four digits of a card."""

from __future__ import annotations

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from drivers.printer.render import to_text
from kiosk.accounts.receipt import receipt_of
from kiosk.domain.receipt import ReceiptDocument, compose
from kiosk.domain.receipt.document import CardPaid, MealVoucherPaid, ValuePaid, WalletPaid, schema
from kiosk.domain.receipt.masking import masked, tail, without_card_numbers
from kiosk.messages.tenders import CardTender, StoredValueTender, WalletTender
from tests.accounts.receipt_samples import SHOP, sale
from tests.domain.test_receipt import voice

# Test numbers of card schemes, of 15, 16 and 19 digits; nobody's.
CARDS = ("378282246310005", "4111111111111111", "5555555555554444", "6304000000000000000")
cards = st.sampled_from(CARDS)
groups = st.sampled_from(("", " ", "-"))


def grouped(number: str, by: str) -> str:
    return by.join(number[at : at + 4] for at in range(0, len(number), 4))


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("•••• 1234", "•••• 1234"),
        ("4111111111111111", "••••••••••••1111"),
        ("411111******1111", "••••••******1111"),
        ("4111 1111 1111 1111", "•••• •••• •••• 1111"),
        ("٤١١١١١١١١١١١١٢٣٤", "••••••••••••١٢٣٤"),
        ("", ""),
    ],
)
def test_a_masked_number_keeps_its_last_four(text: str, shown: str) -> None:
    assert masked(text) == shown


@given(st.text() | st.text("0123456789٤ -•x", max_size=24))
def test_masking_leaves_four_digits_and_all_else(text: str) -> None:
    shown = masked(text)
    assert len(shown) == len(text)
    assert sum(sign.isdigit() for sign in shown) == min(4, sum(sign.isdigit() for sign in text))
    assert all(now == before or before.isdigit() for now, before in zip(shown, text, strict=True))


@given(cards, groups, st.text(st.characters(exclude_categories=("Nd", "No", "Nl"), exclude_characters=" -")))
def test_a_card_number_is_found_in_any_text(card: str, by: str, around: str) -> None:
    shown = without_card_numbers(f"{around}{grouped(card, by)}{around}")
    assert sum(sign.isdigit() for sign in shown) == 4
    assert shown.startswith(around)


@pytest.mark.parametrize("text", ["R-1", "52001234", "4111111111111112", "order 1234 5678", "a" * 300])
def test_what_is_no_card_number_stays(text: str) -> None:
    assert without_card_numbers(text) == text


def test_the_tail_of_an_account() -> None:
    assert tail("100200300") == "••••0300"
    assert tail("") == ""


@given(cards, groups)
def test_no_field_takes_a_card_number_and_no_form_of_the_receipt_shows_one(card: str, by: str) -> None:
    number = grouped(card, by)
    tenders = (
        CardTender(
            amount_minor=1,
            attempt="a",
            terminal_id="1",
            receipt_number=1,
            trace_number=1,
            masked_pan=number,
            card_name=f"VISA {number}",
            authorisation_code=number,
        ),
        WalletTender(amount_minor=1, provider=number, reference=f"ref:{number}", attempt="b"),
        StoredValueTender(amount_minor=1, instrument="gift_card", account=card, shown=card),
    )
    document = receipt_of(sale(tenders=tenders, customer_id=card), SHOP)
    paper = to_text(compose(document, voice("en")), 42)
    digital = msgspec.json.encode(document).decode()
    for text in (paper, digital):
        digits = "".join(sign for sign in text if sign.isdigit())
        assert card[:-4] not in digits
        assert number not in text


@given(cards)
def test_a_receipt_read_from_elsewhere_is_masked_too(card: str) -> None:
    document = receipt_of(sale(), SHOP)
    text = msgspec.json.encode(document).decode().replace("•••• 1234", card).replace("••••0300", card)
    read = msgspec.json.decode(text, type=ReceiptDocument)
    assert card[:-4] not in msgspec.json.encode(read).decode()
    assert CardPaid(amount_minor=1, masked_pan=card).masked_pan.endswith(card[-4:])
    assert ValuePaid(amount_minor=1, instrument="x", shown=card).shown == card[-4:]
    assert card not in WalletPaid(amount_minor=1, provider="p", reference=card).reference
    assert card not in MealVoucherPaid(amount_minor=1, issuer=card, eligible_minor=0).issuer


def test_the_digital_receipt_is_versioned_and_comes_back_equal() -> None:
    document = receipt_of(sale(), SHOP)
    text = msgspec.json.encode(document)
    plain = msgspec.json.decode(text)
    assert (plain["document"], plain["version"]) == ("receipt", 1)
    assert msgspec.json.decode(text, type=ReceiptDocument) == document
    with pytest.raises(msgspec.ValidationError):
        msgspec.json.decode(text.replace(b'"version":1', b'"version":2'), type=ReceiptDocument)


def test_its_schema_names_every_field_and_knows_no_fractions_of_money() -> None:
    described = msgspec.json.encode(schema()).decode()
    for name in ReceiptDocument.__struct_fields__:
        assert f'"{name}"' in described
    assert '"number"' not in described
    assert "customer_name" not in described
