"""A lane under the Austrian law: signed receipts in one chain, sales that never wait for long, a verifier's verdict."""

from __future__ import annotations

import json

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.device import Category, DeviceChanged, Lifecycle
from drivers.payment.interface import Approved, CardDetails
from drivers.printer.interface import PrintJobChanged, PrintState
from drivers.scanner.interface import Scan
from drivers.signature.interface import SignatureFailed, Signed, UnitIdentified
from kiosk.accounts.fiscal import entry_of
from kiosk.checkout import events
from kiosk.checkout.effects import PrintReceipt, SignReceipt
from kiosk.checkout.events import AttendantActed, Resumed
from kiosk.checkout.state import Asking, Attract, Closed, Receipt, decode, durable, encode
from kiosk.domain.fiscal.rksv.cash_box import CashBox, RksvSettings
from kiosk.domain.fiscal.rksv.dep import dep_from, export
from kiosk.domain.fiscal.rksv.keys import container, keys_from
from kiosk.domain.fiscal.rksv.verifier import verify
from kiosk.messages.contents import FiscalReceipt
from tests.checkout.lane import ALL_READY, BADGE, IN_TOUCH, MILK_CODE, FlowLane
from tests.domain.fiscal.austria import AES_KEY, new_unit

UNIT = new_unit()
BOX = CashBox(RksvSettings(cash_box_id="0101-07"), AES_KEY)


class Till:
    """A lane with a signature unit that answers when it is told to."""

    def __init__(self) -> None:
        self.lane = FlowLane(fiscal=BOX)
        self.minute, self.month = 0, 11
        self.receipts = 0
        self.lane.feed(Resumed(), *ALL_READY, IN_TOUCH)
        self.plug()
        self.tick()
        self.sign()
        self.lane.feed(Scan("scanner", BADGE), AttendantActed("open"))

    @property
    def asked(self) -> SignReceipt:
        return [effect for effect in self.lane.effects if isinstance(effect, SignReceipt)][-1]

    @property
    def chain(self) -> list[FiscalReceipt]:
        return [entry for entry in self.lane.entries() if isinstance(entry, FiscalReceipt)]

    @property
    def stage(self) -> object:
        return self.lane.state.stage

    def plug(self) -> None:
        self.lane.feed(
            UnitIdentified("unit", UNIT.serial, UNIT.certificate),
            DeviceChanged("unit", Category.SIGNATURE_UNIT, Lifecycle.READY),
        )

    def unplug(self) -> None:
        self.lane.feed(DeviceChanged("unit", Category.SIGNATURE_UNIT, Lifecycle.LOST))

    def tick(self, month: int = 11) -> None:
        self.minute += 1
        self.month = max(self.month, month)
        self.lane.now = f"2026-{self.month:02d}-21T{10 + self.minute // 60:02d}:{self.minute % 60:02d}:00.000Z"
        self.lane.feed(events.Tick())

    def sign(self) -> None:
        asked = self.asked
        self.lane.feed(Signed("unit", asked.reference, UNIT.sign(asked.data), UNIT.certificate, UNIT.serial))

    def buy(self) -> None:
        self.lane.feed(Scan("scanner", MILK_CODE), events.PayPressed())
        self.charged()

    def charged(self) -> None:
        stage = self.stage
        assert isinstance(stage, Asking)
        self.receipts += 1
        card = CardDetails("T", self.receipts, self.receipts)
        self.lane.feed(Approved("terminal", stage.attempt.attempt, stage.attempt.amount_minor, card))

    def leave(self) -> None:
        stage = self.stage
        if isinstance(stage, Receipt):
            self.lane.feed(PrintJobChanged("printer", stage.job_id, PrintState.CONFIRMED), events.DonePressed())
            self.lane.now_ms += 60_000
            self.tick()

    def crash(self) -> None:
        self.lane.state = decode(encode(self.lane.state))
        self.lane.feed(Resumed(), *ALL_READY, IN_TOUCH)

    def printed(self) -> list[PrintReceipt]:
        return [effect for effect in self.lane.effects if isinstance(effect, PrintReceipt)]

    def check(self) -> None:
        exported = json.dumps(export(map(entry_of, self.chain))).encode()
        keys = keys_from(json.dumps(container(AES_KEY, {UNIT.serial: UNIT.certificate})).encode())
        report = verify(dep_from(exported), keys)
        assert report.intact, report.problems


def test_no_lane_opens_before_its_start_receipt() -> None:
    lane = FlowLane(fiscal=BOX)
    lane.feed(Resumed(), *ALL_READY, IN_TOUCH, Scan("scanner", BADGE), AttendantActed("open"))
    assert isinstance(lane.state.stage, Closed)
    assert lane.state.now.notice is not None
    assert lane.state.now.notice.code == "fiscal_not_started"


