"""The comparison."""

from __future__ import annotations

import pytest

from shelf_rules.decision import TaskOffer
from shelf_rules.incentives.compare import compare
from tests.factories import make_situation
from tests.unit.shelf_rules.incentives.cards import make_card, make_seen


@pytest.mark.parametrize("present", ["held", "maturity", "external", "intent"])
def test_there_is_something_to_compare_with_present_evidence(present: str) -> None:
    assert compare(make_seen(evidence={present: 1}), make_card()) == TaskOffer("compare", "fund.bond")


def test_there_is_nothing_to_compare_without() -> None:
    assert compare(make_seen(), make_card()) is None
    assert compare(make_situation(catalogue=make_seen().catalogue), make_card()) is None
