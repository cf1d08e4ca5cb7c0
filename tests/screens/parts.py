"""What the sample screens are made of: goods, texts, buttons and lines as the presenter makes them."""

from __future__ import annotations

from dataclasses import dataclass

from kiosk.presenter.model import PRIMARY_MM, Item, Role, Screen, Tone

_NAMES = {"en": "English", "de": "Deutsch", "fr": "Français"}


@dataclass(frozen=True, slots=True)
class Goods:
    """An article of the sample shop: names by language, price text, picture stem, department."""

    stem: str
    english: str
    german: str
    price: str
    department: str

    def name(self, language: str) -> str:
        """Its name in a language."""
        return self.english if language == "en" else self.german


GOODS = (
    Goods("banana", "Bananas", "Bananen", "1.79", "fruit"),
    Goods("apple_pink", "Apples, Pink Lady", "Äpfel, Pink Lady", "2.49", "fruit"),
    Goods("pear", "Pears, Conference", "Birnen, Conference", "2.79", "fruit"),
    Goods("lemon", "Lemons", "Zitronen", "3.20", "fruit"),
    Goods("grapes_white", "Seedless white grapes", "Kernlose helle Tafeltrauben", "4.49", "fruit"),
    Goods("tomato", "Vine tomatoes", "Strauchtomaten", "3.99", "vegetables"),
    Goods("carrot", "Carrots", "Karotten", "1.29", "vegetables"),
    Goods("potato", "Potatoes, waxy", "Kartoffeln, festkochend", "1.49", "vegetables"),
    Goods("broccoli", "Broccoli", "Brokkoli", "2.99", "vegetables"),
    Goods("cucumber", "Cucumber", "Salatgurke", "0.99", "vegetables"),
    Goods("croissant", "Butter croissant", "Buttercroissant", "1.20", "bakery"),
    Goods("loaf", "Sourdough rye loaf", "Roggensauerteigbrot", "3.80", "bakery"),
    Goods("pretzel", "Soft pretzel", "Laugenbrezel", "0.95", "bakery"),
    Goods("bagel", "Sesame bagel", "Sesam-Bagel", "1.10", "bakery"),
)
DEPARTMENTS = {
    "en": ("All", "Fruit", "Vegetables", "Bakery", "Nuts and dried fruit", "Flowers", "Hot food", "Bags"),
    "de": ("Alle", "Obst", "Gemüse", "Backwaren", "Nüsse und Trockenobst", "Blumen", "Warme Küche", "Tragetaschen"),
}


def title(text: str) -> Item:
    """A heading."""
    return Item("title", Role.TITLE, text)


def text(text: str, item_id: str = "text") -> Item:
    return Item(item_id, Role.TEXT, text)


def button(item_id: str, text: str, tone: Tone = Tone.NEUTRAL, *, enabled: bool = True) -> Item:
    least = PRIMARY_MM if tone is Tone.PRIMARY else 12.7
    return Item(item_id, Role.BUTTON, text, tone=tone, enabled=enabled, least_mm=least, action=item_id)


def common(language: str) -> tuple[Item, ...]:
    others = [code for code in _NAMES if code != language]
    return (
        button("help", "Help" if language == "en" else "Hilfe", Tone.QUIET),
        *(button(f"language_{code}", _NAMES[code], Tone.QUIET) for code in others),
    )


def screen(name: str, language: str, *items: Item, overlay: Screen | None = None) -> Screen:
    return Screen(name, language, (*items, *common(language)), overlay)


def pick(language: str, english: str, german: str) -> str:
    return english if language == "en" else german


def money(language: str, value: str) -> str:
    return f"€{value}" if language == "en" else f"{value.replace('.', ',')} €"


def total(language: str, value: str) -> Item:
    return Item("total", Role.AMOUNT, pick(language, "Total", "Summe"), amount=money(language, value))


def status(language: str) -> Item:
    text = pick(
        language,
        "No network. Selling goes on; 3 sales will be sent later.",
        "Kein Netz. Der Verkauf läuft weiter; 3 Verkäufe werden später gesendet.",
    )
    return Item("status", Role.STATUS, text, tone=Tone.CAUTION)


_LINES = (
    ("Oat drink Barista 1 l", "Haferdrink Barista 1 l", "", "2.29", "milk"),
    ("Bananas", "Bananen", "0.452 kg x 1.79 /kg", "0.81", "banana"),
    ("Butter croissant", "Buttercroissant", "3 x 1.20", "3.60", "croissant"),
    (
        "Wholegrain spelt crispbread with pumpkin seeds",
        "Dinkelvollkorn-Knäckebrot mit Kürbiskernen",
        "",
        "2.99",
        "loaf",
    ),
    ("Vine tomatoes", "Strauchtomaten", "0.318 kg x 3.99 /kg", "1.27", "tomato"),
    ("Free-range eggs, 10", "Freilandeier, 10 Stück", "", "3.49", "egg"),
    ("Dark chocolate 70 %", "Zartbitterschokolade 70 %", "2 x 1.59", "3.18", "chocolate"),
    ("Sparkling water 6 x 1.5 l", "Mineralwasser spritzig 6 x 1,5 l", "", "3.54", "water"),
)


def lines(language: str, count: int, selected: int | None = None) -> tuple[Item, ...]:
    """So many lines of a basket, repeating the sample goods; the selected one with its controls."""
    found: list[Item] = []
    for n in range(count):
        english, german, detail, amount, stem = _LINES[n % len(_LINES)]
        detail = detail if language == "en" else detail.replace(".", ",")
        found.append(
            Item(
                f"line_{n}",
                Role.LINE,
                pick(language, english, german),
                detail=detail,
                amount=money(language, amount),
                picture=stem,
                selected=n == selected,
                action=f"select {n}",
            )
        )
        if n == selected:
            found += [
                button(f"line_{n}_minus", "−"),
                button(f"line_{n}_plus", "+"),
                button(f"line_{n}_remove", pick(language, "Remove", "Entfernen"), Tone.DANGER),
            ]
    return tuple(found)
