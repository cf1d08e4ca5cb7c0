"""Goods that come back without a receipt: at the lowest price they were sold at, within limits, as store credit."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta

from kiosk.accounts.return_authority import Asked, agreed
from kiosk.accounts.return_known import BookedSale, key_of
from kiosk.accounts.return_lines import tax_totals
from kiosk.accounts.return_records import BlindWanted, Desk, Planned, ReturnPlan
from kiosk.accounts.returns import decided
from kiosk.domain.item import Unit
from kiosk.domain.money import price_of_weight, round_half_up, tax_within
from kiosk.domain.operator.outcome import Refused
from kiosk.domain.returning.limits import Good, PriceOn, SoFar, amount_refused, goods_refused, lowest_price
from kiosk.domain.returning.policy import ReturnRules, WithoutReceipt, disposition_allowed
from kiosk.domain.tender.refund_records import Refund
from kiosk.messages.contents import ReturnOf, SaleLine, TaxGiven


def plan_blind_return(
    wanted: Sequence[BlindWanted],
    goods: Mapping[str, Good],
    so_far: SoFar,
    rules: ReturnRules,
    desk: Desk,
) -> Planned:
    """The return of goods without a receipt, or why not. The money becomes a store credit, whatever was paid with."""
    refused = _refused(wanted, goods, rules)
    if refused:
        return refused
    lines = tuple(
        _line(number, one, goods[one.sku], rules.without_receipt, desk.today)
        for number, one in enumerate(wanted, desk.first_line)
    )
    amount = -sum(line.amount_minor for line in lines)
    beyond = amount_refused(amount, so_far, rules.without_receipt)
    if beyond:
        return beyond
    if desk.operator is None:
        sentence = "Without a receipt an attendant takes goods back."
        return Refused("attendant", sentence, "Call for help: an attendant goes on from here.")
    above = amount > rules.without_receipt.approve_above_minor
    allowed = agreed(Asked(amount, tuple(one.reason for one in wanted), above), rules, desk)
    if isinstance(allowed, Refused):
        return allowed
    name = f"{desk.own[0]}-{desk.own[1]}-{desk.sequence_number:06d}-R"
    credit = Refund(name=name, amount_minor=amount, currency=desk.currency, beyond="store_credit") if amount else None
    return ReturnPlan(lines, tax_totals(lines), -amount, credit, decisions=decided(allowed, amount, desk))


def so_far_of(known: Iterable[BookedSale], today: str, customer_id: str, rules: WithoutReceipt) -> SoFar:
    """What the returns that are known gave for goods without a receipt: today, and to a customer."""
    since = (date.fromisoformat(today) - timedelta(days=rules.customer_days)).isoformat()
    day = customer = 0
    for sale in {one.key: one.sale for one in known}.values():
        given = -sum(line.amount_minor for line in sale.lines if line.returned and key_of(line.returned) is None)
        if sale.training:
            continue
        day += given if sale.business_day == today else 0
        customer += given if customer_id and sale.customer_id == customer_id and sale.business_day >= since else 0
    return SoFar(day, customer, customer_id)


def prices_paid(known: Iterable[BookedSale], sku: str) -> tuple[PriceOn, ...]:
    """The prices that a good was sold at, after all discounts, rounded half up per piece or kilogram."""
    return tuple(
        PriceOn(one.sale.business_day, round_half_up(line.amount_minor * (1000 if line.grams else 1), whole))
        for one in known
        if not one.sale.training
        for line in one.sale.lines
        if line.sku == sku and not line.returned and (whole := line.grams or line.quantity) > 0
    )


def _refused(wanted: Sequence[BlindWanted], goods: Mapping[str, Good], rules: ReturnRules) -> Refused | None:
    if not wanted:
        return Refused("nothing", "Nothing was chosen.", "Scan what comes back.")
    for one in wanted:
        if one.sku not in goods:
            return Refused("unknown_good", "This good is not known here.", "Scan it again, or look the receipt up.")
        if one.units < 1:
            return Refused("too_few", "At least one piece or gram comes back.", "Enter how much comes back.")
        if one.sku in rules.not_returnable:
            return Refused("not_returnable", "This was sold for good.", "Keep it; a supervisor can explain why.")
        if one.reason not in rules.reasons:
            return Refused("reason", "This return has no reason from the list.", "Choose a reason.")
        if not disposition_allowed(one.reason, one.disposition, rules):
            return Refused("disposition", "These goods do not go back onto the shelf.", "Choose damaged or vendor.")
    return goods_refused((goods[one.sku] for one in wanted), rules.without_receipt)


def _line(number: int, one: BlindWanted, good: Good, rules: WithoutReceipt, today: str) -> SaleLine:
    price = lowest_price(good, today, rules.lowest_price_days)
    weighed = good.unit is Unit.KILOGRAM
    amount = price_of_weight(price, one.units) if weighed else price * one.units
    tax = tax_within(amount, good.tax_rate_ppm)
    given = TaxGiven(tax_code=good.tax_code, tax_rate_ppm=good.tax_rate_ppm, base_minor=tax - amount, tax_minor=-tax)
    return SaleLine(
        line=number,
        sku=good.sku,
        name=good.name,
        quantity=-1 if weighed else -one.units,
        grams=-one.units if weighed else 0,
        unit_price_minor=price,
        amount_minor=-amount,
        tax_code=good.tax_code,
        tax_rate_ppm=good.tax_rate_ppm,
        taxes=(given,),
        returned=ReturnOf(
            store_id="",
            workstation_id="",
            sequence_number=0,
            line=0,
            reason=one.reason,
            disposition=one.disposition.value,
        ),
        department=good.department,
    )
