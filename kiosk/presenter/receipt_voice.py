"""The voice of a receipt in one language: what `kiosk.domain.receipt` needs to say, from phrases and CLDR formats."""

from __future__ import annotations

from datetime import datetime

from kiosk.domain.receipt import Voice
from kiosk.presenter.language import Language


def voice_of(words: Language) -> Voice:
    """How a receipt speaks in this language."""

    def moment(text: str) -> str:
        """A local RFC 3339 time as the language writes it; what is none stays as it is."""
        try:
            return words.date_and_time(datetime.fromisoformat(text))
        except ValueError:
            return text

    return Voice(
        say=words.say,
        money=words.money,
        kilograms=words.kilograms,
        rate=words.rate,
        moment=moment,
        foreign=words.money_in,
        rtl=words.rtl,
    )
