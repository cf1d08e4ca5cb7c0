"""What a request may cost headquarters, and why."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.domain.pricing.reading import DOCUMENT_BYTES_MAX


@dataclass(frozen=True, slots=True)
class Limits:
    """Sizes in bytes, times in seconds.

    `document_bytes` is what pricing itself reads. `bulk_bytes` is held in memory while its lines are priced.
    `body_s`: a sender that is slower than this holds a place that another one could have. `at_once`: requests beyond
    are told to come back, since pricing takes a core each.
    """

    document_bytes: int = DOCUMENT_BYTES_MAX
    bulk_bytes: int = 64 * 1024 * 1024
    body_s: float = 30.0
    at_once: int = 64
