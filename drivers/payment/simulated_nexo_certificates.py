"""Certificates of the simulated nexo terminal: its own maker, and every kind that must not be believed."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

KINDS: Final = ("good", "legacy", "other_terminal", "other_maker", "expired", "early")
_DAYS: Final = {"expired": (-20, -10), "early": (10, 20)}


class Maker:
    """A certificate authority that lives as long as the simulation."""

    def __init__(self, name: str) -> None:
        self._key = ec.generate_private_key(ec.SECP256R1())
        self._name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
        self.certificate = self._sign(self._name, self._key.public_key(), (-30, 30), ca=True)

    def pem(self) -> bytes:
        """Its root certificate."""
        return self.certificate.public_bytes(Encoding.PEM)

    def chain(self, common_name: str, days: tuple[int, int]) -> bytes:
        """A key and a certificate for `common_name`, valid from the first to the second of `days` from now."""
        key = ec.generate_private_key(ec.SECP256R1())
        subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name)])
        made = self._sign(subject, key.public_key(), days, ca=False)
        private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        return private + made.public_bytes(Encoding.PEM)

    def _sign(
        self, subject: x509.Name, public: ec.EllipticCurvePublicKey, days: tuple[int, int], *, ca: bool
    ) -> x509.Certificate:
        now = datetime.now(UTC)
        builder = (
            x509.CertificateBuilder()
            .subject_name(subject)
            .issuer_name(self._name)
            .public_key(public)
            .serial_number(x509.random_serial_number())
            .not_valid_before(now + timedelta(days=days[0]))
            .not_valid_after(now + timedelta(days=days[1]))
            .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        )
        return builder.sign(self._key, hashes.SHA256())


def write_chain(path: Path, kind: str, poi_id: str, maker: Maker) -> None:
    """Write the certificate that the terminal shows from now on; `kind` is one of `KINDS`."""
    domain = "test.terminal.adyen.com"
    names = {"legacy": f"legacy-terminal-certificate.{domain}", "other_terminal": f"P400Plus-999999999.{domain}"}
    signer = Maker("Another maker") if kind == "other_maker" else maker
    write_private(path, signer.chain(names.get(kind, f"{poi_id}.{domain}"), _DAYS.get(kind, (-1, 10))))


def write_private(path: Path, data: bytes) -> None:
    """Write a file that nobody else may read, in one step."""
    fresh = path.with_name(f".{path.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(data)
    fresh.replace(path)
