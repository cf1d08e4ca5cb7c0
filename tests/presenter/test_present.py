"""Every state has a screen that says what it must, in every language there is."""

from __future__ import annotations

from msgspec.structs import replace

from drivers.device import Category, Condition, DeviceChanged, Lifecycle, Severity
from drivers.payment.interface import Declined as TerminalDeclined
from drivers.payment.interface import DeclineReason, Unknown
from drivers.printer.interface import PrintState
from drivers.scale.interface import WeighProblem
from drivers.scanner.interface import Scan
from kiosk.checkout import events
from kiosk.checkout.duty import Duty, Page
from kiosk.checkout.flow.step import notice
from kiosk.checkout.state import Declined, LaneState, Receipt, Thanks, UnknownCode, Weighing
from kiosk.domain.attention.policy import AttentionRules
from kiosk.domain.attention.records import Kind, Matter
from kiosk.domain.catalog import Rules
from kiosk.domain.operator.rights import Right
from kiosk.domain.promotion.offers import AmountOff, Goods, PercentOff, Promotion
from kiosk.domain.tax.rules import TaxRule
from kiosk.presenter.language import Language, available
from kiosk.presenter.model import LEAST_MM, PRIMARY_MM, Role, Screen, Tone
from kiosk.presenter.outside import lines
from kiosk.presenter.present import present
from kiosk.presenter.screens.common import NOTICES
from kiosk.presenter.screens.matters import POINTS
from kiosk.presenter.screens.selling import UNKNOWN_TEXTS
from kiosk.presenter.view import View
from tests.checkout.lane import (
    BADGE,
    COLA_CODE,
    GOODS,
    MILK_CODE,
    PHONE_CODE,
    TABLETS_CODE,
    WINE_CODE,
    FlowLane,
    SmallCatalog,
    open_lane,
)
from tests.checkout.test_flow_tender import approval

ALL_RIGHTS = Duty(rights=tuple(Right))


class Recorder(Language):
    """A language that remembers what it was asked to say."""

    said: set[str]

    def __init__(self, code: str) -> None:
        super().__init__(code, "IE", "EUR")
        self.said = set()

    def say(self, phrase: str, **values: object) -> str:
        self.said.add(phrase)
        return super().say(phrase, **values)


def shown(state: LaneState, words: Language | None = None) -> Screen:
    return present(state, view_in(words or Language("en", "IE", "EUR")))


def view_in(words: Language) -> View:
    """A small shop, in that language."""
    return View(
        words,
        (Language("de", "IE", "EUR"),),
        "Harbour Market",
        lambda _: GOODS,
        lambda: ("Fruit",),
        SmallCatalog().by_sku,
    )


def every_state() -> list[LaneState]:
    """One of each: stages, overlays, problems, notices."""
    fresh = FlowLane()
    fresh.feed(events.Resumed())
    lane = open_lane()
    found = [fresh.state, lane.state]
    closed = FlowLane(state=fresh.state)
    closed.feed(Scan("scanner", BADGE))
    no_terminal = FlowLane(state=lane.state)
    no_terminal.feed(DeviceChanged("payment_terminal", Category.PAYMENT_TERMINAL, Lifecycle.LOST))
    waiting = FlowLane(state=lane.state)
    waiting.feed(events.LinkChanged(3, "2026-11-21T10:00:00.000Z", online=False, catalog_version=7))
    open_menu = FlowLane(state=waiting.state)
    open_menu.feed(Scan("scanner", BADGE))
    empty = FlowLane(state=lane.state)
    empty.feed(events.StartPressed())
    one = FlowLane(state=lane.state)
    one.feed(Scan("scanner", MILK_CODE))
    goods_missing = FlowLane(state=lane.state)
    goods_missing.feed(events.LinkChanged(0, "", online=True, catalog_version=0))
    found += [
        goods_missing.state,
        closed.state,
        no_terminal.state,
        waiting.state,
        open_menu.state,
        empty.state,
        one.state,
    ]
    no_scanner = FlowLane(state=empty.state)
    no_scanner.feed(DeviceChanged("scanner", Category.SCANNER, Lifecycle.LOST))
    found.append(no_scanner.state)
    lane.feed(Scan("scanner", MILK_CODE), Scan("scanner", MILK_CODE), Scan("scanner", COLA_CODE))
    lane.feed(Scan("scanner", WINE_CODE), events.LineSelected(1))
    basket = lane.state
    found += [
        basket,
        replace(basket, help_called=True, help_shown=True),
        replace(basket, attendant="aoife", duty=ALL_RIGHTS),
    ]
    transaction = basket.transaction
    assert transaction is not None
    labelled = replace(transaction.lines[0], label_price_minor=99)
    found.append(replace(basket, transaction=replace(transaction, lines=(labelled, *transaction.lines[1:]))))
    found.append(reduced_and_taxed())
    for event in (events.LookupPressed(), events.PayPressed(), events.CancelPressed()):
        other = FlowLane(state=basket)
        other.feed(event)
        found.append(other.state)
    found += [replace(basket, stage=UnknownCode(reason)) for reason in UNKNOWN_TEXTS]
    found += [replace(basket, stage=Weighing("banana", "1", problem=str(problem))) for problem in ("", *WeighProblem)]
    found += [notice(basket, lane.around(), code, "Milk") for code in NOTICES]
    idle = replace(basket, now=replace(basket.now, idle_since_ms=1, idle_left_s=18))
    broken = FlowLane(state=basket)
    fault = Condition("device_lost", Severity.FAULT, "The scanner is gone.", "Plug it in.")
    broken.feed(DeviceChanged("scanner", Category.SCANNER, Lifecycle.LOST, (fault,)))
    found += [idle, broken.state]
    return found + paying_states() + staff_states() + attention_states()


