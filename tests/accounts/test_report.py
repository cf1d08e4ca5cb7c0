"""X and Z reports: what they add up, when a Z is refused, and that it never changes afterwards."""

from __future__ import annotations

import itertools

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from kiosk.accounts.report import (
    Asked,
    Report,
    ReportPolicy,
    agrees,
    books_after,
    report_now,
    report_of,
    x_report,
    z_report,
)
from kiosk.accounts.report_books import Books, GrandTotal, Placed, Sum, added, entered, grand_now
from kiosk.accounts.report_figures import Section
from kiosk.accounts.report_numbers import highest_numbers, with_margin
from kiosk.domain.operator.outcome import Refused
from kiosk.domain.operator.rights import Staff
from kiosk.messages.contents import (
    AgeApproved,
    AttentionDecided,
    Content,
    ExceptionRaised,
    FiscalReceipt,
    LineVoided,
    PaymentAttempt,
    PaymentResult,
    Sale,
    TransactionCancelled,
)
from kiosk.messages.tenders import CardTender, CashTender, PointsTender, StoredValueTender, WalletTender
from kiosk.messages.tills import (
    CashMoved,
    DrawerOpened,
    NumbersRestored,
    PriceOverridden,
    ReportTaken,
    Settlement,
    ShiftOpened,
    ShiftSettled,
    SignedOn,
    SignOnRefused,
    StoredValueChanged,
    TrainingEnded,
    TrainingStarted,
)
from tests.accounts.till_desk import ANN, DAY, EPOCH, EVE, cash_sale, line, roles, sale


def placed(*contents: Content, start: int = 1, epoch: str = EPOCH) -> list[Placed]:
    return [Placed(content, epoch, start + number) for number, content in enumerate(contents)]


def books_of(*contents: Content) -> Books:
    return entered(Books(), placed(*contents))


def x(books: Books) -> Report:
    return report_of(report_now(books, Asked(EVE, DAY), "x"))


def z(books: Books, day: str = DAY, policy: ReportPolicy | None = None, **asked: tuple[str, ...]) -> ReportTaken:
    taken = z_report(books, Asked(EVE, day, **asked), policy or ReportPolicy(), roles())
    assert isinstance(taken, ReportTaken), taken
    return taken


def refused(books: Books, day: str = DAY, who: Staff = EVE, shifts: tuple[str, ...] = ()) -> Refused:
    taken = z_report(books, Asked(who, day, shifts), ReportPolicy(), roles())
    assert isinstance(taken, Refused), taken
    assert taken.sentence.endswith(".")
    assert taken.remedy.endswith(".")
    return taken


def card(amount_minor: int, attempt: str = "a1") -> CardTender:
    return CardTender(amount_minor=amount_minor, attempt=attempt, terminal_id="T", receipt_number=1, trace_number=1)


def test_sales_returns_and_discounts_add_up_to_net_sales_and_to_the_tenders() -> None:
    lines = (line(900, 1, off=100, promotion="spring"), line(500, 2), line(-300, 3))
    report = x(books_of(sale(7, lines, (card(1_100),)), cash_sale(8, 250)))
    assert report.sum(Section.SALES, "gross") == Sum(count=3, amount_minor=1_750)
    assert report.sum(Section.SALES, "discounts") == Sum(count=1, amount_minor=-100)
    assert report.sum(Section.SALES, "returns") == Sum(count=1, amount_minor=-300)
    assert report.total(Section.SALES).amount_minor == report.total(Section.TENDERS).amount_minor == 1_350
    assert report.sum(Section.DISCOUNTS, "spring") == Sum(count=1, amount_minor=100)
    assert report.sum(Section.RETURNS, "faulty") == Sum(count=1, amount_minor=-300)
    assert report.sum(Section.TRANSACTIONS, "exchange") == Sum(count=1, amount_minor=1_100)
    assert (report.first_number, report.last_number) == (7, 8)
    assert report.total(Section.DEPARTMENTS) == Sum(count=2, amount_minor=1_350)


def test_taxes_are_listed_by_code_and_rate() -> None:
    report = x(books_of(cash_sale(1, 600), cash_sale(2, -60)))
    assert report.sum(Section.TAX_GROSS, "A@200000").amount_minor == 540
    assert report.sum(Section.TAX, "A@200000").amount_minor == 90
    assert report.sum(Section.TAX_NET, "A@200000").amount_minor == 450


