"""The contract of a signature unit: a key file and a signing service, supervised, fail and come back alike."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from drivers.device import Category, DeviceChanged, DeviceError, Finding, HealthLevel, Lifecycle
from drivers.devices import SignatureDriver
from drivers.signature.interface import SignatureFailed, Signed, SigningRequest, UnitIdentified
from drivers.signature.key_file import KeyFile, KeyFileSettings, create
from drivers.signature.service import ServiceWaits, SigningService, SigningServiceSettings
from drivers.signature.simulated import SimulatedSignatureUnit
from drivers.supervisor import Supervisor, Waits
from drivers.transport.tap import Tap, hex_text
from tests.drivers.witness import PATIENCE_S, Witness, open_files

OPENING, READY, LOST, FAILED, CLOSED = Lifecycle
QUICK = Waits(backoff_s=(0.01,), jitter=0)
NOW = datetime(2026, 11, 22, tzinfo=UTC)
CHECK_S = 0.05
NEVER_S = 1000.0

Make = Callable[[Callable[[object], None]], SignatureDriver]


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit on the bench: what makes its driver, and how it is taken away, given back and exchanged."""

    make: Make
    away: Callable[[], object]
    back: Callable[[], object]
    swap: Callable[[], object]


@contextlib.contextmanager
def key_file_unit(folder: Path) -> Iterator[Unit]:
    path, hidden = folder / "unit.pem", folder / "hidden.pem"
    create(path, "Lane 3", NOW)

    def swap() -> None:
        other = folder / "other.pem"
        create(other, "Lane 3", NOW)
        other.replace(path)

    settings = KeyFileSettings("key_file", "unit.pem")
    yield Unit(
        lambda sink: KeyFile("unit", settings, sink, folder, check_s=CHECK_S),
        lambda: path.rename(hidden),
        lambda: hidden.rename(path),
        swap,
    )


@contextlib.contextmanager
def service_unit(folder: Path) -> Iterator[Unit]:
    simulated = SimulatedSignatureUnit("unit", folder)
    simulated.start()
    try:
        yield Unit(
            lambda sink: service(simulated, sink),
            lambda: simulated.control("unplug", {}),
            lambda: simulated.control("plug", {}),
            lambda: simulated.control("swap", {}),
        )
    finally:
        simulated.stop()


def service(
    simulated: SimulatedSignatureUnit,
    sink: Callable[[object], None],
    *,
    answer_s: float = PATIENCE_S,
    check_s: float = CHECK_S,
) -> SigningService:
    host, port = simulated.address
    settings = SigningServiceSettings("signing_service", host, port)
    return SigningService("unit", settings, sink, waits=ServiceWaits(PATIENCE_S, answer_s, check_s))


@pytest.fixture(params=[key_file_unit, service_unit], ids=["key_file", "signing_service"])
def unit(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Unit]:
    with request.param(tmp_path) as made:
        yield made


@contextlib.contextmanager
def supervised(make: Make, witness: Witness) -> Iterator[Supervisor[SignatureDriver]]:
    supervisor = Supervisor("unit", make, witness, waits=QUICK)
    supervisor.start()
    try:
        yield supervisor
    finally:
        supervisor.interrupt(lambda driver: driver.give_up())
        supervisor.stop(PATIENCE_S)


def ask(
    supervisor: Supervisor[SignatureDriver], reference: str, data: bytes = b"data", timeout_s: float = PATIENCE_S
) -> None:
    supervisor.submit(
        lambda driver: driver.sign(SigningRequest(reference, data), timeout_s),
        not_ready=SignatureFailed("unit", reference, "not ready", "wait"),
        lost=SignatureFailed("unit", reference, "lost", "wait"),
    )


def is_signature(signed: Signed, data: bytes) -> bool:
    key = x509.load_der_x509_certificate(signed.certificate).public_key()
    assert isinstance(key, EllipticCurvePublicKey)
    r, s = (int.from_bytes(half, "big") for half in (signed.signature[:32], signed.signature[32:]))
    key.verify(encode_dss_signature(r, s), data, ECDSA(SHA256()))  # raises where it is none
    return len(signed.signature) == 64


