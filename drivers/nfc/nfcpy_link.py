"""One reader driven by nfcpy: finds it without guessing, and hands out tags with what can be asked of them."""

from __future__ import annotations

import contextlib
import errno
import importlib
import logging
import re
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from drivers.device import AbsentError, DeviceError
from drivers.nfc import type2, type3, type4
from drivers.nfc.apdu import carry, check
from drivers.nfc.interface import TagKind, TagProblem
from drivers.nfc.recognition import Saw, Tag, TagGoneError
from drivers.transport.recording import Side

SYSFS = Path("/sys")
DEV = Path("/dev")
_USB = re.compile(r"usb:([0-9a-f]{4}):([0-9a-f]{4})", re.IGNORECASE)
_PORT = re.compile(r"tty:(/dev/serial/by-(?:id|path)/[^:].*):([a-z0-9_]+)")
_BOARD_PORT = re.compile(r"tty:((?:AMA|S|mxc|THS)\d+):([a-z0-9_]+)")
_UDP = re.compile(r"udp:[^:]+:\d{1,5}")
# 106A finds types 2 and 4 (and cards with an id only), 212F type 3.
TECHNOLOGIES = ("106A", "212F")
_NDEF_SYSTEM = 0x12FC
_BLOCK_S = 0.1
_TRIES = 3
_READ_PAGE = 0x30
_CLASSIC, _ISO_DEP = 0x18, 0x20
_TOPAZ = 0x0C
# What comes out of nfcpy beside its own errors where a tag or a chip answers nonsense.
_NONSENSE = (IndexError, ValueError, AssertionError, RuntimeError, TypeError, AttributeError)


class NfcpyLink(Protocol):
    """An open reader. `OSError` or `DeviceError` where it is gone or does not answer."""

    def sense(self, technology: str) -> NfcpyTag | None:
        """Return the tag that answers to one of TECHNOLOGIES; None where none does."""
        ...

    def version(self) -> str:
        """Ask the reader what it is."""
        ...

    def close(self) -> None:
        """Give it back. Never raises; may be called twice."""
        ...


class NfcpyTag(Protocol):
    """A tag in the field."""

    def read(self, saw: Saw) -> Tag:
        """Read its id and its NDEF message; `saw` is told the bytes. `TagGoneError` where it was taken away."""
        ...

    def present(self) -> bool:
        """Whether it is still there."""
        ...


def locate(device: str, serial: str, usb_port: str, *, sysfs: Path = SYSFS) -> str:
    """Return nfcpy's path for the one reader that the settings name.

    USB by ids and, of two alike, serial number or port path: "usb:072f:2200" -> "usb:001:004". A serial port by its
    link under /dev/serial, or a port of the board itself (AMA0). Raises `AbsentError` where there is none, a permanent
    `DeviceError` where several fit and where the name would change with the next plug (tty:USB0, usb).
    """
    usb, port = _USB.fullmatch(device), _PORT.fullmatch(device)
    if usb:
        return _locate_usb(usb[1].lower(), usb[2].lower(), serial, usb_port, sysfs)
    if port:
        try:
            node = Path(port[1]).resolve(strict=True)
        except OSError as error:
            raise AbsentError(f"There is no NFC reader at {port[1]}.", "Plug it in, or correct `device`.") from error
        return f"tty:{node.name.removeprefix('tty')}:{port[2]}"
    if _BOARD_PORT.fullmatch(device) or _UDP.fullmatch(device):
        return device
    raise DeviceError(
        f"{device!r} names no NFC reader that would be found again.",
        "Write usb:VENDOR:PRODUCT, tty:/dev/serial/by-id/...:CHIP, tty:AMA0:CHIP or udp:HOST:PORT.",
        permanent=True,
    )