def reduced_and_taxed() -> LaneState:
    """Discounts for a line and for the whole basket, and a tax on top."""
    rules = Rules(
        promotions=(
            Promotion(
                id="a", name="Milk 10 %", rewards=(PercentOff(percent_ppm=100_000, goods=Goods(skus=("milk",))),)
            ),
            Promotion(id="b", name="Welcome", level="order", rewards=(AmountOff(amount_minor=50),)),
        ),
        tax_rules=(TaxRule(code="NY", rate_ppm=40_000, included=False),),
    )
    lane = open_lane(SmallCatalog(rules=rules))
    lane.feed(Scan("scanner", MILK_CODE), Scan("scanner", COLA_CODE))
    return lane.state


def paying_states() -> list[LaneState]:
    lane = open_lane()
    lane.feed(Scan("scanner", MILK_CODE), events.PayPressed())
    asking = lane.state
    found = [asking]
    steps = ("insert_card", "enter_pin", "remove_card", "processing", "wait")
    found += [replace(asking, stage=replace(asking.stage, step=step)) for step in steps]
    cancelling = FlowLane(state=asking)
    cancelling.feed(events.CancelPressed())
    doubt = FlowLane(state=asking)
    doubt.feed(Unknown("terminal", "0101-07-000041-1", "x"))
    found += [cancelling.state, doubt.state, replace(doubt.state, attendant="aoife", duty=ALL_RIGHTS)]
    found += [replace(asking, stage=Declined(str(reason))) for reason in DeclineReason]
    lane.feed(approval())
    found += [replace(lane.state, stage=Receipt(41, 149, "job", str(printing))) for printing in PrintState]
    found += [
        replace(lane.state, stage=Thanks()),
        replace(lane.state, attendant="aoife", duty=ALL_RIGHTS, help_called=True),
    ]
    return found


def staff_states() -> list[LaneState]:
    """The pages of the attendant's sheet, and training."""
    lane = open_lane()
    signed_on = replace(lane.state, attendant="aoife", duty=ALL_RIGHTS)
    found = [replace(signed_on, duty=replace(ALL_RIGHTS, page=page)) for page in Page]
    found.append(replace(signed_on, duty=replace(ALL_RIGHTS, asked="cancel_transaction")))
    training = replace(lane.state, duty=Duty(trainee="aoife"))
    return [*found, training, replace(signed_on, duty=replace(ALL_RIGHTS, trainee="aoife"))]


def attention_states() -> list[LaneState]:
    """Every kind of matter this lane can find, for the shopper and on the sheet; numbers being scanned; a long list."""
    lane = open_lane()
    lane.feed(Scan("scanner", PHONE_CODE), Scan("scanner", WINE_CODE), events.PayPressed())
    both = lane.state
    found = [both, _seen_by(both, ())]
    for kind in POINTS:
        at_line, whole = Matter(kind, 1, (1,), "2", "", ""), Matter(kind, 0, (), "2", "", "")
        found += [_seen_by(both, (matter,)) for matter in (at_line, whole, _final(whole, 0), _final(at_line, 1))]
    reading = [Matter(kind, 1, (1,), "2", "", "") for kind in (Kind.SERIAL_NUMBER, Kind.LOT)]
    found += [_seen_by(both, (one,), asked=f"read_{one.kind}_1") for one in reading]
    found.append(_seen_by(both, tuple(Matter(Kind.EXPIRED, line, (1,), "", "", "", final=True) for line in range(5))))
    lane.feed(events.NumberPressed(1))
    found.append(lane.state)
    alone = open_lane()
    alone.feed(Scan("scanner", PHONE_CODE), events.PayPressed())
    return [*found, alone.state]


