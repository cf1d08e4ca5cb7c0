"""A nexo terminal on the bench: HTTPS with its own certificates, its own books, and every fault on demand."""

from __future__ import annotations

import secrets
import ssl
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Final

from drivers.device import DeviceError
from drivers.payment.simulated_nexo_books import NexoBooks
from drivers.payment.simulated_nexo_certificates import KINDS, Maker, write_chain, write_private
from drivers.payment.simulated_nexo_server import FAULTS as SERVER_FAULTS
from drivers.payment.simulated_nexo_server import NexoServer, Wire
from drivers.payment.simulated_nexo_terminal import FAULTS, NexoCardTerminal
from drivers.simulation import flag_field, number_field, text_field, unknown_action

POI_ID: Final = "V400m-324688179"
KEY_IDENTIFIER: Final = "bench"
KEY_VERSION: Final = 1
_MODES: Final = ("approve", "decline", "off")
_WAIT_S: Final = 5

Fields = dict[str, object]


class SimulatedNexoTerminal:
    """Serves `address` on 127.0.0.1, the same through unplug and plug; see drivers/payment/README.md for `control`.

    In `folder` it leaves what a driver's settings name: `<name>-ca.pem` (its maker's certificate) and `<name>.key` (the
    passphrase, 0600). Its books are `<name>-books.json` there, and survive its being killed.
    """

    def __init__(self, name: str, folder: Path, *, port: int = 0) -> None:
        self.name = name
        self.address = ("127.0.0.1", port)
        self.ca_file = folder / f"{name}-ca.pem"
        self.key_file = folder / f"{name}.key"
        self._chain_file = folder / f".{name}-certificate.pem"
        self._books_file = folder / f"{name}-books.json"
        self._maker: Maker | None = None
        self._books: NexoBooks | None = None
        self._terminal: NexoCardTerminal | None = None
        self._wire: Wire | None = None
        self._server: NexoServer | None = None
        self._lock = threading.Lock()

    def start(self) -> None:
        """Make key and certificates, or take those a killed one left, and plug in."""
        self.ca_file.parent.mkdir(parents=True, exist_ok=True)
        self._maker = Maker("Bench maker of terminals")
        self.ca_file.write_bytes(self._maker.pem())
        write_chain(self._chain_file, "good", POI_ID, self._maker)
        if not self.key_file.exists():
            write_private(self.key_file, secrets.token_urlsafe(24).encode())
        self._books = NexoBooks(self._books_file)
        self._terminal = NexoCardTerminal(POI_ID, self._books)
        passphrase = self.key_file.read_text(encoding="utf-8").strip()
        self._wire = Wire(self._terminal, passphrase, KEY_IDENTIFIER, KEY_VERSION)
        self._plug()

    def stop(self) -> None:
        """Go away; may be called twice. Books, key and certificates stay."""
        if self._terminal is not None:
            self._terminal.stop()
        self._unplug()

    def control(self, action: str, fields: Fields) -> Fields:
        """Do `action` at the terminal; returns its state. `DeviceError` where it cannot be done."""
        terminal, wire = self._started()
        if action == "wait_for_authorisation":
            if not terminal.wait_for_payment(number_field({"timeout_s": _WAIT_S, **fields}, "timeout_s")):
                raise DeviceError("No authorisation came.", "Start a payment at the lane, or wait longer.")
        else:
            actions = {**self._at_the_terminal(terminal, fields), **self._on_the_wire(wire, fields)}
            if action not in actions:
                raise unknown_action("nexo terminal", action, ["wait_for_authorisation", *actions])
            actions[action]()
        return {**terminal.state(), **wire.state(), "plugged": self._server is not None}

    def _at_the_terminal(self, terminal: NexoCardTerminal, fields: Fields) -> dict[str, Callable[[], None]]:
        decisions = {name: _later(terminal.decide, name) for name in ("tap", "decline", "cancel", "timeout")}
        faults = {name: _later(terminal.arm, name) for name in FAULTS}
        return {
            **decisions,
            **faults,
            "answer": terminal.release,
            "auto": lambda: setattr(terminal, "auto", _one_of(fields, "mode", _MODES)),
            "busy": lambda: setattr(terminal, "busy", flag_field(fields, "on")),
            "host": lambda: setattr(terminal, "host_reachable", flag_field(fields, "on")),
            "printer": lambda: setattr(terminal, "printer", text_field(fields, "status")),
            "forget": self._forget,
            "heal": self._heal,
            "unplug": self._unplug,
            "plug": self._plug,
            "state": lambda: None,
        }

    def _on_the_wire(self, wire: Wire, fields: Fields) -> dict[str, Callable[[], None]]:
        switches = {
            name: _later(lambda name: wire.always(name, on=flag_field(fields, "on")), name) for name in SERVER_FAULTS
        }
        return {
            **switches,
            "fail_next": lambda: wire.once(_one_of(fields, "fault", SERVER_FAULTS), str(fields.get("category", ""))),
            "fail_always": lambda: wire.always(_one_of(fields, "fault", SERVER_FAULTS), on=flag_field(fields, "on")),
            "certificate": lambda: self._certify(_one_of(fields, "kind", KINDS)),
        }

    def _started(self) -> tuple[NexoCardTerminal, Wire]:
        if self._terminal is None or self._wire is None:
            raise DeviceError(f"The simulated terminal {self.name!r} is not started.", "Start it first.")
        return self._terminal, self._wire

    def _heal(self) -> None:
        terminal, wire = self._started()
        terminal.disarm()
        wire.heal()

    def _forget(self) -> None:
        if self._books is not None:
            self._books.forget()

    def _certify(self, kind: str) -> None:
        """Show another certificate from the next connection on."""
        if self._maker is not None:
            write_chain(self._chain_file, kind, POI_ID, self._maker)
            with self._lock:
                if self._server is not None:
                    self._server.context = _context(self._chain_file)

    def _plug(self) -> None:
        _, wire = self._started()
        with self._lock:
            if self._server is None:
                self._server = NexoServer(self.address, _context(self._chain_file), wire)
                host, port = self._server.server_address[:2]
                self.address = (str(host), int(port))

    def _unplug(self) -> None:
        with self._lock:
            server, self._server = self._server, None
        if server is not None:
            server.unplug()


def _context(chain_file: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.load_cert_chain(chain_file)
    return context


def _later(call: Callable[[str], None], name: str) -> Callable[[], None]:
    return lambda: call(name)


def _one_of(fields: Fields, key: str, known: tuple[str, ...]) -> str:
    value = text_field(fields, key)
    if value not in known:
        raise DeviceError(f"There is no {key} {value!r}.", f"There are: {', '.join(known)}.")
    return value
