"""What the flow may know of staff and accounts: badges, the rules of tills and reports, the sums of the ledger."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple, Protocol

from kiosk.accounts.report import ReportPolicy
from kiosk.accounts.report_books import Books
from kiosk.accounts.till import TillState
from kiosk.accounts.till_policy import Sharing, TillPolicy, TillRules
from kiosk.accounts.till_sign_on import credentials_of
from kiosk.config import Settings
from kiosk.domain.operator.attempts import SignOnRules
from kiosk.domain.operator.credentials import Credentials
from kiosk.domain.operator.rights import by_name, default_roles
from kiosk.messages.tills import ReportTaken
from kiosk.messages.topics import device_name


class Filed(NamedTuple):
    """A report in the ledger and when it was taken (RFC 3339 UTC)."""

    taken: ReportTaken
    at: str


class Accounts(Protocol):
    """What the ledger adds up to, with everything committed so far."""

    def books(self) -> Books:
        """The figures since the last Z report."""
        ...

    def tills(self) -> TillState:
        """The shifts, and whether training is on."""
        ...

    def last_z(self) -> Filed | None:
        """The last Z report, None before the first."""
        ...


@dataclass(frozen=True, slots=True)
class Staffing:
    """What the store lays down for its staff. `till` is where this lane's money is; `badge_prefix` "" for none.

    A text that begins with `badge_prefix` is a badge, known or not.
    """

    credentials: Credentials
    tills: TillRules
    till: str = "1"
    reports: ReportPolicy = field(default_factory=ReportPolicy)
    sign_on: SignOnRules = field(default_factory=SignOnRules)
    badge_prefix: str = ""


def staffing_of(settings: Settings) -> Staffing:
    """What a settings file says of it.

    At a lane of shoppers a shift is nobody's own: every sale belongs to the one that is open.
    """
    place, reports = settings.workstation, settings.reports
    return Staffing(
        credentials=credentials_of(settings.attendants),
        tills=TillRules(
            name=device_name(place.store_id, place.workstation_id),
            currency=settings.store.currency,
            policy=TillPolicy(sharing=Sharing.SHARED, drawer=settings.cash.drawer),
            roles=by_name(default_roles()),
        ),
        till=settings.cash.till,
        reports=ReportPolicy(
            unknown_payments=reports.unknown_payments,
            open_shifts=reports.open_shifts,
            several_a_day=reports.several_a_day,
        ),
        badge_prefix=settings.store.badge_prefix,
    )
