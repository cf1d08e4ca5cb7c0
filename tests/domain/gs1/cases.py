"""Reads the case files of the folder of real data, while tests are being collected."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

_FOLDER = Path(os.environ.get("CHECKLANE_DATA") or Path(__file__).parents[4] / "shared" / "data") / "gs1"


def cases(name: str, kind: str = "") -> list[Any]:
    """The cases of one file, of one `kind` if named; a single skipped one where the folder is absent."""
    path = _FOLDER / f"{name}.json"
    if not path.is_file():
        return [pytest.param(None, marks=pytest.mark.skip(reason="no folder of real data: name one in CHECKLANE_DATA"))]
    found = json.loads(path.read_text(encoding="utf-8"))["cases"]
    chosen = [(place, case) for place, case in enumerate(found) if not kind or case["kind"] == kind]
    return [pytest.param(case, id=f"{place}") for place, case in chosen]
