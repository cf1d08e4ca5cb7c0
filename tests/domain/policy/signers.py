"""An operator's keys, and policies signed with them."""

from __future__ import annotations

from datetime import UTC, datetime

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec.structs import replace

from kiosk.domain.policy.envelope import (
    Place,
    PolicyDocument,
    PolicyScope,
    SignedPolicy,
    TrustedKey,
    sign_policy,
    trusted,
)
from kiosk.domain.policy.self_checkout import SECTION as SELF_CHECKOUT
from kiosk.domain.policy.self_checkout import SelfCheckoutRules
from kiosk.domain.policy.verification import Known, Sections
from kiosk.domain.tender.rules import SECTION as TENDERS
from kiosk.domain.tender.rules import TenderPolicy

SECTIONS: Sections = {TENDERS: TenderPolicy, SELF_CHECKOUT: SelfCheckoutRules}
TENANT = PolicyScope(tenant="acme")
SOUTH = PolicyScope(tenant="acme", region="south")
STORE = PolicyScope(tenant="acme", store_id="S1")
DEVICE = PolicyScope(tenant="acme", store_id="S1", workstation_id="07")
HERE = Place(tenant="acme", region="south", store_id="S1", workstation_id="07")
NOON = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


class Operator:
    """Holds a private key, as the side that signs does."""

    def __init__(self, seed: int) -> None:
        self._private = Ed25519PrivateKey.from_private_bytes(bytes([seed]) * 32)
        self.public_hex = self._private.public_key().public_bytes_raw().hex()

    def sign(self, hash_hex: str) -> str:
        return self._private.sign(bytes.fromhex(hash_hex)).hex()

    def policy(self, document: PolicyDocument) -> SignedPolicy:
        return sign_policy(document, self.sign, self.public_hex)


ACME = Operator(1)
STORE_KEY = Operator(2)
STRANGER = Operator(3)
DOCUMENT = PolicyDocument(
    scope=STORE,
    valid_from="2026-11-22T06:00:00Z",
    valid_until="2026-12-01T06:00:00Z",
    sequence=4,
    sections={SELF_CHECKOUT: {"pieces_max": 15}},
)
KEYS = trusted(TrustedKey(ACME.public_hex, TENANT), TrustedKey(STORE_KEY.public_hex, STORE))
KNOWN = Known(keys=KEYS, place=HERE, sections=SECTIONS, newest={})


def document(scope: PolicyScope = STORE, sequence: int = 4, **self_checkout: object) -> PolicyDocument:
    return replace(DOCUMENT, scope=scope, sequence=sequence, sections={SELF_CHECKOUT: self_checkout})
