"""What a demo leaves behind: receipts, the ledger's verification, what headquarters booked, and a summary."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

from demo.setting_up import STORE, WORKSTATION
from demo.shopper import Shopper
from demo.stage import Stage
from demo.waiting import until


def summary(shopper: Shopper, out: Path) -> dict[str, object]:
    """Wait until headquarters has booked what was sold, keep everything worth looking at, and sum up."""
    stage = shopper.stage
    until("headquarters has booked every entry", lambda: _all_booked(stage), 60)
    verification = json.loads(
        stage.processes.run(
            "ledger verify",
            *("kiosk", "ledger", "verify", str(stage.folder.data / "till.db"), "--json"),
            *("--public-key", str(stage.folder.data / "device.json")),
        )
    )
    report = stage.headquarters_report()
    _keep(out / "ledger-verification.json", verification)
    _keep(out / "headquarters.json", report)
    receipts = _receipts(stage, out / "receipts")
    booked = int(str(report["sales_booked"]))
    head = _head(stage.folder.data / "till.db")
    return {
        "sales": shopper.sales,
        "booked": booked,
        "duplicates": max(0, booked - shopper.sales),
        "quarantined": report["quarantined"],
        "ledger_intact": verification["intact"],
        "ledger_head": head[1],
        "ledger_position": head[0],
        "headquarters_high_water": _high_water(report),
        "total_minor": shopper.total_minor,
        "booked_minor": sum(int(day["total_minor"]) for day in _rows(report, "days")),
        "receipts": receipts,
        "screens": shopper.screens,
    }


def faults(result: dict[str, object]) -> list[str]:
    """Why the demo has failed; none where headquarters booked exactly the sales made."""
    found = []
    if result["booked"] != result["sales"] or result["booked_minor"] != result["total_minor"]:
        found.append("headquarters did not book exactly the sales made")
    if result["duplicates"] or result["quarantined"]:
        found.append("headquarters booked a sale twice or could not book one")
    if not result["ledger_intact"] or result["headquarters_high_water"] != result["ledger_position"]:
        found.append("the ledger is not intact or not fully booked")
    if result["receipts"] != result["sales"]:
        found.append("there is not one receipt per sale")
    return found


def _all_booked(stage: Stage) -> bool:
    return _high_water(stage.headquarters_report()) == _head(stage.folder.data / "till.db")[0]


def _high_water(report: dict[str, object]) -> int:
    return sum(int(one["high_water"]) for one in _rows(report, "streams"))


def _rows(report: dict[str, object], name: str) -> list[dict[str, Any]]:
    rows = report[name]
    return rows if isinstance(rows, list) else []


def _head(till: Path) -> tuple[int, str]:
    with sqlite3.connect(f"file:{till}?mode=ro", uri=True) as connection:
        row = connection.execute(
            "select position, hash from ledger where store_id = ? and workstation_id = ? order by position desc",
            (STORE, WORKSTATION),
        ).fetchone()
    connection.close()
    return int(row[0]), str(row[1])


def _receipts(stage: Stage, folder: Path) -> int:
    told = stage.devices.do("printer", "receipts")["receipts"]
    if not isinstance(told, list):
        return 0
    folder.mkdir(parents=True, exist_ok=True)
    for receipt in told:
        for name in receipt["files"].values():
            shutil.copy(name, folder)
    return len(told)


def _keep(path: Path, value: object) -> None:
    path.write_text(json.dumps(value, indent=2, ensure_ascii=False) + "\n", encoding="utf-8")
