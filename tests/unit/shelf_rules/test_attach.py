"""Which cards carry a task."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from shelf_rules.attach import KINDS, attach
from shelf_rules.decision import Slot
from shelf_rules.policy import Policy, TaskPolicy
from tests.factories import make_catalogue, make_evidence, make_product, make_regime, make_situation

Place = tuple[str, int, str]  # tier, slot, category
OFFERED = ("learn", "visit")


def offered(places: Sequence[Place], tasks: TaskPolicy, **fields: Any) -> list[str | None]:
    """The task kinds of one card per place, in their order."""
    products = [make_product(f"p{row}", category, risk_issuer=1) for row, (_, _, category) in enumerate(places)]
    catalogue = make_catalogue(*products)
    situation = make_situation(
        catalogue=catalogue, evidence=make_evidence(catalogue), policy=Policy(tasks=tasks), **fields
    )
    slots = tuple(Slot(row, tier, slot, 0.5) for row, (tier, slot, _) in enumerate(places))
    attached = attach(situation, slots)
    assert [slot.row for slot in attached] == list(range(len(places)))
    return [slot.task and slot.task.kind for slot in attached]


def test_the_first_kind_of_the_tier_that_applies_is_offered() -> None:
    tasks = TaskPolicy(migratable=("compare", "visit"), transferable=("learn", "visit"))
    places = [("migratable", 1, "fund.bond"), ("transferable", 1, "pay.bill")]
    assert offered(places, tasks) == ["visit", "learn"]


def test_tier_fixed_and_the_public_zone_carry_none() -> None:
    places = [("fixed", 1, "fund.bond"), ("public", 1, "pay.bill")]
    assert offered(places, TaskPolicy(OFFERED, OFFERED)) == [None, None]


def test_a_shelf_carries_no_more_than_the_policy_says_beginning_with_the_first_slots() -> None:
    places = [
        ("migratable", 1, "fund.bond"),
        ("migratable", 2, "fund.mixed"),
        ("transferable", 1, "pay.bill"),
        ("transferable", 2, "pay.fx"),
    ]
    assert offered(places, TaskPolicy(("visit",), ("visit",), per_shelf=2)) == ["visit", None, "visit", None]
    assert offered(places, TaskPolicy(("visit",), ("visit",), per_shelf=0)) == [None] * 4


def test_a_kind_that_the_shelf_has_already_goes_last() -> None:
    places = [("transferable", 1, "pay.bill"), ("transferable", 2, "pay.fx"), ("transferable", 3, "pay.wallet")]
    assert offered(places, TaskPolicy((), OFFERED)) == ["learn", "visit", "learn"]


def test_a_category_carries_one_task() -> None:
    places = [("transferable", 1, "pay.bill"), ("transferable", 2, "pay.bill"), ("transferable", 3, "pay.fx")]
    assert offered(places, TaskPolicy((), OFFERED)) == ["learn", None, "visit"]


def test_what_the_matrix_does_not_allow_for_the_zone_is_never_offered() -> None:
    places = [("migratable", 1, "loan.consumer")]
    tasks = TaskPolicy(migratable=("configure", "compare", "visit"))
    assert offered(places, tasks) == ["visit"]
    assert offered(places, tasks, regime=make_regime(incentives={})) == [None]


def test_the_matrix_is_looked_up_by_the_zone_of_the_category_not_of_the_product() -> None:
    catalogue = make_catalogue(make_product("p", "loan.consumer", zone="wealth"))
    situation = make_situation(
        catalogue=catalogue,
        evidence=make_evidence(catalogue),
        policy=Policy(tasks=TaskPolicy(migratable=("configure",))),
    )
    assert attach(situation, (Slot(0, "migratable", 1, 0.5),))[0].task is None


def test_a_kind_that_nobody_knows_is_skipped() -> None:
    assert offered([("migratable", 1, "pay.bill")], TaskPolicy(migratable=("purchase", "visit"))) == ["visit"]


def test_buying_is_no_task_kind() -> None:
    assert not {"purchase", "funds_in", "balance"} & set(KINDS)
