"""The DEP7 export (RKSV section 7): all receipts of a cash box in their compact form, grouped by certificate."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from kiosk.domain.fiscal.interface import FiscalEntry, FiscalError
from kiosk.domain.fiscal.rksv.texts import from_base64


class Group(msgspec.Struct, frozen=True):
    """Receipts in their order, and the certificate (DER in base64, may be empty) of the unit that signed them."""

    certificate: str = msgspec.field(name="Signaturzertifikat")
    authorities: tuple[str, ...] = msgspec.field(name="Zertifizierungsstellen")
    receipts: tuple[str, ...] = msgspec.field(name="Belege-kompakt")

    @property
    def certificate_der(self) -> bytes | None:
        """The certificate, None where it is left out."""
        return from_base64(self.certificate) or None


class Dep(msgspec.Struct, frozen=True):
    """An export: the groups in the order of time, so that the chain runs from one into the next."""

    groups: tuple[Group, ...] = msgspec.field(name="Belege-Gruppe")


def export(entries: Iterable[FiscalEntry], authorities: Mapping[str, Sequence[str]] | None = None) -> dict[str, object]:
    """The export of a cash box as JSON values; a new group wherever another unit took over.

    `authorities` are the issuers' certificates (DER in base64) by the certificate of a unit, as it is in the entries.
    """
    groups: list[dict[str, object]] = []
    certificate, receipts = "", list[str]()
    for entry in entries:
        if entry.certificate and entry.certificate != certificate:
            if receipts:
                groups.append(_group(certificate, authorities, receipts))
            certificate, receipts = entry.certificate, []
        receipts.append(entry.record)
    groups.append(_group(certificate, authorities, receipts))
    return {"Belege-Gruppe": groups}


def dep_from(content: bytes) -> Dep:
    """Read an export; `FiscalError` where it is none."""
    try:
        return msgspec.json.decode(content, type=Dep)
    except msgspec.DecodeError as error:
        raise FiscalError(
            f"This is no DEP export: {error}.", 'Give the JSON file with the "Belege-Gruppe" of a cash box.'
        ) from error


def _group(certificate: str, authorities: Mapping[str, Sequence[str]] | None, receipts: list[str]) -> dict[str, object]:
    return {
        "Signaturzertifikat": certificate,
        "Zertifizierungsstellen": list((authorities or {}).get(certificate, ())),
        "Belege-kompakt": receipts,
    }
