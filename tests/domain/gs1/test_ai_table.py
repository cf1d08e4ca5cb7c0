"""The table of identifiers: against the dictionary it was authored from, and by itself."""

from __future__ import annotations

from pathlib import Path

import pytest

from kiosk.domain.gs1.ai_table import ROWS
from kiosk.domain.gs1.identifiers import identifier_at, identifiers

COLUMNS = 5


def dictionary_row(line: str) -> str:
    """A line of the dictionary in the form of our table."""
    body, _, title = line.partition("#")
    ais, *words = body.split()
    flags = words.pop(0) if set(words[0]) <= set("*?") else ""
    rules = [word for word in words if word.partition("=")[0] in {"req", "ex", "dlpkey"}]
    form = [word for word in words if word not in rules]
    return ";".join((ais, flags, " ".join(form), " ".join(rules), title.strip()))


def test_the_table_says_what_the_dictionary_says(shared_data: Path) -> None:
    lines = (shared_data / "gs1" / "gs1-syntax-dictionary.txt").read_text(encoding="utf-8").splitlines()
    entries = [line for line in lines if line.strip() and not line.startswith("#")]
    assert len(entries) > 200
    assert [dictionary_row(line) for line in entries] == ROWS.strip().splitlines()


def test_every_row_has_all_columns_and_only_a_last_component_varies_in_length() -> None:
    assert all(row.count(";") == COLUMNS - 1 for row in ROWS.strip().splitlines())
    for one in identifiers().values():
        assert all(part.shortest == part.longest for part in one.components[:-1]), one.ai
        assert not one.predefined or one.shortest == one.longest, one.ai


def test_no_identifier_begins_another_and_the_first_two_digits_tell_the_length() -> None:
    lengths: dict[str, set[int]] = {}
    for ai in identifiers():
        lengths.setdefault(ai[:2], set()).add(len(ai))
    assert {len(found) for found in lengths.values()} == {1}


@pytest.mark.parametrize("ai", ["00", "01", "235", "3103", "3929", "4333", "7040", "8030", "90", "99"])
def test_an_identifier_is_found_by_the_digits_a_value_begins_with(ai: str) -> None:
    found = identifier_at(f"x{ai}123456", 1)
    assert found is identifiers()[ai]


@pytest.mark.parametrize("text", ["", "0", "89123", "3106000000", "ab", "²³1"])
def test_what_begins_with_no_identifier_finds_none(text: str) -> None:
    assert identifier_at(text) is None


def test_rules_are_read_as_the_legend_says() -> None:
    price = identifiers()["3922"]
    assert price.needs == ((("01",),), (("30",), ("31nn",), ("32nn",), ("35nn",), ("36nn",)))
    assert price.excludes == ("392n", "393n")
    assert identifiers()["01"].qualifiers == (("22", "10", "21"), ("235",))
    assert identifiers()["00"].qualifiers == ((),)
    assert identifiers()["10"].qualifiers is None
    assert not identifiers()["21"].attribute
    grai = identifiers()["8003"]
    assert (grai.shortest, grai.longest) == (14, 30)
