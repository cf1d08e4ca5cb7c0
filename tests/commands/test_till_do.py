"""`python -m kiosk till-do`: a drawer's day from float to settlement at a lane that is off, and who may not."""

from __future__ import annotations

import hashlib
import io
from contextlib import closing
from pathlib import Path

import pytest

from kiosk.__main__ import main
from kiosk.checkout.assembly import KEY, TILL
from kiosk.checkout.duty import Duty
from kiosk.checkout.state import Attract, LaneState, decode, encode
from kiosk.domain.operator.attempts import SignOnState
from kiosk.domain.transaction import Transaction
from kiosk.messages.contents import Content, PaymentAttempt
from kiosk.messages.tills import (
    CashMoved,
    DrawerOpened,
    ReportTaken,
    ShiftCounted,
    ShiftOpened,
    ShiftSettled,
    SignedOff,
    SignOnRefused,
)
from kiosk.store.ledger import Till
from kiosk.store.ledger_reader import LedgerReader
from kiosk.store.signing import DeviceKey
from tests.store.tills import Clock

ANN, BEN, TOM = "badge of ann", "badge of ben", "badge of tom"
SETTINGS = """
data_folder = "{data}"

[workstation]
tenant = "harbour"
store_id = "0101"
workstation_id = "07"

[store]
name = "Harbour Market"
currency = "EUR"
languages = ["en"]

[cash]
drawer = {drawer}
"""
ATTENDANT = '\n[[attendants]]\noperator = "{name}"\nbadge_sha256 = "{digest}"\nroles = ["{role}"]\n'
Capture = pytest.CaptureFixture[str]


