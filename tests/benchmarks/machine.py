"""What a figure was measured on: without it, no figure can be compared with another."""

from __future__ import annotations

import os
import platform
import sqlite3
from importlib.metadata import version
from pathlib import Path


def describe(folder: Path) -> dict[str, str | float]:
    """The machine, its software, its load at this moment, and the file system under `folder`."""
    return {
        "processor": _field(Path("/proc/cpuinfo"), "model name"),
        "cores": float(os.cpu_count() or 0),
        "memory_mb": float(_field(Path("/proc/meminfo"), "MemTotal").split()[0]) // 1024,
        "kernel": platform.release(),
        "python": platform.python_version(),
        "sqlite": sqlite3.sqlite_version,
        "kivy": version("kivy"),
        "file_system": file_system(folder),
        "load_before": os.getloadavg()[0],
    }


def file_system(folder: Path) -> str:
    """The type of the file system a folder is on: a durable commit is a matter of it."""
    kind, best = "unknown", 0
    path = str(folder.resolve())
    for line in Path("/proc/mounts").read_text(encoding="utf-8").splitlines():
        _, mount, found, *_ = line.split()
        inside = path == mount or path.startswith(mount.rstrip("/") + "/")
        if inside and len(mount) >= best:
            kind, best = found, len(mount)
    return kind


def _field(file: Path, name: str) -> str:
    for line in file.read_text(encoding="utf-8").splitlines():
        key, _, value = line.partition(":")
        if key.strip() == name:
            return value.strip()
    return "0"
