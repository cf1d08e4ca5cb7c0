"""Whatever happens in whatever order: the flow never raises, and money always adds up."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from drivers.device import Category, DeviceChanged, Lifecycle
from drivers.payment.interface import (
    Approved,
    CardDetails,
    DeclineReason,
    NotReversed,
    PaymentProgress,
    Reversed,
    TerminalInfo,
    Unknown,
)
from drivers.payment.interface import Declined as TerminalDeclined
from drivers.printer.interface import PrintJobChanged, PrintState
from drivers.scale.interface import NoWeight, WeighProblem, Weight
from drivers.scanner.interface import BadRead, Scan
from kiosk.checkout import events
from kiosk.checkout.effects import RequestPayment, ReversePayment, Weigh
from kiosk.checkout.flow.attendant import Action
from kiosk.checkout.state import Asking, InDoubt, LaneState, decode, durable, encode
from kiosk.messages.contents import PaymentResult
from kiosk.presenter.language import Language
from kiosk.presenter.present import present
from kiosk.presenter.view import View
from tests.checkout.lane import ALL_READY, BADGE, CODES, GOODS, FlowLane, SmallCatalog, open_lane

TEXTS = [*(code[1:] for code in CODES), BADGE, "4006381333931", "5390000000019", "2100042004778", "2200042002500", ""]


def touches() -> st.SearchStrategy[Any]:
    lines = st.integers(1, 6)
    return st.one_of(
        st.sampled_from(
            [
                events.StartPressed(),
                events.LookupPressed(),
                events.BackPressed(),
                events.ContinuePressed(),
                events.CancelPressed(),
                events.PayPressed(),
                events.DonePressed(),
                events.HelpPressed(),
                events.Tick(),
                events.Resumed(),
                BadRead("scanner", "x"),
                TerminalInfo("terminal", "1", 7),
            ]
        ),
        st.sampled_from(["en", "de", "xx"]).map(events.LanguageChosen),
        lines.map(events.LineSelected),
        st.builds(events.QuantityChanged, lines, st.sampled_from([-1, 1])),
        lines.map(events.LineRemoved),
        st.sampled_from([good.sku for good in GOODS]).map(events.ItemChosen),
        st.booleans().map(events.CancelAnswered),
        st.booleans().map(events.HelpHidden),
        st.sampled_from(list(Action)).map(lambda action: events.AttendantActed(str(action))),
        st.sampled_from(TEXTS).map(lambda text: Scan("scanner", text)),
        st.builds(
            DeviceChanged, st.just("terminal"), st.sampled_from(list(Category)), st.sampled_from(list(Lifecycle))
        ),
    )


# What devices answer is about what they were asked, or about something stale; the machine below fills that in.
ANSWERS = ["approved", "approved_wrong", "declined", "unknown", "reversed", "not_reversed", "weight", "no_weight"]
ANSWERS += ["progress", "printed", "print_failed", "print_unknown", "time"]
# Random touches alone seldom come as far as paying: whole strides make the deep states common.
STRIDES = ["buy", "buy_again", "clear"]


# Drawn in equal shares: a flat choice would drown strides and answers in touches.
KINDS: dict[str, st.SearchStrategy[Any]] = {
    "stride": st.sampled_from(STRIDES),
    "answer": st.sampled_from(ANSWERS),
    "touch": touches(),
}


class Machine:
    """A lane with its counterparts, which answer about the last thing asked."""

    def __init__(self) -> None:
        self.lane: FlowLane = open_lane()
        self.lane.feed(*ALL_READY)
        self.request = ""
        self.receipt = 10
        self.approvals: dict[str, int] = {}

    def answer(self, kind: str) -> None:  # noqa: C901, PLR0912 - one case per answer
        stage = self.lane.state.stage
        attempt = stage.attempt if isinstance(stage, Asking | InDoubt) else None
        reference = attempt.attempt if attempt else f"stray-{self.receipt}"
        amount = attempt.amount_minor if attempt else 100
        job = getattr(stage, "job_id", "receipt-other")
        reversal = next((one.attempt.attempt for one in self.lane.state.reversals), "none")
        match kind:
            case "buy":
                self.feed(Scan("scanner", TEXTS[0]))
                self.feed(events.PayPressed())
            case "buy_again":
                self.feed(events.PayPressed())
            case "clear":
                self.feed(events.BackPressed())
                self.feed(events.CancelAnswered(yes=True))
            case "approved" | "approved_wrong":
                if reference in self.approvals:
                    return
                self.receipt += 1
                charged = amount if kind == "approved" else amount + 1
                self.approvals[reference] = charged
                self.feed(Approved("terminal", reference, charged, CardDetails("1", self.receipt, 1)))
            case "declined":
                self.feed(TerminalDeclined("terminal", reference, DeclineReason.DECLINED))
            case "unknown":
                self.feed(Unknown("terminal", reference, "x"))
            case "reversed":
                self.feed(Reversed("terminal", reversal))
            case "not_reversed":
                self.feed(NotReversed("terminal", reversal, "x"))
            case "weight":
                self.feed(Weight("scale", self.request, 500))
            case "no_weight":
                self.feed(NoWeight("scale", self.request, WeighProblem.IN_MOTION, final=True))
            case "progress":
                self.feed(PaymentProgress("terminal", reference, "enter_pin"))
            case "time":
                self.lane.now_ms += 90_000
                self.feed(events.Tick())
            case _:
                states = {"printed": PrintState.CONFIRMED, "print_failed": PrintState.FAILED}
                self.feed(PrintJobChanged("printer", job, states.get(kind, PrintState.UNKNOWN)))

    def feed(self, event: Any) -> None:
        for effect in self.lane.feed(event):
            if isinstance(effect, Weigh):
                self.request = effect.request
        assert decode(encode(self.lane.state)) == durable(self.lane.state)


def view(state: LaneState) -> View:
    english = Language(state.language or "en", "IE", "EUR")
    return View(english, (english,), "Shop", lambda _: GOODS, lambda: ("Fruit",), SmallCatalog().by_sku)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(sorted(KINDS)).flatmap(lambda kind: KINDS[kind]), min_size=4, max_size=30))
def test_no_order_of_events_loses_or_doubles_money(steps: list[Any]) -> None:
    machine = Machine()
    for step in steps:
        if isinstance(step, str):
            machine.answer(step)
        else:
            machine.feed(step)
        ids = [item.id for item in present(machine.lane.state, view(machine.lane.state)).top.items]
        assert len(ids) == len(set(ids))
    _check_money(machine)


def _check_money(machine: Machine) -> None:
    lane = machine.lane
    sales = lane.sales()
    paid = [tender.attempt for sale in sales for tender in sale.tenders]
    assert len(paid) == len(set(paid))
    numbers = [sale.sequence_number for sale in sales]
    assert len(numbers) == len(set(numbers))
    for sale in sales:
        assert sale.total_minor == sum(line.amount_minor for line in sale.lines)
        assert sale.total_minor == sum(tender.amount_minor for tender in sale.tenders)
        assert sale.total_minor == sum(tax.gross_minor for tax in sale.taxes)
    attempts = [one.attempt.attempt for one in lane.effects if isinstance(one, RequestPayment)]
    assert len(attempts) == len(set(attempts))
    reversals = {one.attempt.attempt for one in lane.effects if isinstance(one, ReversePayment)}
    operator_paid = {
        one.attempt
        for one in lane.entries()
        if isinstance(one, PaymentResult) and one.outcome == "approved" and one.code
    }
    for reference in machine.approvals:
        assert (reference in paid) != (reference in reversals) or reference in operator_paid
