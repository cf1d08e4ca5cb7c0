"""What a ZVT terminal does besides charging: end of day, diagnosis, initialisation, its last receipt, its health."""

from __future__ import annotations

import logging
import time
from typing import Final

from drivers.device import DeviceError, Finding, HealthLevel
from drivers.payment import zvt_commands as commands
from drivers.payment import zvt_service_rules as rules
from drivers.payment.interface import DayEnded, DayNotEnded, Diagnosed
from drivers.payment.zvt_dialogue import Dialogue
from drivers.payment.zvt_session import CHECK, ZvtSession
from drivers.payment.zvt_settings import ZvtCommon

log = logging.getLogger(__name__)

# A health check has 60 s for a person to take part; some of them are for the commands around it.
_HEALTH_DIAGNOSIS_S: Final = 45.0


class ZvtServices:
    """Services over one session; none of them moves money of a shopper. Used on the device's thread only."""

    def __init__(self, alias: str, settings: ZvtCommon, session: ZvtSession) -> None:
        self._alias = alias
        self._settings = settings
        self._session = session
        self._answered_at = 0.0

    def end_of_day(self, request: str) -> DayEnded | DayNotEnded:
        """Close the terminal's day (06 50), with its totals where it tells them (bitmap 60). Sent once."""
        dialogue = self._serve("end_of_day", commands.end_of_day(self._settings.password))
        return rules.day_ended(dialogue, request, self._alias)

    def diagnose(self, request: str) -> Diagnosed:
        """Have the terminal call its host for a diagnosis (06 70)."""
        return rules.diagnosed(self._serve("diagnose", commands.diagnosis()), request, self._alias)

    def initialise(self, request: str) -> Diagnosed:
        """Have the terminal sign on to its host anew (06 93): what the condition `initialisation_needed` asks for."""
        dialogue = self._serve("initialise", commands.initialisation(self._settings.password))
        return rules.diagnosed(dialogue, request, self._alias)

    def last_receipt(self, request: str) -> Diagnosed:
        """Have the last receipt sent once more (06 20): in `receipts` where the terminal words them, else it prints."""
        dialogue = self._serve("last_receipt", commands.reprint(self._settings.password))
        return rules.diagnosed(dialogue, request, self._alias)

    def check_health(self, level: HealthLevel) -> Finding:
        """Check without ever starting a payment.

        INTERNAL sends nothing. EXTERNAL asks how the terminal is (05 01). INTERACTIVE also has it diagnose itself
        (06 70), for which it calls its host and may print. `DeviceError` where it does not answer.
        """
        if not self._session.connected:
            raise DeviceError("The connection to the payment terminal was given up.", CHECK)
        terminal = f"Terminal {self._session.terminal_id or 'without an id'}"
        if level is HealthLevel.INTERNAL:
            age_s = int(time.monotonic() - self._answered_at)
            return Finding(passed=True, text=f"{terminal} is registered and answered last {age_s} s ago.")
        refused = self.ask_how_it_is().refusal
        if refused is not None:
            text = f"{terminal} says: {rules.worded(refused)}."
            return Finding(passed=False, text=text, remedy="See what it shows on its own display.")
        if level is HealthLevel.EXTERNAL:
            return Finding(passed=True, text=f"{terminal} is ready.")
        diagnosis = self._serve("check_health", commands.diagnosis(), _HEALTH_DIAGNOSIS_S)
        found = rules.diagnosed(diagnosis, "", self._alias)
        remedy = "" if found.passed else "Check its network, then have its provider look at it."
        return Finding(found.passed, f"{terminal}: {found.text}", remedy)

    def ask_how_it_is(self) -> Dialogue:
        """Send 05 01, which starts nothing; `DeviceError` where no answer comes."""
        dialogue = self._session.ask(commands.status_enquiry(self._settings.password))
        if not dialogue.clean:
            raise DeviceError(f"The payment terminal does not answer any more. {dialogue.broken}", CHECK)
        self.answered()
        return dialogue

    def answered(self) -> None:
        """Note that the terminal has just answered."""
        self._answered_at = time.monotonic()

    def _serve(self, action: str, command: bytes, limit_s: float | None = None) -> Dialogue:
        dialogue = self._session.service(command, self._settings.service_limit_s if limit_s is None else limit_s)
        refusal = "" if dialogue.refusal is None else f"{dialogue.refusal:02X}"
        log.info("payment.served device=%s action=%s code=%s broken=%r", self._alias, action, refusal, dialogue.broken)
        if dialogue.clean:
            self.answered()
        return dialogue
