"""A serial port (RS-232, CDC-ACM, USB converter), opened by pyserial and read with explicit deadlines."""

from __future__ import annotations

import contextlib
import errno
import os
import termios
from typing import Annotated, Literal

import msgspec
import serial

from drivers.device import AbsentError, DeviceError
from drivers.transport.node import DENIED, HELD, NodeTransport

_NO_SERIAL_PORT = (errno.ENOTTY, errno.EINVAL, errno.EISDIR)


class Line(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How the bits go over the line."""

    baud: Annotated[int, msgspec.Meta(ge=300, le=4_000_000)] = 9600
    data_bits: Literal[7, 8] = 8
    parity: Literal["none", "even", "odd"] = "none"
    stop_bits: Literal[1, 2] = 1


def open_serial(path: str, line: Line) -> SerialTransport:
    """Open the port at `path` for this program alone.

    Raises `DeviceError`: permanent without permission, where another program holds it or where it is no serial port;
    `AbsentError` where there is none.
    """
    try:
        port = _open(path, line)
    except (OSError, ValueError, termios.error) as error:
        raise _explain(path, error) from error
    return SerialTransport(port, path, seven_bits=line.data_bits == 7)


class SerialTransport(NodeTransport):
    """An open serial port; see `drivers.transport.interface.Transport`. Made by `open_serial`."""

    def __init__(self, port: serial.Serial, path: str, *, seven_bits: bool) -> None:
        super().__init__(port.fd)
        self._port = port
        self._path = path
        self._seven_bits = seven_bits

    def read(self, deadline_s: float) -> bytes:
        """Return what has come in, `b""` after `deadline_s`; `DeviceError` when the port is gone."""
        data = super().read(deadline_s)
        # A pseudo terminal has eight bits whatever was asked, and hands the parity bit of a 7-bit peer over.
        return bytes(byte & 0x7F for byte in data) if self._seven_bits else data

    def close(self) -> None:
        """Close the port; may be called twice."""
        # pyserial closes the descriptor.
        self._fd = -1
        with contextlib.suppress(OSError):
            self._port.close()

    def _gone(self) -> DeviceError:
        return AbsentError(f"The serial port {self._path} is gone.", "Check the cable of the device and its power.")

    def _stuck(self) -> DeviceError:
        return DeviceError(f"The device at {self._path} takes no more data.", "Check its cable and its power.")


def _open(path: str, line: Line) -> serial.Serial:
    try:
        port = _pyserial(path, line)
    except termios.error as error:
        # Some kernels refuse seven bits or parity on a pseudo terminal (a simulated device); others ignore them.
        if error.args[0] != errno.EINVAL or not os.path.realpath(path).startswith("/dev/pts/"):
            raise
        port = _pyserial(path, Line(baud=line.baud))
    try:
        _check_parity(port.fd, line)
    except (OSError, termios.error):
        port.close()
        raise
    return port


def _pyserial(path: str, line: Line) -> serial.Serial:
    # The timeouts are never used (reads and writes go by poll); set, so that none of pyserial's own is "for ever".
    return serial.Serial(
        path,
        baudrate=line.baud,
        bytesize=line.data_bits,
        parity={"none": serial.PARITY_NONE, "even": serial.PARITY_EVEN, "odd": serial.PARITY_ODD}[line.parity],
        stopbits=line.stop_bits,
        timeout=0,
        write_timeout=0,
        exclusive=True,
    )


def _check_parity(fd: int, line: Line) -> None:
    """Have the kernel check the parity, which pyserial switches off: a damaged character then comes as NUL."""
    if line.parity == "none":
        return
    attributes = termios.tcgetattr(fd)
    attributes[0] |= termios.INPCK
    termios.tcsetattr(fd, termios.TCSANOW, attributes)


def _explain(path: str, error: Exception) -> DeviceError:
    number = _errno(error)
    if number in DENIED:
        remedy = "Let the user of this program into the port's group (dialout) or install the udev rules."
        return DeviceError(f"No permission to open {path}.", remedy, permanent=True)
    if number in HELD:
        remedy = "End the other program that uses it, or correct `port` in the settings."
        return DeviceError(f"Another program holds {path}.", remedy, permanent=True)
    if isinstance(error, ValueError) or number in _NO_SERIAL_PORT:
        remedy = "Correct `port` and the line settings."
        return DeviceError(f"{path} cannot be used as a serial port.", remedy, permanent=True)
    return AbsentError(f"There is no serial port at {path}.", "Plug the device in, or correct `port`.")


def _errno(error: BaseException) -> int | None:
    if isinstance(error, OSError) and error.errno is not None:
        return error.errno
    if isinstance(error, termios.error):
        number: int = error.args[0]
        return number
    # pyserial wraps what termios said into an error without a number.
    return _errno(error.__context__) if error.__context__ else None
