"""CD5220: the command set of most pole displays. Its bytes are in `commands`."""

from __future__ import annotations

from typing import ClassVar

from drivers.display.commands import ModelName
from drivers.display.line_display import LineDisplayDriver


class Cd5220(LineDisplayDriver):
    """Driver of a display that is set to CD5220; see `LineDisplayDriver`."""

    model: ClassVar[ModelName] = "cd5220"
