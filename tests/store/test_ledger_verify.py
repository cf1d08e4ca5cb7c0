"""Whatever is done to an entry, the check finds it and names it by position."""

from __future__ import annotations

import functools
import tempfile
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kiosk.messages.contents import LaneOpened
from kiosk.messages.entry import NO_HASH, SealedEntry, entry_from, hash_of
from kiosk.store.signing import DeviceKey
from kiosk.store.verify import Fault, Problem, Row, verify
from tests.store.tills import Device, attempt, cancelled, result, sale

FIRST, SECOND = 9, 6


@functools.cache
def ledger() -> tuple[tuple[Row, ...], str]:
    """The rows of a real till of two epochs, and its public key."""
    with tempfile.TemporaryDirectory() as folder:
        device = Device(Path(folder))
        with closing(device.till()) as till:
            till.record([LaneOpened(operator="mary", business_day="2026-03-01")], b"")
            till.begin_tender(attempt("a1"), [], b"")
            till.book(sale(1, "a1"), [result("a1", "approved")], b"")
            till.record([cancelled(number) for number in range(2, 6)], b"")
            till.open_epoch("fork")
            till.record([cancelled(number) for number in range(6, 11)], b"")
        return tuple(device.rows()), device.key.public_hex


def problems(rows: Sequence[Row], *, key: bool = True, heads: dict[str, int] | None = None) -> tuple[Problem, ...]:
    return verify(rows, ledger()[1] if key else None, heads=heads).problems


def named(found: Sequence[Problem]) -> set[tuple[str, int, Fault]]:
    return {(problem.epoch, problem.position, problem.fault) for problem in found}


def altered(rows: Sequence[Row], index: int, **change: object) -> list[Row]:
    row = rows[index]
    sealed = msgspec.structs.replace(row.sealed, **change)
    return [*rows[:index], Row(row.epoch, sealed), *rows[index + 1 :]]


@functools.cache
def stranger() -> DeviceKey:
    with tempfile.TemporaryDirectory() as folder:
        return DeviceKey.create(Path(folder) / "device.key")


def forged(row: Row, key: DeviceKey | None = None, **change: object) -> SealedEntry:
    """An entry rewritten with a fitting hash, signed by somebody else or with its old signature."""
    body = msgspec.json.encode(msgspec.structs.replace(entry_from(row.sealed.body), **change)).decode()
    digest = hash_of(body)
    signature = key.sign(digest) if key else row.sealed.signature
    return msgspec.structs.replace(row.sealed, body=body, hash=digest, signature=signature)


indexes = st.integers(0, FIRST + SECOND - 1)


def test_a_whole_ledger_is_intact() -> None:
    rows, key = ledger()
    assert len(rows) == FIRST + SECOND
    report = verify(rows, key, heads={rows[-1].epoch: SECOND})
    assert report.intact
    assert (report.entries, report.epochs, report.signatures_checked) == (FIRST + SECOND, 2, True)
    assert (report.position, report.hash) == (SECOND, rows[-1].sealed.hash)
    assert not verify(rows, None).signatures_checked


def test_nothing_is_an_empty_ledger() -> None:
    report = verify([], None)
    assert (report.intact, report.entries, report.epochs, report.position, report.hash) == (True, 0, 0, 0, NO_HASH)


@settings(deadline=None)  # the machine may be busy; nothing is timed here
@given(index=indexes, part=st.sampled_from(["body", "hash", "signature"]), data=st.data())
def test_any_changed_character_is_found_at_its_position(index: int, part: str, data: st.DataObject) -> None:
    rows, _ = ledger()
    text = getattr(rows[index].sealed, part)
    at = data.draw(st.integers(0, len(text) - 1))
    sign = data.draw(st.characters(exclude_categories=["Cs"]).filter(lambda sign: sign != text[at]))
    found = problems(altered(rows, index, **{part: text[:at] + sign + text[at + 1 :]}))
    fault = Fault.BADLY_SIGNED if part == "signature" else Fault.CHANGED
    assert (rows[index].epoch, rows[index].sealed.position, fault) in named(found)
    assert all(problem.position in {index + 1, index + 2, index - FIRST + 1, index - FIRST + 2} for problem in found)


