"""What /metrics says of the daily jobs."""

from __future__ import annotations

from service.job_metrics import JobMetrics, Told
from service.job_state import JobState
from service.progress import Step
from service.telemetry import Telemetry

DONE = JobState("attribute").begun(10_000_000, 5, "host:1").ended(12_000_000, "done", "all", 2.0)


def shown(*jobs: Told, leads: bool = False) -> set[str]:
    telemetry = Telemetry()
    JobMetrics(telemetry).show(jobs, leads=leads)
    return {line for line in telemetry.render().decode().splitlines() if line.startswith("huojia_job")}


def test_a_job_tells_its_last_success_lag_seconds_and_runs() -> None:
    lines = shown(Told(DONE, 3_500_000), leads=True)
    assert lines >= {
        "huojia_job_leader 1.0",
        'huojia_job_last_success_timestamp_seconds{job="attribute"} 10.0',
        'huojia_job_lag_seconds{job="attribute"} 3.5',
        'huojia_job_seconds{job="attribute"} 2.0',
        'huojia_job_running{job="attribute"} 0.0',
        'huojia_job_runs_total{job="attribute",outcome="done"} 1.0',
        'huojia_job_runs_total{job="attribute",outcome="failed"} 0.0',
    }


def test_a_running_job_tells_how_far_it_is() -> None:
    lines = shown(Told(DONE.begun(20, 15, "host:1").at(Step("credits", 250, 1_000)), 0))
    assert lines >= {
        'huojia_job_running{job="attribute"} 1.0',
        'huojia_job_stage_done{job="attribute",stage="credits"} 250.0',
        'huojia_job_stage_total{job="attribute",stage="credits"} 1000.0',
    }


def test_what_is_not_known_is_not_told() -> None:
    lines = shown(Told(JobState("train"), None))
    assert 'huojia_job_running{job="train"} 0.0' in lines
    assert not [
        line for line in lines if line.startswith(("huojia_job_last_success", "huojia_job_lag", "huojia_job_sec"))
    ]


def test_before_anything_is_shown_nobody_leads() -> None:
    telemetry = Telemetry()
    JobMetrics(telemetry)
    assert "huojia_job_leader 0.0" in telemetry.render().decode()
