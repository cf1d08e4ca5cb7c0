"""A till with its ledger in memory: commands in, entries out, and what the folds make of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from dataclasses import replace as changed

from msgspec.structs import replace

from kiosk.accounts.report_books import Books, Placed, entered
from kiosk.accounts.till import Shift, TillState, after
from kiosk.accounts.till_commands import Command, CountShift, OpenShift
from kiosk.accounts.till_decide import Decision, decide
from kiosk.accounts.till_policy import By, TillPolicy, TillRules
from kiosk.domain.operator.outcome import Refused
from kiosk.domain.operator.rights import Role, Staff, by_name, default_roles
from kiosk.messages.contents import Content, DiscountGiven, ReturnOf, Sale, SaleLine, TaxTotal
from kiosk.messages.tenders import CashTender, Tender
from kiosk.messages.tills import Counted

DAY = "2026-03-01"
EPOCH = "0" * 16

ANN = Staff("ann", ("attendant",))
BEN = Staff("ben", ("attendant",))
EVE = Staff("eve", ("supervisor",))
MAX = Staff("max", ("manager",))


def roles() -> dict[str, Role]:
    return by_name(default_roles())


@dataclass
class Desk:
    """A workstation's ledger, appended to by commands and sales."""

    policy: TillPolicy = field(default_factory=TillPolicy)
    entries: list[Placed] = field(default_factory=list)
    state: TillState = field(default_factory=TillState)
    books: Books = field(default_factory=Books)

    @property
    def rules(self) -> TillRules:
        return TillRules("0101-07", "EUR", self.policy, roles())

    def append(self, *contents: Content) -> None:
        for content in contents:
            placed = Placed(content, EPOCH, len(self.entries) + 1)
            self.entries.append(placed)
            self.state = after(self.state, content)
            self.books = entered(self.books, (placed,))

    def ask(self, command: Command, operator: Staff = ANN, approver: Staff | None = None) -> Decision:
        decision = decide(self.state, command, By(operator, approver), self.rules)
        if not isinstance(decision, Refused):
            self.append(*decision)
        return decision

    def done(self, command: Command, operator: Staff = ANN, approver: Staff | None = None) -> tuple[Content, ...]:
        decision = self.ask(command, operator, approver)
        assert not isinstance(decision, Refused), decision
        return decision

    def refused(self, command: Command, operator: Staff = ANN, approver: Staff | None = None) -> Refused:
        before = len(self.entries)
        decision = self.ask(command, operator, approver)
        assert isinstance(decision, Refused), decision
        assert decision.sentence.endswith(".")
        assert decision.remedy.endswith(".")
        assert len(self.entries) == before
        return decision

    def open(self, float_minor: int = 10_000, operator: Staff = ANN, till: str = "1") -> str:
        self.done(OpenShift(till, DAY, float_minor), operator)
        return list(self.state.shifts)[-1]

    def shift(self, name: str) -> Shift:
        return self.state.shifts[name]

    def count(self, name: str, cash_minor: int, operator: Staff = ANN) -> tuple[Content, ...]:
        return self.done(CountShift(name, (Counted(tender="cash", amount_minor=cash_minor),)), operator)

    def sold_for_cash(self, shift: str, amount_minor: int, **more: object) -> Sale:
        made = cash_sale(len(self.entries) + 1, amount_minor, shift=shift)
        made = replace(made, **more)
        self.append(made)
        return made


def line(amount_minor: int, number: int = 1, off: int = 0, promotion: str = "") -> SaleLine:
    """A line that costs so much, after `off` was taken off; below zero it comes back."""
    returned = amount_minor < 0
    origin = ReturnOf(
        store_id="0101", workstation_id="07", sequence_number=1, line=1, reason="faulty", disposition="damaged"
    )
    discounts = (DiscountGiven(promotion=promotion, name=promotion, amount_minor=off),) if promotion else ()
    return SaleLine(
        line=number,
        sku="milk",
        name="Milk 1 l",
        quantity=-1 if returned else 1,
        unit_price_minor=abs(amount_minor) + off,
        amount_minor=amount_minor,
        tax_code="A",
        tax_rate_ppm=200_000,
        discounts=discounts,
        returned=origin if returned else None,
        department="dairy",
    )


def sale(number: int, lines: tuple[SaleLine, ...], tenders: tuple[Tender, ...], **more: object) -> Sale:
    total = sum(one.amount_minor for one in lines)
    tax = total // 6
    made = Sale(
        sequence_number=number,
        business_day=DAY,
        started_at=f"{DAY}T09:00:00.000Z",
        currency="EUR",
        language="en",
        lines=lines,
        taxes=(TaxTotal(tax_code="A", tax_rate_ppm=200_000, gross_minor=total, net_minor=total - tax, tax_minor=tax),),
        tenders=tenders,
        total_minor=total,
        catalog_version=3,
        rounding_minor=sum(tender.amount_minor for tender in tenders) - total,
        operator="ann",
    )
    return replace(made, **more)


def cash_sale(number: int, amount_minor: int, shift: str = "", **more: object) -> Sale:
    """A sale in cash, or a refund where the amount is below zero."""
    tender = CashTender(amount_minor=amount_minor, given_minor=max(amount_minor, 0) or amount_minor)
    return sale(number, (line(amount_minor),), (tender,), shift=shift, **more)


def with_policy(desk: Desk, **fields: object) -> Desk:
    return changed(desk, policy=replace(desk.policy, **fields))