@settings(deadline=None)  # the machine may be busy; nothing is timed here
@given(index=indexes)
def test_any_entry_taken_out_is_missed_by_its_position(index: int) -> None:
    rows, _ = ledger()
    found = problems([*rows[:index], *rows[index + 1 :]], heads={rows[-1].epoch: SECOND})
    row = rows[index]
    assert (row.epoch, row.sealed.position, Fault.MISSING) in named(found)


@settings(deadline=None)  # the machine may be busy; nothing is timed here
@given(cut=st.integers(1, SECOND))
def test_a_missing_end_is_found(cut: int) -> None:
    rows, _ = ledger()
    found = problems(rows[:-cut], heads={rows[-1].epoch: SECOND})
    assert named(found) == {(rows[-1].epoch, SECOND - cut + 1, Fault.MISSING)}


@settings(deadline=None)  # the machine may be busy; nothing is timed here
@given(cut=st.integers(1, FIRST - 1))
def test_a_missing_end_of_an_older_epoch_is_known_by_its_successor(cut: int) -> None:
    rows, _ = ledger()
    found = problems([*rows[: FIRST - cut], *rows[FIRST:]])
    assert named(found) == {(rows[0].epoch, FIRST - cut + 1, Fault.MISSING)}


def test_a_missing_epoch_is_found() -> None:
    rows, _ = ledger()
    assert named(problems(rows[FIRST:])) == {(rows[0].epoch, 1, Fault.MISSING)}


@settings(deadline=None)  # the machine may be busy; nothing is timed here
@given(pair=st.lists(indexes, min_size=2, max_size=2, unique=True).map(sorted))
def test_any_two_lines_swapped_are_found(pair: list[int]) -> None:
    rows, _ = ledger()
    first, second = pair
    swapped = list(rows)
    swapped[first], swapped[second] = swapped[second], swapped[first]
    found = problems(swapped)
    if rows[first].epoch == rows[second].epoch:
        assert (rows[first].epoch, rows[first].sealed.position, Fault.REORDERED) in named(found)
        assert all(problem.fault is Fault.REORDERED for problem in found)
    else:
        assert found or epochs_apart(swapped)


def epochs_apart(rows: Sequence[Row]) -> bool:
    """Whether each epoch by itself is still in order: lines of two epochs may lie between one another."""
    return all(
        [row.sealed.position for row in rows if row.epoch == epoch]
        == sorted(row.sealed.position for row in rows if row.epoch == epoch)
        for epoch in {row.epoch for row in rows}
    )


@settings(deadline=None)  # the machine may be busy; nothing is timed here
@given(pair=st.lists(indexes, min_size=2, max_size=2, unique=True))
def test_any_two_contents_swapped_are_found_at_both_places(pair: list[int]) -> None:
    rows, _ = ledger()
    swapped = list(rows)
    for here, there in (pair, reversed(pair)):
        place, entry = rows[here], rows[there].sealed
        moved = msgspec.structs.replace(entry, position=place.sealed.position)
        swapped[here] = Row(place.epoch, moved)
    expected = {(rows[index].epoch, rows[index].sealed.position, Fault.REORDERED) for index in pair}
    assert expected <= named(problems(swapped))


@settings(deadline=None)  # the machine may be busy; nothing is timed here
@given(index=indexes, at=indexes)
def test_any_entry_twice_is_found(index: int, at: int) -> None:
    rows, _ = ledger()
    doubled = [*rows[:at], rows[index], *rows[at:]]
    found = named(problems(doubled))
    assert any((epoch, fault) == (rows[index].epoch, Fault.REORDERED) for epoch, _, fault in found)


@settings(deadline=None)  # the machine may be busy; nothing is timed here
@given(index=indexes)
def test_a_rewritten_entry_lacks_the_signature(index: int) -> None:
    rows, _ = ledger()
    row = rows[index]
    for key in (None, stranger()):
        entry = forged(row, key, at="2026-12-24T18:00:00.000Z")
        found = problems([*rows[:index], Row(row.epoch, entry), *rows[index + 1 :]])
        assert (row.epoch, row.sealed.position, Fault.BADLY_SIGNED) in named(found)


