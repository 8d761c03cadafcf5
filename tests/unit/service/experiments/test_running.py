"""What runs is made ready before anybody asks: every combination of arms has its policy, what does not fit has none."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import msgspec
import pytest

from service.experiments.running import Combined, Readying, changes_of, combinations
from service.experiments.spec import Arm, Experiment, InForce, Layer
from service.rules import Rules, RulesShelf, policy_record
from shelf_rules.policy import Policy
from shelf_rules.policy_load import PolicyError
from tests.experimenting import make_spec

TASKS, SLOTS = Layer("offers", ("tasks.offered",), "a"), Layer("slots", ("arrangement.category_cap",), "b")
LAYERS = {layer.key: layer for layer in (TASKS, SLOTS)}


class _Stored:
    """A store that knows what runs."""

    def __init__(self, *experiments: Experiment) -> None:
        self.in_force = InForce((TASKS, SLOTS), (), experiments)

    def experiments_in_force(self, generation: int) -> InForce:
        return self.in_force

    def policy(self, name: str, version: int) -> None:
        return None


@pytest.fixture
def shelf(tmp_path: Path) -> RulesShelf:
    return RulesShelf(tmp_path, "cn", "")


@pytest.fixture
def base(shelf: RulesShelf) -> Rules:
    return shelf.current(policy_record({}, "default", 1))


def _running(key: str = "no_tasks", change: Mapping[str, Any] | None = None, **fields: Any) -> Experiment:
    return Experiment(make_spec(key, change, **fields), 1, "running", "", 1, 1)


def _no_policy(label: str) -> Policy:
    raise LookupError(label)


def _readying(shelf: RulesShelf, *experiments: Experiment) -> Readying:
    return Readying(_Stored(*experiments), shelf)  # type: ignore[arg-type]


def test_experiments_of_two_layers_make_every_combination_and_each_says_what_it_changes(
    shelf: RulesShelf, base: Rules
) -> None:
    caps = _running("caps", {"arrangement.category_cap": 1}, layer="slots")
    running = _readying(shelf, _running(), caps).running(1, base, None)
    assert len(running.rules) == 4
    both = running.rules_of({("no_tasks", "variant"), ("caps", "variant")})
    assert both is not None
    assert (both.policy.tasks.offered, both.policy.arrangement.category_cap) == (False, 1)
    assert running.rules_of({("no_tasks", "control"), ("caps", "control")}) is base
    assert shelf.find(both.sha256).policy == both.policy
    assert (both.policy.name, both.policy.version) == (base.policy.name, base.policy.version)


def test_arms_of_one_layer_are_never_combined() -> None:
    one, other = _running(), _running("other")
    pairs = {("no_tasks", "variant"), ("other", "variant")}
    assert set(combinations([one, other], pairs)) == {frozenset(), *(frozenset({pair}) for pair in pairs)}


def test_an_experiment_that_does_not_fit_the_policy_is_left_out_and_says_why(shelf: RulesShelf, base: Rules) -> None:
    gone = _running("gone", arms=(Arm("control", 0.5), Arm("old", 0.5, policy="nobody@9")), layer="slots")
    running = _readying(shelf, _running(), gone).running(1, base, None)
    assert sorted(running.experiments) == ["no_tasks"]
    assert "nobody@9" in running.unfit["gone"]


def test_what_was_made_is_taken_over_while_nothing_changes(shelf: RulesShelf, base: Rules) -> None:
    readying = _readying(shelf, _running())
    before = readying.running(1, base, None)
    assert readying.running(2, base, before) is before
    other = shelf.current(policy_record({"holdout_share": 0.2}, "default", 2))
    assert readying.running(3, other, before) is not before


def test_too_many_combinations_are_refused_before_they_are_made(shelf: RulesShelf, base: Rules) -> None:
    arms = (Arm("control", 0.2), *(Arm(f"v{at}", 0.1, {"tasks.per_shelf": at}) for at in range(1, 9)))
    combined = Combined(base, shelf)
    layers = {f"l{at}": Layer(f"l{at}", ("tasks.per_shelf",)) for at in range(2)}
    first, second = (_running(f"e{at}", layer=f"l{at}", arms=arms) for at in range(2))
    combined.add(first, changes_of(first, layers, _no_policy))
    with pytest.raises(PolicyError, match="64 combinations"):
        combined.add(second, changes_of(second, layers, _no_policy))
    assert combined.experiments == [first]


def test_paused_experiments_run_for_nobody(shelf: RulesShelf, base: Rules) -> None:
    paused = Experiment(make_spec(), 1, "paused", "", 1, 1)
    running = _readying(shelf, paused).running(1, base, None)
    assert running.is_empty


def test_what_cannot_be_read_is_left_out_and_the_others_run(shelf: RulesShelf, base: Rules) -> None:
    store = _Stored(_running())
    store.in_force = msgspec.structs.replace(store.in_force, unreadable={"newer": "of another release"})
    running = Readying(store, shelf).running(1, base, None)  # type: ignore[arg-type]
    assert sorted(running.experiments) == ["no_tasks"]
    assert running.unfit == {"newer": "of another release"}
