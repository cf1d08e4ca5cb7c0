"""Payments whose end a report has to name: not known, or approved without a sale that they paid for."""

from __future__ import annotations

import msgspec

from kiosk.messages.contents import Content, PaymentAttempt, PaymentResult, Sale
from kiosk.messages.tenders import CardTender, WalletTender


class Payment(msgspec.Struct, frozen=True, kw_only=True):
    """A payment attempt with its last outcome, "" before there was any."""

    attempt: str
    sequence_number: int
    amount_minor: int
    outcome: str = ""

    @property
    def unknown(self) -> bool:
        """Whether nobody knows if money was taken."""
        return self.outcome in {"", "unknown"}

    @property
    def running(self) -> bool:
        """Whether it can still come to an end: what could not be reversed is listed once and then a person's."""
        return self.unknown or self.outcome == "approved"


def open_payments_after(payments: dict[str, Payment], content: Content) -> None:
    """Bring the open payments up to an entry, in place: the caller owns the dict."""
    match content:
        case PaymentAttempt(attempt=name):
            payments[name] = Payment(
                attempt=name, sequence_number=content.sequence_number, amount_minor=content.amount_minor
            )
        case PaymentResult(attempt=name, outcome=outcome):
            before = payments.pop(name, None)
            if outcome in {"unknown", "approved", "not_reversed"}:
                payments[name] = Payment(
                    attempt=name,
                    sequence_number=before.sequence_number if before else 0,
                    amount_minor=before.amount_minor if before else content.amount_minor,
                    outcome=outcome,
                )
        case Sale(tenders=tenders):
            for tender in tenders:
                if isinstance(tender, CardTender | WalletTender):
                    payments.pop(tender.attempt, None)
        case _:
            pass
