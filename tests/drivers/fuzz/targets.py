"""Every codec under fuzzing, by name; each is imported only when it is run."""

from __future__ import annotations

from collections.abc import Callable

from tests.drivers.fuzz import others, payments, printers, scales, scanners, tags
from tests.drivers.fuzz.target import Target

CODECS: dict[str, Callable[[], Target]] = {
    **scales.CODECS,
    **scanners.CODECS,
    **printers.CODECS,
    **payments.CODECS,
    **tags.CODECS,
    **others.CODECS,
}
