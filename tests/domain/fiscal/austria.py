"""What the tests of the Austrian rules share: units in memory, a shop that keeps its entries, official runs."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import msgspec
import pytest

from drivers.signature.es256 import SigningKey, make_pem, read_pem
from kiosk.domain.fiscal.interface import (
    Finished,
    FiscalEntry,
    FiscalReceipt,
    ReceiptKind,
    TaxAmount,
    UnitSignature,
)
from kiosk.domain.fiscal.rksv.cash_box import CashBox, RksvSettings
from kiosk.domain.fiscal.rksv.dep import Dep, dep_from, export
from kiosk.domain.fiscal.rksv.keys import Keys, container, keys_from
from kiosk.domain.fiscal.rksv.verifier import Fault, Report, verify

AES_KEY = bytes(range(32))
SETTINGS = RksvSettings(cash_box_id="S01/3")
RATES = (200_000, 100_000, 130_000, 0, 190_000)
RUNS = ("TESTSUITE_TEST_SZENARIO_1", "TESTSUITE_TEST_SZENARIO_2")


def new_unit() -> SigningKey:
    """A unit with a key and a certificate of its own."""
    return read_pem(make_pem("Test unit", datetime(2026, 11, 22, tzinfo=UTC)))


def taxes(*amounts_minor: int) -> tuple[TaxAmount, ...]:
    """Amounts in the order of the tax sets."""
    return tuple(TaxAmount(rate, amount) for rate, amount in zip(RATES, amounts_minor, strict=False))


@dataclass
class Shop:
    """A lane reduced to its fiscal side: begins, asks the unit, finishes, records."""

    units: list[SigningKey] = field(default_factory=lambda: [new_unit()])
    settings: RksvSettings = SETTINGS
    entries: list[FiscalEntry] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.box = CashBox(self.settings, AES_KEY)
        self.count = 0

    def make(
        self, kind: ReceiptKind, *amounts_minor: int, works: bool = True, unit: int = 0, at: str = "", number: str = ""
    ) -> Finished:
        """Make one receipt; `works` says whether the unit answers."""
        self.count += 1
        key = self.units[unit]
        receipt = FiscalReceipt(
            kind=kind,
            number=number or f"R{self.count}",
            at=at or f"2026-03-{1 + self.count // 1440:02d}T{self.count // 60 % 24:02d}:{self.count % 60:02d}:00",
            taxes=taxes(*amounts_minor),
        )
        pending = self.box.begin(receipt, key.serial)
        asked = pending.to_be_signed if works else None
        answer = None if asked is None else UnitSignature(signature=key.sign(asked), certificate=key.certificate)
        finished = self.box.finish(pending, answer)
        if finished.entry is not None:
            self.box = self.box.after(finished.entry)
            self.entries.append(finished.entry)
        return finished

    @property
    def compacts(self) -> list[str]:
        """The receipts in their compact form."""
        return [entry.record for entry in self.entries]

    @property
    def keys(self) -> Keys:
        """What a verifier is given."""
        certificates = {self.settings.signer_id or unit.serial: unit.certificate for unit in self.units}
        return keys_from(json.dumps(container(AES_KEY, certificates)).encode())

    def dep(self) -> Dep:
        """The export, through its file."""
        return dep_from(json.dumps(export(self.entries)).encode())

    def verify(self) -> Report:
        """Verify the export."""
        return verify(self.dep(), self.keys)


@dataclass(frozen=True)
class Run:
    """One run of the ministry's tool."""

    folder: Path

    def bytes_of(self, name: str) -> bytes:
        """The content of one of its files."""
        return (self.folder / name).read_bytes()

    def json_of(self, name: str) -> Any:
        """The values in one of its files; amounts are exact."""
        return json.loads(self.bytes_of(name), parse_float=Decimal)

    @property
    def dep(self) -> Dep:
        """Its receipts."""
        return dep_from(self.bytes_of("dep-export.json"))

    @property
    def keys(self) -> Keys:
        """Its keys."""
        return keys_from(self.bytes_of("cryptographicMaterialContainer.json"))

    @property
    def compacts(self) -> list[str]:
        """Its receipts in their compact form."""
        return [receipt for group in self.dep.groups for receipt in group.receipts]


def run_in(shared_data: Path, name: str) -> Run:
    """A run of the shared data; skips where it is absent."""
    folder = shared_data / "fiscal_rksv" / "open" / name
    if not folder.is_dir():
        pytest.skip(f"no official run {name}")
    return Run(folder)


def dep_of(compacts: list[str]) -> Dep:
    """An export of one group without a certificate."""
    return msgspec.convert(
        {"Belege-Gruppe": [{"Signaturzertifikat": "", "Zertifizierungsstellen": [], "Belege-kompakt": compacts}]},
        type=Dep,
    )


def faults(report: Report) -> set[Fault]:
    """What is wrong, whatever it is wrong with."""
    return {problem.fault for problem in report.problems}