def test_tenders_are_listed_by_kind_with_their_offline_part() -> None:
    tenders = (
        StoredValueTender(amount_minor=300, instrument="gift_card", account="h", offline=True),
        PointsTender(amount_minor=100, member="m", points=100),
        WalletTender(amount_minor=50, provider="wero", reference="r", attempt="w"),
        CashTender(amount_minor=500, given_minor=1_000, change_minor=500),
        CashTender(amount_minor=50, given_minor=50, foreign_currency="USD", foreign_minor=54, rate_ppm=925_926),
    )
    report = x(books_of(sale(1, (line(1_000),), tenders), sale(2, (line(-20),), (card(-20),))))
    assert {key: one.amount_minor for key, one in report.figures[Section.TENDERS].items()} == {
        "stored_value:gift_card": 300,
        "points": 100,
        "wallet:wero": 50,
        "cash": 500,
        "cash:USD": 50,
    }
    assert report.figures[Section.OFFLINE] == {"stored_value:gift_card": Sum(count=1, amount_minor=300)}
    assert report.sum(Section.REFUNDS, "card") == Sum(count=1, amount_minor=-20)
    assert report.sum(Section.FOREIGN, "cash:USD").amount_minor == 54
    assert report.sum(Section.CHANGE, "cash").amount_minor == 500


def test_rounding_of_cash_is_what_tenders_and_sales_differ_by() -> None:
    report = x(books_of(sale(1, (line(998),), (CashTender(amount_minor=1_000, given_minor=1_000),))))
    sales, tenders = report.total(Section.SALES).amount_minor, report.total(Section.TENDERS).amount_minor
    assert sales + report.sum(Section.ROUNDING, "cash").amount_minor == tenders


def test_everything_that_is_no_sale_is_counted_too() -> None:
    override = PriceOverridden(
        sequence_number=1,
        line=1,
        sku="milk",
        from_minor=100,
        to_minor=80,
        reason="damaged",
        operator="ann",
        approved_by="eve",
    )
    report = x(
        books_of(
            ShiftOpened(shift="s", till="1", operator="ann", business_day=DAY, currency="EUR", float_minor=5_000),
            CashMoved(shift="s", till="1", movement="pickup", amount_minor=900, reason="", operator="ann", number=1),
            DrawerOpened(till="1", cause="no_sale", operator="ann", reason="change"),
            LineVoided(sequence_number=1, line=line(120), operator="ann"),
            LineVoided(sequence_number=1, line=line(80)),
            TransactionCancelled(sequence_number=1, reason="shopper", lines=(line(400),)),
            AgeApproved(sequence_number=1, minimum_age=18, operator="ann"),
            AttentionDecided(sequence_number=1, matter="age", decision="refused", operator="ann"),
            AttentionDecided(sequence_number=1, matter="quantity", decision="approved", operator="ann"),
            override,
            ExceptionRaised(code="drawer_forced", owner="attendant", detail=""),
            StoredValueChanged(request="r", instrument="gift_card", account="h", change="issued", change_minor=2_500),
            SignedOn(operator="ann", roles=(), method="badge"),
            SignOnRefused(operator="", method="pin", reason="pin"),
            FiscalReceipt(system="rksv", kind="sale", number="1", at="", record="", code="", failed=True),
            ShiftSettled(
                shift="s",
                till="1",
                operator="ann",
                settlements=(
                    Settlement(tender="cash", expected_minor=4_100, counted_minor=4_090, difference_minor=-10),
                ),
            ),
        )
    )
    expected = {
        (Section.FLOATS, "opened"): (1, 5_000),
        (Section.CASH, "pickup"): (1, 900),
        (Section.NO_SALES, "change"): (1, 0),
        (Section.VOIDS, "attendant"): (1, 120),
        (Section.VOIDS, "shopper"): (1, 80),
        (Section.CANCELLED, "shopper"): (1, 400),
        (Section.AGE, "approved:18"): (1, 0),
        (Section.AGE, "refused"): (1, 0),
        (Section.ATTENTION, "quantity:approved"): (1, 0),
        (Section.OVERRIDES, "damaged"): (1, 0),
        (Section.EXCEPTIONS, "drawer_forced"): (1, 0),
        (Section.STORED_VALUE, "gift_card:issued"): (1, 2_500),
        (Section.SIGN_ON, "badge"): (1, 0),
        (Section.SIGN_ON, "refused:pin"): (1, 0),
        (Section.FISCAL, "failed"): (1, 0),
        (Section.DIFFERENCES, "cash"): (1, -10),
    }
    found = {place: report.sum(*place) for place in expected}
    assert found == {place: Sum(count=count, amount_minor=minor) for place, (count, minor) in expected.items()}
    assert report.total(Section.SALES) == Sum()


