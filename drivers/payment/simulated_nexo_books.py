"""The simulated nexo terminal's own books: what it charged, and what it answered to whom; both survive a kill."""

from __future__ import annotations

import json
import os
from decimal import Decimal
from pathlib import Path
from typing import Final

import msgspec

# Amounts are numbers, and never floats on their way.
ENCODER: Final = msgspec.json.Encoder(decimal_format="number")


class NexoBooks:
    """Charges in their order, and answers by the id of their request; saved at every change where a file is given."""

    def __init__(self, file: Path | None = None) -> None:
        self._file = file
        self._charges: list[dict[str, object]] = []
        self._answers: dict[str, dict[str, object]] = {}
        if file is not None and file.exists():
            found = json.loads(file.read_bytes(), parse_float=Decimal)
            self._charges, self._answers = found["charges"], found["answers"]

    def charge(self, reference: str, service_id: str, amount_minor: int, currency: str) -> str:
        """Book a charge; returns the id this terminal gives it."""
        transaction_id = f"BENCH{len(self._charges) + 1:012d}.{len(self._charges) + 8515565295890000}"
        self._charges.append(
            {
                "transaction_id": transaction_id,
                "reference": reference,
                "service_id": service_id,
                "amount_minor": amount_minor,
                "currency": currency,
                "state": "charged",
            }
        )
        self._save()
        return transaction_id

    def reverse(self, transaction_id: str) -> str:
        """Take a charge back; returns its reference, empty where there is none or it is taken back already."""
        for charge in self._charges:
            if charge["transaction_id"] == transaction_id and charge["state"] == "charged":
                charge["state"] = "reversed"
                self._save()
                return str(charge["reference"])
        return ""

    def answered(self, service_id: str, answer: dict[str, object]) -> None:
        """Remember what was answered to a request, to repeat it when asked."""
        self._answers[service_id] = answer
        self._save()

    def answer(self, service_id: str) -> dict[str, object] | None:
        """What was answered to that request."""
        return self._answers.get(service_id)

    def charges(self) -> list[dict[str, object]]:
        """All charges: reference, service_id, amount_minor, currency, state ("charged" or "reversed")."""
        return [dict(charge) for charge in self._charges]

    def forget(self) -> None:
        """Forget all answers, as a terminal does after some days; the charges stay."""
        self._answers.clear()
        self._save()

    def _save(self) -> None:
        if self._file is None:
            return
        fresh = self._file.with_suffix(".new")
        with fresh.open("wb") as out:
            out.write(ENCODER.encode({"charges": self._charges, "answers": self._answers}))
            out.flush()
            os.fsync(out.fileno())
        fresh.replace(self._file)
