"""A terminal still busy with a payment of a lane that was killed, and slow to say the last word on it."""

from __future__ import annotations

import select
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from drivers.payment.zvt_codec import Apdu, Framer
from drivers.payment.zvt_session import ZvtSession
from drivers.payment.zvt_settings import ZvtSettings
from drivers.transport import tcp

PATIENCE_S = 10.0
# A terminal takes its time between two messages; one that answered at once would hide what is tested here.
SLOW_S = 0.1
ACK = bytes.fromhex("800000")
BUSY = bytes.fromhex("849c00")
FAILED = bytes.fromhex("040f02276c")
ABORTED = bytes.fromhex("061e016c")
REGISTERED = bytes.fromhex("060f02 1900".replace(" ", ""))


class SlowTerminal:
    """Refuses the first registration as busy; when told to abort, ends that payment in two messages with a pause."""

    def __init__(self, listener: socket.socket) -> None:
        self._listener = listener
        self._framer = Framer()
        self.heard: list[str] = []

    def serve(self) -> None:
        """One conversation, from the first byte to the last."""
        connection, _ = self._listener.accept()
        with connection:
            connection.settimeout(PATIENCE_S)
            while data := connection.recv(1000):
                for item in self._framer.feed(data):
                    if isinstance(item, Apdu):
                        self._answer(connection, f"{item.control:04X}")

    def _answer(self, connection: socket.socket, control: str) -> None:
        self.heard.append(control)
        if control == "0600":
            connection.sendall(BUSY if self.heard.count("0600") == 1 else ACK + REGISTERED)
        elif control == "06B0":
            connection.sendall(ACK)
            select.select([connection], [], [], SLOW_S)
            connection.sendall(FAILED)
        elif control == "8000" and self.heard.count("8000") == 1:
            # The last word comes now, whether or not the register has meanwhile begun to say something else.
            select.select([connection], [], [], SLOW_S)
            connection.sendall(ABORTED)


@contextmanager
def slow_terminal() -> Iterator[tuple[SlowTerminal, int]]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        terminal = SlowTerminal(listener)
        thread = threading.Thread(target=terminal.serve, daemon=True)
        thread.start()
        yield terminal, listener.getsockname()[1]
        thread.join(PATIENCE_S)


def test_the_last_word_on_an_orphaned_payment_is_not_taken_for_a_refusal() -> None:
    """A lane killed while the card was asked for finds the terminal again at once, not after a permanent failure."""
    with slow_terminal() as (terminal, port):
        session = ZvtSession(
            "terminal", ZvtSettings(driver="zvt", host="127.0.0.1"), lambda: tcp.connect("127.0.0.1", port, PATIENCE_S)
        )
        session.open()
        assert session.connected
        session.close()
    assert [one for one in terminal.heard if one != "8000"] == ["0600", "06B0", "0600"]