def test_training_is_apart_and_in_no_total() -> None:
    books = books_of(
        TrainingStarted(operator="ann"),
        cash_sale(1, 500, training=True),
        LineVoided(sequence_number=2, line=line(120), operator="ann"),
        TransactionCancelled(sequence_number=2, reason="shopper", lines=(line(120),)),
        CashMoved(shift="p", till="1", movement="pickup", amount_minor=900, reason="", operator="ann", number=1),
        TrainingEnded(operator="ann"),
    )
    report = x(books)
    assert set(report.figures) == {Section.TRAINING, Section.NUMBERS}
    assert report.sum(Section.TRAINING, "sale") == Sum(count=1, amount_minor=500)
    assert report.grand_after == GrandTotal()
    assert (report.first_number, report.last_number) == (1, 2)
    assert entered(books, placed(cash_sale(3, 250), start=7)).figures[Section.TENDERS]["cash"].amount_minor == 250


def test_there_is_no_z_in_training() -> None:
    assert refused(books_of(cash_sale(1, 500), TrainingStarted(operator="ann"))).reason == "training"


def test_a_z_covers_its_entries_and_the_next_one_begins_with_it() -> None:
    first = placed(cash_sale(1, 500), cash_sale(2, 300))
    books = entered(Books(), first)
    taken = z(books)
    assert (taken.number, taken.from_position, taken.to_position) == (1, 1, 2)
    books = entered(books, placed(taken, cash_sale(3, 200), start=3))
    following = z(books, "2026-03-02")
    assert (following.number, following.from_position, following.to_position) == (2, 3, 4)
    assert report_of(following).total(Section.SALES).amount_minor == 200
    assert report_of(following).grand_before.net_minor == 800
    assert report_of(following).grand_after.net_minor == 1_000


def test_a_z_is_taken_once_a_day_and_days_do_not_go_back() -> None:
    books = books_of(cash_sale(1, 500))
    books = entered(books, placed(z(books), cash_sale(2, 100), start=2))
    assert refused(books).reason == "taken"
    assert refused(books, "2026-02-28").reason == "clock"
    assert z(books, policy=ReportPolicy(several_a_day=True)).number == 2
    assert z(books, "2026-03-02").number == 2


def test_a_z_over_a_new_epoch_names_both() -> None:
    books = entered(Books(), [*placed(cash_sale(1, 500)), *placed(cash_sale(2, 300), epoch="f" * 16)])
    spans = report_of(z(books)).spans
    assert [(span.epoch[0], span.first, span.last) for span in spans] == [("0", 1, 1), ("f", 1, 1)]


def attempt(name: str = "a1") -> PaymentAttempt:
    return PaymentAttempt(attempt=name, sequence_number=1, amount_minor=500, currency="EUR")


@pytest.mark.parametrize("results", [(), ("unknown",), ("approved", "unknown")])
def test_a_payment_in_doubt_is_listed_and_blocks_the_z_where_the_policy_says_so(results: tuple[str, ...]) -> None:
    books = books_of(attempt(), *(PaymentResult(attempt="a1", outcome=outcome) for outcome in results))
    assert [one.attempt for one in x(books).payments] == ["a1"]
    assert refused(books).reason == "unknown_payment"
    taken = z(books, policy=ReportPolicy(unknown_payments=False))
    after = entered(books, placed(taken, start=9))
    assert [one.attempt for one in x(after).payments] == ["a1"]


@pytest.mark.parametrize("outcome", ["declined", "cancelled", "timed_out", "unavailable", "not_charged", "reversed"])
def test_a_payment_that_ended_is_no_longer_listed(outcome: str) -> None:
    assert not x(books_of(attempt(), PaymentResult(attempt="a1", outcome=outcome))).payments


