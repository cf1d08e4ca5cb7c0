"""Sample screens of every stage, in English and German, with goods of a real kind of shop."""

from __future__ import annotations

from kiosk.presenter.model import Item, Role, Screen, Tone
from tests.screens.parts import DEPARTMENTS, GOODS, button, lines, money, pick, screen, status, text, title, total


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
