"""An approval becomes a tender: what was approved of what was asked, kind by kind."""

from __future__ import annotations

import msgspec

from kiosk.domain.tender.offers import (
    CardOffer,
    CashOffer,
    MealVoucherOffer,
    PointsOffer,
    StoredValueOffer,
    WalletOffer,
)
from kiosk.domain.tender.outcome import Approved
from kiosk.domain.tender.records import (
    CardFacts,
    CardTender,
    MealVoucherTender,
    PointsTender,
    StoredValueTender,
    Tender,
    WalletTender,
)
from kiosk.domain.tender.rules import Over
from kiosk.domain.tender.state import Ask, Settlement


def tender_of(settlement: Settlement, ask: Ask, said: Approved) -> Tender | None:
    """The tender that an approval of the open ask brings; None where what was approved is worth nothing whole."""
    amount = said.amount_minor
    match ask.offer:
        case CardOffer():
            facts = msgspec.structs.asdict(said.card or CardFacts())
            return CardTender(amount_minor=amount, attempt=ask.attempt, partial=amount < ask.amount_minor, **facts)
        case StoredValueOffer():
            return _stored_value(settlement, ask, ask.offer, said)
        case PointsOffer(member=member, offline=offline):
            rules = settlement.policy.points
            worth = amount // rules.step_points * rules.step_minor
            if amount % rules.step_points or not worth:
                return None
            return PointsTender(amount_minor=worth, member=member, points=amount, offline=offline)
        case MealVoucherOffer(issuer=issuer, account=account):
            eligible = settlement.eligible_minor[ask.kind]
            return MealVoucherTender(amount_minor=amount, issuer=issuer, account=account, eligible_minor=eligible)
        case WalletOffer(provider=provider, pay_later=pay_later):
            return WalletTender(
                amount_minor=amount,
                provider=provider,
                reference=said.reference,
                attempt=ask.attempt,
                pay_later=pay_later,
            )
        case CashOffer():
            raise ValueError("cash is counted, not approved")


def _stored_value(settlement: Settlement, ask: Ask, offer: StoredValueOffer, said: Approved) -> StoredValueTender:
    """What was used up beyond the amount becomes a new credit or is lost, as the policy says."""
    amount = min(said.amount_minor, ask.amount_minor)
    rest = said.amount_minor - amount
    rules = settlement.policy.rules(ask.kind)
    exchanged = rest if rules and rules.over is Over.STORE_CREDIT else 0
    return StoredValueTender(
        amount_minor=amount,
        instrument=offer.instrument,
        account=offer.account,
        shown=offer.shown,
        offline=offer.offline,
        balance_minor=said.balance_minor,
        value_minor=said.amount_minor,
        credit_minor=exchanged,
        forfeited_minor=rest - exchanged,
        valid_until=offer.valid_until,
        partial=said.amount_minor < ask.value_minor,
    )