@settings(deadline=None)  # the machine may be busy; nothing is timed here
@given(index=st.integers(0, FIRST + SECOND - 2))
def test_without_a_key_a_rewritten_entry_breaks_the_chain_behind_it(index: int) -> None:
    rows, _ = ledger()
    row = rows[index]
    entry = forged(row, stranger(), at="2026-12-24T18:00:00.000Z")
    found = problems([*rows[:index], Row(row.epoch, entry), *rows[index + 1 :]], key=False)
    at_end = index == FIRST - 1
    expected = (row.epoch, FIRST, Fault.CHANGED) if at_end else (row.epoch, row.sealed.position + 1, Fault.REORDERED)
    assert named(found) == {expected}


@settings(deadline=None)  # the machine may be busy; nothing is timed here
@given(index=st.integers(1, FIRST + SECOND - 1))
def test_an_entry_of_another_workstation_is_named(index: int) -> None:
    rows, _ = ledger()
    row = rows[index]
    entry = forged(row, workstation_id="08")
    found = problems([*rows[:index], Row(row.epoch, entry), *rows[index + 1 :]], key=False)
    assert (row.epoch, row.sealed.position, Fault.FOREIGN) in named(found)
    assert "workstation 08" in " ".join(problem.meaning for problem in found)


def test_an_entry_slipped_in_behind_a_closed_epoch_is_named() -> None:
    rows, _ = ledger()
    last = rows[FIRST - 1]
    slipped = forged(last, position=FIRST + 1, previous=last.sealed.hash)
    extra = Row(last.epoch, msgspec.structs.replace(slipped, position=FIRST + 1))
    found = problems([*rows[:FIRST], extra, *rows[FIRST:]], key=False)
    assert named(found) == {(last.epoch, FIRST + 1, Fault.FOREIGN)}


def test_an_epoch_that_does_not_say_it_was_opened_is_named() -> None:
    rows, _ = ledger()
    entry = forged(rows[0], content=cancelled(99))
    found = problems([Row(rows[0].epoch, entry)], key=False)
    assert named(found) == {(rows[0].epoch, 1, Fault.CHANGED)}


@pytest.mark.parametrize("body", ["", "garbage", "[]", "{}", "null", '{"v":1}', "[" * 100_000, "\ufffd"])
def test_a_text_that_is_no_entry_is_named(body: str) -> None:
    rows, _ = ledger()
    found = problems(altered(rows, 4, body=body, hash=hash_of(body)))
    assert (rows[4].epoch, 5, Fault.CHANGED) in named(found)


def test_a_gap_of_any_width_costs_nothing() -> None:
    rows, _ = ledger()
    far = Row(rows[0].epoch, msgspec.structs.replace(rows[5].sealed, position=2**60))
    found = named(problems([*rows[:5], far], key=False))
    assert (rows[0].epoch, 6, Fault.MISSING) in found
    assert (rows[0].epoch, 2**60, Fault.REORDERED) in found


@settings(deadline=None)  # the machine may be busy; nothing is timed here
@given(start=st.integers(0, FIRST - 1))
def test_a_tail_by_itself_is_intact(start: int) -> None:
    rows, key = ledger()
    tail = rows[start:FIRST]
    assert verify(tail, key, heads={rows[0].epoch: FIRST}, from_start=False).intact
    assert not verify(tail[:-1], key, heads={rows[0].epoch: FIRST}, from_start=False).intact
    assert named(problems(tail)) == ({(rows[0].epoch, 1, Fault.MISSING)} if start else set())


def test_a_tail_asks_for_no_epoch_before_it() -> None:
    rows, key = ledger()
    assert verify(rows[FIRST:], key, heads={rows[-1].epoch: SECOND}, from_start=False).intact


def test_a_tail_that_begins_with_damage_names_only_that() -> None:
    rows, key = ledger()
    tail = altered(rows[4:FIRST], 0, body="{}")
    report = verify(tail, key, heads={rows[0].epoch: FIRST}, from_start=False)
    assert named(report.problems) == {(rows[0].epoch, 5, Fault.CHANGED)}


def test_meanings_are_said_to_a_person() -> None:
    rows, _ = ledger()
    found = problems([*rows[:3], *rows[5:]])
    assert [problem.meaning for problem in found] == ["Positions 4 to 5 are not there: taken out, or never copied."]
