"""An Austrian cash box through its life: which receipts come when, failures, recovery, months, its end."""

from __future__ import annotations

from dataclasses import replace

import msgspec
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from kiosk.domain.fiscal.interface import (
    FiscalEntry,
    FiscalError,
    FiscalReceipt,
    FiscalRegister,
    Pending,
    ReceiptKind,
    Trouble,
    UnitSignature,
)
from kiosk.domain.fiscal.rksv.cash_box import CashBox, RksvSettings, resume
from kiosk.domain.fiscal.rksv.compact import Receipt, receipt_from_compact, receipt_from_qr
from kiosk.domain.fiscal.rksv.counter import decrypt_turnover
from kiosk.domain.fiscal.rksv.record import Marker
from kiosk.domain.fiscal.rksv.verifier import verify
from tests.domain.fiscal.austria import AES_KEY, SETTINGS, Shop, dep_of, new_unit, taxes

SALE, VOID, TRAINING, ZERO, START, MONTHLY, YEARLY, RECOVERY, CLOSING = ReceiptKind
UNITS = [new_unit(), new_unit()]
KEY = UNITS[0]
AT = "2026-03-01T10:00:00"

AMOUNTS = st.lists(st.integers(-99_999, 99_999), max_size=5)


def started() -> Shop:
    shop = Shop(UNITS)
    shop.make(START)
    return shop


def sale(number: str = "N1", at: str = AT) -> FiscalReceipt:
    return FiscalReceipt(kind=SALE, number=number, at=at, taxes=taxes(1200))


def signature(pending: Pending) -> UnitSignature:
    assert pending.to_be_signed is not None
    return UnitSignature(signature=KEY.sign(pending.to_be_signed), certificate=KEY.certificate)


def receipt_in(entry: FiscalEntry) -> Receipt:
    receipt = receipt_from_compact(entry.record)
    assert isinstance(receipt, Receipt)
    return receipt


def test_a_cash_box_is_a_fiscal_register() -> None:
    register: FiscalRegister = CashBox(SETTINGS, AES_KEY)
    assert register.due(AT, unit_ready=False) == (START,)


def test_nothing_comes_before_the_start_receipt_and_it_comes_once() -> None:
    shop = Shop(UNITS)
    with pytest.raises(FiscalError, match="before the start receipt"):
        shop.make(SALE, 100)
    entry = shop.make(START).entry
    assert entry is not None
    assert receipt_in(entry).record.is_zero
    assert shop.box.due(AT, unit_ready=True) == ()
    with pytest.raises(FiscalError, match="after the start receipt"):
        shop.make(START)


def test_a_start_receipt_without_a_signature_never_happened() -> None:
    shop = Shop(UNITS)
    finished = shop.make(START, works=False)
    assert (finished.entry, finished.mark, finished.trouble) == (None, None, Trouble.NO_ANSWER)
    assert shop.box.due(AT, unit_ready=True) == (START,)
    shop.make(START)
    assert shop.verify().intact


def test_a_sale_is_signed_counted_and_marked() -> None:
    shop = started()
    finished = shop.make(SALE, 1200, 0, 0, 0, 34)
    assert finished.trouble is None
    assert finished.entry is not None
    assert finished.mark is not None
    assert not finished.mark.failed
    assert finished.mark.notices == ()
    receipt = receipt_in(finished.entry)
    assert receipt_from_qr(finished.mark.machine_code) == receipt
    assert finished.mark.machine_code.startswith("_R1-AT1_S01/3_R2_2026-03-01T00:02:00_12,00_0,00_0,00_0,00_0,34_")
    assert decrypt_turnover(AES_KEY, "S01/3", "R2", receipt.record.counter) == 1234
    assert shop.box.mark(finished.entry) == finished.mark


def test_without_an_answer_the_sale_goes_on_and_its_receipt_says_so() -> None:
    shop = started()
    finished = shop.make(SALE, 1200, works=False)
    assert finished.trouble is Trouble.NO_ANSWER
    assert finished.mark is not None
    assert finished.mark.failed
    assert finished.mark.notices == ("Sicherheitseinrichtung ausgefallen",)
    assert finished.mark.machine_code.endswith("_U2ljaGVyaGVpdHNlaW5yaWNodHVuZyBhdXNnZWZhbGxlbg==")
    assert shop.box.state.turnover_minor == 1200


