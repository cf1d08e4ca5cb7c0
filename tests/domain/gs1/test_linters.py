"""Every check of a component against the published cases: verdict, message, and which characters are to blame."""

from __future__ import annotations

from typing import Any

import pytest

from kiosk.domain.gs1.linters import LINTERS
from tests.domain.gs1.cases import cases

# Both expect another answer than a third case does for the same text: the engine's own test turned a look-up of
# company prefixes in between. A lane has no list of the prefixes that are given out.
LOOK_UP_OF_PREFIXES = {
    ("012345612345611110123611234567", "The GS1 Company Prefix is invalid."),
    ("012345612345611110123611234567", "The data source for GCP lookups is offline."),
}


@pytest.mark.parametrize("case", cases("gs1_linters"))
def test_published_cases_of_each_check(case: dict[str, Any]) -> None:
    if (case["input"], case["expected_error"]) in LOOK_UP_OF_PREFIXES:
        pytest.skip("needs a list of company prefixes")
    found = LINTERS[case["linter"].removeprefix("lint_").removesuffix(".c")](case["input"])
    assert (found is None) == case["valid"]
    if found:
        text, end = case["input"], found.at + found.length
        highlighted = f"{text[: found.at]}*{text[found.at : end]}*{text[end:]}"
        assert (found.message, highlighted) == (case["expected_error"], case["expected_highlight"])
