"""Whatever is done to receipts afterwards is found and named."""

from __future__ import annotations

import random
import string
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from kiosk.domain.fiscal.interface import ReceiptKind
from kiosk.domain.fiscal.rksv.compact import FAILURE_TEXT, Receipt, compact_text, receipt_from_compact
from kiosk.domain.fiscal.rksv.dep import Dep
from kiosk.domain.fiscal.rksv.record import Marker, Record
from kiosk.domain.fiscal.rksv.texts import to_base64, to_base64url
from kiosk.domain.fiscal.rksv.verifier import Fault, verify
from tests.domain.fiscal.austria import RUNS, Run, Shop, dep_of, faults, new_unit, run_in

Change = Callable[[Record], Record]

SALE, VOID, TRAINING, ZERO, START = (
    ReceiptKind.SALE,
    ReceiptKind.VOID,
    ReceiptKind.TRAINING,
    ReceiptKind.ZERO,
    ReceiptKind.START,
)

B64URL = string.ascii_letters + string.digits + "-_"
FAILURE = to_base64url(FAILURE_TEXT.encode())
# As `last_compact`: the box counts as started, and its next receipt chains to its name as a first one does.
JUST_BORN = "S01/3"

CHANGES: dict[str, Change] = {
    "suite": lambda record: replace(record, suite="R1-AT9"),
    "cash_box_id": lambda record: replace(record, cash_box_id="other"),
    "number": lambda record: replace(record, number="other"),
    "at": lambda record: replace(record, at="2016-01-01T00:00:00"),
    "normal": lambda record: replace(record, amounts=replace(record.amounts, normal_minor=1)),
    "reduced_1": lambda record: replace(record, amounts=replace(record.amounts, reduced_1_minor=1)),
    "reduced_2": lambda record: replace(record, amounts=replace(record.amounts, reduced_2_minor=1)),
    "zero": lambda record: replace(record, amounts=replace(record.amounts, zero_minor=1)),
    "special": lambda record: replace(record, amounts=replace(record.amounts, special_minor=1)),
    "counter": lambda record: replace(record, counter=bytes([record.counter[0] ^ 1, *record.counter[1:]])),
    "training": lambda record: replace(record, counter=Marker.TRAINING.value),
    "void": lambda record: replace(record, counter=Marker.VOID.value),
    "serial": lambda record: replace(record, serial="abcdef"),
    "chain": lambda record: replace(record, chain=bytes(8)),
}


@pytest.fixture(scope="module", params=RUNS)
def run(request: pytest.FixtureRequest, shared_data: Path) -> Run:
    return run_in(shared_data, request.param)


@pytest.fixture
def shop() -> Shop:
    """A day with everything in it; the last receipt is signed."""
    made = Shop()
    made.make(START)
    for step in range(3):
        made.make(SALE, 1234 + step, 500, 0, 20, 99)
    made.make(TRAINING, 777)
    made.make(VOID, -1234, -500, 0, -20, -99)
    made.make(SALE, 100, works=False)
    made.make(SALE, 200)
    made.make(ReceiptKind.RECOVERY)
    made.make(SALE, 300)
    assert made.verify().intact
    return made


def changed(compact: str, change: Change) -> str:
    receipt = receipt_from_compact(compact)
    assert isinstance(receipt, Receipt)
    return compact_text(Receipt(change(receipt.record), receipt.signature))


@pytest.mark.parametrize("name", CHANGES)
def test_every_changed_field_of_every_receipt_is_found(shop: Shop, name: str) -> None:
    for place, compact in enumerate(shop.compacts):
        forged = changed(compact, CHANGES[name])
        if forged == compact:
            continue
        report = verify(dep_of([*shop.compacts[:place], forged, *shop.compacts[place + 1 :]]), shop.keys)
        assert not report.intact
        assert {problem.position for problem in report.problems} & {place + 1, place + 2}
        assert all(problem.meaning and problem.remedy for problem in report.problems)


@pytest.mark.parametrize("name", CHANGES)
def test_changed_fields_of_official_receipts_are_found(run: Run, name: str) -> None:
    compacts = run.compacts
    for place in (0, 7, 20, 40, len(compacts) - 1):
        forged = changed(compacts[place], CHANGES[name])
        if forged == compacts[place]:
            continue
        assert not verify(dep_of([*compacts[:place], forged, *compacts[place + 1 :]]), run.keys).intact