def test_after_a_failure_a_signed_zero_receipt_comes_first() -> None:
    shop = started()
    shop.make(SALE, 1200, works=False)
    assert shop.box.due(AT, unit_ready=False) == ()
    assert shop.box.due(AT, unit_ready=True) == (RECOVERY,)
    # The unit is back, but its recovery receipt is not made yet: it is not even asked.
    assert shop.make(SALE, 100).trouble is Trouble.NOT_RECOVERED
    assert shop.make(RECOVERY, works=False).entry is None
    assert shop.box.due(AT, unit_ready=True) == (RECOVERY,)
    recovery = shop.make(RECOVERY)
    assert recovery.mark is not None
    assert recovery.mark.notices == ("Sammelbeleg",)
    assert shop.box.due(AT, unit_ready=True) == ()
    assert shop.make(SALE, 100).trouble is None
    assert shop.verify().intact


def test_a_zero_receipt_that_an_auditor_asks_for_is_made_even_while_the_unit_is_out() -> None:
    shop = started()
    finished = shop.make(ZERO, works=False)
    assert finished.mark is not None
    assert finished.mark.notices == ("Nullbeleg", "Sicherheitseinrichtung ausgefallen")
    assert shop.box.due(AT, unit_ready=True) == (RECOVERY,)
    assert shop.make(ZERO).trouble is None
    assert shop.box.due(AT, unit_ready=True) == ()
    assert shop.verify().intact


def test_training_is_marked_and_never_counted_and_a_void_is_marked_and_counted() -> None:
    shop = started()
    shop.make(SALE, 1000)
    training = shop.make(TRAINING, 5000)
    assert shop.box.state.turnover_minor == 1000
    void = shop.make(VOID, -1000)
    assert shop.box.state.turnover_minor == 0
    for finished, marker, notice in ((training, Marker.TRAINING, "Trainingsbuchung"), (void, Marker.VOID, "Storno")):
        assert finished.entry is not None
        assert finished.mark is not None
        assert receipt_in(finished.entry).record.marker is marker
        assert finished.mark.notices == (notice,)
    assert shop.verify().intact


def test_each_month_that_had_turnover_is_ended_once_and_a_year_by_its_last_month() -> None:
    shop = Shop(UNITS)
    shop.make(START, at="2026-10-30T08:00:00")
    shop.make(SALE, 100, at="2026-10-31T20:00:00")
    assert shop.box.due("2026-10-31T23:59:59", unit_ready=True) == ()
    assert shop.box.due("2026-11-01T00:00:00", unit_ready=True) == (MONTHLY,)
    assert shop.box.due("2026-11-01T00:00:00", unit_ready=False) == ()
    assert shop.make(MONTHLY, works=False, at="2026-11-01T07:59:00").entry is None
    assert shop.box.due("2026-11-01T08:00:00", unit_ready=True) == (MONTHLY,)
    shop.make(MONTHLY, at="2026-11-01T08:00:00")
    shop.make(TRAINING, 5, at="2026-11-02T08:00:00")
    assert shop.box.due("2026-12-01T08:00:00", unit_ready=True) == ()
    shop.make(SALE, 100, at="2026-12-31T18:00:00")
    shop.make(SALE, 100, at="2027-01-02T08:00:00", works=False)
    assert shop.box.state.open_month == "2027-01"
    shop.make(RECOVERY, at="2027-01-02T08:01:00")
    assert shop.verify().intact


@pytest.mark.parametrize("at", ["2027-01-01T00:00:00", "2027-03-05T09:00:00"])
def test_a_new_year_begins_with_the_yearly_receipt_also_after_a_failure(at: str) -> None:
    shop = Shop(UNITS)
    shop.make(START, at="2026-11-30T08:00:00")
    shop.make(SALE, 100, works=False, at="2026-12-31T20:00:00")
    assert shop.box.due(at, unit_ready=True) == (RECOVERY, YEARLY)
    for kind in (RECOVERY, YEARLY):
        shop.make(kind, at=at)
    assert shop.box.due(at, unit_ready=True) == ()
    assert shop.verify().intact


def test_a_month_ended_on_its_last_evening_is_not_ended_again() -> None:
    shop = Shop(UNITS)
    shop.make(START, at="2026-10-30T08:00:00")
    shop.make(MONTHLY, at="2026-10-31T20:00:00")
    assert shop.box.due("2026-11-02T08:00:00", unit_ready=True) == ()


def test_after_its_closing_receipt_a_cash_box_makes_no_more() -> None:
    shop = started()
    assert shop.make(CLOSING, works=False).entry is None
    assert not shop.box.state.closed
    closing = shop.make(CLOSING)
    assert closing.mark is not None
    assert closing.mark.notices == ("Schlussbeleg",)
    assert shop.box.due("2027-01-01T00:00:00", unit_ready=True) == ()
    for kind in (SALE, ZERO, START):
        with pytest.raises(FiscalError, match="closed for ever"):
            shop.make(kind)
    assert shop.verify().intact


