"""What a scanned text means in this store: a good, a label with a price or weight in it, or something else."""

from kiosk.domain.barcode.reading import interpret
from kiosk.domain.barcode.records import (
    CouponCode,
    GoodCode,
    GoodWithData,
    Gs1Code,
    InHouseCode,
    Kind,
    LabelCode,
    Meaning,
    NotACode,
)

__all__ = [
    "CouponCode",
    "GoodCode",
    "GoodWithData",
    "Gs1Code",
    "InHouseCode",
    "Kind",
    "LabelCode",
    "Meaning",
    "NotACode",
    "interpret",
]
