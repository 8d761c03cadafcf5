"""What an arm may change of a policy, and what no arm can."""

from __future__ import annotations

import pytest

from service.experiments.parameters import OWNABLE, merged, overlap, ownable, owner_of, resolved
from service.experiments.spec import Arm, Layer
from shelf_rules.policy import Policy
from shelf_rules.policy_load import DEFAULT, PolicyError, load_policy

WITHHOLDS = {"name": "no_funds", "then": {"withhold": {"categories": ["fund.equity"]}}}
BOOSTS = {"name": "cash", "then": {"boost": {"select": {"categories": ["cash.mmf"]}, "by": 0.1}}}
BASE = load_policy({"rules": [WITHHOLDS, BOOSTS], "arrangement": {"slots": 10}})


def _of(label: str) -> Policy:
    assert label == "other@2"
    return load_policy({"arrangement": {"slots": 12}, "tasks": {"offered": False}, "holdout_share": 0.5})


@pytest.mark.parametrize("path", OWNABLE)
def test_every_path_that_may_be_owned_is_one_of_a_policy(path: str) -> None:
    assert ownable(path) is None


@pytest.mark.parametrize(
    "path",
    [
        "holdout_share",
        "eligibility",
        "fatigue.dismissed_days",
        "fatigue",
        "name",
        "suitability",
        "lifecycle",
        "tasks.x",
    ],
)
def test_what_every_path_must_keep_no_layer_can_own(path: str) -> None:
    assert path in str(ownable(path))


def test_paths_overlap_where_one_is_inside_the_other() -> None:
    assert overlap("tasks", "tasks.offered")
    assert overlap("tasks.offered", "tasks")
    assert not overlap("tasks.offered", "tasks.per_shelf")
    assert not overlap("tasks", "tasksx")


def test_a_parameter_belongs_to_the_layer_that_owns_what_it_is_inside() -> None:
    layers = [Layer("one", ("tasks",)), Layer("two", ("arrangement.slots",))]
    assert [
        getattr(owner_of(path, layers), "key", None) for path in ("tasks.offered", "arrangement.slots", "quotas")
    ] == [
        "one",
        "two",
        None,
    ]


def test_arms_of_two_layers_change_the_base_together_and_nothing_else() -> None:
    policy = merged(BASE, [{"tasks.offered": False}, {"arrangement.slots": 9, "arrangement.category_cap": 3}])
    assert (policy.tasks.offered, policy.arrangement.slots, policy.arrangement.category_cap) == (False, 9, 3)
    assert policy.quotas == BASE.quotas
    assert policy.rules == BASE.rules


def test_an_arm_with_rules_of_its_own_withholds_what_the_base_withholds() -> None:
    none = merged(BASE, [{"rules": []}])
    assert [rule.name for rule in none.rules] == ["no_funds"]
    same_name = {"name": "no_funds", "then": {"boost": {"select": {"categories": ["fund.equity"]}, "by": 0.2}}}
    kept = merged(BASE, [{"rules": [same_name, BOOSTS]}])
    assert [rule.name for rule in kept.rules] == ["no_funds", "cash"]
    assert kept.rules[0] == BASE.rules[0]


def test_values_that_make_no_policy_are_refused_with_their_path() -> None:
    with pytest.raises(PolicyError, match=r"arrangement\.slots"):
        merged(BASE, [{"arrangement.slots": 0}])


def test_an_arm_that_names_a_version_takes_from_it_what_its_layer_owns() -> None:
    parameters = resolved(Arm("b", 0.5, policy="other@2"), Layer("one", ("arrangement.slots",)), _of)
    assert parameters == {"arrangement.slots": 12}
    policy = merged(BASE, [parameters])
    assert policy.arrangement.slots == 12
    assert policy.tasks.offered is DEFAULT.tasks.offered
    assert policy.holdout_share == BASE.holdout_share
