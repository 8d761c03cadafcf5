"""Whether an experiment fits its layer, the other experiments and the policy in force."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

import orjson

from service.errors import Conflict, Invalid
from service.experiments.acting import LIVE, layer_of
from service.experiments.documents import Fault, refuse
from service.experiments.parameters import Parameters, merged, overlap, ownable, owner_of
from service.experiments.running import MOST_COMBINATIONS, Pair, changes_of, combinations
from service.experiments.spec import Experiment, Layer, Spec
from service.stores import _experiments, _policies
from service.stores._policies import Writing
from shelf_rules.policy import Policy
from shelf_rules.policy_load import PolicyError, load_policy

Check = Callable[[Policy], None]
"""Raises PolicyError for a policy that names what the bank does not have."""
_CODE = "bad_experiment"


def fit_layer(writing: Writing, layer: Layer) -> None:
    """Raises Conflict where the key is taken, Invalid where another layer owns a parameter."""
    known = _experiments.layers(writing.connection)
    if any(other.key == layer.key for other in known):
        raise Conflict("exists", f"layer {layer.key} exists")
    refuse("parameter_owned", [fault for other in known for fault in _owned_faults(layer, other)])


def fit(writing: Writing, spec: Spec, check: Check) -> None:
    """Raises Missing for a layer that is not there, Invalid for arms or ranges that do not fit, each told."""
    layer = layer_of(writing, spec.layer)
    refuse(_CODE, list(_parameter_faults(spec, layer)))
    refuse("ranges_overlap", list(_range_faults(writing, spec)))
    base, changes = _in_force(writing), _changes(writing, spec, layer)
    for at, arm in enumerate(spec.arms):
        parameters = changes.get((spec.key, arm.key))
        if parameters:
            _load(base, [parameters], check, f"arms[{at}]")


def fit_together(writing: Writing, spec: Spec, check: Check) -> None:
    """Raises what `fit` raises, and Conflict where it makes no policy with the arms of what else runs."""
    fit(writing, spec, check)
    others = [one for one in _experiments.experiments(writing.connection, LIVE) if one.key != spec.key]
    together = [*others, _as_experiment(spec)]
    changes: dict[Pair, Parameters] = {}
    for one in together:
        changes |= _changes(writing, one.spec, layer_of(writing, one.spec.layer))
    made = list(combinations(together, changes))
    if len(made) > MOST_COMBINATIONS:
        raise Conflict("too_many_arms", f"{len(made)} combinations of arms would run, at most {MOST_COMBINATIONS} may")
    base = _in_force(writing)
    for combination in (one for one in made if len(one) > 1):
        try:
            check(merged(base, [changes[pair] for pair in sorted(combination)]))
        except PolicyError as error:
            arms = " with ".join(f"{key}={arm}" for key, arm in sorted(combination))
            raise Conflict("arms_clash", f"{arms}: {error}") from None


def _owned_faults(layer: Layer, other: Layer) -> Iterator[Fault]:
    for at, path in enumerate(layer.parameters):
        for owned in other.parameters:
            if overlap(path, owned):
                yield f"parameters[{at}]", f"{path}: layer {other.key} owns {owned}"


def _parameter_faults(spec: Spec, layer: Layer) -> Iterator[Fault]:
    for at, arm in enumerate(spec.arms):
        for path in arm.parameters:
            where = f"arms[{at}].parameters"
            if owner_of(path, [layer]) is None:
                yield where, f"{path}: layer {layer.key} owns {', '.join(layer.parameters)}, not this"
            elif (said := ownable(path)) is not None:
                yield where, said


def _range_faults(writing: Writing, spec: Spec) -> Iterator[Fault]:
    for other in _experiments.experiments(writing.connection, ("draft", *LIVE)):
        if other.key == spec.key or other.spec.layer != spec.layer:
            continue
        for at, (start, end) in enumerate(spec.ranges):
            for begins, ends in other.spec.ranges:
                if start < ends and begins < end:
                    yield f"ranges[{at}]", f"experiment {other.key} has {begins:g} to {ends:g} of layer {spec.layer}"


def _in_force(writing: Writing) -> Policy:
    try:
        return load_policy(orjson.loads(_policies.active_policy(writing.connection)[1].content))
    except LookupError as error:
        raise Conflict("no_policy", str(error)) from None


def _changes(writing: Writing, spec: Spec, layer: Layer) -> dict[Pair, Parameters]:
    def published(label: str) -> Policy:
        name, _, version = label.rpartition("@")
        found = _policies.policy(writing.connection, name, int(version))
        if found is None or found.state != "published":
            said = "no such version" if found is None else f"is {found.state}"
            raise Invalid(_CODE, f"arms: {label}: {said}: an arm names a published version")
        return load_policy(orjson.loads(found.content))

    return changes_of(_as_experiment(spec), {layer.key: layer}, published)


def _load(base: Policy, changes: Sequence[Parameters], check: Check, where: str) -> None:
    try:
        check(merged(base, changes))
    except PolicyError as error:
        faults = [(".".join(filter(None, (f"{where}.parameters", path))), said) for path, said in error.faults]
        refuse(_CODE, faults)


def _as_experiment(spec: Spec) -> Experiment:
    return Experiment(spec, 1, "draft", "", 0, 0)
