"""Goals and reminders."""

from __future__ import annotations

from shelf_rules.decision import TaskOffer
from shelf_rules.incentives.configure import configure
from tests.factories import make_gate
from tests.unit.shelf_rules.incentives.cards import make_card, make_seen

OFFER = TaskOffer("configure", "fund.bond")
WITH_GOAL = make_gate(goal_horizon_days=700)


def test_a_customer_without_a_goal_may_set_one() -> None:
    assert configure(make_seen(), make_card()) == OFFER


def test_a_customer_with_a_goal_is_left_alone() -> None:
    assert configure(make_seen(gate=WITH_GOAL), make_card()) is None


def test_a_maturity_is_worth_a_reminder_whatever_the_goal() -> None:
    assert configure(make_seen(gate=WITH_GOAL, evidence={"maturity": 0.2}), make_card()) == OFFER
