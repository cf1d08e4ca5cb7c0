"""The runs of the ministry's own tool: verified, read and written alike, and made again with keys of ours."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from kiosk.domain.fiscal.interface import FiscalEntry, FiscalReceipt, ReceiptKind
from kiosk.domain.fiscal.rksv.cash_box import RksvSettings, resume
from kiosk.domain.fiscal.rksv.compact import (
    FAILURE_TEXT,
    Receipt,
    compact_text,
    ocr_text,
    qr_text,
    receipt_from_compact,
    receipt_from_ocr,
    receipt_from_qr,
)
from kiosk.domain.fiscal.rksv.counter import chain_value, decrypt_turnover, encrypt_turnover
from kiosk.domain.fiscal.rksv.record import Marker, record_text
from kiosk.domain.fiscal.rksv.verifier import verify
from tests.domain.fiscal.austria import RUNS, Run, Shop, new_unit, run_in, taxes

KINDS = {
    "START_BELEG": ReceiptKind.START,
    "NULL_BELEG": ReceiptKind.ZERO,
    "STANDARD_BELEG": ReceiptKind.SALE,
    "STORNO_BELEG": ReceiptKind.VOID,
    "TRAINING_BELEG": ReceiptKind.TRAINING,
}
SETS = ("taxSetNormal", "taxSetErmaessigt1", "taxSetErmaessigt2", "taxSetNull", "taxSetBesonders")


@pytest.fixture(params=RUNS)
def run(request: pytest.FixtureRequest, shared_data: Path) -> Run:
    return run_in(shared_data, request.param)


def receipts(run: Run) -> list[Receipt]:
    read = [receipt_from_compact(compact) for compact in run.compacts]
    return [receipt for receipt in read if isinstance(receipt, Receipt)]


def test_an_official_run_is_intact(run: Run) -> None:
    report = verify(run.dep, run.keys)
    assert report.problems == ()
    assert report.cash_box_id == run.json_of("scenario.json")["cashBoxId"]
    instructions = run.json_of("scenario.json")["cashBoxInstructionList"]
    assert report.receipts == len(instructions) >= 80
    assert report.unsigned == sum(instruction["signatureDeviceDamaged"] for instruction in instructions) > 0
    counted = [one for one in instructions if one["typeOfReceipt"] != "TRAINING_BELEG"]
    assert report.turnover_minor == sum(sum(cents(one)) for one in counted)


def test_the_four_forms_of_a_receipt_are_the_official_ones(run: Run) -> None:
    read = receipts(run)
    assert [compact_text(receipt) for receipt in read] == run.compacts
    assert [qr_text(receipt) for receipt in read] == run.json_of("qr-code-rep.json")
    assert [ocr_text(receipt) for receipt in read] == run.json_of("ocr-code-rep.json")
    assert [receipt_from_qr(text) for text in run.json_of("qr-code-rep.json")] == read
    assert [receipt_from_ocr(text) for text in run.json_of("ocr-code-rep.json")] == read


def test_turnover_counters_and_chain_are_those_we_would_write(run: Run) -> None:
    turnover_minor, before, encrypted = 0, "", 0
    for receipt, compact in zip(receipts(run), run.compacts, strict=True):
        record = receipt.record
        assert record.chain == chain_value(before or record.cash_box_id)
        before = compact
        turnover_minor += 0 if record.marker is Marker.TRAINING else record.amounts.total_minor
        if record.marker is None:
            encrypted += 1
            box, number, key = record.cash_box_id, record.number, run.keys.aes_key
            assert record.counter == encrypt_turnover(key, box, number, turnover_minor, len(record.counter))
            assert decrypt_turnover(key, box, number, record.counter) == turnover_minor
    assert encrypted > 40


def test_our_cash_box_makes_the_same_receipts_with_its_own_keys(run: Run) -> None:
    scenario = run.json_of("scenario.json")
    shop = replay(scenario)
    report = shop.verify()
    assert report.problems == ()
    assert report.receipts == len(run.compacts)
    official = receipts(run)
    ours = [receipt for compact in shop.compacts if isinstance(receipt := receipt_from_compact(compact), Receipt)]
    for theirs, made in zip(official, ours, strict=True):
        assert made.failed is theirs.failed
        assert made.record.marker is theirs.record.marker
        for name in ("suite", "cash_box_id", "number", "at", "amounts"):
            assert getattr(made.record, name) == getattr(theirs.record, name)
    assert ours[0].record.chain == official[0].record.chain


def test_our_cash_box_in_their_place_gives_their_units_the_same_texts_to_sign(run: Run) -> None:
    """With their AES key and after their receipts: all thirteen fields, byte for byte."""
    scenario = run.json_of("scenario.json")
    settings = RksvSettings(cash_box_id=scenario["cashBoxId"], suite="R1-AT100")
    box = resume(settings, run.keys.aes_key, ())
    steps = zip(scenario["cashBoxInstructionList"], receipts(run), run.compacts, strict=True)
    for instruction, theirs, compact in steps:
        ours = FiscalReceipt(
            kind=KINDS[instruction["typeOfReceipt"]],
            number=instruction["receiptIdentifier"],
            at=instruction["dateToUse"],
            taxes=taxes(*cents(instruction)),
        )
        pending = box.begin(ours, theirs.record.serial)
        assert pending.draft == record_text(theirs.record)
        assert theirs.failed or f"{(pending.to_be_signed or b'').decode()}." == compact[: compact.rindex(".") + 1]
        box = box.after(FiscalEntry(kind=ours.kind, number=ours.number, at=ours.at, record=compact))
    assert box.state.turnover_minor == verify(run.dep, run.keys).turnover_minor


def test_receipts_of_a_failed_unit_say_so_in_the_words_of_the_law(run: Run) -> None:
    failed = [compact for compact, receipt in zip(run.compacts, receipts(run), strict=True) if receipt.failed]
    assert failed
    assert {compact.rsplit(".", 1)[1] for compact in failed} == {"U2ljaGVyaGVpdHNlaW5yaWNodHVuZyBhdXNnZWZhbGxlbg"}
    assert FAILURE_TEXT == "Sicherheitseinrichtung ausgefallen"


def replay(scenario: dict[str, Any]) -> Shop:
    units = [new_unit() for _ in range(scenario["numberOfSignatureDevices"])]
    shop = Shop(units, RksvSettings(cash_box_id=scenario["cashBoxId"], suite="R1-AT100"))
    for instruction in scenario["cashBoxInstructionList"]:
        shop.make(
            KINDS[instruction["typeOfReceipt"]],
            *cents(instruction),
            works=not instruction["signatureDeviceDamaged"],
            unit=instruction["usedSignatureDevice"],
            at=instruction["dateToUse"],
            number=instruction["receiptIdentifier"],
        )
    return shop


def cents(instruction: dict[str, Any]) -> list[int]:
    return [int(Decimal(instruction["simplifiedReceipt"][name]) * 100) for name in SETS]
