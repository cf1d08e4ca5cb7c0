"""The lines of a receipt: goods by piece and by weight, deposits, discounts, and goods that came back."""

from __future__ import annotations

from collections.abc import Iterator

from drivers.printer.interface import Columns, Element, Text
from kiosk.domain.receipt.document import Discount, Line, LinePrice, Returned
from kiosk.domain.receipt.voice import Voice

_INDENT = "  "


def line_elements(line: Line, voice: Voice) -> Iterator[Element]:
    """One line and all that stands under it."""
    name = (_INDENT if line.linked else "") + voice.name(line.name)
    if line.price is None:
        yield Columns(name, f"x {line.quantity}") if not line.grams else Text(name)
    else:
        yield Columns(name, f"{voice.money(line.price.asked_minor)} {','.join(line.tax_codes)}".rstrip())
    if line.grams:
        yield from _weight(line, voice)
    elif line.price is not None and abs(line.quantity) > 1:
        yield Text(f"{_INDENT}{voice.figure(str(line.quantity))} x {voice.amount(line.price.unit_price_minor)}")
    for discount in line.price.discounts if line.price is not None else ():
        yield discount_element(discount, voice, _INDENT)
    yield from _details(line, voice)


def discount_element(discount: Discount, voice: Voice, indent: str = "") -> Columns:
    """What a promotion took off, by its name."""
    return Columns(indent + voice.name(discount.name), voice.money(-discount.amount_minor))


def _weight(line: Line, voice: Voice) -> Iterator[Element]:
    """Net weight, tare and price per kilogram, with the decimals of the scale: weighed goods must say all three."""
    unit = voice.say("kg")
    net = f"{_INDENT}{voice.figure(voice.kilograms(line.grams))} {unit} {voice.say('net')}"
    yield Text(net if line.price is None else f"{net} x {_per_kilogram(line.price, voice)}")
    if line.tare_grams:
        yield Text(f"{_INDENT}{voice.say('tare')} {voice.figure(voice.kilograms(line.tare_grams))} {unit}")
    if line.price is not None and line.price.label:
        yield Text(f"{_INDENT}{voice.say('price as on the label')}")


def _per_kilogram(price: LinePrice, voice: Voice) -> str:
    return f"{voice.amount(price.unit_price_minor)}/{voice.say('kg')}"


def _details(line: Line, voice: Voice) -> Iterator[Element]:
    if line.returned is not None:
        yield from _returned(line.returned, voice)
    if line.serial_number:
        yield Text(f"{_INDENT}{voice.say('Serial number')} {voice.figure(line.serial_number)}")
    if line.lot:
        yield Text(f"{_INDENT}{voice.say('Lot')} {voice.figure(line.lot)}")


def _returned(returned: Returned, voice: Voice) -> Iterator[Element]:
    if returned.receipt:
        yield Text(f"{_INDENT}{voice.say('Returned, from receipt')} {voice.figure(returned.receipt)}")
    else:
        yield Text(f"{_INDENT}{voice.say('Returned without a receipt')}")
    if returned.reason:
        yield Text(f"{_INDENT}{voice.say('Reason')}: {voice.name(returned.reason)}")