def test_a_unit_says_who_it_is_and_signs(unit: Unit) -> None:
    witness = Witness()
    with supervised(unit.make, witness) as supervisor:
        witness.until_lifecycle(OPENING, READY)
        assert supervisor.driver.category is Category.SIGNATURE_UNIT
        known = witness.of(UnitIdentified)[0]
        assert known.serial == f"{x509.load_der_x509_certificate(known.certificate).serial_number:x}"
        for count, data in enumerate((b"a", b"", b"x" * 20_000), 1):
            ask(supervisor, f"r{count}", data)
            signed = witness.of(Signed, count)[-1]
            assert (signed.device, signed.reference, signed.serial) == ("unit", f"r{count}", known.serial)
            assert signed.certificate == known.certificate
            assert is_signature(signed, data)
    assert not any(isinstance(record, SignatureFailed) for record in witness.records)


def test_a_unit_that_is_taken_away_is_missed_and_signs_when_it_is_back(unit: Unit) -> None:
    witness = Witness()
    with supervised(unit.make, witness) as supervisor:
        witness.until_lifecycle(OPENING, READY)
        unit.away()
        witness.until_lifecycle(OPENING, READY, LOST)
        told = witness.of(DeviceChanged, 3)[2].conditions[0]
        assert told.message
        assert told.remedy
        ask(supervisor, "r1")
        assert witness.of(SignatureFailed)[0].reference == "r1"
        unit.back()
        witness.until_lifecycle(OPENING, READY, LOST, READY)
        first, again = witness.of(UnitIdentified, 2)
        assert first == again
        ask(supervisor, "r2")
        assert is_signature(witness.of(Signed)[0], b"data")


def test_a_unit_taken_away_just_before_signing_gives_exactly_one_answer(unit: Unit) -> None:
    witness = Witness()
    with supervised(unit.make, witness) as supervisor:
        witness.until_lifecycle(OPENING, READY)
        unit.away()
        ask(supervisor, "r1")
        witness.until_lifecycle(OPENING, READY, LOST)
        assert [failed.reference for failed in witness.of(SignatureFailed)] == ["r1"]
        assert not any(isinstance(record, Signed) for record in witness.records)


def test_another_unit_in_its_place_is_opened_anew_and_says_so(unit: Unit) -> None:
    witness = Witness()
    with supervised(unit.make, witness) as supervisor:
        witness.until_lifecycle(OPENING, READY)
        unit.swap()
        witness.until_lifecycle(OPENING, READY, LOST, READY)
        first, other = witness.of(UnitIdentified, 2)
        assert first.serial != other.serial
        ask(supervisor, "r1")
        assert witness.of(Signed)[0].serial == other.serial


@pytest.mark.parametrize("level", list(HealthLevel))
def test_a_unit_that_works_passes_every_check_of_its_health(unit: Unit, level: HealthLevel) -> None:
    witness = Witness()
    with supervised(unit.make, witness) as supervisor:
        witness.until_lifecycle(OPENING, READY)
        serial = witness.of(UnitIdentified)[0].serial
        supervisor.submit(lambda driver: driver.check_health(level), not_ready="no", lost="lost")
        found = witness.of(Finding)[0]
        assert found.passed
        assert serial in found.text
        ask(supervisor, "r1")
        assert is_signature(witness.of(Signed)[0], b"data")


def test_a_unit_that_was_exchanged_or_taken_away_fails_the_check(unit: Unit) -> None:
    for trouble in (unit.swap, unit.away):
        driver = unit.make(lambda _: None)
        driver.open()
        trouble()
        with pytest.raises(DeviceError) as caught:
            driver.check_health(HealthLevel.EXTERNAL)
        assert caught.value.remedy
        driver.close()
        with pytest.raises(DeviceError):
            driver.check_health(HealthLevel.INTERNAL)


def test_an_internal_check_asks_the_signing_service_nothing(tmp_path: Path) -> None:
    simulated = SimulatedSignatureUnit("unit", tmp_path)
    simulated.start()
    tap = Tap(hex_text)
    host, port = simulated.address
    driver = SigningService(
        "unit", SigningServiceSettings("signing_service", host, port), lambda _: None, connect=tap.tcp
    )
    driver.open()
    sent = tap.traffic().bytes_out
    assert driver.check_health(HealthLevel.INTERNAL).passed
    assert tap.traffic().bytes_out == sent
    assert driver.check_health(HealthLevel.EXTERNAL).passed
    assert tap.traffic().bytes_out > sent
    driver.close()
    simulated.stop()


def test_nothing_is_left_open(unit: Unit) -> None:
    before = open_files()
    witness = Witness()
    with supervised(unit.make, witness) as supervisor:
        witness.until_lifecycle(OPENING, READY)
        ask(supervisor, "r1")
        witness.of(Signed)
    assert witness.lifecycles()[-1] is CLOSED
    unit.away()  # a service closes its own end of the connection only then
    assert open_files() <= before