def open_nfcpy(path: str) -> Nfcpy:
    """Open the reader at `path`; returns once its chip has told its version (over UDP nothing can be asked)."""
    try:
        clf, tag = importlib.import_module("nfc.clf"), importlib.import_module("nfc.tag")
    except ImportError as error:
        raise DeviceError(
            "The Python package nfcpy is not installed.",
            'Install it beside Checklane (it is under the EUPL): pip install "checklane[nfcpy]".',
            permanent=True,
        ) from error
    # Its log of level DEBUG holds every byte of every tag.
    logging.getLogger("nfc").setLevel(logging.ERROR)
    frontend = clf.ContactlessFrontend()
    try:
        found = frontend.open(path)
    except OSError as error:
        raise _refused(path, error) from error
    except _NONSENSE as error:
        raise DeviceError(f"What is at {path} answers as no NFC reader.", "Check `device` in the settings.") from error
    if not found:
        raise AbsentError(f"There is no NFC reader at {path}.", "Plug it in, or correct `device` in the settings.")
    return Nfcpy(frontend, clf, tag)


class Nfcpy:
    """See `NfcpyLink`; all waits inside nfcpy have its own time limits."""

    def __init__(self, frontend: Any, clf: ModuleType, tag: ModuleType) -> None:  # noqa: ANN401 # nfcpy has no types
        self._frontend = frontend
        self._clf = clf
        self._broken: tuple[type[Exception], ...] = (*_NONSENSE, clf.Error, tag.TagCommandError)

    def sense(self, technology: str) -> FoundTag | None:
        """See `NfcpyLink.sense`."""
        try:
            target = self._frontend.sense(self._clf.RemoteTarget(technology))
        except self._broken:
            return None
        return None if target is None else FoundTag(self._frontend, target, self._broken)

    def version(self) -> str:
        """See `NfcpyLink.version`; chips of the PN53x family are asked, others told what they said at the start."""
        device = self._frontend.device
        ask = getattr(getattr(device, "chipset", None), "get_firmware_version", None)
        if ask is not None:
            ask()
        return str(device)

    def close(self) -> None:
        """See `NfcpyLink.close`."""
        with contextlib.suppress(OSError, *self._broken):
            self._frontend.close()


class FoundTag:
    """See `NfcpyTag`. `broken` are the errors of nfcpy that stand for a tag that does not answer."""

    def __init__(self, frontend: Any, target: Any, broken: tuple[type[Exception], ...]) -> None:  # noqa: ANN401 # nfcpy has no types
        self._frontend = frontend
        self._target = target
        self._broken = broken
        self._active: Any = None

    def read(self, saw: Saw) -> Tag:
        """See `NfcpyTag.read`; tried again where a tag that is still there lost a frame (RATS waits for 30 ms only)."""
        uid, kind = identify(self._target)
        for _ in range(_TRIES):
            try:
                self._activate(kind)
                return self._content(uid, kind, saw)
            except self._broken:
                if not self.present():
                    raise TagGoneError from None
        return Tag(uid, kind, TagProblem.UNREADABLE)

    def present(self) -> bool:
        """See `NfcpyTag.present`; a card with an id only is sought again, by that id."""
        try:
            if self._active is not None:
                return bool(self._active.is_present)
            if self._target.sdd_res:
                self._target.sel_req = self._target.sdd_res[:]
            return self._frontend.sense(self._target) is not None
        except self._broken:
            return False

    def _activate(self, kind: TagKind) -> None:
        modules = {TagKind.TYPE_2: "tt2", TagKind.TYPE_3: "tt3", TagKind.TYPE_4: "tt4"}
        if kind not in modules:
            return
        module = importlib.import_module(f"nfc.tag.{modules[kind]}")
        if kind is TagKind.TYPE_2:
            # Not by its `activate`, which tries commands of single makers, after some of which a tag goes mute.
            self._target.sel_req = self._target.sdd_res[:]
            self._active = module.Type2Tag(self._frontend, self._target)
        elif kind is TagKind.TYPE_3:
            self._active = module.Type3Tag(self._frontend, self._target)
        else:
            self._active = module.activate(self._frontend, self._target)

    def _content(self, uid: bytes, kind: TagKind, saw: Saw) -> Tag:
        if kind is TagKind.TYPE_2:
            return Tag(uid, kind, carry(type2.read(), lambda page: self._page(page, saw)))
        if kind is TagKind.TYPE_3:
            with contextlib.suppress(*self._broken):
                self._active.idm, self._active.pmm = self._active.polling(_NDEF_SYSTEM)
                self._active.sys = _NDEF_SYSTEM
            return Tag(uid, kind, carry(type3.read(), lambda numbers: self._blocks(numbers, saw)))
        if kind is TagKind.TYPE_4:
            content = carry(type4.read(), lambda command: self._exchange(check(command), saw))
            if isinstance(content, type4.NoApplication):
                return Tag(uid, TagKind.OTHER, None)
            return Tag(uid, kind, content)
        return Tag(uid, kind, None)

    def _page(self, page: int, saw: Saw) -> bytes:
        # A tag that refuses a page answers with one byte.
        return self._exchange(bytes((_READ_PAGE, page)), saw, _BLOCK_S)

    def _blocks(self, numbers: tuple[int, ...], saw: Saw) -> bytes:
        try:
            data = bytes(self._active.read_from_ndef_service(*numbers))
        except self._broken as error:
            # Above 0 a refusal of the tag, else nothing came.
            if getattr(error, "errno", 0) > 0:
                return b""
            raise
        saw(Side.DEVICE, data)
        return data

    def _exchange(self, command: bytes, saw: Saw, *timeout: float) -> bytes:
        saw(Side.HOST, command)
        answer = bytes(self._active.transceive(command, *timeout))
        saw(Side.DEVICE, answer)
        return answer


