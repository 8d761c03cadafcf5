"""What /metrics says of the daily jobs: the same in every process of the bank, because it is what the store says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from prometheus_client import Metric
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily
from prometheus_client.registry import Collector

from service.job_state import OUTCOMES, JobState
from service.telemetry import Telemetry

_GAUGES: Mapping[str, str] = {
    "last_success_timestamp_seconds": "When the newest run began that ended well, by the service's clock.",
    "lag_seconds": "How long ago the job was to run and has not yet; 0: it is not due.",
    "seconds": "Time of the newest run that has ended.",
    "running": "1 while a run goes on.",
    "tries": "Runs since the newest time of the schedule.",
}


class Told(NamedTuple):
    """A job and how late it is; None: it is not on a schedule."""

    state: JobState
    lag_us: int | None


class JobMetrics(Collector):
    """The metrics `huojia_job_*`; one thread shows what there is, any may collect."""

    def __init__(self, telemetry: Telemetry) -> None:
        self._jobs: Sequence[Told] = ()
        self._leads = False
        telemetry.registry.register(self)

    def show(self, jobs: Sequence[Told], *, leads: bool) -> None:
        """Replace what is told; `leads`: this process sees to it that due jobs run."""
        self._jobs, self._leads = jobs, leads

    def collect(self) -> Iterator[Metric]:
        """The metrics as they were shown last."""
        jobs = self._jobs
        yield GaugeMetricFamily("huojia_job_leader", "1 where this process runs what is due.", value=float(self._leads))
        gauges = {name: GaugeMetricFamily(f"huojia_job_{name}", said, labels=["job"]) for name, said in _GAUGES.items()}
        runs = CounterMetricFamily("huojia_job_runs", "Runs that have ended.", labels=["job", "outcome"])
        stage = {
            name: GaugeMetricFamily(f"huojia_job_stage_{name}", said, labels=["job", "stage"])
            for name, said in (("done", "How far a running job is."), ("total", "Of how many; 0: not known."))
        }
        for told in jobs:
            state = told.state
            for name, value in _values(told).items():
                if value is not None:
                    gauges[name].add_metric([state.job], value)
            for outcome in OUTCOMES:
                runs.add_metric([state.job, outcome], getattr(state, outcome))
            if state.is_open and state.stage:
                stage["done"].add_metric([state.job, state.stage], state.stage_done)
                stage["total"].add_metric([state.job, state.stage], state.stage_total)
        yield from (*gauges.values(), runs, *stage.values())


def _values(told: Told) -> dict[str, float | None]:
    state = told.state
    return {
        "last_success_timestamp_seconds": None if state.succeeded_us is None else state.succeeded_us / 1e6,
        "lag_seconds": None if told.lag_us is None else told.lag_us / 1e6,
        "seconds": state.seconds,
        "running": float(state.is_open),
        "tries": float(state.tries),
    }
