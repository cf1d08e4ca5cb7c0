"""USB devices made of software: gadgets of the kernel, plugged into its own dummy host controller."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar

from image.lab.plan import LabError

T = TypeVar("T")

GADGETS = Path("/sys/kernel/config/usb_gadget")
CONTROLLERS = Path("/sys/devices/platform")
# What the kernel does in milliseconds takes seconds on an emulated machine that others keep busy.
KERNEL_DEADLINE_S = 30.0
_STEP_S = 0.1


def until(what: str, look: Callable[[], T | None], deadline_s: float = KERNEL_DEADLINE_S) -> T:
    """Look again and again until `look` finds something; `LabError` that names `what` after `deadline_s`."""
    end = time.monotonic() + deadline_s
    while time.monotonic() < end:
        found = look()
        if found is not None and found is not False:
            return found
        time.sleep(_STEP_S)
    raise LabError(f"{what}: not within {deadline_s:.0f} s")


@dataclass(frozen=True, slots=True)
class Model:
    """What a device says of itself. `function` is configfs's name of it ("hid", "acm", "printer")."""

    vendor: str
    product: str
    serial: str
    name: str
    function: str
    attributes: Mapping[str, bytes] = field(default_factory=dict)


class Gadget:
    """One device on a controller of its own. Files of its function must be closed before it is unplugged.

    Else the 6.1 kernel crashes: the functions free what an open file still points to.
    """

    def __init__(self, name: str, controller: int, model: Model) -> None:
        self.model = model
        self._host = CONTROLLERS / f"dummy_hcd.{controller}"
        self._folder = GADGETS / name
        self._controller = f"dummy_udc.{controller}"
        self._function = self._folder / "functions" / f"{model.function}.{name}"
        self._config = self._folder / "configs/c.1"

    def make(self) -> None:
        """Describe it to the kernel. Nothing is plugged in yet."""
        model = self.model
        self._folder.mkdir()
        self._write("idVendor", f"0x{model.vendor}")
        self._write("idProduct", f"0x{model.product}")
        strings = self._folder / "strings/0x409"
        strings.mkdir()
        self._write("strings/0x409/serialnumber", model.serial)
        self._write("strings/0x409/manufacturer", "Checklane Lab")
        self._write("strings/0x409/product", model.name)
        self._function.mkdir()
        for key, value in model.attributes.items():
            (self._function / key).write_bytes(value)
        self._config.mkdir()
        (self._config / self._function.name).symlink_to(self._function)

    def plug(self) -> None:
        """Plug it in; the host finds it some time later."""
        self._write("UDC", self._controller)

    def unplug(self) -> None:
        """Pull it out; does nothing where it is out."""
        with contextlib.suppress(OSError):
            self._write("UDC", "\n")

    def remove(self) -> None:
        """Take it out of the kernel again."""
        self.unplug()
        with contextlib.suppress(OSError):
            (self._config / self._function.name).unlink()
        for folder in (self._config, self._function, self._folder / "strings/0x409", self._folder):
            with contextlib.suppress(OSError):
                folder.rmdir()

    def host_nodes(self, place: str) -> list[Path]:
        """The nodes in /dev by which the host knows it, and that udev is done with.

        `place` is where they hang below the interface of the device: "hidraw/hidraw*".
        """
        found = []
        for entry in self._host.glob(f"usb*/*-1/*:1.*/{place}"):
            with contextlib.suppress(OSError):
                uevent = (entry / "uevent").read_text(encoding="utf-8")
                numbers = dict(line.split("=", 1) for line in uevent.splitlines() if "=" in line)
                # What udev keeps of a node comes after its links and its permissions.
                if Path(f"/run/udev/data/c{numbers['MAJOR']}:{numbers['MINOR']}").exists():
                    found.append(Path("/dev", numbers["DEVNAME"]))
        return found

    def on_host(self) -> bool:
        """Whether the host knows that something is plugged into its controller."""
        return any(self._host.glob("usb*/*-1"))

    def attribute(self, key: str) -> str:
        """What the kernel says of the function, e.g. the number of its port."""
        return (self._function / key).read_text(encoding="ascii").strip()

    def _write(self, key: str, value: str) -> None:
        (self._folder / key).write_text(value, encoding="utf-8")
