"""A lane's fiscal side with a supervised unit: sales are signed, go on while it hangs, and are recovered after."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from drivers.device import Lifecycle
from drivers.signature.interface import SignatureFailed, Signed, SigningRequest, UnitIdentified
from drivers.signature.service import ServiceWaits, SigningService, SigningServiceSettings
from drivers.signature.simulated import SimulatedSignatureUnit
from drivers.supervisor import Supervisor, Waits
from kiosk.domain.fiscal.interface import Finished, FiscalEntry, FiscalReceipt, ReceiptKind, Trouble, UnitSignature
from kiosk.domain.fiscal.rksv.cash_box import CashBox, resume
from kiosk.domain.fiscal.rksv.keys import Keys, certificates_in
from kiosk.domain.fiscal.rksv.signer import key_from_certificate
from kiosk.domain.fiscal.rksv.verifier import verify
from tests.domain.fiscal.austria import AES_KEY, SETTINGS, dep_of, taxes
from tests.drivers.witness import PATIENCE_S, Witness

SALE, START, RECOVERY = ReceiptKind.SALE, ReceiptKind.START, ReceiptKind.RECOVERY
AT = "2026-11-22T10:00:00"


@pytest.fixture
def unit(tmp_path: Path) -> Iterator[SimulatedSignatureUnit]:
    made = SimulatedSignatureUnit("unit", tmp_path)
    made.start()
    yield made
    made.stop()


class Lane:
    """Does what the lane has to: begin, submit, wait for the one answer, finish, record."""

    def __init__(self, unit: SimulatedSignatureUnit) -> None:
        host, port = unit.address
        settings = SigningServiceSettings("signing_service", host, port)
        waits = ServiceWaits(connect_s=PATIENCE_S, answer_s=PATIENCE_S, check_s=1000.0)
        self.witness = Witness()
        self.supervisor = Supervisor(
            "unit",
            lambda sink: SigningService("unit", settings, sink, waits=waits),
            self.witness,
            waits=Waits(backoff_s=(0.01,), jitter=0),
        )
        self.entries: list[FiscalEntry] = []
        self.box = CashBox(SETTINGS, AES_KEY)
        self.count = 0

    def make(self, kind: ReceiptKind, *amounts_minor: int, deadline_s: float = PATIENCE_S) -> Finished:
        self.count += 1
        reference = f"R{self.count}"
        receipt = FiscalReceipt(kind=kind, number=reference, at=AT, taxes=taxes(*amounts_minor))
        pending = self.box.begin(receipt, self.witness.of(UnitIdentified)[-1].serial)
        finished = self.box.finish(pending, self.answer(reference, pending.to_be_signed, deadline_s))
        if finished.entry is not None:
            self.box = self.box.after(finished.entry)
            self.entries.append(finished.entry)
        return finished

    def answer(self, reference: str, data: bytes | None, deadline_s: float) -> UnitSignature | None:
        if data is None:
            return None
        nothing = SignatureFailed("unit", reference, "not ready", "wait")
        self.supervisor.submit(
            lambda driver: driver.sign(SigningRequest(reference, data), deadline_s), not_ready=nothing, lost=nothing
        )
        self.witness.until(lambda _: bool(self.answers(reference)))
        (record,) = self.answers(reference)
        if isinstance(record, Signed):
            return UnitSignature(signature=record.signature, certificate=record.certificate)
        return None

    def answers(self, reference: str) -> list[Signed | SignatureFailed]:
        return [
            record
            for record in list(self.witness.records)
            if isinstance(record, Signed | SignatureFailed) and record.reference == reference
        ]

    def until(self, lifecycle: Lifecycle) -> None:
        self.witness.until(lambda _: self.witness.lifecycles()[-1:] == [lifecycle])


@pytest.fixture
def lane(unit: SimulatedSignatureUnit) -> Iterator[Lane]:
    made = Lane(unit)
    made.supervisor.start()
    made.until(Lifecycle.READY)
    yield made
    made.supervisor.interrupt(lambda driver: driver.give_up())
    made.supervisor.stop(PATIENCE_S)


def test_a_unit_hangs_sales_go_on_and_it_is_recovered_when_it_is_back(unit: SimulatedSignatureUnit, lane: Lane) -> None:
    lane.make(START)
    assert lane.make(SALE, 1200).trouble is None
    unit.control("hang", {})
    late = lane.make(SALE, 300, deadline_s=0.2)
    assert late.trouble is Trouble.NO_ANSWER
    assert late.mark is not None
    assert late.mark.failed
    lane.until(Lifecycle.LOST)
    assert lane.make(SALE, 400).trouble is Trouble.NOT_RECOVERED
    unit.control("hang", {"on": False})
    lane.until(Lifecycle.READY)
    assert lane.box.due(AT, unit_ready=True) == (RECOVERY,)
    assert lane.make(RECOVERY).trouble is None
    assert lane.make(SALE, 500).trouble is None
    assert_intact(lane, turnover_minor=2400, unsigned=2)


def test_a_forged_signature_is_not_believed(unit: SimulatedSignatureUnit, lane: Lane) -> None:
    lane.make(START)
    unit.control("forge", {})
    assert lane.make(SALE, 1200).trouble is Trouble.BAD_SIGNATURE
    unit.control("forge", {"on": False})
    assert lane.make(RECOVERY).trouble is None
    assert_intact(lane, turnover_minor=1200, unsigned=1)


def test_another_unit_takes_over(unit: SimulatedSignatureUnit, lane: Lane) -> None:
    lane.make(START)
    unit.control("swap", {})
    unit.control("unplug", {})
    lane.until(Lifecycle.LOST)
    unit.control("plug", {})
    lane.until(Lifecycle.READY)
    assert lane.make(SALE, 100).trouble is None
    assert len(certificates_in(lane.entries)) == 2
    assert_intact(lane, turnover_minor=100, unsigned=0)


def assert_intact(lane: Lane, turnover_minor: int, unsigned: int) -> None:
    certificates = certificates_in(lane.entries)
    units = {serial: key for serial, der in certificates.items() if (key := key_from_certificate(der))}
    report = verify(dep_of([entry.record for entry in lane.entries]), Keys(AES_KEY, units, certificates))
    assert report.problems == ()
    assert (report.turnover_minor, report.unsigned) == (turnover_minor, unsigned)
    assert resume(SETTINGS, AES_KEY, lane.entries) == lane.box
