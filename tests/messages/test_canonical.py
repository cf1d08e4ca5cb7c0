"""One text per value: sorted, compact, without floats, and the same after a round trip."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kiosk.messages.canonical import canonical
from kiosk.messages.contents import LaneOpened, LineVoided, SaleLine
from kiosk.messages.entry import NO_HASH, Entry, body_of, entry_from, hash_of, kind_in

LEAVES = st.one_of(st.none(), st.booleans(), st.integers(-(2**53), 2**53), st.text(max_size=20))
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4)
)


@given(VALUES)
def test_it_reads_back_and_is_its_own_canonical_form(value: Any) -> None:
    text = canonical(value)
    assert json.loads(text) == value
    assert canonical(json.loads(text)) == text


@given(st.dictionaries(st.text(max_size=8), LEAVES, max_size=6))
def test_the_order_in_which_keys_came_does_not_matter(value: dict[str, Any]) -> None:
    assert canonical(dict(reversed(value.items()))) == canonical(value)


@given(VALUES, st.floats())
def test_a_float_anywhere_is_refused(value: Any, number: float) -> None:
    for wrong in (number, [value, number], {"a": value, "b": {"c": [number]}}):
        with pytest.raises(TypeError, match="float"):
            canonical(wrong)


def test_an_entry_is_text_that_never_changes() -> None:
    entry = Entry(
        store_id="0101",
        workstation_id="07",
        epoch="0123456789abcdef",
        position=1,
        at="2026-11-21T10:00:00.000Z",
        previous=NO_HASH,
        content=LaneOpened(operator="aoife", business_day="2026-11-21"),
    )
    body = body_of(entry)
    assert body == (
        '{"at":"2026-11-21T10:00:00.000Z","content":{"business_day":"2026-11-21","operator":"aoife",'
        '"type":"lane_opened"},"epoch":"0123456789abcdef","position":1,"previous":"' + NO_HASH + '",'
        '"store_id":"0101","v":1,"workstation_id":"07"}'
    )
    assert entry_from(body) == entry
    assert kind_in(body) == "lane_opened"
    # Every ledger ever written rests on this very text: worked out once with sha256sum.
    assert hash_of(body) == "526a54d4cf9c3ab174503cf665e1eec48632621bbd46650ad3b96ec1f4782e80"


def test_a_float_in_a_record_is_refused_before_it_is_hashed() -> None:
    line = SaleLine(
        line=1,
        sku="x",
        name="x",
        quantity=1,
        unit_price_minor=1.5,  # type: ignore[arg-type]  # the mistake this is about
        amount_minor=1,
        tax_code="Z",
        tax_rate_ppm=0,
    )
    with pytest.raises(TypeError, match="float"):
        canonical(LineVoided(sequence_number=1, line=line))
