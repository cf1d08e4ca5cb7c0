"""How each picture of a good is made: from which emoji, how many of it, and in which colour."""

from __future__ import annotations

from dataclasses import dataclass

Hues = tuple[int, int]  # degrees on the colour wheel, from and to; from > to goes through red (0)

REDS: Hues = (330, 32)
ORANGES: Hues = (350, 52)
GREENS: Hues = (60, 170)
PURPLES: Hues = (225, 335)
ALL: Hues = (0, 360)


@dataclass(frozen=True, slots=True)
class Paint:
    """Colours of the hues `only` turned to `hue`; saturation and brightness in percent of what they were.

    `below` leaves the top alone (percent of the height), where stems and leaves are.
    """

    hue: int
    only: Hues
    saturation: int = 100
    brightness: int = 100
    below: int = 0


@dataclass(frozen=True, slots=True)
class Recipe:
    """`emoji` drawn `count` times (1 or 3), painted over if `paint` says so."""

    emoji: str
    paint: Paint | None = None
    count: int = 1


@dataclass(frozen=True, slots=True)
class BagRecipe:
    """A carrier bag drawn in `colour` with a small emoji on it."""

    colour: tuple[int, int, int]
    emoji: str


PLAIN = {
    "apple_green": "🍏", "apple_red": "🍎", "aubergine": "🍆", "avocado": "🥑", "bagel": "🥯", "baguette": "🥖",
    "banana": "🍌", "bay": "🌿", "blueberries": "🫐", "bouquet": "💐", "broccoli": "🥦", "burger": "🍔",
    "burrito": "🌯", "cake": "🎂", "cake_slice": "🍰", "carrot": "🥕", "cherries": "🍒", "chestnut": "🌰",
    "chicken_leg": "🍗", "chilli_red": "🌶️", "chips": "🍟", "coconut": "🥥", "coffee": "☕", "cookie": "🍪",
    "croissant": "🥐", "cucumber": "🥒", "cupcake": "🧁", "doughnut": "🍩", "egg": "🥚", "fern": "🪴",
    "flatbread": "🫓", "garlic": "🧄", "ginger": "🫚", "hot_dog": "🌭", "ice": "🧊", "kiwi": "🥝", "lemon": "🍋",
    "lime": "🍋‍🟩", "loaf": "🍞", "mango": "🥭", "melon": "🍈", "mushroom_chestnut": "🍄‍🟫", "olives": "🫒",
    "onion": "🧅", "orange": "🍊", "pak_choi": "🥬", "pancakes": "🥞", "peach": "🍑", "peanut": "🥜", "pear": "🍐",
    "peas": "🫛", "pepper_green": "🫑", "pie": "🥧", "pineapple": "🍍", "pitta": "🥙", "pizza": "🍕",
    "pretzel": "🥨", "rose": "🌹", "salad": "🥗", "sandwich": "🥪", "stew": "🍲", "strawberry": "🍓",
    "sunflower": "🌻", "sweet_potato": "🍠", "sweetcorn": "🌽", "tea_green": "🍵", "tomato": "🍅", "tulip": "🌷",
    "waffle": "🧇", "watermelon": "🍉",
}  # fmt: skip

COMPOSED = {
    "apple_golden": Recipe("🍎", Paint(50, REDS, 80, 104)),
    "apple_pink": Recipe("🍎", Paint(350, REDS, 68, 104)),
    "chilli_green": Recipe("🌶️", Paint(100, REDS, 85, 72)),
    "clementines": Recipe("🍊", count=3),
    "grapefruit": Recipe("🍊", Paint(14, ORANGES, 66, 103)),
    "grapes_black": Recipe("🍇", Paint(258, PURPLES, 95, 62)),
    "grapes_red": Recipe("🍇", Paint(338, PURPLES, 115, 106)),
    "grapes_white": Recipe("🍇", Paint(74, PURPLES, 105, 150)),
    "mushroom_white": Recipe("🍄‍🟫", Paint(36, ALL, 22, 138)),
    "nectarine": Recipe("🍑", Paint(4, ORANGES, 118, 92)),
    "onion_red": Recipe("🧅", Paint(322, ALL, 82, 72)),
    "pepper_orange": Recipe("🫑", Paint(28, GREENS, 150, 140, 30)),
    "pepper_red": Recipe("🫑", Paint(3, GREENS, 150, 122, 30)),
    "pepper_yellow": Recipe("🫑", Paint(48, GREENS, 145, 148, 30)),
    "plum": Recipe("🍑", Paint(318, ORANGES, 90, 62)),
    "potato": Recipe("🥔", Paint(8, ALL, 130, 104)),
    "potatoes_baby": Recipe("🥔", Paint(40, ALL, 105, 140), count=3),
    "tomatoes_cherry": Recipe("🍅", count=3),
}

BAGS = {
    "bag_compostable": BagRecipe((124, 179, 66), "🌱"),
    "bag_cool": BagRecipe((79, 160, 215), "❄️"),
    "bag_for_life": BagRecipe((226, 92, 58), "♻️"),
    "bag_paper": BagRecipe((196, 154, 108), "🌾"),
}
