"""A bad document is refused with the path to what is wrong and with what to do about it."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

import pytest

from kiosk.domain.pricing.checks import AMOUNT_MAX_MINOR, LINES_MAX, PROMOTIONS_MAX
from kiosk.domain.pricing.faults import DocumentError
from kiosk.domain.pricing.reading import DOCUMENT_BYTES_MAX, read

GOOD: dict[str, Any] = {
    "context": {"store_id": "1", "currency": "EUR", "at": "2026-11-20T17:30:00+01:00", "time_zone": "Europe/Vienna"},
    "lines": [
        {"line": 1, "sku": "cola", "unit_price_minor": 169, "quantity": 2, "tax_code": "A"},
        {"line": 2, "sku": "deposit", "unit_price_minor": 25, "quantity": 2, "linked_to": 1},
        {"line": 3, "sku": "apples", "unit_price_minor": 399, "unit": "kg", "grams": 1250, "tax_code": "A"},
    ],
    "prices": [{"id": "p", "sku": "cola", "price_minor": 99}],
    "promotions": [{"id": "ten", "rewards": [{"type": "percent_off", "percent_ppm": 100_000}]}],
    "usage": [{"promotion": "ten", "spent_minor": 5}],
    "taxes": [{"code": "V", "rate_ppm": 200_000, "tax_codes": ["A"]}],
}


def changed(*path: str | int, to: Any) -> dict[str, Any]:
    """The good document with one value changed, or added."""
    document = copy.deepcopy(GOOD)
    place: Any = document
    for key in path[:-1]:
        place = place[key]
    place[path[-1]] = to
    return document


def without(*path: str | int) -> dict[str, Any]:
    document = changed(*path, to=None)
    place: Any = document
    for key in path[:-1]:
        place = place[key]
    del place[path[-1]]
    return document


def refused(document: dict[str, Any]) -> DocumentError:
    with pytest.raises(DocumentError) as caught:
        read(json.dumps(document))
    return caught.value


def test_a_good_document_is_read() -> None:
    assert [line.sku for line in read(json.dumps(GOOD)).lines] == ["cola", "deposit", "apples"]


LINE = ("lines", 0)
PERCENT = ("promotions", 0, "rewards", 0)


@pytest.mark.parametrize(
    ("document", "path", "remedy"),
    [
        (changed(*LINE, "unit_price_minor", to=24.99), "$.lines[0].unit_price_minor", "minor units"),
        (changed(*LINE, "unit_price_minor", to=24.0), "$.lines[0].unit_price_minor", "minor units"),
        (changed(*LINE, "unit_price_minor", to="169"), "$.lines[0].unit_price_minor", "minor units"),
        (changed(*LINE, "unit_price_minor", to=-1), "$.lines[0].unit_price_minor", "promotion"),
        (changed(*LINE, "qty", to=1), "$.lines[0].qty", "schema"),
        (without(*LINE, "sku"), "$.lines[0].sku", "Add it"),
        (changed(*LINE, "quantity", to=0), "$.lines[0].quantity", "whole pieces"),
        (changed(*LINE, "unit", to="lb"), "$.lines[0].unit", "words"),
        (changed("lines", to=3), "$.lines", "type"),
        (changed("context", "currency", to="euro"), "$.context.currency", "ISO 4217"),
        (changed("context", "at", to="2026-11-20T17:30:00"), "$.context", "offset"),
        (changed("context", "at", to="today"), "$.context.at", "RFC 3339"),
        (changed("context", "time_zone", to="Mars/Base"), "$.context", "IANA"),
        (changed("version", to=2), "$.version", "version 1"),
        (changed(*PERCENT, "percent_ppm", to=0.1), "$.promotions[0].rewards[0].percent_ppm", "parts per million"),
        (changed(*PERCENT, "type", to="free"), "$.promotions[0].rewards[0].type", "percent_off"),
        (changed("promotions", 0, "rewards", to=[]), "$.promotions[0]", "one of the two"),
        (
            changed("promotions", 0, "scope", to={"hours": [["9:00", "10:00"]]}),
            "$.promotions[0].scope.hours[0][0]",
            "local times",
        ),
        (changed("coupons", to=[{"code": ""}]), "$.coupons[0].code", "at least one"),
        (changed("coupons", to=[{"code": "x" * 81}]), "$.coupons[0].code", "shorter"),
    ],
)
def test_what_is_no_such_record_is_refused_where_it_is(document: dict[str, Any], path: str, remedy: str) -> None:
    error = refused(document)
    assert error.path == path
    assert remedy in error.remedy


@pytest.mark.parametrize(
    ("document", "path"),
    [
        (changed("lines", 1, "line", to=1), "$.lines[1].line"),
        (changed("lines", 1, "linked_to", to=9), "$.lines[1].linked_to"),
        (changed("lines", 1, "linked_to", to=2), "$.lines[1].linked_to"),
        (changed("lines", 2, "linked_to", to=2), "$.lines[2].linked_to"),
        (without("lines", 2, "grams"), "$.lines[2].grams"),
        (changed("lines", 2, "grams", to=10_000_001), "$.lines[2].grams"),
        (changed("lines", 2, "quantity", to=2), "$.lines[2].quantity"),
        (changed("lines", 0, "grams", to=500), "$.lines[0].grams"),
        (changed("lines", 0, "unit_price_minor", to=10**30), "$.lines[0].unit_price_minor"),
        (changed("lines", 0, "label_price_minor", to=10**30), "$.lines[0].label_price_minor"),
        (changed("lines", 0, "override", to={"price_minor": 10**30}), "$.lines[0].override.price_minor"),
        (changed("lines", 0, to={**GOOD["lines"][0], "unit_price_minor": 10**11, "quantity": 10**5}), "$.lines[0]"),
        (changed("lines", 0, "tax_code", to="X"), "$.lines[0].tax_code"),
        (changed("prices", to=GOOD["prices"] * 2), "$.prices[1].id"),
        (changed("prices", 0, "price_minor", to=10**30), "$.prices[0].price_minor"),
        (changed("promotions", to=GOOD["promotions"] * 2), "$.promotions[1].id"),
        (changed("usage", to=GOOD["usage"] * 2), "$.usage[1].promotion"),
        (changed("usage", 0, "promotion", to="eleven"), "$.usage[0].promotion"),
        (changed("taxes", 0, "amount_minor", to=-(10**30)), "$.taxes[0].amount_minor"),
        *(
            (
                changed(
                    kind, 0, "scope", to={"valid_from": "2026-12-01T00:00:00", "valid_until": "2026-12-01T00:00:00"}
                ),
                f"$.{kind}[0].scope",
            )
            for kind in ("prices", "promotions", "taxes")
        ),
        (changed("lines", to=[{**GOOD["lines"][0], "line": n} for n in range(1, LINES_MAX + 2)]), "$.lines"),
        (
            {
                **GOOD,
                "usage": [],
                "promotions": [{**GOOD["promotions"][0], "id": f"{n}"} for n in range(PROMOTIONS_MAX + 1)],
            },
            "$.promotions",
        ),
    ],
)
def test_what_contradicts_itself_is_refused_where_it_is(document: dict[str, Any], path: str) -> None:
    error = refused(document)
    assert error.path == path
    assert error.remedy


def test_all_contradictions_are_told_at_once() -> None:
    document = changed("lines", 1, "linked_to", to=9)
    document["lines"][0]["tax_code"] = "X"
    document["lines"][2]["grams"] = 0
    assert [problem.path for problem in refused(document).problems] == [
        "$.lines[2].grams",
        "$.lines[1].linked_to",
        "$.lines[0].tax_code",
    ]


@pytest.mark.parametrize(
    "fine",
    [
        changed("lines", 2, to={**GOOD["lines"][2], "grams": 0, "label_price_minor": 499}),
        changed("lines", 0, "tax_code", to=""),
        changed("taxes", 0, "tax_codes", to=[]),
        {**changed("lines", 0, "tax_code", to="X"), "taxes": []},
        changed("prices", 0, "scope", to={"valid_from": "2026-12-01T00:00:00", "valid_until": "2026-11-30T00:00:00Z"}),
        changed("lines", 0, to={**GOOD["lines"][0], "unit_price_minor": AMOUNT_MAX_MINOR // 10**5, "quantity": 10**5}),
    ],
)
def test_what_only_looks_odd_is_read(fine: dict[str, Any]) -> None:
    assert read(json.dumps(fine)).lines


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda: b"", "no JSON"),
        (lambda: b"{", "no JSON"),
        (lambda: b"[]", "Expected `object`"),
        (lambda: json.dumps(GOOD).encode("utf-16"), "no JSON"),
        (lambda: json.dumps(GOOD).replace("cola", "\xff").encode("latin-1"), "UTF-8"),
        (lambda: b'{"context":' * 100_000, "no such key"),
        (lambda: b'{"lines":[' + b"[" * 100_000, "Expected `object`"),
        (lambda: b" " * (DOCUMENT_BYTES_MAX + 1), "too long"),
    ],
)
def test_what_is_no_document_at_all_is_refused(made: Callable[[], bytes], message: str) -> None:
    with pytest.raises(DocumentError, match=message) as caught:
        read(made())
    assert caught.value.path.startswith("$")
    assert caught.value.remedy
