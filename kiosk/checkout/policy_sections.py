"""Which sections of a policy this device can read, whom it trusts, and what they mean for its staff."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping

from msgspec.structs import replace

from kiosk.accounts.report import ReportPolicy
from kiosk.accounts.till_policy import TillPolicy
from kiosk.checkout.staffing import Staffing
from kiosk.config import PolicyKey, Settings
from kiosk.domain.attention import policy as attention
from kiosk.domain.policy import self_checkout
from kiosk.domain.policy.envelope import Place, PolicyScope, TrustedKey, trusted
from kiosk.domain.policy.layers import PolicyInForce
from kiosk.domain.policy.verification import Sections
from kiosk.domain.returning import policy as returns
from kiosk.domain.tender import offline, rules

# Every section that this device can read; a policy with any other is refused whole.
SECTIONS: Sections = {
    attention.SECTION: attention.AttentionRules,
    returns.SECTION: returns.ReturnRules,
    rules.SECTION: rules.TenderPolicy,
    offline.SECTION: offline.OfflineLimits,
    "reports": ReportPolicy,
    "tills": TillPolicy,
    self_checkout.SECTION: self_checkout.SelfCheckoutRules,
}


def place_of(settings: Settings) -> Place:
    """Where this lane stands, as policies name it; its region is the country of the store."""
    here = settings.workstation
    return Place(
        tenant=here.tenant,
        region=settings.store.locale_territory,
        store_id=here.store_id,
        workstation_id=here.workstation_id,
    )


def keys_of(keys: tuple[PolicyKey, ...]) -> Mapping[str, TrustedKey]:
    """The keys of the settings, by their names."""
    return trusted(
        *(
            TrustedKey(
                key.public_key,
                PolicyScope(
                    tenant=key.tenant, region=key.region, store_id=key.store_id, workstation_id=key.workstation_id
                ),
            )
            for key in keys
        )
    )


def staffing_under(staffing: Staffing, in_force: PolicyInForce) -> Staffing:
    """What a policy lays down for staff instead of the settings; whether there is a drawer is no matter of policy."""
    reports = in_force.sections.get("reports")
    tills = in_force.sections.get("tills")
    if isinstance(reports, ReportPolicy):
        staffing = dataclasses.replace(staffing, reports=reports)
    if isinstance(tills, TillPolicy):
        own = staffing.tills.policy
        policy = replace(tills, sharing=own.sharing, drawer=own.drawer)
        staffing = dataclasses.replace(staffing, tills=dataclasses.replace(staffing.tills, policy=policy))
    return staffing
