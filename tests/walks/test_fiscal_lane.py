"""A lane in Austria: every receipt is signed or says why not, and the authority's journal comes out of the ledger."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from drivers.simulation import DEVICES_FILE
from kiosk.__main__ import main
from kiosk.checkout.assembly import TILL
from kiosk.store.ledger_reader import LedgerReader
from tests.bench import Bench, set_up
from tests.brokers import until
from tests.walks.books import receipts
from tests.walks.shopper import Shopper

pytestmark = pytest.mark.processes

THIRTEEN = "9520390103019"  # milk
AES_KEY = base64.b64encode(bytes(range(32))).decode()

FISCAL = """
[fiscal]
system = "rksv"
cash_box_id = "0101-07"
turnover_key_file = "{key}"

[devices.unit]
driver = "signing_service"
host = "127.0.0.1"
port = {port}
"""


@pytest.fixture
def austrian() -> Iterator[Shopper]:
    """A shopper before a lane in Austria that is open."""
    with set_up() as bench:
        key = bench.folder / "turnover.key"
        key.write_text(AES_KEY)
        port = json.loads((bench.folder / DEVICES_FILE).read_text())["signature_unit"]["port"]
        text = bench.settings.read_text(encoding="utf-8")
        bench.settings.write_text(text + FISCAL.format(key=key, port=port), encoding="utf-8")
        bench.start_lane()
        until(lambda: bench.lane.works("scanner", "scale", "printer", "terminal", "unit"), "all devices")
        bench.lane.time_passes(1)
        until(lambda: chain(bench) == ["start"], "the start receipt")
        bench.reopen()
        yield Shopper(bench)


def chain(bench: Bench) -> list[str]:
    """The kinds of the fiscal receipts in the ledger."""
    with closing(LedgerReader(bench.data / TILL)) as reader:
        return [receipt.kind for receipt in reader.fiscal_receipts()]


def buy(shopper: Shopper) -> None:
    bench, lane = shopper.bench, shopper.bench.lane
    bench.scan(THIRTEEN)
    lane.sees("basket", "€1.29")
    lane.press("pay")
    bench.do("terminal", "wait_for_authorisation", timeout_s=10)
    bench.do("terminal", "tap")
    lane.sees("receipt", "You have paid")


def leave(shopper: Shopper) -> None:
    lane = shopper.bench.lane
    lane.sees("receipt", "Please take your receipt.")
    lane.press("done")
    lane.time_passes(3600)
    lane.sees("attract")


def test_receipts_are_signed_or_say_why_not_and_the_journal_is_intact(
    austrian: Shopper, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    bench = austrian.bench
    buy(austrian)
    leave(austrian)
    bench.do("signature_unit", "unplug")
    until(lambda: not bench.lane.works("unit"), "a unit that is gone")
    buy(austrian)
    leave(austrian)
    signed, unsigned = receipts(bench)
    assert "CL1R:" in signed
    assert "_R1-AT1_0101-07_" in signed
    assert "ausgefallen" not in signed
    assert "Sicherheitseinrichtung ausgefallen" in unsigned
    bench.do("signature_unit", "plug")
    until(lambda: bench.lane.works("unit"), "a unit that is back")
    bench.lane.time_passes(1)
    till = str(bench.data / TILL)
    until(lambda: chain(bench)[-1] == "recovery", "the receipt that makes up for it")
    journal, keys = tmp_path / "dep.json", tmp_path / "keys.json"
    for path, words in (
        (journal, ["fiscal", "export", till]),
        (keys, ["fiscal", "keys", till, "--turnover-key", str(bench.folder / "turnover.key")]),
    ):
        assert main(words) == 0
        path.write_text(capsys.readouterr().out)
    assert main(["fiscal", "verify", str(journal), "--keys", str(keys)]) == 0
    assert "4 receipts, 1 without a signature" in capsys.readouterr().out