def test_an_answer_that_is_no_signature_of_this_receipt_counts_as_none() -> None:
    shop = started()
    pending = shop.box.begin(sale(), KEY.serial)
    good = signature(pending)
    flipped = bytes([good.signature[0] ^ 1]) + good.signature[1:]
    cases = [
        (msgspec.structs.replace(good, signature=flipped), Trouble.BAD_SIGNATURE),
        (msgspec.structs.replace(good, signature=b""), Trouble.BAD_SIGNATURE),
        (msgspec.structs.replace(good, signature=bytes(64)), Trouble.BAD_SIGNATURE),
        (msgspec.structs.replace(good, certificate=UNITS[1].certificate), Trouble.OTHER_UNIT),
        (msgspec.structs.replace(good, certificate=b"none"), Trouble.OTHER_UNIT),
    ]
    for answer, trouble in cases:
        finished = shop.box.finish(pending, answer)
        assert finished.trouble is trouble
        assert finished.mark is not None
        assert finished.mark.failed
    assert shop.box.finish(pending, good).trouble is None


def test_a_receipt_begun_before_another_was_finished_is_refused() -> None:
    shop = started()
    pending = shop.box.begin(sale(), KEY.serial)
    shop.make(SALE, 5)
    with pytest.raises(FiscalError, match="was not begun on what the cash box now is"):
        shop.box.finish(pending, signature(pending))
    with pytest.raises(FiscalError, match="was not begun"):
        shop.box.finish(msgspec.structs.replace(pending, draft="nonsense"), None)


def test_what_was_begun_survives_a_crash_and_is_finished_as_unsigned() -> None:
    shop = started()
    kept = msgspec.json.encode(shop.box.begin(sale(), KEY.serial))
    again = resume(SETTINGS, AES_KEY, shop.entries)
    finished = again.finish(msgspec.json.decode(kept, type=Pending), None)
    assert finished.entry is not None
    shop.entries.append(finished.entry)
    assert verify(shop.dep(), shop.keys).unsigned == 1


@pytest.mark.parametrize(
    ("receipt", "said"),
    [
        (msgspec.structs.replace(sale(), number="a_b"), "no receipt number"),
        (msgspec.structs.replace(sale(), number=""), "no receipt number"),
        (msgspec.structs.replace(sale(), number="a b"), "no receipt number"),
        (msgspec.structs.replace(sale(), number="a\n"), "no receipt number"),
        (msgspec.structs.replace(sale(), at="2026-02-30T10:00:00"), "no local time"),
        (msgspec.structs.replace(sale(), at="2026-03-01T10:00:00Z"), "no local time"),
        (msgspec.structs.replace(sale(), kind=ZERO), "holds no amounts"),
        (msgspec.structs.replace(sale(), kind=CLOSING), "holds no amounts"),
    ],
)
def test_what_cannot_be_a_receipt_is_refused_with_a_remedy(receipt: FiscalReceipt, said: str) -> None:
    with pytest.raises(FiscalError, match=said) as caught:
        started().box.begin(receipt, KEY.serial)
    assert caught.value.remedy


def test_a_start_needs_a_unit_and_later_receipts_remember_it() -> None:
    start = FiscalReceipt(kind=START, number="N1", at=AT)
    with pytest.raises(FiscalError, match="has not been heard of yet"):
        CashBox(SETTINGS, AES_KEY).begin(start, None)
    assert f"_{KEY.serial}_" in started().box.begin(sale(), None).draft


def test_a_closed_system_names_its_company_instead_of_a_certificate() -> None:
    settings = RksvSettings(cash_box_id="S01/3", suite="R1-AT0", signer_id="U:ATU12345678-1", counter_bytes=5)
    shop = Shop([KEY], settings)
    shop.make(START)
    shop.make(SALE, 100)
    assert "_U:ATU12345678-1_" in receipt_text(shop.entries[1])
    assert len(receipt_in(shop.entries[1]).record.counter) == 5
    assert shop.verify().problems == ()


def receipt_text(entry: FiscalEntry) -> str:
    return Shop([KEY]).box.mark(entry).machine_code


def test_the_certificate_is_in_the_entries_wherever_another_unit_took_over() -> None:
    shop = Shop(UNITS)
    shop.make(START)
    for unit in (0, 0, 1, 1, 1, 0):
        shop.make(SALE, 5, unit=unit)
    shop.make(SALE, 5, unit=1, works=False)
    shop.make(RECOVERY, unit=1)
    stated = [bool(entry.certificate) for entry in shop.entries]
    assert stated == [True, False, False, True, False, False, True, False, True]
    assert [len(group.receipts) for group in shop.dep().groups] == [3, 3, 2, 1]
    assert shop.verify().problems == ()


