"""When a printer that stopped for a jam may be told to go on: only after a person has been at it. Pure."""

from __future__ import annotations

from drivers.printer.status import PrinterStatus

# DLE ENQ (Epson ESC/POS, real-time request to printer): to be sent after the cause of the error is removed.
CONTINUE_FROM_THE_LINE = b"\x10\x05\x01"
CLEAR_AND_RECOVER = b"\x10\x05\x02"


class Recovery:
    """Watches for "the cover was opened and closed again while the error stood", which nobody does but a person."""

    def __init__(self) -> None:
        self._opened = False

    def due(self, status: PrinterStatus) -> bool:
        """Whether `status` is the moment to tell the printer to recover; true once for each time it was opened."""
        if not (status.cutter_error or status.mechanical_error):
            self._opened = False
            return False
        if status.cover_open:
            self._opened = True
            return False
        due, self._opened = self._opened, False
        return due
