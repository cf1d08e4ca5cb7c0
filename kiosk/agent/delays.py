"""How long the agent waits for what, each with its reason; tests hand in shorter ones."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Delays:
    """All waits of the agent."""

    # A loaded headquarters answers within one; three avoid sending everything twice for a hiccup.
    answer_first_ms: int = 3_000
    # Doubled up to this, so that a fleet does not hammer a headquarters that is down.
    answer_last_ms: int = 60_000
    # A chunk of 256 KiB needs four seconds at 512 kbit/s; beyond this it counts as lost.
    chunk_ms: int = 15_000
    # Reconnects are drawn evenly from nought to a doubling limit ("full jitter"): 30,000 devices must not come at once.
    reconnect_first_s: float = 1.0
    reconnect_last_s: float = 120.0
    # TCP and TLS together, then the broker's answer to CONNECT and SUBSCRIBE.
    connect_s: float = 10.0
    # The bell wakes the agent; this finds what a lost ring left behind.
    poll_s: float = 1.0
    # The farewell at SIGTERM; the unit is killed later than this.
    farewell_s: float = 1.0
    # How often the retained state tells of a changed backlog.
    state_ms: int = 30_000
