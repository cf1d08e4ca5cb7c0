"""Pictures of a camera by Video4Linux2: the brightness of each, by mmap streaming, with a descriptor to wait on.

Source: linux/videodev2.h and the kernel's "Video for Linux API", section "Streaming I/O (Memory Mapping)". The layouts
are those of 64-bit Linux. Only YUYV and GREY are asked for, which every UVC camera or industrial camera has one of;
MJPEG would have to be decoded first.
"""

from __future__ import annotations

import contextlib
import fcntl
import mmap
import os
import struct
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from drivers.device import AbsentError, DeviceError
from drivers.transport.node import explain

_CAPTURE, _MMAP, _PROGRESSIVE = 1, 1, 1
_BUFFERS = 4
YUYV, GREY = (int.from_bytes(code, "little") for code in (b"YUYV", b"GREY"))

FORMAT = struct.Struct("@I4xIIIIII176x")  # v4l2_format: type, then v4l2_pix_format in a union of 200 bytes
REQUEST = struct.Struct("@III8x")  # v4l2_requestbuffers: count, type, memory
BUFFER = struct.Struct("@IIIII4x16x16xIIQIIi4x")  # v4l2_buffer


def _ioctl(direction: int, number: int, size: int) -> int:
    return direction << 30 | size << 16 | ord("V") << 8 | number


VIDIOC_S_FMT = _ioctl(3, 5, FORMAT.size)
VIDIOC_REQBUFS = _ioctl(3, 8, REQUEST.size)
VIDIOC_QUERYBUF = _ioctl(3, 9, BUFFER.size)
VIDIOC_QBUF = _ioctl(3, 15, BUFFER.size)
VIDIOC_DQBUF = _ioctl(3, 17, BUFFER.size)
VIDIOC_STREAMON = _ioctl(1, 18, 4)


@dataclass(frozen=True, slots=True)
class Frame:
    """One picture: `brightness` has one byte for each pixel, row by row."""

    width: int
    height: int
    brightness: bytes


class FrameSource(Protocol):
    """An open camera."""

    def fileno(self) -> int:
        """Return the descriptor that becomes readable with the next picture."""
        ...

    def frame(self) -> Frame | None:
        """Return the picture that is there, None where there is none; `AbsentError` when the camera is gone."""
        ...

    def close(self) -> None:
        """Give the camera back; may be called twice."""
        ...


def open_camera(node: Path, width: int, height: int) -> FrameSource:
    """Open the camera at `node` and have it send pictures of about that size.

    Raises `AbsentError` where there is none; a permanent `DeviceError` without permission, where another program uses
    it, and where it has neither YUYV nor GREY pictures.
    """
    try:
        fd = os.open(node, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise explain(error, f"camera at {node}") from error
    try:
        return Camera(fd, width, height)
    except OSError as error:
        os.close(fd)
        raise explain(error, f"camera at {node}") from error
    except DeviceError:
        os.close(fd)
        raise


class Camera:
    """A streaming camera; see `FrameSource`. `ioctl` and `map_buffer` are handed in by tests."""

    def __init__(
        self,
        fd: int,
        width: int,
        height: int,
        *,
        ioctl: Callable[[int, int, bytearray], object] = lambda fd, request, data: fcntl.ioctl(fd, request, data, True),
        map_buffer: Callable[[int, int, int], mmap.mmap] = lambda fd, length, offset: mmap.mmap(
            fd, length, offset=offset
        ),
    ) -> None:
        self._fd = fd
        self._ioctl = ioctl
        self._maps: list[mmap.mmap] = []
        self._width, self._height, self._pixels, self._line = self._choose(width, height)
        try:
            for index in range(self._request()):
                length, offset = self._query(index)
                self._maps.append(map_buffer(fd, length, offset))
                self._queue(index)
            ioctl(fd, VIDIOC_STREAMON, bytearray(struct.pack("i", _CAPTURE)))
        except OSError:
            self._unmap()
            raise

    def fileno(self) -> int:
        """See `FrameSource`."""
        if self._fd < 0:
            raise _gone()
        return self._fd

    def frame(self) -> Frame | None:
        """See `FrameSource`."""
        buffer = bytearray(_buffer(0))
        try:
            self._ioctl(self.fileno(), VIDIOC_DQBUF, buffer)
        except BlockingIOError:
            return None
        except OSError as error:
            raise _gone() from error
        index, _, used, *_ = BUFFER.unpack(buffer)
        data = bytes(self._maps[index][:used])
        self._queue(index)
        return brightness(data, self._width, self._height, self._line, step=2 if self._pixels == YUYV else 1)

    def close(self) -> None:
        """See `FrameSource`."""
        fd, self._fd = self._fd, -1
        self._unmap()
        if fd >= 0:
            with contextlib.suppress(OSError):
                os.close(fd)

    def _choose(self, width: int, height: int) -> tuple[int, int, int, int]:
        for wanted in (YUYV, GREY):
            data = bytearray(FORMAT.pack(_CAPTURE, width, height, wanted, _PROGRESSIVE, 0, 0))
            self._ioctl(self._fd, VIDIOC_S_FMT, data)
            _, got_width, got_height, pixels, _, line, _ = FORMAT.unpack(data)
            if pixels == wanted:
                return got_width, got_height, pixels, line
        raise DeviceError(
            "The camera has no pictures that can be read for codes.", "Use one with YUYV or GREY.", permanent=True
        )

    def _request(self) -> int:
        data = bytearray(REQUEST.pack(_BUFFERS, _CAPTURE, _MMAP))
        self._ioctl(self._fd, VIDIOC_REQBUFS, data)
        count: int = REQUEST.unpack(data)[0]
        return count

    def _query(self, index: int) -> tuple[int, int]:
        data = bytearray(_buffer(index))
        self._ioctl(self._fd, VIDIOC_QUERYBUF, data)
        *_, offset, length, _, _ = BUFFER.unpack(data)
        return length, offset & 0xFFFFFFFF

    def _queue(self, index: int) -> None:
        try:
            self._ioctl(self._fd, VIDIOC_QBUF, bytearray(_buffer(index)))
        except OSError as error:
            raise _gone() from error

    def _unmap(self) -> None:
        for mapped in self._maps:
            mapped.close()
        self._maps.clear()


def brightness(data: bytes, width: int, height: int, line: int, *, step: int) -> Frame | None:
    """Take the brightness out of a picture whose rows are `line` bytes long; None where it is cut off.

    `step` is 2 for YUYV, which has it in every second byte, and 1 for GREY.
    """
    line = max(line, width * step)
    if len(data) < line * (height - 1) + width * step:
        return None
    rows = (data[row * line : row * line + width * step : step] for row in range(height))
    return Frame(width, height, b"".join(rows))


def _buffer(index: int) -> bytes:
    return BUFFER.pack(index, _CAPTURE, 0, 0, 0, 0, _MMAP, 0, 0, 0, 0)


def _gone() -> AbsentError:
    return AbsentError("The camera is gone.", "Check its cable.")
