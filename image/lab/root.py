"""The lab's first root, in three archives: Debian, the locked Python packages, and our code; the first two are kept."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from image.lab import cpio
from image.lab.plan import LabError

SUITE = "bookworm"
GUEST_PYTHON = "3.11"
PACKAGES = ("udev", "kmod", "python3")
# What of the kernel's modules is kept: USB, its gadgets, and what they meet.
MODULES = ("drivers/usb", "drivers/hid", "drivers/input", "drivers/tty", "drivers/leds", "fs/configfs", "lib")
SERVICE_USER = "checklane"
# Of the dependencies in pyproject.toml, those that `drivers` does not use; the others come in the versions of uv.lock.
UNUSED = frozenset({"babel", "kivy", "paho-mqtt", "sqlalchemy", "sqlite-utils", "starlette", "uvicorn", "zstandard"})
# evdev comes as source only; this is the same code, built, under the same version.
BUILT = {"evdev": "evdev-binary"}
# Left out of the machine: it installs nothing and shows nothing.
_UNWANTED = ("usr/share/doc/", "usr/share/locale/", "usr/share/man/", "usr/share/perl", "usr/lib/apt/", "var/lib/dpkg/")
_UNWANTED_PARTS = ("/perl/", "/perl-base/", "/hwdb.d/", "/libicu", "/__pycache__/")
_BUILD_DEADLINE_S = 900.0

_KERNEL_HOOK = """set -e
cd /tmp
apt-get download -q "$(apt-cache depends linux-image-amd64 | sed -n 's/.*Depends: //p')"
dpkg-deb -x linux-image-*.deb kernel
version=$(ls kernel/lib/modules)
for part in {modules}; do
    mkdir -p "/lib/modules/$version/kernel/$part"
    cp -r "kernel/lib/modules/$version/kernel/$part/." "/lib/modules/$version/kernel/$part/"
