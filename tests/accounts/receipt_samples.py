"""Sales that have everything a receipt can show, for the tests of receipts."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from kiosk.accounts.receipt import Shop
from kiosk.messages.contents import (
    Content,
    DiscountGiven,
    FiscalReceipt,
    ReturnOf,
    Sale,
    SaleLine,
    TaxGiven,
    TaxTotal,
)
from kiosk.messages.entry import Entry, body_of
from kiosk.messages.tenders import (
    CardTender,
    CashTender,
    MealVoucherTender,
    PointsTender,
    StoredValueTender,
    Tender,
    WalletTender,
)

EPOCH = "01JEPOCH"
SHOP = Shop(
    store_name="Harbour Market",
    store_id="0101",
    workstation_id="07",
    address=("12 Quay Street", "Galway"),
    tax_id="IE0000000X",
    zone=ZoneInfo("Europe/Dublin"),
    legal_texts=("Company no. 123456",),
    return_days=28,
)


def line(name: str, amount: int, number: int = 1, **more: object) -> SaleLine:
    """One piece at its price unless told otherwise."""
    given = {"quantity": 1, "unit_price_minor": amount, "tax_code": "S", "tax_rate_ppm": 230_000} | more
    return SaleLine(line=number, sku=f"sku{number}", name=name, amount_minor=amount, **given)  # type: ignore[arg-type] # fields by name


def lines() -> tuple[SaleLine, ...]:
    """Pieces with a promotion, a deposit, weighed goods, a label, a return, and an order's discount on the first."""
    three_for_two = DiscountGiven(promotion="p1", name="3 for 2", amount_minor=180)
    order = DiscountGiven(promotion="p2", name="5 off from 50", amount_minor=40, order=True)
    back = ReturnOf(
        store_id="0101", workstation_id="07", sequence_number=12, line=2, reason="damaged", disposition="vendor"
    )
    return (
        line("Cola 0.5 l", 320, 1, quantity=3, unit_price_minor=180, discounts=(three_for_two, order)),
        line("Deposit", 45, 2, quantity=3, unit_price_minor=15, tax_code="Z", tax_rate_ppm=0, linked_to=1),
        line("Bananas", 85, 3, grams=452, tare_grams=5, unit_price_minor=189, tax_code="Z", tax_rate_ppm=0),
        line("Cheddar", 480, 4, grams=300, unit_price_minor=1590, tax_code="Z", tax_rate_ppm=0),
        line("Drill 18 V", 4999, 5, serial_number="SN-77-1", lot="L9"),
        line("Kettle", -1999, 6, quantity=-1, unit_price_minor=1999, returned=back),
    )


def tenders() -> tuple[Tender, ...]:
    """One of each kind; together 39.30."""
    return (
        CardTender(
            amount_minor=930,
            attempt="0101-07-000041-1",
            terminal_id="52001234",
            receipt_number=8,
            trace_number=11,
            masked_pan="•••• 1234",
            card_name="girocard",
            authorisation_code="A1",
        ),
        CashTender(amount_minor=1000, given_minor=2000, change_minor=1000),
        StoredValueTender(amount_minor=500, instrument="gift_card", account="h" * 64, shown="7788", balance_minor=1250),
        PointsTender(amount_minor=500, member="100200300", points=500),
        MealVoucherTender(amount_minor=500, issuer="Lunch Pass", account="x", eligible_minor=565),
        WalletTender(amount_minor=500, provider="PayQuick", reference="R-1", attempt="a2"),
    )


def sale(**changes: object) -> Sale:
    """The whole of it; `changes` are fields."""
    facts: dict[str, object] = {
        "sequence_number": 41,
        "business_day": "2026-11-21",
        "started_at": "2026-11-21T10:00:00.000Z",
        "currency": "EUR",
        "language": "en",
        "lines": lines(),
        "taxes": (
            TaxTotal(tax_code="S", tax_rate_ppm=230_000, gross_minor=3320, net_minor=2699, tax_minor=621),
            TaxTotal(tax_code="Z", tax_rate_ppm=0, gross_minor=610, net_minor=610, tax_minor=0),
        ),
        "tenders": tenders(),
        "total_minor": 3930,
        "catalog_version": 3,
        "operator": "aoife",
        "customer_id": "100200300",
        "coupons": ("c1",),
    }
    return Sale(**(facts | changes))  # type: ignore[arg-type] # fields by name


def american(*, exempt: bool = False) -> Sale:
    """Two taxes that come on top of the shelf price, one of them a fixed amount; or all of it not to be paid."""
    state = TaxGiven(tax_code="ST", tax_rate_ppm=62_500, base_minor=1000, tax_minor=0 if exempt else 63, exempt=exempt)
    bag = TaxGiven(tax_code="BAG", tax_rate_ppm=0, base_minor=1000, tax_minor=10)
    amount = 1010 if exempt else 1073
    totals = [TaxTotal(tax_code="BAG", tax_rate_ppm=0, gross_minor=1010, net_minor=1000, tax_minor=10)]
    if not exempt:
        totals.append(TaxTotal(tax_code="ST", tax_rate_ppm=62_500, gross_minor=1063, net_minor=1000, tax_minor=63))
    return sale(
        currency="USD",
        lines=(line("Lamp", amount, unit_price_minor=1000, taxes=(state, bag), tax_code="ST", tax_rate_ppm=62_500),),
        taxes=tuple(totals),
        tenders=(CashTender(amount_minor=amount, given_minor=amount),),
        total_minor=amount,
        tax_exemption="EX-99" if exempt else "",
        customer_id="",
        coupons=(),
    )


def fiscal(*, failed: bool = False) -> FiscalReceipt:
    """The Austrian mark of that sale."""
    return FiscalReceipt(
        system="rksv",
        kind="sale",
        number="KASSE-07-000041",
        at="2026-11-21T11:00:00",
        record="e30.e30.x",
        code="_R1-AT1_KASSE-07_000041_2026-11-21T11:00:00_39,30_0,00_0,00_0,00_0,00_abc=_1_def=_ghi=",
        notices=("Sicherheitseinrichtung ausgefallen",) if failed else (),
        failed=failed,
        sequence_number=41,
    )


def body(content: Content, position: int = 2) -> str:
    """The text of an entry as it stands in the ledger."""
    return body_of(
        Entry(
            store_id="0101",
            workstation_id="07",
            epoch=EPOCH,
            position=position,
            at="2026-11-21T10:05:00.000Z",
            previous="0" * 64,
            content=content,
        )
    )
