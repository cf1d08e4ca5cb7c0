"""A simulated wallet provider for bench and tests: it moves no money, and does what its control handle says."""

from __future__ import annotations

from dataclasses import dataclass, field

from kiosk.domain.tender.wallet import (
    Begun,
    Heard,
    RefundDone,
    Refunded,
    ShowCode,
    Waiting,
    WalletApproved,
    WalletDeclined,
    WalletRequest,
    WalletUnknown,
)


@dataclass(slots=True)
class SimulatedProvider:
    """The control handle: the provider's books, and what goes wrong on the way to them.

    `unreachable`: every question is lost. `lose_next`: the next one is done, but its answer is lost.
    """

    unreachable: bool = False
    lose_next: bool = False
    requests: dict[str, WalletRequest] = field(default_factory=dict)
    decided: dict[str, WalletApproved | WalletDeclined] = field(default_factory=dict)
    refunds: dict[str, RefundDone] = field(default_factory=dict)

    def approve(self, attempt: str, amount_minor: int | None = None) -> None:
        """The shopper agrees on the phone."""
        if attempt in self.requests and attempt not in self.decided:
            amount = self.requests[attempt].amount_minor if amount_minor is None else amount_minor
            self.decided[attempt] = WalletApproved(attempt=attempt, reference=f"SIM-{attempt}", amount_minor=amount)

    def decline(self, attempt: str, reason: str = "declined") -> None:
        """The shopper or the provider refuses."""
        if attempt not in self.decided:
            self.decided[attempt] = WalletDeclined(attempt=attempt, reason=reason)

    def charged_minor(self) -> int:
        """What the shopper is without: charges less refunds."""
        charges = sum(one.amount_minor for one in self.decided.values() if isinstance(one, WalletApproved))
        return charges - sum(one.amount_minor for one in self.refunds.values())


class SimulatedWallet:
    """The adapter, as a checkout sees it."""

    def __init__(self, provider: SimulatedProvider) -> None:
        self._provider = provider

    def begin(self, request: WalletRequest) -> Begun:
        """Open a payment; told again, the same one."""
        if self._provider.unreachable:
            return self._lost(request.attempt)
        self._provider.requests.setdefault(request.attempt, request)
        if self._answer_lost():
            return self._lost(request.attempt)
        return ShowCode(attempt=request.attempt, text=f"https://wallet.invalid/pay/{request.attempt}")

    def enquire(self, attempt: str) -> Heard:
        """What became of it; an attempt that the provider never heard of was not charged."""
        if self._provider.unreachable or self._answer_lost():
            return self._lost(attempt)
        if attempt not in self._provider.requests:
            return WalletDeclined(attempt=attempt, reason="not_charged")
        return self._provider.decided.get(attempt, Waiting(attempt=attempt))

    def cancel(self, attempt: str) -> Heard:
        """Close it, unless the shopper was quicker."""
        if self._provider.unreachable:
            return self._lost(attempt)
        self._provider.decline(attempt, "cancelled")
        return self._lost(attempt) if self._answer_lost() else self._provider.decided[attempt]

    def refund(self, attempt: str, reference: str, amount_minor: int) -> Refunded:
        """Give back, once per attempt and never more than was charged."""
        if self._provider.unreachable:
            return self._lost(attempt)
        if attempt not in self._provider.refunds:
            if amount_minor > self._left(reference):
                return WalletDeclined(attempt=attempt, reason="more_than_charged")
            done = RefundDone(attempt=attempt, reference=reference, amount_minor=amount_minor)
            self._provider.refunds[attempt] = done
        return self._lost(attempt) if self._answer_lost() else self._provider.refunds[attempt]

    def _left(self, reference: str) -> int:
        charged = sum(
            one.amount_minor
            for one in self._provider.decided.values()
            if isinstance(one, WalletApproved) and one.reference == reference
        )
        return charged - sum(one.amount_minor for one in self._provider.refunds.values() if one.reference == reference)

    def _answer_lost(self) -> bool:
        lost, self._provider.lose_next = self._provider.lose_next, False
        return lost

    @staticmethod
    def _lost(attempt: str) -> WalletUnknown:
        return WalletUnknown(attempt=attempt, reason="no answer")
