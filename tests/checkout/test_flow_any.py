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
from kiosk.accounts.report import ReportPolicy
from kiosk.checkout import events
from kiosk.checkout.effects import RequestPayment, ReversePayment, Weigh
from kiosk.checkout.flow.sheet import Action, MatterAction, Verb, matter_actions
from kiosk.checkout.state import Asking, InDoubt, LaneState, decode, durable, encode
from kiosk.domain.attention.policy import AttentionRules
from kiosk.domain.attention.records import Kind
from kiosk.messages.contents import AgeApproved, AttentionDecided, PaymentAttempt, PaymentResult, Sale
from kiosk.messages.tenders import CashTender, attempt_of
from kiosk.messages.tills import ReportTaken, SignedOff, SignedOn, TrainingEnded, TrainingStarted
from kiosk.presenter.language import Language
from kiosk.presenter.present import present
from kiosk.presenter.view import View
from tests.checkout.lane import (
    ALL_READY,
    BADGE,
    BENS_BADGE,
    CODES,
    GOODS,
    PHONE_CODE,
    WINE_CODE,
    FlowLane,
    SmallCatalog,
    open_lane,
)

# An attendant may press anything that a sheet could offer, at any time.
PRESSED = [
    *map(str, Action),
    *(MatterAction(verb, kind, 0).name for verb in Verb for kind in (Kind.AGE, Kind.VALUE, Kind.QUANTITY)),
    *(MatterAction(verb, kind, 1).name for verb in Verb for kind in (Kind.SERIAL_NUMBER, Kind.QUANTITY)),
]

# Low limits, so that most baskets have something on the list.
RULES = AttentionRules(quantity_max=2, amount_max_minor=1_000, second_person=(Kind.VALUE,))

TEXTS = [
    *(code[1:] for code in CODES),
    BADGE,
    BENS_BADGE,
    "4006381333931",
    "5390000000019",
    "2100042004778",
    "2200042002500",
    "A1B2",
    "",
]


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
        st.sampled_from(PRESSED).map(events.AttendantActed),
        lines.map(events.NumberPressed),
        st.sampled_from(TEXTS).map(lambda text: Scan("scanner", text)),
        st.builds(
            DeviceChanged, st.just("terminal"), st.sampled_from(list(Category)), st.sampled_from(list(Lifecycle))
        ),
    )


# What devices answer is about what they were asked, or about something stale; the machine below fills that in.
ANSWERS = ["approved", "approved_wrong", "declined", "unknown", "reversed", "not_reversed", "weight", "no_weight"]
ANSWERS += ["progress", "printed", "print_failed", "print_unknown", "time"]
# Random touches alone seldom come as far as paying: whole strides make the deep states common.
STRIDES = ["buy", "buy_wine", "buy_phones", "solve", "solve_both", "pay", "buy_again", "clear"]
STRIDES += ["start_training", "end_training", "z_report", "z_copy"]


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
        self.lane.reports = ReportPolicy(several_a_day=True)
        self.lane.drawer = True
        self.lane.rules = RULES
        self.lane.feed(*ALL_READY)
        self.request = ""
        self.receipt = 10
        self.approvals: dict[str, int] = {}

    def answer(self, kind: str) -> None:  # noqa: C901, PLR0912, PLR0915 - one case per answer
        stage = self.lane.state.stage
        attempt = stage.attempt if isinstance(stage, Asking | InDoubt) else None
        reference = attempt.attempt if attempt else f"stray-{self.receipt}"
        amount = attempt.amount_minor if attempt else 100
        job = getattr(stage, "job_id", "receipt-other")
        reversal = next((one.attempt.attempt for one in self.lane.state.reversals), "none")
        match kind:
            case "buy" | "buy_wine" | "buy_phones":
                codes = {"buy": TEXTS[:1], "buy_wine": [WINE_CODE], "buy_phones": [PHONE_CODE, PHONE_CODE]}
                for code in codes[kind]:
                    self.feed(Scan("scanner", code))
                    self.feed(events.PayPressed())
                    self.number()
            case "solve" | "solve_both":
                self.solve(kind)
            case "pay":
                self.solve("solve_both")
                self.feed(events.PayPressed())
                self.answer("approved")
            case "buy_again":
                self.feed(events.PayPressed())
            case "clear":
                self.feed(events.BackPressed())
                self.feed(events.CancelAnswered(yes=True))
            case "start_training" | "end_training" | "z_report" | "z_copy":
                self.feed(Scan("scanner", BADGE))
                self.feed(events.AttendantActed("reports"))
                self.feed(events.AttendantActed(kind))
                self.feed(events.AttendantActed("back"))
                self.feed(events.AttendantActed(kind))
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

    def number(self) -> None:
        """The shopper scans the number of a piece that wants one."""
        wanted = [one.line for one in self.lane.state.now.matters if one.kind is Kind.SERIAL_NUMBER]
        if wanted:
            self.feed(events.NumberPressed(wanted[0]))
            self.feed(Scan("scanner", "A1B2"))

    def solve(self, kind: str) -> None:
        """An attendant says yes to whatever is on the list, alone or with somebody else."""
        self.feed(Scan("scanner", BENS_BADGE))
        for _ in self.lane.state.now.matters:
            self.feed(events.AttendantActed(next((one.name for one in matter_actions(self.lane.state)), "")))
            if kind == "solve_both" and self.lane.state.duty.asked:
                self.feed(Scan("scanner", BADGE))

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
    _check_staff(machine)
    _check_solved(machine)


