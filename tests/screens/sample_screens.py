"""Sample screens of every stage, in English and German, with goods of a real kind of shop."""

from __future__ import annotations

from kiosk.presenter.model import Item, Role, Screen, Tone
from tests.screens.parts import DEPARTMENTS, GOODS, button, lines, money, pick, screen, status, text, title, total


def closed(language: str) -> Screen:
    """The lane is not open."""
    return screen(
        "closed",
        language,
        title(pick(language, "This lane is closed", "Diese Kasse ist geschlossen")),
        text(pick(language, "Please use another lane.", "Bitte nutzen Sie eine andere Kasse.")),
        text("Freshfield Market, Cork", "store"),
        text(pick(language, "Staff: scan your badge to open.", "Personal: zum Öffnen den Ausweis scannen."), "hint"),
    )


def attract(language: str) -> Screen:
    """Nobody is here."""
    return screen(
        "attract",
        language,
        text("Freshfield Market, Cork", "store"),
        title(pick(language, "Scan your first item", "Scannen Sie Ihren ersten Artikel")),
        text(pick(language, "or touch Start. Card only at this lane.", "oder Start berühren. Hier nur Kartenzahlung.")),
        button("start", pick(language, "Start", "Einkauf starten"), Tone.PRIMARY),
        Item("picture", Role.PICTURE, "", picture="scan"),
    )


def basket(
    language: str, count: int = 5, selected: int | None = None, *, notice: bool = False, offline: bool = False
) -> Screen:
    """A basket of so many lines."""
    extra: list[Item] = []
    if notice:
        extra.append(
            Item(
                "notice",
                Role.NOTICE,
                pick(language, "Butter croissant added", "Buttercroissant hinzugefügt"),
            )
        )
    if offline:
        extra.append(status(language))
    goods: tuple[Item, ...] = lines(language, count, selected)
    if not goods:
        goods = (text(pick(language, "Scan an item to begin", "Scannen Sie einen Artikel, um zu beginnen"), "empty"),)
    return screen(
        "basket",
        language,
        title(pick(language, "Your basket", "Ihr Einkauf")),
        text(pick(language, f"{count} items", f"{count} Artikel"), "count"),
        *goods,
        total(language, "13.11" if count else "0.00"),
        button("pay", pick(language, "Pay by card", "Mit Karte bezahlen"), Tone.PRIMARY, enabled=bool(count)),
        button("lookup", pick(language, "Item without bar code", "Artikel ohne Strichcode")),
        button("cancel", pick(language, "Cancel", "Abbrechen"), Tone.QUIET),
        *extra,
    )


def lookup(language: str) -> Screen:
    """Goods without a code."""
    departments = [
        Item(f"department_{n}", Role.BUTTON, text, selected=n == 1, action=text, tone=Tone.QUIET)
        for n, text in enumerate(DEPARTMENTS[language])
    ]
    tiles = [
        Item(
            f"tile_{goods.stem}",
            Role.TILE,
            goods.name(language),
            detail=f"{money(language, goods.price)}/kg",
            picture=goods.stem,
            action=goods.stem,
        )
        for goods in GOODS
    ]
    return screen(
        "lookup",
        language,
        title(pick(language, "What are you buying?", "Was möchten Sie kaufen?")),
        *departments,
        *tiles,
        button("back", pick(language, "Back", "Zurück")),
    )


def weighing(language: str) -> Screen:
    """Loose goods on the scale."""
    return screen(
        "weighing",
        language,
        title(pick(language, "Apples, Pink Lady", "Äpfel, Pink Lady")),
        Item("picture", Role.PICTURE, "Apples", picture="apple_pink"),
        text(
            pick(
                language,
                "Put the bag on the scale and let go of it.",
                "Legen Sie den Beutel auf die Waage und lassen Sie ihn los.",
            )
        ),
        Item("weight", Role.AMOUNT, pick(language, "Weight", "Gewicht"), amount=pick(language, "0.452 kg", "0,452 kg")),
        text(pick(language, "€2.49/kg", "2,49 €/kg"), "price"),
        button("back", pick(language, "Back", "Zurück")),
    )