@pytest.fixture
def simulated(tmp_path: Path) -> Iterator[SimulatedSignatureUnit]:
    made = SimulatedSignatureUnit("unit", tmp_path)
    made.start()
    yield made
    made.stop()


def test_a_service_that_hangs_is_given_up_in_time_and_its_late_answer_is_for_nobody(
    simulated: SimulatedSignatureUnit,
) -> None:
    witness = Witness()
    with supervised(lambda sink: service(simulated, sink, check_s=NEVER_S), witness) as supervisor:
        witness.until_lifecycle(OPENING, READY)
        simulated.control("hang", {})
        ask(supervisor, "r1", timeout_s=0.2)
        failed = witness.of(SignatureFailed)[0]
        assert failed.reference == "r1"
        assert failed.remedy
        witness.until(lambda _: LOST in witness.lifecycles())
        simulated.control("hang", {"on": False})
        witness.until(lambda _: witness.lifecycles()[-1] is READY)
        ask(supervisor, "r2", b"other")
        signed = witness.of(Signed)
        assert [one.reference for one in signed] == ["r2"]
        assert is_signature(signed[0], b"other")


def test_an_answer_that_takes_long_but_not_too_long_is_taken(simulated: SimulatedSignatureUnit) -> None:
    witness = Witness()
    with supervised(lambda sink: service(simulated, sink), witness) as supervisor:
        witness.until_lifecycle(OPENING, READY)
        simulated.control("hang", {})
        ask(supervisor, "r1")
        simulated.control("wait_for_question", {"timeout_s": int(PATIENCE_S)})
        simulated.control("hang", {"on": False})
        assert is_signature(witness.of(Signed)[0], b"data")


def test_a_wait_for_a_signature_is_given_up_from_another_thread(simulated: SimulatedSignatureUnit) -> None:
    witness = Witness()
    with supervised(lambda sink: service(simulated, sink, check_s=NEVER_S), witness) as supervisor:
        witness.until_lifecycle(OPENING, READY)
        simulated.control("hang", {})
        ask(supervisor, "r1", timeout_s=NEVER_S)
        simulated.control("wait_for_question", {"timeout_s": int(PATIENCE_S)})
        supervisor.interrupt(lambda driver: driver.give_up())
        assert "not waited for" in witness.of(SignatureFailed)[0].message
        simulated.control("hang", {"on": False})


@pytest.mark.parametrize("trouble", ["fail", "garbage"])
def test_a_service_that_cannot_sign_is_lost_until_it_can(simulated: SimulatedSignatureUnit, trouble: str) -> None:
    witness = Witness()
    with supervised(lambda sink: service(simulated, sink), witness) as supervisor:
        witness.until_lifecycle(OPENING, READY)
        simulated.control(trouble, {})
        witness.until_lifecycle(OPENING, READY, LOST)
        simulated.control(trouble, {"on": False})
        witness.until_lifecycle(OPENING, READY, LOST, READY)
        ask(supervisor, "r1")
        assert is_signature(witness.of(Signed)[0], b"data")


def test_a_service_is_ready_only_once_it_has_shown_its_certificate(simulated: SimulatedSignatureUnit) -> None:
    simulated.control("hang", {})
    witness = Witness()
    with supervised(lambda sink: service(simulated, sink, answer_s=0.2), witness):
        witness.until_lifecycle(OPENING, LOST)
        assert "does not answer" in witness.of(DeviceChanged, 2)[1].conditions[0].message
        simulated.control("hang", {"on": False})
        witness.until_lifecycle(OPENING, LOST, READY)


def test_a_forged_signature_is_handed_over_for_the_register_to_refuse(simulated: SimulatedSignatureUnit) -> None:
    witness = Witness()
    with supervised(lambda sink: service(simulated, sink), witness) as supervisor:
        witness.until_lifecycle(OPENING, READY)
        simulated.control("forge", {})
        ask(supervisor, "r1")
        assert len(witness.of(Signed)[0].signature) == 64


def test_the_key_of_a_simulated_unit_outlives_it(tmp_path: Path) -> None:
    serials = []
    for _ in range(2):
        unit = SimulatedSignatureUnit("unit", tmp_path)
        unit.start()
        serials.append(unit.control("state", {})["serial"])
        unit.stop()
        unit.stop()
    assert serials[0]
    assert serials[0] == serials[1]
