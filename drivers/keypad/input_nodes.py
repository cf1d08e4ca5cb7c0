"""Which input nodes are the keypad, which is the headset jack: by ids, serial number, place and name, from sysfs."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from drivers.device import AbsentError, DeviceError
from drivers.identity import SYSFS, UsbIdentity, fits, usb_nodes
from drivers.sysfs import attribute, has_bit

SW_HEADPHONE_INSERT, SW_MICROPHONE_INSERT = 2, 4


@dataclass(frozen=True, slots=True)
class Jack:
    """An input device with a switch for a plug. `phys` is where the sound card has it ("ALSA")."""

    node: Path
    name: str
    phys: str


def find_keypad(wanted: UsbIdentity, alias: str, codes: Collection[int], *, sysfs: Path = SYSFS) -> list[Path]:
    """Return all nodes of the one USB device that fits `wanted`, which can send one of the key codes.

    A keypad with volume keys shows two: its keyboard and its consumer control. Raises `AbsentError` where there is
    none, and a permanent `DeviceError` where two devices fit.
    """
    fitting = [found for found in usb_nodes("input", sysfs) if fits(wanted, found)]
    fitting = [found for found in fitting if found.node.name.startswith("event") and _sends(sysfs, found.node, codes)]
    name = f"keypad {alias} ({wanted.vendor}:{wanted.product})"
    if not fitting:
        raise AbsentError(f"The {name} is not plugged in.", "Plug it in, or correct its ids in the settings.")
    places = sorted({found.usb_port for found in fitting})
    if len(places) > 1:
        remedy = f"Tell them apart by `serial` or `usb_port` in the settings. They are at: {', '.join(places)}."
        raise DeviceError(f"{len(places)} devices fit the {name}.", remedy, permanent=True)
    return [found.node for found in fitting]


def find_jack(name: str, phys: str, alias: str, *, sysfs: Path = SYSFS) -> Path:
    """Return the node of the one jack of that name (and `phys`, where given); raises as `find_keypad`."""
    there = jacks(sysfs)
    fitting = [found for found in there if found.name == name and phys in ("", found.phys)]
    if not fitting:
        known = ", ".join(repr(found.name) for found in there) or "none"
        remedy = f"Correct `name` in the settings (jacks that there are: {known}), or plug the sound card in."
        raise AbsentError(f"There is no headset jack {name!r} for {alias}.", remedy)
    if len(fitting) > 1:
        places = ", ".join(repr(found.phys) for found in fitting)
        remedy = f"Tell them apart by `phys` in the settings. They are at: {places}."
        raise DeviceError(f"{len(fitting)} headset jacks are called {name!r}.", remedy, permanent=True)
    return fitting[0].node


def jacks(sysfs: Path = SYSFS) -> list[Jack]:
    """All input devices with a switch for a headphone or a microphone, in the order of their nodes."""
    found = []
    for entry in sorted((sysfs / "class" / "input").glob("event*")):
        device = entry / "device"
        switches = attribute(device / "capabilities" / "sw")
        if has_bit(switches, SW_HEADPHONE_INSERT) or has_bit(switches, SW_MICROPHONE_INSERT):
            found.append(Jack(Path("/dev/input") / entry.name, attribute(device / "name"), attribute(device / "phys")))
    return found


def _sends(sysfs: Path, node: Path, codes: Collection[int]) -> bool:
    bitmap = attribute(sysfs / "class" / "input" / node.name / "device" / "capabilities" / "key")
    return any(has_bit(bitmap, code) for code in codes)
