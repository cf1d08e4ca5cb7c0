"""Reads the rules goods are sold by - promotions, prices in a scope, taxes, policies - from one JSON file."""

from __future__ import annotations

from pathlib import Path

import msgspec

from headquarters.importer.outcome import ImportFailed
from kiosk.domain.catalog import Rules, rules_problems


def read_rules(path: Path) -> Rules:
    """The rules of a file; `ImportFailed` with the place and the reason where one is not understood.

    The file is `{"promotions": [], "prices": [], "tax_rules": [], "policies": {}}`, each part as in the pricing
    document (`python -m kiosk price --schema document` prints its schema).
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise ImportFailed(f"{path} cannot be read: {error.strerror}.", "Give the path of a rules file.") from error
    try:
        rules = msgspec.json.decode(text, type=Rules)
    except msgspec.MsgspecError as error:
        raise ImportFailed(
            f"{path.name}: {error}.", "Correct that place; `python -m kiosk price --schema document` says what fits."
        ) from error
    found = list(rules_problems(rules))
    if found:
        raise ImportFailed(f"{path.name}: {found[0]}.", "Give every rule an id of its own.")
    return rules
