"""Sample screens that lie over the basket, in English and German."""

from __future__ import annotations

from kiosk.presenter.model import Item, Screen
from tests.screens.parts import button, pick, text, title
from tests.screens.sample_screens import basket


def _over(language: str, name: str, *items: Item) -> Screen:
    below = basket(language)
    return Screen(below.name, below.language, below.items, Screen(name, language, items))


def helped(language: str) -> Screen:
    """Help is coming."""
    return _over(
        language,
        "help",
        title(pick(language, "Help is on its way", "Hilfe ist unterwegs")),
        text(
            pick(
                language,
                "You can go on scanning when you close this message.",
                "Sie können weiter scannen, wenn Sie diesen Hinweis schließen.",
            )
        ),
        button("cancel_help", pick(language, "I no longer need help", "Ich brauche keine Hilfe mehr")),
    )
