"""What the bench panel says of scale, card terminal, printer and plugs, and what can be done to them. No Kivy."""

from __future__ import annotations

from functools import partial

from demo.panel_model import Answer, Bench, Command, Key, Send, Tone, money, weight

LOADS = (0, 120, 452, 1200)
STEPS = (-100, -10, -1, 1, 10, 100)
SLIDE_GRAMS = 5_000
CAPACITY_GRAMS = 15_000
# A receipt's first lines are some 300 bytes, so this is in the middle of a job.
DROP_AFTER_BYTES = 300
PAPER_LINES = (5, 12, 25)
PLUGS = {
    "scanner": "Scanner",
    "scale": "Scale",
    "terminal": "Card",
    "printer": "Printer",
    "network": "Network",
}
SCALE_CONDITIONS = {
    "motion": ("In motion", "The scale is in motion.", "The scale is at rest."),
    "under": ("Under zero", "The scale is under zero.", "The scale is at zero or above."),
    "over": ("Over capacity", "The scale is over its capacity.", "The scale is within its capacity."),
    "silent": ("Silent", "The scale answers nothing.", "The scale answers again."),
}


def plug_keys(bench: Bench, send: Send) -> tuple[Key, ...]:
    """A plug for each device, and the network."""
    return tuple(_plug(name, bench.of(name), send) for name in PLUGS)


def _plug(name: str, answer: Answer, send: Send) -> Key:
    network = name == "network"
    on = answer.flag("connected" if network else "plugged")
    pull, put, pulled, there = ("cut", "mend", "cut", "connected") if network else ("unplug", "plug", "unplugged", "on")
    said = f"{PLUGS[name]}: {pulled if on else 'back again'}."
    command = Command(name, pull if on else put, said=said)
    detail = (there if on else pulled) if answer.heard else "no answer" if answer.trouble else ""
    tone = Tone.PLAIN if on or not detail else Tone.CAUTION
    return Key(f"plug_{name}", PLUGS[name], partial(send, command), detail, tone, on, enabled=answer.heard)


def scale_reading(bench: Bench) -> tuple[str, str]:
    """What lies on the scale, and how the scale fares."""
    answer = bench.of("scale")
    if not answer.heard:
        return "–", answer.trouble or "not asked yet"
    grams = weight(answer.number("grams"))
    if not answer.flag("plugged"):
        return grams, "unplugged"
    fares = [SCALE_CONDITIONS[name][0].lower() for name in SCALE_CONDITIONS if answer.flag(name)]
    return grams, ", ".join(fares) or "at rest"


def load(grams: int, *, passing: bool = False) -> Command:
    """Lay so much on the scale; it goes from empty to just over its capacity."""
    grams = min(max(0, grams), CAPACITY_GRAMS + 100)
    return Command("scale", "load", {"grams": grams}, f"On the scale: {weight(grams)}.", passing)


def load_keys(bench: Bench, send: Send) -> tuple[Key, ...]:
    """Weights to lay on the scale."""
    answer = bench.of("scale")
    now = answer.number("grams")
    names = ("Empty", "120 g", "452 g", "1.2 kg")
    return tuple(
        Key(f"load_{grams}", name, partial(send, load(grams)), on=answer.heard and grams == now, enabled=answer.heard)
        for grams, name in zip(LOADS, names, strict=True)
    )


def step_keys(bench: Bench, send: Send) -> tuple[Key, ...]:
    """A little more, a little less."""
    answer = bench.of("scale")
    now = answer.number("grams")
    return tuple(
        Key(f"step_{by}", f"{'+' if by > 0 else '−'} {abs(by)} g", partial(send, load(now + by)), enabled=answer.heard)
        for by in STEPS
    )


def condition_keys(bench: Bench, send: Send) -> tuple[Key, ...]:
    """How the scale fares, as switches."""
    answer = bench.of("scale")
    keys = []
    for name, (text, begun, ended) in SCALE_CONDITIONS.items():
        on = answer.flag(name)
        command = Command("scale", name, {"on": not on}, ended if on else begun)
        keys.append(Key(f"scale_{name}", text, partial(send, command), on=on, enabled=answer.heard))
    return tuple(keys)


def card_line(bench: Bench, currency: str) -> tuple[str, str]:
    """What the card terminal shows, and what to do with it."""
    answer = bench.of("terminal")
    if not answer.heard:
        return "–", answer.trouble or "not asked yet"
    if not answer.flag("plugged"):
        return "Off", "The card terminal is unplugged."
    if answer.flag("waiting"):
        return money(answer.number("amount_minor"), currency), "It waits for a card."
    if not answer.flag("connected"):
        return "Idle", "No lane is connected to it."
    return "Idle", "To be asked for a card, press Pay on the lane."


