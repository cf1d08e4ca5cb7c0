"""Screens as the presenter would make them, in English and German, with goods of a real kind of shop."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from kiosk.presenter.model import PRIMARY_MM, Item, Role, Screen, Tone

LANGUAGES = ("en", "de")
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
_DEPARTMENTS = {
    "en": ("All", "Fruit", "Vegetables", "Bakery", "Nuts and dried fruit", "Flowers", "Hot food", "Bags"),
    "de": ("Alle", "Obst", "Gemüse", "Backwaren", "Nüsse und Trockenobst", "Blumen", "Warme Küche", "Tragetaschen"),
}


def _title(text: str) -> Item:
    return Item("title", Role.TITLE, text)


def _text(text: str, item_id: str = "text") -> Item:
    return Item(item_id, Role.TEXT, text)


def _button(item_id: str, text: str, tone: Tone = Tone.NEUTRAL, *, enabled: bool = True) -> Item:
    least = PRIMARY_MM if tone is Tone.PRIMARY else 12.7
    return Item(item_id, Role.BUTTON, text, tone=tone, enabled=enabled, least_mm=least, action=item_id)


def _common(language: str) -> tuple[Item, ...]:
    others = [code for code in _NAMES if code != language]
    return (
        _button("help", "Help" if language == "en" else "Hilfe", Tone.QUIET),
        *(_button(f"language_{code}", _NAMES[code], Tone.QUIET) for code in others),
    )


def _screen(name: str, language: str, *items: Item, overlay: Screen | None = None) -> Screen:
    return Screen(name, language, (*items, *_common(language)), overlay)


def _pick(language: str, english: str, german: str) -> str:
    return english if language == "en" else german


def _money(language: str, value: str) -> str:
    return f"€{value}" if language == "en" else f"{value.replace('.', ',')} €"


def _total(language: str, value: str) -> Item:
    return Item("total", Role.AMOUNT, _pick(language, "Total", "Summe"), amount=_money(language, value))


def _status(language: str) -> Item:
    text = _pick(
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
                _pick(language, english, german),
                detail=detail,
                amount=_money(language, amount),
                picture=stem,
                selected=n == selected,
                action=f"select {n}",
            )
        )
        if n == selected:
            found += [
                _button(f"line_{n}_minus", "−"),
                _button(f"line_{n}_plus", "+"),
                _button(f"line_{n}_remove", _pick(language, "Remove", "Entfernen"), Tone.DANGER),
            ]
    return tuple(found)


def closed(language: str) -> Screen:
    """The lane is not open."""
    return _screen(
        "closed",
        language,
        _title(_pick(language, "This lane is closed", "Diese Kasse ist geschlossen")),
        _text(_pick(language, "Please use another lane.", "Bitte nutzen Sie eine andere Kasse.")),
        _text("Freshfield Market, Cork", "store"),
        _text(_pick(language, "Staff: scan your badge to open.", "Personal: zum Öffnen den Ausweis scannen."), "hint"),
    )


def attract(language: str) -> Screen:
    """Nobody is here."""
    return _screen(
        "attract",
        language,
        _text("Freshfield Market, Cork", "store"),
        _title(_pick(language, "Scan your first item", "Scannen Sie Ihren ersten Artikel")),
        _text(
            _pick(language, "or touch Start. Card only at this lane.", "oder Start berühren. Hier nur Kartenzahlung.")
        ),
        _button("start", _pick(language, "Start", "Einkauf starten"), Tone.PRIMARY),
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
                _pick(language, "Butter croissant added", "Buttercroissant hinzugefügt"),
            )
        )
    if offline:
        extra.append(_status(language))
    goods: tuple[Item, ...] = lines(language, count, selected)
    if not goods:
        goods = (_text(_pick(language, "Scan an item to begin", "Scannen Sie einen Artikel, um zu beginnen"), "empty"),)
    return _screen(
        "basket",
        language,
        _title(_pick(language, "Your basket", "Ihr Einkauf")),
        _text(_pick(language, f"{count} items", f"{count} Artikel"), "count"),
        *goods,
        _total(language, "13.11" if count else "0.00"),
        _button("pay", _pick(language, "Pay by card", "Mit Karte bezahlen"), Tone.PRIMARY, enabled=bool(count)),
        _button("lookup", _pick(language, "Item without bar code", "Artikel ohne Strichcode")),
        _button("cancel", _pick(language, "Cancel", "Abbrechen"), Tone.QUIET),
        *extra,
    )


def lookup(language: str) -> Screen:
    """Goods without a code."""
    departments = [
        Item(f"department_{n}", Role.BUTTON, text, selected=n == 1, action=text, tone=Tone.QUIET)
        for n, text in enumerate(_DEPARTMENTS[language])
    ]
    tiles = [
        Item(
            f"tile_{goods.stem}",
            Role.TILE,
            goods.name(language),
            detail=f"{_money(language, goods.price)}/kg",
            picture=goods.stem,
            action=goods.stem,
        )
        for goods in GOODS
    ]
    return _screen(
        "lookup",
        language,
        _title(_pick(language, "What are you buying?", "Was möchten Sie kaufen?")),
        *departments,
        *tiles,
        _button("back", _pick(language, "Back", "Zurück")),
    )


def weighing(language: str) -> Screen:
    """Loose goods on the scale."""
    return _screen(
        "weighing",
        language,
        _title(_pick(language, "Apples, Pink Lady", "Äpfel, Pink Lady")),
        Item("picture", Role.PICTURE, "Apples", picture="apple_pink"),
        _text(
            _pick(
                language,
                "Put the bag on the scale and let go of it.",
                "Legen Sie den Beutel auf die Waage und lassen Sie ihn los.",
            )
        ),
        Item(
            "weight", Role.AMOUNT, _pick(language, "Weight", "Gewicht"), amount=_pick(language, "0.452 kg", "0,452 kg")
        ),
        _text(_pick(language, "€2.49/kg", "2,49 €/kg"), "price"),
        _button("back", _pick(language, "Back", "Zurück")),
    )


def unknown_code(language: str) -> Screen:
    """A code that is not in the catalog."""
    return _screen(
        "unknown_code",
        language,
        _title(_pick(language, "We do not know this item", "Dieser Artikel ist uns nicht bekannt")),
        _text(
            _pick(
                language,
                "It was not added. Please put it aside; an attendant can look it up for you.",
                "Er wurde nicht hinzugefügt. Bitte legen Sie ihn beiseite; unser Personal hilft Ihnen gern.",
            )
        ),
        _button("continue", _pick(language, "Continue", "Weiter"), Tone.PRIMARY),
        Item("picture", Role.PICTURE, "", picture="unknown_code"),
    )


def age_check(language: str) -> Screen:
    """Someone must look at the shopper."""
    return _screen(
        "age_check",
        language,
        _title(_pick(language, "Please wait: age check", "Bitte warten: Altersprüfung")),
        _text(
            _pick(
                language,
                "An attendant has been called to confirm that you are 18 or older.",
                "Unser Personal wurde gerufen und bestätigt, dass Sie mindestens 18 Jahre alt sind.",
            )
        ),
        _button("back", _pick(language, "Go on without this item", "Ohne diesen Artikel weiter")),
    )


def tender_asking(language: str) -> Screen:
    """The terminal waits for a card."""
    return _screen(
        "tender_asking",
        language,
        _title(_pick(language, "Follow the payment terminal", "Bitte Kartenterminal beachten")),
        _total(language, "13.11"),
        _text(_pick(language, "Hold your card to the terminal.", "Halten Sie Ihre Karte an das Terminal."), "step"),
        _button("cancel", _pick(language, "Cancel payment", "Zahlung abbrechen"), Tone.QUIET),
        Item("picture", Role.PICTURE, "", picture="card"),
    )


def tender_in_doubt(language: str) -> Screen:
    """Nobody knows whether the card was charged."""
    return _screen(
        "tender_in_doubt",
        language,
        _title(_pick(language, "Checking your payment", "Ihre Zahlung wird geprüft")),
        _text(
            _pick(
                language,
                "Please do not pay again. An attendant has been called.",
                "Bitte bezahlen Sie nicht noch einmal. Unser Personal wurde gerufen.",
            )
        ),
        _total(language, "13.11"),
        Item("picture", Role.PICTURE, "", picture="doubt"),
    )


def tender_declined(language: str) -> Screen:
    """The card was refused."""
    return _screen(
        "tender_declined",
        language,
        _title(_pick(language, "The card was not accepted", "Die Karte wurde nicht angenommen")),
        _text(
            _pick(
                language,
                "Nothing was charged. Try again or use another card.",
                "Es wurde nichts abgebucht. Versuchen Sie es erneut oder mit einer anderen Karte.",
            )
        ),
        _button("retry", _pick(language, "Try again", "Erneut versuchen"), Tone.PRIMARY),
        _button("back", _pick(language, "Back to basket", "Zurück zum Einkauf")),
    )


def receipt(language: str) -> Screen:
    """Paid; the receipt is printing."""
    return _screen(
        "receipt",
        language,
        _title(_pick(language, "Paid. Thank you!", "Bezahlt. Vielen Dank!")),
        _text(_pick(language, "Your receipt is printing.", "Ihr Kassenbon wird gedruckt.")),
        _total(language, "13.11"),
        _button("done", _pick(language, "Done", "Fertig")),
        Item("picture", Role.PICTURE, "", picture="receipt"),
    )


def thanks(language: str) -> Screen:
    """Goodbye."""
    return _screen(
        "thanks",
        language,
        _title(_pick(language, "Thank you, goodbye", "Danke, auf Wiedersehen")),
        _text(_pick(language, "Please take your goods and your receipt.", "Bitte nehmen Sie Ware und Kassenbon mit.")),
    )


def _over(language: str, name: str, *items: Item) -> Screen:
    below = basket(language)
    return Screen(below.name, below.language, below.items, Screen(name, language, items))


def helped(language: str) -> Screen:
    """Help is coming."""
    return _over(
        language,
        "help",
        _title(_pick(language, "Help is on its way", "Hilfe ist unterwegs")),
        _text(
            _pick(
                language,
                "You can go on scanning when you close this message.",
                "Sie können weiter scannen, wenn Sie diesen Hinweis schließen.",
            )
        ),
        _button("cancel_help", _pick(language, "I no longer need help", "Ich brauche keine Hilfe mehr")),
    )


def out_of_order(language: str) -> Screen:
    """A device is gone without which the lane cannot sell."""
    return _over(
        language,
        "out_of_order",
        _title(_pick(language, "One moment, please", "Einen Moment, bitte")),
        _text(_pick(language, "This lane needs an attendant.", "Diese Kasse braucht unser Personal.")),
        _text(_pick(language, "The receipt printer is out of paper.", "Der Bondrucker hat kein Papier."), "reason"),
        _text(
            _pick(
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
        _title(_pick(language, "Are you still there?", "Sind Sie noch da?")),
        _text(
            _pick(
                language,
                "The basket will be parked when the time is up.",
                "Der Einkauf wird zurückgestellt, wenn die Zeit abgelaufen ist.",
            )
        ),
        Item(
            "countdown", Role.AMOUNT, _pick(language, "Seconds left", "Noch Sekunden"), amount="18", tone=Tone.CAUTION
        ),
        _button("cancel", _pick(language, "Cancel the purchase", "Einkauf abbrechen"), Tone.QUIET),
        _button("continue", _pick(language, "I am still here", "Ich bin noch da"), Tone.PRIMARY),
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
        _title(_pick(language, "Attendant", "Personal")),
        _text(_pick(language, "Signed on: M. Byrne", "Angemeldet: M. Byrne")),
        *(_button(item_id, _pick(language, english, german)) for item_id, english, german in actions),
        _button("leave", _pick(language, "Back to the shopper", "Zurück zur Kundschaft"), Tone.PRIMARY),
    )


def confirm_cancel(language: str) -> Screen:
    """Really give up."""
    return _over(
        language,
        "confirm_cancel",
        _title(_pick(language, "Cancel the purchase?", "Einkauf abbrechen?")),
        _text(_pick(language, "All 5 items will be removed.", "Alle 5 Artikel werden entfernt.")),
        _button("yes", _pick(language, "Yes, remove all", "Ja, alles entfernen"), Tone.DANGER),
        _button("no", _pick(language, "No, go on", "Nein, weiter einkaufen"), Tone.PRIMARY),
    )


SAMPLES: dict[str, Callable[[str], Screen]] = {
    "closed": closed,
    "attract": attract,
    "basket_empty": lambda language: basket(language, 0),
    "basket": basket,
    "basket_selected": lambda language: basket(language, 3, 1, notice=True),
    "basket_long_offline": lambda language: basket(language, 200, offline=True),
    "lookup": lookup,
    "weighing": weighing,
    "unknown_code": unknown_code,
    "age_check": age_check,
    "tender_asking": tender_asking,
    "tender_in_doubt": tender_in_doubt,
    "tender_declined": tender_declined,
    "receipt": receipt,
    "thanks": thanks,
    "help": helped,
    "out_of_order": out_of_order,
    "idle_warning": idle_warning,
    "attendant": attendant,
    "confirm_cancel": confirm_cancel,
}
