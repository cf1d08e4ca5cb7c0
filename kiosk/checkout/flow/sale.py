"""A paid transaction becomes a sale: one record for the ledger, and a receipt to print."""

from __future__ import annotations

from msgspec.structs import replace

from drivers.payment.interface import Approved
from kiosk.accounts.till import shift_for_sale
from kiosk.checkout.effects import BookSale, PrintReceipt
from kiosk.checkout.flow import fiscal
from kiosk.checkout.flow.step import Step, now_with, sale_line
from kiosk.checkout.state import LaneState, Receipt
from kiosk.checkout.surroundings import Surroundings
from kiosk.domain.transaction import Transaction
from kiosk.messages.contents import PaymentAttempt, Sale, TaxTotal
from kiosk.messages.tenders import CardTender, Tender


def sold(
    state: LaneState, transaction: Transaction, tenders: tuple[Tender, ...], around: Surroundings, operator: str = ""
) -> Step:
    """Book the sale and print its receipt; the basket is gone from the lane in the same commit.

    `operator` is "" where the shopper did it all alone.
    """
    sale = _sale(state, transaction, tenders, around, operator or state.duty.trainee)
    job_id = receipt_job(around.name, sale.sequence_number)
    stage = Receipt(
        sequence_number=sale.sequence_number, total_minor=sale.total_minor, job_id=job_id, since_ms=around.now_ms
    )
    done = replace(state, stage=stage, transaction=None, last_sale=sale.sequence_number, help_shown=False)
    done = now_with(done, confirm_cancel=False, notice=None)
    step = fiscal.of_sale(done, sale, PrintReceipt(job_id, sale.sequence_number), around)
    return Step(step.state, (BookSale(sale), *step.effects))


def receipt_job(name: str, sequence_number: int, copy: int = 0) -> str:
    """The print job of a receipt, unique for ever: a copy is a job of its own."""
    return f"receipt-{name}-{sequence_number:06d}" + (f"-copy{copy}" if copy else "")


def card_tender(attempt: PaymentAttempt, event: Approved) -> CardTender:
    """An approval as a tender of the sale."""
    card = event.card
    return CardTender(
        attempt=attempt.attempt,
        amount_minor=event.amount_minor,
        terminal_id=card.terminal_id,
        receipt_number=card.receipt_number,
        trace_number=card.trace_number,
        masked_pan=card.masked_pan,
        card_name=card.card_name,
        authorisation_code=card.authorisation_code,
    )


def _sale(
    state: LaneState, transaction: Transaction, tenders: tuple[Tender, ...], around: Surroundings, operator: str
) -> Sale:
    staffing = around.staffing
    shift = shift_for_sale(around.accounts.tills(), staffing.till, operator, staffing.tills.policy)
    taxes = tuple(
        TaxTotal(
            tax_code=tax.code,
            tax_rate_ppm=tax.rate_ppm,
            gross_minor=tax.gross_minor,
            net_minor=tax.net_minor,
            tax_minor=tax.tax_minor,
        )
        for tax in transaction.taxes
    )
    return Sale(
        sequence_number=transaction.sequence_number,
        business_day=transaction.business_day,
        started_at=transaction.started_at,
        currency=transaction.currency,
        language=state.language or around.languages[0],
        lines=tuple(sale_line(line) for line in transaction.lines),
        taxes=taxes,
        tenders=tenders,
        total_minor=transaction.total_minor,
        catalog_version=around.catalog.version,
        customer_id=transaction.customer.customer_id,
        tax_exemption=transaction.customer.exemption_id,
        coupons=transaction.used_coupons,
        training=state.training,
        operator=operator,
        shift=shift.shift if shift else "",
    )