def card_keys(bench: Bench, send: Send, *, silent: bool) -> tuple[Key, ...]:
    """What a shopper does at the terminal, and what goes wrong with it."""
    answer = bench.of("terminal")
    heard, waiting = answer.heard, answer.flag("waiting")
    when = "now" if waiting else "next card"
    lost = "The card was charged, and the answer got lost." if waiting else "At the next card the answer gets lost."
    dropped = "The line dropped before the charge." if waiting else "At the next card the line drops before the charge."
    tap = Command("terminal", "tap", said="A good card: charged.")
    decline = Command("terminal", "decline", said="The card is declined.")
    cancel = Command("terminal", "cancel", said="Cancelled at the terminal.")
    lose = Command("terminal", "lose_answer", said=lost)
    drop = Command("terminal", "drop_before_charge", said=dropped)
    said = "The terminal answers again." if silent else "The terminal answers nothing."
    quiet = Command("terminal", "silent", {"on": not silent}, said)
    return (
        Key("card_tap", "Tap a good card", partial(send, tap), tone=Tone.PRIMARY, enabled=waiting),
        Key("card_decline", "Card declined", partial(send, decline), enabled=waiting),
        Key("card_cancel", "Cancel at terminal", partial(send, cancel), enabled=waiting),
        Key("card_lose", "Lose the answer", partial(send, lose), f"charged, {when}", enabled=heard),
        Key("card_drop", "Drop the line", partial(send, drop), f"no charge, {when}", enabled=heard),
        Key("card_silent", "Silent", partial(send, quiet), "answers nothing", on=silent, enabled=heard),
    )


def charges(bench: Bench, currency: str) -> tuple[tuple[str, str, bool], ...]:
    """What the terminal charged, the newest first: amount, receipt number with state, whether it was reversed."""
    rows = []
    for row in reversed(bench.of("terminal").rows("charges")):
        amount, number, state = row.get("amount_minor"), row.get("receipt_number"), row.get("state")
        if isinstance(amount, int):
            rows.append((money(amount, currency), f"no. {number}, {state}", state == "reversed"))
    return tuple(rows)


def printer_line(bench: Bench) -> tuple[str, str]:
    """How the printer fares, in one word, and in a sentence."""
    answer = bench.of("printer")
    if not answer.heard:
        return "–", answer.trouble or "not asked yet"
    for off, word, sentence in (
        (not answer.flag("plugged"), "Off", "The printer is unplugged."),
        (answer.flag("cover_open"), "Cover open", "Its cover is open: it prints nothing."),
        (not answer.flag("paper"), "Paper out", "It has no paper: a receipt waits for a new roll."),
        (answer.flag("silent"), "Silent", "It answers nothing."),
    ):
        if off:
            return word, sentence
    count = answer.number("receipts")
    return "Ready", f"{count} receipt{'' if count == 1 else 's'} printed."


def needs_a_hand(bench: Bench) -> bool:
    """Whether the printer prints nothing until somebody tends to it."""
    answer = bench.of("printer")
    return answer.flag("plugged") and (answer.flag("cover_open") or not answer.flag("paper"))


def printer_keys(bench: Bench, send: Send) -> tuple[Key, ...]:
    """What can happen to the printer."""
    answer = bench.of("printer")
    heard, cover = answer.heard, answer.flag("cover_open")
    empty = heard and not answer.flag("paper")
    roll = Command("printer", "paper_in" if empty else "paper_out", said="A new roll." if empty else "Paper out.")
    lid = Command("printer", "cover_close" if cover else "cover_open", said=f"Cover {'closed' if cover else 'open'}.")
    said = "The connection will be lost in the middle of the next job."
    drop = Command("printer", "drop_after", {"bytes": DROP_AFTER_BYTES}, said)
    tone = Tone.PRIMARY if empty else Tone.PLAIN
    lid_text, lid_tone = ("Close the cover", Tone.PRIMARY) if cover else ("Open the cover", Tone.PLAIN)
    text = "Put a new roll in" if empty else "Take the paper out"
    return (
        Key("paper", text, partial(send, roll), tone=tone, enabled=heard),
        Key("cover", lid_text, partial(send, lid), tone=lid_tone, enabled=heard),
        *(_paper_after(lines, send, enabled=heard) for lines in PAPER_LINES),
        Key("drop_job", "Lose the line", partial(send, drop), "in the middle of a job", enabled=heard),
    )


def _paper_after(lines: int, send: Send, *, enabled: bool) -> Key:
    command = Command("printer", "paper_out_after", {"lines": lines}, f"The paper ends after {lines} more lines.")
    return Key(f"paper_after_{lines}", "Paper out", partial(send, command), f"after {lines} lines", enabled=enabled)
