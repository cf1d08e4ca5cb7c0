"""What was sent under which reference in this process: nothing is sent twice, no charge is taken for two. Pure.

A ZVT terminal knows no reference of ours, only the receipt number of its last transaction. Which payment that number
belongs to can be told only by keeping account of everything that was sent.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from typing import Final, Generic, TypeVar

# An unattended lane makes some 40 payments an hour; what is older is asked about after a restart, if ever.
_KEPT: Final = 1000

O = TypeVar("O")  # noqa: E741 # the outcome, and the only type there is here


@dataclass(slots=True)
class Sent(Generic[O]):
    """One command that moves money. `before` is the last receipt number then, None where it was not known.

    `receipt_number` is that of the transaction it led to: None while that is not known, 0 where it led to none.
    """

    before: int | None
    outcome: O | None = None
    receipt_number: int | None = None


class Ledger(Generic[O]):
    """All commands that move money in the order in which they were sent, by reference."""

    def __init__(self) -> None:
        self._sent: OrderedDict[str, Sent[O]] = OrderedDict()

    def send(self, reference: str, before: int | None) -> None:
        """Note that a command goes out now."""
        self._sent[reference] = Sent(before)
        self._sent.move_to_end(reference)
        while len(self._sent) > _KEPT:
            self._sent.popitem(last=False)

    def settle(self, reference: str, outcome: O, receipt_number: int | None) -> None:
        """Note what came of it; does nothing for a reference of an earlier process."""
        if reference in self._sent:
            self._sent[reference].outcome = outcome
            self._sent[reference].receipt_number = receipt_number

    def of(self, reference: str) -> Sent[O] | None:
        """What is known of `reference`; None where nothing was sent for it."""
        return self._sent.get(reference)

    def forget(self, reference: str, receipt_number: int) -> None:
        """Tell the outcome of a transaction no more, by its reference or its number: it is about to be reversed."""
        for other, sent in self._sent.items():
            if other == reference or sent.receipt_number == receipt_number:
                sent.outcome = None

    def claim(self, reference: str, receipt_number: int) -> str:
        """Why the transaction `receipt_number` cannot be held to be that of `reference`; "" where it can.

        It cannot where it is known to be another's, or may be that of something sent later that is not settled.
        """
        later = reference not in self._sent
        for other, sent in self._sent.items():
            if other == reference:
                later = True
            elif sent.receipt_number == receipt_number:
                return "The terminal's last transaction is another one of this lane."
            elif later and sent.receipt_number is None:
                return "The terminal's last transaction may be another one of this lane."
        return ""
