"""The course."""

from __future__ import annotations

import pytest

from shelf_rules.decision import TaskOffer
from shelf_rules.incentives.learn import learn
from tests.factories import make_situation
from tests.unit.shelf_rules.incentives.cards import make_card, make_seen


def test_a_category_that_is_new_to_the_customer_is_taught() -> None:
    assert learn(make_seen(), make_card()) == TaskOffer("learn", "fund.bond")


@pytest.mark.parametrize("known", ["held", "occasions"])
def test_a_category_that_the_customer_knows_is_not(known: str) -> None:
    assert learn(make_seen(evidence={known: 1}), make_card()) is None


def test_without_evidence_nothing_is_known_to_be_new() -> None:
    situation = make_situation(catalogue=make_seen().catalogue)
    assert learn(situation, make_card()) is None
