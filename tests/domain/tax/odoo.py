"""Odoo's tax cases told to our engine, and its answers told back in Odoo's words.

An amount of Odoo's is a decimal of a currency. Here the minor unit is its hundred-millionth, and the currency's
smallest amount (a cent, five cents, one unit) is `step_minor`: a price of 3.558 in a second currency loses nothing
before tax. All arithmetic on taxes is the engine's; what is done here is naming and converting inputs.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

from kiosk.domain.tax.columns import TaxableLine
from kiosk.domain.tax.currency import in_currency
from kiosk.domain.tax.outcome import TaxLine
from kiosk.domain.tax.reckoning import Reckoned, reckon
from kiosk.domain.tax.reduction import reduction, remaining
from kiosk.domain.tax.reverse import convert_price
from kiosk.domain.tax.rules import MixedNet, TaxKind, TaxPer, TaxPolicy, TaxRule

Case = dict[str, Any]
PARTS = 10**8
KINDS = {"percent": TaxKind.PERCENT, "division": TaxKind.OF_PRICE, "fixed": TaxKind.PER_UNIT}


def cases(folder: Path) -> list[Case]:
    """Every case, its decimals as exact fractions."""
    text = (folder / "tax" / "odoo_tax.json").read_text(encoding="utf-8")
    return list(json.loads(text, parse_float=Fraction)["cases"])


def answer(case: Case) -> Any:
    """What our engine says to a case, in the shape of its `expected`."""
    if case["kind"] == "map_price_to_other_taxes":
        old, new = rules(case["original_taxes"]), rules(case["new_taxes"])
        return decimal(convert_price(whole(case["price_unit"]), old, new, TaxPolicy()))
    if case["kind"] == "line_taxes":
        return _line_taxes(case)
    return _totals(case)


def whole(amount: Fraction | int) -> int:
    """An amount in parts of a currency; refuses one that is none."""
    parts = amount * Fraction(PARTS)
    assert parts.denominator == 1, amount
    return parts.numerator


def decimal(parts: int) -> Fraction:
    return Fraction(parts, PARTS)


def rules(taxes: list[Case], rate: Fraction = Fraction(1)) -> tuple[TaxRule, ...]:
    """Odoo's taxes as rules; amounts per unit in the currency of which one buys `rate` of the document's."""
    return tuple(
        TaxRule(
            code=f"T{place:02}",
            kind=KINDS[tax["type"]],
            rate_ppm=0 if tax["type"] == "fixed" else ppm(tax["amount"] * factor),
            amount_minor=whole(tax["amount"] * factor / rate) if tax["type"] == "fixed" else 0,
            included=tax["price_included"],
            compounds=tax.get("include_base_amount", False),
            affected=tax.get("is_base_affected", True),
            sequence=place,
            group=f"G{tax.get('tax_group')}",
        )
        for place, (tax, factor) in enumerate(_flat(taxes))
    )


def ppm(percent: Fraction | int) -> int:
    parts = percent * Fraction(10_000)
    assert parts.denominator == 1, percent
    return parts.numerator


def _flat(taxes: list[Case]) -> Iterator[tuple[Case, Fraction]]:
    """Groups opened up, and a tax that is booked several times (reverse charge: + and -) once for each booking."""
    for tax in taxes:
        if tax["type"] == "group":
            yield from _flat(tax["children"])
            continue
        bookings = [one for one in tax.get("repartition", ()) if one["repartition_type"] == "tax"]
        for booking in bookings or [{"factor_percent": 100}]:
            yield tax, Fraction(booking["factor_percent"]) / 100


def _policy(method: str, step: Fraction) -> TaxPolicy:
    if method == "round_per_line":
        return TaxPolicy(per=TaxPer.LINE, step_minor=whole(step))
    return TaxPolicy(per=TaxPer.DOCUMENT, mixed_net=MixedNet.ROUNDED, step_minor=whole(step))


def _line_taxes(case: Case) -> Case:
    """One line alone: Odoo rounds it per line, or (as parts of a document that is rounded later) not at all."""
    policy = TaxPolicy()
    if case["rounding_method"] == "round_per_line":
        policy = _policy("round_per_line", case["currency_rounding"])
    due = whole(case["price_unit"] * case["quantity"])
    line = reckon([TaxableLine(1, due, case["quantity"], rules=rules(case["taxes"]))], policy).lines[0]
    return {
        "total_excluded": decimal(line.net_minor),
        "total_included": decimal(line.gross_minor),
        "taxes": [{"base": decimal(tax.base_minor), "tax": decimal(tax.tax_minor)} for tax in line.taxes],
    }


def _totals(case: Case) -> Case:
    document, expected = case["document"], case["expected"]
    sold = _reckoned(document, Fraction(1), document["currency_rounding"])
    own = _discounted(case, sold, document["currency_rounding"])
    answered = _sums(own, "_currency")
    rows = _rows(own, "_currency", case)
    if "base_amount" in expected:
        company = _discounted(case, _in_company_currency(document, sold), document["company_currency_rounding"])
        answered |= _sums(company, "")
        rows = [one | other for one, other in zip(rows, _rows(company, "", case), strict=True)]
    subtotal = {key: value for key, value in answered.items() if not key.startswith("total")}
    bases = [row["display_base_amount_currency"] for row in rows]
    answered["same_tax_base"] = all(base == answered["base_amount_currency"] for base in bases)
    answered["subtotals"] = [{"name": "Untaxed Amount", **subtotal, "tax_groups": rows}]
    return answered


def _reckoned(document: Case, rate: Fraction, step: Fraction) -> Reckoned:
    """The document priced in a currency of which one buys `rate` of the document's."""
    lines = []
    for number, line in enumerate(document["lines"], 1):
        quantity = Fraction(line["quantity"])
        off = Fraction(line.get("discount", 0)) / 100
        due = line["price_unit"] * quantity * (1 - off) / rate
        lines.append(TaxableLine(number, whole(due), int(quantity), rules=rules(line["taxes"], rate)))
    return reckon(lines, _policy(document["rounding_method"], step))


