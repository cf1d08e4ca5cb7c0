"""Any order of commands and sales: money is conserved, numbers have no gap, training is in no total."""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from kiosk.accounts.report import Asked, ReportPolicy, report_of, z_report
from kiosk.accounts.report_books import Books, entered, grand_now
from kiosk.accounts.report_figures import Section
from kiosk.accounts.till import open_shifts
from kiosk.accounts.till_commands import (
    CountShift,
    EndTraining,
    MoveCash,
    OpenDrawer,
    OpenShift,
    ResumeShift,
    SettleShift,
    StartTraining,
    SuspendShift,
)
from kiosk.accounts.till_policy import Movement, Sharing, TillPolicy
from kiosk.domain.operator.outcome import Refused
from kiosk.domain.operator.rights import Staff
from kiosk.messages.contents import Sale
from kiosk.messages.tills import CashMoved, Counted, ReportTaken, ShiftOpened, ShiftSettled
from tests.accounts.till_desk import ANN, DAY, EVE, MAX, Desk, cash_sale, roles

AMOUNTS = st.integers(min_value=-3_000, max_value=9_000).filter(bool)
PEOPLE = st.sampled_from([ANN, EVE, MAX])
TILLS = st.sampled_from(["1", "2"])
INTO = {"loan", "paid_in"}


class Tills(RuleBasedStateMachine):
    """Random people do random things; what they may not do is refused and changes nothing."""

    @initialize()
    def begin(self) -> None:
        self.desk = Desk(TillPolicy(sharing=Sharing.MULTI, floating=True, counts=100))
        self.day = 1
        self.zs: list[ReportTaken] = []

    def names(self) -> list[str]:
        return sorted(self.desk.state.shifts)

    @rule(till=TILLS, float_minor=st.integers(-10, 20_000), who=PEOPLE)
    def open_shift(self, till: str, float_minor: int, who: Staff) -> None:
        self.desk.ask(OpenShift(till, DAY, float_minor), who)

    @precondition(lambda self: self.names())
    @rule(data=st.data(), movement=st.sampled_from(Movement), amount=AMOUNTS, who=PEOPLE, helper=PEOPLE)
    def move(self, data: st.DataObject, movement: Movement, amount: int, who: Staff, helper: Staff) -> None:
        shift = data.draw(st.sampled_from(self.names()))
        self.desk.ask(MoveCash(shift, movement, amount, "other"), who, helper)

    @rule(data=st.data(), amount=AMOUNTS, training=st.booleans())
    def sell(self, data: st.DataObject, amount: int, training: bool) -> None:
        shift = data.draw(st.sampled_from(["", *self.names()]))
        self.desk.append(cash_sale(len(self.desk.entries) + 1, amount, shift=shift, training=training))

    @rule(till=TILLS, who=PEOPLE)
    def no_sale(self, till: str, who: Staff) -> None:
        self.desk.ask(OpenDrawer(till, "change"), who)

    @precondition(lambda self: self.names())
    @rule(data=st.data(), off=st.integers(-500, 500), who=PEOPLE)
    def count(self, data: st.DataObject, off: int, who: Staff) -> None:
        shift = data.draw(st.sampled_from(self.names()))
        minor = max(0, self.desk.shift(shift).expected["cash"] + off)
        self.desk.ask(CountShift(shift, (Counted(tender="cash", amount_minor=minor),)), who)

    @precondition(lambda self: self.names())
    @rule(data=st.data(), who=PEOPLE, helper=PEOPLE)
    def settle(self, data: st.DataObject, who: Staff, helper: Staff) -> None:
        self.desk.ask(SettleShift(data.draw(st.sampled_from(self.names()))), who, helper)

    @precondition(lambda self: self.names())
    @rule(data=st.data(), till=TILLS, who=PEOPLE)
    def park_and_resume(self, data: st.DataObject, till: str, who: Staff) -> None:
        shift = data.draw(st.sampled_from(self.names()))
        self.desk.ask(SuspendShift(shift), who)
        self.desk.ask(ResumeShift(shift, till), who)

    @rule(who=PEOPLE)
    def practise(self, who: Staff) -> None:
        self.desk.ask(EndTraining() if self.desk.state.training else StartTraining(), who)

    @rule(who=PEOPLE, wait=st.booleans())
    def end_the_day(self, who: Staff, wait: bool) -> None:
        asked = Asked(who, f"2026-03-{self.day:02d}", open_shifts(self.desk.state))
        taken = z_report(self.desk.books, asked, ReportPolicy(open_shifts=wait), roles())
        if not isinstance(taken, Refused):
            self.day += 1
            self.zs.append(taken)
            self.desk.append(taken)

    @invariant()
    def every_shift_holds_what_came_less_what_went(self) -> None:
        """Reckoned from the bare entries, by another way than the fold takes."""
        for name, shift in self.desk.state.shifts.items():
            held = 0
            over = False
            for content, _, _ in self.desk.entries:
                over = over or (isinstance(content, ShiftSettled) and content.shift == name)
                match content:
                    case ShiftOpened(shift=of, float_minor=minor) if of == name:
                        held += minor
                    case CashMoved(shift=of, movement=word, amount_minor=minor) if of == name:
                        held += minor if word in INTO else -minor
                    case Sale(shift=of, training=practice) if of == name and practice == shift.training and not over:
                        held += sum(tender.amount_minor for tender in content.tenders)
            assert shift.expected["cash"] == held

    @invariant()
    def no_movement_number_is_left_out_or_used_twice(self) -> None:
        numbers: dict[str, list[int]] = {}
        for content, _, _ in self.desk.entries:
            if isinstance(content, CashMoved):
                numbers.setdefault(content.shift, []).append(content.number)
        assert all(used == list(range(1, len(used) + 1)) for used in numbers.values())

    @invariant()
    def z_reports_are_numbered_and_cover_every_entry_once(self) -> None:
        assert [taken.number for taken in self.zs] == list(range(1, len(self.zs) + 1))
        covered = [
            position
            for taken in self.zs
            for span in report_of(taken).spans
            for position in range(span.first, span.last + 1)
        ]
        assert covered == list(range(1, len(covered) + 1))
        assert self.desk.books.z_number == len(self.zs)

    @invariant()
    def training_is_in_no_total(self) -> None:
        real = sum(
            content.total_minor
            for content, _, _ in self.desk.entries
            if isinstance(content, Sale) and not content.training
        )
        assert grand_now(self.desk.books).net_minor == real
        if self.zs:
            assert (
                sum(report_of(taken).total(Section.SALES).amount_minor for taken in self.zs)
                + sum(one.amount_minor for one in self.desk.books.figures.get(Section.SALES, {}).values())
                == real
            )

    @invariant()
    def reading_the_ledger_again_gives_the_same_books(self) -> None:
        assert entered(Books(), self.desk.entries) == self.desk.books


TestTills = Tills.TestCase
TestTills.settings = settings(max_examples=40, stateful_step_count=30)
