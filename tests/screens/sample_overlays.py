"""Sample screens that lie over the basket, in English and German."""

from __future__ import annotations

from kiosk.presenter.model import Item, Role, Screen, Tone
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


def out_of_order(language: str) -> Screen:
    """A device is gone without which the lane cannot sell."""
    return _over(
        language,
        "out_of_order",
        title(pick(language, "One moment, please", "Einen Moment, bitte")),
        text(pick(language, "This lane needs an attendant.", "Diese Kasse braucht unser Personal.")),
        text(pick(language, "The receipt printer is out of paper.", "Der Bondrucker hat kein Papier."), "reason"),
        text(
            pick(
                language,
                "Open the printer's lid and put in a new roll.",
                "Öffnen Sie den Druckerdeckel und legen Sie eine neue Rolle ein.",
            ),
            "remedy",
        ),
    )


def idle_warning(language: str) -> Screen:
    """Is anybody there."""
    return _over(
        language,
        "idle_warning",
        title(pick(language, "Are you still there?", "Sind Sie noch da?")),
        text(
            pick(
                language,
                "The basket will be parked when the time is up.",
                "Der Einkauf wird zurückgestellt, wenn die Zeit abgelaufen ist.",
            )
        ),
        Item("countdown", Role.AMOUNT, pick(language, "Seconds left", "Noch Sekunden"), amount="18", tone=Tone.CAUTION),
        button("cancel", pick(language, "Cancel the purchase", "Einkauf abbrechen"), Tone.QUIET),
        button("continue", pick(language, "I am still here", "Ich bin noch da"), Tone.PRIMARY),
    )


def attendant(language: str) -> Screen:
    """An attendant has signed on at the lane."""
    actions = (
        ("action_close", "Close the lane", "Kasse schließen"),
        ("action_age_ok", "Age is confirmed", "Alter ist bestätigt"),
        ("action_suspend", "Suspend this sale", "Einkauf zurückstellen"),
        ("action_void", "Void this sale", "Verkauf stornieren"),
        ("action_reprint", "Reprint the last receipt", "Letzten Kassenbon nachdrucken"),
        ("action_solve", "Payment was taken", "Zahlung ist erfolgt"),
    )
    return _over(
        language,
        "attendant",
        title(pick(language, "Attendant", "Personal")),
        text(pick(language, "Signed on: M. Byrne", "Angemeldet: M. Byrne")),
        *(button(item_id, pick(language, english, german)) for item_id, english, german in actions),
        button("leave", pick(language, "Back to the shopper", "Zurück zur Kundschaft"), Tone.PRIMARY),
    )


def confirm_cancel(language: str) -> Screen:
    """Really give up."""
    return _over(
        language,
        "confirm_cancel",
        title(pick(language, "Cancel the purchase?", "Einkauf abbrechen?")),
        text(pick(language, "All 5 items will be removed.", "Alle 5 Artikel werden entfernt.")),
        button("yes", pick(language, "Yes, remove all", "Ja, alles entfernen"), Tone.DANGER),
        button("no", pick(language, "No, go on", "Nein, weiter einkaufen"), Tone.PRIMARY),
    )
