"""A simulated PC/SC reader: tags that are held to the virtual reader of pcscd (vpcd), from any program's view real.

vpcd waits at a TCP port for a tag; a tag that connects is there, one that hangs up was taken away. Frames have two
bytes of length before them, most significant first; a frame of one byte is 0 power off, 1 power on, 2 reset, 4 tell the
ATR, any other a command, each answered by a frame but the first three (vsmartcard, virtualsmartcard/src/vpcd).
"""

from __future__ import annotations

import contextlib
import socket
import threading
from pathlib import Path
from typing import BinaryIO

from drivers.device import DeviceError
from drivers.nfc.simulated_hand import Hand
from drivers.nfc.simulated_tags import SimulatedTag

VPCD = ("127.0.0.1", 35963)
READER = "Virtual PCD 00 00"
_OFF, _ON, _RESET, _ATR = 0, 1, 2, 4
_CONNECT_S = 5.0


class SimulatedNfcReader:
    """Holds tags to vpcd; actions: see `Hand`. pcscd with vpcd has to run on this machine when a tag is tapped.

    A driver finds it by its name at pcscd, `port`.
    """

    def __init__(self, name: str, folder: Path | None = None, *, vpcd: tuple[str, int] = VPCD) -> None:  # noqa: ARG002 # leaves nothing there
        self.name = name
        self._vpcd = vpcd
        self._hand = Hand(self._held, self._removed, name)
        self._lock = threading.Lock()
        self._line: socket.socket | None = None
        self._thread: threading.Thread | None = None

    @property
    def port(self) -> str:
        """The name of the reader at pcscd."""
        return READER

    def start(self) -> None:
        """Nothing to start: a reader without a tag is silent."""

    def stop(self) -> None:
        """Take the tag away."""
        self._hand.remove()
        self._removed()

    def control(self, action: str, fields: dict[str, object]) -> dict[str, object]:
        """See `Hand`; `DeviceError` for any other action, and where a tag is tapped and no vpcd is there."""
        return self._hand.control(action, fields)

    def _held(self, tag: SimulatedTag) -> None:
        try:
            line = socket.create_connection(self._vpcd, _CONNECT_S)
        except OSError as error:
            self._hand.remove()
            raise DeviceError(
                f"No virtual reader waits at {self._vpcd[0]}:{self._vpcd[1]}.",
                "Install and start it: apt-get install pcscd vsmartcard-vpcd; systemctl start pcscd.",
            ) from error
        line.settimeout(None)
        with self._lock:
            self._line = line
            self._thread = threading.Thread(
                target=self._serve, args=(line, tag), name=f"tag at {self.name}", daemon=True
            )
            self._thread.start()

    def _removed(self) -> None:
        with self._lock:
            line, self._line = self._line, None
            thread, self._thread = self._thread, None
        if line is not None:
            with contextlib.suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
        if thread is not None and thread is not threading.current_thread():
            thread.join()

    def _serve(self, line: socket.socket, tag: SimulatedTag) -> None:
        with line, line.makefile("rb") as frames, contextlib.suppress(OSError):
            while frame := _frame(frames.read(2), frames):
                answer = self._answer(tag, frame)
                if answer is not None:
                    line.sendall(len(answer).to_bytes(2, "big") + answer)

    def _answer(self, tag: SimulatedTag, frame: bytes) -> bytes | None:
        if frame == bytes((_ATR,)):
            return tag.atr
        if frame in (bytes((_OFF,)), bytes((_ON,)), bytes((_RESET,))):
            tag.power_up()
            return None
        return self._hand.answer(frame, lambda held, command: held.answer(command))


def _frame(head: bytes, frames: BinaryIO) -> bytes:
    size = int.from_bytes(head, "big")
    return frames.read(size) if len(head) == 2 and size else b""
