"""Which input node is the scanner that types, which video node the camera: by ids, serial number and place.

Read from sysfs alone, which anyone may read, so that "not plugged in" and "no permission" are never mixed up.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from drivers.identity import SYSFS, Placed, UsbIdentity, fits, the_only, usb_nodes
from drivers.sysfs import attribute, has_bit

_KEY_ENTER = 28


@dataclass(frozen=True, slots=True)
class KeyboardNode:
    """An input device that can type Enter. `serial` is the address of a Bluetooth device."""

    node: Path
    vendor: str
    product: str
    serial: str
    usb_port: str = ""
    interface: str = ""


def find_keyboard(wanted: UsbIdentity, alias: str, *, sysfs: Path = SYSFS) -> Path:
    """Return the node of the one keyboard that fits `wanted`; see `choose`."""
    return choose(wanted, keyboards(sysfs), f"scanner {alias}")


def find_camera(wanted: UsbIdentity, alias: str, *, sysfs: Path = SYSFS) -> Path:
    """Return the node of the one camera that fits `wanted`; see `choose`.

    A camera shows a second node for what it says about its pictures; the first has the index 0.
    """
    first = [found for found in usb_nodes("video4linux", sysfs) if _index(sysfs, found.node) == "0"]
    return choose(wanted, first, f"camera {alias}")


def choose(wanted: UsbIdentity, found: Sequence[Placed], what: str) -> Path:
    """Return the node of the one in `found` that fits `wanted`. `what` is for messages.

    Raises `AbsentError` where there is none, and a permanent `DeviceError` where several fit.
    """
    fitting = [one for one in found if fits(wanted, one, any_case=True)]
    return the_only(fitting, f"{what} ({wanted.vendor}:{wanted.product})").node


def keyboards(sysfs: Path = SYSFS) -> list[KeyboardNode]:
    """All input devices that can type Enter. A scanner shows others beside it (volume keys, power), which cannot."""
    on_usb = {found.node: found for found in usb_nodes("input", sysfs)}
    found: list[KeyboardNode] = []
    for entry in sorted((sysfs / "class" / "input").glob("event*")):
        device = entry / "device"
        if not has_bit(attribute(device / "capabilities" / "key"), _KEY_ENTER):
            continue
        node = Path("/dev/input") / entry.name
        usb = on_usb.get(node)
        if usb is not None:
            found.append(KeyboardNode(node, usb.vendor, usb.product, usb.serial, usb.usb_port, usb.interface))
        else:
            ids = (attribute(device / "id" / "vendor"), attribute(device / "id" / "product"))
            found.append(KeyboardNode(node, *ids, serial=attribute(device / "uniq")))
    return found


def _index(sysfs: Path, node: Path) -> str:
    return attribute(sysfs / "class" / "video4linux" / node.name / "index")
