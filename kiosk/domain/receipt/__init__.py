"""The receipt: its facts (`document`), how it is said (`voice`), and the two put together on paper (`compose`)."""

from kiosk.domain.receipt.compose import compose
from kiosk.domain.receipt.document import ReceiptDocument
from kiosk.domain.receipt.voice import Voice

__all__ = ["ReceiptDocument", "Voice", "compose"]