def test_an_approval_without_a_sale_is_listed_until_it_has_one() -> None:
    books = books_of(attempt(), PaymentResult(attempt="a1", outcome="approved"))
    assert [one.outcome for one in x(books).payments] == ["approved"]
    assert z(books)
    assert not x(entered(books, placed(sale(1, (line(500),), (card(500),)), start=3))).payments


def test_what_could_not_be_reversed_is_listed_in_one_report() -> None:
    books = books_of(attempt(), PaymentResult(attempt="a1", outcome="not_reversed"))
    taken = z(books)
    assert [one.outcome for one in report_of(taken).payments] == ["not_reversed"]
    assert not entered(books, placed(taken, start=3)).payments


def test_open_shifts_block_a_z_where_the_policy_says_so() -> None:
    books = books_of(cash_sale(1, 500))
    assert refused(books, shifts=("s1",)).reason == "open_shift"
    taken = z(books, policy=ReportPolicy(open_shifts=False), open_shifts=("s1",))
    assert report_of(taken).open_shifts == ("s1",)


def test_reports_are_a_right_and_an_open_shift_hides_the_sums() -> None:
    books = books_of(cash_sale(1, 500))
    assert refused(books, who=ANN).reason == "no_right"
    assert isinstance(x_report(books, Asked(ANN, DAY), roles()), Refused)
    assert isinstance(x_report(books, Asked(EVE, DAY, ("s1",)), roles()), ReportTaken)
    only_x = {
        "clerk": msgspec.convert({"name": "clerk", "grants": [{"right": "x_report"}]}, type=type(roles()["manager"]))
    }
    clerk = Staff("cat", ("clerk",))
    blind = x_report(books, Asked(clerk, DAY, ("s1",)), only_x)
    assert isinstance(blind, Refused)
    assert blind.reason == "blind"
    assert isinstance(x_report(books, Asked(clerk, DAY), only_x), ReportTaken)


def test_an_x_report_changes_nothing() -> None:
    books = books_of(cash_sale(1, 500))
    taken = report_now(books, Asked(EVE, DAY), "x")
    after = entered(books, placed(taken, start=2))
    assert after.figures == books.figures
    assert (after.z_number, z(after).number, z(after).to_position) == (0, 1, 2)


def test_a_z_that_was_changed_no_longer_agrees_with_the_ledger() -> None:
    books = books_of(cash_sale(1, 500))
    taken = z(books)
    assert agrees(books, taken)
    assert not agrees(books, replace(taken, report=taken.report.replace("500", "501")))
    assert not agrees(entered(books, placed(cash_sale(2, 1), start=2)), taken)
    assert not agrees(books, replace(taken, number=2))


def test_after_a_lost_disk_numbers_and_totals_go_on_where_headquarters_saw_them() -> None:
    books = books_of(cash_sale(1, 500))
    lost = [*placed(cash_sale(1, 500)), *placed(z(books), cash_sale(2, 300), start=2)]
    restored = with_margin(highest_numbers(lost), sales_lost=100)
    assert restored == NumbersRestored(sequence_number=102, z_number=2, shifts=10, sales_minor=800, returns_minor=0)
    fresh = entered(Books(), placed(restored, cash_sale(103, 50)))
    taken = z(fresh, "2026-03-02")
    assert taken.number == 3
    assert report_of(taken).grand_after.net_minor == 850


def test_a_margin_is_not_below_zero() -> None:
    with pytest.raises(ValueError, match="margin"):
        with_margin(highest_numbers([]), sales_lost=-1)


AMOUNT = st.integers(-2_000, 5_000).filter(bool)
CONTENT = st.one_of(
    st.builds(lambda amount, training: cash_sale(1, amount, training=training), AMOUNT, st.booleans()),
    st.builds(
        lambda amount, off, paid: sale(
            1, (line(amount, off=off, promotion="p"), line(-5, 2)), (card(paid, f"a{paid}"),)
        ),
        st.integers(1, 5_000),
        st.integers(1, 99),
        st.integers(0, 9),
    ),
    st.builds(lambda reason: TransactionCancelled(sequence_number=1, reason=reason, lines=()), st.sampled_from("ab")),
    st.builds(lambda amount: LineVoided(sequence_number=1, line=line(amount)), st.integers(1, 900)),
    st.sampled_from([TrainingStarted(operator="ann"), TrainingEnded(operator="ann")]),
    st.builds(lambda n: attempt(f"a{n}"), st.integers(0, 9)),
    st.builds(
        lambda n, outcome: PaymentResult(attempt=f"a{n}", outcome=outcome),
        st.integers(0, 9),
        st.sampled_from(["approved", "declined", "unknown", "not_reversed"]),
    ),
)
LEDGER = st.lists(st.tuples(CONTENT, st.booleans()), max_size=30).map(
    lambda pairs: [one for content, ends in pairs for one in ((content, "z") if ends else (content,))]
)


