"""A registered ZVT connection that is given up as soon as anything on it was left unfinished."""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Callable
from typing import Final

from drivers.device import DeviceError, Slip
from drivers.payment import zvt_commands as commands
from drivers.payment import zvt_rules as rules
from drivers.payment.zvt_dialogue import Dialogue
from drivers.payment.zvt_link import AbortSignal, Patience, ZvtLink
from drivers.payment.zvt_records import Abort, Completion, IntermediateStatus, Record
from drivers.payment.zvt_settings import CURRENCIES, ZvtCommon
from drivers.transport.interface import Transport
from drivers.transport.waiting import Deadline, wait_readable

log = logging.getLogger(__name__)

CHECK: Final = "Check that the payment terminal is on, idle and connected, and that ZVT is switched on at it."

# How often a busy terminal is asked again to let us in, and the pause in between.
_BUSY_TRIES: Final = 5
_BUSY_PAUSE_S: Final = 0.5


class ZvtSession:
    """One terminal's connection, opened and given up as needed. Used on the device's thread only.

    Leftovers of an unfinished dialogue would be taken for answers to the next command, so there is no next command on
    such a connection: `connected` turns False, and `open` begins anew.
    """

    def __init__(
        self,
        alias: str,
        settings: ZvtCommon,
        connect: Callable[[], Transport],
        slip: Callable[[Slip], None] = lambda _: None,
    ) -> None:
        self._alias = alias
        self._settings = settings
        self._connect = connect
        self._slip = slip
        self._link: ZvtLink | None = None
        answer_s = settings.answer_timeout_s
        self._brief = Patience(answer_s, answer_s, answer_s * 3)
        self._at_terminal = Patience(answer_s, settings.card_timeout_s, settings.payment_limit_s, give_up=True)
        self.terminal_id = ""
        self.status = 0

    @property
    def connected(self) -> bool:
        """Whether there is a registered connection (as far as is known)."""
        return self._link is not None

    def open(self) -> None:
        """Connect and register; `status` are then the terminal's bits of PA00P015 2.1, bitmap 19.

        A payment still running there (of a lane that was cut off) is aborted first. `DeviceError`, permanent where
        the terminal refuses for good.
        """
        self.close()
        settings = self._settings
        currency = CURRENCIES.get(settings.currency)
        if currency is None:
            remedy = f"Set `currency` of {self._alias!r} to one of {', '.join(CURRENCIES)}."
            raise DeviceError(f"ZVT terminals know no currency {settings.currency!r}.", remedy, permanent=True)
        config = commands.CONFIG_BYTE | (commands.SEND_RECEIPTS if settings.receipts == "terminal" else 0)
        tlv = commands.WITH_TLV if settings.tlv else b""
        link = self._link = ZvtLink(self._connect(), settings.answer_timeout_s, self._slip, settings.charset)
        try:
            self.status = self._register(link, commands.registration(settings.password, currency, config, tlv))
        except (DeviceError, OSError):
            self.close()
            raise

    def close(self) -> None:
        """Give the connection up; may be called twice."""
        if self._link is not None:
            self._link.close()
        self._link = None

    def fileno(self) -> int:
        """Descriptor to wait on; `DeviceError` where there is no connection."""
        return self._present().fileno()

    def heard(self) -> list[Record]:
        """What was said unasked, acknowledged; `DeviceError` where the connection is gone. Does not wait."""
        try:
            return self._present().heard()
        except OSError as error:
            self.close()
            raise DeviceError("The connection to the payment terminal was lost.", CHECK) from error
        except DeviceError:
            self.close()
            raise

    def ask(self, command: bytes) -> Dialogue:
        """Run a command that needs nobody at the terminal. Never raises."""
        return self._run(command, self._brief)

    def transact(
        self,
        command: bytes,
        on_status: Callable[[IntermediateStatus], None] = lambda _: None,
        abort: AbortSignal | None = None,
    ) -> Dialogue:
        """Run a command that a person at the terminal takes part in. Never raises."""
        return self._run(command, self._at_terminal, on_status, abort)

    def service(self, command: bytes, limit_s: float) -> Dialogue:
        """Run a command for which the terminal calls its host, and nobody is needed. Never raises."""
        return self._run(command, Patience(self._settings.answer_timeout_s, limit_s, limit_s))

    def log_off(self) -> None:
        """Tell the terminal that we go (06 02), where there is a connection; what it says to that is not waited for."""
        if self._link is not None:
            with contextlib.suppress(DeviceError, OSError):
                self._link.send(commands.log_off())

    def _run(
        self,
        command: bytes,
        patience: Patience,
        on_status: Callable[[IntermediateStatus], None] = lambda _: None,
        abort: AbortSignal | None = None,
    ) -> Dialogue:
        if self._link is None:
            return Dialogue(broken="The payment terminal is not connected.")
        dialogue = self._link.run(command, patience, on_status=on_status, abort=abort)
        if not dialogue.clean:
            self.close()
        return dialogue

    def _present(self) -> ZvtLink:
        if self._link is None:
            raise DeviceError("The connection to the payment terminal was given up.", CHECK)
        return self._link

    def _register(self, link: ZvtLink, command: bytes) -> int:
        refusal: int | None = None
        for _ in range(_BUSY_TRIES):
            dialogue = link.run(command, self._brief)
            if isinstance(dialogue.ended, Completion):
                self.terminal_id = dialogue.ended.terminal_id
                log.info("payment.registered device=%s terminal=%s", self._alias, self.terminal_id)
                return dialogue.ended.status or 0
            if dialogue.broken:
                raise DeviceError(f"The payment terminal does not answer. {dialogue.broken}", CHECK)
            refusal = dialogue.refusal
            if refusal != rules.BUSY:
                break
            self._stop_orphan(link)
        raise _refused(refusal)

    def _stop_orphan(self, link: ZvtLink) -> None:
        # Busy although we have only just come: a payment of a lane that was cut off. Its outcome is enquired later.
        log.warning("payment.orphan_aborted device=%s", self._alias)
        link.run(commands.abort_request(), self._brief, ends_with_ack=True)
        # Its last word has to be heard out: coming later, it would pass for a refusal of the registration.
        pause = Deadline(_BUSY_PAUSE_S)
        while wait_readable(pause.left_s, link.fileno()) and not pause.passed:
            if any(isinstance(record, Completion | Abort) for record in link.heard()):
                return


def _refused(code: int | None) -> DeviceError:
    if code == rules.BUSY:
        return DeviceError("The payment terminal stays busy.", "Finish or cancel what it shows on its own display.")
    told = "no code" if code is None else f"code {code:02X}"
    return DeviceError(
        f"The payment terminal refuses the registration ({told}).",
        "Compare `password` and `currency` in the settings with those of the terminal.",
        permanent=code not in rules.PASSING,
    )