def _in_company_currency(document: Case, sold: Reckoned) -> Reckoned:
    """Odoo converts what it rounded per line; where it rounds globally, it reckons exact amounts in both currencies."""
    rate, step = Fraction(document["rate_company_to_document"]), document["company_currency_rounding"]
    if document["rounding_method"] == "round_per_line":
        return in_currency(sold, 1 / rate, _policy("round_per_line", step))
    return _reckoned(document, rate, step)


def _discounted(case: Case, sold: Reckoned, step: Fraction) -> Reckoned:
    if case["kind"] != "global_discount":
        return sold
    assert case["discount"]["type"] == "percent"
    policy = _policy(case["document"]["rounding_method"], step)
    return remaining(sold, reduction(sold, ppm(case["discount"]["amount"]), policy))


def _sums(own: Reckoned, suffix: str) -> Case:
    return {
        f"base_amount{suffix}": decimal(own.net_minor),
        f"tax_amount{suffix}": decimal(own.tax_minor),
        f"total_amount{suffix}": decimal(own.gross_minor),
    }


def _rows(own: Reckoned, suffix: str, case: Case) -> list[Case]:
    """Odoo's tax groups; taxes that name none share one, the only one then."""
    rows = {None if row.code == "GNone" else int(row.code[1:]): row for row in own.table}
    return [
        {
            "id": number,
            f"base_amount{suffix}": decimal(row.net_minor),
            f"tax_amount{suffix}": decimal(row.tax_minor),
            f"display_base_amount{suffix}": _shown_base(case, row),
        }
        for number, row in sorted(rows.items(), key=lambda entry: entry[0] or 0)
    ]


def _shown_base(case: Case, row: TaxLine) -> Fraction | bool:
    """Odoo shows the price as base of a share of the price, and none at all for what is so much per piece."""
    taxes = [tax for line in case["document"]["lines"] for tax in line["taxes"]]
    kinds = {KINDS[tax["type"]] for tax in taxes if f"G{tax.get('tax_group')}" == row.code}
    if kinds == {TaxKind.PER_UNIT}:
        return False
    return decimal(row.gross_minor if kinds == {TaxKind.OF_PRICE} else row.net_minor)


def compared(case: Case) -> tuple[Any, Any]:
    """Our answer and Odoo's, cut down to what the case says: some of the totals, or so many decimals."""
    ours, expected = answer(case), case["expected"]
    if case["kind"] == "line_taxes":
        digits = case["compare_decimals"]
        ours, expected = (_rounded(one, digits) for one in (ours, expected))
    elif case["kind"] != "map_price_to_other_taxes":
        expected = _without_records(case)
        ours = {key: ours[key] for key in expected} if case.get("partial_expected") else ours
    return ours, expected


def _without_records(case: Case) -> Case:
    """The expected totals without numbers of Odoo's database: currencies, and the group of taxes that name none."""
    totals = {key: value for key, value in case["expected"].items() if not key.endswith("currency_id")}
    named = {tax.get("tax_group") for line in case["document"]["lines"] for tax in line["taxes"]}
    if named == {None}:
        totals["subtotals"] = [
            {**subtotal, "tax_groups": [{**row, "id": None} for row in subtotal["tax_groups"]]}
            for subtotal in totals["subtotals"]
        ]
    return totals


def _rounded(totals: Case, digits: int) -> Case:
    taxes = [{key: round(Fraction(amount), digits) for key, amount in tax.items()} for tax in totals["taxes"]]
    sums = {key: round(Fraction(totals[key]), digits) for key in ("total_excluded", "total_included")}
    return {**sums, "taxes": taxes}


def differences(ours: Any, expected: Any, path: str = "$") -> dict[str, tuple[Any, Any]]:
    """Paths at which two answers differ, with both sides."""
    if isinstance(ours, dict) and isinstance(expected, dict):
        found = {} if ours.keys() == expected.keys() else {path: (sorted(ours), sorted(expected))}
        pairs = [(f"{path}.{key}", ours[key], expected[key]) for key in ours.keys() & expected.keys()]
    elif isinstance(ours, list) and isinstance(expected, list) and len(ours) == len(expected):
        found, pairs = {}, [(f"{path}[{place}]", ours[place], one) for place, one in enumerate(expected)]
    else:
        return {} if ours == expected else {path: (ours, expected)}
    for inner, one, other in pairs:
        found |= differences(one, other, inner)
    return found
