"""The experiments in force, made ready: who chooses arms, and the policy of every combination of arms."""

from __future__ import annotations

import logging
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import product

import orjson

from service.experiments.assigner import NULL, Assigner
from service.experiments.growthbook_assigner import GrowthBookAssigner
from service.experiments.parameters import Parameters, merged, resolved
from service.experiments.spec import NONE, Experiment, InForce, Layer, LayerHoldout, Override
from service.rules import Rules, RulesShelf
from service.stores.protocols import Store
from shelf_rules.policy import Policy
from shelf_rules.policy_load import PolicyError, load_policy

log = logging.getLogger(__name__)

MOST_COMBINATIONS = 64
"""So many policies may arise from the arms of all layers together; each is made before it is in force."""
Pair = tuple[str, str]
"""An experiment and one of its arms."""
Changed = frozenset[Pair]
"""The arms that change something for a customer."""


@dataclass(frozen=True, slots=True, eq=False)
class Running:
    """What runs in one generation over one policy; a request only looks things up in it.

    `unfit` says of experiments why they cannot run over this policy, or be read at all: nobody is in them.
    """

    in_force: InForce
    base: Rules | None = None
    assigner: Assigner = NULL
    rules: Mapping[Changed, Rules] = field(default_factory=dict)
    changing: Changed = frozenset()
    experiments: Mapping[str, Experiment] = field(default_factory=dict)
    layers: Mapping[str, Layer] = field(default_factory=dict)
    overrides: Mapping[str, Sequence[Override]] = field(default_factory=dict)  # by customer
    unfit: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """Whether no customer can be in any arm."""
        return not self.experiments

    @property
    def has_sticky(self) -> bool:
        """Whether somebody's earlier arm has to be known."""
        return any(experiment.spec.sticky for experiment in self.experiments.values())

    def holdouts(self, layer: str) -> Iterator[LayerHoldout]:
        """The hold-outs that concern a layer."""
        return (one for one in self.in_force.holdouts if one.layer in {"*", layer} and not one.ended)

    def rules_of(self, assignments: Collection[Pair]) -> Rules | None:
        """The rules of some arms together, None where there are none to run over."""
        return self.rules.get(self.changing & frozenset(assignments))


NOTHING_RUNS = Running(NONE)


class Readying:
    """Makes ready what runs over a policy; what was made for an earlier world is taken over where nothing changed."""

    def __init__(self, store: Store, shelf: RulesShelf) -> None:
        self._store, self._shelf = store, shelf

    def running(self, generation: int, base: Rules, before: Running | None) -> Running:
        """What runs in a generation over the policy in force; an experiment that does not fit it is left out."""
        in_force = self._store.experiments_in_force(generation)
        if before is not None and before.in_force == in_force and before.base is base:
            return before
        made = Combined(base, self._shelf)
        for key, why in in_force.unreadable.items():
            made.leave_out(key, why)
        layers = {layer.key: layer for layer in in_force.layers}
        ready = [one for one in in_force.experiments if one.state == "running"]
        for experiment in sorted(ready, key=lambda one: (one.since_us, one.key)):
            try:
                made.add(experiment, changes_of(experiment, layers, self._policy_of))
            except (LookupError, PolicyError) as error:
                made.leave_out(experiment.key, str(error))
        overrides: dict[str, list[Override]] = {}
        for override in in_force.overrides:
            overrides.setdefault(override.customer_id, []).append(override)
        return Running(
            in_force=in_force,
            base=base,
            assigner=GrowthBookAssigner(in_force.layers, made.experiments) if made.experiments else NULL,
            rules=made.rules,
            changing=frozenset(made.changes),
            experiments={one.key: one for one in made.experiments},
            layers=layers,
            overrides=overrides,
            unfit=made.unfit,
        )

    def _policy_of(self, label: str) -> Policy:
        name, _, version = label.rpartition("@")
        found = self._store.policy(name, int(version))
        if found is None:
            raise LookupError(f"policy {label}: no such version")
        return load_policy(orjson.loads(found.content))


class Combined:
    """The rules of every combination of arms, an experiment after another."""

    def __init__(self, base: Rules, shelf: RulesShelf) -> None:
        self._base, self._shelf = base, shelf
        self.experiments: list[Experiment] = []
        self.changes: dict[Pair, Parameters] = {}
        self.rules: dict[Changed, Rules] = {frozenset(): base}
        self.unfit: dict[str, str] = {}

    def add(self, experiment: Experiment, changes: Mapping[Pair, Parameters]) -> None:
        """Let one more run beside those before it; raises PolicyError where its arms and theirs make no policy."""
        changed = {**self.changes, **changes}
        all_of_them = list(combinations([*self.experiments, experiment], changed))
        if len(all_of_them) > MOST_COMBINATIONS:
            raise PolicyError([("", f"more than {MOST_COMBINATIONS} combinations of arms would run at once")])
        made = {
            combination: self._shelf.merged(
                self._base, merged(self._base.policy, [changed[pair] for pair in sorted(combination)])
            )
            for combination in all_of_them
            if combination not in self.rules
        }
        self.rules |= made
        self.changes = changed
        self.experiments.append(experiment)

    def leave_out(self, key: str, why: str) -> None:
        """Let nobody be in one, and say why."""
        self.unfit[key] = why
        log.error("an experiment cannot run over the policy in force", extra={"experiment": key, "why": why})


def changes_of(
    experiment: Experiment, layers: Mapping[str, Layer], policy_of: Callable[[str], Policy]
) -> dict[Pair, Parameters]:
    """What each arm changes, those left out that change nothing; LookupError for a layer or version not there."""
    layer = layers[experiment.spec.layer]
    found = {(experiment.key, arm.key): resolved(arm, layer, policy_of) for arm in experiment.spec.arms}
    return {pair: parameters for pair, parameters in found.items() if parameters}


def combinations(experiments: Sequence[Experiment], changing: Collection[Pair]) -> Iterator[Changed]:
    """Every set of changing arms that one customer can be in: at most one experiment of each layer."""
    by_layer: dict[str, list[Pair | None]] = {}
    for experiment in experiments:
        choices = by_layer.setdefault(experiment.spec.layer, [None])
        choices += [(experiment.key, arm.key) for arm in experiment.spec.arms if (experiment.key, arm.key) in changing]
    for choice in product(*by_layer.values()):
        yield frozenset(pair for pair in choice if pair is not None)