def test_the_start_receipt_is_made_by_itself_and_then_every_sale_is_signed_and_printed_with_its_code() -> None:
    till = Till()
    assert isinstance(till.stage, Attract)
    assert [receipt.kind for receipt in till.chain] == ["start"]
    till.buy()
    assert not till.printed(), "the receipt waits for its signature"
    assert till.lane.sales(), "the sale does not"
    till.sign()
    assert [job.sequence_number for job in till.printed()] == [till.lane.sales()[0].sequence_number]
    sold = till.chain[-1]
    assert (sold.kind, sold.failed, sold.sequence_number) == ("sale", False, till.lane.sales()[0].sequence_number)
    assert sold.code.startswith("_R1-AT1_0101-07_")
    till.check()


def test_a_unit_that_does_not_answer_holds_nobody_up_and_the_receipt_says_so() -> None:
    till = Till()
    till.buy()
    till.lane.now_ms += 3_000
    till.tick()
    assert till.chain[-1].failed
    assert any("ausgefallen" in notice for notice in till.chain[-1].notices)
    assert len(till.printed()) == 1
    late = till.asked
    till.lane.feed(Signed("unit", late.reference, UNIT.sign(late.data), UNIT.certificate, UNIT.serial))
    assert len(till.chain) == 2, "a late signature is dropped"
    till.check()


def test_a_unit_that_is_away_is_not_waited_for_and_its_return_is_made_up_for() -> None:
    till = Till()
    till.unplug()
    till.buy()
    assert till.chain[-1].failed
    assert len(till.printed()) == 1
    till.leave()
    till.plug()
    till.tick()
    till.sign()
    assert [receipt.kind for receipt in till.chain] == ["start", "sale", "recovery"]
    till.buy()
    till.sign()
    assert not till.chain[-1].failed
    till.check()


def test_the_month_is_ended_by_its_receipt_before_the_next_one_sells() -> None:
    till = Till()
    till.buy()
    till.sign()
    till.leave()
    till.tick(month=12)
    till.sign()
    assert [receipt.kind for receipt in till.chain] == ["start", "sale", "monthly"]
    till.check()


def test_a_crash_between_the_question_and_the_answer_leaves_an_unsigned_receipt_that_is_still_printed() -> None:
    till = Till()
    till.buy()
    till.crash()
    assert till.chain[-1].failed
    assert till.lane.state.signing is None
    till.plug()
    assert isinstance(till.stage, Receipt)
    assert len(till.printed()) == 1
    till.check()


def test_a_receipt_that_is_still_with_the_unit_is_finished_before_the_next_one_begins() -> None:
    till = Till()
    till.buy()
    till.buy()
    assert [receipt.failed for receipt in till.chain] == [False, True, True], "both unsigned, until the unit recovers"
    assert [receipt.sequence_number for receipt in till.chain] == [
        0,
        *(sale.sequence_number for sale in till.lane.sales()),
    ]
    till.check()


def test_an_answer_that_comes_late_is_not_taken_for_the_next_receipts() -> None:
    till = Till()
    till.buy()
    first = till.asked
    till.lane.now_ms += 3_000
    till.tick()
    till.leave()
    till.tick()
    assert till.lane.state.signing is not None, "the recovery is with the unit"
    till.lane.feed(Signed("unit", first.reference, UNIT.sign(first.data), UNIT.certificate, UNIT.serial))
    assert till.lane.state.signing is not None
    till.sign()
    assert [receipt.kind for receipt in till.chain] == ["start", "sale", "recovery"]
    till.check()


def test_the_signature_of_another_key_counts_as_none() -> None:
    till = Till()
    till.buy()
    other = new_unit()
    till.lane.feed(Signed("unit", till.asked.reference, other.sign(till.asked.data), other.certificate, other.serial))
    assert till.chain[-1].failed
    till.check()


WHAT = st.sampled_from(["buy", "sign", "fail", "late", "unplug", "plug", "leave", "crash", "tick", "next_month"])


@settings(max_examples=120)
@given(st.lists(WHAT, max_size=24))
def test_whatever_happens_the_chain_verifies_and_every_sale_is_in_it_once(what: list[str]) -> None:
    till = Till()
    for one in what:
        play(till, one)
        assert decode(encode(till.lane.state)) == durable(till.lane.state)
    till.lane.now_ms += 10_000
    till.tick()
    till.check()
    numbers = [receipt.sequence_number for receipt in till.chain if receipt.kind == "sale"]
    assert sorted(numbers) == sorted(sale.sequence_number for sale in till.lane.sales())


def play(till: Till, what: str) -> None:  # noqa: C901 - one case per thing that happens
    match what:
        case "buy":
            till.leave()
            if isinstance(till.stage, Attract):
                till.buy()
        case "sign":
            till.sign()
        case "fail":
            till.lane.feed(SignatureFailed("unit", till.asked.reference, "no", "look"))
        case "late":
            till.lane.now_ms += 3_000
            till.tick()
        case "unplug":
            till.unplug()
        case "plug":
            till.plug()
        case "leave":
            till.leave()
        case "crash":
            till.crash()
        case "tick":
            till.tick()
        case "next_month":
            till.tick(month=12)