def unknown_code(language: str) -> Screen:
    """A code that is not in the catalog."""
    return screen(
        "unknown_code",
        language,
        title(pick(language, "We do not know this item", "Dieser Artikel ist uns nicht bekannt")),
        text(
            pick(
                language,
                "It was not added. Please put it aside; an attendant can look it up for you.",
                "Er wurde nicht hinzugefügt. Bitte legen Sie ihn beiseite; unser Personal hilft Ihnen gern.",
            )
        ),
        button("continue", pick(language, "Continue", "Weiter"), Tone.PRIMARY),
        Item("picture", Role.PICTURE, "", picture="unknown_code"),
    )


def age_check(language: str) -> Screen:
    """Someone must look at the shopper."""
    return screen(
        "age_check",
        language,
        title(pick(language, "Please wait: age check", "Bitte warten: Altersprüfung")),
        text(
            pick(
                language,
                "An attendant has been called to confirm that you are 18 or older.",
                "Unser Personal wurde gerufen und bestätigt, dass Sie mindestens 18 Jahre alt sind.",
            )
        ),
        button("back", pick(language, "Go on without this item", "Ohne diesen Artikel weiter")),
    )


def tender_asking(language: str) -> Screen:
    """The terminal waits for a card."""
    return screen(
        "tender_asking",
        language,
        title(pick(language, "Follow the payment terminal", "Bitte Kartenterminal beachten")),
        total(language, "13.11"),
        text(pick(language, "Hold your card to the terminal.", "Halten Sie Ihre Karte an das Terminal."), "step"),
        button("cancel", pick(language, "Cancel payment", "Zahlung abbrechen"), Tone.QUIET),
        Item("picture", Role.PICTURE, "", picture="card"),
    )


def tender_in_doubt(language: str) -> Screen:
    """Nobody knows whether the card was charged."""
    return screen(
        "tender_in_doubt",
        language,
        title(pick(language, "Checking your payment", "Ihre Zahlung wird geprüft")),
        text(
            pick(
                language,
                "Please do not pay again. An attendant has been called.",
                "Bitte bezahlen Sie nicht noch einmal. Unser Personal wurde gerufen.",
            )
        ),
        total(language, "13.11"),
        Item("picture", Role.PICTURE, "", picture="doubt"),
    )


def tender_declined(language: str) -> Screen:
    """The card was refused."""
    return screen(
        "tender_declined",
        language,
        title(pick(language, "The card was not accepted", "Die Karte wurde nicht angenommen")),
        text(
            pick(
                language,
                "Nothing was charged. Try again or use another card.",
                "Es wurde nichts abgebucht. Versuchen Sie es erneut oder mit einer anderen Karte.",
            )
        ),
        button("retry", pick(language, "Try again", "Erneut versuchen"), Tone.PRIMARY),
        button("back", pick(language, "Back to basket", "Zurück zum Einkauf")),
    )


def receipt(language: str) -> Screen:
    """Paid; the receipt is printing."""
    return screen(
        "receipt",
        language,
        title(pick(language, "Paid. Thank you!", "Bezahlt. Vielen Dank!")),
        text(pick(language, "Your receipt is printing.", "Ihr Kassenbon wird gedruckt.")),
        total(language, "13.11"),
        button("done", pick(language, "Done", "Fertig")),
        Item("picture", Role.PICTURE, "", picture="receipt"),
    )


def thanks(language: str) -> Screen:
    """Goodbye."""
    return screen(
        "thanks",
        language,
        title(pick(language, "Thank you, goodbye", "Danke, auf Wiedersehen")),
        text(pick(language, "Please take your goods and your receipt.", "Bitte nehmen Sie Ware und Kassenbon mit.")),
    )
