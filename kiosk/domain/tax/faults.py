"""What is wrong with a set of tax rules, and what to do about it."""

from __future__ import annotations


class TaxError(Exception):
    """Taxes that cannot be reckoned, said so that a person can act on it: what is wrong, and the remedy."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message} {remedy}")
        self.message = message
        self.remedy = remedy