def test_a_counter_that_does_not_fit_is_refused_with_a_remedy() -> None:
    shop = Shop([KEY], msgspec.structs.replace(SETTINGS, counter_bytes=5))
    shop.make(START)
    shop.make(SALE, 2**39 - 1)
    with pytest.raises(FiscalError, match=r"does not fit into 5 bytes.*counter_bytes to 8"):
        shop.make(SALE, 1)
    shop.make(SALE, -(2**40) + 1)
    assert shop.box.state.turnover_minor == -(2**39)
    assert shop.verify().intact


def test_the_ledger_of_another_cash_box_or_with_a_gap_is_refused() -> None:
    shop = started()
    shop.make(SALE, 5)
    shop.make(SALE, 6)
    other = msgspec.structs.replace(SETTINGS, cash_box_id="S01/4")
    with pytest.raises(FiscalError, match=r"is of cash box S01/3, not S01/4"):
        resume(other, AES_KEY, shop.entries)
    with pytest.raises(FiscalError, match="does not follow"):
        resume(SETTINGS, AES_KEY, [shop.entries[0], shop.entries[2]])
    with pytest.raises(FiscalError, match="cannot be read"):
        resume(SETTINGS, AES_KEY, [msgspec.structs.replace(shop.entries[0], record="x")])


def test_the_aes_key_is_checked_and_stays_out_of_texts() -> None:
    with pytest.raises(FiscalError, match="has not 32 bytes"):
        CashBox(SETTINGS, b"short")
    assert repr(AES_KEY) not in repr(CashBox(SETTINGS, AES_KEY))


STEPS = st.tuples(
    st.sampled_from([SALE, SALE, SALE, VOID, TRAINING, ZERO, MONTHLY, RECOVERY]),
    AMOUNTS,
    st.booleans(),
    st.integers(0, 1),
)


def life(steps: list[tuple[ReceiptKind, list[int], bool, int]], *, heed: bool) -> Shop:
    """A cash box that goes through `steps`; `heed` makes what is due first. The last receipt is signed."""
    shop = started()
    for kind, amounts, works, unit in steps:
        if heed and works:
            for due in shop.box.due(AT, unit_ready=True):
                shop.make(due, unit=unit)
        shop.make(kind, *(amounts if kind in (SALE, VOID, TRAINING) else ()), works=works, unit=unit)
    shop.make(CLOSING)
    return shop


@given(st.lists(STEPS, max_size=12), st.booleans())
def test_whatever_happens_to_a_lane_its_receipts_verify(
    steps: list[tuple[ReceiptKind, list[int], bool, int]], heed: bool
) -> None:
    shop = life(steps, heed=heed)
    report = shop.verify()
    assert report.problems == ()
    assert report.receipts == len(shop.entries)
    counted = [sum(amounts) for kind, amounts, _, _ in steps if kind in (SALE, VOID)]
    assert report.turnover_minor == shop.box.state.turnover_minor == sum(counted)
    assert resume(SETTINGS, AES_KEY, shop.entries) == shop.box


@given(st.lists(STEPS, max_size=6), st.data())
def test_one_changed_byte_anywhere_does_not_verify(
    steps: list[tuple[ReceiptKind, list[int], bool, int]], data: st.DataObject
) -> None:
    shop = life(steps, heed=True)
    compacts, keys = shop.compacts, shop.keys
    place = data.draw(st.integers(0, len(compacts) - 1))
    raw = bytearray(compacts[place].encode())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    forged = raw.decode("latin-1")
    assume(forged != compacts[place])
    report = verify(dep_of([*compacts[:place], forged, *compacts[place + 1 :]]), keys)
    assert report.problems
    assert all(problem.remedy for problem in report.problems)


@given(st.lists(STEPS, min_size=1, max_size=6), st.data())
def test_a_receipt_taken_out_put_in_twice_or_moved_does_not_verify(
    steps: list[tuple[ReceiptKind, list[int], bool, int]], data: st.DataObject
) -> None:
    shop = life(steps, heed=False)
    compacts = shop.compacts
    place = data.draw(st.integers(0, len(compacts) - 2))
    for wrong in (
        compacts[:place] + compacts[place + 1 :],
        compacts[: place + 1] + compacts[place:],
        [*compacts[:place], compacts[place + 1], compacts[place], *compacts[place + 2 :]],
    ):
        assert not verify(dep_of(wrong), shop.keys).intact


@given(st.lists(STEPS, max_size=4))
def test_a_unit_without_its_key_cannot_stand_in(steps: list[tuple[ReceiptKind, list[int], bool, int]]) -> None:
    shop = life(steps, heed=True)
    stranger = Shop([new_unit()]).keys
    swapped = replace(shop.keys, units=dict.fromkeys(shop.keys.units, next(iter(stranger.units.values()))))
    assert not verify(dep_of(shop.compacts), swapped).intact
