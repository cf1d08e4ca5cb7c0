"""A camera reads codes out of pictures, turned, noisy and small; without its library it says what to install."""

from __future__ import annotations

import errno
import importlib.util
import mmap
import os
import random
import struct
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from drivers.device import AbsentError, DeviceError, HealthLevel
from drivers.scanner import video
from drivers.scanner.camera import CameraScanner, CameraSettings, zxing
from drivers.scanner.input_nodes import find_camera
from drivers.scanner.interface import Scan
from drivers.scanner.video import GREY, YUYV, Camera, Frame, brightness
from tests.drivers.witness import Witness, open_files

EAN = "4006381333931"
SETTINGS = CameraSettings(driver="camera", vendor="046d", product="082d")
needs_zxing = pytest.mark.skipif(importlib.util.find_spec("zxingcpp") is None, reason="the extra `camera` is not here")


def picture(text: str, kind: str, *, angle: float = 0, noise: int = 0) -> Frame:
    """A code drawn by zxing-cpp on a white sheet before the camera."""
    zxingcpp = pytest.importorskip("zxingcpp")
    drawn = zxingcpp.create_barcode(text, getattr(zxingcpp.BarcodeFormat, kind)).to_image(scale=3)
    code = Image.frombytes("L", drawn.shape[::-1], bytes(memoryview(drawn)))
    sheet = Image.new("L", (640, 480), 235)
    sheet.paste(code, ((640 - code.width) // 2, (480 - code.height) // 2))
    sheet = sheet.rotate(angle, fillcolor=235, resample=Image.Resampling.BILINEAR)
    dice = random.Random(7)
    grey = bytes(min(255, max(0, byte + dice.randint(-noise, noise))) for byte in sheet.tobytes())
    return Frame(640, 480, grey)


@needs_zxing
@pytest.mark.parametrize(
    ("kind", "text", "aim"),
    [
        ("EAN13", EAN, "]E0"),
        ("EAN8", "96385074", "]E4"),
        ("Code128", "0013748911", "]C0"),
        ("QRCode", "https://id.gs1.org/01/04006381333931", "]Q1"),
        ("DataMatrix", "Größe €", "]d"),
    ],
)
@pytest.mark.parametrize(("angle", "noise"), [(0, 0), (90, 0), (7, 20), (180, 20)])
def test_codes_are_read_however_they_lie(kind: str, text: str, aim: str, angle: float, noise: int) -> None:
    (found,) = zxing()("camera", picture(text, kind, angle=angle, noise=noise))
    assert isinstance(found, Scan)
    assert (found.text, found.aim[: len(aim)]) == (text, aim)


@needs_zxing
@given(st.binary(max_size=400), st.integers(0, 40), st.integers(0, 40))
def test_no_picture_breaks_the_reader(data: bytes, width: int, height: int) -> None:
    zxing()("camera", Frame(width, height, data))
    zxing()("camera", Frame(width, height, (data * (width * height + 1))[: width * height]))


class Album:
    """A camera that sends the pictures it is given; a pipe makes it readable."""

    def __init__(self, *frames: Frame | None) -> None:
        self.frames = list(frames)
        self.fd, self.far_end = os.pipe()
        os.write(self.far_end, b"." * len(frames))

    def fileno(self) -> int:
        return self.fd

    def frame(self) -> Frame | None:
        os.read(self.fd, 1)
        return self.frames.pop(0)

    def close(self) -> None:
        for fd in (self.fd, self.far_end):
            if fd >= 0:
                os.close(fd)
        self.fd = self.far_end = -1


@pytest.fixture
def sysfs(tmp_path: Path) -> Path:
    """A camera with its two nodes, as the kernel lays it out."""
    interface = tmp_path / "devices" / "1-4" / "1-4:1.0"
    for folder, files in (
        (interface.parent, {"idVendor": "046d", "idProduct": "082d", "serial": "C1", "product": "HD Camera"}),
        (interface, {"bInterfaceNumber": "00"}),
        *((interface / "video4linux" / f"video{n}", {"index": str(n), "uevent": f"DEVNAME=video{n}"}) for n in (0, 1)),
    ):
        folder.mkdir(parents=True)
        for name, content in files.items():
            (folder / name).write_text(content + "\n")
    (tmp_path / "class" / "video4linux").mkdir(parents=True)
    for number in (0, 1):
        place = interface / "video4linux" / f"video{number}"
        (place / "device").symlink_to(interface)
        (tmp_path / "class" / "video4linux" / f"video{number}").symlink_to(place)
    return tmp_path


def test_a_camera_is_found_by_its_ids_and_only_its_node_with_pictures(sysfs: Path) -> None:
    assert find_camera(SETTINGS, "camera", sysfs=sysfs) == Path("/dev/video0")


@needs_zxing
def test_a_code_that_stays_before_the_camera_is_one_code(sysfs: Path) -> None:
    before = open_files()
    album = Album(*[picture(EAN, "EAN13")] * 3, None, picture("96385074", "EAN8"))
    witness, asked = Witness(), []

    def open_source(node: Path, width: int, height: int) -> Album:
        asked.append((node, width, height))
        return album

    scanner = CameraScanner("camera", SETTINGS, witness, open_source=open_source, sysfs=sysfs)
    scanner.open()
    assert not scanner.check_health(HealthLevel.INTERNAL).passed, "no picture has come yet"
    never = os.eventfd(0)
    while album.frames:
        scanner.listen(never, witness)
    os.close(never)
    assert witness.records == [Scan("camera", EAN, "]E0"), Scan("camera", "96385074", "]E4")]
    assert asked == [(Path("/dev/video0"), 1280, 720)]
    assert scanner.check_health(HealthLevel.INTERNAL).passed
    assert not scanner.beep(good=True)
    scanner.close()
    assert open_files() == before


def test_without_its_library_a_camera_says_what_to_install(sysfs: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "zxingcpp", None)
    scanner = CameraScanner("camera", SETTINGS, Witness(), open_source=lambda *_: Album(), sysfs=sysfs)
    with pytest.raises(DeviceError, match=r"pip install checklane\[camera\]") as caught:
        scanner.open()
    assert caught.value.permanent


def test_brightness_is_every_second_byte_of_yuyv_and_rows_may_be_padded() -> None:
    assert brightness(b"aUbVcUdV", 2, 2, 4, step=2) == Frame(2, 2, b"abcd")
    assert brightness(b"ab__cd", 2, 2, 4, step=1) == Frame(2, 2, b"abcd")
    assert brightness(b"aUbVcU", 2, 2, 4, step=2) is None


class Kernel:
    """The ioctls of a camera driver that has `pixels`, with pictures in a file."""

    def __init__(self, pixels: int, data: bytes, *, gone: bool = False) -> None:
        self.pixels, self.data, self.gone = pixels, data, gone
        self.queued: list[int] = []
        self.streaming = False

    def ioctl(self, _: int, request: int, data: bytearray) -> None:
        match request:
            case video.VIDIOC_S_FMT:
                kind, *_rest = video.FORMAT.unpack(data)
                data[:] = video.FORMAT.pack(kind, 2, 2, self.pixels, 1, 0, 0)
            case video.VIDIOC_REQBUFS:
                data[:] = video.REQUEST.pack(2, 1, 1)
            case video.VIDIOC_QUERYBUF:
                index = struct.unpack_from("I", data)[0]
                data[:] = video.BUFFER.pack(index, 1, 0, 0, 0, 0, 1, index * mmap.PAGESIZE, mmap.PAGESIZE, 0, 0)
            case video.VIDIOC_QBUF:
                self.queued.append(struct.unpack_from("I", data)[0])
            case video.VIDIOC_STREAMON:
                self.streaming = True
            case video.VIDIOC_DQBUF:
                if self.gone:
                    raise OSError(errno.ENODEV, "No such device")
                if not self.queued:
                    raise BlockingIOError
                data[:] = video.BUFFER.pack(self.queued.pop(0), 1, len(self.data), 0, 0, 0, 1, 0, 0, 0, 0)


def camera(kernel: Kernel, tmp_path: Path) -> Camera:
    memory = tmp_path / "memory"
    memory.write_bytes(kernel.data.ljust(mmap.PAGESIZE, b"\0") * 2)
    return Camera(os.open(memory, os.O_RDWR), 640, 480, ioctl=kernel.ioctl)


@pytest.mark.parametrize(("pixels", "data"), [(YUYV, b"aUbVcUdV"), (GREY, b"abcd")])
def test_pictures_come_out_of_the_memory_of_the_kernel(tmp_path: Path, pixels: int, data: bytes) -> None:
    kernel = Kernel(pixels, data)
    source = camera(kernel, tmp_path)
    assert (kernel.streaming, kernel.queued) == (True, [0, 1])
    assert [source.frame() for _ in range(3)] == [Frame(2, 2, b"abcd")] * 3
    assert kernel.queued == [1, 0], "each goes back"
    kernel.queued.clear()
    assert source.frame() is None
    kernel.gone = True
    with pytest.raises(AbsentError):
        source.frame()
    source.close()
    source.close()
    with pytest.raises(AbsentError):
        source.fileno()


def test_a_camera_with_other_pictures_and_what_is_no_camera_need_a_person(tmp_path: Path) -> None:
    with pytest.raises(DeviceError, match="no pictures") as caught:
        camera(Kernel(0x47504A4D, b""), tmp_path)
    assert caught.value.permanent
    (tmp_path / "file").touch()
    before = open_files()
    for path, permanent in ((tmp_path / "file", True), (tmp_path / "none", False)):
        with pytest.raises(DeviceError) as caught:
            video.open_camera(path, 640, 480)
        assert caught.value.permanent is permanent
    assert open_files() == before


def test_ioctl_numbers_are_those_of_the_kernel() -> None:
    """As a C compiler prints them from linux/videodev2.h on x86_64."""
    found = [video.VIDIOC_S_FMT, video.VIDIOC_REQBUFS, video.VIDIOC_QUERYBUF]
    assert found == [0xC0D05605, 0xC0145608, 0xC0585609]
    assert (video.VIDIOC_QBUF, video.VIDIOC_DQBUF, video.VIDIOC_STREAMON) == (0xC058560F, 0xC0585611, 0x40045612)
