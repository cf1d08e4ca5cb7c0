"""The one error of headquarters: what could not be done, and what a person can do about it."""

from __future__ import annotations


class HeadquartersError(Exception):
    """Something headquarters could not do. `message` says what happened, `remedy` what to do about it."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message} {remedy}")
        self.message = message
        self.remedy = remedy
