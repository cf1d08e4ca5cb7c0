"""What a technician typed wrong, told apart from what a device could not do: the one ends with 2, the other with 1."""

from __future__ import annotations

from drivers.device import DeviceError

PASSED, FAILED, USAGE = 0, 1, 2


class UsageError(DeviceError):
    """The command line makes no sense; `remedy` says how it does."""