class Shop:
    """A workstation's folder with its ledger, and a keyboard that badges are typed on."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder, self._monkeypatch = folder, monkeypatch
        DeviceKey.create(folder / KEY)
        with closing(self.till()) as till:
            till.save_lane(encode(LaneState(stage=Attract(), business_day="2026-03-01")))
        self.set_up()

    def set_up(self, *, drawer: bool = True) -> None:
        text = SETTINGS.format(data=self.folder, drawer=str(drawer).lower())
        for badge, name, role in ((ANN, "ann", "supervisor"), (BEN, "ben", "attendant"), (TOM, "tom", "technician")):
            text += ATTENDANT.format(name=name, digest=hashlib.sha256(badge.encode()).hexdigest(), role=role)
        (self.folder / "settings.toml").write_text(text, encoding="utf-8")

    def till(self) -> Till:
        return Till(self.folder / TILL, "0101", "07", DeviceKey.load(self.folder / KEY), Clock())

    def does(self, *words: str, badges: tuple[str, ...] = (ANN,)) -> int:
        self._monkeypatch.setattr("sys.stdin", io.StringIO("".join(f"{badge}\n" for badge in badges)))
        second = ["--second"] if len(badges) > 1 else []
        return main(["till-do", "--settings", str(self.folder / "settings.toml"), *second, *words])

    def entries(self) -> list[Content]:
        with closing(LedgerReader(self.folder / TILL)) as reader:
            return [one.content for one in reader.behind(0)][1:]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    return Shop(tmp_path, monkeypatch)


def test_a_day_of_a_drawer_from_float_to_z_report(shop: Shop, capsys: Capture) -> None:
    assert shop.does("shift-open", "150.00", badges=(BEN,)) == 0
    assert "€150.00" in capsys.readouterr().out
    assert shop.does("loan", "20", badges=(BEN,)) == 0
    assert shop.does("pickup", "50.5", badges=(BEN,)) == 0
    assert shop.does("safe-drop", "10", badges=(BEN,)) == 0
    assert shop.does("paid-in", "1.25", "--reason", "postage", badges=(BEN,)) == 0
    capsys.readouterr()
    assert shop.does("count", "110.75", badges=(BEN,)) == 0
    counted = capsys.readouterr().out
    assert "€110.75" in counted
    assert "Expected" not in counted
    assert shop.does("z") == 1
    assert "is open" in capsys.readouterr().err
    assert shop.does("settle", badges=(BEN,)) == 0
    assert "Difference" in capsys.readouterr().out
    assert shop.does("x") == 0
    assert shop.does("z") == 0
    said = capsys.readouterr().out
    for words in ("X report", "Z report 1", "2026-03-01", "ann", "1 x Loan", "1 x Safe drop"):
        assert words in said
    kinds = [one for one in shop.entries() if not isinstance(one, DrawerOpened)]
    moved = [CashMoved] * 4
    assert [type(one) for one in kinds] == [ShiftOpened, *moved, ShiftCounted, ShiftSettled, ReportTaken, ReportTaken]
    settled = next(one for one in kinds if isinstance(one, ShiftSettled))
    assert [(one.expected_minor, one.difference_minor) for one in settled.settlements] == [(11_075, 0)]


def test_a_difference_needs_somebody_else_who_may_approve_it(shop: Shop, capsys: Capture) -> None:
    shop.does("shift-open", "100", badges=(BEN,))
    shop.does("count", "60", badges=(BEN,))
    assert shop.does("settle", badges=(BEN,)) == 1
    assert shop.does("settle", badges=(BEN, BEN)) == 1
    assert shop.does("settle", badges=(BEN, TOM)) == 1
    assert "40" not in capsys.readouterr().err
    assert shop.does("settle", badges=(BEN, ANN)) == 0
    settled = next(one for one in shop.entries() if isinstance(one, ShiftSettled))
    assert (settled.operator, settled.approved_by) == ("ben", "ann")


def test_a_strange_badge_does_nothing_and_is_written_down(shop: Shop, capsys: Capture) -> None:
    assert shop.does("shift-open", badges=("badge of nobody",)) == 1
    assert "not known" in capsys.readouterr().err
    assert shop.entries() == [SignOnRefused(operator="", method="badge", reason="unknown")]


def test_a_role_that_may_not_is_refused(shop: Shop, capsys: Capture) -> None:
    assert shop.does("z", badges=(BEN,)) == 1
    assert shop.does("shift-open", badges=(TOM,)) == 1
    assert shop.does("paid-out", "5", "--reason", "postage", badges=(BEN,)) == 1
    assert shop.entries() == []
    assert capsys.readouterr().err.count("Ask a supervisor") == 2


def test_while_the_lane_runs_it_refuses_politely_and_changes_nothing(shop: Shop, capsys: Capture) -> None:
    with closing(shop.till()):
        assert shop.does("shift-open") == 2
    assert "already open for writing" in capsys.readouterr().err
    assert shop.entries() == []


def test_a_lane_without_a_drawer_moves_no_cash(shop: Shop, capsys: Capture) -> None:
    shop.set_up(drawer=False)
    assert shop.does("shift-open", "1") == 1
    assert shop.does("shift-open") == 0
    assert shop.does("loan", "1") == 1
    assert "no cash drawer" in capsys.readouterr().err


@pytest.mark.parametrize("amount", ["-1", "1.234", "nan", "inf", "x", "", "1e99", "0"])
def test_what_is_no_amount_moves_nothing(shop: Shop, amount: str) -> None:
    shop.does("shift-open")
    before = shop.entries()
    assert shop.does("loan", "--", amount) == 1
    assert shop.entries() == before


def test_without_a_shift_nothing_is_moved(shop: Shop, capsys: Capture) -> None:
    assert shop.does("settle") == 1
    assert "No shift is open on till 1." in capsys.readouterr().err


def test_a_payment_in_doubt_holds_the_z_report(shop: Shop, capsys: Capture) -> None:
    attempt = PaymentAttempt(attempt="a", sequence_number=1, amount_minor=5, currency="EUR")
    with closing(shop.till()) as till:
        till.begin_tender(attempt, (), till.lane or b"")
    assert shop.does("z") == 1
    assert "whether payment a was taken" in capsys.readouterr().err


def test_the_open_basket_stays_and_holds_reports(shop: Shop, capsys: Capture) -> None:
    basket = Transaction(
        sequence_number=1, business_day="2026-03-01", started_at="2026-03-01T09:00:00Z", currency="EUR"
    )
    state = LaneState(stage=Attract(), business_day="2026-03-01", transaction=basket)
    with closing(shop.till()) as till:
        till.save_lane(encode(state))
    assert shop.does("z") == 1
    assert "basket is open" in capsys.readouterr().err
    assert shop.does("shift-open") == 0
    with closing(shop.till()) as till:
        assert decode(till.lane or b"") == state


def test_whoever_was_signed_on_when_the_lane_stopped_is_signed_off_first(shop: Shop) -> None:
    state = LaneState(attendant="ben", duty=Duty(sign_on=SignOnState(operator="ben", roles=("attendant",))))
    with closing(shop.till()) as till:
        till.save_lane(encode(state))
    assert shop.does("shift-open") == 0
    gone, opened = shop.entries()
    assert gone == SignedOff(operator="ben", reason="restart")
    assert isinstance(opened, ShiftOpened)


def test_a_folder_without_a_ledger_gets_none(shop: Shop, capsys: Capture) -> None:
    (shop.folder / TILL).unlink()
    assert shop.does("shift-open") == 2
    assert not (shop.folder / TILL).exists()
    assert "There is no ledger" in capsys.readouterr().err


def test_settings_that_cannot_be_used_are_named(tmp_path: Path, capsys: Capture) -> None:
    assert main(["till-do", "--settings", str(tmp_path / "none.toml"), "x"]) == 2
    assert "none.toml" in capsys.readouterr().err


def test_no_badge_is_in_the_ledger_or_on_the_screen(shop: Shop, capsys: Capture) -> None:
    shop.does("shift-open", badges=(ANN,))
    shop.does("shift-open", badges=("STRANGE",))
    said = capsys.readouterr()
    for file in (path for path in shop.folder.iterdir() if path.name.startswith(TILL)):
        assert ANN.encode() not in file.read_bytes()
        assert b"STRANGE" not in file.read_bytes()
    assert ANN not in said.out + said.err
    assert "STRANGE" not in said.out + said.err