def test_every_receipt_taken_out_of_an_official_run_is_missed(run: Run) -> None:
    compacts = run.compacts
    for place in range(len(compacts) - 1):
        report = verify(dep_of(compacts[:place] + compacts[place + 1 :]), run.keys)
        assert Fault.BROKEN_CHAIN in faults(report)
        assert report.problems[0].position == place + 1
    unsigned = next(place for place, compact in enumerate(compacts) if compact.endswith(FAILURE))
    assert Fault.NO_START_RECEIPT in faults(verify(dep_of(compacts[unsigned:]), run.keys))


def test_swapped_doubled_and_foreign_receipts_are_found(shop: Shop) -> None:
    compacts = shop.compacts
    other = Shop(shop.units)
    other.make(START)
    other.make(SALE, 55)
    for place in range(1, len(compacts) - 1):
        swapped = [*compacts[:place], compacts[place + 1], compacts[place], *compacts[place + 2 :]]
        assert Fault.BROKEN_CHAIN in faults(verify(dep_of(swapped), shop.keys))
        doubled = [*compacts[: place + 1], *compacts[place:]]
        assert faults(verify(dep_of(doubled), shop.keys)) >= {Fault.BROKEN_CHAIN, Fault.NUMBER_USED_TWICE}
        foreign = [*compacts[:place], other.compacts[1], *compacts[place:]]
        assert Fault.BROKEN_CHAIN in faults(verify(dep_of(foreign), shop.keys))


def test_a_changed_signature_is_found(shop: Shop) -> None:
    receipt = receipt_from_compact(shop.compacts[-1])
    assert isinstance(receipt, Receipt)
    assert receipt.signature is not None
    for place in range(64):
        signature = bytearray(receipt.signature)
        signature[place] ^= 1
        forged = compact_text(Receipt(receipt.record, bytes(signature)))
        report = verify(dep_of([*shop.compacts[:-1], forged]), shop.keys)
        assert [problem.fault for problem in report.problems] == [Fault.BAD_SIGNATURE]
        assert report.problems[0].number == shop.entries[-1].number


def test_another_spelling_of_the_same_signature_is_found(run: Run) -> None:
    """Base64 has bits to spare in its last sign: decoders overlook them, and no later receipt's chain would tell."""
    *before, last = run.compacts
    spellings = [last[:-1] + sign for sign in B64URL if sign != last[-1]]
    assert all(not verify(dep_of([*before, spelling]), run.keys).intact for spelling in spellings)


def test_a_signature_turned_into_a_failure_is_found(shop: Shop) -> None:
    receipt = receipt_from_compact(shop.compacts[1])
    assert isinstance(receipt, Receipt)
    forged = compact_text(Receipt(receipt.record, None))
    report = verify(dep_of([shop.compacts[0], forged, *shop.compacts[2:]]), shop.keys)
    assert faults(report) == {Fault.BROKEN_CHAIN, Fault.NO_RECOVERY_RECEIPT}


def test_another_aes_key_is_a_wrong_turnover_everywhere(run: Run) -> None:
    keys = replace(run.keys, aes_key=bytes(32))
    report = verify(run.dep, keys)
    assert faults(report) == {Fault.WRONG_TURNOVER}
    assert report.problems[0].position == 1
    assert len(report.problems) > 40


def test_another_certificate_and_none_are_found(shop: Shop) -> None:
    keys = shop.keys
    stranger = Shop([new_unit()]).keys
    serial = shop.units[0].serial
    report = verify(dep_of(shop.compacts), replace(keys, units={serial: next(iter(stranger.units.values()))}))
    assert faults(report) == {Fault.BAD_SIGNATURE}
    report = verify(dep_of(shop.compacts), replace(keys, units={}))
    assert faults(report) == {Fault.UNKNOWN_UNIT}
    assert len(report.problems) == len(shop.compacts)


def test_a_wrong_sum_under_a_right_signature_is_found_once(shop: Shop) -> None:
    """A cash box that lies: it signs a sale, and counts less."""
    liar = Shop(shop.units)
    liar.make(START)
    liar.make(SALE, 1000)
    liar.box = replace(liar.box, state=msgspec.structs.replace(liar.box.state, turnover_minor=10))
    liar.make(SALE, 500)
    liar.make(SALE, 500)
    report = liar.verify()
    assert [(problem.number, problem.fault) for problem in report.problems] == [("R3", Fault.WRONG_TURNOVER)]
    assert "510" in report.problems[0].meaning
    assert "1500" in report.problems[0].meaning


