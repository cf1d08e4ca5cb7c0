"""Names of MQTT topics: one tree per tenant, one branch per device, so a broker can confine each device to its own."""

from __future__ import annotations

import re
from dataclasses import dataclass

ROOT = "checklane/v1"
_PART = re.compile(r"[A-Za-z0-9_.-]{1,64}")


def device_name(store_id: str, workstation_id: str) -> str:
    """The name of a device in topics, as MQTT user and as client id, e.g. "0101-07"."""
    return f"{store_id}-{workstation_id}"


def is_topic_part(text: str) -> bool:
    """Whether a tenant, store or workstation id may stand in a topic (no slash, wildcard or space)."""
    return _PART.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Topics:
    """All topics of one device of one tenant."""

    tenant: str
    device: str

    @property
    def hello(self) -> str:
        """Up: `Hello`."""
        return self._up("hello")

    @property
    def ledger(self) -> str:
        """Up: `Batch`."""
        return self._up("ledger")

    @property
    def request(self) -> str:
        """Up: `ChunkRequest`, with MQTT response topic and correlation data."""
        return self._up("request")

    @property
    def state(self) -> str:
        """Up, retained, and the will: `DeviceState`."""
        return self._up("state")

    @property
    def acknowledgement(self) -> str:
        """Down: `Acknowledgement`."""
        return self._down("acknowledgement")

    @property
    def response(self) -> str:
        """Down: answers to `request`."""
        return self._down("response")

    def _up(self, leaf: str) -> str:
        return f"{ROOT}/{self.tenant}/up/{self.device}/{leaf}"

    def _down(self, leaf: str) -> str:
        return f"{ROOT}/{self.tenant}/down/{self.device}/{leaf}"


def catalog_head(tenant: str, store_id: str) -> str:
    """Down, retained: `CatalogHead` of a store."""
    return f"{ROOT}/{tenant}/catalog/{store_id}/head"


def all_devices(tenant: str, leaf: str) -> str:
    """Subscription of headquarters to one up-topic of every device."""
    return f"{ROOT}/{tenant}/up/+/{leaf}"


def device_in(topic: str) -> str | None:
    """The device an up-topic belongs to, or None."""
    parts = topic.split("/")
    return parts[4] if len(parts) == 6 and parts[3] == "up" else None
