"""A shopper pays with a phone: approved, declined, run out, answer lost, too late; never charged unseen."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kiosk.domain.tender.kinds import TenderKind
from kiosk.domain.tender.offers import WalletOffer
from kiosk.domain.tender.outcome import Approved, Declined, InDoubt, Reverse
from kiosk.domain.tender.records import WalletTender
from kiosk.domain.tender.settlement import answer
from kiosk.domain.tender.simulated_wallet import SimulatedProvider, SimulatedWallet
from kiosk.domain.tender.wallet import (
    Conversation,
    Phase,
    RefundDone,
    ShowCode,
    ToDo,
    Turn,
    Waiting,
    WalletAdapter,
    WalletApproved,
    WalletDeclined,
    WalletRequest,
    WalletUnknown,
    cancelled,
    heard,
    ticked,
)
from tests.domain.tender.paying import accepted, due

REQUEST = WalletRequest(attempt="W-1", provider="sim", amount_minor=1299, currency="EUR", return_by_s=60)
START = Conversation(request=REQUEST, since_ms=1_000)


def turn(conversation: Conversation, adapter: WalletAdapter, todo: ToDo) -> Turn:
    """Does what is to do, and hears the answer."""
    attempt = conversation.request.attempt
    match todo:
        case ToDo.BEGIN:
            said = heard(conversation, adapter.begin(conversation.request))
        case ToDo.ENQUIRE:
            said = heard(conversation, adapter.enquire(attempt))
        case ToDo.CANCEL:
            said = heard(conversation, adapter.cancel(attempt))
        case ToDo.NOTHING:
            return Turn(conversation)
    assert isinstance(said, Turn)
    return said


def test_the_shopper_scans_the_code_and_agrees() -> None:
    provider = SimulatedProvider()
    adapter = SimulatedWallet(provider)
    taken = accepted(due(1299), WalletOffer(provider="sim"))
    assert taken.ask
    request = WalletRequest(attempt=taken.ask.attempt, provider="sim", amount_minor=1299, currency="EUR")
    shown = turn(Conversation(request=request, since_ms=0), adapter, ToDo.BEGIN)
    assert shown.conversation.code == ShowCode(
        attempt=taken.ask.attempt, text=f"https://wallet.invalid/pay/{taken.ask.attempt}"
    )
    waiting = turn(shown.conversation, adapter, shown.todo)
    assert (waiting.conversation.phase, waiting.answer, waiting.todo) == (Phase.SHOWING, None, ToDo.ENQUIRE)
    provider.approve(taken.ask.attempt)
    done = turn(waiting.conversation, adapter, waiting.todo)
    assert done.conversation.over
    assert done.answer
    paid = answer(taken.settlement, done.answer).settlement
    assert paid.finished
    assert paid.tenders[0].tender == WalletTender(
        amount_minor=1299, provider="sim", reference=f"SIM-{taken.ask.attempt}", attempt=taken.ask.attempt
    )
    assert provider.charged_minor() == 1299


def test_a_lost_answer_is_a_doubt_and_asked_about_not_asked_for_again() -> None:
    provider = SimulatedProvider(lose_next=True)
    adapter = SimulatedWallet(provider)
    doubt = turn(START, adapter, ToDo.BEGIN)
    assert (doubt.conversation.phase, doubt.answer) == (Phase.IN_DOUBT, InDoubt(attempt="W-1"))
    again = turn(doubt.conversation, adapter, doubt.todo)
    assert again.conversation.phase is Phase.SHOWING
    provider.approve("W-1")
    assert isinstance(turn(again.conversation, adapter, ToDo.ENQUIRE).answer, Approved)
    assert len(provider.requests) == 1


def test_a_request_that_never_arrived_was_not_charged() -> None:
    provider = SimulatedProvider(unreachable=True)
    adapter = SimulatedWallet(provider)
    doubt = turn(START, adapter, ToDo.BEGIN)
    provider.unreachable = False
    assert turn(doubt.conversation, adapter, ToDo.ENQUIRE).answer == Declined(attempt="W-1", reason="not_charged")


def test_a_code_that_ran_out_is_closed_at_the_provider() -> None:
    provider = SimulatedProvider()
    adapter = SimulatedWallet(provider)
    shown = turn(START, adapter, ToDo.BEGIN).conversation
    assert ticked(shown, 60_999).todo is ToDo.NOTHING
    closing = ticked(shown, 61_000)
    assert (closing.todo, closing.conversation.phase) == (ToDo.CANCEL, Phase.CLOSING)
    assert ticked(closing.conversation, 99_000).todo is ToDo.NOTHING
    assert turn(closing.conversation, adapter, closing.todo).answer == Declined(attempt="W-1", reason="cancelled")


def test_a_shopper_who_was_quicker_than_the_cancel_has_paid() -> None:
    provider = SimulatedProvider()
    adapter = SimulatedWallet(provider)
    closing = cancelled(turn(START, adapter, ToDo.BEGIN).conversation)
    provider.approve("W-1")
    done = turn(closing.conversation, adapter, closing.todo)
    assert isinstance(done.answer, Approved)
    assert cancelled(done.conversation).todo is ToDo.NOTHING


def test_an_approval_after_a_decline_is_given_back_and_a_second_one_is_the_same() -> None:
    said = WalletApproved(attempt="W-1", reference="r", amount_minor=1299)
    declined = heard(START, WalletDeclined(attempt="W-1", reason="declined"))
    assert isinstance(declined, Turn)
    assert heard(declined.conversation, said) == Reverse(attempt="W-1", kind=TenderKind.WALLET, amount_minor=1299)
    approved = heard(START, said)
    assert isinstance(approved, Turn)
    assert heard(approved.conversation, said) == Turn(approved.conversation)
    assert heard(START, Waiting(attempt="W-2")) == Turn(START)


def test_a_refund_happens_once_and_never_above_the_charge() -> None:
    provider = SimulatedProvider()
    adapter = SimulatedWallet(provider)
    adapter.begin(REQUEST)
    provider.approve("W-1")
    provider.lose_next = True
    assert isinstance(adapter.refund("R-1", "SIM-W-1", 1000), WalletUnknown)
    done = RefundDone(attempt="R-1", reference="SIM-W-1", amount_minor=1000)
    assert adapter.refund("R-1", "SIM-W-1", 1000) == done
    assert provider.charged_minor() == 299
    assert isinstance(adapter.refund("R-2", "SIM-W-1", 300), WalletDeclined)
    assert isinstance(adapter.refund("R-3", "SIM-W-1", 299), RefundDone)
    provider.unreachable = True
    assert isinstance(adapter.refund("R-1", "SIM-W-1", 1000), WalletUnknown)


HAPPENINGS = st.lists(
    st.sampled_from(("go", "go", "approve", "part", "decline", "lose", "cut", "mend", "cancel", "tick")), max_size=20
)


@given(HAPPENINGS)
def test_whatever_happens_what_is_told_is_what_was_charged(happenings: list[str]) -> None:
    provider = SimulatedProvider()
    adapter = SimulatedWallet(provider)
    conversation, todo, told = START, ToDo.BEGIN, 0
    for happening in [*happenings, "mend", "cancel", *["go"] * 4]:
        match happening:
            case "approve":
                provider.approve("W-1")
            case "part":
                provider.approve("W-1", 700)
            case "decline" if "W-1" in provider.requests:
                provider.decline("W-1")
            case "lose":
                provider.lose_next = True
            case "cut" | "mend":
                provider.unreachable = happening == "cut"
                provider.lose_next = False
            case "cancel" | "tick":
                step = cancelled(conversation) if happening == "cancel" else ticked(conversation, 70_000)
                conversation, todo = step.conversation, step.todo if step.todo is not ToDo.NOTHING else todo
            case "go" if not conversation.over:
                step = turn(conversation, adapter, todo)
                conversation, todo = step.conversation, step.todo
                if isinstance(step.answer, Approved):
                    told += step.answer.amount_minor
    assert conversation.over
    assert told == provider.charged_minor()