def _check_money(machine: Machine) -> None:
    lane = machine.lane
    sales = lane.sales()
    assert all(isinstance(tender, CashTender) == sale.training for sale in sales for tender in sale.tenders)
    paid = [attempt_of(tender) for sale in sales if not sale.training for tender in sale.tenders]
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


def _check_solved(machine: Machine) -> None:
    """Nothing is sold that somebody had to decide about and has not."""
    decided: dict[int, list[AttentionDecided | AgeApproved]] = {}
    for entry in machine.lane.entries():
        if isinstance(entry, AttentionDecided | AgeApproved):
            decided.setdefault(entry.sequence_number, []).append(entry)
        if not isinstance(entry, Sale):
            continue
        mine = decided.get(entry.sequence_number, [])
        aged = any(line.sku == "wine" for line in entry.lines)
        assert not aged or any(isinstance(one, AgeApproved) and one.minimum_age >= 18 for one in mine)
        values = [int(one.value) for one in mine if isinstance(one, AttentionDecided) and yes(one, "value")]
        assert entry.total_minor <= 1_000 or any(value >= entry.total_minor for value in values)
        seconds = {one.operator for one in mine if isinstance(one, AttentionDecided) and yes(one, "second_person")}
        assert not values or seconds
        phones = [line for line in entry.lines if line.sku == "phone"]
        assert all(line.serial_number for line in phones)
        assert len({line.serial_number for line in phones}) == len(phones)


def yes(entry: AttentionDecided, matter: str) -> bool:
    return (entry.matter, entry.decision) == (matter, "approved")


def _check_staff(machine: Machine) -> None:
    """Who signs on signs off before anybody else does; nothing is charged in training; Z reports part the ledger."""
    lane = machine.lane
    signed_on, training, numbers, covered = "", False, [], 0
    entries = [*lane.before, *lane.entries()]
    for position, entry in enumerate(entries, start=1):
        match entry:
            case SignedOn(operator=operator):
                assert signed_on == ""
                signed_on = operator
            case SignedOff(operator=operator):
                assert signed_on == operator
                signed_on = ""
            case TrainingStarted() | TrainingEnded():
                assert training is isinstance(entry, TrainingEnded)
                training = not training
            case PaymentAttempt():
                assert not training
            case Sale():
                assert entry.training is training
            case ReportTaken(report_kind="z"):
                assert (entry.from_position, entry.to_position) == (max(1, covered), position - 1)
                covered = position
                numbers.append(entry.number)
    assert signed_on == lane.state.attendant == lane.state.duty.sign_on.operator
    assert training is lane.state.training
    assert numbers == list(range(1, len(numbers) + 1))
