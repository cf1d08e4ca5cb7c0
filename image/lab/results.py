"""The lab's table: every planned row with what came of it, for a person, for CI (JUnit) and for programs (JSON)."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

from image.lab.machine import Outcome
from image.lab.plan import CASES, KINDS, NOT_FOR, Row

KERNEL = ("kernel", "unharmed")
_NOT_RUN = "did not run"


def rows(outcome: Outcome, planned: Sequence[tuple[str, str]]) -> list[Row]:
    """One row for each of `planned`, and one for the kernel. What was not reported has failed."""
    told = {(message["kind"], message["case"]): message for message in outcome.messages if "case" in message}
    found = [_row(kind, case, told.get((kind, case))) for kind, case in planned]
    trouble = list(outcome.crashes)
    if not any(message.get("done") for message in outcome.messages):
        trouble.append(f"the machine {outcome.ended} before it was done")
    return [*found, Row(*KERNEL, passed=not trouble, detail="; ".join(trouble))]


def _row(kind: str, case: str, message: dict[str, Any] | None) -> Row:
    if message is None:
        return Row(kind, case, passed=False, detail=_NOT_RUN)
    return Row(kind, case, message["passed"] is True, float(message["seconds"]), str(message["detail"]))


def table(found: Sequence[Row]) -> str:
    """Cases down, kinds across, with the reasons of what failed below."""
    marks = {(row.kind, row.case): _mark(row) for row in found}
    kinds = [kind for kind in KINDS if any(row.kind == kind for row in found)]
    wide = max(map(len, CASES)) + 2
    lines = ["".ljust(wide) + "".join(kind.ljust(17) for kind in kinds)]
    for case in CASES:
        cells = [marks.get((kind, case), "-" if (kind, case) in NOT_FOR else "") for kind in kinds]
        if {*cells} - {"", "-"}:
            lines.append(case.ljust(wide) + "".join(cell.ljust(17) for cell in cells).rstrip())
    lines.append("kernel".ljust(wide) + marks.get(KERNEL, ""))
    failed = [row for row in found if not row.passed]
    lines += ["", *(f"{row.kind} {row.case}: {row.detail}" for row in failed)] if failed else []
    lines += ["", f"{len(found) - len(failed)} passed, {len(failed)} failed"]
    return "\n".join(lines)


def _mark(row: Row) -> str:
    return f"passed {row.seconds:6.1f} s" if row.passed else "FAILED"


def save(found: Sequence[Row], outcome: Outcome, folder: Path) -> None:
    """Write `lab.json` and `lab.xml` (JUnit) into `folder`."""
    summary = {
        "accelerator": outcome.accelerator,
        "seconds": round(outcome.seconds, 1),
        "rows": [
            {"kind": row.kind, "case": row.case, "passed": row.passed, "seconds": row.seconds, "detail": row.detail}
            for row in found
        ],
    }
    (folder / "lab.json").write_text(json.dumps(summary, indent=2) + "\n", encoding="utf-8")
    suite = ET.Element("testsuite", name="lab", tests=str(len(found)))
    suite.set("failures", str(sum(not row.passed for row in found)))
    for row in found:
        case = ET.SubElement(suite, "testcase", classname=f"lab.{row.kind}", name=row.case)
        case.set("time", str(row.seconds))
        if not row.passed:
            ET.SubElement(case, "failure", message=row.detail)
    ET.ElementTree(suite).write(folder / "lab.xml", encoding="utf-8", xml_declaration=True)
