"""What taxes came to: for each line, and as the table at the foot of a receipt."""

from __future__ import annotations

import msgspec


class _Record(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Every record refuses keys it does not know."""


class LineTax(_Record, frozen=True, kw_only=True):
    """One tax of a line: `tax_minor` on `base_minor`. `exempt`: the rule fell on it and the customer need not pay.

    `group` is the rule's, so that the tax table can be drawn up from booked lines alone.
    """

    code: str
    rate_ppm: int
    base_minor: int
    tax_minor: int
    exempt: bool = False
    group: str = ""


class TaxLine(_Record, frozen=True, kw_only=True):
    """One row of the tax table: `gross_minor` = `net_minor` + `tax_minor` for a tax that stands alone on its lines.

    `net_minor` is the base of the tax, `gross_minor` what the lines it fell on cost in all. A group of taxes is one row
    for each rate they sum up to. `exempt`: sold without the tax, to a customer who need not pay it.
    """

    code: str
    name: str
    rate_ppm: int
    net_minor: int
    tax_minor: int
    gross_minor: int
    exempt: bool = False