def test_a_start_that_is_none_is_found(shop: Shop) -> None:
    for kind, amounts in ((SALE, (5,)), (TRAINING, ()), (VOID, ())):
        box = Shop(shop.units)
        box.box = replace(box.box, state=msgspec.structs.replace(box.box.state, last_compact=JUST_BORN))
        box.make(kind, *amounts)
        assert faults(box.verify()) == {Fault.NO_START_RECEIPT}


def test_a_signed_sale_right_after_a_failure_is_found(shop: Shop) -> None:
    for kind, amounts in ((SALE, (5,)), (SALE, (0,)), (TRAINING, ()), (VOID, (-5,))):
        box = Shop(shop.units)
        box.make(START)
        box.make(SALE, 100, works=False)
        box.box = replace(box.box, state=msgspec.structs.replace(box.box.state, failed=False))
        box.make(kind, *amounts)
        wanted = set() if amounts == (0,) else {Fault.NO_RECOVERY_RECEIPT}
        assert faults(box.verify()) == wanted


def test_a_clock_set_back_is_found_and_the_end_of_summer_time_is_not(shop: Shop) -> None:
    box = Shop(shop.units)
    box.make(START, at="2026-10-25T02:59:00")
    box.make(SALE, 5, at="2026-10-25T02:00:00")
    assert box.verify().intact
    box.make(SALE, 5, at="2026-10-25T00:59:59")
    report = box.verify()
    assert [(problem.position, problem.fault) for problem in report.problems] == [(3, Fault.TIME_GOES_BACK)]


def test_receipts_of_two_cash_boxes_in_one_export_are_found(shop: Shop) -> None:
    other = Shop(shop.units, msgspec.structs.replace(shop.settings, cash_box_id="S01/4"))
    other.make(START)
    report = verify(dep_of([*shop.compacts, *other.compacts]), shop.keys)
    assert {Fault.OTHER_CASH_BOX, Fault.BROKEN_CHAIN} <= faults(report)


def test_a_certificate_of_a_group_that_is_not_its_units_is_found(shop: Shop) -> None:
    two = Shop([*shop.units, new_unit()])
    two.make(START)
    two.make(ZERO, unit=1)
    groups = two.dep().groups
    assert [len(group.receipts) for group in groups] == [1, 1]
    crossed = Dep(
        tuple(
            msgspec.structs.replace(group, certificate=other.certificate)
            for group, other in zip(groups, reversed(groups), strict=True)
        )
    )
    assert faults(verify(crossed, two.keys)) == {Fault.WRONG_CERTIFICATE}
    strange = msgspec.structs.replace(groups[0], certificate=to_base64(new_unit().certificate))
    report = verify(Dep((strange, groups[1])), two.keys)
    assert faults(report) == {Fault.WRONG_CERTIFICATE}
    broken = msgspec.structs.replace(groups[0], certificate="%%%")
    assert faults(verify(Dep((broken, groups[1])), two.keys)) == {Fault.WRONG_CERTIFICATE}


def test_what_is_no_receipt_is_named_and_the_rest_still_verified(shop: Shop) -> None:
    for place in (0, 3, len(shop.compacts) - 1):
        compacts = [*shop.compacts[:place], "garbage", *shop.compacts[place + 1 :]]
        report = verify(dep_of(compacts), shop.keys)
        assert Fault.UNREADABLE in faults(report)
        assert (place == 0) is (Fault.NO_START_RECEIPT in faults(report))
        assert report.receipts == len(compacts)
    assert faults(verify(dep_of([]), shop.keys)) == faults(verify(Dep(()), shop.keys)) == {Fault.EMPTY}


def test_any_changed_byte_of_an_official_run_is_found(run: Run) -> None:
    compacts, keys = run.compacts, run.keys
    chance = random.Random(7)
    assert not compacts[-1].endswith(FAILURE), "a last receipt without a signature could be changed unseen"
    for _ in range(60):
        place = chance.randrange(len(compacts))
        at = chance.randrange(len(compacts[place]))
        other = chance.choice([c for c in "ABCxyz019-_.=%é" if c != compacts[place][at]])
        forged = compacts[place][:at] + other + compacts[place][at + 1 :]
        assert not verify(dep_of([*compacts[:place], forged, *compacts[place + 1 :]]), keys).intact
