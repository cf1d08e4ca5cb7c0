"""`python -m kiosk return`: a receipt's code at a desk, without a network."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kiosk.__main__ import main
from kiosk.accounts.receipt_token import issue
from kiosk.accounts.return_origin import origin_of
from kiosk.domain.returning.origin import SaleKey
from kiosk.messages.contents import ReturnOf, SaleLine, TaxTotal
from kiosk.store.signing import DeviceKey
from tests.accounts.receipt_samples import sale
from tests.store.tills import Device

Capture = pytest.CaptureFixture[str]
COLA = SaleLine(
    line=1,
    sku="cola",
    name="Cola",
    quantity=3,
    unit_price_minor=100,
    amount_minor=200,
    tax_code="S",
    tax_rate_ppm=230_000,
)
TAX = TaxTotal(tax_code="S", tax_rate_ppm=230_000, gross_minor=200, net_minor=163, tax_minor=37)


@pytest.fixture
def desk(tmp_path: Path) -> tuple[str, str]:
    """The code of a receipt for three colas, two of them paid, and the device.json of its lane."""
    key = DeviceKey.create(tmp_path / "device.key")
    sold = sale(lines=(COLA,), taxes=(TAX,), total_minor=200, tenders=())
    origin = origin_of(SaleKey("0101", "07", 41), sold, "2026-12-21")
    assert origin is not None
    device = tmp_path / "device.json"
    device.write_text(json.dumps({"store_id": "0101", "workstation_id": "07", "public_key": key.public_hex}))
    return issue(origin, key.sign, key.public_hex), str(device)


def test_it_says_what_may_come_back_and_what_that_would_give(desk: tuple[str, str], capsys: Capture) -> None:
    token, device = desk
    assert main(["return", token, "--device", device]) == 0
    assert "3 of 3 x" in capsys.readouterr().out
    assert main(["return", token, "--device", device, "--want", "1:1:defective:damaged", "--today", "2026-11-22"]) == 0
    assert "tax S on -55: -12\ntotal -67" in capsys.readouterr().out
    assert main(["return", token, "--device", device, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["lines"][0]["minor_left"] == 200


def test_what_came_back_before_is_gone(desk: tuple[str, str], capsys: Capture, tmp_path: Path) -> None:
    token, device = desk
    folder = tmp_path / "lane"
    folder.mkdir()
    back = ReturnOf(
        store_id="0101", workstation_id="07", sequence_number=41, line=1, reason="unwanted", disposition="resell"
    )
    line = SaleLine(
        line=1,
        sku="cola",
        name="Cola",
        quantity=-3,
        unit_price_minor=100,
        amount_minor=-200,
        tax_code="S",
        tax_rate_ppm=230_000,
        returned=back,
    )
    till = Device(folder).till()
    till.book(sale(sequence_number=42, lines=(line,), total_minor=-200, tenders=()), (), b"lane")
    till.close()
    ledger = str(folder / "till.db")
    assert main(["return", token, "--device", device, "--ledger", ledger]) == 0
    assert "0 of 3 x" in capsys.readouterr().out
    assert main(["return", token, "--device", device, "--ledger", ledger, "--want", "1:1:unwanted:resell"]) == 1


@pytest.mark.parametrize("wrong", ["CL1R:AAAA", "hello", ""])
def test_a_text_that_is_no_receipt_is_refused_with_a_remedy(desk: tuple[str, str], wrong: str, capsys: Capture) -> None:
    assert main(["return", wrong, "--device", desk[1]]) == 1
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_forged_receipt_and_one_of_a_stranger_are_refused(
    desk: tuple[str, str], tmp_path: Path, capsys: Capture
) -> None:
    token, device = desk
    forged = token[:-6] + ("A" if token[-6] != "A" else "B") + token[-5:]
    assert main(["return", forged, "--device", device]) == 1
    stranger = DeviceKey.create(tmp_path / "other.key")
    other = tmp_path / "other.json"
    other.write_text(json.dumps({"store_id": "0101", "workstation_id": "08", "public_key": stranger.public_hex}))
    assert main(["return", token, "--device", str(other)]) == 1
    assert "not known here" in capsys.readouterr().out


@pytest.mark.parametrize("wanted", ["1", "x:1:unwanted:resell", "1:1:unwanted:eat"])
def test_a_wish_that_is_not_understood_is_said(desk: tuple[str, str], wanted: str, capsys: Capture) -> None:
    assert main(["return", desk[0], "--device", desk[1], "--want", wanted]) == 2
    assert "LINE:UNITS:REASON:DISPOSITION" in capsys.readouterr().err
