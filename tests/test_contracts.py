"""Every import contract is broken on purpose and seen to fail, and no other with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[1]
LINT_IMPORTS = Path(sys.executable).with_name("lint-imports")
LINTER: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]
CONTRACTS: dict[str, dict[str, Any]] = {contract["id"]: contract for contract in LINTER["contracts"]}

# Contracts that break, the file where, and the line that does it. A new file is one that its package does not foresee.
BREAKS = [
    ("sides", "kiosk/config.py", "import headquarters.errors"),
    ("sides", "drivers/device.py", "import kiosk.config"),
    ("sides", "headquarters/errors.py", "import provisioning.identity"),
    ("sides", "provisioning/identity.py", "import demo.waiting"),
    ("kiosk-layers", "kiosk/config.py", "import kiosk.domain.money"),
    ("kiosk-layers", "kiosk/common.py", '"""A part without a place."""'),
    ("kiosk-layers circles operator-reads", "kiosk/domain/item.py", "import kiosk.store.chain"),
    ("concrete-payment", "kiosk/checkout/assembly.py", "import drivers.payment.zvt"),
    ("concrete-printer", "demo/waiting.py", "import drivers.printer.simulated"),
    ("concrete-scale", "drivers/devices.py", "import drivers.scale.mettler_8217"),
    ("concrete-scanner", "kiosk/presenter/shop.py", "import drivers.scanner.codes"),
    ("concrete-signature", "kiosk/checkout/performer.py", "import drivers.signature.key_file"),
    ("concrete-nfc", "kiosk/checkout/performer.py", "import drivers.nfc.ntag424"),
    ("concrete-drawer", "kiosk/checkout/flow/drawer.py", "import drivers.drawer.printer_drawer"),
    ("concrete-display", "kiosk/ui/outside.py", "import drivers.display.cd5220"),
    ("concrete-signal", "kiosk/presenter/outside.py", "import drivers.signal.gpio_light"),
    ("concrete-keypad", "kiosk/checkout/assembly.py", "import drivers.keypad.tactile_keypad"),
    ("kiosk-layers", "kiosk/commands/decode.py", "import kiosk.ui.clock"),
    ("kiosk-layers", "kiosk/accounts/fiscal.py", "import kiosk.store.chain"),
    ("categories", "drivers/scale/interface.py", "import drivers.scanner.interface"),
    ("registry", "kiosk/checkout/assembly.py", "import drivers.registry"),
    ("agent", "kiosk/agent/delays.py", "import drivers.printer.interface"),
    ("agent agent-no-devices kiosk-layers", "kiosk/agent/delays.py", "import kiosk.checkout.state"),
    ("agent-no-devices", "kiosk/messages/topics.py", "import drivers.device"),
    ("kivy", "kiosk/presenter/view.py", "import kivy.clock"),
    ("paho", "provisioning/identity.py", "import paho.mqtt.client"),
    ("paho", "headquarters/booking.py", "import paho.mqtt.client"),
    ("lane-no-broker", "kiosk/presenter/view.py", "import kiosk.agent.delays"),
    ("operator-reads", "provisioning/identity.py", "import kiosk.store.chain"),
    ("circles", "drivers/device.py", "import drivers.simulation"),
    ("circles", "kiosk/domain/money.py", "import kiosk.domain.pricing"),
]


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The packages and their contracts, to be broken."""
    folder = tmp_path_factory.mktemp("copy")
    for package in LINTER["root_packages"]:
        for path in (ROOT / package).rglob("*.py"):
            to = folder / path.relative_to(ROOT)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, to)
    shutil.copyfile(ROOT / "pyproject.toml", folder / "pyproject.toml")
    return folder


@contextmanager
def with_line(path: Path, line: str) -> Iterator[None]:
    """The file with one more line, for as long as it takes."""
    before = path.read_bytes() if path.exists() else None
    path.write_bytes((before or b"") + f"\n{line}\n".encode())
    try:
        yield
    finally:
        if before is None:
            path.unlink()
        else:
            path.write_bytes(before)


def broken(folder: Path) -> set[str]:
    """Run every contract over the packages in `folder`; the ids of those that are broken."""
    done = subprocess.run(
        [LINT_IMPORTS, "--no-cache"],
        cwd=folder,
        env=os.environ | {"COLUMNS": "200", "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    verdicts = {
        name: line.startswith(f"{contract['name']} BROKEN")
        for line in done.stdout.splitlines()
        for name, contract in CONTRACTS.items()
        if line.startswith((f"{contract['name']} KEPT", f"{contract['name']} BROKEN"))
    }
    assert verdicts.keys() == CONTRACTS.keys(), done.stdout + done.stderr
    failing = {name for name, is_broken in verdicts.items() if is_broken}
    assert done.returncode == bool(failing)
    return failing


def test_the_packages_keep_every_contract(copy: Path) -> None:
    assert broken(copy) == set()


@pytest.mark.parametrize(("contracts", "file", "line"), BREAKS)
def test_an_import_against_the_rules_is_found(copy: Path, contracts: str, file: str, line: str) -> None:
    is_new = line.startswith('"""')
    assert (copy / file).exists() is not is_new
    with with_line(copy / file, line):
        assert broken(copy) == set(contracts.split())


def test_every_contract_is_broken_by_one_of_these() -> None:
    assert {contracts for contracts, _, _ in BREAKS if " " not in contracts} == CONTRACTS.keys()


def test_no_contract_looks_away() -> None:
    for contract in CONTRACTS.values():
        assert not {key for key in contract if key.startswith(("ignore", "unmatched", "exhaustive_ignores"))}


def names(folder: str) -> set[str]:
    """Dotted names of the modules and packages right inside a folder."""
    found = [path for path in (ROOT / folder).iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()]
    return {f"{folder.replace('/', '.')}.{path.stem}" for path in found if path.stem != "__init__"}


def categories() -> set[str]:
    """Folders of drivers that hold an interface, which is what makes a device category."""
    found = {path.parent.name for path in (ROOT / "drivers").glob("*/interface.py")}
    return found - {"transport"}


def test_every_category_is_independent() -> None:
    assert set(CONTRACTS["categories"]["modules"]) == {f"drivers.{category}" for category in categories()}


@pytest.mark.parametrize("category", sorted(categories()))
def test_every_file_of_a_driver_is_behind_the_registry(category: str) -> None:
    # `render` shows a document without a printer, for a person at a desk; a label is described by an interface, too.
    concrete = names(f"drivers/{category}") - {
        f"drivers.{category}.{name}" for name in ("interface", "label_interface", "render")
    }
    assert set(CONTRACTS[f"concrete-{category}"]["protected_modules"]) == concrete, (
        f"pyproject.toml lists the files of drivers/{category} in the contract concrete-{category}: bring it up to date"
    )


def test_every_other_part_of_the_kiosk_is_closed_to_the_operators_side() -> None:
    open_to_all = {"kiosk.accounts", "kiosk.messages", "kiosk.domain", "kiosk.config"}
    assert set(CONTRACTS["operator-reads"]["forbidden_modules"]) == names("kiosk") - open_to_all


def test_every_part_of_the_drivers_is_closed_to_the_agent() -> None:
    assert names("drivers") - {"drivers.printer"} <= set(CONTRACTS["agent-no-devices"]["forbidden_modules"])
