"""Who of the staff is signed on at the lane, what they may do here, and what their sheet shows."""

from __future__ import annotations

import enum

import msgspec

from kiosk.domain.operator.attempts import SignOnState
from kiosk.domain.operator.rights import Right


class Page(enum.StrEnum):
    """A page of the attendant's sheet."""

    MAIN = "main"
    REPORTS = "reports"
    NO_SALE = "no_sale"


class Duty(msgspec.Struct, frozen=True, kw_only=True):
    """On disk with the lane, so that a lock-out does not end with the power.

    `rights` are those of whoever is signed on, less what this lane cannot do. `asked` is the action that waits for a
    second person or for a number to be scanned, "" for none. `trainee` is the operator who practises, "" where sales
    count. `z_copies` were made of the last Z report.
    """

    sign_on: SignOnState = SignOnState()
    rights: tuple[Right, ...] = ()
    page: Page = Page.MAIN
    asked: str = ""
    trainee: str = ""
    z_copies: int = 0
