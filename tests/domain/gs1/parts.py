"""Elements for properties: values of identifiers whose content is free, and of some that are checked."""

from __future__ import annotations

from hypothesis import strategies as st

from kiosk.domain.gs1.characters import CSET_82
from kiosk.domain.gs1.elements import Element, Elements
from kiosk.domain.gs1.identifiers import Identifier, identifiers
from kiosk.domain.gtin import check_digit

_DIGITS = "0123456789"


def elements_of(identifier: Identifier) -> st.SearchStrategy[Element]:
    """Any value of `identifier`, which must be one whose characters are all that is checked."""
    (part,) = identifier.components
    # Much text, and much of what brackets and web addresses make special.
    free = _DIGITS if part.linters[0]("A") else CSET_82 + "()/%+&=" * 5
    values = st.text(free, min_size=part.shortest, max_size=part.longest)
    return values.map(lambda value: Element(identifier, value))


def gtins() -> st.SearchStrategy[Element]:
    """AI (01) with any GTIN."""
    bodies = st.text(_DIGITS, min_size=13, max_size=13)
    return bodies.map(lambda body: Element(identifiers()["01"], f"{body}{check_digit(body)}"))


def dates(ai: str) -> st.SearchStrategy[Element]:
    """A date of `ai`, day 00 among them."""
    days = st.tuples(st.integers(0, 99), st.integers(1, 12), st.integers(0, 28))
    return days.map(lambda day: Element(identifiers()[ai], "".join(f"{one:02}" for one in day)))


def element_lists() -> st.SearchStrategy[Elements]:
    """Up to ten elements in any order, repeated ones among them."""
    free = [one for one in identifiers().values() if len(one.components) == 1 and len(one.components[0].linters) == 1]
    free = [one for one in free if one.ai != "8030"]  # base64, whose padding is checked
    texts = [one for one in free if not one.components[0].linters[0]("A")]
    one = st.one_of(gtins(), dates("17"), *(st.sampled_from(some).flatmap(elements_of) for some in (free, texts)))
    return st.lists(one, min_size=1, max_size=10).map(tuple)


def goods_with_attributes() -> st.SearchStrategy[Elements]:
    """A GTIN with qualifiers and attributes, none of them twice, in any order."""
    others = [elements_of(identifiers()[ai]) for ai in ("22", "10", "21", "3103", "30", "99", "400", "240")]
    chosen = st.lists(st.sampled_from([*others, dates("17"), dates("15")]), max_size=6, unique_by=id)
    return st.tuples(gtins(), chosen.flatmap(lambda picked: st.tuples(*picked))).flatmap(
        lambda both: st.permutations([both[0], *both[1]]).map(tuple)
    )
