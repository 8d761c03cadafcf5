"""What /metrics says of experiments: what the newest look at each found, the same in every process of the bank."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from service.experiments.results.document import Health
from service.experiments.results.looks import Look
from service.telemetry import Telemetry

_OF = {
    "trusted": "1 while nothing speaks against the experiment's numbers.",
    "srm_log_bf": "Natural logarithm of the evidence that the arms do not hold the customers that they should.",
    "assignment_drift": "Share of logged decisions that come out in another arm when assigned anew.",
    "several_arms": "Share of customers exposed in more than one arm.",
    "look_timestamp_seconds": "When it was looked at last, by the service's clock.",
}
_OF_ARM = {
    "exposed_customers": "Customers exposed in the arm.",
    "exposure_lag_seconds": "95th percentile from a served shelf to its first card seen.",
    "guardrail_breached": "1 where a guardrail of the arm is broken.",
}


class ExperimentMetrics(Collector):
    """The metrics `huojia_experiment_*`; one thread shows what there is, any may collect."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._looks: Mapping[str, Look] = {}
        telemetry.registry.register(self)

    def show(self, looks: Mapping[str, Look]) -> None:
        """Replace what is told: the newest look at each experiment that runs."""
        self._looks = looks

    def collect(self) -> Iterator[Metric]:
        """The metrics as they were shown last; what cannot be said has no sample."""
        looks = self._looks
        single = {name: _gauge(name, said, ["experiment"]) for name, said in _OF.items()}
        of_arm = {name: _gauge(name, said, ["experiment", "arm"]) for name, said in _OF_ARM.items()}
        counted = CounterMetricFamily("huojia_experiment_looks", "Looks at the running phase.", labels=["experiment"])
        for key, look in looks.items():
            counted.add_metric([key], look.look)
            for name, value in _values(look).items():
                if value is not None:
                    single[name].add_metric([key], value)
            for name, values in _values_of_arms(look.found.health).items():
                for arm, value in values.items():
                    of_arm[name].add_metric([key, arm], value)
        yield from (*single.values(), *of_arm.values(), counted)


def _gauge(name: str, said: str, labels: list[str]) -> GaugeMetricFamily:
    return GaugeMetricFamily(f"huojia_experiment_{name}", said, labels=labels)


def _values(look: Look) -> dict[str, float | None]:
    health = look.found.health
    evidence = health.srm.log_bayes_factor
    return {
        "trusted": float(health.is_trusted),
        "srm_log_bf": float("inf") if evidence is None else evidence,
        "assignment_drift": health.drift.share,
        "several_arms": health.several.share,
        "look_timestamp_seconds": look.at_us / 1e6,
    }


def _values_of_arms(health: Health) -> dict[str, dict[str, float]]:
    broken: dict[str, float] = {}
    for one in health.guardrails:
        broken[one.arm] = max(broken.get(one.arm, 0.0), float(one.is_breached))
    return {
        "exposed_customers": {arm: float(count) for arm, count in health.exposed.items()},
        "exposure_lag_seconds": {one.arm: one.p95_s for one in health.lag if one.p95_s is not None},
        "guardrail_breached": broken,
    }
