"""What is so at the printer, told to the sink when it changes; and the fitness check before a job."""

from __future__ import annotations

from drivers.device import Conditions, DeviceError, Link, Sink
from drivers.printer.conditions import UNCONFIRMED_PRINTING, conditions
from drivers.printer.interface import DrawerLevel
from drivers.printer.link import PrinterLink
from drivers.printer.profile import PrinterProfile, Proof, Says
from drivers.printer.recovery import CLEAR_AND_RECOVER, CONTINUE_FROM_THE_LINE, Recovery


class Watch:
    """Follows the status of one connection. `busy` is set while a job is under way."""

    def __init__(self, alias: str, link: PrinterLink, model: PrinterProfile) -> None:
        self._alias = alias
        self._link = link
        self._model = model
        self._shown: Conditions | None = None
        self._level: bool | None = None
        self._recovery = Recovery()
        self.busy = False

    @property
    def drawer_level(self) -> bool | None:
        """The sensor pin of the drawer connector, None where the printer does not say."""
        asked = self._model.says is not Says.NOTHING and self._link.quiet_for_s is not None
        return self._link.status.drawer_high if asked else None

    def ask(self) -> None:
        """Ask the printer for its status; nothing where it cannot be asked. Raises as `PrinterLink.ask_status`."""
        if self._model.says is not Says.NOTHING:
            self._link.ask_status()

    def show(self, emit: Sink) -> None:
        """Tell what has changed, and let a printer recover whose jam a person has cleared."""
        now = self._now()
        if now != self._shown:
            self._shown = now
            emit(now)
        level = self.drawer_level
        if level is not None and level is not self._level:
            if self._level is not None:
                emit(DrawerLevel(self._alias, level))
            self._level = level
        if self._recovery.due(self._link.status):
            self.recover()

    def recover(self) -> None:
        """Tell the printer that the cause of its error is gone; a job under way goes on where it stopped."""
        self._link.send(CONTINUE_FROM_THE_LINE if self.busy and self._model.continues else CLEAR_AND_RECOVER)

    def require_fit(self, emit: Sink) -> None:
        """`DeviceError` where the printer, just asked, would not print."""
        self.show(emit)
        if not self._link.status.can_print:
            worst = conditions(self._link.status)[0]
            raise DeviceError(worst.message, worst.remedy)

    def require_drawer(self, *, real_time: bool) -> None:
        """`DeviceError` where a pulse sent now would not come, or would come whenever somebody puts paper in."""
        status = self._link.status
        faulty = status.unrecoverable or status.mechanical_error or status.cutter_error
        if faulty or not (real_time or status.can_print):
            worst = conditions(status)[0]
            raise DeviceError(worst.message, worst.remedy)

    def _now(self) -> Conditions:
        found = conditions(self._link.status)
        if self._model.proof is Proof.NONE:
            found = (*found, UNCONFIRMED_PRINTING)
        if self._model.says is Says.NOTHING:
            return Conditions(found, Link.UNKNOWN)
        return Conditions(found, Link.OFFLINE if self._link.status.offline else Link.ONLINE)