def written(ledger: list[Content | str]) -> tuple[list[Placed], list[ReportTaken]]:
    """A ledger in which each "z" is a Z report, numbers are never used twice and days go on."""
    entries: list[Placed] = []
    reports: list[ReportTaken] = []
    books = Books()
    for content in ledger:
        if isinstance(content, str):
            if books.training:
                continue
            content = z(books, f"2026-04-{len(reports) + 1:02d}", ReportPolicy(unknown_payments=False))  # noqa: PLW2901 - the word becomes the entry
            reports.append(content)
        if isinstance(content, Sale | TransactionCancelled):
            content = replace(content, sequence_number=len(entries) + 1)  # noqa: PLW2901 - same entry with its number
        entries += placed(content, start=len(entries) + 1)
        books = entered(books, entries[-1:])
    return entries, reports


@given(LEDGER)
def test_consecutive_z_reports_part_the_ledger_without_gap_or_overlap(ledger: list[Content | str]) -> None:
    entries, reports = written(ledger)
    said = [report_of(taken) for taken in reports]
    covered = [n for report in said for span in report.spans for n in range(span.first, span.last + 1)]
    assert covered == list(range(1, len(covered) + 1))
    assert [taken.number for taken in reports] == list(range(1, len(reports) + 1))
    books = entered(Books(), entries)
    rest = [n for span in books.spans for n in range(span.first, span.last + 1)]
    assert [*covered, *rest] == list(range(1, len(entries) + 1))
    for before, following in itertools.pairwise(said):
        assert following.grand_before == before.grand_after
    every: dict[str, dict[str, Sum]] = {}
    for report in said:
        every = added(every, report.figures)
    sales = [one.content for one in entries if isinstance(one.content, Sale) and not one.content.training]
    whole = added(every, books.figures).get(Section.SALES, {})
    assert sum(one.amount_minor for one in whole.values()) == sum(one.total_minor for one in sales)
    assert grand_now(books).net_minor == sum(one.total_minor for one in sales)


@given(LEDGER, st.integers(0, 60))
def test_a_ledger_read_in_two_parts_adds_up_to_the_same(ledger: list[Content | str], cut: int) -> None:
    entries, _ = written(ledger)
    assert entered(entered(Books(), entries[:cut]), entries[cut:]) == entered(Books(), entries)


@given(st.lists(CONTENT, max_size=20), st.lists(CONTENT, max_size=20))
def test_the_report_of_two_periods_is_the_sum_of_their_reports(one: list[Content], other: list[Content]) -> None:
    """As far as they are sums; the second begins in the mode in which the first ended."""
    first = books_of(*one)
    second = entered(Books(training=first.training), placed(*other))
    assert books_of(*one, *other).figures == added(first.figures, second.figures)


@given(LEDGER)
def test_every_z_agrees_with_the_entries_before_it(ledger: list[Content | str]) -> None:
    entries, _ = written(ledger)
    for number, (content, _, _) in enumerate(entries):
        if isinstance(content, ReportTaken):
            assert agrees(entered(Books(), entries[:number]), content)


@given(LEDGER)
def test_a_lane_that_starts_needs_to_read_no_further_back_than_the_last_z(ledger: list[Content | str]) -> None:
    entries, _ = written(ledger)
    zs = [number for number, one in enumerate(entries) if isinstance(one.content, ReportTaken)]
    if zs:
        last, epoch, position = entries[zs[-1]]
        assert isinstance(last, ReportTaken)
        assert entered(books_after(last, epoch, position), entries[zs[-1] + 1 :]) == entered(Books(), entries)


@given(LEDGER)
def test_books_outlive_a_restart_as_json(ledger: list[Content | str]) -> None:
    books = entered(Books(), written(ledger)[0])
    assert msgspec.json.decode(msgspec.json.encode(books), type=Books) == books
