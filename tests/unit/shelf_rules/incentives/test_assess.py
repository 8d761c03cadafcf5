"""The assessment, never done again for a reward while it holds (G35)."""

from __future__ import annotations

import pytest

from shelf_rules.decision import TaskOffer
from shelf_rules.incentives.assess import assess
from shelf_rules.policy import DAY_US, Policy, TaskPolicy
from tests.factories import NOW_US, make_gate
from tests.unit.shelf_rules.incentives.cards import make_card, make_seen

OFFER = TaskOffer("assess", "fund.bond")


@pytest.mark.parametrize(
    ("days_ago", "offered"), [(0, False), (30, False), (304, False), (305, True), (364, True), (365, True), (-1, True)]
)
def test_it_is_offered_when_it_ends_within_the_policys_days(days_ago: int, offered: bool) -> None:
    gate = make_gate(assessed_us=NOW_US - days_ago * DAY_US)
    assert assess(make_seen(gate=gate), make_card()) == (OFFER if offered else None)


@pytest.mark.parametrize("missing", [{"assessed_us": None}, {"capacity": 0}])
def test_it_is_offered_to_whom_has_none(missing: dict[str, None]) -> None:
    assert assess(make_seen(gate=make_gate(**missing)), make_card()) == OFFER


def test_the_policy_decides_how_early_it_is_offered() -> None:
    policy = Policy(tasks=TaskPolicy(assess_days=0))
    gate = make_gate(assessed_us=NOW_US - 364 * DAY_US)
    assert assess(make_seen(gate=gate, policy=policy), make_card()) is None
