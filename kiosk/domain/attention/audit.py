"""Sample checks: which transactions are drawn, and which of their goods; the same key always draws the same."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence

from kiosk.domain.attention.policy import Audit
from kiosk.domain.money import PPM


def audited(key: str, amount_minor: int, audit: Audit) -> bool:
    """Whether a transaction is drawn. Raising the share keeps those that were drawn before."""
    return amount_minor >= audit.least_minor and _draw(audit.seed, key) % PPM < audit.share_ppm


def sample(key: str, lines: Sequence[int], audit: Audit) -> tuple[int, ...]:
    """The lines to scan again, in the order of the basket; all of them where there are no more than that."""
    drawn = sorted(lines, key=lambda line: _draw(audit.seed, key, str(line)))[: audit.lines]
    return tuple(sorted(drawn))


def _draw(*parts: str) -> int:
    return int.from_bytes(hashlib.sha256("\0".join(("audit", *parts)).encode()).digest())
