"""Archives a kernel unpacks as its first root: the "newc" format of cpio, written without being root."""

from __future__ import annotations

import stat
import tarfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Self

# Documentation/driver-api/early-userspace/buffer-format.rst of the kernel.
_MAGIC = b"070701"
_TRAILER = "TRAILER!!!"
# So that archives can be put one after the other: the kernel skips zeros between them.
_BLOCK = 512


@dataclass(frozen=True, slots=True)
class Entry:
    """What is said of a file besides its content."""

    mode: int
    uid: int = 0
    gid: int = 0
    device: tuple[int, int] = (0, 0)


class Archive:
    """A cpio archive that is written to `file`; leaving the `with` block ends it."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._inode = 0
        self._written = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._add(_TRAILER, Entry(0), b"")
        self._put(bytes(-self._written % _BLOCK))

    def add(self, path: str, entry: Entry, content: bytes = b"") -> None:
        """Add one entry; the content of a symbolic link is where it leads."""
        self._inode += 1
        self._add(path, entry, content)

    def folder(self, path: str) -> None:
        """Add a folder that root owns and all may enter."""
        self.add(path, Entry(stat.S_IFDIR | 0o755))

    def text(self, path: str, content: str, mode: int = 0o644) -> None:
        """Add a text file that root owns."""
        self.add(path, Entry(stat.S_IFREG | mode), content.encode())

    def tree(self, source: Path, target: str, wanted: Callable[[Path], bool] = lambda _: True) -> None:
        """Add the files below `source` as `target`/..., readable for all, with the folders on the way."""
        self.folder(target)
        for path in sorted(source.rglob("*")):
            name = f"{target}/{path.relative_to(source)}"
            if path.is_dir():
                self.folder(name)
            elif wanted(path):
                executable = path.stat().st_mode & 0o111
                self.add(name, Entry(stat.S_IFREG | (0o755 if executable else 0o644)), path.read_bytes())

    def _add(self, path: str, entry: Entry, content: bytes) -> None:
        name = path.encode() + b"\0"
        links = 2 if stat.S_ISDIR(entry.mode) else 1
        # inode, mode, uid, gid, links, time, size, device (2), special device (2), length of the name, checksum
        owner = (entry.uid, entry.gid)
        numbers = (self._inode, entry.mode, *owner, links, 0, len(content), 0, 0, *entry.device, len(name), 0)
        self._put(_MAGIC + b"".join(b"%08X" % number for number in numbers) + name)
        self._pad()
        self._put(content)
        self._pad()

    def _pad(self) -> None:
        self._put(bytes(-self._written % 4))

    def _put(self, data: bytes) -> None:
        self._file.write(data)
        self._written += len(data)


def from_tar(tar: tarfile.TarFile, archive: Archive, wanted: Callable[[str], bool] = lambda _: True) -> None:
    """Copy all of `tar` whose path is `wanted`, with its owners, links and devices, into `archive`.

    Hard links become files of their own: in a first root they would only save memory.
    """
    for member in tar:
        path = member.name.removeprefix("./").lstrip("/")
        if path in ("", ".") or not wanted(path):
            continue
        described = _describe(tar, member)
        if described is not None:
            archive.add(path, *described)


def _describe(tar: tarfile.TarFile, member: tarfile.TarInfo) -> tuple[Entry, bytes] | None:
    content, device = b"", (0, 0)
    if member.isdir():
        kind = stat.S_IFDIR
    elif member.issym():
        kind, content = stat.S_IFLNK, member.linkname.encode()
    elif member.isreg() or member.islnk():
        kind = stat.S_IFREG
        file = tar.extractfile(member)
        content = file.read() if file is not None else b""
    elif member.ischr():
        kind, device = stat.S_IFCHR, (member.devmajor, member.devminor)
    else:
        return None
    return Entry(kind | member.mode, member.uid, member.gid, device), content
