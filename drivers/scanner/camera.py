"""A camera as a scanner: codes are found in its pictures by zxing-cpp, which is an optional extra."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from pathlib import Path
from typing import Annotated, Any

import msgspec

from drivers.device import DeviceError, Finding, HealthLevel, Sink
from drivers.identity import SYSFS, UsbIdentity
from drivers.scanner.codes import AIM, DuplicateMs, Record, make_scan
from drivers.scanner.input_nodes import find_camera
from drivers.scanner.interface import Scan
from drivers.scanner.scanner_driver import Heard, MuteReader, Reader, ScannerDriver
from drivers.scanner.video import Frame, FrameSource, open_camera

# A picture is whole or not there: nothing ever begins and breaks off.
GAP_S = 0.0

Decode = Callable[[str, Frame], list[Record]]


class CameraSettings(UsbIdentity, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Settings of a camera. A code is seen in every picture, so `duplicate_ms` is how long it has to be away."""

    driver: str
    width: Annotated[int, msgspec.Meta(ge=160, le=3840)] = 1280
    height: Annotated[int, msgspec.Meta(ge=120, le=2160)] = 720
    duplicate_ms: DuplicateMs = 1500


class CameraScanner(ScannerDriver):
    """Driver of a camera, which sends pictures all the time. READY once it streams."""

    def __init__(
        self,
        alias: str,
        settings: CameraSettings,
        sink: Sink,
        *,
        open_source: Callable[[Path, int, int], FrameSource] = open_camera,
        sysfs: Path = SYSFS,
    ) -> None:
        super().__init__(alias, sink, duplicate_ms=settings.duplicate_ms)
        self._settings = settings
        self._open_source = open_source
        self._sysfs = sysfs

    def open_reader(self) -> Reader:
        """Find the camera and have it send pictures; a permanent `DeviceError` where zxing-cpp is not installed."""
        decode = zxing()
        node = find_camera(self._settings, self._alias, sysfs=self._sysfs)
        source = self._open_source(node, self._settings.width, self._settings.height)
        return _CameraReader(self._alias, source, decode)


class _CameraReader(MuteReader):
    """A streaming camera and what finds codes in its pictures; see `scanner_driver.Reader`. Always on."""

    def __init__(self, alias: str, source: FrameSource, decode: Decode) -> None:
        self._alias = alias
        self._source = source
        self._decode = decode
        self._frames = 0

    @property
    def gap_s(self) -> float:
        """See `scanner_driver.Reader`."""
        return GAP_S

    @property
    def pending(self) -> bool:
        """Never: a picture is whole."""
        return False

    def fileno(self) -> int:
        """See `scanner_driver.Reader`."""
        return self._source.fileno()

    def read(self) -> Heard:
        """See `scanner_driver.Reader`."""
        frame = self._source.frame()
        if frame is None:
            return ()
        self._frames += 1
        return self._decode(self._alias, frame)

    def break_off(self) -> Heard:
        """Nothing ever breaks off."""
        return ()

    def check(self, level: HealthLevel) -> Finding:
        """Passed once pictures have come."""
        del level
        self._source.fileno()
        remedy = "" if self._frames else "Unplug the camera and plug it in again."
        return Finding(passed=self._frames > 0, text=f"{self._frames} pictures have come.", remedy=remedy)

    def close(self) -> None:
        """See `scanner_driver.Reader`."""
        self._source.close()


def zxing() -> Decode:
    """Return what finds codes in a picture, by zxing-cpp; a permanent `DeviceError` where it is not installed."""
    try:
        library = importlib.import_module("zxingcpp")
    except ImportError as error:
        remedy = "Install the extra: pip install checklane[camera]."
        raise DeviceError("A camera needs the library zxing-cpp.", remedy, permanent=True) from error
    return lambda device, frame: _found(library, device, frame)


def _found(library: Any, device: str, frame: Frame) -> list[Record]:  # noqa: ANN401 # zxing-cpp ships no types
    if len(frame.brightness) != frame.width * frame.height or not frame.brightness:
        return []
    picture = memoryview(frame.brightness).cast("B", (frame.height, frame.width))
    records: list[Record] = []
    for barcode in library.read_barcodes(picture, text_mode=library.TextMode.Plain):
        record = make_scan(device, barcode.text, aim_ids=False)
        if isinstance(record, Scan):
            aim = barcode.symbology_identifier
            records.append(Scan(device, record.text, aim if AIM.fullmatch(aim) else ""))
        elif record is not None:
            records.append(record)
    return records
