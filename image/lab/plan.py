"""What the lab tries: device kinds by cases, one list for the machine that runs them and for who reads the table."""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("keyboard_wedge", "hid_pos", "cdc_scanner", "cdc_scale", "usb_printer")

# Name and what it shows. They run in this order; `denied` comes first, before the udev rules are installed.
CASES = {
    "denied": "without the udev rules: a clear FAILED that names them",
    "absent": "not plugged in: LOST, and says so",
    "plugged": "plugged in while the driver waits: READY",
    "rights": "its node belongs to group checklane, mode 0660, and a stranger may not open it",
    "use": "does what it is for",
    "taken": "opened twice: the second one is refused, the first goes on",
    "pulled_idle": "pulled out while idle: LOST",
    "other_node": "back under another node: the same device",
    "pulled_mid_frame": "pulled out in the middle of a frame: nothing half is handed over",
    "pulled_mid_job": "pulled out in the middle of a job: exactly one outcome, and not a good one",
    "two_alike": "two that cannot be told apart: FAILED, and neither is taken",
    "silent": "plugged in and mute: not READY",
    "cycles": "plugged in, used and pulled out again and again: no file or thread is left",
    "stopped": "stopped: every file and thread is given back",
}

# What a kind cannot be tried in, and why.
NOT_FOR = {
    ("cdc_scanner", "two_alike"): "named by its port's link, which udev gives to one device only",
    ("cdc_scale", "two_alike"): "named by its port's link, which udev gives to one device only",
    ("keyboard_wedge", "silent"): "only ever speaks, so it cannot be asked",
    ("hid_pos", "silent"): "only ever speaks, so it cannot be asked",
    ("cdc_scanner", "silent"): "only ever speaks, so it cannot be asked",
    ("keyboard_wedge", "pulled_mid_job"): "is given no jobs",
    ("hid_pos", "pulled_mid_job"): "is given no jobs",
    ("cdc_scanner", "pulled_mid_job"): "is given no jobs",
    ("usb_printer", "pulled_mid_frame"): "a receipt is its frame: see pulled_mid_job",
}

DEFAULT_CYCLES = 100


class LabError(Exception):
    """The lab could not do or did not see what it has to; the text says what, and what to do where one can."""


class MissedError(LabError):
    """A driver said itself that it missed something; on an emulated machine, which stands still at times, it may."""


@dataclass(frozen=True, slots=True)
class Row:
    """What came of one case at one kind; `detail` says why where it failed."""

    kind: str
    case: str
    passed: bool
    seconds: float = 0.0
    detail: str = ""


def planned() -> tuple[tuple[str, str], ...]:
    """Every (kind, case) that is tried, in order."""
    return tuple((kind, case) for case in CASES for kind in KINDS if (kind, case) not in NOT_FOR)
