"""A made-up sysfs of USB devices, in the shape of a real one: class entries are links into the tree of devices."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class UsbTree:
    """`root` stands for /sys."""

    root: Path

    def plug(self, usb_port: str, ids: str, *, serial: str = "", name: str = "", device_class: str = "00") -> Path:
        """Plug a device in; `ids` as `lsusb` shows them ("0c2e:0b61")."""
        place = self.root / "devices/pci0000:00/0000:00:14.0/usb1" / usb_port
        place.mkdir(parents=True)
        vendor, product = ids.split(":")
        texts = {"idVendor": vendor, "idProduct": product, "bDeviceClass": device_class, "product": name}
        if serial:
            texts["serial"] = serial
        for file, text in texts.items():
            (place / file).write_text(f"{text}\n")
        bus = self.root / "bus/usb/devices"
        bus.mkdir(parents=True, exist_ok=True)
        (bus / usb_port).symlink_to(place)
        return place

    def node(self, usb_port: str, interface: str, subsystem: str, name: str, devname: str = "") -> Path:
        """Give an interface of a device a node; `devname` where udev puts it in a folder ("usb/lp0")."""
        place = self.root / "devices/pci0000:00/0000:00:14.0/usb1" / usb_port
        function = place / f"{usb_port}:1.{int(interface, 16)}"
        entry = function / subsystem / name
        entry.mkdir(parents=True)
        (function / "bInterfaceNumber").write_text(f"{interface}\n")
        (entry / "uevent").write_text(f"MAJOR=1\nMINOR=2\nDEVNAME={devname or name}\n")
        (entry / "device").symlink_to(function)
        classes = self.root / "class" / subsystem
        classes.mkdir(parents=True, exist_ok=True)
        (classes / name).symlink_to(entry)
        return entry

    def pull(self, usb_port: str) -> None:
        """Pull a device out, with all its nodes."""
        place = self.root / "devices/pci0000:00/0000:00:14.0/usb1" / usb_port
        for link in [*self.root.glob("class/*/*"), *self.root.glob("bus/usb/devices/*")]:
            if link.resolve().is_relative_to(place):
                link.unlink()
        shutil.rmtree(place)
