"""What must be set before Kivy is first imported: its unsafe defaults for a kiosk, and the panel.

Kivy's own defaults let Esc from any keyboard-like scanner end the program, let F1 open a settings panel, double every
touch by a second input provider and halve the frame rate by multisampling (all of it measured).
"""

from __future__ import annotations

import logging
import os
import sys
import tempfile
from pathlib import Path

from kiosk.config import Display


class SetupError(Exception):
    """Kivy cannot be set up; says what is wrong and what to do."""

    def __init__(self, message: str, remedy: str) -> None:
        super().__init__(f"{message} {remedy}")
        self.message = message
        self.remedy = remedy


def _private_home(home: Path | None) -> Path:
    """A folder for Kivy's droppings: the unit's runtime folder where it has one."""
    if home is not None:
        home.mkdir(mode=0o700, parents=True, exist_ok=True)
        return home
    runtime = os.environ.get("RUNTIME_DIRECTORY", "").split(":")[0]
    return Path(tempfile.mkdtemp(prefix="checklane-kivy-", dir=runtime or None))


def _values(display: Display) -> dict[tuple[str, str], str]:
    """Kivy's configuration for a kiosk, as (section, key) -> value."""
    return {
        ("kivy", "exit_on_escape"): "0",
        ("kivy", "keyboard_mode"): "",
        ("kivy", "log_level"): "warning",
        ("kivy", "log_enable"): "0",
        ("kivy", "pause_on_minimize"): "0",
        ("graphics", "multisamples"): "0",
        ("graphics", "maxfps"): "60",
        ("graphics", "resizable"): "0",
        ("graphics", "show_cursor"): "0" if display.fullscreen else "1",
        ("graphics", "fullscreen"): "auto" if display.fullscreen else "0",
        ("graphics", "borderless"): "1" if display.fullscreen else "0",
        # A window beside others (a bench panel) stands where they can expect it.
        ("graphics", "position"): "auto" if display.fullscreen else "custom",
        ("graphics", "left"): "20",
        ("graphics", "top"): "60",
        ("graphics", "width"): str(display.width_px),
        ("graphics", "height"): str(display.height_px),
        ("graphics", "min_state_time"): "0",
        # A right button draws a red simulated finger without this.
        ("input", "mouse"): "mouse,disable_multitouch",
    }


def _without_mtdev(record: logging.LogRecord) -> bool:
    """Kivy complains with a traceback that a library is absent which we do not want it to use."""
    return "MTDev" not in record.getMessage()


def prepare_environment(display: Display, home: Path | None = None) -> None:
    """Set Kivy's environment and configuration; call it before anything imports Kivy's window.

    `home` is the private folder Kivy may write to (None: a fresh one). `SetupError` where Kivy's window already exists.
    """
    if "kivy.core.window" in sys.modules:
        raise SetupError(
            "Kivy's window is open already, with defaults that are unsafe for a kiosk.",
            "Call prepare_environment before importing kiosk.ui.app.",
        )
    os.environ |= {
        "KIVY_NO_ARGS": "1",
        "KIVY_NO_FILELOG": "1",
        "KIVY_NO_CONSOLELOG": "1",
        "KIVY_NO_CONFIG": "1",
        "KIVY_NO_ENV_CONFIG": "1",
        "KIVY_LOG_MODE": "PYTHON",
        "KIVY_HOME": str(_private_home(home)),
    }
    from kivy.config import Config  # noqa: PLC0415 - Kivy reads the environment above when it is imported

    for (section, key), value in _values(display).items():
        Config.set(section, key, value)
    logging.getLogger("kivy").addFilter(_without_mtdev)
    # Kivy adds a second reader of the touch panel under this name; SDL reads it already.
    Config.remove_option("input", "%(name)s")
