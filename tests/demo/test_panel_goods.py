"""What a person finds on the bench panel and what its scanner then reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from demo.panel_counter import LEAST_GRAMS, MOST_GRAMS, Counter
from demo.panel_goods import Good, Kind, Shelf, damaged, label_price, price_label, printed, weight_label
from demo.panel_model import Answer, Bench, Command, Key, Notice
from demo.waiting import DemoError
from headquarters.demo_store import load
from kiosk.domain.barcode import GoodCode, LabelCode, NotACode, interpret

TEMPLATES = ("21IIIIIPPPPPC", "22IIIIIWWWWWC")
PLUGGED = Bench({"scanner": Answer({"plugged": True})})


@pytest.fixture(scope="module")
def shelf() -> Shelf:
    return Shelf(load())


class Desk:
    """A counter with what it sent and said."""

    def __init__(self, shelf: Shelf, badge: str = "") -> None:
        self.sent: list[Command] = []
        self.said: list[Notice] = []
        self.counter = Counter(shelf, self.sent.append, self.said.append, badge)

    def press(self, keys: tuple[Key, ...], key_id: str) -> None:
        next(key for key in keys if key.id == key_id).act()

    @property
    def scanned(self) -> str:
        return str(self.sent[-1].fields["text"])


def first(shelf: Shelf, kind: Kind, text: str = "") -> Good:
    return shelf.search(text, kind)[0]


def test_every_bar_code_on_the_shelf_is_one_the_store_knows(shelf: Shelf) -> None:
    known = {code.code: code.sku for code in load().codes}
    for good in shelf.search("", Kind.BAR_CODE):
        found = interpret(good.scan, TEMPLATES)
        assert isinstance(found, GoodCode)
        assert known[found.readings[0]] == good.item.sku


def test_a_code_is_scanned_as_it_is_printed() -> None:
    assert printed("09520390125011") == "9520390125011"
    assert printed("00000096385074") == "96385074"
    assert printed("19520390125018") == "19520390125018"


def test_goods_are_found_by_name_department_plu_and_code(shelf: Shelf) -> None:
    assert any("banana" in good.name.casefold() for good in shelf.search("BANANA"))
    assert {good.item.department for good in shelf.search("cheese counter")} >= {"Cheese Counter"}
    assert shelf.search("4011")[0].item.plu == "4011"
    assert [good.scan for good in shelf.search("9520390125011")] == ["9520390125011"]
    assert shelf.search("no such good at all") == ()


def test_words_may_stand_in_any_order(shelf: Shelf) -> None:
    assert shelf.search("nappies otter") == shelf.search("otter nappies") != ()


@pytest.mark.parametrize("kind", list(Kind))
def test_every_kind_of_goods_has_some_and_only_those(shelf: Shelf, kind: Kind) -> None:
    found = shelf.search("", kind)
    assert found
    assert all(good.is_kind(kind) for good in found)


def test_nobody_takes_a_deposit_by_itself(shelf: Shelf) -> None:
    assert all(good.item.department != "Deposits" for good in shelf.goods)


def test_a_tap_scans_the_bar_code(shelf: Shelf) -> None:
    desk = Desk(shelf)
    good = first(shelf, Kind.BAR_CODE)
    desk.counter.take(good)
    assert (desk.sent[0].device, desk.sent[0].action, desk.scanned) == ("scanner", "scan", good.scan)


def test_a_good_without_a_bar_code_is_picked_on_the_lane(shelf: Shelf) -> None:
    desk = Desk(shelf)
    desk.counter.take(shelf.search("4011")[0])
    assert desk.sent == []
    assert "no bar code: pick it on the lane's screen" in desk.said[-1].text


def test_a_counter_good_gets_a_price_label_and_a_weight_label(shelf: Shelf) -> None:
    desk = Desk(shelf)
    good = next(good for good in shelf.search("", Kind.LABEL) if good.by_weight)
    desk.counter.take(good)
    assert desk.sent == []
    desk.press(desk.counter.label_keys(), "heavier")
    desk.press(desk.counter.label_keys(), "price_label")
    price = label_price(good, 400)
    assert interpret(desk.scanned, TEMPLATES) == LabelCode(good.item_number, price_minor=price)
    desk.press(desk.counter.label_keys(), "weight_label")
    assert interpret(desk.scanned, TEMPLATES) == LabelCode(good.item_number, grams=400)


def test_the_portion_stays_between_its_ends(shelf: Shelf) -> None:
    counter = Desk(shelf).counter
    counter.step(-100_000)
    assert counter.grams == LEAST_GRAMS
    counter.step(100_000)
    assert counter.grams == MOST_GRAMS


def test_the_dearest_portion_of_every_counter_fits_on_a_label(shelf: Shelf) -> None:
    for good in shelf.search("", Kind.LABEL):
        assert len(price_label(good, label_price(good, MOST_GRAMS))) == 13


@given(grams=st.integers(1, 99_999))
def test_every_weight_label_reads_back(shelf: Shelf, grams: int) -> None:
    good = next(good for good in shelf.search("", Kind.LABEL) if good.by_weight)
    assert interpret(weight_label(good, grams), TEMPLATES) == LabelCode(good.item_number, grams=grams)


@pytest.mark.parametrize("measure", [0, -1, 100_000])
def test_a_measure_that_does_not_fit_is_refused(shelf: Shelf, measure: int) -> None:
    with pytest.raises(DemoError, match="does not fit on a label"):
        weight_label(next(good for good in shelf.search("", Kind.LABEL) if good.by_weight), measure)


def test_a_good_without_an_item_number_gets_no_label(shelf: Shelf) -> None:
    with pytest.raises(DemoError, match="no number for labels"):
        price_label(first(shelf, Kind.BAR_CODE), 100)


def test_the_unknown_code_is_right_and_unknown(shelf: Shelf) -> None:
    desk = Desk(shelf)
    desk.press(desk.counter.fault_keys(PLUGGED), "unknown")
    found = interpret(desk.scanned, TEMPLATES)
    assert isinstance(found, GoodCode)
    assert not {code.code for code in load().codes} & set(found.readings)


def test_the_damaged_code_is_the_last_one_with_a_wrong_check_digit(shelf: Shelf) -> None:
    desk = Desk(shelf)
    good = first(shelf, Kind.BAR_CODE)
    desk.counter.take(good)
    desk.press(desk.counter.fault_keys(PLUGGED), "damaged")
    assert desk.scanned[:-1] == good.scan[:-1]
    assert interpret(desk.scanned, TEMPLATES) == NotACode("check_digit")
    assert interpret(damaged("9520390125019"), TEMPLATES) != GoodCode(("09520390125019",))


def test_half_a_scan_garbage_and_the_badge(shelf: Shelf) -> None:
    desk = Desk(shelf, badge="AOIFE")
    keys = desk.counter.fault_keys(PLUGGED)
    for key_id in ("half", "garbage", "badge"):
        desk.press(keys, key_id)
    assert [command.action for command in desk.sent] == ["half", "garbage", "scan"]
    assert desk.scanned == "AOIFE"
    assert "AOIFE" not in desk.sent[-1].said


def test_without_a_badge_there_is_no_key_for_it(shelf: Shelf) -> None:
    assert "badge" not in {key.id for key in Desk(shelf).counter.fault_keys(PLUGGED)}


def test_an_unplugged_scanner_has_no_faults_to_press(shelf: Shelf) -> None:
    unplugged = Bench({"scanner": Answer({"plugged": False})})
    assert not any(key.enabled for key in Desk(shelf).counter.fault_keys(unplugged))
