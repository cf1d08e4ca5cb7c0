"""A settlement as it stands: what is due, what was applied, and the one thing that is being asked for."""

from __future__ import annotations

import msgspec

from kiosk.domain.tender.kinds import TenderKind
from kiosk.domain.tender.offers import Offer
from kiosk.domain.tender.records import CashTender, Tender, kind_of
from kiosk.domain.tender.rules import KindRules, TenderPolicy


class Ask(msgspec.Struct, frozen=True, kw_only=True, tag="ask"):
    """To do: charge `amount_minor`; on disk before it is sent. `attempt` is never used again, whatever comes of it.

    `value_minor` is what the account gives for it: more than `amount_minor` where a single-use value is used up, and
    for points their number.
    """

    attempt: str
    kind: TenderKind
    amount_minor: int
    value_minor: int
    offer: Offer


class Undo(msgspec.Struct, frozen=True, kw_only=True, tag="undo"):
    """A tender that is being taken back; until that is known it still counts as applied."""

    number: int
    attempt: str


class Applied(msgspec.Struct, frozen=True, kw_only=True):
    """A tender of this settlement. `number` is never used twice in it."""

    number: int
    attempt: str
    tender: Tender

    @property
    def kind(self) -> TenderKind:
        """The kind of the tender."""
        return kind_of(self.tender)


class Settlement(msgspec.Struct, frozen=True, kw_only=True):
    """The payment of one transaction; always `applied_minor` + `remaining_minor` == `due_minor`.

    `name` begins the id of every attempt, `attempts` counts them. The policy is the one in force when it began: a
    switch in the middle of paying changes nothing. `eligible_minor` is the most a kind may pay (not named: the whole).
    `strays` are attempts that were approved when nobody waited for them, `undone` those that were taken back.
    """

    name: str
    currency: str
    total_minor: int
    policy: TenderPolicy
    eligible_minor: dict[TenderKind, int] = {}
    tenders: tuple[Applied, ...] = ()
    pending: Ask | Undo | None = None
    in_doubt: bool = False
    attempts: int = 0
    strays: tuple[str, ...] = ()
    undone: tuple[str, ...] = ()

    @property
    def rounding_minor(self) -> int:
        """What cash rounded the total by."""
        return sum(one.tender.rounding_minor for one in self.tenders if isinstance(one.tender, CashTender))

    @property
    def due_minor(self) -> int:
        """What all tenders together have to come to."""
        return self.total_minor + self.rounding_minor

    @property
    def applied_minor(self) -> int:
        """What they come to now."""
        return sum(one.tender.amount_minor for one in self.tenders)

    @property
    def remaining_minor(self) -> int:
        """What is still to pay; always shown."""
        return self.due_minor - self.applied_minor

    @property
    def cash_due_minor(self) -> int:
        """What would settle the rest in cash; cash that was given in several pieces is rounded as one."""
        cash = self.paid_by(TenderKind.CASH)
        return max(0, self.policy.cash_due(self.total_minor - self.applied_minor + cash) - cash)

    @property
    def change_minor(self) -> int:
        """What cash was given back as change, in the currency of the transaction."""
        return sum(one.tender.change_minor for one in self.tenders if isinstance(one.tender, CashTender))

    @property
    def finished(self) -> bool:
        """Whether the sale may be booked: nothing is due, and no answer is outstanding."""
        return self.remaining_minor == 0 and self.pending is None

    def paid_by(self, kind: TenderKind) -> int:
        """What the tenders of one kind come to."""
        return sum(one.tender.amount_minor for one in self.tenders if one.kind is kind)

    def count_of(self, kind: TenderKind) -> int:
        """How many tenders of one kind there are."""
        return sum(one.kind is kind for one in self.tenders)

    def room_minor(self, kind: TenderKind, rules: KindRules) -> int:
        """The most that one more tender of this kind may be; cash is judged by what settles the rest."""
        due = self.cash_due_minor if kind is TenderKind.CASH else self.remaining_minor
        paid = self.paid_by(kind)
        bounds = [due]
        if rules.maximum_minor is not None:
            bounds.append(rules.maximum_minor - paid)
        if kind in self.eligible_minor:
            bounds.append(self.eligible_minor[kind] - paid)
        return max(0, min(bounds))

    def tender(self, number: int) -> Applied | None:
        """The tender with this number."""
        return next((one for one in self.tenders if one.number == number), None)

    def attempt(self, attempt: str) -> Applied | None:
        """The tender that this attempt brought."""
        return next((one for one in self.tenders if one.attempt == attempt), None)
