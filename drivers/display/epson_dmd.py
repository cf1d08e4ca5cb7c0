"""Epson DM-D (DM-D110, DM-D30, and displays set to "Epson"). Its bytes are in `commands`."""

from __future__ import annotations

from typing import ClassVar

from drivers.display.commands import ModelName
from drivers.display.line_display import LineDisplayDriver


class EpsonDmd(LineDisplayDriver):
    """Driver of a display that is set to the Epson commands; see `LineDisplayDriver`."""

    model: ClassVar[ModelName] = "epson_dmd"
