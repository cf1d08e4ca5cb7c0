"""The drivers against virtual hardware: a Debian kernel in QEMU, USB gadgets, our udev rules and our service user."""

from __future__ import annotations

import json
import platform

import pytest

from image.lab import __main__ as lab
from image.lab.plan import planned
from image.lab.root import missing

# The first build, the fall-back from KVM, and the machine's own deadline.
_AT_MOST_S = lab.DEADLINE_S + 600


@pytest.mark.lab
@pytest.mark.timeout(_AT_MOST_S)
def test_drivers_bear_plugging_and_pulling_on_a_real_kernel(capsys: pytest.CaptureFixture[str]) -> None:
    lacking = missing()
    if lacking or platform.machine() != "x86_64":
        pytest.skip(f"no lab here: {', '.join(lacking) or platform.machine()}")
    # Built things are kept where `make lab` keeps them; ten cycles say what a hundred do, `make lab` does the hundred.
    status = lab.main(["--cycles", "10"])
    said = capsys.readouterr()
    assert status == 0, said.out + said.err
    rows = json.loads((lab.REPOSITORY / "build/lab/lab.json").read_text(encoding="utf-8"))["rows"]
    assert {(row["kind"], row["case"]) for row in rows} >= set(planned())
    assert all(row["passed"] for row in rows)