done
cp kernel/lib/modules/$version/modules.order kernel/lib/modules/$version/modules.builtin* "/lib/modules/$version/"
depmod -a "$version"
cp kernel/boot/vmlinuz-* /boot/vmlinuz
rm -r kernel linux-image-*.deb
groupadd --system {user}
useradd --system --gid {user} --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin {user}
"""


@dataclass(frozen=True, slots=True)
class Boot:
    """What a machine starts from."""

    kernel: Path
    root: Path


def missing() -> dict[str, str]:
    """Programs the lab needs and this machine has not, each with its Debian package."""
    wanted = {"qemu-system-x86_64": "qemu-system-x86", "mmdebstrap": "mmdebstrap"}
    return {program: package for program, package in wanted.items() if shutil.which(program) is None}


def build(repository: Path, folder: Path, say: Callable[[str], None]) -> Boot:
    """Make what the machine starts from in `folder`, and keep there what does not change with our code.

    Raises `LabError` where something is missing or a program fails.
    """
    folder.mkdir(parents=True, exist_ok=True)
    debian, kernel = _debian(folder, say)
    libraries = _libraries(repository, folder, say)
    root = folder / "root.cpio"
    with root.open("wb") as file:
        for part in (debian, libraries):
            with part.open("rb") as source:
                shutil.copyfileobj(source, file)
        with cpio.Archive(file) as archive:
            _code(repository, archive)
    return Boot(kernel, root)


def _debian(folder: Path, say: Callable[[str], None]) -> tuple[Path, Path]:
    hook = _KERNEL_HOOK.format(modules=" ".join(MODULES), user=SERVICE_USER)
    key = _key(SUITE, *PACKAGES, hook, *_UNWANTED, *_UNWANTED_PARTS)
    archive, kernel = folder / f"debian-{key}.cpio", folder / f"vmlinuz-{key}"
    if archive.exists() and kernel.exists():
        return archive, kernel
    say(f"building a root of Debian {SUITE} with its kernel (some two minutes, once)")
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        tar = Path(scratch) / "root.tar"
        _run(
            [
                "mmdebstrap",
                f"--mode={'root' if os.geteuid() == 0 else 'unshare'}",
                "--variant=minbase",
                f"--include={','.join(PACKAGES)}",
                "--dpkgopt=path-exclude=/usr/share/doc/*",
                "--dpkgopt=path-exclude=/usr/share/locale/*",
                "--customize-hook=" + _in_chroot(hook),
                SUITE,
                str(tar),
            ]
        )
        _convert(tar, archive, kernel)
    _forget_others(folder, archive, kernel)
    return archive, kernel


def _in_chroot(script: str) -> str:
    # Quoted for the shell of mmdebstrap, which hands the root over as $1.
    quoted = script.replace("'", "'\\''")
    return f"chroot \"$1\" sh -c '{quoted}'"


def _convert(tar: Path, target: Path, kernel: Path) -> None:
    """Turn what mmdebstrap made into an archive for the kernel; in one step, so that a killed build leaves none."""
    fresh = target.with_suffix(".new")
    with tarfile.open(tar) as source, fresh.open("wb") as file:
        image = source.extractfile("./boot/vmlinuz")
        if image is None:
            raise LabError("The root has no kernel: mmdebstrap's hook did not put it there.")
        kernel.write_bytes(image.read())
        with cpio.Archive(file) as archive:
            cpio.from_tar(source, archive, _wanted)
    fresh.replace(target)


def _wanted(path: str) -> bool:
    return not (
        path.startswith((*_UNWANTED, "boot/vmlinuz", "var/cache/", "var/lib/apt/"))
        or any(part in f"/{path}" for part in _UNWANTED_PARTS)
    )


def _libraries(repository: Path, folder: Path, say: Callable[[str], None]) -> Path:
    lock = (repository / "uv.lock").read_text(encoding="utf-8")
    libraries = _dependencies((repository / "pyproject.toml").read_text(encoding="utf-8"))
    archive = folder / f"libraries-{_key(GUEST_PYTHON, lock, *libraries, *BUILT.values())}.cpio"
    if archive.exists():
        return archive
    say(f"fetching the locked packages for the machine's Python {GUEST_PYTHON} (once)")
    uv = str(_uv(repository))
    exported = ["export", "--quiet", "--frozen", "--no-emit-project", "--no-default-groups", "--no-hashes"]
    locked = _run([uv, *exported, "--no-header", "--no-annotate", "--project", str(repository)])
    wanted = [*libraries, *(f"{built}=={_version(locked, name)}" for name, built in BUILT.items())]
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        constraints, target = Path(scratch) / "constraints.txt", Path(scratch) / "packages"
        constraints.write_text(locked, encoding="utf-8")
        platform = ["--python-version", GUEST_PYTHON, "--python-platform", "x86_64-manylinux_2_28"]
        place = ["--constraint", str(constraints), "--target", str(target)]
        _run([uv, "pip", "install", "--quiet", "--only-binary", ":all:", *platform, *place, *wanted])
        fresh = archive.with_suffix(".new")
        with fresh.open("wb") as file, cpio.Archive(file) as packed:
            packed.tree(target, "opt/packages")
        fresh.replace(archive)
    _forget_others(folder, archive)
    return archive


def _dependencies(project: str) -> list[str]:
    """Names of what drivers need, without those that are taken built."""
    dependencies = tomllib.loads(project)["project"]["dependencies"]
    names = [re.split(r"[^A-Za-z0-9._-]", dependency, maxsplit=1)[0] for dependency in dependencies]
    return [name for name in names if name not in UNUSED and name not in BUILT]


def _forget_others(folder: Path, *kept: Path) -> None:
    """Remove what was built from an older list of packages."""
    for path in kept:
        for old in folder.glob(f"{path.name.split('-')[0]}-*"):
            if old != path:
                old.unlink()


def _version(locked: str, name: str) -> str:
    for line in locked.splitlines():
        found, _, version = line.split(";")[0].strip().partition("==")
        if found == name:
            return version
    raise LabError(f"uv.lock names no {name}.")


def _uv(repository: Path) -> Path:
    for place in (Path(sys.executable).parent / "uv", repository / ".venv/bin/uv"):
        if place.exists():
            return place
    raise LabError("There is no uv here. Run `make setup` first.")


def _code(repository: Path, archive: cpio.Archive) -> None:
    archive.folder("opt")
    archive.folder("opt/checklane")
    for package in ("drivers", "image/lab"):
        for parent in reversed(Path(package).parents[:-1]):
            archive.folder(f"opt/checklane/{parent}")
        archive.tree(repository / package, f"opt/checklane/{package}", lambda path: path.suffix == ".py")
    archive.text("opt/checklane/image/__init__.py", "")
    # Not in place yet: the lab looks first at what happens without them.
    rules = repository / "systemd/udev/60-checklane.rules"
    archive.text("opt/checklane/60-checklane.rules", rules.read_text(encoding="utf-8"))
    init = repository / "image/lab/guest/init"
    archive.text("init", init.read_text(encoding="utf-8"), mode=0o755)


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]


def _run(command: Sequence[str]) -> str:
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_BUILD_DEADLINE_S, check=False)
    except subprocess.TimeoutExpired as error:
        raise LabError(f"{command[0]} was not done after {_BUILD_DEADLINE_S:.0f} s.") from error
    if done.returncode != 0:
        last = "\n".join(done.stderr.strip().splitlines()[-15:])
        raise LabError(f"{command[0]} failed ({done.returncode}):\n{last}")
    return done.stdout
