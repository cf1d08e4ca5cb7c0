"""Imports the modules named as arguments and prints whatever our code did on the way, for tests/test_house.py."""

from __future__ import annotations

import enum
import importlib
import logging
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import is_dataclass
from pathlib import Path
from types import FrameType, ModuleType
from unittest import mock

import msgspec

ROOT = Path(__file__).parents[1]
PACKAGES = ("demo", "provisioning", "headquarters", "kiosk", "drivers")
_OURS = tuple(f"{ROOT / package}/" for package in PACKAGES)
_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
# Audit events of the outside world: https://docs.python.org/3/library/audit_events.html
_DEEDS = frozenset(
    {
        "open",
        "os.exec",
        "os.fork",
        "os.listdir",
        "os.mkdir",
        "os.posix_spawn",
        "os.putenv",
        "os.remove",
        "os.rename",
        "os.scandir",
        "socket.__new__",
        "sqlite3.connect",
        "subprocess.Popen",
    }
)


def main(names: list[str]) -> None:
    """Import each; print a line per deed of our own code, then what is left behind."""
    deeds: list[str] = []
    sys.addaudithook(lambda event, arguments: watch(deeds, event, arguments))
    handlers, signals = list(logging.root.handlers), [signal.getsignal(number) for number in _SIGNALS]
    start = threading.Thread.start

    def started(thread: threading.Thread) -> None:
        watch(deeds, "thread", (thread,))
        start(thread)

    # Not every Python tells an audit hook of a thread, and a short one is over before it could be counted.
    with mock.patch.object(threading.Thread, "start", started):
        imported = [importlib.import_module(name) for name in names]
    if threading.enumerate() != [threading.main_thread()]:
        deeds.append(f"threads: {threading.enumerate()}")
    if logging.root.handlers != handlers:
        deeds.append(f"logging handlers: {logging.root.handlers}")
    if [signal.getsignal(number) for number in _SIGNALS] != signals:
        deeds.append("a signal handler")
    deeds += [line for module in imported for line in instances(module)]
    sys.stdout.write("".join(f"{line}\n" for line in deeds))


def watch(deeds: list[str], event: str, arguments: tuple[object, ...]) -> None:
    """Note a deed whose nearest cause is our code; what a library does while it is imported is the library's."""
    if event not in _DEEDS and event != "thread":
        return
    # The public ways to the stack read source files, which is itself a deed.
    frame: FrameType | None = sys._getframe(1)
    while frame and not frame.f_code.co_filename.startswith("<frozen importlib"):
        if frame.f_code.co_filename.startswith(_OURS):
            deeds.append(f"{frame.f_code.co_filename}:{frame.f_lineno} {event} {arguments[:1]}")
            return
        frame = frame.f_back


def instances(module: ModuleType) -> Iterator[str]:
    """Names of a module that hold an object of ours which can change: a singleton under another name."""
    for name, value in vars(module).items():
        kind = type(value)
        if kind.__module__.split(".")[0] in PACKAGES and not unchanging(value):
            yield f"{module.__name__}.{name} is a module-level instance of {kind.__qualname__}"


def unchanging(value: object) -> bool:
    if isinstance(value, type | enum.Enum | tuple):
        return True
    if isinstance(value, msgspec.Struct):
        return value.__struct_config__.frozen
    return is_dataclass(value) and bool(getattr(type(value), "__dataclass_params__").frozen)  # noqa: B009 - typeshed does not know it


if __name__ == "__main__":
    main(sys.argv[1:])
