"""Which device is meant: by USB ids, serial number and place, never by a node's name, which changes at each plug."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Protocol, TypeVar

import msgspec

from drivers.device import AbsentError, DeviceError

SYSFS = Path("/sys")
_FOUR_HEX_DIGITS = r"^[0-9A-Fa-f]{4}$"
# Numbered in the order of plugging in. A built-in port (ttyS0, ttyAMA0) and a link (serial0, by-id) stay what they are.
_VOLATILE = re.compile(
    r"^/dev/+(tty(USB|ACM|GS|XRUSB)|rfcomm|hidraw|usb/+(lp|hiddev)|usblp|lp|input/+(event|mouse|js)|video)\d+$"
)


class UsbIdentity(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """How settings name a USB device; settings of a USB driver inherit from it. `lsusb` shows `vendor` and `product`.

    Of two alike, `serial` (where the device has one) or `usb_port` tells which: the port path as the kernel writes it
    ("1-1.2", see `/sys/bus/usb/devices`). `interface` ("02") is for a device that shows several of the same kind.
    """

    vendor: Annotated[str, msgspec.Meta(pattern=_FOUR_HEX_DIGITS)]
    product: Annotated[str, msgspec.Meta(pattern=_FOUR_HEX_DIGITS)]
    serial: Annotated[str, msgspec.Meta(max_length=128)] = ""
    usb_port: Annotated[str, msgspec.Meta(max_length=256)] = ""
    interface: Annotated[str, msgspec.Meta(pattern=r"^([0-9A-Fa-f]{2})?$")] = ""


@dataclass(frozen=True, slots=True)
class UsbNode:
    """A device node and where it hangs. `vendor`, `product`, `interface` in lower-case hexadecimal."""

    node: Path
    vendor: str
    product: str
    serial: str
    usb_port: str
    interface: str
    name: str


class Placed(Protocol):
    """A node and what tells it from others alike, as in `UsbNode`."""

    @property
    def node(self) -> Path: ...  # noqa: D102 # as in `UsbNode`
    @property
    def vendor(self) -> str: ...  # noqa: D102 # as in `UsbNode`
    @property
    def product(self) -> str: ...  # noqa: D102 # as in `UsbNode`
    @property
    def serial(self) -> str: ...  # noqa: D102 # as in `UsbNode`
    @property
    def usb_port(self) -> str: ...  # noqa: D102 # as in `UsbNode`
    @property
    def interface(self) -> str: ...  # noqa: D102 # as in `UsbNode`


PlacedT = TypeVar("PlacedT", bound=Placed)


@dataclass(frozen=True, slots=True)
class Hint:
    """Something was plugged in (`added`) or pulled out. What is not known of it is "": it may be any device.

    `vendor`, `product` in lower-case hexadecimal.
    """

    added: bool
    vendor: str = ""
    product: str = ""


def heeds(settings: msgspec.Struct) -> Callable[[Hint], bool]:
    """What tells of a hint whether it may be meant for the device of these settings; a device on the network never."""
    if isinstance(settings, UsbIdentity):
        wanted = (settings.vendor.lower(), settings.product.lower())
        return lambda hint: not hint.vendor or (hint.vendor, hint.product) == wanted
    networked = hasattr(settings, "host") and not hasattr(settings, "device")
    return lambda _: not networked


def refuse_volatile(settings: msgspec.Struct) -> str | None:
    """Return the first key that holds a node whose name changes at each plug (/dev/ttyUSB0), None where none does."""
    for field in settings.__struct_fields__:
        value = getattr(settings, field)
        if isinstance(value, str) and _VOLATILE.match(value):
            return field
    return None


def usb_nodes(subsystem: str, sysfs: Path = SYSFS) -> Iterator[UsbNode]:
    """All nodes of a subsystem ("hidraw", "usbmisc", "tty", "input") that hang on USB, in the order of their names."""
    for entry in sorted((sysfs / "class" / subsystem).glob("*")):
        found = _describe(entry)
        if found is not None:
            yield found


def find_usb(wanted: UsbIdentity, subsystem: str, what: str, *, pattern: str = "*", sysfs: Path = SYSFS) -> UsbNode:
    """The one node of `subsystem` that fits `wanted` and whose name fits `pattern` ("lp*"). `what` is for messages.

    Raises `AbsentError` where there is none, and a permanent `DeviceError` where several fit: guessing would sell by
    the wrong scale.
    """
    there = (found for found in usb_nodes(subsystem, sysfs) if found.node.match(pattern))
    fitting = [found for found in there if fits(wanted, found)]
    return the_only(fitting, f"{what} (USB {wanted.vendor}:{wanted.product})")


def the_only(fitting: Sequence[PlacedT], name: str) -> PlacedT:
    """The one that fits. `name` is for messages: "scale (USB 0eb8:f000)".

    Raises `AbsentError` where there is none, and a permanent `DeviceError` where several fit.
    """
    if not fitting:
        raise AbsentError(f"The {name} is not plugged in.", "Plug it in, or correct its ids in the settings.")
    if len(fitting) > 1:
        where = ", ".join(f"{found.usb_port} interface {found.interface}" for found in fitting)
        remedy = f"Tell them apart by `serial`, `usb_port` or `interface` in the settings. They are at: {where}."
        raise DeviceError(f"{len(fitting)} devices fit the {name}.", remedy, permanent=True)
    return fitting[0]


def fits(wanted: UsbIdentity, found: Placed, *, any_case: bool = False) -> bool:
    """Whether `found` is one of those that are `wanted`. `any_case`: of serials, as of the addresses of Bluetooth."""
    same = (found.vendor, found.product) == (wanted.vendor.lower(), wanted.product.lower())
    here = wanted.usb_port in ("", found.usb_port) and wanted.interface.lower() in ("", found.interface)
    if any_case:
        return same and here and wanted.serial.lower() in ("", found.serial.lower())
    return same and here and wanted.serial in ("", found.serial)


def _describe(entry: Path) -> UsbNode | None:
    """Walk up from a class entry to the USB device it hangs on; None where it hangs on none, or went away meanwhile."""
    interface = ""
    try:
        uevent = _properties(entry / "uevent")
        place = (entry / "device").resolve(strict=True)
        while place != place.parent:
            interface = interface or _text(place / "bInterfaceNumber")
            if (place / "idVendor").exists():
                node = Path("/dev") / uevent.get("DEVNAME", entry.name)
                ids = (_text(place / "idVendor"), _text(place / "idProduct"), _text(place / "serial"))
                return UsbNode(node, *ids, usb_port=place.name, interface=interface, name=_text(place / "product"))
            place = place.parent
    except OSError:
        return None  # pulled out in the middle of the walk
    return None


def _properties(path: Path) -> dict[str, str]:
    lines = path.read_text(encoding="utf-8", errors="replace").splitlines()
    return dict(line.split("=", 1) for line in lines if "=" in line)


def _text(path: Path) -> str:
    """Unlike `sysfs.attribute`, raises for a device that goes away: half of an identity fits the wrong device."""
    return path.read_text(encoding="utf-8", errors="replace").strip() if path.exists() else ""
