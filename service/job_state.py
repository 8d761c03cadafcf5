"""What is known of a daily job: its newest run, its last success and failure, how often it ended in which way."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from typing import Any, Literal

from service.progress import Step

Outcome = Literal["done", "refused", "failed", "died", "stopped"]
"""refused: it ran to its end and put nothing in force, as a training whose model is no better; died: its process was
gone without a word; stopped: ended with the service, which is no fault of the job."""
OUTCOMES: tuple[Outcome, ...] = ("done", "refused", "failed", "died", "stopped")
SUCCESSES = frozenset({"done", "refused"})
LINE_MAX = 400
"""The longest line that is kept, characters."""


@dataclass(frozen=True, slots=True)
class LeaderSchedule:
    """The schedule by which the process that leads runs the jobs; all but its name as in the settings."""

    leader: str
    jobs_at: str
    jobs_train_on: str
    jobs_tries: str
    timezone: str


@dataclass(frozen=True, slots=True)
class JobState:
    """One job. Times are microseconds by the service's clock; a run without `ended_us` goes on, or has died unheard.

    `tries` counts the runs since `due_us`, the newest time of the schedule when the run began; `stage_done` of
    `stage_total` (0: not known) is what the run told of its stage last.
    """

    job: str
    begun_us: int | None = None
    ended_us: int | None = None
    seconds: float | None = None
    outcome: str | None = None
    line: str = ""
    ran_by: str = ""
    due_us: int | None = None
    tries: int = 0
    stage: str = ""
    stage_done: int = 0
    stage_total: int = 0
    succeeded_us: int | None = None
    failed_us: int | None = None
    failed_line: str = ""
    done: int = 0
    refused: int = 0
    failed: int = 0
    died: int = 0
    stopped: int = 0

    @property
    def is_open(self) -> bool:
        """Whether the newest run has not been said to have ended."""
        return self.begun_us is not None and self.ended_us is None

    def begun(self, now_us: int, due_us: int | None, ran_by: str) -> JobState:
        """A run has begun; `due_us` is the newest time of the schedule."""
        tries = self.tries + 1 if due_us == self.due_us else 1
        fresh = replace(self, begun_us=now_us, ended_us=None, seconds=None, outcome=None, line="", ran_by=ran_by)
        return replace(fresh, due_us=due_us, tries=tries, stage="", stage_done=0, stage_total=0)

    def at(self, step: Step) -> JobState:
        """The run has got so far."""
        return replace(self, stage=step.stage, stage_done=step.done, stage_total=step.total)

    def ended(self, now_us: int, outcome: Outcome, line: str, seconds: float | None = None) -> JobState:
        """The run has ended; one that was stopped is no try, one at an earlier clock is not the last success."""
        line = line[:LINE_MAX]
        told: dict[str, Any] = {outcome: getattr(self, outcome) + 1}
        if outcome in SUCCESSES:
            told["succeeded_us"] = max(self.begun_us or 0, self.succeeded_us or 0)
        elif outcome == "stopped":
            told["tries"] = self.tries - 1
        else:
            told |= {"failed_us": self.begun_us, "failed_line": line}
        return replace(self, ended_us=now_us, outcome=outcome, line=line, seconds=seconds, **told)

    def row(self) -> dict[str, Any]:
        """The columns of its row."""
        return asdict(self)