def _final(matter: Matter, line: int) -> Matter:
    return Matter(matter.kind, line, (1,), "18", "", "", final=True)


def _seen_by(state: LaneState, matters: tuple[Matter, ...], asked: str = "") -> LaneState:
    now = replace(state.now, matters=matters)
    return replace(state, attendant="aoife", duty=replace(ALL_RIGHTS, asked=asked), now=now)


def test_every_phrase_has_a_text_in_every_language() -> None:
    for code in available():
        if code == "en":
            continue
        words = Recorder(code)
        for state in every_state():
            shown(state, words)
            lines(state, view_in(words), 20)
        assert words.said - words.translated() == {""} & words.said, code
        assert words.translated() - words.said == set(), "texts that nothing says any more"


def test_every_screen_can_be_left_or_waited_out_and_help_is_on_it() -> None:
    without_help = {"closed", "thanks"}
    for state in every_state():
        screen = shown(state)
        ids = [item.id for item in screen.items]
        assert len(ids) == len(set(ids)), screen.name
        assert "help" in ids or screen.name in without_help, screen.name
        assert any(item.role is Role.TITLE for item in screen.top.items), screen.name


def test_there_is_at_most_one_primary_action_and_it_is_large() -> None:
    for state in every_state():
        for screen in (shown(state), shown(state).top):
            primary = [item for item in screen.items if item.tone is Tone.PRIMARY and item.role is Role.BUTTON]
            assert len(primary) <= 1, screen.name
            assert all(item.least_mm == PRIMARY_MM for item in primary)
            pressable = [item for item in screen.items if item.action is not None]
            assert all(item.least_mm >= LEAST_MM for item in pressable), screen.name


def test_a_shopper_never_wonders_whether_they_paid() -> None:
    lane = open_lane()
    lane.feed(Scan("scanner", MILK_CODE), events.PayPressed())
    doubt = FlowLane(state=lane.state)
    doubt.feed(Unknown("terminal", "0101-07-000041-1", "x"))
    assert shown(doubt.state).item("title").text == "Please do not pay again"
    declined = FlowLane(state=lane.state)
    declined.feed(TerminalDeclined("terminal", "0101-07-000041-1", DeclineReason.DECLINED))
    assert "not charged" in shown(declined.state).item("text").text
    lane.feed(approval())
    for printing in PrintState:
        assert isinstance(lane.state.stage, Receipt)
        state = replace(lane.state, stage=replace(lane.state.stage, printing=str(printing)))
        assert shown(state).item("title").text == "You have paid"


def test_the_shopper_reads_neutral_words_and_the_attendant_what_to_do() -> None:
    lane = open_lane()
    lane.rules = AttentionRules(amount_max_minor=1_000)
    lane.feed(Scan("scanner", WINE_CODE), *3 * [Scan("scanner", TABLETS_CODE)], events.PayPressed())
    screen = shown(lane.state)
    assert screen.name == "attention"
    assert not any(word in str(screen.items) for word in ("18", "Headache", "1199", "€"))
    lane.feed(Scan("scanner", BADGE))
    sheet = shown(lane.state).top
    assert [item.text for item in sheet.items if item.id.startswith("matter_")] == [
        "Point 1 of 3: For people of 18 and over. Check that the shopper is old enough. No date of birth is kept.",
        "Then: The basket comes to €19.49. Look at the basket, and at how it is paid.",
        "Then: Headache tablets: 3 pieces. Is that a usual amount? Else take them out.",
    ]
    pressable = [item.text for item in sheet.items if item.action is not None]
    assert pressable[:3] == ["Approve age 18+", "Take out", "Next point"]


def test_where_age_is_all_there_is_the_shopper_is_told_so() -> None:
    lane = open_lane()
    lane.feed(Scan("scanner", WINE_CODE), events.PayPressed())
    assert "18 and over" in shown(lane.state).item("text").text


def test_a_badge_is_never_on_a_screen() -> None:
    lane = open_lane()
    lane.feed(Scan("scanner", BADGE))
    assert BADGE not in str(shown(lane.state))


def test_every_screen_says_so_in_training_in_every_language() -> None:
    for state in every_state():
        for code in available():
            words = Language(code, "IE", "EUR")
            screen = shown(replace(state, duty=replace(state.duty, trainee="aoife")), words)
            (status,) = (item for item in screen.items if item.role is Role.STATUS)
            assert status.text.startswith(words.say("TRAINING: nothing is sold")), screen.name
            assert status.tone is Tone.CAUTION
            real = shown(replace(state, duty=replace(state.duty, trainee="")), words)
            assert not any("TRAINING" in item.text for item in real.items), screen.name