def identify(target: Any) -> tuple[bytes, TagKind]:  # noqa: ANN401 # nfcpy has no types
    """Id and kind of a target of nfcpy, by what it answered to being sought."""
    if target.sensf_res:
        return bytes(target.sensf_res[1:9]), TagKind.TYPE_3
    if target.rid_res:
        return bytes(target.rid_res[2:6]), TagKind.OTHER
    selected = target.sel_res[0]
    uid = bytes(target.sdd_res)
    if selected & _ISO_DEP:
        return uid, TagKind.TYPE_4
    return uid, TagKind.OTHER if selected & _CLASSIC else TagKind.TYPE_2


def _locate_usb(vendor: str, product: str, serial: str, usb_port: str, sysfs: Path) -> str:
    def text(path: Path) -> str:
        with contextlib.suppress(OSError):
            return path.read_text(encoding="utf-8", errors="replace").strip()
        return ""

    fitting = [
        place
        for place in sorted((sysfs / "bus/usb/devices").glob("*"))
        if (text(place / "idVendor"), text(place / "idProduct")) == (vendor, product)
        and usb_port in ("", place.name)
        and serial in ("", text(place / "serial"))
    ]
    if not fitting:
        raise AbsentError(f"The NFC reader (USB {vendor}:{product}) is not plugged in.", "Plug it in.")
    if len(fitting) > 1:
        where = ", ".join(place.name for place in fitting)
        remedy = f"Tell them apart by `serial` or `usb_port` in the settings. They are at: {where}."
        raise DeviceError(f"{len(fitting)} NFC readers are USB {vendor}:{product}.", remedy, permanent=True)
    return f"usb:{int(text(fitting[0] / 'busnum') or 0):03d}:{int(text(fitting[0] / 'devnum') or 0):03d}"


def _refused(path: str, error: OSError) -> DeviceError:
    if error.errno in (errno.EACCES, errno.EPERM):
        remedy = "Give the user the lane runs as access to it by a udev rule."
        return DeviceError(f"This program may not use the NFC reader at {path}.", remedy, permanent=True)
    if error.errno == errno.EBUSY:
        remedy = "End that program; pcscd, too, takes every reader it knows."
        return DeviceError(f"Another program uses the NFC reader at {path}.", remedy, permanent=True)
    if error.errno in (errno.ENODEV, errno.ENOENT):
        return AbsentError(f"There is no NFC reader at {path}.", "Plug it in, or correct `device` in the settings.")
    return DeviceError(f"The NFC reader at {path} does not answer.", "Unplug it and plug it in again.")
