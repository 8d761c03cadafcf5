"""One experiment lived through a running service, beside the same one without a service in between."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import msgspec

from service.clock import iso, parse_us
from service.errors import Refused
from service.experiments.results.document import MetricResult
from service.experiments.results.estimating import Look, estimate
from service.experiments.spec import Experiment, Layer, Spec
from service.keyed import Secrets
from service.pipeline.outcome import differing_paths
from service.progress import Progress, silent
from service.simulate.live.client import Call, Client
from service.simulate.trial.lived import Lived, join
from service.simulate.trial.people import TrialSize, people_of
from service.study.trial import LAYER, arms_of, spec_of, units_of

_OWNED = "fatigue.impressions"
_CLOSE = 1e-9


@dataclass(frozen=True, slots=True)
class Beside:
    """What a service says of an experiment's metric, what the short way says, and where they differ."""

    customers: int
    served: MetricResult
    short: MetricResult
    arms_differ: int
    differences: list[str]

    @property
    def is_equal(self) -> bool:
        """Whether every customer had the same arm, and every number is the same to 1e-9."""
        return not (self.arms_differ or self.differences)


def over_http(client: Client, size: TrialSize, keyed: Secrets, progress: Progress = silent) -> Beside:
    """Live an experiment through the service; its clock and key as the living bank needs them.

    `keyed` are the keys of that service. Raises Refused where it refuses something.
    """
    people = people_of(size)
    layer, running = _begin(client, size)
    began_us = running.since_us
    share = _holdout_share(client)
    join(client, people, began_us // 1_000_000)
    lived = Lived(client, size, people, running.key, "variant")
    as_of_us = lived.live(began_us // 1_000_000, progress) * 1_000_000
    _stop(client, running.key)
    path = f"/v1/experiments/{running.key}/results?as_of={iso(as_of_us)}&untrusted=true"
    told = client.tell(Call("GET", path))
    served = msgspec.convert(told["metrics"][0], MetricResult)
    arms = arms_of(people, layer, running, keyed, share)
    keys = [arm.key for arm in running.spec.arms]
    short_arm = [keys[place] if place >= 0 else "" for place in arms]
    differ = sum(lived.arm[customer] != arm for customer, arm in zip(people.customer, short_arm, strict=True))
    units = units_of(people, arms, size, size.effect, began_us // 1_000_000 * 1_000_000)
    short = estimate(running, units, Look(as_of_us, began_us), is_whole=False).metrics[0]
    return Beside(len(people.customer), served, short, differ, _differences(served, short))


def _begin(client: Client, size: TrialSize) -> tuple[Layer, Experiment]:
    """A layer and an experiment of the seed's own name, started."""
    key = f"trial_{size.seed}"
    if client.ask(Call("GET", f"/v1/experiments/{key}")).status == 200:
        raise Refused(f"experiment {key}: is there already; name another --seed, or a newly made bank")
    layers = client.tell(Call("GET", "/v1/layers"))["layers"]
    if LAYER not in {one["key"] for one in layers}:
        client.tell(Call("POST", "/v1/layers", {"key": LAYER, "parameters": [_OWNED]}))
    spec = msgspec.structs.replace(spec_of(size, size.customers), key=key)
    drafted = client.tell(Call("POST", "/v1/experiments", msgspec.to_builtins(spec)))
    started = client.tell(Call("POST", f"/v1/experiments/{key}/start", {}, str(drafted["generation"])))
    layers = client.tell(Call("GET", "/v1/layers"))["layers"]
    layer = msgspec.convert(next(one for one in layers if one["key"] == LAYER), Layer)
    return layer, _experiment(started["experiment"])


def _stop(client: Client, key: str) -> None:
    """End it, so that another one may have its customers."""
    generation = client.tell(Call("GET", "/v1/experiments"))["generation"]
    client.tell(Call("POST", f"/v1/experiments/{key}/stop", {}, str(generation)))


def _experiment(told: dict[str, Any]) -> Experiment:
    spec = msgspec.convert(told["spec"], Spec)
    since_us = parse_us(told["since"]) or 0
    return Experiment(spec, told["phase"], told["state"], told["sha256"], told["generation"], since_us)


def _holdout_share(client: Client) -> float:
    policies = client.tell(Call("GET", "/v1/policies"))
    name, _, version = str(policies["in_force"]).rpartition("@")
    shown = client.tell(Call("GET", f"/v1/policies/{name}/versions/{version}"))
    return float(shown["policy"]["holdout_share"])


def _differences(served: MetricResult, short: MetricResult) -> list[str]:
    found = differing_paths(msgspec.to_builtins(served), msgspec.to_builtins(short))
    return [f"{path}: served {one}, short {other}" for path, one, other in found if not _is_close(one, other)]


def _is_close(one: object, other: object) -> bool:
    numbers = isinstance(one, float | int) and isinstance(other, float | int)
    return numbers and abs(float(one) - float(other)) <= _CLOSE  # type: ignore[arg-type]
